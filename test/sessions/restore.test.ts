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
    const fixture = threeSessions();
    const before = fixture.store.events(1, 0, 100).length;
    next(fixture, () => null);
    const ended = fixture.store.events(1, 0, 100).slice(before);
    expect(ended.map(({ type }) => type)).toEqual(["game.ended", "room.disconnected", "session.ended"]);
    expect(fixture.store.session(1)?.endedAt).not.toBeNull();
    const lost = fixture.store.events(fixture.watching.id, 0, 100).at(-1);
    expect(lost?.type).toBe("room.disconnected");
    expect(JSON.parse(lost?.body ?? "")).toMatchObject({ reason: "room_closed" });
    expect(fixture.store.activeSessions().map(({ id }) => id)).toEqual([fixture.watching.id, fixture.free.id]);
    // Once.
    const count = fixture.store.events(fixture.watching.id, 0, 100).length;
    next(fixture, () => null);
    expect(fixture.store.events(fixture.watching.id, 0, 100)).toHaveLength(count);
  });

  test("[S13] what the host set of the lobby holds over a restart, and when it is watched anew", () => {
    const fixture = threeSessions();
    fixture.ask(fixture.own.line, { kind: "gameAdd", game: { ...GAME, minPlayers: 5 } });
    fixture.ask(fixture.own.line, { kind: "lobbyUpdate", lobbyState: "Countdown" });
    const sessions = next(fixture, (code) => fixture.rooms.at(code));
    const id = fixture.store.latestGame(1)?.id ?? 0;
    expect(sessions.status(1, id)).toMatchObject({ lobbyState: "Countdown" });
    sessions.watch(1, id, fixture.rooms.at(fixture.own.code), fixture.own.code);
    expect(sessions.status(1, id)).toMatchObject({ lobbyState: "Countdown" });
  });

  test("[S5] of two games that an older server left as played the one started last goes on", () => {
    const fixture = threeSessions();
    const add = () => ok(fixture.sessions.addGame(fixture.free.id, GAME, null)).id;
    const [first, second, third] = [add(), add(), add()];
    for (const [id, at] of [
      [second, 30],
      [first, 20],
      [third, 10],
    ] as const)
      fixture.store.startGame(id, at);
    next(fixture, (code) => fixture.rooms.at(code));
    expect(fixture.store.runningGames(fixture.free.id).map(({ id }) => id)).toEqual([second]);
    const told = fixture.store.events(fixture.free.id, 0, 100).filter(({ type }) => type === "game.ended");
    expect(told.map(({ body }) => JSON.parse(body).gameId)).toEqual([first, third]);
  });

  test("[S24] a session whose room is here again goes on, watched", () => {
    const fixture = threeSessions();
    const before = fixture.store.events(1, 0, 100).length;
    const sessions = next(fixture, (code) => fixture.rooms.at(code));
    expect(fixture.store.events(1, 0, 100)).toHaveLength(before);
    const room = fixture.rooms.at(fixture.own.code);
    expect(room === null ? null : sessions.of(room)).toBe(1);
    expect(sessions.status(1, 1)).toMatchObject({ monitoring: true, gameStarted: true });
    expect(sessions.status(fixture.watching.id, 2)).toMatchObject({ monitoring: true, roomCode: fixture.other.code });
  });
});
