// One member's share of what a room keeps for those who come back: what it says to some alone does not push out what the others need.
import { expect, test } from "bun:test";
import { core } from "../support/core.ts";

/** A room with a history of 64, in which its host has said ten things to all, and "ann" has been away since the first of them. */
function evening() {
  const it = core();
  const { line: host, code, epoch } = it.create("tv", { rules: { awayMs: 60_000, historyMax: 64 } });
  const ann = it.join(code, "ann").line;
  const troll = it.join(code, "troll").line;
  const left = it.rooms.at(code)?.seq ?? 0;
  it.relay.gone(ann, "lost");
  for (let n = 1; n <= 10; n++) it.ask(host, { kind: "send", to: null, body: `${n}` });
  /** What she is told when she comes back; null: not all of it. */
  const missed = (since = left): string[] | null => {
    const { answer, line } = it.join(code, "ann", { since: { seq: since, epoch } });
    it.relay.gone(line, "lost");
    if (answer?.kind !== "joined" || answer.missed === undefined) throw new Error("she had no seat");
    return answer.missed?.flatMap(({ event }) => (event.kind === "message" ? event.body : [])) ?? null;
  };
  return { ...it, host, troll, code, left, missed };
}

const TEN = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"];

test.each(["troll", ["troll"], 2])("[L33] a troll that talks to itself (%p) takes nobody's history", (to) => {
  const { ask, troll, missed } = evening();
  for (let n = 0; n < 1_000; n++) ask(troll, { kind: "send", to, body: '"x"' });
  expect(missed()).toEqual(TEN);
  for (let n = 0; n < 100; n++) ask(troll, { kind: "send", to, body: `"${"x".repeat(60_000)}"` });
  expect(missed()).toEqual(TEN);
});

test("[L33] one whom the flood is for is told that it is not whole, and never a part", () => {
  const { ask, troll, missed, rooms, code } = evening();
  for (let n = 0; n < 65; n++) ask(troll, { kind: "send", to: "ann", body: '"x"' });
  expect(missed()).toBeNull();
  expect(missed((rooms.at(code)?.seq ?? 0) - 10)).not.toBeNull();
});

test("[L33] the host has no share: what it says to some alone fills the history as it always did", () => {
  const { ask, host, missed, rooms, code } = evening();
  for (let n = 0; n < 100; n++) ask(host, { kind: "send", to: "ann", body: `${n}` });
  const last = rooms.at(code)?.seq ?? 0;
  expect(missed(last - 64)).toHaveLength(64);
  expect(missed(last - 70)).toBeNull();
});

test("[L33] nor by size", () => {
  const { ask, host, missed, rooms, code } = evening();
  const body = `"${"x".repeat(20_000)}"`;
  for (let n = 0; n < 6; n++) ask(host, { kind: "send", to: null, body });
  for (let n = 0; n < 12; n++) ask(host, { kind: "send", to: "ann", body });
  expect(missed((rooms.at(code)?.seq ?? 0) - 12)).toHaveLength(12);
});

test("[L33] a phone that alone talks to the display is kept as far back as before, and in the display's window too", () => {
  const { ask, host, troll: phone, rooms, join, relay, code } = evening();
  const epoch = rooms.at(code)?.epoch ?? "";
  for (let n = 0; n < 100; n++) ask(phone, { kind: "send", to: "tv", body: `${n}` });
  const seq = (rooms.at(code)?.seq ?? 0) - 64;
  relay.gone(host, "lost");
  expect(join(code, "tv", { since: { seq, epoch } }).answer).toMatchObject({ missed: { length: 64 } });
});

test("[L33] what is said to all pushes out the oldest, and that is told", () => {
  const { ask, troll, missed } = evening();
  for (let n = 0; n < 55; n++) ask(troll, { kind: "send", to: null, body: '"x"' });
  expect(missed()).toBeNull();
});
