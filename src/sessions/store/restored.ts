// What is changed in a database that was put back from a backup, before any server opens it. Knows nothing of backups.
import { Database } from "bun:sqlite";

/**
 * Pauses every webhook and gives it other ids for what it will be told: the server that the copy was taken from may run on, and has used those of before
 * for other events [W16].
 * @param path of a database that nobody has open; on the disk when this returns
 * @returns how many there are
 */
export function pauseWebhooks(path: string, now: number): number {
  const db = new Database(path, { readwrite: true, create: false });
  try {
    db.run("PRAGMA synchronous = FULL");
    // One of an older version has none, and gets the table when it is brought up to date.
    const table = db.query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'webhooks'").get();
    if (table === null) return 0;
    const { changes } = db.run(
      "UPDATE webhooks SET tag = lower(hex(randomblob(8))), paused_at = coalesce(paused_at, ?), problem = ?, next_at = NULL",
      [now, "restored from a backup"],
    );
    db.run("PRAGMA wal_checkpoint(TRUNCATE)");
    return changes;
  } finally {
    db.close();
  }
}
