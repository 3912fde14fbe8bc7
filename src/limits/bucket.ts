// THE token bucket: so much a second runs in, a rested bucket holds a burst, and what is used is taken out. The arithmetic stands apart
// from the class, because a line keeps its two levels as plain numbers of its own and ten thousand lines shall not carry objects for it.

/** How fast a bucket fills, and what it holds when it has rested. Shared by all buckets of a kind; lifted, both are Infinity. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** The level after so long: what was left and what has run in since, never more than the burst. */
export function refilled(level: number, elapsedMs: number, { perSecond, burst }: Rate): number {
  // Without time nothing runs in: Infinity times 0 would be NaN, and a clock that went back takes nothing away.
  const gained = elapsedMs > 0 ? (elapsedMs / 1000) * perSecond : 0;
  return Math.min(burst, level + gained);
}

/** Whole milliseconds until the level reaches what is needed; 0 when it is there. */
export function waitMs(level: number, needed: number, { perSecond }: Rate): number {
  return level >= needed ? 0 : Math.ceil(((needed - level) / perSecond) * 1000);
}

/** A bucket as an object, for the accounts of addresses. It begins rested. */
export class Bucket {
  #level: number;
  #filledAt: number;

  constructor(
    private readonly rate: Rate,
    now: number,
  ) {
    this.#level = rate.burst;
    this.#filledAt = now;
  }

  /** Takes so much if it is there; else takes nothing. */
  tryTake(amount: number, now: number): boolean {
    this.#fill(now);
    if (this.#level < amount) return false;
    this.#level -= amount;
    return true;
  }

  /** Takes so much, ahead of time if it is not there; answers how long to wait before using it, in ms. */
  take(amount: number, now: number): number {
    this.#fill(now);
    this.#level -= amount;
    return waitMs(this.#level, 0, this.rate);
  }

  /** How long until so much is there, in ms; 0: it is there. Takes nothing. */
  waitMs(amount: number, now: number): number {
    this.#fill(now);
    return waitMs(this.#level, amount, this.rate);
  }

  /** Whether it has rested: forgotten and made anew it would hold the same. */
  isFull(now: number): boolean {
    this.#fill(now);
    return this.#level >= this.rate.burst;
  }

  #fill(now: number): void {
    this.#level = refilled(this.#level, now - this.#filledAt, this.rate);
    this.#filledAt = Math.max(this.#filledAt, now);
  }
}
