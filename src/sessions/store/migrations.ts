// How the file came to be as it is: every change of its schema, numbered, in the order it was made. One that has been released is
// never edited again; the next change is the next number [S22].
import type { Database } from "bun:sqlite";

/** One step from a version of the file to the next. Foreign keys are not checked meanwhile. */
export interface Migration {
  readonly description: string;
  readonly sql: string;
}

export const MIGRATIONS: readonly [Migration, ...Migration[]] = [
  {
    description: "sessions, games, votes and the log",
    // No end is checked to lie after its beginning: clocks are set back. An index on a session has the id as its last part anyway,
    // as every index of such a table does; naming it would store it twice.
    sql: `
      CREATE TABLE sessions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        created_at INTEGER NOT NULL,
        ended_at INTEGER,
        notes TEXT,
        room_code TEXT,
        room_id TEXT
      ) STRICT;
      CREATE INDEX sessions_active ON sessions (id) WHERE ended_at IS NULL;

      CREATE TABLE games (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id INTEGER NOT NULL REFERENCES sessions (id),
        title TEXT NOT NULL,
        pack_name TEXT,
        min_players INTEGER CHECK (min_players >= 1),
        max_players INTEGER CHECK (max_players >= 1),
        app_tag TEXT,
        manually_added INTEGER NOT NULL CHECK (manually_added IN (0, 1)),
        room_code TEXT,
        added_at INTEGER NOT NULL,
        started_at INTEGER,
        ended_at INTEGER,
        CHECK (min_players <= max_players)
      ) STRICT;
      CREATE INDEX games_of_session ON games (session_id);

      CREATE TABLE votes (
        game_id INTEGER NOT NULL REFERENCES games (id),
        voter TEXT NOT NULL,
        username TEXT NOT NULL,
        vote TEXT NOT NULL CHECK (vote IN ('up', 'down')),
        voted_at INTEGER NOT NULL,
        PRIMARY KEY (game_id, voter)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE events (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id INTEGER NOT NULL REFERENCES sessions (id),
        type TEXT NOT NULL,
        timestamp TEXT NOT NULL,
        body TEXT NOT NULL
      ) STRICT;
      CREATE INDEX events_of_session ON events (session_id);
    `,
  },
  {
    description: "games keep the totals of their votes, the players counted by hand and the room that is watched",
    // Counting a game's votes again for each vote grew with the votes, so the totals stand with the game.
    sql: `
      ALTER TABLE games ADD COLUMN watched_room_id TEXT;
      ALTER TABLE games ADD COLUMN player_count INTEGER CHECK (player_count >= 0);
      ALTER TABLE games ADD COLUMN player_count_status TEXT;
      ALTER TABLE games ADD COLUMN upvotes INTEGER NOT NULL DEFAULT 0 CHECK (upvotes >= 0);
      ALTER TABLE games ADD COLUMN downvotes INTEGER NOT NULL DEFAULT 0 CHECK (downvotes >= 0);
      UPDATE games SET
        upvotes = (SELECT count(*) FROM votes WHERE game_id = games.id AND vote = 'up'),
        downvotes = (SELECT count(*) FROM votes WHERE game_id = games.id AND vote = 'down');
    `,
  },
  {
    description: "games keep what their host said of the lobby: it holds over a restart",
    sql: "ALTER TABLE games ADD COLUMN lobby_said TEXT;",
  },
  {
    description: "sessions keep who began them: those of hosts are strangers', and may be forgotten",
    sql: `
      ALTER TABLE sessions ADD COLUMN begun_by TEXT NOT NULL DEFAULT 'token' CHECK (begun_by IN ('host', 'token'));
      CREATE INDEX sessions_going_on ON sessions (id) WHERE ended_at IS NULL;
    `,
  },
  {
    description: "active sessions are indexed once: the index that came with version 4 was a copy of the first one",
    sql: "DROP INDEX sessions_going_on;",
  },
  {
    description: "sessions are listed by who began them: those of hosts apart from the operator's",
    // Both have the id as their last part. Without them thousands of strangers' sessions would be walked over for one of the operator's.
    sql: `
      CREATE INDEX sessions_by_starter ON sessions (begun_by);
      CREATE INDEX sessions_active_by_starter ON sessions (begun_by) WHERE ended_at IS NULL;
    `,
  },
  {
    description:
      "votes keep when they were cast and how often they changed; sessions keep the size of their log and when it grew last",
    // What each voter's votes have taken of a session's log stands beside the votes, since those of a game are replaced. A session that is
    // being forgotten, a part at a time, is marked first: nobody reads half of one.
    sql: `
      ALTER TABLE votes ADD COLUMN cast_at INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE votes ADD COLUMN changes INTEGER NOT NULL DEFAULT 0;
      CREATE TABLE shares (
        session_id INTEGER NOT NULL REFERENCES sessions (id),
        voter TEXT NOT NULL,
        chars INTEGER NOT NULL,
        PRIMARY KEY (session_id, voter)
      ) STRICT, WITHOUT ROWID;
      ALTER TABLE sessions ADD COLUMN log_chars INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE sessions ADD COLUMN touched_at INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE sessions ADD COLUMN is_forgotten INTEGER NOT NULL DEFAULT 0 CHECK (is_forgotten IN (0, 1));
      UPDATE sessions SET touched_at = created_at;
      UPDATE sessions SET
        log_chars = (SELECT coalesce(sum(length(body)), 0) FROM events WHERE session_id = sessions.id),
        touched_at = coalesce(
          (SELECT unixepoch(timestamp) * 1000 FROM events WHERE session_id = sessions.id ORDER BY id DESC LIMIT 1),
          created_at
        )
      WHERE ended_at IS NULL;
      CREATE INDEX sessions_touched ON sessions (begun_by, touched_at) WHERE ended_at IS NULL;
      CREATE INDEX sessions_to_forget ON sessions (is_forgotten) WHERE begun_by = 'host' AND ended_at IS NOT NULL;
    `,
  },
  {
    description:
      "sessions keep how many games they have; the games that are played, and those that are watched, are found at once",
    // A page of fifty sessions counted up to fifty thousand games, for anybody who asked.
    sql: `
      ALTER TABLE sessions ADD COLUMN games_played INTEGER NOT NULL DEFAULT 0 CHECK (games_played >= 0);
      UPDATE sessions SET games_played = (SELECT count(*) FROM games WHERE session_id = sessions.id);
      CREATE INDEX games_running ON games (session_id) WHERE started_at IS NOT NULL AND ended_at IS NULL;
      CREATE INDEX games_watched ON games (session_id) WHERE watched_room_id IS NOT NULL;
    `,
  },
  {
    description: "games keep whose room their code is of: all so far were played in rooms of our own",
    // No CHECK lists the platforms: SQLite could only change it by writing the whole table anew.
    sql: "ALTER TABLE games ADD COLUMN platform TEXT NOT NULL DEFAULT 'partyline';",
  },
  {
    description: "webhooks, and how far in the log each has been told",
    // `told_id` is the last event that it was told or did not want; it is no reference, since events may be forgotten.
    sql: `
      CREATE TABLE webhooks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        tag TEXT NOT NULL,
        url TEXT NOT NULL,
        secret TEXT NOT NULL,
        format TEXT NOT NULL CHECK (format IN ('json', 'discord')),
        events TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        told_id INTEGER NOT NULL,
        tries INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),
        failing_since INTEGER,
        next_at INTEGER,
        problem TEXT,
        paused_at INTEGER
      ) STRICT;
    `,
  },
];

/** Brings the file up to date, each step whole or not at all; answers how many it took. Throws what a step threw. */
export function migrate(db: Database, migrations: readonly Migration[]): number {
  const before = versionOf(db);
  for (const [index, { sql }] of migrations.entries()) {
    if (index < before) continue;
    // The version is a part of the file and is rolled back with the rest.
    db.transaction(() => {
      db.run(sql);
      db.run(`PRAGMA user_version = ${index + 1}`);
    }).immediate();
  }
  return Math.max(0, migrations.length - before);
}

/** How many migrations the file has had. */
export function versionOf(db: Database): number {
  return db.prepare<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
}
