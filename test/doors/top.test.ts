// The first so many in one pass, against a sort of all of them.
import { expect, test } from "bun:test";
import { Top } from "../../src/doors/top.ts";
import { randomFrom } from "../support/random.ts";

test("[M3] the first of an order are those that a sort would put first", () => {
  const random = randomFrom(11);
  for (let round = 0; round < 200; round++) {
    const max = 1 + random.below(12);
    // Few different keys, so that many are equal; some orders are below zero.
    const keys = Array.from({ length: random.below(60) }, () => random.below(20) - 10);
    const top = new Top<number>(max);
    for (const key of keys) top.offer(key, key);
    expect(top.sorted()).toEqual([...keys].sort((one, other) => other - one).slice(0, max));
  }
});

test("[M3] of equal ones the first to come are kept", () => {
  const top = new Top<string>(2);
  for (const name of ["a", "b", "c", "d"]) top.offer(7, name);
  expect(top.sorted().sort()).toEqual(["a", "b"]);
});
