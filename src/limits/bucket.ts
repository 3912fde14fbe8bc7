// THE token bucket: so much a second runs in, a full bucket holds a burst, and what is used is taken out. The arithmetic stands apart
// from the class, because a line keeps its two levels as plain numbers of its own and ten thousand lines shall not carry objects for it.
import { ADDRESSES_PER_NETWORK, networkAround } from "./address.ts";
import { ByKey, KEYS_MAX } from "./byKey.ts";

/** How fast a bucket fills, and what it holds when it is full. Shared by all buckets of a kind; lifted, both are Infinity. */
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

/** A bucket as an object, for the accounts of addresses. It begins full. */
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
    this.fill(now);
    if (this.#level < amount) return false;
    this.#level -= amount;
    return true;
  }

  /** Takes so much, ahead of time if it is not there; answers how long to wait before using it, in ms. */
  take(amount: number, now: number): number {
    this.fill(now);
    this.#level -= amount;
    return waitMs(this.#level, 0, this.rate);
  }

  /** Puts back what was taken and not used. */
  give(amount: number, now: number): void {
    this.fill(now);
    this.#level = Math.min(this.rate.burst, this.#level + amount);
  }

  /** How long until so much is there, in ms; 0: it is. */
  waitMs(needed: number, now: number): number {
    this.fill(now);
    return waitMs(this.#level, needed, this.rate);
  }

  /** Whether it holds a burst: forgotten and made anew it would hold the same. */
  isFull(now: number): boolean {
    this.fill(now);
    return this.#level >= this.rate.burst;
  }

  private fill(now: number): void {
    // Most takes of a busy moment share its time.
    if (now <= this.#filledAt) return;
    this.#level = refilled(this.#level, now - this.#filledAt, this.rate);
    this.#filledAt = now;
  }
}

/**
 * A bucket for each key (an address, a network, an origin), as many as a table may have [L27]. A key that is new, or was forgotten, has a
 * full bucket. Where the rate is lifted nothing is remembered at all.
 */
export class Buckets {
  readonly #buckets: ByKey<Bucket>;

  constructor(
    private readonly rate: Rate,
    keysMax = KEYS_MAX,
  ) {
    this.#buckets = new ByKey(keysMax);
  }

  /** Takes so much if it is there; else takes nothing. */
  tryTake(key: string, amount: number, now: number): boolean {
    return this.isLifted || this.of(key, now).tryTake(amount, now);
  }

  /** Takes so much, ahead of time if it is not there; answers how long to wait before using it, in ms. */
  take(key: string, amount: number, now: number): number {
    return this.isLifted ? 0 : this.of(key, now).take(amount, now);
  }

  /** How long until so much is there, in ms; 0: it is there. Nothing is taken. */
  waitMs(key: string, amount: number, now: number): number {
    return this.#buckets.peek(key)?.waitMs(amount, now) ?? 0;
  }

  /** Forgets keys whose buckets are full: called now and then. */
  prune(now: number): void {
    this.#buckets.prune((bucket) => bucket.isFull(now));
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  private get isLifted(): boolean {
    return this.rate.burst === Number.POSITIVE_INFINITY;
  }

  /** The bucket of the key, which is the one used last; where the rate is lifted, one of its own. */
  of(key: string, now: number): Bucket {
    return this.#buckets.use(key, () => new Bucket(this.rate, now));
  }
}

/**
 * A bucket for each address, and one for the network around it, from which its addresses take as well: a network has what eight addresses
 * have, so that whoever can choose among thousands of addresses gains no more than that.
 */
export class Rings {
  readonly #addresses: Buckets;
  readonly #networks: Buckets;
  readonly isLifted: boolean;

  /** @param perSecond what one address may; Infinity: nobody waits and nobody is remembered  @param burstSeconds seconds of it that may come at once */
  constructor(perSecond: number, burstSeconds: number) {
    this.isLifted = perSecond === Number.POSITIVE_INFINITY;
    const rate = (factor: number): Rate => {
      return { perSecond: perSecond * factor, burst: perSecond * factor * burstSeconds };
    };
    this.#addresses = new Buckets(rate(1));
    this.#networks = new Buckets(rate(ADDRESSES_PER_NETWORK));
  }

  /** Takes one if both have it, else none; answers how long there is none, in ms. 0: it is taken. */
  takeOrWaitMs(address: string, now: number): number {
    if (this.isLifted) return 0;
    const network = networkAround(address);
    const ms = Math.max(this.#addresses.waitMs(address, 1, now), this.#networks.waitMs(network, 1, now));
    if (ms > 0) return ms;
    return this.take(address, 1, now);
  }

  /** How long until neither owes anything, in ms; 0: neither does. */
  waitMs(address: string, now: number): number {
    return Math.max(this.#addresses.waitMs(address, 0, now), this.#networks.waitMs(networkAround(address), 0, now));
  }

  /** Takes so much, ahead of time where it is not there; answers how long to wait before using it, in ms. */
  take(address: string, amount: number, now: number): number {
    if (this.isLifted) return 0;
    return Math.max(
      this.#addresses.take(address, amount, now),
      this.#networks.take(networkAround(address), amount, now),
    );
  }

  /** Forgets those whose buckets are full: called now and then. */
  prune(now: number): void {
    this.#addresses.prune(now);
    this.#networks.prune(now);
  }

  /** How many addresses and networks are remembered. */
  get size(): number {
    return this.#addresses.size + this.#networks.size;
  }
}
