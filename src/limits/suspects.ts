// What is remembered of an address that has named wrong codes: which ones within a minute, and the turns that its further ones take.
import type { Clock } from "../clock.ts";
import { type Rate, refilled } from "./bucket.ts";
import { Turns } from "./turns.ts";

/** Wrong codes are counted by the minute [L9]. */
const WINDOW_MS = 60_000;
/** Past that, one answer of each kind in this time. */
export const ANSWER_EVERY_MS = 2_000;
/** Of each kind so many may wait. */
export const WAITING_MAX = 32;

/** A line that was never wrong, one that was, a probe by HTTP. */
type Kind = "first" | "again" | "probe";

/**
 * Answers saved up for when the address is throttled. A class that sits down beside a handful of guessers brings thirty codes at once; a line
 * that was wrong before has had its chance.
 */
const RATES: Readonly<Record<Kind, Rate>> = {
  first: { perSecond: 1000 / ANSWER_EVERY_MS, burst: 30 },
  again: { perSecond: 1000 / ANSWER_EVERY_MS, burst: 1 },
  probe: { perSecond: 1000 / ANSWER_EVERY_MS, burst: 10 },
};

/**
 * How many unknown codes an address may name, while anything is dry, before a code that it knows waits as all others: else a guesser could
 * tell his neighbours' rooms from others by who is answered at once, as fast as he can ask [L35].
 */
const LOOKS: Rate = { perSecond: 1, burst: 60 };

interface Told {
  readonly code: string | null;
  readonly at: number;
}

export class Suspect {
  /** Wrong codes of the last minute, oldest first; at most as many as throttle the address. */
  readonly #told: Told[] = [];
  #turns: Partial<Record<Kind, Turns>> | null = null;
  #looks = LOOKS.burst;
  #looksAt: number;

  constructor(
    private readonly failedPerMinute: number,
    private readonly clock: Clock,
  ) {
    this.#looksAt = clock.now();
  }

  /** Adds a wrong code; false where it was one of the last minute's already. `null`: a wrong secret, each of which counts. */
  add(code: string | null): boolean {
    if (code !== null && this.wasTold(code)) return false;
    // On its own: a slice would keep the frame that it came in.
    this.#told.push({ code: code === null ? null : Buffer.from(code).toString(), at: this.clock.now() });
    if (this.#told.length > this.failedPerMinute) this.#told.shift();
    return true;
  }

  /** Whether it was told within a minute that this code is wrong. */
  wasTold(code: string): boolean {
    this.#forgetOld();
    return this.#told.some((told) => told.code === code);
  }

  /** Whether it has named no wrong code within a minute. */
  get isClean(): boolean {
    this.#forgetOld();
    return this.#told.length === 0;
  }

  /** Whether its next code has to take a turn. */
  get isThrottled(): boolean {
    this.#forgetOld();
    return this.#told.length >= this.failedPerMinute || this.#isWaitedFor;
  }

  /** Whether nothing need be known of it any more. */
  get isIdle(): boolean {
    const areTurnsFull = Object.values(this.#turns ?? {}).every((turns) => turns.isFull);
    this.#fillLooks();
    return this.isClean && areTurnsFull && this.#looks >= LOOKS.burst;
  }

  /** The turns that it takes: those of probes, or of a line that was wrong so often. */
  turnsFor(wrong: number | "probe"): Turns {
    const kind = wrong === "probe" ? "probe" : wrong === 0 ? "first" : "again";
    this.#turns ??= {};
    this.#turns[kind] ??= new Turns(this.clock, RATES[kind], WAITING_MAX);
    return this.#turns[kind];
  }

  /** Whether a code that it knows is still answered at once. */
  get hasLook(): boolean {
    this.#fillLooks();
    return this.#looks >= 1;
  }

  /** It has named a code that it does not know. */
  takeLook(): void {
    this.#fillLooks();
    this.#looks = Math.max(0, this.#looks - 1);
  }

  get #isWaitedFor(): boolean {
    if (this.#turns === null) return false;
    return Object.values(this.#turns).some((turns) => turns.isWaitedFor);
  }

  #fillLooks(): void {
    const now = this.clock.now();
    this.#looks = refilled(this.#looks, now - this.#looksAt, LOOKS);
    this.#looksAt = now;
  }

  #forgetOld(): void {
    const until = this.clock.now() - WINDOW_MS;
    for (let oldest = this.#told[0]; oldest !== undefined && oldest.at <= until; oldest = this.#told[0])
      this.#told.shift();
  }
}
