// The sliding window alone, and beside a list that forgets nothing.
import { describe, expect, test } from "bun:test";
import { Window } from "../../src/limits/window.ts";
import { randomFrom } from "../support/random.ts";

function filled(window: Window, moments: readonly number[]): Window {
  for (const moment of moments) window.add(moment);
  return window;
}

describe("a window", () => {
  test("[L9] is full from the last one that fits until the first one leaves it", () => {
    const window = filled(new Window(3, 1_000), [100, 200]);
    expect(window.waitMs(200)).toBe(0);
    window.add(300);
    expect([window.waitMs(300), window.isFull(300)]).toEqual([800, true]);
    expect([window.waitMs(1_099), window.isFull(1_099)]).toEqual([1, true]);
    expect([window.waitMs(1_100), window.isFull(1_100)]).toEqual([0, false]);
  });

  test("[L9] counts the latest: one more moves it on by one", () => {
    const window = filled(new Window(3, 1_000), [100, 200, 300, 1_150]);
    expect(window.waitMs(1_150)).toBe(50);
    expect(filled(window, [1_160, 1_170]).waitMs(1_170)).toBe(980);
  });

  test("[L9] is quiet a whole span after the latest, full or not", () => {
    expect(new Window(3, 1_000).isQuiet(0)).toBe(true);
    for (const moments of [[100], [0, 50, 100], [0, 10, 50, 100], [0, 10, 20, 30, 40, 100]]) {
      const window = filled(new Window(3, 1_000), moments);
      expect([moments, window.isQuiet(1_099), window.isQuiet(1_100)]).toEqual([moments, false, true]);
    }
  });

  test("[S32] cleared, it begins anew", () => {
    const window = filled(new Window(3, 1_000), [100, 110, 120, 130]);
    window.clear();
    expect([window.isFull(130), window.isQuiet(130)]).toEqual([false, true]);
    expect(filled(window, [140, 150]).isFull(150)).toBe(false);
    expect(filled(window, [160]).waitMs(160)).toBe(980);
  });

  test("[L9] one at a time", () => {
    const window = filled(new Window(1, 1_000), [100]);
    expect([window.waitMs(100), window.isQuiet(1_099)]).toEqual([1_000, false]);
    expect([window.waitMs(1_100), window.isQuiet(1_100)]).toEqual([0, true]);
  });

  test("[L9] says at every moment what a list of all moments would", () => {
    const random = randomFrom(10);
    for (let round = 0; round < 200; round++) {
      const capacity = 1 + random.below(6);
      const window = new Window(capacity, 500);
      const all: number[] = [];
      for (let now = 1_000; now < 4_000; now += random.below(200)) {
        const within = all.filter((moment) => now - moment < 500);
        expect([window.isFull(now), window.isQuiet(now)]).toEqual([within.length >= capacity, within.length === 0]);
        window.add(now);
        all.push(now);
      }
    }
  });
});
