// What each address has open: lines at once, and connects a second. Asked before the upgrade, where a no costs least.
import { Bucket, type Rate } from "./bucket.ts";
import type { Limits } from "./table.ts";

/** Seconds of the rate that may come at once: a school class opens its phones within a second [L10]. */
const BURST_SECONDS = 5;

/** Lines of one address that are no crowd. */
const QUIET_LINES_MAX = 4;
/** A crowd of which all but a few were closed is a crowd for so long: else its last few would have the time of a person. */
const CROWD_MS = 60_000;

interface Account {
  /** The address, as one string for all its lines. */
  readonly address: string;
  lines: number;
  readonly connects: Bucket;
  /** When it was last found to be a crowd, in ms. */
  crowdedAt: number;
}

export type Turndown = "server_full" | "too_many_lines" | "too_many_connects";

export class Connections {
  readonly #accounts = new Map<string, Account>();
  readonly #connectRate: Rate;
  #lines = 0;

  constructor(private readonly limits: Pick<Limits, "linesMax" | "linesPerAddressMax" | "connectsPerSecond">) {
    const { connectsPerSecond } = limits;
    this.#connectRate = { perSecond: connectsPerSecond, burst: connectsPerSecond * BURST_SECONDS };
  }

  /** Counts one more line for the address and answers it as the string that all its lines share, or says why not [L10][L11]. */
  admit(address: string, now: number): { readonly address: string } | Turndown {
    const { linesMax, linesPerAddressMax } = this.limits;
    if (this.#lines >= linesMax) return "server_full";
    const account = this.#accountOf(address, now);
    if (account.lines >= linesPerAddressMax) return "too_many_lines";
    if (!account.connects.tryTake(1, now)) return "too_many_connects";
    account.lines += 1;
    this.#lines += 1;
    return account;
  }

  /** A line of the address is gone. */
  release(address: string): void {
    const account = this.#accounts.get(address);
    if (account === undefined) return;
    account.lines -= 1;
    this.#lines -= 1;
  }

  /** Whether the address has more lines than a person who tries things by hand, or had when this was last asked, not long ago [L7]. */
  isCrowd(address: string, now: number): boolean {
    const account = this.#accounts.get(address);
    if (account === undefined) return false;
    if (account.lines > QUIET_LINES_MAX) account.crowdedAt = now;
    return now - account.crowdedAt < CROWD_MS;
  }

  /** Forgets addresses that have nothing open and a full bucket: called now and then. */
  prune(now: number): void {
    for (const [address, { lines, connects }] of this.#accounts) {
      if (lines === 0 && connects.isFull(now)) this.#accounts.delete(address);
    }
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#accounts.size;
  }

  #accountOf(address: string, now: number): Account {
    const known = this.#accounts.get(address);
    if (known !== undefined) return known;
    const connects = new Bucket(this.#connectRate, now);
    const account = { address, lines: 0, connects, crowdedAt: Number.NEGATIVE_INFINITY };
    this.#accounts.set(address, account);
    return account;
  }
}
