// Which room is watched for a game: as a game is added, as somebody asks for it, and until somebody has had enough. Whose room it is makes no
// difference to who asks: one of our own is seen at once, one of another platform a while later.
import { isRefusal, type Refusal, refuse } from "../protocol/refusals.ts";
import type { Room } from "../rooms/room.ts";
import { type AbroadWatcher, NO_ROOM_ID } from "./abroadWatcher.ts";
import type { Append, Subject } from "./eventLog.ts";
import { findOpenGame } from "./find.ts";
import { aboutOf, Lobby } from "./lobby.ts";
import { absentData, goneData } from "./payloads.ts";
import { OwnRoom, RoomAbroad } from "./place.ts";
import type { Abroad } from "./ports.ts";
import type { SessionsCore } from "./running.ts";
import type { GameRow } from "./store/rows.ts";

/** A room of ours, or of another platform. */
export type Where = Room | Abroad;

/** A watch that may begin: what it writes and tells within a transaction, and what it does when that stands. */
interface Prepared {
  write(gameId: number): void;
  append(game: GameRow, subject: Subject, append: Append): void;
  begin(game: GameRow): void;
}

/** A game that is played in no room. */
const NOTHING: Prepared = { write() {}, append() {}, begin() {} };

export class Watching {
  constructor(
    private readonly core: SessionsCore,
    private readonly abroad: AbroadWatcher,
  ) {}

  /** How that room is watched, or why it cannot be now. @param instead the game whose watch ends for it */
  prepare(where: Where | null, instead: GameRow | null): Prepared | Refusal {
    if (where === null) return NOTHING;
    return "platform" in where ? this.#prepareAbroad(where, instead) : this.#prepareOwn(where);
  }

  /** Watches a room for this game; null: a room that is not there, which is told [S11]. */
  watch(sessionId: number, gameId: number, where: Where | null, roomCode: string): GameRow | Refusal {
    const { store, eventLog, running } = this.core;
    const game = findOpenGame(store, sessionId, gameId);
    if (isRefusal(game)) return game;
    const subject = running.subject(sessionId);
    if (where === null) {
      const data = absentData({ ...aboutOf(game), roomCode }, "room_not_found");
      const told = (append: Append) => append(subject, "room.disconnected", data);
      const done = eventLog.transact(told, running.claimOf(sessionId));
      return isRefusal(done) ? done : refuse("room_not_found");
    }
    const watch = this.prepare(where, game);
    if (isRefusal(watch)) return watch;
    const before = running.lobby(gameId);
    const row = eventLog.transact((append) => {
      if (before !== null) append(subject, "room.disconnected", goneData(before, "manually_stopped"));
      watch.write(gameId);
      const watched = store.game(sessionId, gameId) ?? game;
      watch.append(watched, subject, append);
      return watched;
    }, running.claimOf(sessionId));
    if (isRefusal(row)) return row;
    // Anew means anew: who asks twice may not trust the way there is.
    running.unwatch(gameId);
    watch.begin(row);
    return row;
  }

  unwatch(sessionId: number, gameId: number): GameRow | Refusal {
    const { store, eventLog, running } = this.core;
    const game = findOpenGame(store, sessionId, gameId);
    if (isRefusal(game)) return game;
    const lobby = running.lobby(gameId);
    if (lobby === null) return refuse("not_watched");
    const done = eventLog.transact((append) => {
      store.unwatch(gameId);
      append(running.subject(sessionId), "room.disconnected", goneData(lobby, "manually_stopped"));
    }, running.claimOf(sessionId));
    if (isRefusal(done)) return done;
    running.unwatch(gameId);
    return game;
  }

  #prepareOwn(room: Room): Prepared {
    const { store, running } = this.core;
    const lobbyOf = (game: GameRow) => new Lobby(game, new OwnRoom(room));
    return {
      write: (gameId) => store.watch(gameId, room.code, room.id),
      append: (game, subject, append) => append(subject, "room.connected", lobbyOf(game).connected()),
      begin: (game) => running.watch(lobbyOf(game)),
    };
  }

  #prepareAbroad(abroad: Abroad, instead: GameRow | null): Prepared | Refusal {
    const platform = this.abroad.platformFor(abroad, instead);
    if (isRefusal(platform)) return platform;
    return {
      write: (gameId) => this.core.store.watch(gameId, abroad.code, NO_ROOM_ID, abroad.platform),
      append() {},
      begin: (game) => this.abroad.begin(game, new RoomAbroad(abroad), platform),
    };
  }
}
