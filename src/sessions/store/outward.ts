// What leaves the house is read here: the log of all sessions that were begun with a token, and the votes of a session one after the other. In the
// file of the store, and with its rows; SQL and nothing else.
import type { Database } from "bun:sqlite";
import type { LoggedEvent, VoteRow } from "./rows.ts";

/** A part of the log of several sessions. */
export interface OperatorsEvents {
  readonly events: readonly LoggedEvent[];
  /** The id of the last row that was looked at, whoever's it was. */
  readonly last: number;
  /** Whether no row stands behind it. */
  readonly isEnd: boolean;
}

interface Looked extends LoggedEvent {
  readonly isOperators: 0 | 1;
}

/** Makes the statements: making one takes longer than running it. */
function prepare(db: Database) {
  return {
    // The body of a stranger's event is not read: it may be long, and nobody is told of it here.
    all: db.prepare<Looked, [number, number]>(`
      SELECT e.id, e.session_id AS sessionId, e.type, e.timestamp,
        s.begun_by = 'token' AS isOperators, CASE WHEN s.begun_by = 'token' THEN e.body ELSE '' END AS body
      FROM events e JOIN sessions s ON s.id = e.session_id WHERE e.id > ? ORDER BY e.id LIMIT ?`),
    // The table of AUTOINCREMENT knows the greatest id that ever was, also of a log whose end was forgotten.
    last: db.prepare<{ readonly seq: number }, []>("SELECT seq FROM sqlite_sequence WHERE name = 'events'"),
    votes: db.prepare<VoteRow, [number, string, number]>(`
      SELECT game_id AS gameId, voter, username, vote, voted_at AS votedAt
      FROM votes WHERE game_id = ? AND voter > ? ORDER BY voter LIMIT ?`),
  };
}

export class Outward {
  readonly #statements: ReturnType<typeof prepare>;

  constructor(db: Database) {
    this.#statements = prepare(db);
  }

  /** The id of the last event that was written; 0: none was. */
  get lastEventId(): number {
    return this.#statements.last.get()?.seq ?? 0;
  }

  /** The events after that id of sessions begun with a token: `rowsMax` rows are looked at, and none behind the one that goes past `charsMax`. */
  operatorsEvents(after: number, rowsMax: number, charsMax: number): OperatorsEvents {
    const events: LoggedEvent[] = [];
    let chars = 0;
    let rows = 0;
    let last = after;
    for (const { isOperators, ...event } of this.#statements.all.iterate(after, rowsMax)) {
      rows++;
      last = event.id;
      if (isOperators === 1) events.push(event);
      chars += event.body.length;
      if (chars > charsMax) break;
    }
    return { events, last, isEnd: rows < rowsMax && chars <= charsMax };
  }

  /** The votes for a game, by voter; after that one. */
  votes(gameId: number, after: string, limit: number): VoteRow[] {
    return this.#statements.votes.all(gameId, after, limit);
  }
}
