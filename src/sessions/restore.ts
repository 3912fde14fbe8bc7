// Goes on with the sessions of an earlier process: those whose room is restored go on, the others end [S24]. Runs once, before anybody is
// let in. How rooms are restored it does not know.
import type { Room } from "../rooms/room.ts";
import type { AbroadWatcher } from "./abroadWatcher.ts";
import type { Endings } from "./endings.ts";
import type { Append } from "./eventLog.ts";
import { Lobby } from "./lobby.ts";
import { OwnRoom } from "./place.ts";
import type { SessionsCore } from "./running.ts";
import type { GameRow } from "./store/rows.ts";
import type { Store } from "./store/store.ts";

/** The live room of that code and id, or null. */
export type RoomOf = (code: string, id: string) => Room | null;

/** The rooms that active sessions go on in, or watch, by code and id: each has to be here before they are restored. */
export function roomsNeeded(store: Pick<Store, "activeSessions" | "watchedGames">): { code: string; id: string }[] {
  const needed = new Map<string, { code: string; id: string }>();
  const need = (code: string | null, id: string | null) => {
    if (code !== null && id !== null) needed.set(id, { code, id });
  };
  for (const { id, roomCode, roomId } of store.activeSessions()) {
    need(roomCode, roomId);
    for (const game of store.watchedGames(id)) {
      if (game.platform === "partyline") need(game.roomCode, game.watchedRoomId);
    }
  }
  return [...needed.values()];
}

/** Binds each active session to its restored room and watches its games again; ends it where that room is gone. */
export function restore(core: SessionsCore, endings: Endings, abroad: AbroadWatcher, roomOf: RoomOf): void {
  const { store, eventLog, running } = core;
  for (const session of store.activeSessions()) {
    const { id, roomCode, roomId } = session;
    const room = roomCode === null || roomId === null ? null : roomOf(roomCode, roomId);
    if (room !== null) running.bind(id, room, session.startedBy);
    const lost = restoreGames(core, abroad, id, roomOf);
    endOverlaps(core, endings, id);
    const appendRoomLost = (append: Append) => {
      for (const game of lost) {
        // Whether a room of another platform is there nobody could look.
        if (game.platform === "partyline") endings.appendRoomLost(game, append);
        else abroad.appendUnwatchable(game, append);
      }
    };
    if (room === null && roomCode !== null) endings.endSession(session, appendRoomLost);
    else if (lost.length > 0) eventLog.transact(appendRoomLost, "end");
  }
}

/** Watches again every game that was watched; answers the games whose room is gone. */
function restoreGames(
  { store, running }: SessionsCore,
  abroad: AbroadWatcher,
  sessionId: number,
  roomOf: RoomOf,
): GameRow[] {
  return store.watchedGames(sessionId).filter((game) => {
    const { platform, roomCode, watchedRoomId } = game;
    if (platform !== "partyline") return !abroad.resume(game);
    const room = roomCode === null || watchedRoomId === null ? null : roomOf(roomCode, watchedRoomId);
    if (room !== null) running.watch(new Lobby(game, new OwnRoom(room)));
    return room === null;
  });
}

/** Servers before 0.3 let two games of a session be played at once: the one started last goes on [S5]. */
function endOverlaps({ store, eventLog }: SessionsCore, endings: Endings, sessionId: number): void {
  const games = store.runningGames(sessionId);
  if (games.length < 2) return;
  const [, ...over] = games.toSorted((one, other) => Number(other.startedAt) - Number(one.startedAt));
  eventLog.transact((append) => {
    for (const game of over) endings.appendGameEnd(game, append);
  }, "end");
}
