// Keeps the rooms over the end of the process: takes up what the last one left, writes a snapshot every few seconds, and a last one
// when all lines are closed. A snapshot that cannot be written or read costs what it would have saved, and nothing else [R48]–[R50].

import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Rooms } from "../rooms/rooms.ts";
import { SnapshotError, type SnapshotFile } from "./file.ts";

/** The interval between two snapshots: what a crash may cost [R48]. */
const INTERVAL_MS = 2_000;
/** Written again after so long even if nothing has changed, or a crash would find it too old: a room may be silent for an hour. */
const RENEW_MS = 10_000;
/** Intervals are at least so many times as long as the work: a full server gives a twentieth of its time to snapshots. */
const INTERVAL_FACTOR = 20;
/** Different reasons for which records could not be read that one log line names. */
const REASONS_MAX = 3;

export class SnapshotSchedule {
  #cancel: (() => void) | null = null;
  /** The one that is being written. */
  #writing: Promise<void> = Promise.resolve();
  #isFailing = false;
  #isFinishing = false;
  /** The rooms' version when the last one was begun: with nothing new there is nothing to write. */
  #version = -1;
  #writtenAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly file: SnapshotFile,
    private readonly rooms: Rooms,
    private readonly clock: Clock,
    private readonly log: Log,
    /** Whether a room of that wire can be told anything. */
    private readonly isWire: (name: string) => boolean,
  ) {}

  /** Takes up the rooms of the last process, once, before anyone can connect. */
  restore(): void {
    try {
      const snapshot = this.file.read();
      if (snapshot === null) return;
      const { records, isWhole, flaws } = snapshot;
      // Before the first of them can say a word: a crash from here on must not count as that end.
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

  /** Writes one every so often from now on. */
  start(): void {
    this.#later(INTERVAL_MS);
  }

  /** Writes the last one: no room changes any more, and nobody can connect. Whether the rooms are kept. */
  async finish(): Promise<boolean> {
    this.#isFinishing = true;
    this.#cancel?.();
    await this.#writing;
    await this.#write(true);
    return !this.#isFailing;
  }

  /** When the last one was written, in seconds since 1970; 0 before the first. */
  get writtenAt(): number {
    return Number.isFinite(this.#writtenAt) ? this.#writtenAt / 1000 : 0;
  }

  /** One line, whatever their number: a layout that went wrong went wrong in every room. */
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
    // A room in which nothing happens must not grow too old on disk to be taken up.
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
        // Once for a disk that stays full.
        if (!this.#isFailing) this.log.error({ err: error }, "rooms are not kept");
        this.#isFailing = true;
      }
    }
    // Two that write at once would write into one file.
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
