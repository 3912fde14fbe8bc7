// The token bucket alone: how far it fills, what it gives, how long one waits.
import { describe, expect, test } from "bun:test";
import { Bucket, refilled, waitMs } from "../../src/limits/bucket.ts";

/** Ten a second, thirty at once. */
const RATE = { perSecond: 10, burst: 30 };
const LIFTED = { perSecond: Number.POSITIVE_INFINITY, burst: Number.POSITIVE_INFINITY };

describe("a level", () => {
  test("[L4] rises by the rate, and never over the burst", () => {
    expect(refilled(5, 1_000, RATE)).toBe(15);
    expect(refilled(5, 150, RATE)).toBe(6.5);
    expect(refilled(5, 2_500, RATE)).toBe(30);
    expect(refilled(5, 3_600_000, RATE)).toBe(30);
    expect(refilled(-20, 1_000, RATE)).toBe(-10);
  });

  test("[L4] of a bucket that was wider before comes down to the burst at once", () => {
    expect(refilled(120, 0, RATE)).toBe(30);
  });

  test("[L4] does not fall when the clock goes back", () => {
    expect(refilled(5, -10_000, RATE)).toBe(5);
  });

  test("[L4] waits in whole milliseconds, never too few", () => {
    expect(waitMs(5, 5, RATE)).toBe(0);
    expect(waitMs(5, 6, RATE)).toBe(100);
    expect(waitMs(5, 5.001, RATE)).toBe(1);
    expect(waitMs(-10, 0, RATE)).toBe(1_000);
  });

  test("[L16] that is lifted is never a number short", () => {
    expect(refilled(LIFTED.burst, 0, LIFTED)).toBe(Number.POSITIVE_INFINITY);
    expect(refilled(0, 1, LIFTED)).toBe(Number.POSITIVE_INFINITY);
    expect(waitMs(LIFTED.burst - 1, 1, LIFTED)).toBe(0);
  });
});

describe("a bucket", () => {
  test("[L10] begins with its burst, and gives what has run in since", () => {
    const bucket = new Bucket(RATE, 1_000);
    expect(bucket.tryTake(30, 1_000)).toBe(true);
    expect(bucket.tryTake(1, 1_099)).toBe(false);
    expect(bucket.tryTake(1, 1_100)).toBe(true);
    expect(bucket.tryTake(1, 1_100)).toBe(false);
  });

  test("[L10] a no takes nothing", () => {
    const bucket = new Bucket(RATE, 0);
    for (let n = 0; n < 5; n++) expect(bucket.tryTake(31, 0)).toBe(false);
    expect(bucket.tryTake(30, 0)).toBe(true);
  });

  test("[L19] taken ahead of time, each waits behind those before it", () => {
    const bucket = new Bucket(RATE, 0);
    expect(bucket.take(30, 0)).toBe(0);
    expect([bucket.take(1, 0), bucket.take(1, 0), bucket.take(3, 0)]).toEqual([100, 200, 500]);
    expect(bucket.take(1, 200)).toBe(400);
    expect(bucket.tryTake(1, 600)).toBe(false);
    expect(bucket.tryTake(1, 700)).toBe(true);
  });

  test("[L10] a clock that goes back and comes again fills it once", () => {
    const bucket = new Bucket(RATE, 10_000);
    expect(bucket.tryTake(30, 10_000)).toBe(true);
    expect(bucket.tryTake(1, 5_000)).toBe(false);
    expect(bucket.tryTake(1, 10_000)).toBe(false);
    expect(bucket.tryTake(1, 10_100)).toBe(true);
  });

  test("[L10] it is full when all has run in again, and not a moment before", () => {
    const bucket = new Bucket(RATE, 0);
    expect(bucket.isFull(0)).toBe(true);
    bucket.take(5, 0);
    expect(bucket.isFull(499)).toBe(false);
    expect(bucket.isFull(500)).toBe(true);
  });

  test("[L16] lifted it gives whatever is asked, and is always full", () => {
    const bucket = new Bucket(LIFTED, 0);
    for (let n = 0; n < 3; n++) expect([bucket.tryTake(1e9, 0), bucket.take(1e9, n)]).toEqual([true, 0]);
    expect(bucket.isFull(0)).toBe(true);
  });
});
