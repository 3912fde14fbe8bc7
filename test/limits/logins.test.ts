// Guessing the admin key: failures are counted an address, in a window that slides, and further ones are told that they are too many.
import { describe, expect, test } from "bun:test";
import { isSameKey } from "../../src/auth/keys.ts";
import { Logins } from "../../src/limits/logins.ts";
import { ManualClock } from "../support/clock.ts";

// As SPEC.md says it.
const MAX = 10;
const WINDOW_MS = 60_000;
const ADDRESS = "192.0.2.1";
const NEIGHBOUR = "192.0.2.2";

function start({ isLifted = false, suspectsMax }: { isLifted?: boolean; suspectsMax?: number } = {}) {
  const clock = new ManualClock();
  const logins = new Logins(clock, isLifted, suspectsMax);
  /** What each of so many wrong keys is told, in ms. */
  const fail = (times: number, address = ADDRESS) => Array.from({ length: times }, () => logins.failed(address));
  return { clock, logins, fail };
}

const zeros = (count: number) => Array<number>(count).fill(0);

describe("wrong admin keys", () => {
  test("[S32] ten in a minute are answered as such; further ones are too many until the first is a minute old", () => {
    const { clock, fail } = start();
    expect(fail(MAX)).toEqual(zeros(MAX));
    expect(fail(2)).toEqual([WINDOW_MS, WINDOW_MS]);
    clock.advance(WINDOW_MS - 1);
    expect(fail(1)).toEqual([1]);
    clock.advance(1);
    expect(fail(MAX + 1)).toEqual([...zeros(MAX), WINDOW_MS]);
  });

  test("[S32] those that are too many do not count", () => {
    const { clock, fail } = start();
    fail(MAX);
    clock.advance(WINDOW_MS / 2);
    fail(50);
    clock.advance(WINDOW_MS / 2);
    expect(fail(1)).toEqual([0]);
  });

  test("[S32] each address by itself", () => {
    const { fail } = start();
    fail(MAX);
    expect(fail(1, NEIGHBOUR)).toEqual([0]);
  });

  test("[S32] a network has eight times that, however many addresses it has", () => {
    const { fail } = start();
    const told = Array.from({ length: 100 }, (_, n) => fail(1, `2001:db8:1:${n.toString(16)}::/64`)[0]);
    expect(told.filter((ms) => ms === 0)).toHaveLength(8 * MAX);
    expect(fail(1, "2001:db8:2:1::/64")).toEqual([0]);
  });

  test("[S32] all have 64 times that, and those of a minute ago are forgotten", () => {
    const { clock, fail } = start();
    const told = Array.from({ length: 1_000 }, (_, n) => fail(1, `10.${n >> 8}.${n & 255}.1`)[0]);
    expect(told.filter((ms) => ms === 0)).toHaveLength(64 * MAX);
    clock.advance(WINDOW_MS);
    expect(fail(1, "10.9.9.9")).toEqual([0]);
  });

  test("[S32] LIMITS=off slows nobody down, and remembers nobody", () => {
    const { logins, fail } = start({ isLifted: true });
    expect(fail(5 * MAX)).toEqual(zeros(5 * MAX));
    expect(logins.size).toBe(0);
  });
});

describe("what is remembered", () => {
  test("[S32] tidying forgets no failures that still count, and all others", () => {
    const { clock, logins, fail } = start();
    fail(MAX);
    clock.advance(WINDOW_MS - 1);
    logins.prune(clock.now());
    expect(fail(1)).toEqual([1]);
    clock.advance(1);
    logins.prune(clock.now());
    expect(logins.size).toBe(0);
  });

  test("[L27] as many addresses as fit; past it the one whose latest failure is oldest goes", () => {
    const { logins, fail } = start({ suspectsMax: 3 });
    for (const address of [ADDRESS, NEIGHBOUR, "c", ADDRESS, "d"]) fail(MAX, address);
    // As many networks; of these all but one have the name of their address here.
    expect(logins.size).toBeLessThanOrEqual(6);
    expect([fail(1, ADDRESS), fail(1, NEIGHBOUR)]).toEqual([[WINDOW_MS], [0]]);
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
