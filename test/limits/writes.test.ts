// What an address may write to the log, without sockets: takes, charges and what is remembered.
import { describe, expect, test } from "bun:test";
import { WriteLimit } from "../../src/limits/writes.ts";

const ADDRESS = "192.0.2.1";
const NEIGHBOUR = "192.0.2.2";
const RATE = 2;
const BURST = 20;

/** A limit of two a second whose burst this address has used up at 0. */
function spent(): WriteLimit {
  const writes = new WriteLimit(RATE);
  for (let n = 0; n < BURST; n++) expect(writes.take(ADDRESS, 0)).toBe(0);
  return writes;
}

describe("writes", () => {
  test("[L19] ten seconds' worth at once, then each waits behind the one before", () => {
    const writes = spent();
    expect([writes.take(ADDRESS, 0), writes.take(ADDRESS, 0)]).toEqual([500, 1_000]);
    expect(writes.take(NEIGHBOUR, 0)).toBe(0);
  });

  test("[L19] one that must not wait takes only what is there, and nothing else", () => {
    const writes = spent();
    for (let n = 0; n < 5; n++) expect(writes.tryTake(ADDRESS, 499)).toBe(false);
    expect(writes.tryTake(ADDRESS, 500)).toBe(true);
    expect(writes.tryTake(ADDRESS, 500)).toBe(false);
  });

  test("[L19] what is charged afterwards is waited for by the next, however much it was", () => {
    const writes = spent();
    writes.chargeChars(ADDRESS, 39 * 512 + 511, 0);
    expect(writes.take(ADDRESS, 0)).toBe(20_000);
  });

  test("[L19] each charge counts, also where the burst is not used up", () => {
    const writes = new WriteLimit(RATE);
    writes.chargeChars(ADDRESS, 8 * 512 + 511, 0);
    writes.chargeChars(ADDRESS, 8 * 512 + 511, 0);
    for (let n = 0; n < BURST - 16; n++) expect(writes.take(ADDRESS, 0)).toBe(0);
    expect(writes.take(ADDRESS, 0)).toBe(500);
    expect(writes.take(NEIGHBOUR, 0)).toBe(0);
  });

  test("[L19] an address whose bucket is full again is forgotten, and not before", () => {
    const writes = spent();
    writes.chargeChars(ADDRESS, 10 * 512 + 511, 0);
    writes.prune(14_999);
    expect(writes.size).toBeGreaterThan(0);
    writes.prune(15_000);
    expect(writes.size).toBe(0);
  });

  test("[L19] a network has eight times what an address has, whoever of it writes", () => {
    const writes = new WriteLimit(RATE);
    for (let n = 1; n <= 8; n++) for (let at = 0; at < BURST; at++) expect(writes.take(`192.0.2.${n}`, 0)).toBe(0);
    expect(writes.tryTake("192.0.2.99", 0)).toBe(false);
    expect(writes.tryTake("192.0.3.1", 0)).toBe(true);
  });

  test("[L19] more than ten seconds of debt are deep: nothing is written for lines that have closed until it is paid", () => {
    const writes = spent();
    for (let n = 0; n < 20; n++) writes.take(ADDRESS, 0);
    expect(writes.isDeepInDebt(ADDRESS, 0)).toBe(false);
    writes.take(ADDRESS, 0);
    expect([writes.isDeepInDebt(ADDRESS, 0), writes.isDeepInDebt(ADDRESS, 500)]).toEqual([true, false]);
    expect(writes.isDeepInDebt("192.0.9.9", 0)).toBe(false);
  });

  test("[L16] lifted nobody waits, whatever is written, and nobody is remembered for long", () => {
    const writes = new WriteLimit(Number.POSITIVE_INFINITY);
    writes.chargeChars(ADDRESS, 1e12, 0);
    expect([writes.take(ADDRESS, 0), writes.tryTake(ADDRESS, 0)]).toEqual([0, true]);
    writes.prune(0);
    expect(writes.size).toBe(0);
  });
});
