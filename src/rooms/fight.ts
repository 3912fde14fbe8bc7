// A fight of open lines over one seat: two pages that take it from each other without end [R35]. Knows when they did, and who waits.
import { Window } from "../limits/window.ts";

/** Takeovers of one seat by open lines within TAKEOVER_WINDOW_MS; the next one waits, since two pages fight over the seat [R35]. */
export const TAKEOVERS_MAX = 5;
export const TAKEOVER_WINDOW_MS = 10_000;

export class Fight {
  readonly #takeovers = new Window(TAKEOVERS_MAX, TAKEOVER_WINDOW_MS);
  /** What wakes each line that waits, first come first. */
  readonly #waiting = new Set<() => void>();

  /** Counts that an open line was put off the seat by another. */
  count(now: number): void {
    this.#takeovers.add(now);
  }

  /** How long the next takeover from an open line has to wait, in ms. */
  waitMs(now: number): number {
    return this.#takeovers.waitMs(now);
  }

  /** Wakes a line that has to wait when the seat is free; answers what takes that back. */
  wait(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }

  get isAwaited(): boolean {
    return this.#waiting.size > 0;
  }

  /** Wakes one after the other, first come first, until `isTaken` says that one of them, or anyone, has the seat. */
  wake(isTaken: () => boolean): void {
    for (const wake of this.#waiting) {
      if (isTaken()) return;
      this.#waiting.delete(wake);
      wake();
    }
  }
}
