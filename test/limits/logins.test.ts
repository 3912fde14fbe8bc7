// Guessing the admin key: failures are counted an address, in a window that slides, and too many lock it out for a while.
import { describe, expect, test } from "bun:test";
import { isSameKey } from "../../src/auth/keys.ts";
import { Logins } from "../../src/limits/logins.ts";
import { ManualClock } from "../support/clock.ts";

// As SPEC.md says it.
const MAX = 10;
const WINDOW_MS = 60_000;
const LOCK_MS = 600_000;
const ADDRESS = "192.0.2.1";
const NEIGHBOUR = "192.0.2.2";

function start({ isLifted = false, suspectsMax }: { isLifted?: boolean; suspectsMax?: number } = {}) {
  const clock = new ManualClock();
  const logins = new Logins(clock, isLifted, suspectsMax);
  const fail = (times: number, address = ADDRESS) => {
    for (let n = 0; n < times; n++) logins.failed(address);
  };
  return { clock, logins, fail };
}

describe("wrong admin keys", () => {
  test("[S32] nine in a minute lock nobody, the tenth locks the address for ten minutes", () => {
    const { logins, fail } = start();
    expect(logins.retryAfterMs(ADDRESS)).toBe(0);
    fail(MAX - 1);
    expect(logins.retryAfterMs(ADDRESS)).toBe(0);
    fail(1);
    expect(logins.retryAfterMs(ADDRESS)).toBe(LOCK_MS);
  });

  test("[S32] an address is locked alone", () => {
    const { logins, fail } = start();
    fail(MAX);
    fail(MAX - 1, NEIGHBOUR);
    expect([logins.retryAfterMs(ADDRESS), logins.retryAfterMs(NEIGHBOUR)]).toEqual([LOCK_MS, 0]);
  });

  test("[S32] the lock runs out, and is not renewed by asking", () => {
    const { clock, logins, fail } = start();
    fail(MAX);
    clock.advance(LOCK_MS - 1);
    expect(logins.retryAfterMs(ADDRESS)).toBe(1);
    clock.advance(1);
    expect(logins.retryAfterMs(ADDRESS)).toBe(0);
  });

  test("[S32] nor by wrong keys that were on their way when it began", () => {
    const { clock, logins, fail } = start();
    fail(MAX);
    clock.advance(1_000);
    fail(MAX - 1);
    expect(logins.retryAfterMs(ADDRESS)).toBe(LOCK_MS - 1_000);
  });

  test("[S32] after it the count begins anew, and locks again", () => {
    const { clock, logins, fail } = start();
    fail(MAX);
    clock.advance(LOCK_MS);
    fail(MAX - 1);
    expect(logins.retryAfterMs(ADDRESS)).toBe(0);
    fail(1);
    expect(logins.retryAfterMs(ADDRESS)).toBe(LOCK_MS);
  });

  test("[S32] the window slides: ten locks within a minute, not over one", () => {
    const within = start();
    within.fail(1);
    within.clock.advance(WINDOW_MS - 1);
    within.fail(MAX - 1);
    expect(within.logins.retryAfterMs(ADDRESS)).toBe(LOCK_MS);

    const over = start();
    over.fail(1);
    over.clock.advance(WINDOW_MS);
    over.fail(MAX - 1);
    expect(over.logins.retryAfterMs(ADDRESS)).toBe(0);
    // The first has left the window, the other nine have not.
    over.clock.advance(WINDOW_MS - 1);
    over.fail(1);
    expect(over.logins.retryAfterMs(ADDRESS)).toBe(LOCK_MS);
  });

  test("[S32] so slow that never ten fall into a minute, and nobody is locked", () => {
    const { clock, logins, fail } = start();
    for (let n = 0; n < 5 * MAX; n++) {
      fail(1);
      expect(logins.retryAfterMs(ADDRESS)).toBe(0);
      clock.advance(WINDOW_MS / (MAX - 1));
    }
  });

  test("[S32] LIMITS=off locks nobody", () => {
    const { logins, fail } = start({ isLifted: true });
    fail(5 * MAX);
    expect(logins.retryAfterMs(ADDRESS)).toBe(0);
  });
});

describe("what is remembered", () => {
  test("[S32] pruning forgets neither a lock nor failures that still count", () => {
    const { clock, logins, fail } = start();
    fail(MAX);
    fail(MAX - 1, NEIGHBOUR);
    clock.advance(WINDOW_MS - 1);
    logins.prune(clock.now());
    expect(logins.size).toBe(2);
    fail(1, NEIGHBOUR);
    expect([logins.retryAfterMs(ADDRESS), logins.retryAfterMs(NEIGHBOUR)]).toEqual([LOCK_MS - WINDOW_MS + 1, LOCK_MS]);
  });

  test("[S32] a lock that has run out is forgotten without a trace", () => {
    const { clock, logins, fail } = start();
    fail(MAX);
    clock.advance(LOCK_MS - 1);
    logins.prune(clock.now());
    expect(logins.size).toBe(1);
    clock.advance(1);
    logins.prune(clock.now());
    expect(logins.size).toBe(0);
    fail(MAX - 1);
    expect(logins.retryAfterMs(ADDRESS)).toBe(0);
  });

  test("[S32] as many addresses as fit; past it the one whose latest failure is oldest goes", () => {
    const suspectsMax = 100;
    const { logins, fail } = start({ suspectsMax });
    fail(MAX - 1);
    fail(MAX, NEIGHBOUR);
    for (let n = 2; n < suspectsMax; n++) logins.failed(`2001:db8:${n}::/64`);
    expect(logins.size).toBe(suspectsMax);
    expect(logins.retryAfterMs(NEIGHBOUR)).toBe(LOCK_MS);
    // Its latest failure is now the newest, and the neighbour's the oldest.
    fail(1);
    logins.failed("2001:db8::/64");
    expect([logins.retryAfterMs(NEIGHBOUR), logins.retryAfterMs(ADDRESS)]).toEqual([0, LOCK_MS]);
    expect(logins.size).toBe(suspectsMax);
  });

  test("[S32] 65,536 of them fit where nobody says otherwise", () => {
    const { logins } = start();
    for (let n = 0; n < 65_537; n++) logins.failed(`2001:db8:${n}::/64`);
    expect(logins.size).toBe(65_536);
  });
});

describe("two keys", () => {
  const KEY = "Xq7-vT2m_Zr9-Lk4w";
  const OTHERS = [
    "",
    " ",
    KEY.slice(0, -1),
    `${KEY}x`,
    `${KEY}\0`,
    ` ${KEY}`,
    KEY.toLowerCase(),
    "ключ",
    "x".repeat(1_000_000),
  ];

  test("[S32] are the same only if each character is", () => {
    expect(isSameKey(KEY, String(KEY))).toBe(true);
    expect(isSameKey("", "")).toBe(true);
    // Whatever their lengths: a comparison of texts in constant time would throw here.
    for (const other of OTHERS)
      expect([other, isSameKey(KEY, other), isSameKey(other, KEY)]).toEqual([other, false, false]);
  });
});
