// Every statement that the store runs, in SQL: which columns a row has, and in which order rows come. Made once for each open file.
import type { Database } from "bun:sqlite";
import type { GameRow, KeptBallot, LoggedEvent, SessionRow, Totals } from "./rows.ts";

export type Statements = ReturnType<typeof prepare>;

/** A game as SQLite has it, which knows no booleans. */
export type GameColumns = Omit<GameRow, "manuallyAdded"> & { readonly manuallyAdded: number };

type Nullable<T> = T | null;

const SESSION = `
  SELECT id, created_at AS createdAt, ended_at AS endedAt, notes, room_code AS roomCode, room_id AS roomId, begun_by AS startedBy,
    games_played AS gamesPlayed
  FROM sessions`;

const GAME = `
  SELECT id, session_id AS sessionId, title, pack_name AS packName, min_players AS minPlayers, max_players AS maxPlayers,
    app_tag AS appTag, manually_added AS manuallyAdded, room_code AS roomCode, watched_room_id AS watchedRoomId,
    platform,
    added_at AS addedAt, started_at AS startedAt, ended_at AS endedAt,
    player_count AS playerCount, player_count_status AS playerCountStatus, lobby_said AS lobbyStateSet, upvotes, downvotes
  FROM games`;

/** Makes them all: making one takes longer than running it. */
export function prepare(db: Database) {
  return {
    begin: db.prepare<never, []>("BEGIN IMMEDIATE"),
    commit: db.prepare<never, []>("COMMIT"),
    rollback: db.prepare<never, []>("ROLLBACK"),
    addSession: db.prepare<never, [number, Nullable<string>, Nullable<string>, Nullable<string>, string]>(
      `INSERT INTO sessions (created_at, touched_at, notes, room_code, room_id, begun_by)
      VALUES (?1, ?1, ?2, ?3, ?4, ?5)`,
    ),
    toForget: db.prepare<{ readonly id: number }, [0 | 1]>(
      `SELECT id FROM sessions
      WHERE begun_by = 'host' AND ended_at IS NOT NULL AND is_forgotten = ? ORDER BY id LIMIT 1`,
    ),
    markForgotten: db.prepare<never, [number]>("UPDATE sessions SET is_forgotten = 1 WHERE id = ?"),
    eventsToForget: db.prepare<{ readonly id: number; readonly bytes: number }, [number, number]>(
      "SELECT id, octet_length(body) AS bytes FROM events WHERE session_id = ? ORDER BY id LIMIT ?",
    ),
    forgetEvents: db.prepare<never, [number, number]>("DELETE FROM events WHERE session_id = ? AND id <= ?"),
    gameToForget: db.prepare<{ readonly id: number }, [number]>("SELECT id FROM games WHERE session_id = ? LIMIT 1"),
    forgetVotes: db.prepare<never, [number, number, number]>(
      "DELETE FROM votes WHERE game_id = ? AND voter IN (SELECT voter FROM votes WHERE game_id = ? LIMIT ?)",
    ),
    forgetGames: db.prepare<never, [number, number]>(
      `DELETE FROM games WHERE id IN (
        SELECT id FROM games WHERE session_id = ? AND NOT EXISTS (SELECT 1 FROM votes WHERE game_id = games.id) LIMIT ?
      )`,
    ),
    forgetShares: db.prepare<never, [number, number, number]>(
      "DELETE FROM shares WHERE session_id = ? AND voter IN (SELECT voter FROM shares WHERE session_id = ? LIMIT ?)",
    ),
    forgetSession: db.prepare<never, [number]>("DELETE FROM sessions WHERE id = ?"),
    pages: db.prepare<{ readonly used: number; readonly most: number }, []>(
      `SELECT (SELECT page_count FROM pragma_page_count) - (SELECT freelist_count FROM pragma_freelist_count) AS used,
        (SELECT max_page_count FROM pragma_max_page_count) AS most`,
    ),
    endSession: db.prepare<never, [number, number]>("UPDATE sessions SET ended_at = ? WHERE id = ?"),
    session: db.prepare<SessionRow, [number]>(`${SESSION} WHERE id = ? AND is_forgotten = 0`),
    sessions: db.prepare<SessionRow, [string, number, number]>(
      `${SESSION} WHERE begun_by = ? AND id < ? AND is_forgotten = 0 ORDER BY id DESC LIMIT ?`,
    ),
    activeSessions: db.prepare<SessionRow, []>(`${SESSION} WHERE ended_at IS NULL ORDER BY id`),
    newestActive: db.prepare<SessionRow, [string]>(
      `${SESSION} WHERE ended_at IS NULL AND begun_by = ? ORDER BY id DESC LIMIT 1`,
    ),
    idle: db.prepare<SessionRow, [number, number]>(
      `${SESSION} WHERE ended_at IS NULL AND begun_by = 'token' AND room_id IS NULL AND touched_at <= ?
      ORDER BY touched_at LIMIT ?`,
    ),
    untouched: db.prepare<SessionRow, [number]>(
      `${SESSION} WHERE ended_at IS NULL AND begun_by = 'host' AND touched_at <= ? ORDER BY touched_at LIMIT 1`,
    ),
    logChars: db.prepare<{ readonly chars: number }, [number]>("SELECT log_chars AS chars FROM sessions WHERE id = ?"),
    grow: db.prepare<never, [number, number, number]>(
      "UPDATE sessions SET log_chars = log_chars + ?, touched_at = ? WHERE id = ?",
    ),
    addGame: db.prepare<
      never,
      [
        number,
        string,
        Nullable<string>,
        Nullable<number>,
        Nullable<number>,
        Nullable<string>,
        boolean,
        Nullable<string>,
        number,
      ]
    >(`INSERT INTO games
      (session_id, title, pack_name, min_players, max_players, app_tag, manually_added, room_code, added_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    countGame: db.prepare<never, [number]>("UPDATE sessions SET games_played = games_played + 1 WHERE id = ?"),
    startGame: db.prepare<never, [number, number]>("UPDATE games SET started_at = ? WHERE id = ?"),
    endGame: db.prepare<never, [number, number]>("UPDATE games SET ended_at = ? WHERE id = ?"),
    watch: db.prepare<never, [string, string, string, number]>(
      "UPDATE games SET room_code = ?, watched_room_id = ?, platform = ? WHERE id = ?",
    ),
    setLobbyState: db.prepare<never, [string, number]>("UPDATE games SET lobby_said = ? WHERE id = ?"),
    unwatch: db.prepare<never, [number]>("UPDATE games SET watched_room_id = NULL WHERE id = ?"),
    setPlayerCount: db.prepare<never, [number, string, number]>(
      "UPDATE games SET player_count = ?, player_count_status = ? WHERE id = ?",
    ),
    game: db.prepare<GameColumns, [number, number]>(`${GAME} WHERE id = ? AND session_id = ?`),
    games: db.prepare<GameColumns, [number, number, number]>(
      `${GAME} WHERE session_id = ? AND id > ? ORDER BY id LIMIT ?`,
    ),
    latestGame: db.prepare<GameColumns, [number]>(`${GAME} WHERE session_id = ? ORDER BY id DESC LIMIT 1`),
    runningGames: db.prepare<GameColumns, [number]>(
      `${GAME} WHERE session_id = ? AND started_at IS NOT NULL AND ended_at IS NULL ORDER BY id`,
    ),
    watchedGames: db.prepare<GameColumns, [number]>(
      `${GAME} WHERE session_id = ? AND watched_room_id IS NOT NULL ORDER BY id`,
    ),
    vote: db.prepare<KeptBallot, [number, string]>(
      `SELECT voter, username, vote, voted_at AS votedAt, cast_at AS castAt, changes
      FROM votes WHERE game_id = ? AND voter = ?`,
    ),
    putVote: db.prepare<never, [number, string, string, string, number, number]>(`
      INSERT INTO votes (game_id, voter, username, vote, voted_at, cast_at) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (game_id, voter) DO UPDATE SET username = excluded.username, vote = excluded.vote,
        voted_at = excluded.voted_at, cast_at = excluded.cast_at, changes = changes + 1`),
    addToShare: db.prepare<never, [number, string, number]>(`
      INSERT INTO shares (session_id, voter, chars) VALUES (?, ?, ?)
      ON CONFLICT (session_id, voter) DO UPDATE SET chars = chars + excluded.chars`),
    share: db.prepare<{ readonly chars: number }, [number, string]>(
      "SELECT chars FROM shares WHERE session_id = ? AND voter = ?",
    ),
    moveTotals: db.prepare<Totals, [number, number, number]>(`
      UPDATE games SET upvotes = upvotes + ?, downvotes = downvotes + ? WHERE id = ? RETURNING upvotes, downvotes`),
    log: db.prepare<never, [number, string, string, string]>(
      "INSERT INTO events (session_id, type, timestamp, body) VALUES (?, ?, ?, ?)",
    ),
    events: db.prepare<LoggedEvent, [number, number, number]>(`
      SELECT id, session_id AS sessionId, type, timestamp, body
      FROM events WHERE session_id = ? AND id > ? ORDER BY id LIMIT ?`),
  };
}
