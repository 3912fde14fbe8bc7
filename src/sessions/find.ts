// Finds that refuse: the session or the game that a request is about, or why it cannot be had. They read the store and write nothing.
import { isRefusal, type Refusal, refuse } from "../protocol/refusals.ts";
import type { GameRow, SessionRow } from "./store/rows.ts";
import type { Store } from "./store/store.ts";

/** A session, over or not. */
export function findSession(store: Store, id: number): SessionRow | Refusal {
  return store.session(id) ?? refuse("session_not_found");
}

/** A session that takes changes. */
export function findActive(store: Store, id: number): SessionRow | Refusal {
  const session = findSession(store, id);
  if (isRefusal(session)) return session;
  return session.endedAt === null ? session : refuse("session_ended");
}

/** A game of any session, over or not. */
export function findGame(store: Store, sessionId: number, gameId: number): GameRow | Refusal {
  const session = findSession(store, sessionId);
  return isRefusal(session) ? session : gameOf(store, sessionId, gameId);
}

/** A game of a session that takes changes. */
export function findOpenGame(store: Store, sessionId: number, gameId: number): GameRow | Refusal {
  const session = findActive(store, sessionId);
  return isRefusal(session) ? session : gameOf(store, sessionId, gameId);
}

/** The game that votes are for: the last one added, until the next [S6]. */
export function findCurrentGame(store: Store, sessionId: number): GameRow | Refusal {
  const session = findActive(store, sessionId);
  if (isRefusal(session)) return session;
  return store.latestGame(sessionId) ?? refuse("no_game");
}

function gameOf(store: Store, sessionId: number, gameId: number): GameRow | Refusal {
  return store.game(sessionId, gameId) ?? refuse("game_not_found");
}
