// The accountant of the drills: that a loss in silence is found, and that nothing else is taken for one.
import { expect, test } from "bun:test";
import { Accountant } from "../../bench/drills/accountant.ts";

/** Ann sends, Bob and Cy hear; all are in from the beginning. */
function books(): Accountant {
  const accountant = new Accountant();
  for (const member of ["ann", "bob", "cy"]) accountant.joined(member, 0);
  return accountant;
}

const ROOM = [["ann", "bob", "cy"]];

function say(accountant: Accountant, n: number, at: number, ...hearers: string[]): void {
  accountant.sent("ann", n, at);
  accountant.acked("ann", n);
  for (const hearer of hearers) accountant.heard(hearer, "ann", n);
}

test("[R20] what everybody heard is received, and nothing is lost", () => {
  const accountant = books();
  for (let n = 1; n <= 5; n++) say(accountant, n, n, "bob", "cy");
  accountant.close(ROOM);
  expect(accountant.sums()).toMatchObject({ sent: 5, received: 10, lostInSilence: 0, lostWithNotice: 0, again: 0 });
});

test("[R20] a number that is skipped is lost in silence", () => {
  const accountant = books();
  say(accountant, 1, 1, "bob", "cy");
  say(accountant, 2, 2, "cy");
  say(accountant, 3, 3, "bob", "cy");
  expect(accountant.sums()).toMatchObject({ received: 5, lostInSilence: 1 });
  expect(accountant.examples).toEqual(["bob never heard 2 of ann"]);
});

test("[R20] so is the last one, which nothing came after", () => {
  const accountant = books();
  say(accountant, 1, 1, "bob", "cy");
  say(accountant, 2, 2, "cy");
  accountant.close(ROOM);
  expect(accountant.sums().lostInSilence).toBe(1);
});

test("[R33] resumed: false excuses what was sent before it, and nothing after", () => {
  const accountant = books();
  say(accountant, 1, 1, "bob", "cy");
  say(accountant, 2, 2, "cy");
  accountant.back("bob", false, 3, 2);
  say(accountant, 3, 4, "cy");
  say(accountant, 4, 5, "bob", "cy");
  expect(accountant.sums()).toMatchObject({ lostWithNotice: 1, lostInSilence: 1, resumedAnew: 1 });
  expect(accountant.examples).toEqual(["bob never heard 3 of ann"]);
});

test("[R33] resumed: true excuses nothing", () => {
  const accountant = books();
  say(accountant, 1, 1, "cy");
  accountant.back("bob", true, 2, 1);
  say(accountant, 2, 3, "bob", "cy");
  expect(accountant.sums()).toMatchObject({ lostWithNotice: 0, lostInSilence: 1, resumedWhole: 1 });
});

test("what was sent again may be heard again; what was sent once may not", () => {
  const accountant = books();
  say(accountant, 1, 1, "bob", "cy");
  accountant.sent("ann", 1, 2);
  accountant.heard("bob", "ann", 1);
  expect(accountant.sums()).toMatchObject({ sent: 1, again: 1, lostInSilence: 0 });
  say(accountant, 2, 3, "bob");
  accountant.heard("bob", "ann", 2);
  expect(accountant.sums().lostInSilence).toBe(1);
});

test("[R14] what was sent before somebody joined was not for it", () => {
  const accountant = books();
  say(accountant, 1, 1, "bob", "cy");
  accountant.joined("di", 2);
  say(accountant, 2, 3, "bob", "cy", "di");
  accountant.close([["ann", "bob", "cy", "di"]]);
  expect(accountant.sums()).toMatchObject({ received: 5, lostInSilence: 0, lostWithNotice: 0 });
});

test("a message without an ack is lost with notice when its sender stops", () => {
  const accountant = books();
  accountant.sent("ann", 1, 1);
  accountant.gaveUp(1);
  accountant.close(ROOM);
  expect(accountant.sums()).toMatchObject({ sent: 1, lostWithNotice: 1, lostInSilence: 0 });
});
