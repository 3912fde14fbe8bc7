// What each address has open: lines at once, and connects a second. Asked before the upgrade, where a no costs least.
import { FIXED, type Limits } from "./table.ts";

interface Account {
  /** The address, as one string for all its lines. */
  readonly address: string;
  lines: number;
  connects: number;
  filledAt: number;
}

export type Turndown = "server_full" | "too_many_lines" | "too_many_connects";
export type Admission = { readonly address: string } | Turndown;

export class Connections {
  readonly #accounts = new Map<string, Account>();
  #lines = 0;

  constructor(private readonly limits: Pick<Limits, "linesMax" | "linesPerAddressMax" | "connectsPerSecond">) {}

  /** Counts one more line for the address and answers it as the string that all its lines share, or says why not [L10][L11]. */
  admit(address: string, now: number): Admission {
    const { linesMax, linesPerAddressMax, connectsPerSecond } = this.limits;
    if (this.#lines >= linesMax) return "server_full";
    const burst = connectsPerSecond * FIXED.connectBurstSeconds;
    const account = this.#accounts.get(address) ?? { address, lines: 0, connects: burst, filledAt: now };
    const seconds = (now - account.filledAt) / 1000;
    if (seconds > 0) account.connects = Math.min(burst, account.connects + seconds * connectsPerSecond);
    account.filledAt = now;
    this.#accounts.set(address, account);
    if (account.lines >= linesPerAddressMax) return "too_many_lines";
    if (account.connects < 1) return "too_many_connects";
    account.connects -= 1;
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

  /** Forgets addresses that have nothing open and have been quiet: called now and then. */
  prune(now: number): void {
    const quietMs = FIXED.connectBurstSeconds * 1000;
    for (const [address, account] of this.#accounts) {
      if (account.lines === 0 && now - account.filledAt > quietMs) this.#accounts.delete(address);
    }
  }
}
