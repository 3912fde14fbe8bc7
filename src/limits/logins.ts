// Against guessing the admin key: so many wrong ones from one address in a minute are answered and told to the operator; of further ones
// it hears only that they are too many. The right key gets in all the while [S32]: nobody locks a neighbour out.
import type { Clock } from "../clock.ts";
import { ByKey, KEYS_MAX } from "./byKey.ts";
import { Window } from "./window.ts";

/** Wrong keys of an address in WINDOW_MS that are answered as such, and logged: past it the log would be the guesser's. */
const FAILURES_MAX = 10;
const WINDOW_MS = 60_000;

export class Logins {
  /** 22 MB of heap when it is full, measured with nine failures each. */
  readonly #failures: ByKey<Window>;

  /** @param isLifted nobody is slowed down (LIMITS=off) */
  constructor(
    private readonly clock: Clock,
    private readonly isLifted = false,
    suspectsMax = KEYS_MAX,
  ) {
    this.#failures = new ByKey(suspectsMax);
  }

  /** The address has tried a wrong key; answers how long it should keep from trying others, in ms. 0: that is not too many yet. */
  failed(address: string): number {
    if (this.isLifted) return 0;
    const now = this.clock.now();
    const failures = this.#failures.use(address, () => new Window(FAILURES_MAX, WINDOW_MS));
    const ms = failures.waitMs(now);
    // Those beyond do not count, or the window would never end for whoever goes on.
    if (ms === 0) failures.add(now);
    return ms;
  }

  /** Forgets addresses that have been good for long enough: called now and then. */
  prune(now: number): void {
    this.#failures.prune((failures) => failures.isQuiet(now));
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#failures.size;
  }
}
