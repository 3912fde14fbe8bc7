// Ends games and sessions, whatever the cause: a request, the end of a room, or a restart. The one order in which the events of an end come
// stands here [S7]; whether something may end, the callers have checked.
import { isRefusal, type Refusal } from "../protocol/refusals.ts";
import type { Room } from "../rooms/room.ts";
import type { Append } from "./eventLog.ts";
import { aboutOf, gameStateOf, type Lobby } from "./lobby.ts";
import { absentData, endedData, goneData, playingData } from "./payloads.ts";
import type { SessionsCore } from "./running.ts";
import type { GameRow, SessionRow } from "./store/rows.ts";

/** Characters of its log past which a session of a host ends, some 40,000 votes: nobody shall fill the disk from a room [S26]. */
export const SESSION_LOG_CHARS_MAX = 16 * 1024 * 1024;

export class Endings {
  constructor(
    private readonly core: SessionsCore,
    private readonly logCharsMax: number = SESSION_LOG_CHARS_MAX,
  ) {}

  /**
   * Ends a session, and a running game with it; answers null, or the refusal for which it goes on.
   * @param before appends, in the same transaction, what comes before these ends
   */
  endSession(session: SessionRow, before: (append: Append) => void = () => {}): Refusal | null {
    const { store, clock, eventLog, running } = this.core;
    const { id } = session;
    const done = eventLog.transact((append) => {
      before(append);
      this.appendRunningEnds(id, append);
      store.endSession(id, clock.wall());
      for (const game of store.watchedGames(id)) store.unwatch(game.id);
      append(running.subject(id), "session.ended", endedData(session));
    }, "end");
    if (isRefusal(done)) return done;
    running.forget(id);
    return null;
  }

  /** Ends the session that the host of this room runs, if its log is too large [S26]. */
  endIfFull(room: Room): void {
    const { store, eventLog, running } = this.core;
    const id = running.sessionOf(room);
    if (id === null) return;
    const session = eventLog.attempt(() => (store.logChars(id) <= this.logCharsMax ? null : store.session(id)));
    if (session !== null && !isRefusal(session) && session.startedBy === "host") this.endSession(session);
  }

  /** Appends the end of each running game of a session. */
  appendRunningEnds(sessionId: number, append: Append): void {
    for (const game of this.core.store.runningGames(sessionId)) this.appendGameEnd(game, append);
  }

  /** Appends the end of a running game. */
  appendGameEnd(game: GameRow, append: Append): void {
    const { store, clock, running } = this.core;
    store.endGame(game.id, clock.wall());
    append(running.subject(game.sessionId), "game.ended", playingData(game, running.sight(game.id)));
  }

  /** Appends that the room of a watched game ends, and the game with it if it is running. */
  appendRoomClosed(lobby: Lobby, append: Append): void {
    this.#endRoomless(lobby.game, append);
    append(this.core.running.subject(lobby.game.sessionId), "room.disconnected", goneData(lobby, "room_closed"));
  }

  /** Appends the same of a room that did not outlive its process [S24]: nobody is left to be counted in it. */
  appendRoomLost(game: GameRow, append: Append): void {
    this.#endRoomless(game, append);
    append(this.core.running.subject(game.sessionId), "room.disconnected", absentData(aboutOf(game), "room_closed"));
  }

  #endRoomless(game: GameRow, append: Append): void {
    if (gameStateOf(game) === "Gameplay") this.appendGameEnd(game, append);
    this.core.store.unwatch(game.id);
  }
}
