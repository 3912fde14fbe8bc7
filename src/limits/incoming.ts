// What all lines of an address may say together, and those of its network: messages, of which a long one counts as several [L41]. A line has
// buckets of its own besides; without these rings a few hundred lines, each within its rate, could keep the server from everybody else.
import { RingTable, SharedBudget } from "./budget.ts";
import { ByKey } from "./byKey.ts";
import type { Limits } from "./table.ts";

/** Seconds of the rate that the lines of an address, or of a network, may say at once: as long as a line's own burst. */
const BURST_SECONDS = 2;

/** An address that has lines, and what they may say. */
export interface Speakers {
  readonly budget: SharedBudget;
  lines: number;
  /** What frames take that wait on paused lines, in bytes [L42]. */
  keptBytes: number;
}

export class Incoming {
  readonly #rings: RingTable;
  /** Those that have a line, so at most as many as there are lines. */
  readonly #speakers = new Map<string, Speakers>();
  /** Of addresses whose lines have closed: what they have said stays said. */
  readonly #rested = new ByKey<SharedBudget>();

  constructor(private readonly limits: Pick<Limits, "addressMessagesPerSecond">) {
    this.#rings = new RingTable(limits.addressMessagesPerSecond, BURST_SECONDS);
  }

  /** The lines of this address, with one more of them; `closed` when that has. */
  opened(address: string, now: number): Speakers {
    const known = this.#speakers.get(address);
    const speakers = known ?? { budget: this.enter(address, now), lines: 0, keptBytes: 0 };
    if (known === undefined) this.#speakers.set(address, speakers);
    speakers.lines++;
    return speakers;
  }

  /** A line of the address has closed. */
  closed(address: string): void {
    const speakers = this.#speakers.get(address);
    if (speakers === undefined) return;
    speakers.lines--;
    if (speakers.lines > 0) return;
    this.#speakers.delete(address);
    this.#rings.leaveNetwork(address);
    this.#rested.use(address, () => speakers.budget);
  }

  /** Forgets those of which nothing need be known: called now and then. */
  prune(now: number): void {
    this.#rings.prune(now);
    this.#rested.prune((budget) => budget.isFull(now));
  }

  /** How many addresses and networks are remembered. */
  get size(): number {
    return this.#speakers.size + this.#rested.size + this.#rings.size;
  }

  private enter(address: string, now: number): SharedBudget {
    const { addressMessagesPerSecond: perSecond } = this.limits;
    const network = this.#rings.enterNetwork(address, now);
    const rested = this.#rested.remove(address);
    if (rested !== undefined) {
      rested.around = network;
      return rested;
    }
    return new SharedBudget({ perSecond, burst: perSecond * BURST_SECONDS }, network, perSecond, now);
  }
}
