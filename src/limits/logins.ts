// Against guessing the admin key: so many wrong ones from one address in a minute are answered and told to the operator, so many more from its
// network, and from everywhere; of further ones it hears only that they are too many. The right key gets in all the while [S32]: nobody locks
// a neighbour out.
import type { Clock } from "../clock.ts";
import { ADDRESSES_PER_NETWORK, networkAround } from "./address.ts";
import { ByKey, KEYS_MAX } from "./byKey.ts";
import { Window } from "./window.ts";

/** Wrong keys of an address in WINDOW_MS that are answered as such, and logged: past it the log would be the guesser's. */
const FAILURES_MAX = 10;
/** Those of all: as many as eight networks may. Whoever has more networks than that would write the log as he likes. */
const FAILURES_OF_ALL_MAX = FAILURES_MAX * ADDRESSES_PER_NETWORK * ADDRESSES_PER_NETWORK;
const WINDOW_MS = 60_000;

export class Logins {
  /** 22 MB of heap when it is full, measured with nine failures each. */
  readonly #addresses: ByKey<Window>;
  readonly #networks: ByKey<Window>;
  readonly #all = new Window(FAILURES_OF_ALL_MAX, WINDOW_MS);

  /** @param isLifted nobody is slowed down (LIMITS=off) */
  constructor(
    private readonly clock: Clock,
    private readonly isLifted = false,
    suspectsMax = KEYS_MAX,
  ) {
    this.#addresses = new ByKey(suspectsMax);
    this.#networks = new ByKey(suspectsMax);
  }

  /** The address has tried a wrong key; answers how long it should keep from trying others, in ms. 0: that is not too many yet. */
  failed(address: string): number {
    if (this.isLifted) return 0;
    const now = this.clock.now();
    const network = networkAround(address);
    const rings = [
      this.#all,
      this.#networks.use(network, () => new Window(FAILURES_MAX * ADDRESSES_PER_NETWORK, WINDOW_MS)),
      this.#addresses.use(address, () => new Window(FAILURES_MAX, WINDOW_MS)),
    ];
    const ms = Math.max(...rings.map((failures) => failures.waitMs(now)));
    // Those beyond do not count, or the window would never end for whoever goes on.
    if (ms === 0) for (const failures of rings) failures.add(now);
    return ms;
  }

  /** Forgets those that have been good for long enough: called now and then. */
  prune(now: number): void {
    for (const failed of [this.#addresses, this.#networks]) failed.prune((failures) => failures.isQuiet(now));
  }

  /** How many addresses and networks are remembered. */
  get size(): number {
    return this.#addresses.size + this.#networks.size;
  }
}
