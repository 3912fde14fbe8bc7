// What each address has open: lines at once, and connects a second; and its network, eight times of either. Asked before the upgrade, where
// a no costs least. Only those that have a line are kept here; what is remembered of others has a cap (bucket.ts).
import { ADDRESSES_PER_NETWORK, networkAround } from "./address.ts";
import { Rings } from "./bucket.ts";
import { Incoming, type Speakers } from "./incoming.ts";
import type { Limits } from "./table.ts";

/** Seconds of the rate that may come at once: a school class opens its phones within a second [L10]. */
const BURST_SECONDS = 5;

/** Lines of one address that are no crowd. */
const QUIET_LINES_MAX = 4;
/** A crowd of which all but a few were closed is a crowd for so long: else its last few would have the time of a person. */
const CROWD_MS = 60_000;

/** An address with lines. */
interface Account {
  /** The address, as one string for all its lines. */
  readonly address: string;
  readonly network: Network;
  /** What its lines may say. */
  readonly speakers: Speakers;
  lines: number;
  /** When it was last found to be a crowd, in ms. */
  crowdedAt: number;
}

/** A network with lines. */
interface Network {
  readonly name: string;
  lines: number;
}

type ConnectionLimits = Pick<
  Limits,
  "linesMax" | "linesPerAddressMax" | "connectsPerSecond" | "addressMessagesPerSecond"
>;

/** What the lines of an address share. */
export type Admission = Pick<Account, "address" | "speakers">;

export type Turndown = "server_full" | "too_many_lines" | "too_many_connects";

export class Connections {
  readonly #accounts = new Map<string, Account>();
  readonly #networks = new Map<string, Network>();
  readonly #connects: Rings;
  readonly #incoming: Incoming;
  #lines = 0;

  constructor(private readonly limits: ConnectionLimits) {
    this.#incoming = new Incoming(limits);
    this.#connects = new Rings(limits.connectsPerSecond, BURST_SECONDS);
  }

  /** Counts one more line for the address and answers what all its lines share, or says why not [L10][L11]. */
  admit(address: string, now: number): Admission | Turndown {
    const { linesMax, linesPerAddressMax } = this.limits;
    if (this.#lines >= linesMax) return "server_full";
    const known = this.#accounts.get(address);
    const network = known?.network ?? this.networkOf(address);
    const ofNetworkMax = linesPerAddressMax * ADDRESSES_PER_NETWORK;
    if ((known?.lines ?? 0) >= linesPerAddressMax || network.lines >= ofNetworkMax) return "too_many_lines";
    if (this.#connects.takeOrWaitMs(address, now) > 0) return "too_many_connects";
    const speakers = this.#incoming.opened(address, now);
    const account = known ?? { address, network, speakers, lines: 0, crowdedAt: Number.NEGATIVE_INFINITY };
    if (account.lines === 0) this.#accounts.set(address, account);
    if (network.lines === 0) this.#networks.set(network.name, network);
    account.lines += 1;
    network.lines += 1;
    this.#lines += 1;
    return account;
  }

  private networkOf(address: string): Network {
    const name = networkAround(address);
    return this.#networks.get(name) ?? { name, lines: 0 };
  }

  /** A line of the address is gone. */
  release(address: string): void {
    const account = this.#accounts.get(address);
    if (account === undefined) return;
    const { network } = account;
    this.#incoming.closed(address);
    account.lines -= 1;
    network.lines -= 1;
    this.#lines -= 1;
    if (account.lines === 0) this.#accounts.delete(address);
    if (network.lines === 0) this.#networks.delete(network.name);
  }

  /** Whether the address has more lines than a person who tries things by hand, or had when this was last asked, not long ago [L7]. */
  isCrowd(address: string, now: number): boolean {
    const account = this.#accounts.get(address);
    if (account === undefined) return false;
    if (account.lines > QUIET_LINES_MAX) account.crowdedAt = now;
    return now - account.crowdedAt < CROWD_MS;
  }

  /** Forgets addresses whose connects were long ago: called now and then. */
  prune(now: number): void {
    this.#connects.prune(now);
    this.#incoming.prune(now);
  }

  /** How many addresses and networks have a line, or have had one not long ago. */
  get size(): number {
    return this.#accounts.size + this.#networks.size + this.#connects.size + this.#incoming.size;
  }
}
