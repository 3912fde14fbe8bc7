// Against guessing the admin key: so many wrong ones from one address in a minute, and it waits ten minutes, with the right key too.

import type { Clock } from "../clock.ts";
import { FIXED } from "./table.ts";

interface Suspect {
  /** When its latest failures were, oldest first; as many as it may have. */
  readonly failures: number[];
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
    const suspect = this.#suspects.get(address) ?? { failures: [], lockedUntil: 0 };
    this.#suspects.delete(address);
    this.#suspects.set(address, suspect);
    if (this.#suspects.size > FIXED.loginSuspectsMax) this.#forgetOldest();
    suspect.failures.push(now);
    if (suspect.failures.length > FIXED.loginFailuresMax) suspect.failures.shift();
    const oldest = suspect.failures[0] ?? now;
    if (suspect.failures.length < FIXED.loginFailuresMax || now - oldest >= FIXED.loginWindowMs) return;
    suspect.lockedUntil = now + FIXED.loginLockMs;
    suspect.failures.length = 0;
  }

  /** Forgets addresses that have been good for long enough: called now and then. */
  prune(now: number): void {
    for (const [address, { failures, lockedUntil }] of this.#suspects) {
      if (lockedUntil <= now && now - (failures.at(-1) ?? 0) >= FIXED.loginWindowMs) this.#suspects.delete(address);
    }
  }

  #forgetOldest(): void {
    for (const address of this.#suspects.keys()) {
      this.#suspects.delete(address);
      return;
    }
  }
}
