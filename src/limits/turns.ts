// A bucket of wrong answers, and those that wait until there is one to be had. Whoever has been wrong least goes first, and among equals
// the one that came last: a crowd of guessers that has been waiting never stands before a guest who has just come. Knows no codes.
import type { Clock } from "../clock.ts";
import { Bucket, type Rate } from "./bucket.ts";

/** Whoever has waited so long is refused: 64 s of patience [L9]. */
export const PATIENCE_MS = 64_000;
/** Turns given at once; the others a moment later: right codes cost nothing, and a thousand joins would be a stall. */
const AT_ONCE_MAX = 64;
const A_MOMENT_MS = 1;

/** One that waits for its turn. */
export interface Waiting {
  /** The lower, the sooner. */
  readonly level: number;
  /** Its turn has come, and is taken. */
  go(): void;
  /** Its turn will not come. */
  refuse(): void;
}

interface Place extends Waiting {
  readonly since: number;
}

export class Turns {
  readonly #bucket: Bucket;
  /** The next one first. */
  #places: Place[] = [];
  #cancel: (() => void) | null = null;
  #isServing = false;

  /** @param waitingMax how many may wait; past it the one that would be last is refused */
  constructor(
    private readonly clock: Clock,
    rate: Rate,
    private readonly waitingMax: number,
  ) {
    this.#bucket = new Bucket(rate, clock.now());
  }

  /** Takes a turn: now, or when there is one; `refused`: too many wait that go before it. */
  enter({ level, go, refuse }: Waiting): "now" | "later" | "refused" {
    const now = this.clock.now();
    if (this.#places.length === 0 && this.#bucket.tryTake(1, now)) return "now";
    const last = this.#places.at(-1);
    if (this.#places.length >= this.waitingMax && last !== undefined && last.level < level) return "refused";
    const at = this.#places.findIndex((place) => place.level >= level);
    this.#places.splice(at === -1 ? this.#places.length : at, 0, { level, go, refuse, since: now });
    this.#schedule();
    if (this.#places.length > this.waitingMax) this.#places.pop()?.refuse();
    return "later";
  }

  /** Takes a turn that was not waited for, ahead of time where there is none. */
  spend(): void {
    this.#bucket.take(1, this.clock.now());
  }

  /** Gives a turn back that was taken: nothing was wrong. */
  giveBack(): void {
    this.#bucket.give(1, this.clock.now());
    if (!this.#isServing) this.#schedule();
  }

  /** Whether whoever came now would have to wait. */
  get isDry(): boolean {
    return this.#places.length > 0 || this.#bucket.waitMs(1, this.clock.now()) > 0;
  }

  get isWaitedFor(): boolean {
    return this.#places.length > 0;
  }

  /** Whether nothing was taken lately. */
  get isFull(): boolean {
    return this.#places.length === 0 && this.#bucket.isFull(this.clock.now());
  }

  #schedule(): void {
    this.#cancel?.();
    this.#cancel = null;
    if (this.#places.length === 0) return;
    const ms = Math.max(A_MOMENT_MS, this.#bucket.waitMs(1, this.clock.now()));
    this.#cancel = this.clock.after(ms, () => {
      this.#cancel = null;
      this.#isServing = true;
      try {
        this.#serve();
      } finally {
        this.#isServing = false;
        // Also when a turn throws: whoever waits behind it must not wait for ever.
        this.#schedule();
      }
    });
  }

  #serve(): void {
    const now = this.clock.now();
    const stale = this.#places.filter(({ since }) => now - since >= PATIENCE_MS);
    if (stale.length > 0) this.#places = this.#places.filter(({ since }) => now - since < PATIENCE_MS);
    for (const place of stale) place.refuse();
    for (let turns = 0; turns < AT_ONCE_MAX && this.#places.length > 0; turns++) {
      if (!this.#bucket.tryTake(1, now)) return;
      this.#places.shift()?.go();
    }
  }
}
