// Follows the rooms that games are played in: who comes, who leaves and that a room ends becomes what is told of the night. Decides
// nothing about a room, and is asked nothing by anyone in it.

import { isRefusal } from "../protocol/refusals.ts";
import type { Watcher } from "../rooms/ports.ts";
import type { Member, Room } from "../rooms/room.ts";
import type { Bindings } from "./bindings.ts";
import type { Endings } from "./endings.ts";
import type { EventLog } from "./eventLog.ts";
import type { Lobbies } from "./lobbies.ts";
import { pictureOf } from "./payloads.ts";
import type { Store } from "./store/store.ts";

export class RoomWatcher implements Watcher<Room> {
  constructor(
    private readonly store: Store,
    private readonly eventLog: EventLog,
    private readonly lobbies: Lobbies,
    private readonly bindings: Bindings,
    private readonly endings: Endings,
  ) {}

  /** Whether what its members do is followed by any game. */
  isWatched(room: Room): boolean {
    return this.lobbies.in(room).length > 0;
  }

  /** A new member has sat down, and knows it. */
  joined(room: Room, seat: Member): void {
    if (!room.plays(seat)) return;
    this.endings.endIfFull(room);
    for (const lobby of this.lobbies.in(room)) {
      if (!lobby.isOpen) continue;
      const subject = this.bindings.subject(lobby.game.sessionId);
      const told = this.eventLog.record((append) => {
        append(subject, "lobby.player-joined", lobby.joined(room.label(seat)));
        if (lobby.hasMoved) append(subject, "lobby.updated", lobby.updated());
      });
      if (!isRefusal(told)) lobby.markTold();
    }
  }

  left(room: Room, seat: Member): void {
    if (!room.plays(seat)) return;
    for (const lobby of this.lobbies.in(room)) {
      if (!lobby.isOpen) continue;
      const subject = this.bindings.subject(lobby.game.sessionId);
      const told = this.eventLog.record((append) => append(subject, "lobby.updated", lobby.updated()));
      if (!isRefusal(told)) lobby.markTold();
    }
  }

  /** What who joins has to know of the night that goes on in its room [S15]. */
  picture(room: Room): string | null {
    const sessionId = this.bindings.of(room);
    if (sessionId === null) return null;
    const picture = this.eventLog.kept(() => this.#pictureOf(sessionId));
    return isRefusal(picture) ? null : picture;
  }

  /** What goes on in a room ends with it: the games played there, and its own night [S7]. */
  ending(room: Room): void {
    const own = this.bindings.of(room);
    for (const lobby of this.lobbies.in(room)) {
      if (lobby.game.sessionId === own) continue;
      this.eventLog.record((append) => this.endings.appendRoomClosed(lobby, append));
      this.lobbies.drop(lobby.game.id);
    }
    if (own === null) return;
    const lobbies = this.lobbies.in(room);
    const session = this.eventLog.kept(() => this.store.session(own));
    if (session !== null && !isRefusal(session)) {
      this.endings.endSession(session, (append) => {
        for (const lobby of lobbies) this.endings.appendRoomClosed(lobby, append);
      });
    }
    // Even where the disk is full or the file damaged: a room that is gone holds nothing.
    this.endings.forget(own);
  }

  #pictureOf(sessionId: number): string | null {
    const session = this.store.session(sessionId);
    if (session === null) return null;
    const game = this.store.latestGame(session.id);
    return pictureOf(session, game, game === null ? null : this.lobbies.of(game.id));
  }
}
