// What an earlier process left of its nights: those whose room is here again go on, the others end [S24]. Runs once, before anyone
// is let in; how rooms come to be here again it does not know.
import type { Room } from "../rooms/room.ts";
import type { Bindings } from "./bindings.ts";
import type { Endings } from "./endings.ts";
import type { Append, EventLog } from "./eventLog.ts";
import type { Lobbies } from "./lobbies.ts";
import { Lobby } from "./lobby.ts";
import type { GameRow } from "./store/rows.ts";
import type { Store } from "./store/store.ts";

/** The live room of that code and id, or null. */
export type RoomOf = (code: string, id: string) => Room | null;

export interface RestoreDeps {
  readonly store: Store;
  readonly eventLog: EventLog;
  readonly lobbies: Lobbies;
  readonly bindings: Bindings;
  readonly endings: Endings;
}

/** Binds, watches, tells and ends as it stands with the rooms now. */
export function restore(deps: RestoreDeps, roomOf: RoomOf): void {
  const { store, eventLog, bindings, endings } = deps;
  for (const session of store.activeSessions()) {
    const { id, roomCode, roomId } = session;
    const room = roomCode === null || roomId === null ? null : roomOf(roomCode, roomId);
    if (room !== null) bindings.bind(id, room);
    const lost = restoreGames(deps, id, roomOf);
    const appendRoomLost = (append: Append) => {
      for (const game of lost) endings.appendRoomLost(game, append);
    };
    if (room === null && roomCode !== null) endings.endSession(session, appendRoomLost);
    else if (lost.length > 0) eventLog.record(appendRoomLost);
  }
}

/** Watches again what was watched; answers the games whose room is gone. */
function restoreGames({ store, lobbies }: RestoreDeps, sessionId: number, roomOf: RoomOf): GameRow[] {
  return store.watchedGames(sessionId).filter((game) => {
    const { roomCode, watchedRoomId } = game;
    const room = roomCode === null || watchedRoomId === null ? null : roomOf(roomCode, watchedRoomId);
    if (room !== null) lobbies.add(new Lobby(game, room));
    return room === null;
  });
}
