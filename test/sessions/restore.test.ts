// What a process left behind, and the next one goes on with.
import { describe, expect, test } from "bun:test";
import type { Room } from "../../src/rooms/room.ts";
import { EventLog } from "../../src/sessions/eventLog.ts";
import { Sessions } from "../../src/sessions/sessions.ts";
import { GAME, ok, threeSessions } from "../support/sessions.ts";

/** The next process, over the same store. */
function next({ store, clock, fanout }: ReturnType<typeof threeSessions>, roomOf: (code: string) => Room | null) {
  const eventLog = new EventLog({ store, clock, fanout, charge: () => {}, onFailure: () => {} });
  const sessions = new Sessions({ store, clock, eventLog });
  sessions.restore(roomOf);
  return sessions;
}

describe("the next process", () => {
  test("[S24] a session whose room is gone ends; one without a room goes on and loses the room it watched", () => {
    const parts = threeSessions();
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

  test("[S13] what the host set of the lobby holds over a restart, and when it is watched anew", () => {
    const parts = threeSessions();
    parts.ask(parts.own.line, { kind: "gameAdd", game: { ...GAME, minPlayers: 5 } });
    parts.ask(parts.own.line, { kind: "lobbyUpdate", lobbyState: "Countdown" });
    const sessions = next(parts, (code) => parts.rooms.at(code));
    const id = parts.store.latestGame(1)?.id ?? 0;
    expect(sessions.status(1, id)).toMatchObject({ lobbyState: "Countdown" });
    sessions.watch(1, id, parts.rooms.at(parts.own.code), parts.own.code);
    expect(sessions.status(1, id)).toMatchObject({ lobbyState: "Countdown" });
  });

  test("[S5] of two games that an older server left as played the one started last goes on", () => {
    const parts = threeSessions();
    const add = () => ok(parts.sessions.addGame(parts.free.id, GAME, null)).id;
    const [first, second, third] = [add(), add(), add()];
    for (const [id, at] of [
      [second, 30],
      [first, 20],
      [third, 10],
    ] as const)
      parts.store.startGame(id, at);
    next(parts, (code) => parts.rooms.at(code));
    expect(parts.store.runningGames(parts.free.id).map(({ id }) => id)).toEqual([second]);
    const told = parts.store.events(parts.free.id, 0, 100).filter(({ type }) => type === "game.ended");
    expect(told.map(({ body }) => JSON.parse(body).gameId)).toEqual([first, third]);
  });

  test("[S24] a session whose room is here again goes on, watched", () => {
    const parts = threeSessions();
    const before = parts.store.events(1, 0, 100).length;
    const sessions = next(parts, (code) => parts.rooms.at(code));
    expect(parts.store.events(1, 0, 100)).toHaveLength(before);
    const room = parts.rooms.at(parts.own.code);
    expect(room === null ? null : sessions.of(room)).toBe(1);
    expect(sessions.status(1, 1)).toMatchObject({ monitoring: true, gameStarted: true });
    expect(sessions.status(parts.watching.id, 2)).toMatchObject({ monitoring: true, roomCode: parts.other.code });
  });
});
