// The sessions and games that requests are about: whether they are there, and whether they still take changes. Reads the store and
// writes nothing.
import { type Refusal, refuse } from "../protocol/refusals.ts";
import type { GameRow, SessionRow } from "./store/rows.ts";
import type { Store } from "./store/store.ts";

export class Register {
  constructor(private readonly store: Store) {}

  /** A session that takes changes. */
  active(id: number): SessionRow | Refusal {
    const session = this.store.session(id);
    if (session === null) return refuse("session_not_found");
    return session.endedAt === null ? session : refuse("session_ended");
  }

  /** A game of a session that takes changes. */
  open(sessionId: number, gameId: number): GameRow | Refusal {
    const session = this.active(sessionId);
    if ("kind" in session) return session;
    return this.store.game(sessionId, gameId) ?? refuse("game_not_found");
  }

  /** The game that votes are for: the last one added, until the next [S6]. */
  current(sessionId: number): GameRow | Refusal {
    const session = this.active(sessionId);
    if ("kind" in session) return session;
    return this.store.latestGame(sessionId) ?? refuse("no_game");
  }

  /** A game of any session, over or not. */
  any(sessionId: number, gameId: number): GameRow | Refusal {
    if (this.store.session(sessionId) === null) return refuse("session_not_found");
    return this.store.game(sessionId, gameId) ?? refuse("game_not_found");
  }

  /** A session that is known to be there. */
  session(id: number): SessionRow {
    return there(this.store.session(id), "session");
  }

  /** A game that is known to be there. */
  game(sessionId: number, id: number): GameRow {
    return there(this.store.game(sessionId, id), "game");
  }
}

function there<T>(row: T | null, what: string): T {
  if (row === null) throw new Error(`a ${what} that was just written is not there`);
  return row;
}
