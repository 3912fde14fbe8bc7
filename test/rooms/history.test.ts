// The window behind resume: whole or not at all, and never larger than it says.

import { describe, expect, test } from "bun:test";
import { HISTORY_BYTES_MAX, HISTORY_ENTRY_BYTES, History } from "../../src/rooms/history.ts";
import type { Seat } from "../../src/rooms/seat.ts";

// A seat is only compared with another here.
const [ana, bo] = [{} as Seat, {} as Seat];
const state = (body: string) => ({ kind: "state", body }) as const;
const bodies = (history: History, since: number, seat = ana) =>
  history.after(since, seat)?.map(({ event }) => ("body" in event ? event.body : event.kind)) ?? null;

describe("the window", () => {
  test("[R32] is bounded by count", () => {
    const history = new History(3);
    for (let n = 1; n <= 100; n++) {
      expect(history.add(state(String(n)), null, null)).toBe(n);
      expect(history.size).toBe(Math.min(n, 3));
    }
    expect(bodies(history, 97)).toEqual(["98", "99", "100"]);
    expect(bodies(history, 96)).toBeNull();
  });

  test("[R32] is bounded by size", () => {
    const history = new History(512);
    const body = "x".repeat(10_000);
    for (let n = 0; n < 100; n++) history.add(state(body), null, null);
    const fits = Math.floor(HISTORY_BYTES_MAX / (10_000 + HISTORY_ENTRY_BYTES));
    expect(history.size).toBe(fits);
    expect(bodies(history, 100 - fits)).toHaveLength(fits);
    expect(bodies(history, 99 - fits)).toBeNull();
  });

  test("[R32] keeps nothing of what is larger than it, and says so", () => {
    const history = new History(512);
    history.add(state("x".repeat(HISTORY_BYTES_MAX)), null, null);
    expect(history.size).toBe(0);
    expect(bodies(history, 0)).toBeNull();
    expect(bodies(history, 1)).toEqual([]);
  });

  test("[R32] holds what fills it to the last byte", () => {
    const history = new History(512);
    history.add(state("x".repeat(HISTORY_BYTES_MAX - HISTORY_ENTRY_BYTES)), null, null);
    expect(history.size).toBe(1);
    history.add(state(""), null, null);
    expect(history.size).toBe(1);
    expect(bodies(history, 1)).toEqual([""]);
  });

  test("[R32] lets go of what it has dropped: a room's memory is bounded, however long it plays", async () => {
    const history = new History(3);
    const added = Array.from({ length: 1_000 }, (_, n) => {
      const event = state(String(n));
      history.add(event, null, null);
      return new WeakRef(event);
    });
    // What a weak reference was made for is held until the turn has ended.
    await new Promise(setImmediate);
    Bun.gc(true);
    expect(added.filter((event) => event.deref() !== undefined).length).toBeLessThan(100);
    expect(bodies(history, 997)).toEqual(["997", "998", "999"]);
  });

  test("[R33] leaves out what was not meant for the seat", () => {
    const history = new History(8);
    history.add(state("all"), null, null);
    history.add(state("all but ana"), ana, null);
    history.add(state("bo alone"), null, [bo]);
    history.add(state("both by name"), null, [bo, ana]);
    expect(bodies(history, 0, ana)).toEqual(["all", "both by name"]);
    expect(bodies(history, 0, bo)).toEqual(["all", "all but ana", "bo alone", "both by name"]);
  });

  test("[R33] an empty history reaches back to its own number alone", () => {
    const history = new History(8);
    expect(bodies(history, 0)).toEqual([]);
    expect(bodies(history, 1)).toBeNull();
  });
});
