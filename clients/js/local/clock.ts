// The clock of a local server: it begins at the time of day and stands still until a test lets time pass, so that no test waits for a seat to
// be given up, and none loses one because its machine is slow.
import type { Clock } from "../../../src/clock.ts";

interface Timer {
  readonly at: number;
  readonly call: () => void;
}

/** Calls in a turn of its own, behind what waits for one already: the sooner way where there is one. */
export function inTurn(call: () => void): void {
  if (typeof setImmediate === "function") setImmediate(call);
  else setTimeout(call);
}

export class StandingClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();

  /** @param now in ms since 1970 */
  constructor(now = Date.now()) {
    this.#now = now;
  }

  wall(): number {
    return this.#now;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.#now + ms, call };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  soon(call: () => void): void {
    inTurn(call);
  }

  /** Lets so much time pass; what falls due is called in its order, each at its own moment. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let due = this.#next(end); due !== null; due = this.#next(end)) {
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.call();
    }
    this.#now = end;
  }

  #next(end: number): Timer | null {
    let first: Timer | null = null;
    for (const timer of this.#timers) if (timer.at <= end && (first === null || timer.at < first.at)) first = timer;
    return first;
  }
}
