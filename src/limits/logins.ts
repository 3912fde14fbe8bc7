// Locks out an address that guesses the admin key: after FAILURES_MAX wrong ones within WINDOW_MS it waits LOCK_MS, with the right one too
// [S32].

import type { Clock } from "../clock.ts";
import { Window } from "./window.ts";

/** Wrong keys in WINDOW_MS after which an address is locked out for LOCK_MS. */
const FAILURES_MAX = 10;
const WINDOW_MS = 60_000;
const LOCK_MS = 600_000;
/**
 * Addresses with wrong admin keys remembered at most: 22 MB of heap, measured with nine failures each. Past it the one whose latest
 * failure is oldest is forgotten: whoever has so many addresses gains nothing by a second try from one.
 */
const SUSPECTS_MAX = 65_536;

interface Suspect {
  readonly failures: Window;
  /** Until when it is locked out, in ms since 1970; 0: it is not. */
  lockedUntil: number;
}

export class Logins {
  /** In order of their latest failures. */
  readonly #suspects = new Map<string, Suspect>();

  /** @param isLifted nobody is locked out (LIMITS=off) */
  constructor(
    private readonly clock: Clock,
    private readonly isLifted = false,
    private readonly suspectsMax = SUSPECTS_MAX,
  ) {}

  /** How long the address has to wait before it may try a key, in ms; 0: not at all. */
  retryAfterMs(address: string): number {
    const until = this.#suspects.get(address)?.lockedUntil ?? 0;
    return Math.max(0, until - this.clock.now());
  }

  /** The address has tried a wrong key. A right one in between changes nothing: whoever has one could reset the count for a neighbour. */
  failed(address: string): void {
    if (this.isLifted) return;
    const now = this.clock.now();
    const suspect = this.#latest(address);
    suspect.failures.add(now);
    if (!suspect.failures.isFull(now)) return;
    suspect.lockedUntil = now + LOCK_MS;
    suspect.failures.clear();
  }

  /** Forgets addresses that have been good for long enough: called now and then. */
  prune(now: number): void {
    for (const [address, { failures, lockedUntil }] of this.#suspects) {
      if (lockedUntil <= now && failures.isQuiet(now)) this.#suspects.delete(address);
    }
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#suspects.size;
  }

  /** The suspect of this address, moved behind all others; the first one goes where they are too many. */
  #latest(address: string): Suspect {
    const suspect = this.#suspects.get(address) ?? { failures: new Window(FAILURES_MAX, WINDOW_MS), lockedUntil: 0 };
    this.#suspects.delete(address);
    this.#suspects.set(address, suspect);
    if (this.#suspects.size > this.suspectsMax) this.#forgetOldest();
    return suspect;
  }

  #forgetOldest(): void {
    for (const address of this.#suspects.keys()) {
      this.#suspects.delete(address);
      return;
    }
  }
}
