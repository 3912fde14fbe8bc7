// A file of rooms that grows while they play: a base, which holds every room, and pieces with those that have changed or ended since. The
// last word about a room counts. A base is written aside and renamed, so at any moment there is a whole one; what is appended may be
// torn by a crash, and then it is as if the crash had come before it. All of it is written in slices, with the rooms' turns in between.
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import type { Changes, Word } from "../rooms/changes.ts";
import type { Pace } from "./pace.ts";
import { Seal } from "./seal.ts";
import { firstLine, lineOf, type Mark } from "./words.ts";

/** A slice takes a turn of the loop for so long, and what its last room takes longer, if that is a large one. */
const SLICE_MS = 0.4;
/** A piece that is longer is encrypted in a turn of its own. */
const LONG_CHARS = 128 * 1024;
/** A new base is due when more than that, and than the base itself, has been appended: half of the file is dead by then. */
const APPENDED_BYTES_MIN = 1024 * 1024;

/** What was under way is left, since the server goes. */
export class Abandoned extends Error {}

export interface JournalOptions {
  readonly path: string;
  readonly key: Uint8Array;
  /** The wall clock, in ms since 1970. */
  readonly wall: () => number;
  readonly pace: Pace;
}

export class Journal {
  #pieces = 0;
  #bytes = 0;
  #baseBytes = 0;
  /** Bytes of a room in the base. */
  #roomBytes = 0;

  private constructor(
    private readonly options: JournalOptions,
    private readonly seal: Seal,
    private readonly file: FileHandle,
    private readonly changes: Changes,
  ) {}

  /**
   * Begins a new file with every room, and puts it in the place of the one before.
   * @param changes of which nothing has been told yet
   * @throws {Abandoned} when the pace is over; what the disk throws. Then the file before is as it was
   */
  static async begin(options: JournalOptions, changes: Changes): Promise<Journal> {
    const { path, key, wall } = options;
    const aside = asideOf(path);
    // A crash may have left one half-written.
    await rm(aside, { force: true });
    const journal = new Journal(options, Seal.fresh(key, "grown", wall()), await open(aside, "ax", 0o600), changes);
    try {
      await journal.#writeBase();
      await rename(aside, path);
      return journal;
    } catch (error) {
      await journal.close();
      await rm(aside, { force: true }).catch(() => {});
      throw error;
    }
  }

  /** Whether it is time for a new file: what is dead in it will outgrow what lives with the changes that there are. */
  get isOutgrown(): boolean {
    const appended = this.#bytes - this.#baseBytes + this.changes.size * this.#roomBytes;
    return appended > Math.max(APPENDED_BYTES_MIN, this.#baseBytes);
  }

  /** Whether there is nothing to append. */
  get isUpToDate(): boolean {
    return this.changes.size === 0;
  }

  /** Whether its path still leads to it, and nobody else has written to it: what is appended to a file that was removed is lost. */
  async isInPlace(): Promise<boolean> {
    const [there, own] = await Promise.all([stat(this.options.path).catch(() => null), this.file.stat()]);
    return there?.ino === own.ino && there.dev === own.dev && own.size === this.#bytes;
  }

  /**
   * Appends what is new; where nothing is, a piece that says so, since the file is as old as its last piece.
   * @throws {Abandoned} when the pace is over; what the disk throws. Then nothing must be appended any more: it would stand behind a torn piece
   */
  async append(): Promise<void> {
    await this.#write("more", this.changes.news());
    await this.file.datasync();
  }

  async close(): Promise<void> {
    await this.file.close().catch(() => {});
  }

  async #writeBase(): Promise<void> {
    const { header } = this.seal;
    await this.file.appendFile(header);
    this.#bytes = header.length;
    const rooms = await this.#write("base", this.changes.rooms());
    this.#baseBytes = this.#bytes;
    this.#roomBytes = this.#bytes / Math.max(1, rooms);
    // What has changed meanwhile, or its rooms would be older than they are in the file before. One piece at least: the base counts with it.
    await this.#write("more", this.changes.news());
    await this.file.sync();
  }

  /** Writes pieces of one slice each, one at least; answers how many words that were. */
  async #write(mark: Mark, words: Iterator<Word>): Promise<number> {
    const { wall, pace } = this.options;
    let count = 0;
    for (let isLast = false; !isLast; ) {
      if (pace.isOver) throw new Abandoned("the server goes");
      let began = pace.now();
      let text = firstLine(mark, wall());
      do {
        const { done = false, value } = words.next();
        isLast = done;
        if (value === undefined) break;
        text += lineOf(value);
        count++;
      } while (pace.now() - began < SLICE_MS);
      if (text.length > LONG_CHARS) {
        await pace.rest(pace.now() - began);
        began = pace.now();
      }
      const piece = this.seal.piece(text, this.#pieces++, false);
      const workMs = pace.now() - began;
      this.#bytes += piece.length;
      // `appendFile` writes all of it; `write` may write a part, as on a disk that fills up, and not say so.
      await Promise.all([this.file.appendFile(piece), isLast ? null : pace.rest(workMs)]);
    }
    return count;
  }
}

/** Where a file is written before it takes its place. */
export function asideOf(path: string): string {
  return `${path}.new`;
}
