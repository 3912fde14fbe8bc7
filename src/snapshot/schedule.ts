// Decides when a snapshot is read and written: restored at the start, written every few seconds, and a last time when all lines are
// closed. How it is sealed, file.ts knows. A snapshot that cannot be written or read costs what it would have saved, and nothing else
// [R48]–[R50].

import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Rooms } from "../rooms/rooms.ts";
import { SnapshotError, type SnapshotFile } from "./file.ts";

/** The interval between two snapshots: what a crash may cost [R48]. */
const INTERVAL_MS = 2_000;
/** An unchanged snapshot is written again after this: a room may be silent for an hour, and a crash would find its snapshot too old. */
const RENEW_MS = 10_000;
/** Intervals are at least so many times as long as the work: a full server gives a twentieth of its time to snapshots. */
const INTERVAL_FACTOR = 20;
/** Different reasons for which records could not be read that one log line names. */
const REASONS_MAX = 3;

export class SnapshotSchedule {
  #cancel: (() => void) | null = null;
  /** The write that is under way. */
  #writing: Promise<void> = Promise.resolve();
  #isFailing = false;
  #isFinishing = false;
  /** The rooms' version when the last write began: while they still have it there is nothing to write. */
  #version = -1;
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
      const { records, isWhole, flaws } = snapshot;
      // Before the first room can say a word: after a crash from here on, the file must not count as the end of it.
      if (isWhole) this.file.reopen();
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

  /** Writes a snapshot every INTERVAL_MS from now on, less often on a full server. */
  start(): void {
    this.#later(INTERVAL_MS);
  }

  /** Writes the last snapshot: no room changes any more. Resolves to whether the rooms are kept. */
  async finish(): Promise<boolean> {
    this.#isFinishing = true;
    this.#cancel?.();
    await this.#writing;
    await this.#write(true);
    return !this.#isFailing;
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
      this.#writing = this.#write(false);
    });
  }

  async #write(isWhole: boolean): Promise<void> {
    const { version } = this.rooms;
    const now = this.clock.now();
    // A room in which nothing happens must not grow too old on disk to be restored.
    const isStale = this.rooms.size > 0 && now - this.#writtenAt >= RENEW_MS;
    let workMs = 0;
    if (isWhole || isStale || version !== this.#version) {
      try {
        workMs = await this.file.write(this.rooms.records(isWhole), isWhole);
        this.#version = version;
        this.#writtenAt = now;
        if (this.#isFailing) this.log.info("rooms are kept again");
        this.#isFailing = false;
      } catch (error) {
        // A disk that stays full is logged once.
        if (!this.#isFailing) this.log.error({ err: error }, "rooms are not kept");
        this.#isFailing = true;
      }
    }
    // Scheduled only now: two writes at once would share one file.
    if (!this.#isFinishing) this.#later(Math.max(INTERVAL_MS, workMs * INTERVAL_FACTOR));
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
