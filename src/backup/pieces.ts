// What a backup is made of: which files of a data folder belong into it, and how a backup that cannot be taken or put back is told. Knows no
// format, no socket and no server.
import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * The files of a data folder that a backup holds. `life` and `node.lock` of a node are not among them: a machine that took up another one's name
 * in a cluster with its data would be taken for it.
 */
export const PIECES = ["sessions.sqlite", "rooms.snapshot", "jwt.secret"] as const;
export type PieceName = (typeof PIECES)[number];
/** The one without which there is nothing to put back. */
export const SESSIONS: PieceName = "sessions.sqlite";
/** What SQLite keeps beside its file, and dies with it. */
export const BESIDE_SESSIONS = ["-wal", "-shm", "-journal"].map((end) => SESSIONS + end);

/** A backup that cannot be taken or put back: one line for the operator, which says what to do. */
export class BackupError extends Error {}

/** The socket by which a backup is asked for, in a data folder [O1]. */
export function controlPath(dataDir: string): string {
  return join(dataDir, "control.sock");
}

/** The folder that a restore unpacks into: while it is there no server starts on the data folder [O6]. */
export function restoringPath(dataDir: string): string {
  return join(dataDir, "restoring");
}

/** Why no server may start on a folder: half of a backup may be in it; null: nothing is in the way [O6]. */
export function whyHalf(dataDir: string): string | null {
  if (!existsSync(restoringPath(dataDir))) return null;
  return `a restore into ${dataDir} was not finished; run it again: bun server.ts --restore FILE`;
}

export function isPieceName(name: string): name is PieceName {
  return PIECES.some((known) => known === name);
}
