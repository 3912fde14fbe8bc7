// Seats that wait, secrets, resume and what is kept, shown on the core alone.

import { describe, expect, test } from "bun:test";
import { KEPT_SEATS_PER_SEAT } from "../../src/rooms/attendance.ts";
import { TAKEOVERS_MAX } from "../../src/rooms/seat.ts";
import { core, nameOf } from "../support/core.ts";
import type { NotebookLine } from "../support/notebook.ts";

const AWAY = { rules: { awayMs: 30_000 } };
const KEPT = { rules: { awayMs: 30_000, historyMax: 4 } };

const kinds = (line: NotebookLine) => line.heard().map(({ kind }) => kind);

describe("secrets", () => {
  test("[R22] a seat with a secret is taken up with it alone", () => {
    const { create, join } = core();
    const { code } = create("tv");
    const { line: owner } = join(code, "a", { secret: "s3cret" });
    expect(nameOf(join(code, "a").answer)).toBe("wrong_secret");
    expect(nameOf(join(code, "a", { secret: "other" }).answer)).toBe("wrong_secret");
    expect(owner.seat?.clientId).toBe("a");
    expect(nameOf(join(code, "a", { secret: "s3cret" }).answer)).toBe("joined");
    expect(owner.closedAs).toBe("replaced");
  });

  test("[R22] a seat without one is taken up with its clientId, whatever else is brought", () => {
    const { create, join } = core();
    const { code } = create("tv");
    join(code, "a");
    expect(nameOf(join(code, "a", { secret: "new" }).answer)).toBe("joined");
    expect(nameOf(join(code, "a").answer)).toBe("joined");
  });

  test("[R22] the host's name needs the creator's secret, even when its seat was not kept", () => {
    const { create, join, relay } = core();
    const { line: tv, code } = create("tv", { secret: "s" });
    join(code, "a");
    relay.gone(tv, "lost");
    expect(nameOf(join(code, "tv").answer)).toBe("wrong_secret");
    const { line } = join(code, "tv", { secret: "s" });
    expect(relay.isHost(line)).toBe(true);
  });

  test("[R22] nothing that is kept holds a secret in clear", () => {
    const { create, join, rooms } = core();
    const { code } = create("tv", { secret: "hush-tv" });
    join(code, "a", { secret: "hush-a" });
    const seats = [...(rooms.find(code, "party")?.seats ?? [])];
    expect(seats.map(({ sealed }) => sealed?.length)).toEqual([43, 43]);
    expect(Bun.inspect(rooms.find(code, "party"), { depth: 9 })).not.toContain("hush");
  });
});

describe("away and back", () => {
  test("[R23] a lost member's seat waits; the others hear it go, and come back", () => {
    const { create, join, relay } = core();
    const { line: tv, code } = create("tv", AWAY);
    const { line: a } = join(code, "a", { name: "Ann" });
    tv.heard();
    relay.gone(a, "lost");
    expect(tv.heard()).toMatchObject([{ kind: "peerAway", clientId: "a", leftMs: 30_000 }]);
    const { answer } = join(code, "a");
    expect(answer).toMatchObject({
      kind: "joined",
      picture: { peers: [{ clientId: "tv" }, { clientId: "a", name: "Ann", isAway: false }] },
    });
    expect(tv.heard()).toMatchObject([{ kind: "peerBack", clientId: "a" }]);
  });

  test("[R11] who comes back under another name is told as renamed: after it is back, before the role moves", () => {
    const { create, join, relay } = core();
    const { line: tv, code } = create("tv", AWAY);
    const { line: a } = join(code, "a", { name: "Anna" });
    relay.gone(a, "lost");
    tv.heard();
    const { answer, line: again } = join(code, "a", { name: "Anna B" });
    expect(answer).toMatchObject({ picture: { peers: [{ clientId: "tv" }, { clientId: "a", name: "Anna B" }] } });
    expect(tv.heard()).toEqual([
      { kind: "peerBack", clientId: "a", index: 1 },
      { kind: "peerRenamed", clientId: "a", index: 1, name: "Anna B" },
    ]);
    // The same name is none, and no name keeps the one it has.
    relay.gone(again, "lost");
    tv.heard();
    relay.gone(join(code, "a", { name: "Anna B" }).line, "lost");
    join(code, "a");
    expect(kinds(tv)).toEqual(["peerBack", "peerAway", "peerBack"]);
    relay.gone(tv, "lost");
    const { line: b } = join(code, "b");
    join(code, "tv", { name: "TV" });
    expect(kinds(b)).toEqual(["peerBack", "peerRenamed", "hostChanged"]);
  });

  test("[R11] a seat that is taken from an open line under another name: the others hear that alone, and itself nothing", () => {
    const { create, join } = core();
    const { line: tv, code } = create("tv");
    const { line: a } = join(code, "a");
    tv.heard();
    const { line: again } = join(code, "a", { name: "Ann" });
    expect(tv.heard()).toEqual([{ kind: "peerRenamed", clientId: "a", index: 1, name: "Ann" }]);
    expect([a.heard(), again.heard()]).toEqual([[], []]);
  });

  test("[R11][R33] who was away when another was renamed finds it in `missed`", () => {
    const { create, join, relay } = core();
    const { code, epoch } = create("tv", { rules: { awayMs: 30_000, historyMax: 16 } });
    const { line: b } = join(code, "b");
    join(code, "a", { name: "Ann" });
    relay.gone(b, "lost");
    join(code, "a", { name: "Anna" });
    const { answer } = join(code, "b", { since: { seq: 3, epoch } });
    expect(answer).toMatchObject({
      missed: [{ seq: 4, event: { kind: "peerRenamed", clientId: "a", index: 2, name: "Anna" } }],
    });
  });

  test("[R23] it waits as long as it was promised, and no longer", () => {
    const { clock, create, join, relay } = core();
    const { line: tv, code } = create("tv", AWAY);
    relay.gone(join(code, "a").line, "lost");
    tv.heard();
    clock.advance(29_999);
    expect(tv.heard()).toEqual([]);
    clock.advance(1);
    expect(tv.heard()).toMatchObject([{ kind: "peerLeft", clientId: "a", reason: "timeout" }]);
  });

  test("[R23] the timer of one absence does not end the next one", () => {
    const { clock, create, join, relay } = core();
    const { line: tv, code } = create("tv", AWAY);
    relay.gone(join(code, "a").line, "lost");
    clock.advance(20_000);
    relay.gone(join(code, "a").line, "lost");
    tv.heard();
    clock.advance(29_000);
    expect(tv.heard()).toEqual([]);
    clock.advance(1_000);
    expect(kinds(tv)).toEqual(["peerLeft"]);
  });

  test("[R23] a kept seat counts against the cap, and its owner gets back into a full room", () => {
    const { create, join, relay } = core();
    const { code } = create("tv", { ...AWAY, maxClients: 2 });
    relay.gone(join(code, "a").line, "lost");
    expect(nameOf(join(code, "b").answer)).toBe("room_full");
    expect(nameOf(join(code, "a").answer)).toBe("joined");
  });

  test("[R23] leave gives the seat up at once", () => {
    const { create, join, ask } = core();
    const { line: tv, code } = create("tv", AWAY);
    const { line: a } = join(code, "a");
    tv.heard();
    ask(a, { kind: "leave" });
    expect(tv.heard()).toMatchObject([{ kind: "peerLeft", clientId: "a", reason: "left" }]);
  });

  test("[Q7] where only those that are here count, who is here takes its own seat over in a full room", () => {
    const { create, join } = core();
    const { code } = create("tv", { maxClients: 2, rules: { awayMs: 30_000, capCounts: "here" } });
    const { line } = join(code, "a");
    expect(nameOf(join(code, "b").answer)).toBe("room_full");
    expect(nameOf(join(code, "a").answer)).toBe("joined");
    expect(line.closedAs).toBe("replaced");
  });

  test("[Q5] where seats are kept as long as the room, so many are: past that who has been away longest goes, never the host", () => {
    const { create, join, relay, rooms, clock } = core();
    const maxClients = 2;
    const rules = { awayMs: Number.POSITIVE_INFINITY, capCounts: "here" } as const;
    const { line: tv, code } = create("tv", { maxClients, rules });
    const { line: watcher } = join(code, "watcher");
    relay.gone(tv, "lost");
    const kept = maxClients * KEPT_SEATS_PER_SEAT;
    for (let n = 1; n < kept; n++) {
      clock.advance(1);
      relay.gone(join(code, `guest-${n}`).line, "lost");
    }
    expect(rooms.at(code)?.away).toBe(kept);
    watcher.heard();
    clock.advance(1);
    relay.gone(join(code, "one-more").line, "lost");
    expect(rooms.at(code)?.away).toBe(kept);
    expect(watcher.heard()).toContainEqual(expect.objectContaining({ kind: "peerLeft", clientId: "guest-1" }));
    expect(rooms.at(code)?.has("tv")).toBe(true);
  });

  test("[R24] a room of absent members lives until the last seat is given up", () => {
    const { clock, rooms, create, join, relay } = core();
    const { line: tv, code } = create("tv", AWAY);
    const { line: a } = join(code, "a");
    relay.gone(tv, "lost");
    clock.advance(10_000);
    relay.gone(a, "lost");
    clock.advance(29_999);
    expect(rooms.find(code, "party")?.away).toBe(1);
    expect(rooms.count()).toEqual({ here: 0, away: 1 });
    clock.advance(1);
    expect(rooms.find(code, "party")).toBeNull();
  });

  test("[R23] the end of a room stops its timers", () => {
    const { clock, create, join, relay, ask } = core();
    const { line: tv, code } = create("tv", { rules: { awayMs: 30_000, hostGone: "close" } });
    relay.gone(join(code, "a").line, "lost");
    ask(tv, { kind: "closeRoom", reason: null });
    const again = create("tv2", { code: null });
    clock.advance(600_000);
    expect(again.line.closedAs).toBeNull();
  });
});

describe("resume", () => {
  function party() {
    const it = core();
    const tv = it.create("tv", KEPT);
    const a = it.join(tv.code, "a").line;
    const say = (to: null | string | readonly string[], body: string, from = tv.line) =>
      it.ask(from, { kind: "send", to, body }, "r");
    const back = (seq: number, epoch = tv.epoch) => it.join(tv.code, "a", { since: { seq, epoch } }).answer;
    return { ...it, tv, a, say, back };
  }
  const missedOf = (answer: ReturnType<ReturnType<typeof party>["back"]>) => {
    if (answer?.kind !== "joined") throw new Error("did not join");
    return (
      answer.missed?.map(({ seq, event }) => [seq, event.kind === "message" ? event.body : event.kind]) ?? answer.missed
    );
  };

  test("[R31] everything the room is told has the next number, and an ack names it", () => {
    const { say, join, tv } = party();
    expect(say(null, "1")).toEqual({ kind: "ack", delivered: 1, seq: 2 });
    join(tv.code, "b");
    expect(say("a", "2")).toEqual({ kind: "ack", delivered: 1, seq: 4 });
  });

  test("[R31][P9] a message for nobody has no number", () => {
    const { say, tv } = party();
    const before = tv.line.seat?.room.seq;
    expect(nameOf(say(["nobody", "no one"], "1"))).toBe("target_not_found");
    expect(tv.line.seat?.room.seq).toBe(before ?? -1);
  });

  test("[R33] what was missed comes whole, in order, each once, and only what was meant for it", () => {
    const { say, back, relay, a } = party();
    say(null, "seen");
    relay.gone(a, "lost");
    say(null, "1");
    say("tv", "not for a");
    say("a", "2");
    expect(missedOf(back(2))).toEqual([
      [4, "1"],
      [6, "2"],
    ]);
  });

  test("[R33] its own messages are none it missed", () => {
    const { say, back, a } = party();
    say(null, "mine", a);
    say(null, "yours");
    expect(missedOf(back(1))).toEqual([[3, "yours"]]);
  });

  test("[R33] nothing missed is an empty list", () => {
    const { back } = party();
    expect(missedOf(back(1))).toEqual([]);
  });

  test("[R33] where the window does not reach back: the picture alone, and the truth about it", () => {
    const { say, back } = party();
    for (let n = 2; n <= 6; n++) say(null, String(n));
    // 3 to 6 are kept: who has seen 2 can be told all of it.
    expect(missedOf(back(2))).toHaveLength(4);
    expect(missedOf(back(1))).toBeNull();
  });

  test("[R33] another epoch, a seq from the future, or no since at all", () => {
    const { back, join, tv } = party();
    expect(missedOf(back(1, "another"))).toBeNull();
    expect(missedOf(back(99))).toBeNull();
    expect(missedOf(join(tv.code, "a").answer)).toBeNull();
  });

  test("[R33] whose seat was given up is a new member: nothing that was told before is its own", () => {
    const { clock, say, back, relay, a } = party();
    relay.gone(a, "lost");
    say("a", "for the old one");
    clock.advance(30_000);
    expect(missedOf(back(2))).toBeNull();
  });

  test("[R33] nothing from before a member joined is told to it, whatever it claims to have seen", () => {
    const { say, join, tv } = party();
    say(null, "among us");
    join(tv.code, "b");
    expect(missedOf(join(tv.code, "b", { since: { seq: 1, epoch: tv.epoch } }).answer)).toBeNull();
    expect(missedOf(join(tv.code, "b", { since: { seq: 3, epoch: tv.epoch } }).answer)).toEqual([]);
  });

  test("[R34] a message to an absent member waits where there is history, and is refused where there is none", () => {
    const { say, relay, a, create, join, ask } = party();
    relay.gone(a, "lost");
    expect(say("a", "1")).toMatchObject({ kind: "ack", delivered: 0 });
    expect(say(["a", "tv"], "1")).toMatchObject({ kind: "ack", delivered: 1 });
    const { line: host, code } = create("tv", AWAY);
    relay.gone(join(code, "b").line, "lost");
    expect(nameOf(ask(host, { kind: "send", to: "b", body: "1" }))).toBe("target_not_found");
    expect(ask(host, { kind: "send", to: ["b", "tv"], body: "1" })).toMatchObject({ missing: ["b"], delivered: 1 });
  });

  test("[R35] a fight over a seat: the sixth takeover in 10 s waits, the holder keeps the seat", () => {
    const { clock, create, join } = core();
    const { code } = create("tv");
    let holder = join(code, "a").line;
    for (let n = 0; n < TAKEOVERS_MAX; n++) {
      clock.advance(1_000);
      const next = join(code, "a");
      expect(nameOf(next.answer)).toBe("joined");
      expect(holder.closedAs).toBe("replaced");
      holder = next.line;
    }
    expect(join(code, "a").answer).toEqual({ kind: "later", ms: 6_000 });
    expect(holder.closedAs).toBeNull();
    clock.advance(6_000);
    expect(nameOf(join(code, "a").answer)).toBe("joined");
  });

  test("[R35] coming back to an empty seat is no fight", () => {
    const { create, join, relay } = core();
    const { code } = create("tv", AWAY);
    for (let n = 0; n < 20; n++) {
      const { line, answer } = join(code, "a");
      expect(nameOf(answer)).toBe("joined");
      relay.gone(line, "lost");
    }
  });
});

describe("what is kept", () => {
  test("[R36] the state is told to the others, and found by who joins", () => {
    const { create, join, ask } = core();
    const { line: tv, code } = create("tv", { state: "0" });
    const first = join(code, "a");
    expect(first.answer).toMatchObject({ picture: { state: "0" } });
    tv.heard();
    ask(tv, { kind: "setState", body: '{"round":2}' });
    expect(first.line.heard()).toEqual([{ kind: "state", body: '{"round":2}' }]);
    expect(tv.heard()).toEqual([]);
    expect(join(code, "b").answer).toMatchObject({ picture: { state: '{"round":2}' } });
  });

  test("[R37] a member's own data is told to the others, and found by who joins", () => {
    const { create, join, ask } = core();
    const { line: tv, code } = create("tv");
    const { line: a } = join(code, "a");
    tv.heard();
    ask(a, { kind: "setPlayer", shape: null, body: '"red"' });
    expect(tv.heard()).toEqual([{ kind: "player", clientId: "a", body: '"red"' }]);
    expect(join(code, "b").answer).toMatchObject({ picture: { peers: [{}, { clientId: "a", player: '"red"' }, {}] } });
  });
});
