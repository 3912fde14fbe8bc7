// Reads a file of rooms that a process left behind: what it says last of each room. The disk is a door: nothing is believed before its
// seal is opened, and no record before it has been checked.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { HOLD_MS_MIN } from "../rooms/keeping.ts";
import type { RoomRecord } from "../rooms/record.ts";
import { Flaw, isReadable, readRecord } from "./layouts.ts";
import { HEADER_CHARS, LENGTH_BYTES, Seal, SnapshotError } from "./seal.ts";
import { said } from "./words.ts";

/** A snapshot older than this is put aside: by then no seat in it would still be held for its member [R48]. */
export const SNAPSHOT_AGE_MS_MAX = HOLD_MS_MIN;
const DAMAGED = "it is damaged, or of a server with another secret";
const CUT_SHORT = "it is cut short";

export interface Snapshot {
  readonly records: readonly RoomRecord[];
  /** Why the records that are missing could not be read, a text for each: their rooms are dropped [R50]. */
  readonly flaws: readonly string[];
  /** Whether nothing was told after it was written: only then may the numbers of its rooms go on [R48]. */
  readonly isWhole: boolean;
  /** Bytes at its end that are damaged and left out [R50]; a piece that a crash has torn does not count. */
  readonly damagedBytes: number;
}

/** The texts of records, and what else is known of a file. */
interface Texts {
  readonly texts: Iterable<string>;
  readonly damagedBytes: number;
}

/**
 * Reads the snapshot; null when there is no file.
 * @param now the wall clock, in ms since 1970
 * @throws {SnapshotError} when it is old, cut short, changed, or not one of this server's
 */
export function readSnapshot(path: string, key: Uint8Array, now: number): Snapshot | null {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw unusable("it cannot be opened", error);
  }
  try {
    return snapshotIn(new Pieces(file), key, now);
  } finally {
    closeSync(file);
  }
}

function snapshotIn(pieces: Pieces, key: Uint8Array, now: number): Snapshot {
  const seal = Seal.of(key, pieces.bytes(HEADER_CHARS).toString("latin1"));
  if (seal === null || !isReadable(seal.layout)) throw new SnapshotError("it is no snapshot of this version");
  const { texts, damagedBytes } = seal.kind === "grown" ? grownTexts(pieces, seal, now) : wholeTexts(pieces, seal, now);
  const records: RoomRecord[] = [];
  const flaws: string[] = [];
  for (const text of texts) {
    const read = readRecord(text, seal.layout);
    if (read instanceof Flaw) flaws.push(read.reason);
    else records.push(read);
  }
  return { records, flaws, isWhole: seal.kind === "whole", damagedBytes };
}

/** A file that was written at once: it is there from its first piece to its last, or nothing of it counts. */
function wholeTexts(pieces: Pieces, seal: Seal, now: number): Texts {
  checkAge(now - seal.writtenAt);
  const texts: string[] = [];
  for (let at = 0; ; at++) {
    const piece = pieces.next();
    if (piece === null) throw new SnapshotError(CUT_SHORT);
    const isLast = pieces.left === 0;
    const text = seal.open(piece, at, isLast);
    if (text === null) throw new SnapshotError(isLast ? `${CUT_SHORT}, or ${DAMAGED.slice(3)}` : DAMAGED);
    // A piece holds whole records, one a line.
    for (const line of text.split("\n")) if (line !== "") texts.push(line);
    if (isLast) return { texts, damagedBytes: 0 };
  }
}

/** A file that grew: its base is there, or nothing counts; of what was appended, all before the first piece that cannot be opened. */
function grownTexts(pieces: Pieces, seal: Seal, now: number): Texts {
  const byRoom = new Map<string, string>();
  let writtenAt: number | null = null;
  let damagedBytes = 0;
  for (let at = 0; pieces.left > 0; at++) {
    const { left } = pieces;
    const piece = pieces.next();
    const opened = piece && seal.open(piece, at, false);
    const news = opened === null ? null : said(opened);
    if (news === null) {
      if (writtenAt === null) throw new SnapshotError(piece === null ? CUT_SHORT : DAMAGED);
      damagedBytes = piece === null ? 0 : left;
      break;
    }
    if (news.mark !== "base") writtenAt = news.wall;
    for (const [id, text] of news.words) {
      if (text === null) byRoom.delete(id);
      else byRoom.set(id, text);
    }
  }
  if (writtenAt === null) throw new SnapshotError(CUT_SHORT);
  checkAge(now - writtenAt);
  return { texts: byRoom.values(), damagedBytes };
}

function checkAge(ageMs: number): void {
  // A clock that was set back a little must not end a game.
  if (ageMs < -SNAPSHOT_AGE_MS_MAX) throw new SnapshotError("it is from the future");
  if (ageMs > SNAPSHOT_AGE_MS_MAX) throw new SnapshotError(`it is ${Math.round(ageMs / 1000)} s old`);
}

/** The bytes of an open file, from its beginning on. */
class Pieces {
  /** Bytes that have not been read. */
  left: number;

  constructor(private readonly file: number) {
    this.left = fstatSync(file).size;
  }

  /** The next piece, without its length; null: the file ends before the piece does. */
  next(): Buffer | null {
    const head = this.bytes(LENGTH_BYTES);
    if (head.length < LENGTH_BYTES) return null;
    const length = head.readUInt32BE(0);
    // A length that was damaged must not allocate 4 GB.
    return length > this.left ? null : this.bytes(length);
  }

  /** The next `count` bytes, or as many as there are. */
  bytes(count: number): Buffer {
    const bytes = Buffer.allocUnsafe(Math.min(count, this.left));
    let filled = 0;
    try {
      while (filled < bytes.length) {
        const read = readSync(this.file, bytes, filled, bytes.length - filled, null);
        if (read === 0) break;
        filled += read;
      }
    } catch (error) {
      throw unusable("it cannot be read", error);
    }
    this.left -= bytes.length;
    return bytes.subarray(0, filled);
  }
}

export function unusable(what: string, error: unknown): SnapshotError {
  return new SnapshotError(`${what}: ${error instanceof Error ? error.message : error}`);
}
