// What a line may say, without a socket: how its two buckets fill, what is taken from them, and how long it waits.
import { describe, expect, test } from "bun:test";
import { Dialects } from "../../src/dialects/index.ts";
import { SocketLine } from "../../src/doors/line.ts";
import { LineRates } from "../../src/doors/rates.ts";
import type { Counts } from "../../src/metrics/tally.ts";
import { sharedOf } from "../support/shared.ts";

const LIMITS = { messagesPerSecond: 10, hostMessagesPerSecond: 40, bytesPerSecond: 1_000 };
const NOW = 1_800_000_000_000;

function stage(limits = LIMITS) {
  let isHost = false;
  const rates = new LineRates(limits, { isHost: () => isHost });
  const dialect = new Dialects("party", { instance: "test", region: "" }).named("party");
  const line = new SocketLine(dialect, sharedOf("192.0.2.1"), "unknown", {} as Counts, NOW);
  /** How many messages of so many bytes are taken at once. */
  function taken(bytes: number, now: number): number {
    let count = 0;
    while (count < 1_000 && rates.take(line, bytes, now)) count++;
    return count;
  }
  const becomeHost = (is: boolean) => {
    isHost = is;
  };
  return { rates, line, taken, becomeHost };
}

describe("a burst", () => {
  test("[L4] is two seconds of messages, and two seconds of bytes", () => {
    expect(stage().taken(1, NOW)).toBe(20);
    expect(stage().taken(500, NOW)).toBe(4);
    expect(stage().taken(2_000, NOW)).toBe(1);
    expect(stage().taken(2_001, NOW)).toBe(0);
  });

  test("[L4] of a host is its own, with four times the bytes", () => {
    const ofMessages = stage();
    ofMessages.becomeHost(true);
    expect([ofMessages.rates.burst(ofMessages.line), ofMessages.taken(1, NOW)]).toEqual([80, 80]);
    const ofBytes = stage();
    ofBytes.becomeHost(true);
    expect(ofBytes.taken(500, NOW)).toBe(16);
  });

  test("[L4] is not larger after an hour, in messages nor in bytes", () => {
    const { taken } = stage();
    expect([taken(1, NOW), taken(1, NOW + 3_600_000)]).toEqual([20, 20]);
    expect([taken(500, NOW + 7_200_000), taken(500, NOW + 10_800_000)]).toEqual([4, 4]);
  });

  test("[L4] comes down with the role, as soon as time passes", () => {
    const { taken, becomeHost } = stage();
    becomeHost(true);
    taken(1, NOW);
    taken(1, NOW + 60_000);
    becomeHost(false);
    expect(taken(1, NOW + 120_000)).toBe(20);
  });
});

describe("a wait", () => {
  test("[L4] lasts until the message fits, whichever bucket is short of it", () => {
    const { rates, line, taken } = stage();
    taken(1, NOW);
    expect(rates.waitMs(line, 1)).toBe(100);
    // 1,980 bytes are left: 20 short at 1,000 a second is less than a message, 1,500 short is more.
    expect(rates.waitMs(line, 2_000)).toBe(100);
    const large = stage();
    large.taken(1_500, NOW);
    expect(large.rates.waitMs(large.line, 2_000)).toBe(1_500);
    expect(large.rates.take(large.line, 2_000, NOW + 1_499)).toBe(false);
    expect(large.rates.take(large.line, 2_000, NOW + 1_500)).toBe(true);
  });

  test("[L4] of a message that may be taken now is nothing", () => {
    const { rates, line } = stage();
    rates.take(line, 1, NOW);
    expect(rates.waitMs(line, 1)).toBe(0);
  });

  test("[L4] a beat that does not move on fills nothing, and one that goes back takes nothing", () => {
    const { taken } = stage();
    expect([taken(1, NOW), taken(1, NOW), taken(1, NOW - 5_000), taken(1, NOW)]).toEqual([20, 0, 0, 0]);
    expect(taken(1, NOW + 100)).toBe(1);
  });
});

test("[L16] lifted there is no end of it", () => {
  const lifted = Number.POSITIVE_INFINITY;
  const limits = { messagesPerSecond: lifted, hostMessagesPerSecond: lifted, bytesPerSecond: lifted };
  const { taken, becomeHost } = stage(limits);
  expect([taken(1e9, NOW), taken(1e9, NOW + 1)]).toEqual([1_000, 1_000]);
  becomeHost(true);
  expect(taken(1e9, NOW + 2)).toBe(1_000);
});
