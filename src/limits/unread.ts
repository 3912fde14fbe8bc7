// What lines leave unread, added up: for each address and for the whole server. Past either bound the lines with most unread go first, so
// that many slow readers together take no more memory than they may [L23]. It is fed by the sweep, which visits every line once a second.
import type { Limits } from "./table.ts";

const MiB = 1024 * 1024;
/** The server's share of the machine's memory for what is unread. */
const MEMORY_SHARE = 8;
/** A line with less unread is not looked at one by one: it is what a busy room has under way. */
const NOTABLE_BYTES = 64 * 1024;

/** A line with bytes unread, as far as this file needs it. */
export interface Reader {
  readonly address: string;
  readonly isOpen: boolean;
}

interface Unread<L> {
  readonly line: L;
  readonly bytes: number;
}

export class UnreadTotals<L extends Reader> {
  readonly #addressMax: number;
  readonly #serverMax: number;
  /** Of the sweep that is under way. */
  #notable: Unread<L>[] = [];
  #ofAddresses = new Map<string, number>();
  #sum = 0;
  /** What all lines had unread at the last whole sweep, in bytes. */
  total = 0;

  /** @param memoryBytes what the machine has */
  constructor(
    private readonly limits: Pick<Limits, "unsentPerAddressMiB" | "unsentMiB">,
    private readonly memoryBytes: number,
  ) {
    this.#addressMax = limits.unsentPerAddressMiB * MiB;
    this.#serverMax = Math.min(limits.unsentMiB * MiB, memoryBytes / MEMORY_SHARE);
  }

  /** The same bounds, for lines that are looked at beside a sweep. */
  beside(): UnreadTotals<L> {
    return new UnreadTotals(this.limits, this.memoryBytes);
  }

  /** The sweep has found so many bytes unread on this line. */
  note(line: L, bytes: number): void {
    if (bytes === 0) return;
    this.#sum += bytes;
    if (bytes < NOTABLE_BYTES) return;
    this.#ofAddresses.set(line.address, (this.#ofAddresses.get(line.address) ?? 0) + bytes);
    this.#notable.push({ line, bytes });
  }

  /** The sweep has visited every line: answers those to be closed, those with most unread first. */
  finish(): L[] {
    const notable = this.#notable.sort((one, other) => other.bytes - one.bytes);
    const ofAddresses = this.#ofAddresses;
    let sum = this.#sum;
    this.total = sum;
    this.#notable = [];
    this.#ofAddresses = new Map();
    this.#sum = 0;
    const excess: L[] = [];
    for (const { line, bytes } of notable) {
      const ofAddress = ofAddresses.get(line.address) ?? 0;
      if (!line.isOpen || (ofAddress <= this.#addressMax && sum <= this.#serverMax)) continue;
      excess.push(line);
      sum -= bytes;
      ofAddresses.set(line.address, ofAddress - bytes);
    }
    return excess;
  }
}
