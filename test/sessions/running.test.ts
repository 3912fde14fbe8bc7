// What goes on now: which rooms are asked at each join, and which lobbies are watched; nothing of it is kept when it is over.
import { describe, expect, test } from "bun:test";
import type { Room } from "../../src/rooms/room.ts";
import type { Lobby } from "../../src/sessions/lobby.ts";
import { Running } from "../../src/sessions/running.ts";
import { ManualClock } from "../support/clock.ts";
import { core } from "../support/core.ts";
import { GAME } from "../support/sessions.ts";

const SESSION = 1;

function stage() {
  const { eventLog } = core();
  const running = new Running(new ManualClock(), eventLog);
  // Rooms are only told apart here.
  const [one, other] = [{} as Room, {} as Room];
  const timers = new Set<Lobby>();
  function lobbyIn(room: Room, sessionId = SESSION): Lobby {
    const game = { id: 7, sessionId };
    const fake = { game, room, startTimer: () => void timers.add(lobby), stop: () => void timers.delete(lobby) };
    const lobby = fake as unknown as Lobby;
    return lobby;
  }
  return { running, one, other, timers, lobbyIn };
}

describe("what goes on", () => {
  test("[S7] a room is asked as long as a session or a lobby is in it", () => {
    const { running, one, lobbyIn } = stage();
    running.bind(SESSION, one, "token");
    running.watch(lobbyIn(one));
    running.unwatch(7);
    expect(running.rooms.has(one)).toBe(true);
    expect(running.subject(SESSION).room).toBe(one);
    running.forget(SESSION);
    expect([running.rooms.size, running.subject(SESSION).room]).toEqual([0, null]);
    running.bind(SESSION, one, "token");
    running.watch(lobbyIn(one));
    running.forget(SESSION);
    expect([running.rooms.size, running.lobbiesIn(one), running.lobbiesOf(SESSION)]).toEqual([0, [], []]);
  });

  test("[S11] a room in which another session's game is watched is asked on when its own session is over", () => {
    const { running, one, lobbyIn } = stage();
    running.bind(SESSION, one, "token");
    running.watch(lobbyIn(one, SESSION + 1));
    running.forget(SESSION);
    expect([running.rooms.has(one), running.lobbiesIn(one).length]).toEqual([true, 1]);
  });

  test("[S11] a game is watched in one room: another lobby of it takes the place of the one before", () => {
    const { running, one, other, timers, lobbyIn } = stage();
    running.watch(lobbyIn(one));
    const now = lobbyIn(other);
    running.watch(now);
    expect([running.lobbiesIn(one), running.lobbiesIn(other), running.lobbiesOf(SESSION)]).toEqual([[], [now], [now]]);
    expect([[...timers], [...running.rooms]]).toEqual([[now], [other]]);
  });

  test("[S11] one that is watched no more is in no list, and says nothing", () => {
    const { running, one, timers, lobbyIn } = stage();
    running.watch(lobbyIn(one));
    running.unwatch(7);
    expect([running.lobby(7), running.lobbiesIn(one), running.lobbiesOf(SESSION)]).toEqual([null, [], []]);
    expect([timers.size, running.rooms.size]).toEqual([0, 0]);
  });

  test("[S7] no game of a session that is over is watched, on disk as in memory", () => {
    const { create, ask, store } = core();
    const { line } = create("tv");
    ask(line, { kind: "sessionStart", notes: null });
    ask(line, { kind: "gameAdd", game: GAME });
    expect(store.watchedGames(SESSION)).toHaveLength(1);
    ask(line, { kind: "sessionEnd" });
    expect(store.watchedGames(SESSION)).toEqual([]);
  });
});
