// A copy of the file, made by a process that does not have it, while another one writes [O2]: the bytes of the database and of its write-ahead log,
// read as they lie there, and then made into one file again.
import { Database, SQLiteError } from "bun:sqlite";
import { closeSync, openSync, readSync } from "node:fs";
import { StoreError } from "./file.ts";

const LOG_HEADER_BYTES = 32;

/**
 * Which life of its write-ahead log a file is in: another text as soon as the log is begun anew. As long as it stays the same the log holds all that
 * was folded into the file since, so that what was read of the file before or after that comes out right once the log is played over it.
 */
export function logLife(path: string): string {
  let log: number;
  try {
    log = openSync(`${path}-wal`, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
  try {
    const header = Buffer.alloc(LOG_HEADER_BYTES);
    return header.toString("hex", 0, readSync(log, header, 0, LOG_HEADER_BYTES, 0));
  } finally {
    closeSync(log);
  }
}

/**
 * Folds the log of a copy, which lies beside it, into it, and looks through all of it.
 * @throws {StoreError} where the copy is none that could be restored
 */
export function foldCopy(path: string): void {
  try {
    const db = new Database(path, { readwrite: true, create: false });
    try {
      db.run("PRAGMA wal_checkpoint(TRUNCATE)");
      const [found] = db.prepare("PRAGMA quick_check(1)").values()[0] ?? [];
      if (found !== "ok") throw new StoreError(`the copy of the sessions is damaged: ${found}`);
    } finally {
      db.close(true);
    }
  } catch (error) {
    if (error instanceof SQLiteError) throw new StoreError(`the copy of the sessions cannot be read: ${error.message}`);
    throw error;
  }
}
