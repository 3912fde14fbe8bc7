// The way of the file through its versions: from nothing, from the first one with a session in it, and through a step that fails.
import { Database } from "bun:sqlite";
import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MIGRATIONS, type Migration, migrate, versionOf } from "../../../src/sessions/store/migrations.ts";
import { Store } from "../../../src/sessions/store/store.ts";

const MiB = 1024 * 1024;
const BROKEN: Migration = {
  description: "fails half way",
  sql: "ALTER TABLE games ADD COLUMN mood TEXT; UPDATE games SET mood = no_such_column;",
};

/** A session with two games: three votes for the first, none for the second. */
const FIRST_SESSION = `
  INSERT INTO sessions VALUES (3, 1000, NULL, 'Friday', 'ABCD', 'e1');
  INSERT INTO games VALUES
    (5, 3, 'Quizzle', 'Pack 3', 2, 8, 'quizzle3', 1, 'ABCD', 1100, 1200, 1300),
    (6, 3, 'Doodle', NULL, NULL, NULL, NULL, 0, NULL, 1400, NULL, NULL);
  INSERT INTO votes VALUES (5, 'ana', 'Ana', 'up', 1), (5, 'bo', 'Bo', 'up', 2), (5, 'cy', 'Cy', 'down', 3);
  INSERT INTO events VALUES (41, 3, 'game.ended', '2026-01-02T03:04:05.678Z', '{"n":1}');
`;

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A file as the first version left it: its mark, its tables, its rows. */
function firstVersion(): string {
  const folder = mkdtempSync(join(tmpdir(), "partyline-migrations-"));
  folders.push(folder);
  const path = join(folder, "sessions.sqlite");
  const db = new Database(path);
  db.run(`PRAGMA application_id = ${0x50_54_4c_4e}`);
  db.run(MIGRATIONS[0].sql);
  db.run("PRAGMA user_version = 1");
  db.run(FIRST_SESSION);
  db.close(true);
  return path;
}

/** Everything a database says of its tables. */
const schemaOf = (db: Database) => db.query("SELECT type, name, sql FROM sqlite_schema ORDER BY name").all();

/** The indexes that hold the active sessions alone. */
function activeIndexes(db: Database): string[] {
  const sql = "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql LIKE '%ON sessions (id)%' ORDER BY name";
  return db
    .query<{ name: string }, []>(sql)
    .all()
    .map(({ name }) => name);
}

describe("migrations", () => {
  test("[S22] begin with an empty file, and happen once", () => {
    const db = new Database(":memory:");
    expect(versionOf(db)).toBe(0);
    expect(migrate(db, MIGRATIONS)).toBe(MIGRATIONS.length);
    expect(versionOf(db)).toBe(MIGRATIONS.length);
    const schema = schemaOf(db);
    expect(migrate(db, MIGRATIONS)).toBe(0);
    expect(schemaOf(db)).toEqual(schema);
  });

  test("[S22] each can be where the last server stopped", () => {
    const whole = new Database(":memory:");
    migrate(whole, MIGRATIONS);
    for (let version = 1; version < MIGRATIONS.length; version++) {
      const db = new Database(":memory:");
      expect(migrate(db, MIGRATIONS.slice(0, version))).toBe(version);
      expect(migrate(db, MIGRATIONS)).toBe(MIGRATIONS.length - version);
      expect(schemaOf(db)).toEqual(schemaOf(whole));
    }
  });

  test("[S22] active sessions have one index: a file of version 4, which has it twice, loses the copy and nothing else", () => {
    const db = new Database(":memory:");
    migrate(db, MIGRATIONS.slice(0, 4));
    db.run("INSERT INTO sessions (id, created_at, ended_at) VALUES (3, 1000, NULL), (4, 2000, 3000)");
    expect(activeIndexes(db)).toEqual(["sessions_active", "sessions_going_on"]);
    expect(migrate(db, MIGRATIONS.slice(0, 5))).toBe(1);
    expect(activeIndexes(db)).toEqual(["sessions_active"]);
    const active = "SELECT id FROM sessions WHERE ended_at IS NULL ORDER BY id";
    expect(db.query(active).all()).toEqual([{ id: 3 }]);
    expect(JSON.stringify(db.query(`EXPLAIN QUERY PLAN ${active}`).all())).toContain("INDEX sessions_active");
  });

  test("[S22] a session of the first version is read whole, its votes counted", () => {
    const path = firstVersion();
    const store = Store.open(path, MiB);
    const session = { id: 3, createdAt: 1000, endedAt: null, notes: "Friday", roomCode: "ABCD", roomId: "e1" };
    expect(store.sessions(null, 9)).toEqual([{ ...session, startedBy: "token", gamesPlayed: 2 }]);
    const later = {
      platform: "partyline" as const,
      watchedRoomId: null,
      playerCount: null,
      playerCountStatus: null,
      lobbyStateSet: null,
    };
    expect(store.games(3, null, 9)).toEqual([
      {
        ...{ id: 5, sessionId: 3, title: "Quizzle", packName: "Pack 3", minPlayers: 2, maxPlayers: 8 },
        ...{ appTag: "quizzle3", manuallyAdded: true, roomCode: "ABCD", addedAt: 1100, startedAt: 1200, endedAt: 1300 },
        ...{ ...later, upvotes: 2, downvotes: 1 },
      },
      {
        ...{ id: 6, sessionId: 3, title: "Doodle", packName: null, minPlayers: null, maxPlayers: null },
        ...{ appTag: null, manuallyAdded: false, roomCode: null, addedAt: 1400, startedAt: null, endedAt: null },
        ...{ ...later, upvotes: 0, downvotes: 0 },
      },
    ]);
    const event = { id: 41, sessionId: 3, type: "game.ended", timestamp: "2026-01-02T03:04:05.678Z", body: '{"n":1}' };
    expect(store.events(3, 0, 9)).toEqual([event]);
    // And life goes on from there.
    const totals = store.putVote({ gameId: 5, voter: "ana", username: "Ana", vote: "down", votedAt: 9 });
    expect(totals).toEqual({ upvotes: 1, downvotes: 2 });
    expect(store.log(3, "game.ended", event.timestamp, "{}")).toBe(42);
    store.close();

    const db = new Database(path, { readonly: true });
    expect(versionOf(db)).toBe(MIGRATIONS.length);
    expect(db.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    expect(db.query("PRAGMA foreign_key_check").all()).toEqual([]);
    db.close(true);
  });

  test("[S22] sessions that go on know how large their log is and when it grew last; votes may be changed at once", () => {
    const store = Store.open(firstVersion(), MiB);
    expect(store.logChars(3)).toBe('{"n":1}'.length);
    const at = Date.parse("2026-01-02T03:04:05.000Z");
    expect(store.idle(at - 1, 9)).toEqual([]);
    expect(store.vote(5, "cy")).toEqual({
      voter: "cy",
      username: "Cy",
      vote: "down",
      votedAt: 3,
      castAt: 0,
      changes: 0,
    });
    expect(store.share(3, "cy")).toBe(0);
    expect(store.session(3)).toMatchObject({ startedBy: "token" });
    store.close();
    const db = new Database(":memory:");
    migrate(db, MIGRATIONS.slice(0, 6));
    db.run(`INSERT INTO sessions (id, created_at, ended_at, begun_by) VALUES
      (1, 1000, NULL, 'token'), (2, 2000, NULL, 'host'), (3, 3000, 9000, 'host')`);
    db.run(`INSERT INTO events (session_id, type, timestamp, body) VALUES
      (2, 'a', '2026-01-02T03:04:05.678Z', '{}'), (3, 'a', '2026-01-02T03:04:05.678Z', '{}')`);
    migrate(db, MIGRATIONS);
    expect(db.query("SELECT id, log_chars, touched_at, is_forgotten FROM sessions").all()).toEqual([
      { id: 1, log_chars: 0, touched_at: 1000, is_forgotten: 0 },
      { id: 2, log_chars: 2, touched_at: at, is_forgotten: 0 },
      { id: 3, log_chars: 0, touched_at: 3000, is_forgotten: 0 },
    ]);
  });

  test("[S22] a file that is larger than it may grow is brought up to date all the same", () => {
    const store = Store.open(firstVersion(), 4096);
    expect(store.game(3, 5)).toMatchObject({ upvotes: 2, downvotes: 1 });
    store.close();
  });

  test("[S22] one that fails leaves the file at the version before, with all that is in it", () => {
    const path = firstVersion();
    const db = new Database(path);
    const before = schemaOf(db);
    expect(() => migrate(db, [MIGRATIONS[0], BROKEN])).toThrow("no_such_column");
    expect(db.inTransaction).toBe(false);
    expect(versionOf(db)).toBe(1);
    expect(schemaOf(db)).toEqual(before);
    db.close(true);
    const store = Store.open(path, MiB);
    expect(store.game(3, 5)).toMatchObject({ title: "Quizzle", upvotes: 2, downvotes: 1 });
    store.close();
  });

  test("[S22] the steps before one that fails stand", () => {
    const db = new Database(":memory:");
    expect(() => migrate(db, [...MIGRATIONS, BROKEN])).toThrow("no_such_column");
    expect(versionOf(db)).toBe(MIGRATIONS.length);
    expect(migrate(db, MIGRATIONS)).toBe(0);
  });
});
