// The session itself, without a socket: what each command and call tells, in which order, and what is refused.
import { describe, expect, test } from "bun:test";
import type { NewGame } from "../../src/protocol/commands.ts";
import type { SessionEvent } from "../../src/protocol/events.ts";
import type { Refusal } from "../../src/protocol/refusals.ts";
import { AnyEvent, type EventType, SessionPicture } from "../../src/sessions/events.ts";
import { VOTE_CHANGE_MS } from "../../src/sessions/votes.ts";
import { core, nameOf, type Want } from "../support/core.ts";
import { NotebookLine } from "../support/notebook.ts";
import { ok } from "../support/sessions.ts";

const GAME: NewGame = {
  ...{ title: "Quiz", packName: "Pack 1", minPlayers: 2, maxPlayers: 3, appTag: "quiz", manuallyAdded: false },
};

type Core = ReturnType<typeof core>;

/** A room with a host and so many players, and the host's session in it; nobody has anything left to read. */
function withSession(players = 1, fixture: Core = core(), opening: Parameters<Core["create"]>[1] = {}) {
  const host = fixture.create("tv", opening);
  const guests = Array.from({ length: players }, (_, n) => fixture.join(host.code, `p${n + 1}`).line);
  fixture.ask(host.line, { kind: "sessionStart", notes: null });
  const hush = () => {
    for (const line of [host.line, ...guests]) line.heard();
    fixture.fanout.told.length = 0;
  };
  hush();
  return { ...fixture, host, guests, hush, say: (want: Want) => nameOf(fixture.ask(host.line, want)) };
}

/** The types of what a line was told of its session. */
function types(line: NotebookLine): string[] {
  return line.heard().flatMap((event) => (event.kind === "session" ? event.type : []));
}

/** What was last told of that type. */
function last(fixture: Core, type: EventType): Record<string, unknown> {
  const event = fixture.fanout.told.map(({ event }) => event).findLast((told) => told.type === type);
  if (event === undefined) throw new Error(`no ${type} was told`);
  return JSON.parse(event.body);
}

function text(value: object): string {
  return (value as Refusal).text;
}

describe("a session in a room", () => {
  test("[S10] every member is told, the host included, in one order; the log has the same", () => {
    const { store, host, guests, say, fanout, ask } = withSession(2);
    say({ kind: "gameAdd", game: GAME });
    say({ kind: "lobbyUpdate", lobbyState: "Countdown" });
    say({ kind: "gameStart" });
    ask(guests[0] as NotebookLine, { kind: "vote", vote: "up" });
    say({ kind: "gameEnd" });
    say({ kind: "sessionEnd" });
    const expected = ["game.added", "room.connected", "lobby.updated", "game.started", "vote.received", "game.ended"];
    for (const line of [host.line, ...guests]) expect(types(line)).toEqual([...expected, "session.ended"]);
    expect(fanout.told.map(({ event }) => event.type)).toEqual([...expected, "session.ended"]);
    const log = store.events(1, 0, 100);
    expect(log.map(({ type }) => type)).toEqual(["session.started", ...expected, "session.ended"]);
    expect(log.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    for (const { type, timestamp, body } of log) {
      expect(AnyEvent.safeParse({ type, timestamp, data: JSON.parse(body) }).error).toBeUndefined();
    }
  });

  test("[S10] only the host runs it, any member votes, and outside of a room nobody does", () => {
    const { ask, guests, host } = withSession(1);
    const guest = guests[0] as NotebookLine;
    const wants: Want[] = [
      { kind: "sessionStart", notes: null },
      { kind: "gameAdd", game: GAME },
      { kind: "lobbyUpdate", lobbyState: "Full" },
      { kind: "gameStart" },
      { kind: "gameEnd" },
      { kind: "sessionEnd" },
    ];
    for (const want of wants) expect(nameOf(ask(guest, want))).toBe("not_host");
    for (const want of [...wants, { kind: "vote", vote: "up" } as const]) {
      expect(nameOf(ask(new NotebookLine(), want))).toBe("not_in_room");
    }
    expect(nameOf(ask(guest, { kind: "vote", vote: "up" }))).toBe("no_game");
    ask(host.line, { kind: "gameAdd", game: GAME });
    expect(nameOf(ask(guest, { kind: "vote", vote: "up" }))).toBeNull();
    expect(nameOf(ask(host.line, { kind: "vote", vote: "down" }))).toBeNull();
  });

  test("[P3] with an id a command is answered by ack", () => {
    const { ask, host } = withSession(2);
    expect(ask(host.line, { kind: "gameAdd", game: GAME }, "7")).toEqual({ kind: "ack", delivered: 3, seq: null });
  });

  test("[S3] one session at a time a room; another after its end", () => {
    const { say } = withSession();
    expect(say({ kind: "sessionStart", notes: null })).toBe("session_running");
    expect(say({ kind: "sessionEnd" })).toBeNull();
    expect(say({ kind: "sessionEnd" })).toBe("no_session");
    expect(say({ kind: "gameAdd", game: GAME })).toBe("no_session");
    expect(say({ kind: "sessionStart", notes: "again" })).toBeNull();
  });

  test("[S4][S5] a game starts once and ends once; the next one ends it", () => {
    const { say, host } = withSession();
    expect(say({ kind: "gameStart" })).toBe("no_game");
    say({ kind: "gameAdd", game: GAME });
    expect(say({ kind: "gameEnd" })).toBe("game_not_running");
    expect(say({ kind: "gameStart" })).toBeNull();
    expect(say({ kind: "gameStart" })).toBe("game_running");
    host.line.heard();
    say({ kind: "gameAdd", game: { ...GAME, title: "Next" } });
    expect(types(host.line)).toEqual(["game.ended", "game.added", "room.connected"]);
    say({ kind: "gameStart" });
    say({ kind: "gameEnd" });
    expect(say({ kind: "gameEnd" })).toBe("game_not_running");
    expect(say({ kind: "gameStart" })).toBe("game_running");
  });

  test("[S5] starting a game ends the one that is played, which is told first: never two", () => {
    const fixture = core();
    const { id } = ok(fixture.sessions.start(null, null));
    const [one, two] = [ok(fixture.sessions.addGame(id, GAME, null)), ok(fixture.sessions.addGame(id, GAME, null))];
    ok(fixture.sessions.startGame(id, one.id));
    fixture.clock.advance(1_000);
    ok(fixture.sessions.startGame(id, two.id));
    expect(fixture.fanout.told.slice(-2).map(({ event }) => [event.type, JSON.parse(event.body).gameId])).toEqual([
      ["game.ended", one.id],
      ["game.started", two.id],
    ]);
    expect(fixture.store.runningGames(id).map((game) => game.id)).toEqual([two.id]);
    expect(text(fixture.sessions.startGame(id, one.id))).toBe("The game has been started already");
  });

  test("[S5] a host's start ends what an operator has started", () => {
    const fixture = withSession();
    fixture.say({ kind: "gameAdd", game: GAME });
    fixture.say({ kind: "gameAdd", game: { ...GAME, title: "Next" } });
    ok(fixture.sessions.startGame(1, 1));
    fixture.hush();
    expect(fixture.say({ kind: "gameStart" })).toBeNull();
    expect(types(fixture.host.line)).toEqual(["game.ended", "game.started"]);
    expect(fixture.store.runningGames(1).map(({ id }) => id)).toEqual([2]);
  });

  test("[S2] is_active is 1, true and 0", () => {
    const fixture = withSession();
    fixture.say({ kind: "gameAdd", game: GAME });
    fixture.say({ kind: "sessionEnd" });
    const log = fixture.store.events(1, 0, 10).map(({ body }) => JSON.parse(body).session?.is_active);
    expect(log).toEqual([1, true, undefined, 0]);
    expect(last(fixture, "session.ended")).toEqual({ session: { id: 1, is_active: 0, games_played: 1 } });
  });

  test("[S6] one vote a voter, the last one counts, each change is told; also after the game, until the next", () => {
    const fixture = withSession(2);
    const later = () => fixture.clock.advance(VOTE_CHANGE_MS);
    const [one, two] = fixture.guests as [NotebookLine, NotebookLine];
    const totals = () => last(fixture, "vote.received").totals;
    fixture.say({ kind: "gameAdd", game: GAME });
    fixture.ask(one, { kind: "vote", vote: "up" });
    fixture.ask(two, { kind: "vote", vote: "up" });
    expect(totals()).toEqual({ upvotes: 2, downvotes: 0, popularity_score: 2 });
    later();
    fixture.ask(one, { kind: "vote", vote: "down" });
    expect(totals()).toEqual({ upvotes: 1, downvotes: 1, popularity_score: 0 });
    later();
    fixture.ask(one, { kind: "vote", vote: "down" });
    expect(totals()).toEqual({ upvotes: 1, downvotes: 1, popularity_score: 0 });
    fixture.say({ kind: "gameStart" });
    fixture.say({ kind: "gameEnd" });
    expect(nameOf(fixture.ask(two, { kind: "vote", vote: "down" }))).toBeNull();
    expect(totals()).toEqual({ upvotes: 0, downvotes: 2, popularity_score: -2 });
    fixture.say({ kind: "gameAdd", game: { ...GAME, title: "Next" } });
    fixture.ask(one, { kind: "vote", vote: "up" });
    expect(last(fixture, "vote.received")).toMatchObject({
      game: { id: 2, title: "Next", pack_name: "Pack 1" },
      vote: { username: "p1", type: "up" },
      totals: { upvotes: 1, downvotes: 0, popularity_score: 1 },
    });
  });

  test("[S7] a room that ends tells its members the end of game and session before it closes them", () => {
    const fixture = withSession(2);
    fixture.say({ kind: "gameAdd", game: GAME });
    fixture.say({ kind: "gameStart" });
    fixture.hush();
    fixture.say({ kind: "closeRoom", reason: null });
    const ends = ["game.ended", "room.disconnected", "session.ended"];
    for (const guest of fixture.guests) {
      expect(types(guest)).toEqual(ends);
      expect(guest.closedAs).toBe("roomClosed");
    }
    expect(last(fixture, "room.disconnected")).toMatchObject({ reason: "room_closed", finalPlayerCount: 2 });
    expect(fixture.store.session(1)?.endedAt).toBe(fixture.clock.now());
  });

  test("[S7] and so does a room whose last member leaves", () => {
    const fixture = withSession(0);
    fixture.say({ kind: "gameAdd", game: GAME });
    fixture.relay.gone(fixture.host.line, "lost");
    expect(fixture.fanout.told.slice(-2).map(({ event }) => event.type)).toEqual([
      "room.disconnected",
      "session.ended",
    ]);
    expect(fixture.store.activeSessions()).toEqual([]);
  });

  test("[S15] who joins finds how the session stands", () => {
    const fixture = withSession(1);
    const found = (clientId: string) => {
      const { answer } = fixture.join(fixture.host.code, clientId);
      const text = answer?.kind === "joined" ? answer.picture.session : null;
      return text === null ? null : SessionPicture.parse(JSON.parse(text));
    };
    expect(found("p2")).toEqual({ id: 1, notes: null, games_played: 0, game: null });
    fixture.say({ kind: "gameAdd", game: GAME });
    fixture.ask(fixture.guests[0] as NotebookLine, { kind: "vote", vote: "down" });
    expect(found("p3")?.game).toEqual({
      ...{ id: 1, title: "Quiz", pack_name: "Pack 1", gameState: "Lobby", lobbyState: "Full" },
      totals: { upvotes: 0, downvotes: 1, popularity_score: -1 },
    });
    fixture.say({ kind: "sessionEnd" });
    expect(found("p4")).toBeNull();
  });

  test("[S10] in a room with history an event has a number, and who comes back is told it", () => {
    const fixture = withSession(1, core(), { rules: { awayMs: 60_000, historyMax: 64 } });
    const guest = fixture.guests[0] as NotebookLine;
    fixture.relay.gone(guest, "lost");
    const seen = fixture.host.line.seat?.room.seq ?? 0;
    fixture.say({ kind: "gameAdd", game: GAME });
    const { answer } = fixture.join(fixture.host.code, "p1", { since: { seq: seen, epoch: fixture.host.epoch } });
    const missed = answer?.kind === "joined" ? (answer.missed ?? []) : [];
    expect(missed.map(({ event }) => (event.kind === "session" ? event.type : event.kind))).toEqual([
      "game.added",
      "room.connected",
    ]);
  });
});

describe("the lobby", () => {
  test("[S13] its state follows the players, until the host says otherwise", () => {
    const fixture = withSession(1);
    fixture.say({ kind: "gameAdd", game: GAME });
    const state = (game = 1) => ok(fixture.sessions.status(1, game)).lobbyState;
    expect(last(fixture, "room.connected")).toMatchObject({
      lobbyState: "WaitingForMore",
      playerCount: 1,
      maxPlayers: 3,
    });
    fixture.join(fixture.host.code, "p2");
    expect(state()).toBe("CanStart");
    const third = fixture.join(fixture.host.code, "p3").line;
    expect(state()).toBe("Full");
    fixture.ask(third, { kind: "leave" });
    expect(state()).toBe("CanStart");
    fixture.say({ kind: "lobbyUpdate", lobbyState: "Countdown" });
    expect(last(fixture, "lobby.updated")).toEqual({
      ...{ sessionId: 1, gameId: 1, roomCode: fixture.host.code, lobbyState: "Countdown" },
      ...{ gameCanStart: true, gameIsStarting: true, playerCount: 2 },
    });
    fixture.join(fixture.host.code, "p4");
    expect(state()).toBe("Countdown");
    fixture.say({ kind: "gameStart" });
    expect(fixture.say({ kind: "lobbyUpdate", lobbyState: "Full" })).toBe("no_lobby");
    fixture.say({ kind: "gameAdd", game: GAME });
    expect(state(2)).toBe("Full");
  });

  test("[S14] who joins is told to all, itself included, after its answer; then a change of state", () => {
    const fixture = withSession(1);
    fixture.say({ kind: "gameAdd", game: GAME });
    fixture.hush();
    const { line } = fixture.join(fixture.host.code, "p2", { name: "Bo" });
    const told = ["lobby.player-joined", "lobby.updated"];
    expect(types(fixture.host.line)).toEqual(told);
    expect(types(line)).toEqual(told);
    expect(last(fixture, "lobby.player-joined")).toEqual({
      ...{ sessionId: 1, gameId: 1, roomCode: fixture.host.code, playerName: "Bo" },
      ...{ playerCount: 2, players: ["p1", "Bo"], maxPlayers: 3 },
    });
    fixture.hush();
    fixture.ask(line, { kind: "leave" });
    expect(types(fixture.host.line)).toEqual(["lobby.updated"]);
  });

  test("[S14] while the game is played, and for those who take their own seat up, nothing is told", () => {
    const fixture = withSession(2, core(), { rules: { awayMs: 60_000 } });
    fixture.say({ kind: "gameAdd", game: GAME });
    fixture.hush();
    fixture.relay.gone(fixture.guests[0] as NotebookLine, "lost");
    fixture.join(fixture.host.code, "p1");
    fixture.join(fixture.host.code, "p2");
    expect(fixture.fanout.told).toEqual([]);
    fixture.say({ kind: "gameStart" });
    fixture.hush();
    fixture.join(fixture.host.code, "p9");
    expect(fixture.fanout.told).toEqual([]);
  });

  test("[S9][S11] the next game is watched in the place of the one before", () => {
    const fixture = withSession(1);
    fixture.say({ kind: "gameAdd", game: GAME });
    fixture.say({ kind: "gameAdd", game: { ...GAME, title: "Next" } });
    fixture.hush();
    expect(ok(fixture.sessions.status(1, 1)).monitoring).toBe(false);
    expect(ok(fixture.sessions.status(1, 2)).monitoring).toBe(true);
    // The next process would watch what the store says is watched.
    expect(fixture.store.watchedGames(1).map(({ id }) => id)).toEqual([2]);
    fixture.clock.advance(20_000);
    fixture.join(fixture.host.code, "p2");
    const told = fixture.fanout.told.map(({ event }) => [event.type, JSON.parse(event.body).gameId]);
    expect(told).toEqual([
      ["game.status", 2],
      ["lobby.player-joined", 2],
      ["lobby.updated", 2],
    ]);
    ok(fixture.sessions.addGame(1, GAME, null));
    fixture.hush();
    fixture.clock.advance(20_000);
    expect(fixture.fanout.told).toEqual([]);
    expect(fixture.store.watchedGames(1)).toEqual([]);
  });

  test("[S12] the creator counts only if it plays; handing the role over changes nothing", () => {
    const display = withSession(1);
    display.say({ kind: "gameAdd", game: GAME });
    expect(last(display, "room.connected")).toMatchObject({ players: ["p1"] });
    display.say({ kind: "makeHost", clientId: "p1" });
    expect(ok(display.sessions.status(1, 1)).players).toEqual(["p1"]);
    const playing = withSession(1, core(), { rules: { creatorPlays: true } });
    playing.say({ kind: "gameAdd", game: { ...GAME, maxPlayers: null } });
    expect(last(playing, "room.connected")).toMatchObject({ players: ["tv", "p1"], maxPlayers: 8 });
  });

  test("[S12] a display that lost its seat and joins again is no player", () => {
    const fixture = withSession(1);
    fixture.relay.gone(fixture.host.line, "lost");
    const { line } = fixture.join(fixture.host.code, "tv");
    expect(nameOf(fixture.ask(line, { kind: "gameAdd", game: GAME }))).toBeNull();
    expect(last(fixture, "room.connected")).toMatchObject({ players: ["p1"] });
  });

  test("[S12] where clientIds are secret none is told", () => {
    const fixture = core();
    const line = new NotebookLine("party2");
    const { code } = fixture.create("key-to-0", { line, rules: { idsAre: "secret" } });
    fixture.join(code, "key-to-1", { line: new NotebookLine("party2") });
    const { id } = ok(fixture.sessions.start(null, null));
    ok(fixture.sessions.addGame(id, GAME, fixture.rooms.at(code)));
    expect(last(fixture, "room.connected").players).toEqual(["Player 1"]);
    expect(JSON.stringify(fixture.store.events(id, 0, 10))).not.toContain("key-to");
  });

  test("[S9] game.status comes every 20 s while it is watched, to subscribers alone, and is not logged", () => {
    const fixture = withSession(1);
    fixture.say({ kind: "gameAdd", game: GAME });
    fixture.say({ kind: "gameStart" });
    fixture.hush();
    fixture.clock.advance(20_000);
    expect(types(fixture.host.line)).toEqual([]);
    expect(fixture.fanout.told.map(({ event }) => [event.type, event.id])).toEqual([["game.status", null]]);
    expect(AnyEvent.safeParse(envelope(fixture.fanout.told[0]?.event)).error).toBeUndefined();
    expect(last(fixture, "game.status")).toMatchObject({ gameStarted: true, gameFinished: false, monitoring: true });
    fixture.clock.advance(40_000);
    expect(fixture.fanout.told).toHaveLength(3);
    fixture.say({ kind: "sessionEnd" });
    fixture.hush();
    fixture.clock.advance(60_000);
    expect(fixture.fanout.told).toEqual([]);
    expect(fixture.store.events(1, 0, 100).some(({ type }) => type === "game.status")).toBe(false);
  });
});

describe("a session without a room", () => {
  test("[S11] a room is watched, and stopped being watched; its members hear nothing of it", () => {
    const fixture = core();
    const { line, code } = fixture.create("tv");
    const { id } = ok(fixture.sessions.start("notes", null));
    const game = ok(fixture.sessions.addGame(id, GAME, null));
    expect(text(fixture.sessions.watch(id, game.id, null, "ZZZZ"))).toBe("Room not found");
    expect(last(fixture, "room.disconnected")).toEqual({
      ...{ sessionId: id, gameId: game.id, roomCode: "ZZZZ", reason: "room_not_found", finalPlayerCount: 0 },
    });
    ok(fixture.sessions.watch(id, game.id, fixture.rooms.at(code), code));
    fixture.join(code, "p1");
    expect(last(fixture, "lobby.player-joined")).toMatchObject({ roomCode: code, players: ["p1"] });
    ok(fixture.sessions.unwatch(id, game.id));
    expect(last(fixture, "room.disconnected")).toMatchObject({ reason: "manually_stopped", finalPlayerCount: 1 });
    expect(text(fixture.sessions.unwatch(id, game.id))).toBe("The game is not watched");
    fixture.fanout.told.length = 0;
    fixture.join(code, "p2");
    fixture.clock.advance(60_000);
    expect(fixture.fanout.told).toEqual([]);
    expect(types(line)).toEqual([]);
  });

  test("[S7] a watched room that ends ends the game there, and the session goes on", () => {
    const fixture = core();
    const { line, code } = fixture.create("tv");
    const { id } = ok(fixture.sessions.start(null, null));
    const game = ok(fixture.sessions.addGame(id, GAME, fixture.rooms.at(code)));
    ok(fixture.sessions.startGame(id, game.id));
    fixture.fanout.told.length = 0;
    fixture.ask(line, { kind: "closeRoom", reason: null });
    expect(fixture.fanout.told.map(({ event }) => event.type)).toEqual(["game.ended", "room.disconnected"]);
    expect(fixture.store.session(id)?.endedAt).toBeNull();
    expect(ok(fixture.sessions.status(id, game.id))).toMatchObject({ monitoring: false, gameFinished: true });
  });

  test("[S35] only what was begun with a token is told to all who listen", () => {
    const fixture = core();
    const { line } = fixture.create("tv");
    const started = () => fixture.fanout.toldAll.map(({ body }) => JSON.parse(body).session.id);
    fixture.ask(line, { kind: "sessionStart", notes: null });
    fixture.ask(line, { kind: "sessionEnd" });
    expect(started()).toEqual([]);
    expect(fixture.ask(line, { kind: "sessionStart", notes: null, token: "t" })).toEqual({
      kind: "unproven",
      token: "t",
    });
    fixture.ask(line, { kind: "sessionStart", notes: null, token: "t", isProven: true });
    ok(fixture.sessions.start(null, null));
    expect(started()).toEqual([2, 3]);
    expect(fixture.store.session(2)?.startedBy).toBe("token");
  });

  test("[S34] strangers' sessions are in no list and are not the active one, unless asked for", () => {
    const fixture = withSession();
    expect(fixture.store.newestActive()).toBeNull();
    expect(fixture.store.newestActive("host")?.id).toBe(1);
    const { id } = ok(fixture.sessions.start(null, null));
    const stranger = fixture.create("other").line;
    fixture.ask(stranger, { kind: "sessionStart", notes: null });
    expect(fixture.store.newestActive()?.id).toBe(id);
    expect(fixture.store.newestActive("host")?.id).toBe(3);
    expect(fixture.store.sessions(null, 9).map((row) => row.id)).toEqual([id]);
    expect(fixture.store.sessions(null, 9, "host").map((row) => row.id)).toEqual([3, 1]);
    expect(fixture.store.sessions(3, 9, "host").map((row) => row.id)).toEqual([1]);
  });

  test("[S33] strangers learn no code and no clientId", () => {
    const fixture = withSession(1);
    fixture.join(fixture.host.code, "p2", { name: "Bo" });
    fixture.say({ kind: "gameAdd", game: GAME });
    expect(ok(fixture.sessions.status(1, 1, "strangers"))).toMatchObject({
      roomCode: null,
      players: ["Player 1", "Bo"],
    });
  });

  test("[S8] players set by hand are what is told of a game that nobody watches", () => {
    const fixture = core();
    const { id } = ok(fixture.sessions.start(null, null));
    const game = ok(fixture.sessions.addGame(id, GAME, null));
    ok(fixture.sessions.setPlayerCount(id, game.id, 5, "completed"));
    expect(last(fixture, "player-count.updated")).toEqual({
      ...{ sessionId: String(id), gameId: String(game.id), playerCount: 5, status: "completed" },
    });
    ok(fixture.sessions.startGame(id, game.id));
    expect(last(fixture, "game.started")).toMatchObject({ playerCount: 5, players: [], roomCode: null, maxPlayers: 3 });
  });

  test("[S5] a session that has ended, and what is not there, take nothing", () => {
    const fixture = core();
    const { id } = ok(fixture.sessions.start(null, null));
    const game = ok(fixture.sessions.addGame(id, GAME, null));
    expect(text(fixture.sessions.startGame(id, 99))).toBe("Game not found");
    expect(text(fixture.sessions.startGame(99, game.id))).toBe("Session not found");
    ok(fixture.sessions.end(id));
    const { sessions } = fixture;
    const tries: object[] = [
      sessions.end(id),
      sessions.addGame(id, GAME, null),
      sessions.startGame(id, game.id),
      sessions.endGame(id, game.id),
      sessions.watch(id, game.id, null, ""),
      sessions.unwatch(id, game.id),
      sessions.setPlayerCount(id, game.id, 1, ""),
      sessions.vote(id, { voter: "a", username: "a", vote: "up", votedAt: 0 }),
    ];
    expect(tries.map(text)).toEqual(tries.map(() => "The session has ended"));
  });
});

function envelope(event: SessionEvent | undefined): object {
  return { type: event?.type, timestamp: event?.timestamp, data: JSON.parse(event?.body ?? "null") };
}
