// Against guessing room codes. Only failures count; past the limit an address is answered one at a time, so that a guest with
// the right code gets in a little later, whatever the neighbours typed, and a guesser gets 30 tries a minute [L9].

import type { Clock } from "../clock.ts";
import { FIXED } from "./table.ts";

const MINUTE_MS = 60_000;

/** Takes its turn; false when there is nobody left to answer, and the next in line may go at once. */
type Turn = () => boolean;

interface Suspect {
  /** When its latest failures were, oldest first; as many as the limit allows. */
  readonly failures: number[];
  readonly waiting: Turn[];
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
    const suspect = this.#suspects.get(address) ?? { failures: [], waiting: [], answeredAt: now, cancel: null };
    this.#suspects.set(address, suspect);
    suspect.failures.push(now);
    suspect.answeredAt = now;
    if (suspect.failures.length > this.failedPerMinute) suspect.failures.shift();
  }

  /** Whether the next join or probe of this address has to wait its turn. */
  isThrottled(address: string): boolean {
    const suspect = this.#suspects.get(address);
    if (suspect === undefined) return false;
    if (suspect.waiting.length > 0) return true;
    const oldest = suspect.failures[0] ?? 0;
    return suspect.failures.length >= this.failedPerMinute && this.clock.now() - oldest < MINUTE_MS;
  }

  /** Calls `turn` when it is this one's turn; false when too many wait already, and it will not be called. */
  wait(address: string, turn: Turn): boolean {
    const suspect = this.#suspects.get(address);
    if (suspect === undefined || suspect.waiting.length >= FIXED.guessesWaitingMax) return false;
    suspect.waiting.push(turn);
    this.#schedule(suspect);
    return true;
  }

  /** How long one that found the queue full should stay away. */
  get retryAfterMs(): number {
    return FIXED.guessesWaitingMax * FIXED.guessEveryMs;
  }

  /** Forgets addresses that have been good for a minute: called now and then. */
  prune(now: number): void {
    for (const [address, { failures, waiting }] of this.#suspects) {
      const latest = failures.at(-1) ?? 0;
      if (waiting.length === 0 && now - latest > MINUTE_MS) this.#suspects.delete(address);
    }
  }

  #schedule(suspect: Suspect): void {
    if (suspect.cancel !== null || suspect.waiting.length === 0) return;
    const ms = Math.max(0, suspect.answeredAt + FIXED.guessEveryMs - this.clock.now());
    suspect.cancel = this.clock.after(ms, () => {
      suspect.cancel = null;
      try {
        let turn = suspect.waiting.shift();
        while (turn !== undefined) {
          suspect.answeredAt = this.clock.now();
          if (turn()) break;
          turn = suspect.waiting.shift();
        }
      } finally {
        this.#schedule(suspect);
      }
    });
  }
}
