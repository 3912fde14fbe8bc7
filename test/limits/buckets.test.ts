// Buckets by key: each its own, rested when new, and never more of them than the table may have.
import { describe, expect, test } from "bun:test";
import { Buckets } from "../../src/limits/bucket.ts";
import { ByKey, KEYS_MAX } from "../../src/limits/byKey.ts";

const RATE = { perSecond: 2, burst: 3 };
const LIFTED = { perSecond: Number.POSITIVE_INFINITY, burst: Number.POSITIVE_INFINITY };

function drain(buckets: Buckets, key: string, now = 0) {
  while (buckets.tryTake(key, 1, now));
}

describe("buckets by key", () => {
  test("[L27] each key has a bucket of its own, and it fills with time", () => {
    const buckets = new Buckets(RATE);
    drain(buckets, "a");
    expect([buckets.tryTake("a", 1, 0), buckets.tryTake("b", 1, 0)]).toEqual([false, true]);
    expect([buckets.waitMs("a", 1, 0), buckets.waitMs("b", 1, 0), buckets.waitMs("never", 1, 0)]).toEqual([500, 0, 0]);
    expect([buckets.tryTake("a", 1, 499), buckets.tryTake("a", 1, 500)]).toEqual([false, true]);
    expect(buckets.take("a", 2, 500)).toBe(1000);
  });

  test("[L27] rested ones are forgotten, others are not", () => {
    const buckets = new Buckets(RATE);
    drain(buckets, "a");
    buckets.tryTake("b", 1, 0);
    buckets.prune(500);
    expect(buckets.size).toBe(1);
    expect(buckets.tryTake("a", 2, 500)).toBe(false);
    buckets.prune(1_500);
    expect(buckets.size).toBe(0);
  });

  test("[L27] past the cap the key used longest ago goes, and no other", () => {
    const buckets = new Buckets(RATE, 3);
    for (const key of ["a", "b", "c", "a"]) drain(buckets, key);
    drain(buckets, "d");
    expect(buckets.size).toBe(3);
    expect(["a", "c", "d"].map((key) => buckets.waitMs(key, 1, 0))).toEqual([500, 500, 500]);
    expect(buckets.waitMs("b", 1, 0)).toBe(0);
  });

  test("[L27] 65,536 keys where nobody says otherwise", () => {
    const buckets = new Buckets(RATE);
    for (let n = 0; n <= KEYS_MAX; n++) buckets.tryTake(String(n), 1, 0);
    expect([KEYS_MAX, buckets.size]).toEqual([65_536, 65_536]);
  });

  test("[L27] where the rate is lifted nobody waits and nothing is kept", () => {
    const buckets = new Buckets(LIFTED);
    expect([buckets.tryTake("a", 1e9, 0), buckets.take("a", 1e9, 0), buckets.size]).toEqual([true, 0, 0]);
  });
});

describe("a table by key", () => {
  test("[L27] a value is made once, and a look is no use", () => {
    const table = new ByKey<object>(2);
    const a = table.use("a", () => ({}));
    expect([table.use("a", () => ({})) === a, table.peek("a") === a, table.peek("b")]).toEqual([true, true, undefined]);
    table.use("b", () => ({}));
    table.peek("a");
    table.use("c", () => ({}));
    expect(table.peek("a")).toBeUndefined();
  });

  test("[L27] one that was pruned while it was the latest is made anew", () => {
    const table = new ByKey<number>(2);
    table.use("a", () => 1);
    table.prune(() => true);
    expect(table.use("a", () => 2)).toBe(2);
  });
});
