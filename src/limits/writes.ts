// What game clients at one address may write to the log of the sessions: so many a second, with a burst, and their network eight times that.
// What is beyond waits for its turn, in the order it came, and is never refused. The debt of an address is bounded by its lines, since
// one write of a line at a time waits for it.
import { Rings } from "./bucket.ts";

/** Seconds of the rate that may come at once: a room of a hundred votes in one moment [L19]. */
const BURST_SECONDS = 10;
/** A write to the log counts as one, and as one more for each so many characters of it: a full room's events have 20,000 [L19]. */
const SESSION_WRITE_CHARS = 512;

/** Past so long a wait nothing is written for lines that have closed. */
const DEBT_MS_MAX = 10_000;

export class WriteLimit {
  readonly #rings: Rings;

  /** @param perSecond Infinity: nobody waits */
  constructor(perSecond: number) {
    this.#rings = new Rings(perSecond, BURST_SECONDS);
  }

  /** Takes one; answers how long to wait before using it, in ms. */
  take(address: string, now: number): number {
    return this.#rings.take(address, 1, now);
  }

  /** Takes one if there is one: for a line that has closed, which cannot wait. */
  tryTake(address: string, now: number): boolean {
    return this.#rings.takeOrWaitMs(address, now) === 0;
  }

  /** Whether so much waits there that what a closing line has asked for is not carried out ahead of it: else each line that closes adds to it. */
  isDeepInDebt(address: string, now: number): boolean {
    return this.#rings.waitMs(address, now) > DEBT_MS_MAX;
  }

  /** The write that was taken has appended so many characters: each whole `SESSION_WRITE_CHARS` is a further write. */
  chargeChars(address: string, chars: number, now: number): void {
    const further = Math.floor(chars / SESSION_WRITE_CHARS);
    if (further > 0) this.#rings.take(address, further, now);
  }

  /** Forgets addresses whose bucket is full: called now and then. */
  prune(now: number): void {
    this.#rings.prune(now);
  }

  /** How many addresses and networks are remembered. */
  get size(): number {
    return this.#rings.size;
  }
}
