// THE sliding window: whether something has happened so often within so long, to the millisecond. It keeps the latest moments only, as
// many as it counts to, so whoever has one for each stranger makes it at the first failure and forgets it when it is quiet.

export class Window {
  /** A ring of the latest moments, in ms: shifting a long list for each new one would cost its length. */
  readonly #moments: number[] = [];
  /** Where the next moment goes: over the oldest one, once the ring is full. */
  #next = 0;

  /** @param capacity so many make it full; @param spanMs within this time */
  constructor(
    private readonly capacity: number,
    private readonly spanMs: number,
  ) {}

  /** It has happened once more. */
  add(now: number): void {
    this.#moments[this.#next] = now;
    this.#next = (this.#next + 1) % this.capacity;
  }

  /** How long until it is not full any more, in ms; 0: it is not full. */
  waitMs(now: number): number {
    // Where the next moment goes is the oldest one, or nothing as long as the ring has room.
    const oldest = this.#moments[this.#next];
    return oldest === undefined ? 0 : Math.max(0, oldest + this.spanMs - now);
  }

  /** Whether it has happened as often as it may within the span. */
  isFull(now: number): boolean {
    return this.waitMs(now) > 0;
  }

  /** Whether nothing has happened within the span: a new window would answer the same. */
  isQuiet(now: number): boolean {
    const latest = this.#moments.at(this.#next - 1);
    return latest === undefined || now - latest >= this.spanMs;
  }

  /** Begins anew. */
  clear(): void {
    this.#moments.length = 0;
    this.#next = 0;
  }
}
