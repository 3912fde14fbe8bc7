// `--backup FILE`: takes a backup of a server that runs, in a process of its own [O1][O2]. It asks the server whether it may, reads the files that lie
// in the data folder, makes one of them and puts it in its place when it is whole [O3].
import {
  closeSync,
  constants,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { setPriority, constants as system } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { foldCopy, logLife } from "../sessions/store/copy.ts";
import { StoreError } from "../sessions/store/store.ts";
import { BackupWriter, beginsAsBackup, chunksOf, UNSYNCED_BYTES_MAX, writeAll } from "./format.ts";
import { BackupError, controlPath, PIECES, type PieceName, SESSIONS } from "./pieces.ts";
import { Visit } from "./visit.ts";

/**
 * Each try after the first begins right after the log was begun anew, has until it is full again, some 16 MiB, and writes what has changed alone: only
 * who writes faster than this reads would make all of them fail.
 */
const TRIES_MAX = 20;

/** What a backup says of itself, as its first piece. */
export interface About {
  /** Of the server. */
  readonly version: string;
  /** ISO 8601. */
  readonly takenAt: string;
}

export interface Taken {
  readonly path: string;
  readonly bytes: number;
  readonly pieces: readonly PieceName[];
}

/** @throws {BackupError | StoreError} and then FILE is what it was before */
export async function takeBackup(file: string, dataDir: string): Promise<Taken> {
  const path = resolve(file);
  const taken = whyTaken(path);
  if (taken !== null) throw new BackupError(`${file} ${taken}`);
  // Games go before it on a machine that has too few cores for both.
  setPriority(system.priority.PRIORITY_LOW);
  const visit = await Visit.open(controlPath(dataDir));
  const { version } = visit;
  const folder = workFolderOf(path);
  try {
    // One that was killed leaves its own.
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { mode: 0o700 });
    const pieces = await copyAll(dataDir, folder, visit);
    foldCopy(join(folder, SESSIONS));
    const about: About = { version, takenAt: new Date().toISOString() };
    const bytes = pack(folder, pieces, about);
    await visit.stillThere();
    renameSync(join(folder, "backup"), path);
    sync(dirname(path));
    visit.done(bytes);
    return { path, bytes, pieces };
  } catch (error) {
    if (error instanceof BackupError || error instanceof StoreError) throw error;
    throw new BackupError(`${file} cannot be written, or ${dataDir} not read: ${(error as Error).message}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    visit.end();
  }
}

/** Why no backup may take the place of what is there: `/dev/null` would be a file from then on, and a file of the server's own would be lost. */
function whyTaken(path: string): string | null {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there === undefined || (there.isFile() && there.size === 0)) return null;
  if (there.isDirectory()) return "is a folder: name a file in it";
  return there.isFile() && isBackup(path) ? null : "is there and is no backup: name another file";
}

function isBackup(path: string): boolean {
  const file = openSync(path, "r");
  try {
    return beginsAsBackup(file);
  } finally {
    closeSync(file);
  }
}

/** Where it is made, beside its place, so that it only needs to be renamed. */
export function workFolderOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.partial`);
}

/** Copies the files as they are at one moment; answers which there are. */
async function copyAll(dataDir: string, folder: string, visit: Visit): Promise<PieceName[]> {
  const from = (name: string) => join(dataDir, name);
  const to = (name: string) => join(folder, name);
  const log = `${SESSIONS}-wal`;
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const life = logLife(from(SESSIONS));
    copy(from(SESSIONS), to(SESSIONS));
    // Right before the log, which is what makes the sessions those of that moment: a crash would leave the two as near to each other.
    const others = PIECES.filter((name) => name !== SESSIONS && copy(from(name), to(name)));
    copy(from(log), to(log));
    // Two servers, one after the other, are two lives of the log that could look alike.
    await visit.stillThere();
    if (logLife(from(SESSIONS)) === life) return [SESSIONS, ...others];
  }
  throw new BackupError("the sessions are written faster than they can be read here; try again when fewer play");
}

/** Copies a file over an earlier copy of it, of which what is alike is left alone; whether there was something to copy. */
function copy(from: string, to: string): boolean {
  let source: number;
  try {
    source = openSync(from, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    rmSync(to, { force: true });
    return false;
  }
  try {
    const target = openSync(to, constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      copyInto(source, target);
    } finally {
      closeSync(target);
    }
    return true;
  } finally {
    closeSync(source);
  }
}

function copyInto(source: number, target: number): void {
  let at = 0;
  let unsynced = 0;
  for (const chunk of chunksOf(source)) {
    if (!isThere(target, at, chunk)) {
      writeAll(target, chunk, at);
      unsynced += chunk.length;
    }
    at += chunk.length;
    if (unsynced < UNSYNCED_BYTES_MAX) continue;
    fdatasyncSync(target);
    unsynced = 0;
  }
  ftruncateSync(target, at);
}

/** Whether a file has these bytes at that place. */
function isThere(file: number, at: number, bytes: Buffer): boolean {
  const there = Buffer.allocUnsafe(bytes.length);
  return readSync(file, there, 0, bytes.length, at) === bytes.length && there.equals(bytes);
}

/** Makes one file of all, which is on the disk when this returns; answers how many bytes it has. */
function pack(folder: string, pieces: readonly PieceName[], about: About): number {
  const file = openSync(join(folder, "backup"), "wx", 0o600);
  try {
    const writer = new BackupWriter(file);
    writer.text("about", JSON.stringify(about));
    for (const name of pieces) writer.fromFile(name, join(folder, name));
    writer.end();
    fsyncSync(file);
    return writer.bytes;
  } finally {
    closeSync(file);
  }
}

/** Has a folder's names on the disk. */
export function sync(folder: string): void {
  const file = openSync(folder, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
