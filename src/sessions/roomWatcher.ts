// Follows the rooms that games are played in: an arrival, a departure and the end of a room become events of the session. Decides nothing
// about a room, and takes no member's requests.
import { isRefusal } from "../protocol/refusals.ts";
import type { Watcher } from "../rooms/ports.ts";
import type { Member, Room } from "../rooms/room.ts";
import type { Endings } from "./endings.ts";
import type { Append, Subject } from "./eventLog.ts";
import { labelOf } from "./label.ts";
import type { Lobby } from "./lobby.ts";
import type { MemberShare } from "./memberShare.ts";
import { pictureOf } from "./payloads.ts";
import type { SessionsCore } from "./running.ts";

export class RoomWatcher implements Watcher<Room> {
  readonly rooms: ReadonlySet<Room>;

  constructor(
    private readonly core: SessionsCore,
    private readonly endings: Endings,
    private readonly memberShare: MemberShare,
  ) {
    this.rooms = core.running.rooms;
  }

  /** Whether a game is watched in that room. */
  isWatched(room: Room): boolean {
    return this.core.running.lobbiesIn(room).length > 0;
  }

  /** A new member has its seat, and its answer has gone out [S14]. */
  joined(room: Room, seat: Member): void {
    if (!room.plays(seat)) return;
    this.endings.endIfFull(room);
    this.#append(room, (append, subject, lobby) => {
      const chars = append(subject, "lobby.player-joined", lobby.joined(labelOf(room, seat)));
      return lobby.hasMoved ? chars + append(subject, "lobby.updated", lobby.updated()) : chars;
    });
  }

  left(room: Room, seat: Member): void {
    if (!room.plays(seat)) return;
    this.#append(room, (append, subject, lobby) => append(subject, "lobby.updated", lobby.updated()));
  }

  /** What a new member has to know of the session that goes on in its room [S15]. */
  picture(room: Room): string | null {
    const sessionId = this.core.running.sessionOf(room);
    if (sessionId === null) return null;
    const picture = this.core.eventLog.attempt(() => this.#pictureOf(sessionId));
    return isRefusal(picture) ? null : picture;
  }

  /** What goes on in a room ends with it: the games played there, and its own session [S7]. */
  ending(room: Room): void {
    const { store, eventLog, running } = this.core;
    const own = running.sessionOf(room);
    for (const lobby of running.lobbiesIn(room)) {
      if (lobby.game.sessionId === own) continue;
      eventLog.transact((append) => this.endings.appendRoomClosed(lobby, append), "end");
      running.unwatch(lobby.game.id);
    }
    if (own === null) return;
    const lobbies = running.lobbiesIn(room);
    const session = eventLog.attempt(() => store.session(own));
    if (session !== null && !isRefusal(session)) {
      this.endings.endSession(session, (append) => {
        for (const lobby of lobbies) this.endings.appendRoomClosed(lobby, append);
      });
    }
    // Forgotten also when its end could not be written: a room that is gone must not stay in memory.
    running.forget(own);
  }

  /** Appends what a member did to each lobby of its room that is open, as far as the members' share of the log goes [S36]. */
  #append(room: Room, work: (append: Append, subject: Subject, lobby: Lobby) => number): void {
    const { eventLog, running } = this.core;
    for (const lobby of running.lobbiesIn(room)) {
      if (!lobby.isOpen) continue;
      const { sessionId } = lobby.game;
      const isFull = eventLog.attempt(() => this.memberShare.isFull(sessionId));
      if (isRefusal(isFull) || isFull) continue;
      const done = eventLog.transact(
        (append) => this.memberShare.charge(sessionId, work(append, running.subject(sessionId), lobby)),
        running.claimOf(sessionId),
      );
      if (!isRefusal(done)) lobby.markTold();
    }
  }

  #pictureOf(sessionId: number): string | null {
    const { store, running } = this.core;
    const session = store.session(sessionId);
    if (session === null) return null;
    const game = store.latestGame(session.id);
    return pictureOf(session, game, game === null ? null : running.sight(game.id));
  }
}
