// How often a way is looked for, and after which waits: six times, and from the first again only when a way has stood for a minute. A watcher that
// began anew at each welcome dialled a server that welcomes and closes 3,136 times in two seconds.
import type { Clock } from "../../clock.ts";

/** Before the first to the sixth attempt, in ms, each three quarters to five quarters of it. */
const WAITS_MS = [0, 1_000, 2_000, 4_000, 8_000, 13_000];
const STANDS_MS = 60_000;

export class Attempts {
  #made = 0;
  #cancel: (() => void) | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  /** Calls when it is time for the next one; false: there is none. Never calls within this call. */
  next(call: () => void): boolean {
    const waitMs = WAITS_MS[this.#made];
    if (waitMs === undefined) return false;
    this.#made++;
    this.#after(waitMs * (0.75 + this.random() / 2), call);
    return true;
  }

  /** The way stands: until the next attempt is asked for. */
  stands(): void {
    this.#after(STANDS_MS, () => {
      this.#made = 0;
    });
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #after(ms: number, call: () => void): void {
    this.stop();
    this.#cancel = this.clock.after(ms, () => {
      this.#cancel = null;
      call();
    });
  }
}
