// Decides when a snapshot is read and written: restored at the start, written every few seconds, and a last time when all lines are
// closed. How it is sealed, file.ts knows. A snapshot that cannot be written or read costs what it would have saved, and nothing else
// [R48]–[R50].

import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { SnapshotFile } from "./file.ts";
import { Abandoned, type Journal } from "./journal.ts";
import { SnapshotError } from "./seal.ts";

/** The interval between two snapshots: what a crash may cost [R48]. */
const INTERVAL_MS = 2_000;
/** A snapshot that is up to date says so again after this: a room may be silent for an hour, and a crash would find its snapshot too old. */
const RENEW_MS = 10_000;
/** Different reasons for which records could not be read that one log line names. */
const REASONS_MAX = 3;

export class SnapshotSchedule {
  #cancel: (() => void) | null = null;
  /** The write that is under way. */
  #writing: Promise<void> = Promise.resolve();
  #isFailing = false;
  #isFinishing = false;
  /** What is appended to; null: the next write begins a new one. */
  #journal: Journal | null = null;
  #writtenAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly file: SnapshotFile,
    private readonly rooms: Rooms,
    private readonly clock: Clock,
    private readonly log: Log,
    /** Whether this server has a dialect of that name: a room of any other could be told nothing. */
    private readonly isWire: (name: string) => boolean,
  ) {}

  /** Restores the rooms of the last process, once, before anybody can connect. */
  restore(): void {
    try {
      const snapshot = this.file.read();
      if (snapshot === null) return;
      const { records, isWhole, flaws, damagedBytes } = snapshot;
      // Before the first room can say a word: after a crash from here on, the file must not count as the end of it.
      if (isWhole) this.file.reopen();
      if (damagedBytes > 0) this.log.warn({ damagedBytes }, "the end of the snapshot is damaged, and left out");
      const known = records.filter(({ wire }) => this.isWire(wire));
      const reasons = [...flaws, ...Array(records.length - known.length).fill("wire: unknown")];
      if (reasons.length > 0) this.#tellDropped(reasons);
      const rooms = known.filter((record) => this.#restore(record, isWhole)).length;
      this.log.info({ rooms, left: known.length - rooms, isWhole }, "rooms taken up");
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      this.#putAside(error);
    }
  }

  /** Writes what has changed every INTERVAL_MS from now on, and at the pace of the file. */
  start(): void {
    this.#later(INTERVAL_MS);
  }

  /** Writes the last snapshot: no room changes any more. Resolves to whether the rooms are kept. */
  async finish(): Promise<boolean> {
    await this.stop();
    await this.#attempt(async () => {
      await this.file.write(this.rooms.records(true));
      return true;
    });
    return !this.#isFailing;
  }

  /** Writes nothing more from now on but the last snapshot; resolves when what was under way is left. */
  async stop(): Promise<void> {
    this.#isFinishing = true;
    this.#cancel?.();
    this.file.abandon();
    await this.#writing;
    await this.#leaveJournal();
  }

  /** When the last snapshot was written, in seconds since 1970; 0 before the first. */
  get writtenAt(): number {
    return Number.isFinite(this.#writtenAt) ? this.#writtenAt / 1000 : 0;
  }

  /** Logs one line, however many rooms are dropped: a layout that is wrong is wrong in each of them. */
  #tellDropped(reasons: readonly string[]): void {
    const some = [...new Set(reasons)].slice(0, REASONS_MAX);
    this.log.warn({ dropped: reasons.length, reasons: some }, "rooms of the snapshot cannot be read and are dropped");
  }

  #restore(record: Parameters<Rooms["restore"]>[0], isWhole: boolean): boolean {
    try {
      return this.rooms.restore(record, isWhole) !== null;
    } catch (error) {
      this.log.error({ err: error }, "a room could not be taken up");
      return false;
    }
  }

  #later(ms: number): void {
    this.#cancel = this.clock.after(ms, () => {
      this.#writing = this.#write();
    });
  }

  async #write(): Promise<void> {
    const isDone = await this.#attempt(() => this.#keep());
    // Whatever failed: behind a piece that is torn nothing would be found.
    if (!isDone) await this.#leaveJournal();
    // Scheduled only now: two writes at once would share one file.
    if (!this.#isFinishing) this.#later(INTERVAL_MS);
  }

  /** Brings the file up to date; answers whether there was anything to write. */
  async #keep(): Promise<boolean> {
    const journal = this.#journal;
    if (journal?.isUpToDate === true && !this.#isStale) return false;
    if (journal !== null && !journal.isOutgrown && (await journal.isInPlace())) {
      await journal.append();
      return true;
    }
    await this.#leaveJournal();
    this.#journal = await this.file.begin(this.rooms.follow());
    return true;
  }

  /** Whether a room in which nothing happens would grow too old on disk to be restored. */
  get #isStale(): boolean {
    return this.rooms.size > 0 && this.clock.now() - this.#writtenAt >= RENEW_MS;
  }

  /** Writes; answers whether that went well, and says so in the log where it did not before, or does not any more. */
  async #attempt(write: () => Promise<boolean>): Promise<boolean> {
    const now = this.clock.now();
    try {
      if (!(await write())) return true;
      this.#writtenAt = now;
      if (this.#isFailing) this.log.info("rooms are kept again");
      this.#isFailing = false;
      return true;
    } catch (error) {
      if (error instanceof Abandoned) return false;
      // A disk that stays full is logged once.
      if (!this.#isFailing) this.log.error({ err: error, file: this.file.path }, "rooms are not kept");
      this.#isFailing = true;
      return false;
    }
  }

  /** Appends to it no more; what it says stays where it is, until something takes its place. */
  async #leaveJournal(): Promise<void> {
    this.rooms.unfollow();
    const journal = this.#journal;
    this.#journal = null;
    await journal?.close();
  }

  #putAside(problem: SnapshotError): void {
    this.log.warn({ reason: problem.message }, "a snapshot is put aside");
    try {
      this.file.putAside();
    } catch (error) {
      this.log.warn({ err: error }, "it could not be put aside, and will be written over");
    }
  }
}
