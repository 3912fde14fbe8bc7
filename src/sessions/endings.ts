// How games and nights end, whatever ends them: a request, the end of a room, or a process that is gone. What has to be told of it is
// told in one order. Who may end what, its callers know.

import type { Clock } from "../clock.ts";
import { FIXED } from "../limits/table.ts";
import { isRefusal, type Refusal } from "../protocol/refusals.ts";
import type { Room } from "../rooms/room.ts";
import type { Bindings } from "./bindings.ts";
import type { Append, EventLog } from "./eventLog.ts";
import type { Lobbies } from "./lobbies.ts";
import { aboutOf, gameStateOf, type Lobby } from "./lobby.ts";
import { absentData, endedData, goneData, playingData } from "./payloads.ts";
import type { GameRow, SessionRow } from "./store/rows.ts";
import type { Store } from "./store/store.ts";

export class Endings {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly eventLog: EventLog,
    private readonly lobbies: Lobbies,
    private readonly bindings: Bindings,
  ) {}

  /**
   * The night is over, and a running game with it. Answers why it goes on, or null.
   * @param before notes what has ended just before
   */
  endSession(session: SessionRow, before: (append: Append) => void = () => {}): Refusal | null {
    const { id } = session;
    const done = this.eventLog.record((append) => {
      before(append);
      this.appendRunningEnds(id, append);
      this.store.endSession(id, this.clock.wall());
      for (const game of this.store.watchedGames(id)) this.store.unwatch(game.id);
      append(this.bindings.subject(id), "session.ended", endedData(session));
    });
    if (isRefusal(done)) return done;
    this.forget(id);
    return null;
  }

  /** Ends the night that the host of this room runs, if its log is too large [S26]. */
  endIfFull(room: Room): void {
    const id = this.bindings.of(room);
    if (id === null || this.eventLog.sizeOf(id) <= FIXED.sessionLogCharsMax) return;
    const session = this.eventLog.kept(() => this.store.session(id));
    if (session !== null && !isRefusal(session) && session.begunBy === "host") this.endSession(session);
  }

  /** A session holds no room and watches none any more. */
  forget(id: number): void {
    for (const lobby of this.lobbies.ofSession(id)) this.lobbies.drop(lobby.game.id);
    this.bindings.unbind(id);
  }

  /** What is played of a night ends. */
  appendRunningEnds(sessionId: number, append: Append): void {
    for (const game of this.store.runningGames(sessionId)) this.appendGameEnd(game, append);
  }

  /** A game that is played ends. */
  appendGameEnd(game: GameRow, append: Append): void {
    this.store.endGame(game.id, this.clock.wall());
    const subject = this.bindings.subject(game.sessionId);
    append(subject, "game.ended", playingData(game, this.lobbies.of(game.id)));
  }

  /** A game whose room ends. */
  appendRoomClosed(lobby: Lobby, append: Append): void {
    this.#endRoomless(lobby.game, append);
    append(this.bindings.subject(lobby.game.sessionId), "room.disconnected", goneData(lobby, "room_closed"));
  }

  /** A game whose room went with an earlier process. */
  appendRoomLost(game: GameRow, append: Append): void {
    this.#endRoomless(game, append);
    append(this.bindings.subject(game.sessionId), "room.disconnected", absentData(aboutOf(game), "room_closed"));
  }

  #endRoomless(game: GameRow, append: Append): void {
    if (gameStateOf(game) === "Gameplay") this.appendGameEnd(game, append);
    this.store.unwatch(game.id);
  }
}
