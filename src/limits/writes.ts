// What game clients at one address may write to the log of the sessions: so many a second, with a burst. What is beyond waits for its
// turn, in the order it came, and is never refused. The debt of an address is bounded by its lines, since a line that waits asks for
// nothing else.
import { Bucket, type Rate } from "./bucket.ts";

/** Seconds of the rate that may come at once: a room of a hundred votes in one moment [L19]. */
const BURST_SECONDS = 10;
/** A write to the log counts as one, and as one more for each so many characters of it: a full room's events have 20,000 [L19]. */
const SESSION_WRITE_CHARS = 512;

export class WriteLimit {
  readonly #buckets = new Map<string, Bucket>();
  readonly #rate: Rate;

  /** @param perSecond Infinity: nobody waits */
  constructor(perSecond: number) {
    this.#rate = { perSecond, burst: perSecond * BURST_SECONDS };
  }

  /** Takes one; answers how long to wait before using it, in ms. */
  take(address: string, now: number): number {
    return this.#bucketOf(address, now).take(1, now);
  }

  /** Takes one if there is one: for a line that has closed, which cannot wait. */
  tryTake(address: string, now: number): boolean {
    return this.#bucketOf(address, now).tryTake(1, now);
  }

  /** The write that was taken has appended so many characters: each whole `SESSION_WRITE_CHARS` is a further write. */
  chargeChars(address: string, chars: number, now: number): void {
    this.#bucketOf(address, now).take(Math.floor(chars / SESSION_WRITE_CHARS), now);
  }

  /** Forgets addresses whose bucket is full: called now and then. */
  prune(now: number): void {
    for (const [address, bucket] of this.#buckets) if (bucket.isFull(now)) this.#buckets.delete(address);
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  #bucketOf(address: string, now: number): Bucket {
    const known = this.#buckets.get(address);
    if (known !== undefined) return known;
    const bucket = new Bucket(this.#rate, now);
    this.#buckets.set(address, bucket);
    return bucket;
  }
}
