// A token bucket for each key (an address, a network, an origin), as many as a table may have. A key that is new, or was forgotten, has a
// rested bucket. Where the rate is lifted nothing is remembered at all.
import { Bucket, type Rate } from "./bucket.ts";
import { ByKey, KEYS_MAX } from "./byKey.ts";

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
    return this.#isLifted || this.#of(key, now).tryTake(amount, now);
  }

  /** Takes so much, ahead of time if it is not there; answers how long to wait before using it, in ms. */
  take(key: string, amount: number, now: number): number {
    return this.#isLifted ? 0 : this.#of(key, now).take(amount, now);
  }

  /** How long until so much is there, in ms; 0: it is there. Nothing is taken. */
  waitMs(key: string, amount: number, now: number): number {
    return this.#buckets.peek(key)?.waitMs(amount, now) ?? 0;
  }

  /** Forgets keys whose buckets have rested: called now and then. */
  prune(now: number): void {
    this.#buckets.prune((bucket) => bucket.isFull(now));
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  get #isLifted(): boolean {
    return this.rate.burst === Number.POSITIVE_INFINITY;
  }

  #of(key: string, now: number): Bucket {
    return this.#buckets.use(key, () => new Bucket(this.rate, now));
  }
}
