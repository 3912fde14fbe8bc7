// How SQLite finds what the store asks for: every statement by an index, whatever there is in the file.
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { MIGRATIONS, migrate } from "../../../src/sessions/store/migrations.ts";
import { prepare } from "../../../src/sessions/store/statements.ts";

/** Asked once, at the start: all sessions that go on are wanted. */
const AT_THE_START = new Set(["activeSessions"]);
const NO_PLAN = new Set(["begin", "commit", "rollback", "pages"]);

/** Statement → the steps by which it is carried out. */
function plansOf(db: Database): Map<string, string[]> {
  const statements = Object.entries(prepare(db)).filter(([name]) => !NO_PLAN.has(name));
  return new Map(
    statements.map(([name, statement]) => {
      const plan = db.query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${statement}`).all();
      return [name, plan.map(({ detail }) => detail)];
    }),
  );
}

function migrated(): Database {
  const db = new Database(":memory:");
  migrate(db, MIGRATIONS);
  return db;
}

describe("plans", () => {
  test("[H10][S26] nothing is found by walking over a table, or sorted once it is found", () => {
    const plans = plansOf(migrated());
    const bad = [...plans].filter(([, steps]) => steps.some((step) => /^SCAN (?!CONSTANT)|TEMP B-TREE/.test(step)));
    expect(bad.map(([name]) => name).filter((name) => !AT_THE_START.has(name))).toEqual([]);
    expect(plans.size).toBeGreaterThan(30);
  });

  test("[H10] lists and the active session go by who began them, newest first", () => {
    const plans = plansOf(migrated());
    expect(plans.get("sessions")).toEqual([
      expect.stringContaining("INDEX sessions_by_starter (begun_by=? AND rowid<?)"),
    ]);
    expect(plans.get("newestActive")).toEqual([
      expect.stringContaining("INDEX sessions_active_by_starter (begun_by=?)"),
    ]);
    expect(plans.get("runningGames")).toEqual([expect.stringContaining("INDEX games_running")]);
    expect(plans.get("watchedGames")).toEqual([expect.stringContaining("INDEX games_watched")]);
    expect(plans.get("idle")).toEqual([expect.stringContaining("INDEX sessions_touched")]);
    expect(plans.get("untouched")).toEqual([expect.stringContaining("INDEX sessions_touched")]);
    expect(plans.get("toForget")).toEqual([expect.stringContaining("INDEX sessions_to_forget")]);
  });

  test("[H10] a table without its index is seen by this", () => {
    const db = migrated();
    db.run("DROP INDEX sessions_by_starter");
    db.run("DROP INDEX games_of_session");
    const plans = plansOf(db);
    expect(plans.get("games")?.join()).toMatch(/SCAN|INTEGER PRIMARY KEY/);
    expect(plans.get("sessions")?.join()).not.toContain("sessions_by_starter");
  });
});
