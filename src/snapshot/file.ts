// The file that rooms are kept in while no process holds them. Pieces of it are encrypted and sealed (AES-256-GCM, a key of its own
// derived from the server's secret), so that no clientId, secret or message stands there in clear, and a byte that is missing or
// changed is found. Written aside and renamed: at any moment there is a whole one.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, readSync, renameSync, writeSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { HOLD_MS_MIN } from "../rooms/keeping.ts";
import type { RoomRecord } from "../rooms/record.ts";
import { Flaw, isReadable, LAYOUT, readRecord } from "./layouts.ts";

/** Stands at the head of each file, followed by the number of the layout of its records, one digit. */
const MAGIC = "partyline rooms ";
/** WHOLE: its server told nothing after it; else PARTS. Both have five letters, since `reopen` writes one over the other. */
const WHOLE = "whole";
const PARTS = "parts";
/** Digits of the wall clock in ms since 2001; an earlier time is padded with zeros. */
const WALL_DIGITS = 13;
const HEADER = /^partyline rooms (\d) (whole|parts) (\d{13}) ([0-9a-f]{16})\n/;
const KIND_AT = MAGIC.length + 2;
const HEADER_CHARS = KIND_AT + WHOLE.length + 1 + WALL_DIGITS + 1 + 16 + 1;
/** A snapshot older than this is put aside: by then no seat in it would still be held for its member [R48]. */
export const SNAPSHOT_AGE_MS_MAX = HOLD_MS_MIN;
/** Characters that are sealed and written at a time: between two pieces the rooms have a turn. */
const PIECE_CHARS = 32 * 1024;
const TAG_BYTES = 16;
const LENGTH_BYTES = 4;
/** The longest piece that is read: one room of ten thousand members with all the data they may keep is shorter. */
const PIECE_BYTES_MAX = 256 * 1024 * 1024;

/** Why a snapshot cannot be restored: it is put aside, and the server starts without it. */
export class SnapshotError extends Error {}

interface Snapshot {
  readonly records: readonly RoomRecord[];
  /** Why the records that are missing could not be read, a text for each: their rooms are dropped [R50]. */
  readonly flaws: readonly string[];
  /** Whether nothing was told after it was written: only then may the numbers of its rooms go on [R48]. */
  readonly isWhole: boolean;
}

export class SnapshotFile {
  readonly #key: Uint8Array;

  constructor(
    readonly path: string,
    secret: Uint8Array,
    /** The wall clock, in ms since 1970: the writer and the reader are two processes, whose monotonic clocks do not agree. */
    private readonly wall: () => number = Date.now,
  ) {
    this.#key = new Uint8Array(hkdfSync("sha256", secret, "", "partyline rooms.snapshot", 32));
  }

  /**
   * Reads the snapshot; null when there is no file.
   * @throws {SnapshotError} when it is old, cut short, changed, or not one of this server's
   */
  read(): Snapshot | null {
    let file: number;
    try {
      file = openSync(this.path, "r");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
      throw unusable("it cannot be opened", error);
    }
    try {
      return this.#readFrom(file);
    } finally {
      closeSync(file);
    }
  }

  #readFrom(file: number): Snapshot {
    const head = bytesOf(file, HEADER_CHARS).toString("latin1");
    const [header, digit, kind, writtenAt, nonce] = HEADER.exec(head) ?? [];
    const layout = Number(digit);
    if (header === undefined || !isReadable(layout)) throw new SnapshotError("it is no snapshot of this version");
    const ageMs = this.wall() - Number(writtenAt);
    // A clock that was set back a little must not end a game.
    if (ageMs < -SNAPSHOT_AGE_MS_MAX) throw new SnapshotError("it is from the future");
    if (ageMs > SNAPSHOT_AGE_MS_MAX) throw new SnapshotError(`it is ${Math.round(ageMs / 1000)} s old`);
    const texts = this.#textsIn(file, `${MAGIC}${layout} ${writtenAt} ${nonce}`);
    const read = texts.map((text) => readRecord(text, layout));
    return {
      records: read.flatMap((one) => (one instanceof Flaw ? [] : one)),
      flaws: read.flatMap((one) => (one instanceof Flaw ? one.reason : [])),
      isWhole: kind === WHOLE,
    };
  }

  /**
   * Marks the file as PARTS, since its rooms are about to tell more: after a crash from here on their numbers must not go on [R48].
   * @throws {SnapshotError} when the mark cannot be written: such a file must not be restored at all, or it would count as whole again
   */
  reopen(): void {
    try {
      const file = openSync(this.path, "r+");
      try {
        writeSync(file, PARTS, KIND_AT, "latin1");
        // Synced before the first word is told: after a power cut the old mark would make it whole again.
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      throw unusable("it cannot be marked as taken up", error);
    }
  }

  /** Moves it out of the way, for whoever wants to know what it was. */
  putAside(): void {
    renameSync(this.path, `${this.path}.aside`);
  }

  /**
   * Writes the records piece by piece, with a turn for the rooms in between; answers how much work that was, in ms.
   * @param isWhole nothing will be told after it
   */
  async write(records: Iterable<RoomRecord>, isWhole: boolean): Promise<number> {
    const aside = `${this.path}.new`;
    // A crash may have left one half-written.
    await rm(aside, { force: true });
    const file = await open(aside, "wx", 0o600);
    try {
      const workMs = await this.#writeTo(file, records, isWhole);
      await file.sync();
      await file.close();
      await rename(aside, this.path);
      return workMs;
    } catch (error) {
      await file.close().catch(() => {});
      await rm(aside, { force: true }).catch(() => {});
      throw error;
    }
  }

  async #writeTo(file: FileHandle, records: Iterable<RoomRecord>, isWhole: boolean): Promise<number> {
    const nonce = randomBytes(8).toString("hex");
    // The time is padded to one length: a Raspberry Pi without a clock begins in 1970, and its rooms are kept too.
    const written = `${String(this.wall()).padStart(WALL_DIGITS, "0")} ${nonce}`;
    const seal = `${MAGIC}${LAYOUT} ${written}`;
    // `appendFile` writes all of it; `write` may write a part, as on a disk that fills up, and not say so.
    await file.appendFile(`${MAGIC}${LAYOUT} ${isWhole ? WHOLE : PARTS} ${written}\n`);
    let workMs = 0;
    let began = performance.now();
    let pieces = 0;
    let text = "";
    const flush = async (isLast: boolean) => {
      const piece = this.#sealedPiece(text, seal, pieces++, isLast);
      text = "";
      workMs += performance.now() - began;
      await file.appendFile(piece);
      began = performance.now();
    };
    for (const record of records) {
      text += `${JSON.stringify(record)}\n`;
      if (text.length >= PIECE_CHARS) await flush(false);
    }
    await flush(true);
    return workMs;
  }

  /** A piece as bytes: its length, its text encrypted, and the tag that seals it to its file and its place in it. */
  #sealedPiece(text: string, seal: string, at: number, isLast: boolean): Buffer {
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonceOf(seal, at)).setAAD(placeOf(seal, at, isLast));
    const said = cipher.update(text, "utf8");
    const rest = cipher.final();
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(said.length + rest.length + TAG_BYTES);
    // Copied once: the garbage that is made here is what the collector stops every room for.
    return Buffer.concat([length, said, rest, cipher.getAuthTag()]);
  }

  /** Each record as text, read piece by piece: all of them together may be longer than a string can be. */
  #textsIn(file: number, seal: string): string[] {
    const texts: string[] = [];
    let length = lengthIn(bytesOf(file, LENGTH_BYTES));
    for (let at = 0; length !== null; at++) {
      // The length of the next piece is read along; where the file ends instead, this piece is the last.
      const read = bytesOf(file, length + LENGTH_BYTES);
      if (length < TAG_BYTES || read.length < length) throw new SnapshotError("it is cut short");
      const next = lengthIn(read.subarray(length));
      const text = this.#piece(read.subarray(0, length), seal, at, next === null);
      // A piece holds whole records, one a line.
      texts.push(...text.split("\n").filter((line) => line !== ""));
      if (next === null) return texts;
      length = next;
    }
    throw new SnapshotError("it is cut short");
  }

  #piece(said: Buffer, seal: string, at: number, isLast: boolean): string {
    try {
      const cipher = createDecipheriv("aes-256-gcm", this.#key, nonceOf(seal, at)).setAAD(placeOf(seal, at, isLast));
      cipher.setAuthTag(said.subarray(said.length - TAG_BYTES));
      return cipher.update(said.subarray(0, -TAG_BYTES), undefined, "utf8") + cipher.final("utf8");
    } catch {
      throw new SnapshotError("it is damaged, cut short, or of a server with another secret");
    }
  }
}

/** The nonce of a piece, never used twice with one key: 64 bits at random a file, and the number of the piece. */
function nonceOf(seal: string, at: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.write(seal.slice(-16), "hex");
  nonce.writeUInt32BE(at, 8);
  return nonce;
}

/** The next `count` bytes, or as many as there are. */
function bytesOf(file: number, count: number): Buffer {
  // A length that was damaged must not allocate 4 GB.
  if (count > PIECE_BYTES_MAX) throw new SnapshotError("it is damaged");
  const bytes = Buffer.allocUnsafe(count);
  let filled = 0;
  try {
    while (filled < count) {
      const read = readSync(file, bytes, filled, count - filled, null);
      if (read === 0) break;
      filled += read;
    }
  } catch (error) {
    throw unusable("it cannot be read", error);
  }
  return bytes.subarray(0, filled);
}

/** The length that stands in these bytes; null where the file has ended. */
function lengthIn(bytes: Buffer): number | null {
  if (bytes.length === 0) return null;
  if (bytes.length < LENGTH_BYTES) throw new SnapshotError("it is cut short");
  return bytes.readUInt32BE(0);
}

function unusable(what: string, error: unknown): SnapshotError {
  return new SnapshotError(`${what}: ${error instanceof Error ? error.message : error}`);
}

/** What a piece is sealed to besides its text: its file, its number, and whether it is the last. */
function placeOf(seal: string, at: number, isLast: boolean): Buffer {
  return Buffer.from(`${seal} ${at} ${isLast}`);
}
