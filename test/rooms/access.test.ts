// Who may come in, alone: bans are bounded, oldest first, in memory and from a record.
import { expect, test } from "bun:test";
import { secrets } from "../../src/auth/seatSecrets.ts";
import { Access, BAN_BYTES, BANS_MAX } from "../../src/rooms/access.ts";
import { account } from "../support/kept.ts";

function banned(count: number): Access {
  const access = new Access(secrets, "salt", account());
  for (let n = 1; n <= count; n++) access.ban(`guest-${n}`, `sealed-${n}`);
  return access;
}

test("[R39] a room keeps 1,000 bans, of names and of secrets, and at the next one the oldest goes", () => {
  expect(BANS_MAX).toBe(1_000);
  const full = banned(BANS_MAX);
  expect([full.isBanned("guest-1", null), full.isBanned("another", "sealed-1")]).toEqual([true, true]);
  const past = banned(BANS_MAX + 1);
  expect([past.isBanned("guest-1", null), past.isBanned("another", "sealed-1")]).toEqual([false, false]);
  expect([past.isBanned("guest-2", null), past.isBanned("another", "sealed-2")]).toEqual([true, true]);
  expect([past.isBanned("guest-1001", null), past.isBanned("another", "sealed-1001")]).toEqual([true, true]);
  expect(past.bans()?.clientIds).toHaveLength(BANS_MAX);
  expect(past.bans()?.sealed).toHaveLength(BANS_MAX);
});

test("[L31] a ban that goes gives back what it took, and one that is there already takes nothing", () => {
  const kept = account();
  const access = new Access(secrets, "salt", kept);
  for (let n = 0; n < BANS_MAX; n++) access.ban(`guest-${1_000 + n}`, null);
  const full = kept.bytes;
  expect(full).toBe(BANS_MAX * (BAN_BYTES + 10));
  for (let n = 1; n <= 10; n++) access.ban(`guest-${2_000 + n}`, null);
  access.ban("guest-2001", null);
  expect(kept.bytes).toBe(full);
});

test("[R39] a ban without a secret bans the name alone, and nobody who has none", () => {
  const access = new Access(secrets, "salt", account());
  access.ban("ann", null);
  expect(access.isBanned("ann", null)).toBe(true);
  expect(access.isBanned("bob", null)).toBe(false);
  expect(access.bans()).toEqual({ clientIds: ["ann"], sealed: [] });
});

test("[R48] what is banned and locked is so in the next process", () => {
  const next = new Access(secrets, "salt", account());
  next.restore(true, banned(3).bans());
  expect(next.isLocked).toBe(true);
  expect([next.isBanned("guest-3", null), next.isBanned("another", "sealed-3")]).toEqual([true, true]);
  next.restore(false, null);
  expect([next.isLocked, next.isBanned("guest-3", null)]).toEqual([false, false]);
});
