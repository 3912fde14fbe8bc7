// Who is being sent files. Each answer holds two descriptors for as long as its reader likes, and Bun tells nobody when it is through: so the
// requests are kept and looked at, and only where places are getting few. Knows no file.
import { ADDRESSES_PER_NETWORK, networkAround } from "../../limits/address.ts";
import type { Caller } from "./rooms.ts";

/** While more requests than this are being answered no file is sent: two descriptors each, of which rooms need theirs [H23]. */
export const PENDING_MAX = 2_000;
/** Up to here places are for whoever comes first. */
export const PENDING_FREE = PENDING_MAX / 2;
/** Past that, for addresses with no more than this: nine phones behind one address, each with the six connections of a browser. */
export const READS_PER_ADDRESS = 60;
const READS_PER_NETWORK = READS_PER_ADDRESS * ADDRESSES_PER_NETWORK;
/** Answers that are through are looked for when so many more are kept than there can be. */
const SLACK = 100;

type Reader = Pick<Caller, "address" | "peer">;

export class Readers {
  /** Who is or was sent a file, by address, and by the network around it. */
  readonly #at = new Map<string, Reader[]>();
  #kept = 0;

  /**
   * @param pending how many requests the server is answering
   * @param areLimitsOff no address has a share of its own [L16]
   */
  constructor(
    private readonly pending: () => number,
    private readonly areLimitsOff = false,
  ) {}

  /** Whether one more file may be sent, and to this one; then it counts until the answer is through or its reader gone [H23]. */
  admit(reader: Reader): boolean {
    const pending = this.pending();
    if (pending > PENDING_MAX) return false;
    if (this.areLimitsOff) return true;
    const address = reader.address();
    const network = networkAround(address);
    if (pending > PENDING_FREE && (this.#has(address, READS_PER_ADDRESS) || this.#has(network, READS_PER_NETWORK)))
      return false;
    if (this.#kept > 2 * pending + SLACK) this.#sweep();
    for (const key of [address, network]) {
      const readers = this.#at.get(key);
      if (readers === undefined) this.#at.set(key, [reader]);
      else readers.push(reader);
    }
    this.#kept++;
    return true;
  }

  /** Whether so many are being sent there. It looks no further than it must: those that are through are dropped on the way. */
  #has(key: string, most: number): boolean {
    const readers = this.#at.get(key) ?? [];
    let reading = 0;
    for (let at = readers.length - 1; at >= 0 && reading < most; at--) {
      const reader = readers[at];
      if (reader !== undefined && isReading(reader)) reading++;
      else readers.splice(at, 1);
    }
    return reading >= most;
  }

  #sweep(): void {
    this.#kept = 0;
    for (const [key, readers] of this.#at) {
      const still = readers.filter(isReading);
      if (still.length === 0) this.#at.delete(key);
      else this.#at.set(key, still);
      // Each is kept twice.
      this.#kept += still.length / 2;
    }
  }
}

/** Bun has no address for a request that is answered, or whose client has gone. */
function isReading(reader: Reader): boolean {
  return reader.peer() !== "";
}
