// What a process left behind, and what cannot be written.
import { describe, expect, test } from "bun:test";
import { FIXED } from "../../src/limits/table.ts";
import type { NewGame } from "../../src/protocol/commands.ts";
import type { Room } from "../../src/rooms/room.ts";
import { EventLog } from "../../src/sessions/eventLog.ts";
import { Sessions } from "../../src/sessions/sessions.ts";
import { Store } from "../../src/sessions/store/store.ts";
import { core, nameOf } from "../support/core.ts";

const GAME: NewGame = {
  ...{ title: "Quiz", packName: null, minPlayers: null, maxPlayers: null, appTag: null, manuallyAdded: false },
};

/** A session in a room, one without whose game is played in another room, and one without any. */
function evening() {
  const parts = core();
  const own = parts.create("tv");
  parts.ask(own.line, { kind: "sessionStart", notes: null });
  parts.ask(own.line, { kind: "gameAdd", game: GAME });
  parts.ask(own.line, { kind: "gameStart" });
  const other = parts.create("tv2");
  const watching = parts.sessions.start(null, null) as { id: number };
  parts.sessions.addGame(watching.id, GAME, parts.rooms.at(other.code));
  const free = parts.sessions.start("free", null) as { id: number };
  return { ...parts, own, other, watching, free };
}

/** The next process, over the same store. */
function next({ store, clock, fanout }: ReturnType<typeof evening>, roomOf: (code: string) => Room | null) {
  const eventLog = new EventLog(store, clock, fanout, () => {});
  const sessions = new Sessions(store, clock, eventLog);
  sessions.restore(roomOf);
  return sessions;
}

describe("taking up", () => {
  test("[S24] a session whose room is gone ends; one without a room goes on and loses the room it watched", () => {
    const parts = evening();
    const before = parts.store.events(1, 0, 100).length;
    next(parts, () => null);
    const ended = parts.store.events(1, 0, 100).slice(before);
    expect(ended.map(({ type }) => type)).toEqual(["game.ended", "room.disconnected", "session.ended"]);
    expect(parts.store.session(1)?.endedAt).not.toBeNull();
    const lost = parts.store.events(parts.watching.id, 0, 100).at(-1);
    expect(lost?.type).toBe("room.disconnected");
    expect(JSON.parse(lost?.body ?? "")).toMatchObject({ reason: "room_closed" });
    expect(parts.store.activeSessions().map(({ id }) => id)).toEqual([parts.watching.id, parts.free.id]);
    // Once.
    const count = parts.store.events(parts.watching.id, 0, 100).length;
    next(parts, () => null);
    expect(parts.store.events(parts.watching.id, 0, 100)).toHaveLength(count);
  });

  test("[S13] what the host said of the lobby holds over a restart, and when it is watched anew", () => {
    const parts = evening();
    parts.ask(parts.own.line, { kind: "gameAdd", game: { ...GAME, minPlayers: 5 } });
    parts.ask(parts.own.line, { kind: "lobbyUpdate", lobbyState: "Countdown" });
    const sessions = next(parts, (code) => parts.rooms.at(code));
    const id = parts.store.latestGame(1)?.id ?? 0;
    expect(sessions.status(1, id)).toMatchObject({ lobbyState: "Countdown" });
    sessions.watch(1, id, parts.rooms.at(parts.own.code), parts.own.code);
    expect(sessions.status(1, id)).toMatchObject({ lobbyState: "Countdown" });
  });

  test("[S24] a session whose room is here again goes on, watched", () => {
    const parts = evening();
    const before = parts.store.events(1, 0, 100).length;
    const sessions = next(parts, (code) => parts.rooms.at(code));
    expect(parts.store.events(1, 0, 100)).toHaveLength(before);
    const room = parts.rooms.at(parts.own.code);
    expect(room === null ? null : sessions.of(room)).toBe(1);
    expect(sessions.status(1, 1)).toMatchObject({ monitoring: true, gameStarted: true });
    expect(sessions.status(parts.watching.id, 2)).toMatchObject({ monitoring: true, roomCode: parts.other.code });
  });
});

/** What a store throws whose file may not grow. */
function diskFull(): unknown {
  const store = Store.open(":memory:", 64 * 1024);
  const row = { createdAt: 0, notes: "x".repeat(500), roomCode: null, roomId: null, begunBy: "token" as const };
  try {
    for (let n = 0; n < 1000; n++) store.addSession(row);
  } catch (error) {
    return error;
  }
  throw new Error("the store never was full");
}

describe("a file that fails while rooms play", () => {
  test("[S25] joins, votes and the end of a room go on without it", () => {
    const parts = evening();
    const { store } = parts;
    const failure = diskFull();
    const fail = () => {
      throw failure;
    };
    for (const method of ["session", "game", "latestGame", "log", "putVote", "transaction"] as const) {
      Object.defineProperty(store, method, { value: fail, configurable: true });
    }
    const { line, answer } = parts.join(parts.own.code, "p1");
    expect(answer?.kind === "joined" ? answer.picture.session : "?").toBeNull();
    expect(nameOf(parts.ask(line, { kind: "vote", vote: "up" }))).toBe("not_kept");
    expect(nameOf(parts.ask(parts.own.line, { kind: "gameEnd" }))).toBe("not_kept");
    expect(nameOf(parts.ask(line, { kind: "leave" }))).toBe("left");
    expect(nameOf(parts.ask(parts.own.line, { kind: "closeRoom", reason: null }))).toBeNull();
    parts.relay.gone(parts.other.line, "lost");
    expect(parts.rooms.size).toBe(0);
    // However often: a disk that stays as it is is told of once.
    expect(parts.failures).toEqual([failure]);
  });
});

describe("what may be written", () => {
  test("[S26] a session that its host runs ends when its log is too large; one begun with a token does not", () => {
    const parts = core();
    const { line, code } = parts.create("tv");
    parts.ask(line, { kind: "sessionStart", notes: null });
    parts.ask(line, { kind: "gameAdd", game: GAME });
    const room = parts.rooms.at(code);
    const game = { ...GAME, title: "x".repeat(FIXED.sessionLogCharsMax / 4) };
    const limitOf = () => parts.store.session(1)?.endedAt ?? null;
    for (let n = 0; n < 3; n++) parts.ask(line, { kind: "gameAdd", game });
    expect(limitOf()).toBeNull();
    parts.ask(line, { kind: "gameAdd", game });
    expect(limitOf()).not.toBeNull();
    expect(room === null ? 0 : parts.sessions.of(room)).toBeNull();
    const own = parts.sessions.start(null, room) as { id: number };
    for (let n = 0; n < 5; n++) parts.sessions.addGame(own.id, game, room);
    parts.ask(line, { kind: "vote", vote: "up" });
    expect(parts.store.session(own.id)?.endedAt).toBeNull();
  }, 60_000);

  test("[S26] so many games a session", () => {
    const parts = core();
    const { id } = parts.sessions.start(null, null) as { id: number };
    for (let n = 0; n < FIXED.gamesPerSessionMax; n++) parts.sessions.addGame(id, GAME, null);
    expect(parts.sessions.addGame(id, GAME, null)).toMatchObject({ name: "too_many_games" });
  });

  test("[S26] a file that is nearly full forgets the oldest sessions of hosts, and no other", () => {
    const parts = core({}, Store.open(":memory:", 1024 * 1024));
    const kept = parts.sessions.start("kept", null) as { id: number };
    parts.sessions.end(kept.id);
    const { line } = parts.create("tv");
    const nights = () => parts.store.sessions(null, 1000).length;
    let made = 1;
    while (parts.store.fullShare < FIXED.storeFullShare) {
      parts.ask(line, { kind: "sessionStart", notes: "n".repeat(400) });
      for (let n = 0; n < 5; n++) parts.ask(line, { kind: "gameAdd", game: GAME });
      parts.ask(line, { kind: "sessionEnd" });
      made++;
    }
    expect(nights()).toBe(made);
    let forgotten = 0;
    for (let count = parts.sessions.makeRoom(); count > 0; count = parts.sessions.makeRoom()) forgotten += count;
    expect(forgotten).toBeGreaterThan(0);
    expect(nights()).toBe(made - forgotten);
    expect(parts.store.fullShare).toBeLessThan(FIXED.storeRoomyShare);
    expect(parts.store.session(kept.id)).not.toBeNull();
    // What is left is the newest, and ids are given on.
    expect(parts.store.sessions(null, 1)[0]?.id).toBe(made);
    expect(parts.sessions.start(null, null)).toMatchObject({ id: made + 1 });
  });
});

describe("a full disk", () => {
  test("[S14][S20] a change of the lobby that could not be written is told with the next that can", () => {
    const parts = core();
    const { line, code } = parts.create("tv");
    parts.ask(line, { kind: "sessionStart", notes: null });
    parts.ask(line, { kind: "gameAdd", game: { ...GAME, minPlayers: 1 } });
    const log = parts.store.log.bind(parts.store);
    const failure = diskFull();
    parts.store.log = () => {
      throw failure;
    };
    parts.join(code, "p1");
    parts.store.log = log;
    expect(parts.failures).toEqual([failure]);
    parts.fanout.told.length = 0;
    parts.join(code, "p2");
    expect(parts.fanout.told.map(({ event }) => event.type)).toEqual(["lobby.player-joined", "lobby.updated"]);
  });

  test("[S20][S25] what cannot be written is not done and not told, and the room plays on", () => {
    const parts = core({}, Store.open(":memory:", 64 * 1024));
    const { line, code } = parts.create("tv");
    parts.ask(line, { kind: "sessionStart", notes: null });
    parts.ask(line, { kind: "gameAdd", game: { ...GAME, minPlayers: 3 } });
    let told = 0;
    for (let n = 0; n < 2000; n++) {
      told = parts.fanout.told.length;
      if (nameOf(parts.ask(line, { kind: "vote", vote: n % 2 === 0 ? "up" : "down" })) === "not_kept") break;
    }
    line.heard();
    expect(parts.failures.length).toBe(1);
    const log = parts.store.events(1, 0, 5000);
    expect(parts.fanout.told.length).toBe(told);
    expect(log.length).toBe(told + 1);
    // More than the last page has room for, however little the vote that failed would have taken.
    const game = { ...GAME, title: "x".repeat(2000), packName: "y".repeat(2000) };
    expect(nameOf(parts.ask(line, { kind: "gameAdd", game }))).toBe("not_kept");
    expect(parts.store.games(1, null, 10)).toHaveLength(1);
    expect(nameOf(parts.join(code, "p1").answer)).toBe("joined");
    expect(parts.store.events(1, 0, 5000)).toHaveLength(log.length);
    // The room ends all the same, and holds nothing.
    expect(nameOf(parts.ask(line, { kind: "closeRoom", reason: null }))).toBeNull();
    expect(parts.rooms.size).toBe(0);
  });
});
