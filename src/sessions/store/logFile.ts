// The write-ahead log as a file of its own, put on the disk by a thread. SQLite itself waits for the disk only when it copies the log into the
// database, in a turn of the loop, which held up every room for as long as everything written since had to be put there: 6 ms and more, twice
// a second with 200 votes a second (measured). So it is there already, and what a power cut takes is no more than the last moment [S20].
import { closeSync, fdatasync, openSync } from "node:fs";

export class LogFile {
  #descriptor: number | null = null;
  #isSyncing = false;
  #isClosed = false;

  /** @param path the file's own; another descriptor of the database would drop its lock when it is closed, one of its log does not */
  constructor(private readonly path: string) {}

  /**
   * Has what was written put on the disk, soon; answers whether that has begun: not while the last time is not done yet. What fails there
   * fails again where SQLite does it, and is told then.
   */
  sync(): boolean {
    if (this.#isSyncing || this.#isClosed) return false;
    const descriptor = this.#open();
    if (descriptor === null) return false;
    this.#isSyncing = true;
    fdatasync(descriptor, () => {
      this.#isSyncing = false;
      if (this.#isClosed) this.#letGo();
    });
    return true;
  }

  close(): void {
    this.#isClosed = true;
    if (!this.#isSyncing) this.#letGo();
  }

  /** Null where it is not there, or cannot be opened. */
  #open(): number | null {
    try {
      this.#descriptor ??= openSync(this.path, "r+");
    } catch {
      return null;
    }
    return this.#descriptor;
  }

  #letGo(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}
