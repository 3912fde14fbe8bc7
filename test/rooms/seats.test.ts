// Seats that wait, secrets, resume and what is kept, shown on the core alone.

import { describe, expect, test } from "bun:test";
import { TAKEOVERS_MAX } from "../../src/rooms/fight.ts";
import { BRIEF_AWAY_MS, KEPT_SEATS_PER_SEAT } from "../../src/rooms/keeping.ts";
import { SETTLED_MS } from "../../src/rooms/seat.ts";
import { core, nameOf } from "../support/core.ts";
import { NotebookLine } from "../support/notebook.ts";

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
    const { clock, create, join, relay } = core();
    const { line: tv, code } = create("tv", AWAY);
    const { line: a } = join(code, "a", { name: "Ann" });
    clock.advance(SETTLED_MS);
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
      { kind: "peerBack", clientId: "a", index: 1, name: "Anna B" },
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
    const { line: a } = join(code, "a");
    clock.advance(SETTLED_MS);
    relay.gone(a, "lost");
    tv.heard();
    clock.advance(29_999);
    expect(tv.heard()).toEqual([]);
    clock.advance(1);
    expect(tv.heard()).toMatchObject([{ kind: "peerLeft", clientId: "a", reason: "timeout" }]);
  });

  test("[R23] the timer of one absence does not end the next one", () => {
    const { clock, create, join, relay } = core();
    const { line: tv, code } = create("tv", AWAY);
    const { line: a } = join(code, "a");
    clock.advance(SETTLED_MS);
    relay.gone(a, "lost");
    clock.advance(20_000);
    relay.gone(join(code, "a").line, "lost");
    tv.heard();
    clock.advance(29_000);
    expect(tv.heard()).toEqual([]);
    clock.advance(1_000);
    expect(kinds(tv)).toEqual(["peerLeft"]);
  });

  test("[R23] a kept seat counts against the cap, and its owner gets back into a full room", () => {
    const { clock, create, join, relay } = core();
    const { code } = create("tv", { ...AWAY, maxClients: 2 });
    const { line: a } = join(code, "a");
    clock.advance(SETTLED_MS);
    relay.gone(a, "lost");
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

  test("[Q5][R52] of those that are kept as long as the room, one that had not settled goes first, and none for the time alone", () => {
    const { create, join, relay, rooms, clock } = core();
    const rules = { awayMs: Number.POSITIVE_INFINITY, capCounts: "here" } as const;
    const { code } = create("tv", { maxClients: 2, rules });
    const { line: player } = join(code, "player");
    clock.advance(SETTLED_MS);
    relay.gone(player, "lost");
    for (let n = 1; n <= 2 * KEPT_SEATS_PER_SEAT; n++) {
      clock.advance(60_000);
      relay.gone(join(code, `name-${n}`).line, "lost");
    }
    const kept = (name: string) => rooms.at(code)?.has(name);
    expect([kept("player"), kept("name-1"), kept("name-2")]).toEqual([true, false, true]);
    expect(nameOf(join(code, "player").answer)).toBe("joined");
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

describe("a member that was hardly here", () => {
  const OFTEN = { rules: { awayMs: 600_000 } };

  test("[R52] has its seat kept for 10 s: after 5 s it has settled, and the whole of `away` is its own", () => {
    for (const [heldMs, leftMs] of [
      [0, BRIEF_AWAY_MS],
      [SETTLED_MS - 1, BRIEF_AWAY_MS],
      [SETTLED_MS, 600_000],
    ] as const) {
      const { clock, create, join, relay } = core();
      const { line: tv, code } = create("tv", OFTEN);
      const { line: a } = join(code, "a");
      clock.advance(heldMs);
      tv.heard();
      relay.gone(a, "lost");
      expect(tv.heard()).toEqual([{ kind: "peerAway", clientId: "a", index: 1, leftMs }]);
      clock.advance(leftMs - 1);
      expect(tv.heard()).toEqual([]);
      clock.advance(1);
      expect(tv.heard()).toEqual([{ kind: "peerLeft", clientId: "a", index: 1, reason: "timeout" }]);
    }
  });

  test("[R52] a shorter `away` is not made longer by that", () => {
    const { create, join, relay } = core();
    const { line: tv, code } = create("tv", { rules: { awayMs: 3_000 } });
    const { line: a } = join(code, "a");
    tv.heard();
    relay.gone(a, "lost");
    expect(tv.heard()).toMatchObject([{ kind: "peerAway", leftMs: 3_000 }]);
  });

  test("[R52] what it has held its seat all in all counts: a network that fails every three seconds is no troll's", () => {
    const { clock, create, join, relay } = core();
    const { line: tv, code } = create("tv", OFTEN);
    const lasting: number[] = [];
    for (let n = 0; n < 4; n++) {
      const { line: a } = join(code, "a");
      clock.advance(2_000);
      tv.heard();
      relay.gone(a, "lost");
      for (const event of tv.heard()) if (event.kind === "peerAway") lasting.push(event.leftMs);
      // Being away is not being here.
      clock.advance(8_000);
    }
    expect(lasting).toEqual([BRIEF_AWAY_MS, BRIEF_AWAY_MS, 600_000, 600_000]);
  });

  test("[R52] a line that replaces another goes on with what that had", () => {
    const { clock, create, join, relay } = core();
    const { line: tv, code } = create("tv", OFTEN);
    join(code, "a");
    clock.advance(SETTLED_MS - 1);
    const { line: a } = join(code, "a");
    clock.advance(1);
    tv.heard();
    relay.gone(a, "lost");
    expect(tv.heard()).toMatchObject([{ kind: "peerAway", leftMs: 600_000 }]);
  });

  test("[R52] who opened the room has settled from the start, whatever becomes of the role", () => {
    for (const hostGone of ["stay", "migrate", "close"] as const) {
      const { clock, create, rooms, relay } = core({ hostGoneSeconds: 600 });
      const { line: tv, code } = create("tv", { rules: { awayMs: 60_000, hostGone } });
      relay.gone(tv, "lost");
      clock.advance(59_999);
      expect(rooms.at(code)?.away).toBe(1);
      clock.advance(1);
      expect(rooms.at(code)).toBeNull();
    }
  });

  test("[R52] who got the role from one that left has not", () => {
    const { clock, create, join, rooms, relay } = core();
    const { line: tv, code } = create("tv", { rules: { awayMs: 60_000, hostGone: "migrate" } });
    relay.gone(tv, "lost");
    relay.gone(join(code, "a").line, "lost");
    clock.advance(BRIEF_AWAY_MS);
    expect([...(rooms.at(code)?.seats ?? [])].map(({ clientId }) => clientId)).toEqual(["tv"]);
  });
});

describe("a room that is full of seats whose members were hardly there", () => {
  /** "tv", "player" who has settled and sleeps, and names that joined and dropped until the room for 8 was full. */
  function haunted(rules: object = {}, more: object = {}) {
    const it = core();
    const {
      code,
      line: tv,
      epoch,
    } = it.create("tv", { rules: { awayMs: 600_000, historyMax: 64, ...rules }, ...more });
    const player = it.join(code, "player", { secret: "s" }).line;
    it.clock.advance(SETTLED_MS);
    it.relay.gone(player, "lost");
    for (let n = 1; n <= 6; n++) {
      it.clock.advance(1);
      it.relay.gone(it.join(code, `ghost-${n}`, { secret: `${n}` }).line, "lost");
    }
    tv.heard();
    const seats = () => Array.from(it.rooms.at(code)?.seats ?? [], ({ clientId }) => clientId);
    return { ...it, code, tv, epoch, seats };
  }

  test("[R53] makes place for a newcomer: that which has waited longest goes, and is told as given up", () => {
    const { join, code, tv, seats } = haunted();
    expect(seats()).toHaveLength(8);
    expect(join(code, "ann").answer).toMatchObject({ kind: "joined", index: 8 });
    expect(tv.heard()).toEqual([
      { kind: "peerLeft", clientId: "ghost-1", index: 2, reason: "timeout" },
      expect.objectContaining({ kind: "peerJoined" }),
    ]);
    expect(seats()).toEqual(["tv", "player", "ghost-2", "ghost-3", "ghost-4", "ghost-5", "ghost-6", "ann"]);
  });

  test("[R53] as long as there are such, and never more than one for each; who has settled keeps its seat", () => {
    const { join, code, seats } = haunted();
    for (let n = 1; n <= 6; n++) expect(nameOf(join(code, `guest-${n}`).answer)).toBe("joined");
    expect(nameOf(join(code, "guest-7").answer)).toBe("room_full");
    expect(seats()).toEqual(["tv", "player", "guest-1", "guest-2", "guest-3", "guest-4", "guest-5", "guest-6"]);
    expect(nameOf(join(code, "player", { secret: "s" }).answer)).toBe("joined");
  });

  test("[R53] where there is still a place nobody has to go", () => {
    const { ask, join, code, tv, seats } = haunted();
    ask(tv, { kind: "kick", clientId: "ghost-6", reason: null, ban: false });
    join(code, "ann");
    expect(seats()).toContain("ghost-1");
  });

  test("[R53] whose seat was given up is a newcomer when it comes back, and gets in as one", () => {
    const { join, code, tv, epoch } = haunted();
    join(code, "ann");
    tv.heard();
    const { answer } = join(code, "ghost-1", { secret: "1", since: { seq: 3, epoch } });
    expect(answer).toMatchObject({ kind: "joined", index: 9, missed: null });
    expect(kinds(tv)).toEqual(["peerLeft", "peerJoined"]);
  });

  test("[R53] whose seat was not takes it up again, and nobody has to go for it", () => {
    const { join, code, tv } = haunted();
    expect(join(code, "ghost-3", { secret: "3" }).answer).toMatchObject({ kind: "joined", index: 4 });
    expect(kinds(tv)).toEqual(["peerBack"]);
  });

  test("[R53][R38][R39] nobody goes for one that is not let in", () => {
    const { ask, join, code, tv, seats } = haunted();
    ask(tv, { kind: "kick", clientId: "ghost-1", reason: null, ban: true });
    join(code, "ann");
    const before = seats();
    expect(nameOf(join(code, "ghost-1").answer)).toBe("banned");
    expect(nameOf(join(code, "player").answer)).toBe("wrong_secret");
    ask(tv, { kind: "lock", locked: true });
    expect(nameOf(join(code, "bob").answer)).toBe("room_locked");
    expect(seats()).toEqual(before);
  });

  test("[R53] the host's own is never given up", () => {
    const it = core();
    const { code, line: tv } = it.create("tv", { rules: { awayMs: 60_000, hostGone: "stay" }, maxClients: 2 });
    const { line: heir } = it.join(code, "heir");
    it.ask(tv, { kind: "makeHost", clientId: "heir" });
    it.relay.gone(heir, "lost");
    expect(nameOf(it.join(code, "ann").answer)).toBe("room_full");
    expect(it.rooms.at(code)?.size).toBe(2);
  });

  test("[R53][H4] who asks how full a room is is not told of them", () => {
    const { rooms, code, join } = haunted();
    expect(rooms.at(code)?.size).toBe(2);
    join(code, "ann");
    expect(rooms.at(code)?.size).toBe(3);
  });

  test("[R53] a crowd of new names that never ends keeps nobody out", () => {
    const { join, relay, clock, code, seats } = haunted();
    const players: string[] = [];
    for (let n = 0; n < 200; n++) {
      const ghost = join(code, `name-${n}`);
      expect(nameOf(ghost.answer)).toBe("joined");
      relay.gone(ghost.line, "lost");
      clock.advance(50);
      if (n % 40 !== 0) continue;
      expect(nameOf(join(code, `player-${n}`).answer)).toBe("joined");
      players.push(`player-${n}`);
    }
    expect(seats()).toEqual(expect.arrayContaining(["tv", "player", ...players]));
    expect(seats()).toHaveLength(8);
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
    expect(join(code, "a").answer).toMatchObject({ kind: "later", ms: 6_000 });
    expect(holder.closedAs).toBeNull();
    clock.advance(6_000);
    expect(nameOf(join(code, "a").answer)).toBe("joined");
  });

  describe("who waits for a seat that is fought over", () => {
    /** A seat of "a" that has been fought over: so many lines wait for it by now, the first of them since longest. */
    function fight(waiting: number, rules: object = AWAY.rules) {
      const it = core();
      const { code, line: tv } = it.create("tv", { rules });
      let holder = it.join(code, "a").line;
      for (let n = 0; n < TAKEOVERS_MAX; n++) holder = it.join(code, "a").line;
      const got: string[] = [];
      const lines: NotebookLine[] = [];
      const stops: (() => void)[] = [];
      const ask = (n: number, line = new NotebookLine()) => {
        const { answer } = it.join(code, "a", { line });
        got.push(`${n} ${nameOf(answer)}`);
        lines[n] = line;
        if (answer?.kind === "later") stops[n] = answer.whenFree(() => ask(n, line));
      };
      for (let n = 1; n <= waiting; n++) ask(n);
      tv.heard();
      /** What those that wait were told since the last look. */
      const told = () => {
        it.clock.advance(0);
        return got.splice(0);
      };
      told();
      const lineOf = (n: number) => lines[n] ?? new NotebookLine();
      return { ...it, code, tv, holder, told, lineOf, stop: (n: number) => stops[n]?.() };
    }

    test("[R35] the line goes: the one that waited longest has it at once, and the others wait on", () => {
      const { relay, holder, told, tv, lineOf } = fight(3);
      relay.gone(holder, "lost");
      // Not in the middle of what is told of the loss.
      expect(kinds(tv)).toEqual(["peerAway"]);
      expect(told()).toEqual(["1 joined"]);
      expect(kinds(tv)).toEqual(["peerBack"]);
      relay.gone(lineOf(1), "lost");
      expect(told()).toEqual(["2 joined"]);
      relay.gone(lineOf(2), "timeout");
      expect(told()).toEqual(["3 joined"]);
    });

    test("[R35] the seat is given up: the first one joins anew, and the fight is not to begin anew for the others", () => {
      for (const rules of [AWAY.rules, { awayMs: 0 }]) {
        const { relay, ask, holder, told, tv, lineOf } = fight(3, rules);
        ask(holder, { kind: "leave" });
        expect(told()).toEqual(["1 joined"]);
        expect(kinds(tv)).toEqual(["peerLeft", "peerJoined"]);
        expect(lineOf(1).closedAs).toBeNull();
        relay.gone(lineOf(1), "lost");
        expect(told()).toEqual(["2 joined"]);
      }
    });

    test("[R35][R39] the member is kicked: each is told so in its turn", () => {
      const { ask, tv, told } = fight(2);
      ask(tv, { kind: "kick", clientId: "a", reason: null, ban: true });
      expect(told()).toEqual(["1 banned", "2 banned"]);
    });

    test("[R35][R38] one that is not let in passes its turn on, and its line may ask for something else", () => {
      const { ask, holder, tv, told } = fight(2);
      ask(tv, { kind: "lock", locked: true });
      ask(holder, { kind: "leave" });
      expect(told()).toEqual(["1 room_locked", "2 room_locked"]);
    });

    test("[R35] the room ends: all are told", () => {
      const { ask, tv, told, rooms } = fight(2);
      ask(tv, { kind: "closeRoom", reason: null });
      expect(told()).toEqual(["1 room_not_found", "2 room_not_found"]);
      expect(rooms.size).toBe(0);
    });

    test("[R35] who waits no more is not asked for", () => {
      const { relay, holder, told, stop } = fight(2);
      stop(1);
      relay.gone(holder, "lost");
      expect(told()).toEqual(["2 joined"]);
    });

    test("[R35] somebody else came first: they wait on", () => {
      const { relay, join, code, holder, told } = fight(1);
      relay.gone(holder, "lost");
      const { line } = join(code, "a");
      expect(told()).toEqual([]);
      expect(line.closedAs).toBeNull();
      relay.gone(line, "lost");
      expect(told()).toEqual(["1 joined"]);
    });
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
