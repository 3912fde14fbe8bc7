// How games and nights end, whatever ends them: a request, the end of a room, or a process that is gone. What has to be told of it is
// told in one order. Who may end what, its callers know.
import { FIXED } from "../limits.ts";
import type { Clock } from "../rooms/ports.ts";
import type { Room } from "../rooms/room.ts";
import { isRefusal, type Refusal } from "../vocabulary.ts";
import type { Bindings } from "./bindings.ts";
import type { Chronicle, Note } from "./chronicle.ts";
import { absentData, endedData, goneData, playingData } from "./data.ts";
import type { Lobbies } from "./lobbies.ts";
import { aboutOf, gameStateOf, type Lobby } from "./lobby.ts";
import type { GameRow, SessionRow } from "./rows.ts";
import type { Store } from "./store.ts";

export class Endings {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly chronicle: Chronicle,
    private readonly lobbies: Lobbies,
    private readonly bindings: Bindings,
  ) {}

  /**
   * The night is over, and a running game with it. Answers why it goes on, or null.
   * @param before notes what has ended just before
   */
  endSession(session: SessionRow, before: (note: Note) => void = () => {}): Refusal | null {
    const { id } = session;
    const done = this.chronicle.record((note) => {
      before(note);
      this.noteRunning(id, note);
      this.store.endSession(id, this.clock.wall());
      for (const game of this.store.watchedGames(id)) this.store.unwatch(game.id);
      note(this.bindings.subject(id), "session.ended", endedData(session));
    });
    if (isRefusal(done)) return done;
    this.forget(id);
    return null;
  }

  /** Ends the night that the host of this room runs, if its log is too large [S26]. */
  endIfFull(room: Room): void {
    const id = this.bindings.of(room);
    if (id === null || this.chronicle.sizeOf(id) <= FIXED.sessionLogCharsMax) return;
    const session = this.chronicle.kept(() => this.store.session(id));
    if (session !== null && !isRefusal(session) && session.begunBy === "host") this.endSession(session);
  }

  /** A session holds no room and watches none any more. */
  forget(id: number): void {
    for (const lobby of this.lobbies.ofSession(id)) this.lobbies.drop(lobby.game.id);
    this.bindings.unbind(id);
  }

  /** What is played of a night ends. */
  noteRunning(sessionId: number, note: Note): void {
    for (const game of this.store.runningGames(sessionId)) this.noteGame(game, note);
  }

  /** A game that is played ends. */
  noteGame(game: GameRow, note: Note): void {
    this.store.endGame(game.id, this.clock.wall());
    const subject = this.bindings.subject(game.sessionId);
    note(subject, "game.ended", playingData(game, this.lobbies.of(game.id)));
  }

  /** A game whose room ends. */
  noteClosed(lobby: Lobby, note: Note): void {
    this.#noteRoomless(lobby.game, note);
    note(this.bindings.subject(lobby.game.sessionId), "room.disconnected", goneData(lobby, "room_closed"));
  }

  /** A game whose room went with an earlier process. */
  noteLost(game: GameRow, note: Note): void {
    this.#noteRoomless(game, note);
    note(this.bindings.subject(game.sessionId), "room.disconnected", absentData(aboutOf(game), "room_closed"));
  }

  #noteRoomless(game: GameRow, note: Note): void {
    if (gameStateOf(game) === "Gameplay") this.noteGame(game, note);
    this.store.unwatch(game.id);
  }
}
