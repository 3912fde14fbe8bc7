// How games and sessions end, whatever ends them: a request, the end of a room, or a process that is gone. The events of an end come in
// one order. Who may end what, its callers know.
import { isRefusal, type Refusal } from "../protocol/refusals.ts";
import type { Room } from "../rooms/room.ts";
import type { Append } from "./eventLog.ts";
import { aboutOf, gameStateOf, type Lobby } from "./lobby.ts";
import { absentData, endedData, goneData, playingData } from "./payloads.ts";
import type { SessionsCore } from "./running.ts";
import type { GameRow, SessionRow } from "./store/rows.ts";

/** Characters of the log of a session that a host runs, past which it ends: 40,000 votes. Nobody fills the disk from a room [S26]. */
export const SESSION_LOG_CHARS_MAX = 16 * 1024 * 1024;

export class Endings {
  constructor(
    private readonly core: SessionsCore,
    private readonly logCharsMax: number = SESSION_LOG_CHARS_MAX,
  ) {}

  /**
   * The session is over, and a running game with it. Answers why it goes on, or null.
   * @param before appends what has ended just before
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

  /** Every game of a session that is played ends. */
  appendRunningEnds(sessionId: number, append: Append): void {
    for (const game of this.core.store.runningGames(sessionId)) this.appendGameEnd(game, append);
  }

  /** A game that is played ends. */
  appendGameEnd(game: GameRow, append: Append): void {
    const { store, clock, running } = this.core;
    store.endGame(game.id, clock.wall());
    append(running.subject(game.sessionId), "game.ended", playingData(game, running.lobby(game.id)));
  }

  /** A game's room ends. */
  appendRoomClosed(lobby: Lobby, append: Append): void {
    this.#endRoomless(lobby.game, append);
    append(this.core.running.subject(lobby.game.sessionId), "room.disconnected", goneData(lobby, "room_closed"));
  }

  /** A game's room went with an earlier process. */
  appendRoomLost(game: GameRow, append: Append): void {
    this.#endRoomless(game, append);
    append(this.core.running.subject(game.sessionId), "room.disconnected", absentData(aboutOf(game), "room_closed"));
  }

  #endRoomless(game: GameRow, append: Append): void {
    if (gameStateOf(game) === "Gameplay") this.appendGameEnd(game, append);
    this.core.store.unwatch(game.id);
  }
}
