// When a room that is watched is looked at anew: on a beat, and when something in it says that somebody may have come; the seldomer, the less
// comes of it. What a look is, it does not know.
import type { Clock } from "../../clock.ts";

/** From one beat to the next, and the least from one look to the next, in ms. */
const BEAT_MS = 20_000;
const LEAST_MS = 2_000;

export class Looks {
  /** Whether the room tells of who comes: then its list need not be had anew. */
  areNeedless = false;
  /** Takes back the question to the directory that is under way; null: none is. */
  asking: (() => void) | null = null;
  #beat: (() => void) | null = null;
  #wished: (() => void) | null = null;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** From one wished look to the next: longer after each that found nothing, since a game may talk all the time. */
  #spacingMs = LEAST_MS;

  constructor(
    private readonly clock: Clock,
    private readonly look: () => void,
  ) {}

  start(): void {
    this.stop();
    this.#lookedAt = this.clock.now();
    this.#spacingMs = LEAST_MS;
    this.#beatLater();
  }

  /** Somebody may have come. */
  wish(): void {
    if (this.#wished !== null || this.#beat === null) return;
    const waitMs = Math.max(0, this.#lookedAt + this.#spacingMs - this.clock.now());
    this.#wished = this.clock.after(waitMs, () => {
      this.#wished = null;
      this.#lookNow();
    });
  }

  /** What a look has found. */
  found(isNew: boolean): void {
    this.#spacingMs = isNew ? LEAST_MS : Math.min(BEAT_MS, this.#spacingMs * 2);
  }

  stop(): void {
    this.#beat?.();
    this.#wished?.();
    this.asking?.();
    this.#beat = null;
    this.#wished = null;
    this.asking = null;
  }

  #beatLater(): void {
    this.#beat = this.clock.after(BEAT_MS, () => {
      this.#beatLater();
      this.#lookNow();
    });
  }

  #lookNow(): void {
    this.#lookedAt = this.clock.now();
    this.look();
  }
}
