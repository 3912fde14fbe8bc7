// Against guessing room codes. Only failures count; past the limit an address is answered one at a time, so that a guest with
// the right code gets in a little later, whatever the neighbours typed, and a guesser gets 30 tries a minute [L9].

import type { Clock } from "../clock.ts";
import { Window } from "./window.ts";

/** Failures are counted by the minute. */
const WINDOW_MS = 60_000;
/** A throttled address is answered once in this time: 30 guesses a minute at 1,048,576 codes. */
const ANSWER_EVERY_MS = 2_000;
/** Throttled joins and probes that may wait: 64 s of patience; past it `Too many attempts`. */
const WAITING_MAX = 32;

/** Takes its turn; false when there is nobody left to answer, and the next in line may go at once. */
type Turn = () => boolean;

interface Suspect {
  readonly failures: Window;
  readonly waiting: Turn[];
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

  /** The address named a room that is not there. */
  failed(address: string): void {
    if (this.failedPerMinute === Number.POSITIVE_INFINITY) return;
    const now = this.clock.now();
    const suspect = this.#suspectOf(address);
    suspect.failures.note(now);
    suspect.answeredAt = now;
  }

  /** Whether the next join or probe of this address has to wait its turn. */
  isThrottled(address: string): boolean {
    const suspect = this.#suspects.get(address);
    if (suspect === undefined) return false;
    return suspect.waiting.length > 0 || suspect.failures.isFull(this.clock.now());
  }

  /** Calls `turn` when it is this one's turn; false when too many wait already, and it will not be called. */
  wait(address: string, turn: Turn): boolean {
    const suspect = this.#suspects.get(address);
    if (suspect === undefined || suspect.waiting.length >= WAITING_MAX) return false;
    suspect.waiting.push(turn);
    this.#schedule(suspect);
    return true;
  }

  /** How long one that found the queue full should stay away. */
  get retryAfterMs(): number {
    return WAITING_MAX * ANSWER_EVERY_MS;
  }

  /** Forgets addresses that have been good for a minute: called now and then. */
  prune(now: number): void {
    for (const [address, { failures, waiting }] of this.#suspects) {
      if (waiting.length === 0 && failures.isQuiet(now)) this.#suspects.delete(address);
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
    const suspect: Suspect = { failures, waiting: [], answeredAt: this.clock.now(), cancel: null };
    this.#suspects.set(address, suspect);
    return suspect;
  }

  #schedule(suspect: Suspect): void {
    if (suspect.cancel !== null || suspect.waiting.length === 0) return;
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
    for (let turn = suspect.waiting.shift(); turn !== undefined; turn = suspect.waiting.shift()) {
      suspect.answeredAt = this.clock.now();
      if (turn()) return;
    }
  }
}
