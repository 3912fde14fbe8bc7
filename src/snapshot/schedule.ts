// Keeps the rooms over the end of the process: takes up what the last one left, writes a snapshot every few seconds, and a last one
// when all lines are closed. A snapshot that cannot be written or read costs what it would have saved, and nothing else [R48]–[R50].

import type { Clock } from "../clock.ts";
import { FIXED } from "../limits/table.ts";
import type { Log } from "../log.ts";
import type { Rooms } from "../rooms/rooms.ts";
import { SnapshotError, type SnapshotFile } from "./file.ts";

export class SnapshotSchedule {
  #cancel: (() => void) | null = null;
  /** The one that is being written. */
  #writing: Promise<void> = Promise.resolve();
  #isFailing = false;
  #isFinishing = false;
  /** What had happened when the last one was begun: with nothing new there is nothing to write. */
  #happened = -1;
  #writtenAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly file: SnapshotFile,
    private readonly rooms: Rooms,
    private readonly clock: Clock,
    private readonly log: Log,
    /** A number that changes with whatever may change a room. */
    private readonly happened: () => number,
  ) {}

  /** Takes up the rooms of the last process, once, before anyone can connect. */
  restore(): void {
    try {
      const taken = this.file.read();
      if (taken === null) return;
      const { records, isWhole } = taken;
      // Before the first of them can say a word: a crash from here on must not count as that end.
      if (isWhole) this.file.reopen();
      const rooms = records.filter((record) => this.#restore(record, isWhole)).length;
      this.log.info({ rooms, left: records.length - rooms, isWhole }, "rooms taken up");
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      this.#putAside(error);
    }
  }

  /** Writes one every so often from now on. */
  start(): void {
    this.#later(FIXED.snapshotEveryMs);
  }

  /** Writes the last one: no room changes any more. */
  async finish(): Promise<void> {
    this.#isFinishing = true;
    this.#cancel?.();
    await this.#writing;
    await this.#write(true);
  }

  /** When the last one was written, in seconds since 1970; 0 before the first. */
  get writtenAt(): number {
    return Number.isFinite(this.#writtenAt) ? this.#writtenAt / 1000 : 0;
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
    const happened = this.happened();
    const now = this.clock.now();
    // A room in which nothing happens must not grow too old on disk to be taken up.
    const isStale = this.rooms.size > 0 && now - this.#writtenAt >= FIXED.snapshotRenewMs;
    let workMs = 0;
    if (isWhole || isStale || happened !== this.#happened) {
      try {
        workMs = await this.file.write(this.rooms.records(isWhole), isWhole);
        this.#happened = happened;
        this.#writtenAt = now;
        if (this.#isFailing) this.log.info("rooms are kept again");
        this.#isFailing = false;
      } catch (error) {
        // Once for a disk that stays full.
        if (!this.#isFailing) this.log.error({ err: error }, "rooms are not kept");
        this.#isFailing = true;
      }
    }
    // Two that write at once would write into one file.
    if (!this.#isFinishing) this.#later(Math.max(FIXED.snapshotEveryMs, workMs * FIXED.snapshotIntervalFactor));
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
