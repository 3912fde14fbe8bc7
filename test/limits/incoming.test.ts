// What all lines of an address may say together, and those of its network [L41]: without sockets.
import { describe, expect, test } from "bun:test";
import { weightOf } from "../../src/doors/rates.ts";
import { Incoming } from "../../src/limits/incoming.ts";

const NOW = 1_800_000_000_000;
const ANN = "192.0.2.1";
const incoming = (addressMessagesPerSecond = 10) => new Incoming({ addressMessagesPerSecond });

describe("[L41] the lines of an address", () => {
  test("have one budget, of two seconds' worth at once", () => {
    const rings = incoming();
    const one = rings.opened(ANN, NOW);
    expect(rings.opened(ANN, NOW)).toBe(one);
    expect(one.lines).toBe(2);
    one.budget.left -= 20;
    expect(one.budget.waitMs(NOW)).toBe(0);
    one.budget.left -= 5;
    expect(one.budget.waitMs(NOW)).toBe(500);
    expect(rings.opened("192.0.2.2", NOW).budget.waitMs(NOW)).toBe(0);
  });

  test("[L16] need not ask where the limit is lifted, now or later", () => {
    const { budget } = incoming(Number.POSITIVE_INFINITY).opened(ANN, NOW);
    expect(budget.left).toBeGreaterThan(budget.askAt);
    expect(budget.waitMs(NOW + 100)).toBe(0);
    expect(budget.left).toBeGreaterThan(budget.askAt);
  });

  test("go on within their shares while they owe", () => {
    const { budget } = incoming().opened(ANN, NOW);
    budget.left -= 100;
    budget.waitMs(NOW);
    const [loud, quiet] = [{}, {}];
    expect([1, 1, 1].map((weight) => budget.takeShare(loud, 1 / 5, weight, NOW))).toEqual([true, true, false]);
    expect(budget.takeShare(quiet, 1 / 5, 1, NOW)).toBe(true);
  });

  test("owe on when all of them have closed and others open, and are forgotten when they do not", () => {
    const rings = incoming();
    rings.opened(ANN, NOW).budget.left -= 40;
    rings.closed(ANN);
    rings.prune(NOW);
    expect(rings.opened(ANN, NOW).budget.waitMs(NOW)).toBe(2_000);
    rings.closed(ANN);
    rings.prune(NOW + 60_000);
    expect(rings.size).toBe(0);
  });
});

test("[L41] a network says what eight addresses may, whoever of it speaks", () => {
  const rings = incoming();
  for (let n = 1; n <= 9; n++) {
    const { budget } = rings.opened(`192.0.2.${n}`, NOW);
    budget.left -= 20;
    budget.waitMs(NOW);
  }
  expect(rings.opened("192.0.2.99", NOW).budget.waitMs(NOW)).toBe(250);
  expect(rings.opened("192.0.3.1", NOW).budget.waitMs(NOW)).toBe(0);
});

test("[L41] a message counts as one, and as one more for each 4 KiB", () => {
  expect([weightOf(0), weightOf(4096), weightOf(65_536)]).toEqual([1, 2, 17]);
});

test("[L16] lifted there is no end of it", () => {
  const { budget } = incoming(Number.POSITIVE_INFINITY).opened(ANN, NOW);
  budget.left -= 1e15;
  expect(budget.waitMs(NOW + 1)).toBe(0);
});
