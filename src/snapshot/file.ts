// The file that rooms are kept in while no process holds them, as whoever decides when to write it sees it: read at the start, begun anew
// and appended to while rooms play, and written a last time when nobody plays any more.
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import type { Changes } from "../rooms/changes.ts";
import type { RoomRecord } from "../rooms/record.ts";
import { asideOf, Journal } from "./journal.ts";
import { Pace } from "./pace.ts";
import { readSnapshot, type Snapshot, unusable } from "./read.ts";
import { KIND_AT, keyOf, Seal } from "./seal.ts";
import { warm } from "./warm.ts";

/** Characters of the last snapshot that are sealed and written at a time: nobody plays, so that the rooms need no turns. */
const PIECE_CHARS = 256 * 1024;

export class SnapshotFile {
  readonly #key: Uint8Array;

  constructor(
    readonly path: string,
    secret: Uint8Array,
    /** The wall clock, in ms since 1970: the writer and the reader are two processes, whose monotonic clocks do not agree. */
    private readonly wall: () => number = Date.now,
    private readonly pace = new Pace(),
  ) {
    this.#key = keyOf(secret);
  }

  /**
   * Reads the snapshot; null when there is no file.
   * @throws {SnapshotError} when it is old, cut short, changed, or not one of this server's
   */
  read(): Snapshot | null {
    return readSnapshot(this.path, this.#key, this.wall());
  }

  /**
   * Marks a whole file as parts, since its rooms are about to tell more: after a crash from here on their numbers must not go on [R48].
   * @throws {SnapshotError} when the mark cannot be written: such a file must not be restored at all, or it would count as whole again
   */
  reopen(): void {
    try {
      const file = openSync(this.path, "r+");
      try {
        writeSync(file, "parts", KIND_AT, "latin1");
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

  /** Does what is slow the first time, before anybody plays [R48]. A disk that does not take it is told of when rooms are to be kept. */
  async warm(): Promise<void> {
    const { path, wall } = this;
    await warm({ path, key: this.#key, wall }).catch(() => {});
  }

  /** Begins a new one with every room, to which changes can be appended, in slices. Not while another write is under way. */
  begin(changes: Changes): Promise<Journal> {
    const { path, wall, pace } = this;
    return Journal.begin({ path, key: this.#key, wall, pace }, changes);
  }

  /** Whatever is under way is left as soon as it can be: the last one is to be written. */
  abandon(): void {
    this.pace.end();
  }

  /** Writes the last one: nothing will be told after it. Not while another write is under way. */
  async write(records: Iterable<RoomRecord>): Promise<void> {
    const aside = asideOf(this.path);
    // A crash may have left one half-written.
    await rm(aside, { force: true });
    const file = await open(aside, "wx", 0o600);
    try {
      await this.#writeTo(file, records);
      await file.sync();
      await file.close();
      await rename(aside, this.path);
    } catch (error) {
      await file.close().catch(() => {});
      await rm(aside, { force: true }).catch(() => {});
      throw error;
    }
  }

  async #writeTo(file: FileHandle, records: Iterable<RoomRecord>): Promise<void> {
    const seal = Seal.fresh(this.#key, "whole", this.wall());
    let writing = file.appendFile(seal.header);
    let pieces = 0;
    let text = "";
    const flush = async (isLast: boolean) => {
      const piece = seal.piece(text, pieces++, isLast);
      text = "";
      await writing;
      // Written while the next piece is made.
      writing = file.appendFile(piece);
    };
    try {
      for (const record of records) {
        text += `${JSON.stringify(record)}\n`;
        if (text.length >= PIECE_CHARS) await flush(false);
      }
      await flush(true);
    } finally {
      // The file is closed after this, and what is under way would write to whichever file has its descriptor then.
      await writing;
    }
  }
}
