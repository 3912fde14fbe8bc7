// Slows down the guessing of room codes [L9]. Only failures count; past the limit the joins and probes of an address are answered one at a
// time. So a guest with the right code gets in a little later, whatever the neighbours typed, and a guesser has 30 tries a minute.

import type { Clock } from "../clock.ts";
import { Window } from "./window.ts";

/** Failures are counted by the minute. */
const WINDOW_MS = 60_000;
/** A throttled address is answered once in this time: 30 guesses a minute at 1,048,576 codes. */
const ANSWER_EVERY_MS = 2_000;
/** Throttled joins and probes that may wait: 64 s of patience; past it `Too many attempts`. */
const QUEUE_MAX = 32;

/** Called when its turn has come; false when nobody waits for the answer any more, and the next one may go at once. */
type Turn = () => boolean;

interface Suspect {
  readonly failures: Window;
  readonly queue: Turn[];
  /** When it was last told something of a code: the next answer comes ANSWER_EVERY_MS later. */
  answeredAt: number;
  cancel: (() => void) | null;
}

export class Guesses {
  readonly #suspects = new Map<string, Suspect>();

  constructor(
    private readonly failedPerMinute: number,
    private readonly clock: Clock,
  ) {}

  /** The address has failed: it named a room that is not there, wished for a code that is taken, or brought a wrong secret [L9]. */
  failed(address: string): void {
    if (this.failedPerMinute === Number.POSITIVE_INFINITY) return;
    const now = this.clock.now();
    const suspect = this.#suspectOf(address);
    suspect.failures.add(now);
    suspect.answeredAt = now;
  }

  /** Whether the next join or probe of this address has to wait its turn. */
  isThrottled(address: string): boolean {
    const suspect = this.#suspects.get(address);
    if (suspect === undefined) return false;
    return suspect.queue.length > 0 || suspect.failures.isFull(this.clock.now());
  }

  /** Queues `turn` behind the others of the address; false when the queue is full, and then it is never called. */
  wait(address: string, turn: Turn): boolean {
    const suspect = this.#suspects.get(address);
    if (suspect === undefined || suspect.queue.length >= QUEUE_MAX) return false;
    suspect.queue.push(turn);
    this.#schedule(suspect);
    return true;
  }

  /** How long an address whose queue is full should stay away, in ms. */
  get retryAfterMs(): number {
    return QUEUE_MAX * ANSWER_EVERY_MS;
  }

  /** Forgets addresses without a failure for WINDOW_MS and with an empty queue: called now and then. */
  prune(now: number): void {
    for (const [address, { failures, queue }] of this.#suspects) {
      if (queue.length === 0 && failures.isQuiet(now)) this.#suspects.delete(address);
    }
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#suspects.size;
  }

  #suspectOf(address: string): Suspect {
    const known = this.#suspects.get(address);
    if (known !== undefined) return known;
    const failures = new Window(this.failedPerMinute, WINDOW_MS);
    const suspect: Suspect = { failures, queue: [], answeredAt: this.clock.now(), cancel: null };
    this.#suspects.set(address, suspect);
    return suspect;
  }

  #schedule(suspect: Suspect): void {
    if (suspect.cancel !== null || suspect.queue.length === 0) return;
    const ms = Math.max(0, suspect.answeredAt + ANSWER_EVERY_MS - this.clock.now());
    suspect.cancel = this.clock.after(ms, () => {
      suspect.cancel = null;
      try {
        this.#answerNext(suspect);
      } finally {
        // Also when a turn throws: whoever waits behind it must not wait for ever.
        this.#schedule(suspect);
      }
    });
  }

  /** Gives the turn to the first that is still there. */
  #answerNext(suspect: Suspect): void {
    for (let turn = suspect.queue.shift(); turn !== undefined; turn = suspect.queue.shift()) {
      suspect.answeredAt = this.clock.now();
      if (turn()) return;
    }
  }
}
