// So many a second from one address, with a burst: what is beyond waits for its turn, in the order it came, and is never refused. The
// debt of an address is bounded by its lines, since a line that waits asks for nothing else.

/** A write to the log counts as one, and as one more for each so many characters of it: a full room's events have 20,000 [L19]. */
const SESSION_WRITE_CHARS = 512;

interface Account {
  /** What it may take at once; below zero, what it has taken ahead of time. */
  left: number;
  at: number;
}

export class WriteLimit {
  readonly #accounts = new Map<string, Account>();

  /** @param perSecond Infinity: nobody waits; @param burst how many at once after a rest */
  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
  ) {}

  /** Takes one; answers how long to wait before using it, in ms. */
  take(address: string, now: number): number {
    if (this.perSecond === Number.POSITIVE_INFINITY) return 0;
    const account = this.#filled(address, now);
    account.left--;
    return account.left >= 0 ? 0 : Math.ceil((-account.left / this.perSecond) * 1000);
  }

  /** Takes one if there is one; else whether to wait is no question. */
  tryTake(address: string, now: number): boolean {
    if (this.perSecond === Number.POSITIVE_INFINITY) return true;
    const account = this.#filled(address, now);
    if (account.left < 1) return false;
    account.left--;
    return true;
  }

  /** The write that was taken has appended so many characters: each whole `SESSION_WRITE_CHARS` is a further write. */
  chargeChars(address: string, chars: number, now: number): void {
    if (this.perSecond === Number.POSITIVE_INFINITY) return;
    this.#filled(address, now).left -= Math.floor(chars / SESSION_WRITE_CHARS);
  }

  /** Forgets addresses that have rested: called now and then. */
  prune(now: number): void {
    for (const address of [...this.#accounts.keys()]) {
      if (this.#filled(address, now).left >= this.burst) this.#accounts.delete(address);
    }
  }

  #filled(address: string, now: number): Account {
    const account = this.#accounts.get(address) ?? { left: this.burst, at: now };
    this.#accounts.set(address, account);
    const gained = (Math.max(0, now - account.at) / 1000) * this.perSecond;
    account.left = Math.min(this.burst, account.left + gained);
    account.at = now;
    return account;
  }
}
