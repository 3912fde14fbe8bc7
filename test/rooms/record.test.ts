// Rooms over the end of their process: what is kept of them, and what their members find when they come back; on the core alone.

import { describe, expect, test } from "bun:test";
import type { NewGame, RoomRules } from "../../src/protocol/commands.ts";
import { HISTORY_BYTES_MAX } from "../../src/rooms/history.ts";
import { BRIEF_AWAY_MS, HOLD_MS_MIN } from "../../src/rooms/keeping.ts";
import { SETTLED_MS } from "../../src/rooms/seat.ts";
import { type Answer, core, nameOf } from "../support/core.ts";
import { NotebookLine, plain } from "../support/notebook.ts";
import { hold, reborn, recordsOf } from "../support/restart.ts";

const GAME: NewGame = {
  ...{ title: "Quiz", packName: null, minPlayers: null, maxPlayers: null, appTag: null, manuallyAdded: false },
};
const AWAY_MS = 30_000;
const KEPT = { awayMs: AWAY_MS, historyMax: 16 };
/** As `party2` opens its rooms. */
const PARTY2: RoomRules = {
  awayMs: Number.POSITIVE_INFINITY,
  historyMax: 0,
  hostGone: "close",
  capCounts: "here",
  idsAre: "secret",
  isNumbered: false,
  creatorPlays: false,
};

const kinds = (line: NotebookLine) => line.heard().map(({ kind }) => kind);

/** What a rejoin was told it missed: [seq, body or kind]; null: not resumed. */
function missedOf(answer: Answer): (readonly [number, string])[] | null | undefined {
  if (answer?.kind !== "joined") throw new Error(`it did not get in: ${JSON.stringify(answer)}`);
  const { missed } = answer;
  if (missed == null) return missed;
  return missed.map(({ seq, event }) => [seq, "body" in event ? event.body : event.kind] as const);
}

/** A room with everything in it: members here and away, one put out, one that left, and a session. */
function rich(rules: Partial<RoomRules> = {}) {
  const it = core();
  const tv = it.create("tv", {
    secret: "tv's",
    rules: { ...KEPT, ...rules },
    state: '{"round":1}',
    wireData: "a wireData",
    maxClients: 6,
  });
  const { code, epoch } = tv;
  const ana = it.join(code, "ana", { name: 'Ana "é🎲" \u2028', secret: "ana's" }).line;
  const bo = it.join(code, "bo").line;
  const cy = it.join(code, "cy", { secret: "cy's" }).line;
  const left = it.join(code, "left").line;
  it.ask(left, { kind: "leave" });
  it.ask(tv.line, { kind: "kick", clientId: "cy", reason: null, ban: true });
  it.ask(tv.line, { kind: "lock", locked: true });
  it.ask(tv.line, { kind: "setState", body: '{"round":2.50}' });
  it.ask(ana, { kind: "setPlayer", body: '{"score":1e3}', shape: null });
  it.ask(tv.line, { kind: "sessionStart", notes: null });
  it.ask(tv.line, { kind: "gameAdd", game: GAME });
  it.clock.advance(1_000);
  it.relay.gone(bo, "lost");
  return { ...it, tv, ana, bo, cy, code, epoch };
}

describe("what is kept", () => {
  const VARIANTS: readonly Partial<RoomRules>[] = [
    ...[{}, { awayMs: 0 }, { historyMax: 0 }, { hostGone: "migrate" as const }, { hostGone: "close" as const }],
    ...[{ creatorPlays: true }, { idsAre: "secret" as const }, { ...PARTY2, historyMax: 4 }, PARTY2],
  ];
  test.each(VARIANTS)("[R48] all of it comes back as it was, through text: %p", (rules) => {
    const it = rich(rules);
    it.ask(it.tv.line, { kind: "send", to: "ana", body: '"for ana"' });
    it.ask(it.ana, { kind: "send", to: null, body: '"from ana"' });
    it.ask(it.ana, { kind: "send", to: ["tv", "bo"], body: '"for some"' });
    const [record] = recordsOf(it);
    const before = it.rooms.at(it.code);
    const next = reborn(it);
    const room = next.rooms.at(it.code);
    if (record === undefined || room == null || before == null) throw new Error("the room is gone");
    // Who was here waits now, and seats that are gone are no more to be left out; all else is the same.
    const seats = record.seats.map((seat) => ({ ...seat, awaySince: seat.awaySince ?? next.clock.now() }));
    const there = new Set(seats.map(({ index }) => index));
    const told = record.history?.told.map((one) => {
      return { ...one, except: one.except !== null && there.has(one.except) ? one.except : null };
    });
    const history = record.history === null ? null : { ...record.history, told: told ?? [] };
    expect(recordsOf(next)).toEqual([{ ...record, seats, history }]);
    expect(recordsOf(reborn(next))).toEqual(recordsOf(next));
    expect([room.here, room.away]).toEqual([0, before.here + before.away]);
    const { peers, host: _host, ...picture } = room.picture("");
    const { peers: peersBefore, host: _before, ...pictureBefore } = before.picture("");
    expect(picture).toEqual(pictureBefore);
    expect(peers).toEqual(peersBefore.map((peer) => ({ ...peer, isAway: true })));
    expect({ ...room.rules }).toEqual({ ...before.rules });
    expect(room.host).toBeNull();
    expect(room.seq).toBe(before.seq);
    expect([room.origin, room.address, room.maxClients]).toEqual([before.origin, before.address, before.maxClients]);
    expect(next.rooms.find(it.code, "other")).toBeNull();
  });

  test("[R48] after a crash the epoch is another one, and no history is kept that nobody can ask for", () => {
    const it = rich();
    const seq = it.rooms.at(it.code)?.seq ?? 0;
    expect(recordsOf(it, false)[0]?.history).toEqual({ seq, droppedSeq: seq, told: [] });
    const next = reborn(it, { isWhole: false });
    const room = next.rooms.at(it.code);
    expect(room?.seq).toBe(it.rooms.at(it.code)?.seq ?? null);
    expect(room?.epoch).not.toBe(it.epoch);
    expect(room?.id).toBe(it.epoch);
    // Twice over is another one again.
    expect(reborn(next, { isWhole: false }).rooms.at(it.code)?.epoch).not.toBe(room?.epoch);
    expect(reborn(next).rooms.at(it.code)?.epoch).toBe(room?.epoch);
  });

  test("[R49] rooms with numbers are not kept, and their members are lost at once", () => {
    const { create, join, relay, rooms } = core();
    const { line, code } = create("0", { rules: { isNumbered: true } });
    const other = join(code, "1").line;
    line.heard();
    expect(recordsOf({ rooms })).toEqual([]);
    hold({ relay }, other);
    expect(line.heard()).toMatchObject([{ kind: "peerLeft", clientId: "1", reason: "lost" }]);
  });

  test("[R48] room after room: none keeps another from it", () => {
    const it = core();
    const codes = Array.from({ length: 5 }, (_, n) => it.create(`tv${n}`).code);
    expect(recordsOf(it).map(({ code }) => code)).toEqual(codes);
    expect(reborn(it).rooms.size).toBe(5);
  });
});

describe("coming back", () => {
  test("[R48][R33] what was missed is exactly what was meant for it, over a stop", () => {
    const it = rich();
    const seq = it.rooms.at(it.code)?.seq ?? 0;
    it.ask(it.tv.line, { kind: "send", to: null, body: '"all"' });
    it.ask(it.tv.line, { kind: "send", to: "ana", body: '"ana"' });
    it.ask(it.tv.line, { kind: "send", to: ["bo", "ana"], body: '"both"' });
    it.ask(it.ana, { kind: "send", to: null, body: '"of ana"' });
    it.ask(it.ana, { kind: "send", to: "tv", body: '"tv"' });
    hold(it, it.ana, it.tv.line);
    const next = reborn(it);
    const since = { seq, epoch: it.epoch };
    const back = (clientId: string, secret?: string) =>
      missedOf(next.join(it.code, clientId, { since, ...(secret === undefined ? {} : { secret }) }).answer);
    expect(back("ana", "ana's")).toEqual([
      [seq + 1, '"all"'],
      [seq + 2, '"ana"'],
      [seq + 3, '"both"'],
      [seq + 7, "peerAway"],
      [seq + 8, "hostChanged"],
    ]);
    expect(back("tv", "tv's")).toEqual([
      [seq + 4, '"of ana"'],
      [seq + 5, '"tv"'],
      [seq + 6, "peerAway"],
      // Of ana's return.
      [seq + 9, "peerBack"],
    ]);
    expect(back("bo")?.slice(0, 3)).toEqual([
      [seq + 1, '"all"'],
      [seq + 3, '"both"'],
      [seq + 4, '"of ana"'],
    ]);
  });

  test("[R48][S10] what was told of a session is among it", () => {
    const it = rich();
    it.ask(it.tv.line, { kind: "gameStart" });
    hold(it, it.tv.line, it.ana);
    const next = reborn(it);
    const since = { seq: 0, epoch: it.epoch };
    const { answer } = next.join(it.code, "tv", { secret: "tv's", since: { ...since, seq: 9 } });
    const missed = answer?.kind === "joined" ? (answer.missed ?? []) : [];
    const types = missed.flatMap(({ event }) => (event.kind === "session" ? event.type : []));
    expect(types).toContain("game.started");
  });

  test("[R48] who came is told again as one that was here", () => {
    const it = core();
    const tv = it.create("tv", { rules: KEPT });
    hold(it, tv.line, it.join(tv.code, "ann", { name: "Ann" }).line);
    const next = reborn(it);
    const { answer } = next.join(tv.code, "tv", { since: { seq: 0, epoch: tv.epoch } });
    const missed = answer?.kind === "joined" ? (answer.missed ?? []) : [];
    expect(missed.map(({ event }) => event)).toContainEqual({
      kind: "peerJoined",
      peer: { clientId: "ann", index: 1, name: "Ann", player: null, isAway: false },
    });
  });

  test("[R48] a message that is told again says who spoke, though its speaker is gone", () => {
    const it = rich();
    it.ask(it.ana, { kind: "send", to: null, body: '"bye"' });
    const seq = it.rooms.at(it.code)?.seq ?? 0;
    it.ask(it.ana, { kind: "leave" });
    hold(it, it.tv.line);
    const { answer } = reborn(it).join(it.code, "tv", { secret: "tv's", since: { seq: seq - 1, epoch: it.epoch } });
    const [first] = answer?.kind === "joined" ? (answer.missed ?? []) : [];
    expect(first && plain(first.event)).toEqual({
      kind: "message",
      body: '"bye"',
      from: { clientId: "ana", index: 1, messageHead: null },
    });
  });

  test("[R48] what was for a seat that is gone is for nobody, its name taken anew included", () => {
    const it = core();
    const { line: tv, code, epoch } = it.create("tv", { rules: KEPT });
    const a = it.join(code, "a").line;
    it.ask(tv, { kind: "send", to: "a", body: '"for the first a"' });
    it.ask(a, { kind: "leave" });
    hold(it, tv);
    const next = reborn(it);
    next.join(code, "a");
    const { answer } = next.join(code, "a", { since: { seq: 0, epoch } });
    expect(missedOf(answer)).toBeNull();
  });

  test("[R48] after a crash nothing resumes with what came before, and all does with what comes after", () => {
    const it = rich();
    const seq = it.rooms.at(it.code)?.seq ?? 0;
    const next = reborn(it, { isWhole: false });
    for (const since of [seq, seq - 1, 0]) {
      const { answer } = next.join(it.code, "ana", { secret: "ana's", since: { seq: since, epoch: it.epoch } });
      expect(missedOf(answer)).toBeNull();
    }
    const { answer, line } = next.join(it.code, "tv", { secret: "tv's" });
    const picture = answer?.kind === "joined" ? answer.picture : null;
    next.relay.gone(line, "lost");
    next.ask(next.join(it.code, "ana", { secret: "ana's" }).line, { kind: "send", to: null, body: '"new"' });
    const again = next.join(it.code, "tv", {
      secret: "tv's",
      since: { seq: picture?.seq ?? 0, epoch: picture?.epoch ?? "" },
    });
    expect(missedOf(again.answer)).toContainEqual([expect.any(Number), '"new"'] as never);
  });

  test("[R48][R22] a seat is its owner's: secrets hold, those not given are not asked for", () => {
    const it = rich();
    const next = reborn(it);
    expect(nameOf(next.join(it.code, "ana").answer)).toBe("wrong_secret");
    expect(nameOf(next.join(it.code, "ana", { secret: "tv's" }).answer)).toBe("wrong_secret");
    expect(nameOf(next.join(it.code, "ana", { secret: "ana's" }).answer)).toBe("joined");
    expect(nameOf(next.join(it.code, "bo").answer)).toBe("joined");
  });

  test("[R48][R38][R39] lock and bans hold, by name and by secret", () => {
    const it = rich();
    const next = reborn(it);
    expect(nameOf(next.join(it.code, "new").answer)).toBe("room_locked");
    expect(nameOf(next.join(it.code, "cy").answer)).toBe("banned");
    expect(nameOf(next.join(it.code, "cy2", { secret: "cy's" }).answer)).toBe("banned");
    const { line } = next.join(it.code, "tv", { secret: "tv's" });
    next.ask(line, { kind: "lock", locked: false });
    expect(nameOf(next.join(it.code, "new").answer)).toBe("joined");
  });

  test("[R48][R13] seats that wait count against the cap, whatever `away` is", () => {
    const it = core();
    const { code, line } = it.create("tv", { maxClients: 2 });
    hold(it, it.join(code, "a").line, line);
    const next = reborn(it);
    expect(nameOf(next.join(code, "b").answer)).toBe("room_full");
    expect(nameOf(next.join(code, "a").answer)).toBe("joined");
    next.clock.advance(HOLD_MS_MIN);
    expect(nameOf(next.join(code, "b").answer)).toBe("joined");
  });

  test("[R48][Q5] indexes go on", () => {
    const it = rich();
    const next = reborn(it);
    const { line } = next.join(it.code, "tv", { secret: "tv's" });
    next.ask(line, { kind: "lock", locked: false });
    // tv, ana, bo, cy, left
    expect(next.join(it.code, "new").line.seat?.index).toBe(5);
    expect(next.join(it.code, "ana", { secret: "ana's" }).line.seat?.index).toBe(1);
  });

  test("[R48][S12] who plays stays who plays", () => {
    for (const creatorPlays of [true, false]) {
      const it = core();
      const { code, line } = it.create("tv", { rules: { creatorPlays } });
      const a = it.join(code, "a").line;
      it.ask(line, { kind: "makeHost", clientId: "a" });
      hold(it, a, line);
      const room = reborn(it).rooms.at(code);
      expect(room?.players.map(({ clientId }) => clientId)).toEqual(creatorPlays ? ["tv", "a"] : ["a"]);
    }
  });

  test("[R48] first wire: a room without away and history", () => {
    const it = core();
    const { code, line } = it.create("tv");
    const a = it.join(code, "a").line;
    it.ask(line, { kind: "setPlayer", body: "1", shape: null });
    hold(it, line, a);
    const next = reborn(it);
    const back = next.join(code, "a", { since: { seq: 0, epoch: it.rooms.at(code)?.epoch ?? "" } });
    expect(missedOf(back.answer)).toBeNull();
    expect(back.answer).toMatchObject({
      picture: {
        host: null,
        peers: [
          { clientId: "tv", isAway: true, player: "1" },
          { clientId: "a", isAway: false },
        ],
      },
    });
    // tv is not there to hear it, and nothing is kept of what it would hear.
    expect(nameOf(next.ask(back.line, { kind: "send", to: "tv", body: "1" }))).toBe("target_not_found");
  });

  test("[R48][Q5] party2: nobody is there until it presents its id, and the index is its own", () => {
    const it = core();
    const { code, line } = it.create("secret-tv", { rules: PARTY2, maxClients: 2 });
    const a = it.join(code, "secret-a").line;
    line.heard();
    hold(it, a);
    expect(line.heard()).toMatchObject([{ kind: "peerAway", index: 1 }]);
    hold(it, line);
    const next = reborn(it);
    expect(next.rooms.at(code)).toMatchObject({ here: 0, size: 0 });
    const stranger = next.join(code, "stranger");
    expect(stranger.answer).toMatchObject({ kind: "joined", index: 2 });
    expect(next.join(code, "secret-tv").answer).toMatchObject({
      kind: "joined",
      index: 0,
      picture: { host: "secret-tv" },
    });
    expect(kinds(stranger.line)).toEqual(["peerBack", "hostChanged"]);
    expect(nameOf(next.join(code, "secret-a").answer)).toBe("room_full");
  });

  test("[R48] an old server's line is nobody's: what it says or how it ends is no matter to the new room", () => {
    const it = rich();
    const next = reborn(it);
    const { line } = next.join(it.code, "ana", { secret: "ana's" });
    it.relay.gone(it.ana, "lost");
    it.clock.advance(600_000);
    expect(line.seat?.room).toBe(next.rooms.at(it.code) as never);
    expect(line.heard()).toEqual([]);
  });
});

describe("the host's role", () => {
  const party = (hostGone: RoomRules["hostGone"]) => {
    const it = core({ hostGoneSeconds: 200 });
    const { code, line } = it.create("tv", { secret: "tv's", rules: { ...KEPT, hostGone } });
    const a = it.join(code, "a").line;
    return { ...it, code, line, a };
  };

  test.each(["stay", "migrate", "close"] as const)("[R48] waits for its owner, who gets it back (%s)", (hostGone) => {
    const it = party(hostGone);
    it.a.heard();
    hold(it, it.line);
    expect(it.a.heard()).toEqual([
      { kind: "peerAway", clientId: "tv", index: 0, leftMs: HOLD_MS_MIN },
      { kind: "hostChanged", clientId: null },
    ]);
    hold(it, it.a);
    const next = reborn(it);
    const { line: a, answer } = next.join(it.code, "a");
    expect(answer).toMatchObject({ picture: { host: null } });
    expect(next.relay.isHost(a)).toBe(false);
    expect(nameOf(next.ask(a, { kind: "lock", locked: true }))).toBe("not_host");
    expect(nameOf(next.join(it.code, "tv", { secret: "guess" }).answer)).toBe("wrong_secret");
    a.heard();
    const { line: tv } = next.join(it.code, "tv", { secret: "tv's" });
    expect(next.relay.isHost(tv)).toBe(true);
    expect(a.heard()).toMatchObject([{ kind: "peerBack" }, { kind: "hostChanged", clientId: "tv" }]);
    next.clock.advance(600_000);
    expect(tv.closedAs).toBeNull();
  });

  test("[R48][R41] migrate: with the owner's seat it goes on to who has been there longest, the first to come back", () => {
    const it = party("migrate");
    const b = it.join(it.code, "b").line;
    hold(it, it.line, it.a, b);
    const next = reborn(it);
    const lineB = next.join(it.code, "b").line;
    next.clock.advance(1_000);
    const lineA = next.join(it.code, "a").line;
    next.clock.advance(HOLD_MS_MIN - 1_001);
    expect([lineA, lineB].map((line) => next.relay.isHost(line))).toEqual([false, false]);
    lineA.heard();
    next.clock.advance(1);
    expect(next.relay.isHost(lineB)).toBe(true);
    expect(lineA.heard()).toMatchObject([
      { kind: "peerLeft", clientId: "tv", reason: "timeout" },
      { kind: "hostChanged", clientId: "b" },
    ]);
    // And it is a role like any other from here on.
    next.relay.gone(lineB, "lost");
    expect(next.relay.isHost(lineA)).toBe(true);
  });

  test("[R48][R41] migrate: given up while nobody is there, it is the first one's to come", () => {
    const it = party("migrate");
    // One that waits longer than the host: only so is there a room when its seat is given up.
    hold(it, it.line);
    it.clock.advance(60_000);
    hold(it, it.a);
    const next = reborn(it);
    const a = next.join(it.code, "a").line;
    next.relay.gone(a, "lost");
    next.clock.advance(HOLD_MS_MIN);
    expect(next.rooms.at(it.code)).toBeNull();
    const again = party("migrate");
    hold(again, again.line, again.a);
    const third = reborn(again);
    third.clock.advance(HOLD_MS_MIN - 1);
    const line = third.join(again.code, "a").line;
    third.relay.gone(line, "lost");
    third.clock.advance(1);
    const back = third.join(again.code, "a").line;
    expect(third.relay.isHost(back)).toBe(true);
  });

  test("[R48][R41] migrate: once its owner is back the role waits for nobody, as before", () => {
    const it = party("migrate");
    hold(it, it.line, it.a);
    const next = reborn(it);
    const tv = next.join(it.code, "tv", { secret: "tv's" }).line;
    expect(next.relay.isHost(tv)).toBe(true);
    next.relay.gone(tv, "lost");
    const a = next.join(it.code, "a").line;
    expect(next.relay.isHost(a)).toBe(true);
  });

  test("[R48][R41] migrate: nobody waits for a host that had left while the others were away", () => {
    const it = party("migrate");
    it.relay.gone(it.a, "lost");
    it.ask(it.line, { kind: "leave" });
    const next = reborn(it);
    expect(next.relay.isHost(next.join(it.code, "a").line)).toBe(true);
  });

  test("[R48][R41] stay: it waits even when the seat is given up, with its secret", () => {
    const it = party("stay");
    hold(it, it.line, it.a);
    const next = reborn(it);
    const a = next.join(it.code, "a").line;
    next.clock.advance(HOLD_MS_MIN);
    expect([...(next.rooms.at(it.code)?.seats ?? [])]).toHaveLength(1);
    expect(next.relay.isHost(a)).toBe(false);
    expect(nameOf(next.join(it.code, "tv").answer)).toBe("wrong_secret");
    expect(next.relay.isHost(next.join(it.code, "tv", { secret: "tv's" }).line)).toBe(true);
  });

  test("[R48][R42] close: its time counts from the take-up, and ends the room with 4001", () => {
    const it = party("close");
    // Gone long before the stop.
    it.relay.gone(it.line, "lost");
    it.clock.advance(29_000);
    hold(it, it.a);
    const next = reborn(it, { downMs: 60_000, limits: { hostGoneSeconds: 200 } });
    const a = next.join(it.code, "a").line;
    next.clock.advance(199_999);
    expect(a.closedAs).toBeNull();
    next.clock.advance(1);
    expect(a.closedAs).toBe("roomClosed");
    expect(next.rooms.size).toBe(0);
  });

  test("[R48][R42] close: also where the host had left for good", () => {
    const it = party("close");
    it.ask(it.line, { kind: "leave" });
    const next = reborn(it, { limits: { hostGoneSeconds: 200 } });
    const a = next.join(it.code, "a").line;
    next.clock.advance(200_000);
    expect(a.closedAs).toBe("roomClosed");
  });

  test("[R48] a host that was handed the role is the owner, and the creator is not", () => {
    const it = party("stay");
    it.ask(it.line, { kind: "makeHost", clientId: "a" });
    const next = reborn(it, { isWhole: false });
    expect(next.relay.isHost(next.join(it.code, "tv", { secret: "tv's" }).line)).toBe(false);
    expect(next.relay.isHost(next.join(it.code, "a").line)).toBe(true);
  });

  test("[R48] a room nobody comes back to ends, whatever it is", () => {
    for (const rules of [PARTY2, KEPT, { awayMs: 0 }, { ...KEPT, hostGone: "migrate" as const }]) {
      const it = core();
      const { code, line } = it.create("tv", { rules });
      hold(it, it.join(code, "a").line, line);
      const next = reborn(it);
      next.clock.advance(HOLD_MS_MIN);
      expect(next.rooms.size).toBe(0);
      // Its code cools down like any other's.
      expect(nameOf(next.create("tv", { code }).answer)).toBe("code_taken");
    }
  });
});

describe("waiting", () => {
  test("[R48] a seat waits 120 s at least, and what is left of a longer `away`; then it is given up", () => {
    for (const [awayMs, awayBefore, downMs, leftMs] of [
      [0, 0, 0, 120_000],
      [30_000, 29_000, 100_000, 120_000],
      [600_000, 0, 0, 600_000],
      [600_000, 100_000, 60_000, 440_000],
      [600_000, 550_000, 60_000, 120_000],
    ] as const) {
      const it = core();
      const { code, line } = it.create("tv", { rules: { awayMs, hostGone: "stay" } });
      const a = it.join(code, "a").line;
      it.clock.advance(SETTLED_MS);
      if (awayBefore > 0) it.relay.gone(a, "lost");
      it.clock.advance(awayBefore);
      const next = reborn(it, { downMs });
      const tv = next.join(code, "tv").line;
      tv.heard();
      next.clock.advance(leftMs - 1);
      expect([awayMs, awayBefore, tv.heard()]).toEqual([awayMs, awayBefore, []]);
      next.clock.advance(1);
      expect(tv.heard()).toEqual([{ kind: "peerLeft", clientId: "a", index: 1, reason: "timeout" }]);
      expect(line.closedAs).toBeNull();
    }
  });

  test("[R48] a wall clock that was put back, or far forward, makes no seat wait for ever, or not at all", () => {
    for (const downMs of [-86_400_000, 86_400_000]) {
      const it = core();
      const { code } = it.create("tv", { rules: { awayMs: 600_000 } });
      const { line: a } = it.join(code, "a");
      it.clock.advance(SETTLED_MS);
      it.relay.gone(a, "lost");
      const next = core();
      next.clock.advance(Math.max(downMs, 0));
      const records = recordsOf(it).map((record) => ({
        ...record,
        seats: record.seats.map((seat) => ({
          ...seat,
          awaySince: seat.awaySince && seat.awaySince - Math.min(downMs, 0),
        })),
      }));
      for (const record of records) next.rooms.restore(record, true);
      const tv = next.join(code, "tv").line;
      tv.heard();
      next.clock.advance(HOLD_MS_MIN - 1);
      expect(tv.heard()).toEqual([]);
      next.clock.advance(600_000);
      expect(kinds(tv)).toEqual(["peerLeft"]);
    }
  });

  test("[R48][R52] one that was lost before its member had settled has its 10 s and no more, however often the server goes", () => {
    const it = core();
    const { code } = it.create("tv", { rules: { awayMs: 600_000 } });
    it.relay.gone(it.join(code, "ghost").line, "lost");
    it.clock.advance(BRIEF_AWAY_MS - 1);
    const next = reborn(it, { downMs: 60_000 });
    next.clock.advance(BRIEF_AWAY_MS - 1);
    const third = reborn(next);
    const { line: tv } = third.join(code, "tv");
    third.clock.advance(BRIEF_AWAY_MS - 1);
    tv.heard();
    third.clock.advance(1);
    expect(tv.heard()).toEqual([{ kind: "peerLeft", clientId: "ghost", index: 1, reason: "timeout" }]);
  });

  test("[R48][R53] and makes place for a newcomer meanwhile", () => {
    const it = core();
    const { code } = it.create("tv", { maxClients: 2, rules: { awayMs: 600_000 } });
    it.relay.gone(it.join(code, "ghost").line, "lost");
    const next = reborn(it);
    expect(nameOf(next.join(code, "ann").answer)).toBe("joined");
    expect(next.rooms.at(code)?.has("ghost")).toBe(false);
  });

  test("[R48][R52] one whose line the server sent away, or took along, waits as any other, however new it was", () => {
    for (const isSentAway of [true, false]) {
      const it = core();
      const { code, line } = it.create("tv", { maxClients: 2, rules: { awayMs: 200_000 } });
      const { line: a } = it.join(code, "a");
      if (isSentAway) hold(it, line, a);
      const next = reborn(it);
      expect(nameOf(next.join(code, "b").answer)).toBe("room_full");
      const { line: tv } = next.join(code, "tv");
      const left = () => tv.heard().filter(({ kind }) => kind === "peerLeft");
      next.clock.advance(199_999);
      expect(left()).toEqual([]);
      next.clock.advance(1);
      expect(left()).toHaveLength(1);
    }
  });

  test("[R48][Q5][R52] where seats wait as long as the room, one that had not settled does so over a restart, and goes first", () => {
    const it = core();
    const { code } = it.create("tv", { maxClients: 1, rules: PARTY2 });
    const [record] = recordsOf(it);
    if (record === undefined) throw new Error("no room");
    const [seat] = record.seats;
    if (seat === undefined) throw new Error("no seat");
    const since = it.clock.now();
    const names = ["player", "ghost", "x", "y"];
    const seats = names.map((clientId, at) => {
      return {
        ...seat,
        clientId,
        index: at + 1,
        awaySince: since + at,
        ...(clientId === "ghost" && { isBrief: true }),
      };
    });
    const next = core({ hostGoneSeconds: 86_400 });
    next.rooms.restore({ ...record, nextIndex: 5, seats: [seat, ...seats] }, true);
    next.clock.advance(3_600_000);
    expect(next.rooms.at(code)?.has("ghost")).toBe(true);
    next.relay.gone(next.join(code, "x").line, "lost");
    const kept = ["tv", ...names].map((name) => next.rooms.at(code)?.has(name));
    expect(kept).toEqual([true, true, false, true, true]);
  });

  test("[R48] a seat that is taken up waits no more", () => {
    const it = rich();
    hold(it, it.tv.line, it.ana);
    const next = reborn(it);
    const { line } = next.join(it.code, "ana", { secret: "ana's" });
    next.clock.advance(3_600_000);
    expect(line.seat?.clientId).toBe("ana");
    expect([...(next.rooms.at(it.code)?.seats ?? [])]).toHaveLength(1);
  });

  test("[R48] while the server goes no seat and no room is given up: nobody can come back there", () => {
    const it = core();
    const { code, line, epoch } = it.create("tv", { rules: { ...KEPT, hostGone: "close" } });
    const a = it.join(code, "a").line;
    it.relay.gone(a, "lost");
    it.rooms.drain(true);
    hold(it, line);
    it.clock.advance(3_600_000);
    const next = reborn(it);
    expect(missedOf(next.join(code, "a", { since: { seq: 1, epoch } }).answer)).toEqual([
      [3, "peerAway"],
      [4, "hostChanged"],
    ]);
    expect(missedOf(next.join(code, "tv", { since: { seq: 1, epoch } }).answer)).toContainEqual([2, "peerAway"]);
    // Where nothing is kept it goes on as ever.
    const off = core();
    const room = off.create("tv", { rules: KEPT });
    off.rooms.drain(false);
    off.relay.gone(room.line, "lost");
    off.clock.advance(AWAY_MS);
    expect(off.rooms.size).toBe(0);
  });
});

describe("limits", () => {
  test("[R48] rooms that are taken up count against their address", () => {
    const it = core({ roomsPerAddressMax: 2 });
    it.create("tv");
    const next = reborn(it, { limits: { roomsPerAddressMax: 2 } });
    expect(nameOf(next.create("tv2").answer)).toBe("created");
    expect(nameOf(next.create("tv3").answer)).toBe("too_many_rooms");
    expect(nameOf(next.create("tv3", { line: new NotebookLine("party", "192.0.2.2") }).answer)).toBe("created");
    next.clock.advance(HOLD_MS_MIN);
    expect(nameOf(next.create("tv3").answer)).toBe("created");
  });

  test("[R48] a code that is there stays who has it", () => {
    const it = core();
    const { code } = it.create("tv");
    const next = reborn(it);
    expect(nameOf(next.create("other", { code }).answer)).toBe("code_taken");
    // The same record twice is one room.
    for (const record of recordsOf(it)) expect(next.rooms.restore(record, true)).toBeNull();
    expect(next.rooms.size).toBe(1);
  });

  test("[R48] no more rooms are taken up than the server has", () => {
    const it = core();
    for (let n = 0; n < 4; n++) it.create(`tv${n}`);
    const next = reborn(it, { limits: { roomsMax: 3 } });
    expect(next.rooms.size).toBe(3);
    expect(nameOf(next.create("tv9").answer)).toBe("server_full");
  });

  test("[R48][R32] the window is as long as before, by count and by size", () => {
    const it = core();
    const { code, line, epoch } = it.create("tv", { rules: { awayMs: 0, historyMax: 4 } });
    const a = it.join(code, "a").line;
    for (let n = 0; n < 9; n++) it.ask(line, { kind: "send", to: null, body: String(n) });
    hold(it, line, a);
    const next = reborn(it);
    // 10 messages and arrivals, and the role that went: 8 to 11 are kept.
    expect(missedOf(next.join(code, "a", { since: { seq: 6, epoch } }).answer)).toBeNull();
    const other = reborn(it);
    expect(missedOf(other.join(code, "a", { since: { seq: 7, epoch } }).answer)).toHaveLength(4);
    const big = core();
    const room = big.create("tv", { rules: { awayMs: 0, historyMax: 512 } });
    const body = `"${"x".repeat(60_000)}"`;
    for (let n = 0; n < 4; n++) big.ask(room.line, { kind: "send", to: null, body });
    const heir = reborn(big);
    const tv = heir.join(room.code, "tv").line;
    heir.ask(tv, { kind: "send", to: null, body });
    const kept = recordsOf(heir)[0]?.history?.told ?? [];
    const bytes = kept.reduce((sum, { event }) => sum + ("body" in event ? event.body.length : 0), 0);
    expect(bytes).toBeLessThanOrEqual(HISTORY_BYTES_MAX);
    expect(kept.length).toBeGreaterThan(3);
  });
});

describe("held", () => {
  test("[L17] where seats wait the others hear it; where they do not, nothing, since the member will be back", () => {
    for (const [rules, heard] of [
      [KEPT, ["peerAway"]],
      [{ awayMs: AWAY_MS }, ["peerAway"]],
      [{}, []],
      [{ historyMax: 16 }, []],
    ] as const) {
      const it = core();
      const { code, line } = it.create("tv", { rules });
      const a = it.join(code, "a").line;
      line.heard();
      hold(it, a);
      expect(kinds(line)).toEqual([...heard]);
      expect(it.rooms.at(code)).toMatchObject({ here: 1, away: 1 });
      hold(it, line);
      expect(it.rooms.size).toBe(1);
    }
  });

  test("[L17][R34] a message to one that is sent away waits for it where there is history, and is refused where there is none", () => {
    for (const historyMax of [0, 16]) {
      for (const awayMs of [0, AWAY_MS]) {
        const it = core();
        const { code, line, epoch } = it.create("tv", { rules: { awayMs, historyMax } });
        const a = it.join(code, "a").line;
        const seq = it.rooms.at(code)?.seq ?? 0;
        hold(it, a);
        const answer = it.ask(line, { kind: "send", to: "a", body: '"wait"' }, "r");
        expect(nameOf(answer)).toBe(historyMax > 0 ? "ack" : "target_not_found");
        hold(it, line);
        if (historyMax === 0) continue;
        const next = reborn(it);
        expect(missedOf(next.join(code, "a", { since: { seq, epoch } }).answer)?.[0]?.[1]).toBe('"wait"');
      }
    }
  });

  test("[L17] who comes back before the server is gone has its seat and its role", () => {
    const it = rich({ hostGone: "close" });
    it.rooms.drain(true);
    hold(it, it.tv.line);
    const { line } = it.join(it.code, "tv", { secret: "tv's" });
    expect(it.relay.isHost(line)).toBe(true);
    it.clock.advance(600_000);
    expect(line.closedAs).toBeNull();
  });

  test("[L17] a line that sits nowhere is sent away without a word", () => {
    const it = core();
    const line = new NotebookLine();
    hold(it, line);
    expect(line.heard()).toEqual([]);
  });
});

describe("sessions", () => {
  test("[S24][R48] goes on in its room: not ended, not doubled, its members the players", () => {
    const it = rich();
    const next = reborn(it);
    const room = next.rooms.at(it.code);
    if (room === null) throw new Error("the room is gone");
    expect(next.sessions.of(room)).toBe(1);
    expect(next.sessions.status(1, 1)).toMatchObject({ monitoring: true, players: ['Ana "é🎲" \u2028', "bo"] });
    const { line } = next.join(it.code, "tv", { secret: "tv's" });
    expect(nameOf(next.ask(line, { kind: "sessionStart", notes: null }))).toBe("session_running");
    next.ask(line, { kind: "sessionEnd" });
    expect(next.store.activeSessions()).toEqual([]);
  });

  test("[S24][R48] a room that had ended after the last snapshot is back without its session, and goes when nobody comes", () => {
    const it = rich();
    const records = recordsOf(it, false);
    it.ask(it.tv.line, { kind: "closeRoom", reason: null });
    const next = core({}, it.store);
    for (const record of records) next.rooms.restore(record, false);
    const room = next.rooms.at(it.code);
    next.sessions.restore((code, id) => (next.rooms.at(code)?.id === id ? next.rooms.at(code) : null));
    expect(room === null ? null : next.sessions.of(room)).toBeNull();
    next.clock.advance(HOLD_MS_MIN);
    expect(next.rooms.size).toBe(0);
  });

  test("[S24][R48] another room with the same code is not its room", () => {
    const it = rich();
    const next = core({}, it.store);
    next.create("stranger", { code: it.code });
    next.sessions.restore((code, id) => (next.rooms.at(code)?.id === id ? next.rooms.at(code) : null));
    expect(next.store.activeSessions()).toEqual([]);
  });

  test("[S20][R48] once the eventLog is closed nothing is written and nothing is told", () => {
    const it = rich();
    it.eventLog.close();
    const log = it.store.events(1, 0, 100).length;
    it.ana.heard();
    expect(nameOf(it.ask(it.tv.line, { kind: "gameStart" }))).toBe("not_kept");
    expect(it.ana.heard()).toEqual([]);
    expect(it.store.events(1, 0, 100)).toHaveLength(log);
  });
});
