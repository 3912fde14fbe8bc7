// What may be written to the sessions' file, and what is forgotten where it is nearly full.
import { describe, expect, test } from "bun:test";
import { isRefusal } from "../../src/protocol/refusals.ts";
import { SESSION_LOG_CHARS_MAX } from "../../src/sessions/endings.ts";
import { MemberCommands } from "../../src/sessions/memberCommands.ts";
import { PRUNE_EVERY_MS, PRUNE_FROM_SHARE, PRUNE_TO_SHARE, UNTOUCHED_MS } from "../../src/sessions/pruner.ts";
import { GAMES_PER_SESSION_MAX, Sessions } from "../../src/sessions/sessions.ts";
import { Store } from "../../src/sessions/store/store.ts";
import { core, nameOf } from "../support/core.ts";
import { diskFull, GAME, ok } from "../support/sessions.ts";

describe("what may be written", () => {
  test("[S26] a session that its host runs ends when its log is too large; one started with a token does not", () => {
    const { store, clock, eventLog, create, rooms } = core();
    const logCharsMax = 40_000;
    const sessions = new Sessions({ store, clock, eventLog }, { logCharsMax });
    const memberCommands = new MemberCommands(sessions, clock);
    const { line, code } = create("tv");
    const { seat } = line;
    const room = rooms.at(code);
    if (seat === null || room === null) throw new Error("no room");
    const game = { ...GAME, title: "x".repeat(logCharsMax / 4) };
    memberCommands.handle(seat, { kind: "sessionStart", notes: null });
    const add = () => memberCommands.handle(seat, { kind: "gameAdd", game });
    for (let n = 0; n < 3; n++) expect(add()).toBeNull();
    expect(store.session(1)?.endedAt).toBeNull();
    expect(add()).toBeNull();
    expect(store.session(1)?.endedAt).not.toBeNull();
    expect(sessions.of(room)).toBeNull();
    const own = ok(sessions.start(null, room));
    for (let n = 0; n < 5; n++) sessions.addGame(own.id, game, room);
    expect(add()).toBeNull();
    expect(store.session(own.id)?.endedAt).toBeNull();
    expect(SESSION_LOG_CHARS_MAX).toBe(16 * 1024 * 1024);
  });

  test("[S26] so it does when somebody joins: the coming and going of players fills a log as well", () => {
    const { store, clock, eventLog, create, join, rooms } = core();
    const sessions = new Sessions({ store, clock, eventLog }, { logCharsMax: 10_000 });
    const memberCommands = new MemberCommands(sessions, clock);
    const { line, code } = create("tv");
    const room = rooms.at(code);
    const { seat } = join(code, "guest").line;
    if (line.seat === null || room === null || seat === null) throw new Error("no room");
    memberCommands.handle(line.seat, { kind: "sessionStart", notes: null });
    memberCommands.handle(line.seat, { kind: "gameAdd", game: GAME });
    for (let n = 0; n < 200; n++) sessions.roomWatcher.joined(room, seat);
    expect(sessions.of(room)).toBeNull();
  });

  test("[S25] a room that ends while the disk is full holds no session any more", () => {
    const { store, sessions, create, ask, rooms } = core();
    const { line, code } = create("tv");
    ask(line, { kind: "sessionStart", notes: null });
    const room = rooms.at(code);
    if (room === null) throw new Error("no room");
    expect(sessions.of(room)).not.toBeNull();
    store.transaction = () => {
      throw diskFull();
    };
    ask(line, { kind: "closeRoom", reason: null });
    expect([rooms.at(code), sessions.of(room)]).toEqual([null, null]);
  });

  test("[S26] so many games a session", () => {
    const { store, clock, eventLog } = core();
    const sessions = new Sessions({ store, clock, eventLog }, { gamesPerSessionMax: 3 });
    const { id } = ok(sessions.start(null, null));
    for (let n = 0; n < 3; n++) ok(sessions.addGame(id, GAME, null));
    expect(sessions.addGame(id, GAME, null)).toMatchObject({ name: "too_many_games" });
    expect(GAMES_PER_SESSION_MAX).toBe(1_000);
  });

  test("[S26] a file that is nearly full forgets the oldest sessions of hosts, a little at a time, and no other", () => {
    const fixture = core({}, Store.open(":memory:", 1024 * 1024));
    const kept = ok(fixture.sessions.start("kept", null));
    fixture.sessions.end(kept.id);
    const { line } = fixture.create("tv");
    const count = () => fixture.store.sessions(null, 1000).length + fixture.store.sessions(null, 1000, "host").length;
    let made = 1;
    while (fixture.store.fullShare < PRUNE_FROM_SHARE) {
      fixture.ask(line, { kind: "sessionStart", notes: "n".repeat(400) });
      for (let n = 0; n < 5; n++) fixture.ask(line, { kind: "gameAdd", game: GAME });
      fixture.ask(line, { kind: "vote", vote: "up" });
      fixture.ask(line, { kind: "sessionEnd" });
      made++;
    }
    expect(count()).toBe(made);
    fixture.sessions.tidy();
    expect(count()).toBe(made);
    fixture.clock.advance(PRUNE_EVERY_MS);
    expect(count()).toBe(made - 1);
    fixture.clock.advance(60_000);
    expect(fixture.store.fullShare).toBeLessThan(PRUNE_TO_SHARE);
    expect(fixture.store.fullShare).toBeGreaterThan(PRUNE_TO_SHARE - 0.05);
    const { forgotten } = fixture.sessions;
    expect(forgotten).toBeGreaterThan(0);
    expect(count()).toBe(made - forgotten);
    expect(fixture.store.session(kept.id)).not.toBeNull();
    // What is left is the newest, whole, and ids are given on.
    expect(fixture.store.sessions(null, 1, "host")[0]?.id).toBe(made);
    expect(fixture.store.games(made, null, 10)).toHaveLength(5);
    expect(fixture.sessions.start(null, null)).toMatchObject({ id: made + 1 });
  });

  test("[S26] hosts' sessions leave the last quarter of the file to the operator, whose own take all but what ends need", () => {
    const fixture = core({}, Store.open(":memory:", 1024 * 1024));
    const stranger = fixture.create("tv").line;
    fixture.ask(stranger, { kind: "sessionStart", notes: null });
    const game = { ...GAME, title: "x".repeat(100), packName: "y".repeat(100) };
    const fill = () => fixture.ask(stranger, { kind: "gameAdd", game });
    for (let answer = nameOf(fill()); answer !== "not_kept"; answer = nameOf(fill())) expect(answer).toBeNull();
    expect(fixture.store.fullShare).toBeWithin(0.75, 0.77);
    expect(nameOf(fixture.ask(fixture.create("tv2").line, { kind: "sessionStart", notes: null }))).toBe("not_kept");
    expect(fixture.failures).toEqual([]);
    // The room plays on, and the operator begins and plays a session.
    expect(nameOf(fixture.join(fixture.create("tv3").code, "p1").answer)).toBe("joined");
    const { id } = ok(fixture.sessions.start(null, null));
    let games = 0;
    while (!isRefusal(fixture.sessions.addGame(id, game, null))) games++;
    expect(games).toBeGreaterThan(100);
    expect(fixture.store.fullShare).toBeWithin(0.92, 0.95);
    expect(fixture.failures).toHaveLength(1);
    // Ends are written all the same.
    expect(ok(fixture.sessions.end(id)).endedAt).not.toBeNull();
    expect(nameOf(fixture.ask(stranger, { kind: "sessionEnd" }))).toBeNull();
    expect(fixture.store.activeSessions()).toEqual([]);
  });

  test("[S26] where nothing has ended, hosts' sessions that nobody has touched for an hour end, and their rooms are told", () => {
    const fixture = core({}, Store.open(":memory:", 1024 * 1024));
    const [left, played] = [fixture.create("tv").line, fixture.create("tv2").line];
    for (const line of [left, played]) fixture.ask(line, { kind: "sessionStart", notes: null });
    const add = (line: typeof left) => nameOf(fixture.ask(line, { kind: "gameAdd", game: GAME }));
    const game = { ...GAME, title: "x".repeat(1000) };
    while (fixture.store.fullShare < PRUNE_FROM_SHARE) fixture.ask(left, { kind: "gameAdd", game });
    fixture.clock.advance(UNTOUCHED_MS - 1_000);
    expect(add(played)).toBeNull();
    left.heard();
    fixture.sessions.tidy();
    fixture.clock.advance(999);
    expect(fixture.store.session(1)?.endedAt).toBeNull();
    fixture.clock.advance(1);
    fixture.sessions.tidy();
    fixture.clock.advance(60_000);
    expect(left.heard()).toMatchObject([{ kind: "session", type: "session.ended" }]);
    expect(fixture.store.session(1)).toBeNull();
    expect(fixture.store.activeSessions().map(({ id }) => id)).toEqual([2]);
    expect(nameOf(fixture.ask(left, { kind: "sessionStart", notes: null }))).toBeNull();
  });

  test("[S26][L17] once the log is closed nothing is forgotten, and nothing ended", () => {
    const fixture = core({}, Store.open(":memory:", 1024 * 1024));
    const { line } = fixture.create("tv");
    while (fixture.store.fullShare < PRUNE_FROM_SHARE) {
      fixture.ask(line, { kind: "sessionStart", notes: "n".repeat(400) });
      fixture.ask(line, { kind: "gameAdd", game: { ...GAME, title: "x".repeat(2000) } });
      fixture.ask(line, { kind: "sessionEnd" });
    }
    const share = fixture.store.fullShare;
    fixture.sessions.tidy();
    fixture.eventLog.close();
    fixture.clock.advance(60_000);
    fixture.sessions.tidy();
    fixture.clock.advance(60_000);
    expect(fixture.store.fullShare).toBe(share);
  });

  test("[S26] of a session that is being forgotten nobody reads a part, and a restart goes on with it", () => {
    const { store, sessions, create, ask, clock, eventLog } = core();
    const { line } = create("tv");
    ask(line, { kind: "sessionStart", notes: null });
    for (let n = 0; n < 10; n++) ask(line, { kind: "gameAdd", game: GAME });
    ask(line, { kind: "vote", vote: "up" });
    ask(line, { kind: "sessionEnd" });
    ask(line, { kind: "sessionStart", notes: null });
    ask(line, { kind: "sessionEnd" });
    expect(store.forgetSome(5, 1_000_000)).toBe("part");
    expect(store.session(1)).toBeNull();
    expect(store.sessions(null, 9, "host").map(({ id }) => id)).toEqual([2]);
    expect(sessions.status(1, 1)).toMatchObject({ name: "session_not_found" });
    new Sessions({ store, clock, eventLog }).restore(() => null);
    const turns: string[] = [];
    while (turns.at(-1) !== "nothing" && turns.length < 99) turns.push(store.forgetSome(5, 1_000_000));
    // Some thirty events, ten games, a vote and two shares; then the second one.
    expect(turns.filter((turn) => turn === "whole")).toHaveLength(2);
    expect(turns.length).toBeWithin(7, 14);
    expect(store.forgetSome(5, 1)).toBe("nothing");
  });

  test("[S26] a turn ends with the bytes it may forget, too", () => {
    const { store, create, ask } = core();
    const { line } = create("tv");
    ask(line, { kind: "sessionStart", notes: null });
    for (let n = 0; n < 10; n++) ask(line, { kind: "gameAdd", game: { ...GAME, title: "x".repeat(100) } });
    ask(line, { kind: "sessionEnd" });
    const before = store.events(1, 0, 100).length;
    expect(store.forgetSome(500, 300)).toBe("part");
    const left = store.events(1, 0, 100).length;
    expect(before - left).toBeWithin(1, 5);
  });

  test("[S26] the size of a log is kept with it: a restart forgets none of it", () => {
    const { store, clock, eventLog, create, ask, rooms } = core();
    const { line, code } = create("tv");
    ask(line, { kind: "sessionStart", notes: null });
    for (let n = 0; n < 3; n++) ask(line, { kind: "gameAdd", game: GAME });
    const chars = store.events(1, 0, 100).reduce((sum, { body }) => sum + body.length, 0);
    expect(store.logChars(1)).toBe(chars);
    const next = new Sessions({ store, clock, eventLog }, { logCharsMax: chars - 1 });
    next.restore(() => rooms.at(code));
    const room = rooms.at(code);
    if (room === null) throw new Error("no room");
    next.endIfFull(room);
    expect(store.session(1)?.endedAt).not.toBeNull();
  });
});

describe("a session that is left alone", () => {
  const HOUR_MS = 3_600_000;

  test("[S37] ends by itself when it has no room and nothing was told of it for so long, by the time of the world", () => {
    const { store, clock, eventLog, fanout, create, rooms, ask } = core();
    const sessions = new Sessions({ store, clock, eventLog }, { idleMs: 12 * HOUR_MS });
    const [left, touched] = [ok(sessions.start(null, null)), ok(sessions.start(null, null))];
    const { line, code } = create("tv");
    const own = ok(sessions.start(null, rooms.at(code)));
    ask(create("tv2").line, { kind: "sessionStart", notes: null });
    clock.advance(11 * HOUR_MS);
    sessions.addGame(touched.id, GAME, null);
    sessions.tidy();
    clock.advance(HOUR_MS - 1);
    sessions.tidy();
    expect(store.activeSessions()).toHaveLength(4);
    clock.advance(1);
    // A restart in between changes nothing about it.
    const next = new Sessions({ store, clock, eventLog }, { idleMs: 12 * HOUR_MS });
    next.restore((at) => rooms.at(at));
    fanout.told.length = 0;
    next.tidy();
    expect(fanout.told.map(({ sessionId, event }) => [sessionId, event.type])).toEqual([[left.id, "session.ended"]]);
    clock.advance(11 * HOUR_MS);
    next.tidy();
    // Rooms keep theirs.
    expect(store.activeSessions().map(({ id }) => id)).toEqual([own.id, 4]);
    expect(store.events(touched.id, 0, 9).at(-1)?.type).toBe("session.ended");
    expect(line.heard().filter((event) => event.kind === "session" && event.type === "session.ended")).toEqual([]);
  });

  test("[S37] goes on for ever where nobody set an end", () => {
    const { sessions, store, clock } = core();
    sessions.start(null, null);
    clock.advance(10_000 * HOUR_MS);
    sessions.tidy();
    expect(store.activeSessions()).toHaveLength(1);
  });
});
