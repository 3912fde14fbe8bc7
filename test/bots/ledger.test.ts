// The books of the bots' rooms: that a loss in silence, a message that comes twice and one out of order are found, and that nothing else is
// taken for one.
import { expect, test } from "bun:test";
import { Ledger } from "../../clients/bots/ledger.ts";

const EPOCH = "e1";
const GOOD = { lost: 0, twice: 0, disorder: 0 };

/** Ann, Bob and Cy are in from the beginning. */
function books() {
  const ledger = new Ledger("room 1");
  for (const id of ["ann", "bob", "cy"]) {
    ledger.seat(id, id);
    ledger.arrived(id, { epoch: EPOCH, seq: 3, resumed: false });
  }
  const heard = (id: string, seq: number, from = "ann", hash = seq, epoch = EPOCH) => {
    ledger.heard(id, epoch, seq, { from, hash });
    ledger.told(id, epoch, seq);
  };
  const say = (n: number, seq: number, to: string[] | null, ...hearers: string[]) => {
    ledger.said("ann", n, "send", to, seq);
    ledger.acked("ann", n, EPOCH, seq);
    for (const hearer of hearers) heard(hearer, seq);
  };
  return { ledger, say, heard };
}

test("[B3] what everybody heard is no fault, nor is what was not meant for somebody", () => {
  const { ledger, say } = books();
  say(1, 4, null, "bob", "cy");
  say(2, 5, ["bob"], "bob");
  say(3, 6, null, "bob", "cy");
  expect(ledger.close()).toMatchObject({ ...GOOD, lostWithNotice: 0, heard: 5, told: 5, carriedOut: 3, unanswered: 0 });
});

test("[B3] what somebody never heard is lost in silence, the last of all too", () => {
  const { ledger, say } = books();
  say(1, 4, null, "cy");
  say(2, 5, null, "bob", "cy");
  say(3, 6, ["bob"]);
  expect(ledger.close()).toMatchObject({ ...GOOD, lost: 2 });
  expect(ledger.examples).toEqual([
    "room 1: bob never heard number 4 of ann",
    "room 1: bob never heard number 6 of ann",
  ]);
});

test("[B3] what came by the wire and was not told to the game is lost", () => {
  const { ledger, say } = books();
  say(1, 4, null, "cy");
  ledger.heard("bob", EPOCH, 4, { from: "ann", hash: 4 });
  expect(ledger.close()).toMatchObject({ ...GOOD, lost: 1 });
});

test("[B3] a state that somebody was not told is lost, and a state is no message", () => {
  const { ledger } = books();
  ledger.said("ann", 1, "set_state", null, 9);
  ledger.acked("ann", 1, EPOCH, 4);
  ledger.heard("bob", EPOCH, 4, null);
  expect(ledger.close()).toMatchObject({ ...GOOD, lost: 1 });
  expect(ledger.examples).toEqual(["room 1: cy never heard number 4 of ann"]);
});

test("[B3] resumed: false excuses what was before it, and nothing after; resumed: true excuses nothing", () => {
  const { ledger, say } = books();
  say(1, 4, null, "cy");
  ledger.arrived("bob", { epoch: EPOCH, seq: 4, resumed: false });
  expect(ledger.close()).toMatchObject({ ...GOOD, lostWithNotice: 1 });
  say(2, 5, null, "cy");
  const second = books();
  second.say(1, 4, null, "cy");
  second.ledger.arrived("bob", { epoch: EPOCH, seq: 4, resumed: true });
  expect(second.ledger.close()).toMatchObject({ ...GOOD, lost: 1, lostWithNotice: 0 });
  const third = books();
  third.ledger.arrived("bob", { epoch: EPOCH, seq: 4, resumed: false });
  third.say(2, 5, null, "cy");
  expect(third.ledger.close()).toMatchObject({ ...GOOD, lost: 1 });
});

test("[B3] another epoch is after all of the one before, and begins to count anew", () => {
  const { ledger, say, heard } = books();
  say(1, 4, null, "cy");
  for (const id of ["ann", "bob", "cy"]) ledger.arrived(id, { epoch: "e2", seq: 2, resumed: false });
  ledger.said("ann", 2, "send", null, 77);
  ledger.acked("ann", 2, "e2", 3);
  heard("bob", 3, "ann", 77, "e2");
  heard("cy", 3, "ann", 77, "e2");
  expect(ledger.close()).toMatchObject({ ...GOOD, lostWithNotice: 1 });
});

test("[B3] who came later, and who is over, is owed nothing of the time without it", () => {
  const { ledger, say, heard } = books();
  say(1, 4, null, "bob", "cy");
  ledger.seat("dan", "dan");
  ledger.arrived("dan", { epoch: EPOCH, seq: 4, resumed: false });
  say(2, 5, null, "bob", "dan");
  heard("cy", 6, "a stranger");
  ledger.over("cy");
  say(3, 7, null, "bob", "dan");
  // It had heard what came after 5, and 7 came when it was over.
  expect(ledger.close()).toMatchObject({ ...GOOD, lost: 1 });
  expect(ledger.examples).toEqual(["room 1: cy never heard number 5 of ann"]);
});

test("[B3] the same number twice, by the wire or to the game, and one out of order are faults", () => {
  const { ledger, say } = books();
  say(1, 4, null, "bob", "cy");
  ledger.heard("bob", EPOCH, 4, { from: "ann", hash: 4 });
  ledger.told("cy", EPOCH, 4);
  expect(ledger.close()).toMatchObject({ ...GOOD, twice: 2 });
  const late = books();
  late.ledger.said("ann", 1, "send", null, 4);
  late.ledger.acked("ann", 1, EPOCH, 4);
  late.say(2, 5, null, "bob", "cy");
  late.heard("bob", 4);
  late.heard("cy", 4);
  expect(late.ledger.close()).toMatchObject({ ...GOOD, disorder: 4 });
});

test("[B3] what was said once and has two numbers was carried out twice; said twice it was not", () => {
  const { ledger, say, heard } = books();
  say(1, 4, null, "bob", "cy");
  for (const id of ["bob", "cy"]) heard(id, 5, "ann", 4);
  expect(ledger.close()).toMatchObject({ ...GOOD, twice: 1 });
  const cast = books();
  cast.say(1, 4, null, "bob", "cy");
  cast.ledger.said("ann", null, "send", null, 4);
  for (const id of ["bob", "cy"]) cast.heard(id, 5, "ann", 4);
  expect(cast.ledger.close()).toMatchObject(GOOD);
});

test("[B3] a cast to all that one heard is owed to all", () => {
  const { ledger, heard } = books();
  ledger.said("ann", null, "send", null, 44);
  heard("bob", 4, "ann", 44);
  expect(ledger.close()).toMatchObject({ ...GOOD, lost: 1 });
});

test("[B3] what was carried out as `done` says, without an answer, is found by what it says; and lost where nobody heard it", () => {
  const { ledger, heard } = books();
  ledger.said("ann", 1, "send", null, 44);
  ledger.said("ann", 2, "send", null, 55);
  expect(ledger.open).toBe(2);
  heard("bob", 4, "ann", 44);
  heard("cy", 4, "ann", 44);
  ledger.arrived("ann", { epoch: EPOCH, seq: 4, resumed: true, done: 1 });
  expect(ledger.open).toBe(1);
  // Said again on the new line, as the client does, and answered there.
  ledger.said("ann", 2, "send", null, 55);
  ledger.acked("ann", 2, EPOCH, 5);
  for (const id of ["bob", "cy"]) heard(id, 5, "ann", 55);
  expect(ledger.close()).toMatchObject({ ...GOOD, carriedOut: 2 });
  const silent = books();
  silent.ledger.said("ann", 1, "send", null, 44);
  silent.ledger.arrived("ann", { epoch: EPOCH, seq: 3, resumed: true, done: 1 });
  expect(silent.ledger.close()).toMatchObject({ ...GOOD, lost: 1 });
  const refused = books();
  refused.ledger.said("ann", 1, "send", ["zoe"], 44);
  refused.ledger.refused("ann", 1);
  expect(refused.ledger.close()).toMatchObject({ ...GOOD, carriedOut: 0, unanswered: 0 });
});

test("[B3] a room without history has no numbers, and nothing to say", () => {
  const ledger = new Ledger("room 1");
  for (const id of ["ann", "bob"]) {
    ledger.seat(id, id);
    ledger.arrived(id, {});
  }
  ledger.said("ann", 1, "send", null, 4);
  ledger.acked("ann", 1, undefined, undefined);
  expect(ledger.close()).toMatchObject({ ...GOOD, carriedOut: 1 });
});
