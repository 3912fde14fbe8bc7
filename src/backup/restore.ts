// `--restore FILE`: puts a backup into a data folder that no server uses [O5]. All of it is unpacked and checked aside first; the folder that it is
// unpacked into is the mark by which a server that starts meanwhile, or after a kill, sees that this is not done [O6].
import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { ensureFolder } from "../auth/keys.ts";
import { pauseWebhooks } from "../sessions/store/restored.ts";
import { lockFile, StoreInUseError } from "../sessions/store/store.ts";
import { DAMAGED, readBackup, textInto, writeAll } from "./format.ts";
import {
  BackupError,
  BESIDE_SESSIONS,
  controlPath,
  isPieceName,
  PIECES,
  type PieceName,
  restoringPath,
  SESSIONS,
} from "./pieces.ts";
import { sync } from "./take.ts";
import { isAnswered } from "./visit.ts";

const STDIN = 0;
/** In the folder that is unpacked into: names the one that what was there before is being moved to, until all of it is there. */
const ASIDE = "aside";
/** All that a restore takes the place of. */
const REPLACED: readonly string[] = [...PIECES, ...BESIDE_SESSIONS];
/** What a server holds while it has the folder. */
const LOCKS: readonly string[] = [SESSIONS, "node.lock"];

/** Locks that this process has taken, which it keeps to its end. */
const heldLocks = new Set<string>();

/** What is said of it to a terminal holds nothing that one obeys. */
const About = z.object({ version: z.string().regex(/^[\w.+-]{1,64}$/), takenAt: z.iso.datetime() });

export interface Restored extends z.infer<typeof About> {
  readonly pieces: readonly PieceName[];
  /** Where what was there before is now; null: nothing was. */
  readonly aside: string | null;
  /** Webhooks that are paused now [W16]. */
  readonly webhooks: number;
}

/**
 * @param file `-` for what comes in by stdin
 * @param isOver whether data that is there may be moved aside
 * @throws {BackupError | KeyError} and then the folder is as it was; where the process ends in the middle, no server starts on it before this
 *   was run again
 */
export async function restoreBackup(file: string, dataDir: string, isOver: boolean): Promise<Restored> {
  ensureFolder(dataDir);
  const folder = restoringPath(dataDir);
  // One that was cut off had been allowed to.
  const isAgain = existsSync(folder);
  if (await isAnswered(controlPath(dataDir))) throw new BackupError(inUse(dataDir));
  if (!isAgain && !isOver) checkEmpty(dataDir);
  if (!isAgain) mkdirSync(folder, { mode: 0o700 });
  sync(dataDir);
  let isMoving = false;
  try {
    // Now that the mark is there: a server takes its locks first and looks for the mark after that.
    checkFree(dataDir);
    for (const name of readdirSync(folder)) if (name !== ASIDE) rmSync(join(folder, name), { recursive: true });
    const { about, pieces } = unpack(file, folder);
    const webhooks = pauseWebhooks(join(folder, SESSIONS), Date.now());
    for (const name of pieces) giveTo(dataDir, join(folder, name));
    isMoving = true;
    const aside = moveAside(dataDir, join(folder, ASIDE));
    for (const name of pieces) renameSync(join(folder, name), join(dataDir, name));
    sync(dataDir);
    rmSync(folder, { recursive: true });
    sync(dataDir);
    return { ...about, pieces, aside, webhooks };
  } catch (error) {
    if (!isMoving && !isAgain) rmSync(folder, { recursive: true, force: true });
    if (error instanceof BackupError) throw new BackupError(`${file}: ${error.message}`);
    throw new BackupError(`${file} cannot be restored: ${(error as Error).message}`);
  }
}

/** @throws {BackupError} where a server has the folder, even one that answers nobody */
function checkFree(dataDir: string): void {
  for (const name of LOCKS) {
    const path = join(dataDir, name);
    if (!existsSync(path) || heldLocks.has(path)) continue;
    try {
      lockFile(path);
      heldLocks.add(path);
    } catch (error) {
      if (error instanceof StoreInUseError) throw new BackupError(inUse(dataDir));
      // Nobody runs on a file that cannot be taken: that is what it is restored for.
    }
  }
}

function inUse(dataDir: string): string {
  return `a server runs on ${dataDir}; stop it first`;
}

function checkEmpty(dataDir: string): void {
  const found = REPLACED.filter((name) => existsSync(join(dataDir, name)));
  if (found.length === 0) return;
  throw new BackupError(
    `${dataDir} has data already (${found.join(", ")}); take an empty folder, or add --over, which moves them aside`,
  );
}

/** Unpacks all of a backup, which is on the disk when this returns. */
function unpack(file: string, folder: string): { about: z.infer<typeof About>; pieces: PieceName[] } {
  const source = file === "-" ? STDIN : openSync(file, "r");
  const targets = new Map<PieceName, number>();
  let said = "";
  const hear = (text: string) => {
    said = text;
  };
  try {
    readBackup(source, (name) => {
      if (name === "about") return textInto(hear);
      if (!isPieceName(name) || targets.has(name))
        throw new BackupError(`it holds ${name}, which this Partyline does not know`);
      const target = openSync(join(folder, name), "wx", 0o600);
      targets.set(name, target);
      return (bytes) => writeAll(target, bytes);
    });
    for (const target of targets.values()) fsyncSync(target);
  } finally {
    if (source !== STDIN) closeSync(source);
    for (const target of targets.values()) closeSync(target);
  }
  if (!targets.has(SESSIONS)) throw new BackupError("it holds no sessions");
  return { about: aboutIn(said), pieces: [...targets.keys()] };
}

function aboutIn(said: string): z.infer<typeof About> {
  try {
    return About.parse(JSON.parse(said));
  } catch {
    throw new BackupError(DAMAGED);
  }
}

/** Whoever has the folder is to have what is in it: root restores what a server that is not root has to read. */
function giveTo(dataDir: string, path: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dataDir);
  chownSync(path, uid, gid);
}

/**
 * Moves what is there into a folder of its own; null: nothing was. A database and its log must not come apart: a run that was killed in between is
 * gone on with.
 * @param mark names that folder until all is in it
 */
function moveAside(dataDir: string, mark: string): string | null {
  const found = REPLACED.filter((name) => statSync(join(dataDir, name), { throwIfNoEntry: false }) !== undefined);
  const begun = existsSync(mark) ? join(dataDir, basename(readFileSync(mark, "utf8"))) : null;
  if (found.length === 0 && begun === null) return null;
  const aside = begun ?? freeFolder(dataDir);
  if (begun === null) {
    writeFileSync(mark, basename(aside), { flush: true });
    sync(dirname(mark));
  }
  mkdirSync(aside, { mode: 0o700, recursive: true });
  giveTo(dataDir, aside);
  for (const name of found) renameSync(join(dataDir, name), join(aside, name));
  sync(aside);
  sync(dataDir);
  rmSync(mark, { force: true });
  sync(dirname(mark));
  return aside;
}

function freeFolder(dataDir: string): string {
  for (let number = 1; ; number++) {
    const path = join(dataDir, `before-restore-${number}`);
    if (!existsSync(path)) return path;
  }
}
