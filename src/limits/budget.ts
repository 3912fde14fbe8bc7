// A budget that many take from, and the rings around it: what one room or address uses, its address, its network. What is taken ahead of time
// is a debt; while there is one, each that takes goes on within a share of what runs in, so that who takes little is held up by nobody else
// [L38][L41].
import { ADDRESSES_PER_NETWORK, networkAround } from "./address.ts";
import { Bucket, type Rate, refilled, waitMs } from "./bucket.ts";
import { ByKey, KEYS_MAX } from "./byKey.ts";

/** Seconds of its share that a taker has when a debt begins. */
const SHARE_BURST_SECONDS = 1;

/** How long who has saved up for something large waits for the debt to be no more than a burst. */
const SAVED_WAIT_MS = 50;

/** A ring around budgets: its bucket, and the ring around it. */
export class Ring {
  /** Budgets, or rings within, that take from it. */
  takers = 0;
  readonly #bucket: Bucket;

  constructor(
    private readonly rate: Rate,
    readonly around: Ring | null,
    now: number,
  ) {
    this.#bucket = new Bucket(rate, now);
  }

  /** Takes so much here and in every ring around, ahead of time where it is not there. */
  take(amount: number, now: number): void {
    this.#bucket.take(amount, now);
    this.around?.take(amount, now);
  }

  /** How long until no ring is in debt, in ms; 0: none is. */
  waitMs(now: number): number {
    const own = this.#bucket.waitMs(0, now);
    return this.around === null ? own : Math.max(own, this.around.waitMs(now));
  }

  /** What each that takes from it may take a second while this ring or one around it owes: an equal part of what runs in. */
  sharePerSecond(now: number): number {
    const own = this.#bucket.waitMs(0, now) > 0 ? this.rate.perSecond / this.takers : Number.POSITIVE_INFINITY;
    return this.around === null ? own : Math.min(own, this.around.sharePerSecond(now));
  }

  isFull(now: number): boolean {
    return this.#bucket.isFull(now);
  }
}

/** What is left of a taker's share. */
interface Share {
  left: number;
  filledAt: number;
}

/**
 * What one party may use. Plain numbers, because every message takes from them: its rings are told of it when time has passed, which is once
 * a beat and not once a message, or when much was taken.
 */
export class SharedBudget {
  /** What it may use now; below zero, what it owes. Whoever uses it subtracts. */
  left: number;
  /** As long as there is more left than this nobody need ask. */
  askAt = 0;
  /** When `left` was last filled, in ms. */
  filledAt: number;
  /** Whether a ring around it owed when that was last looked at. */
  isAroundOwing = false;
  #told: number;
  /** Who has taken while something is owed, and what is left to each; null: nothing is owed. */
  #shares: WeakMap<object, Share> | null = null;

  /** @param tellAfter what may be taken before the rings are told of it, within one moment */
  constructor(
    /** What runs in, and how much of it may be used at once. */
    protected rate: Rate,
    /** Its network's ring may be forgotten before it is, and made anew. */
    public around: Ring,
    private readonly tellAfter: number,
    now: number,
  ) {
    this.left = rate.burst;
    this.#told = rate.burst;
    this.#lookAhead();
    this.filledAt = now;
  }

  /** How long until neither it nor a ring around it owes anything, in ms; 0: now. */
  waitMs(now: number): number {
    // Lifted, both are Infinity, and nothing was taken.
    const taken = this.#told - this.left;
    if (taken > 0) this.around.take(taken, now);
    this.left = refilled(this.left, now - this.filledAt, this.rate);
    this.#told = this.left;
    this.#lookAhead();
    this.filledAt = Math.max(now, this.filledAt);
    const aroundMs = this.around.waitMs(now);
    this.isAroundOwing = aroundMs > 0;
    const ms = Math.max(waitMs(this.left, 0, this.rate), aroundMs);
    if (ms === 0) this.#shares = null;
    return ms;
  }

  /**
   * Whether somebody may use so much though something is owed: as long as it is within its share. It is taken from that.
   * @param part how much of the budget is its own, 0 to 1
   */
  takeShare(taker: object, part: number, amount: number, now: number): boolean {
    const share = this.#shareOf(taker, part, amount, now);
    // Not ahead of time, nor all that was saved up at once: else each of a hundred members could add one large frame to the debt.
    if (share.left < amount || (amount > this.#shareRate(part, now).burst && this.left < -this.rate.burst))
      return false;
    share.left -= amount;
    return true;
  }

  /** More was used at a taker's word than it had asked for: while something is owed, its share pays for that, ahead of time. */
  chargeShare(taker: object, amount: number): void {
    this.#shares ??= new WeakMap();
    const { left, filledAt } = this.#shares.get(taker) ?? { left: 0, filledAt: this.filledAt };
    this.#shares.set(taker, { left: left - amount, filledAt });
  }

  /** How long until so much is within a taker's share, in ms; what is more than a second of it is saved up for. */
  shareWaitMs(taker: object, part: number, amount: number, now: number): number {
    const rate = this.#shareRate(part, now);
    const ms = waitMs(this.#shareOf(taker, part, amount, now).left, amount, rate);
    const isHeldBack = ms === 0 && amount > rate.burst && this.left < -this.rate.burst;
    return isHeldBack ? SAVED_WAIT_MS : ms;
  }

  /** Whether it is whole: forgotten and made anew it would hold the same. */
  isFull(now: number): boolean {
    return this.waitMs(now) === 0 && this.left >= this.rate.burst;
  }

  #lookAhead(): void {
    // Lifted, both are Infinity: their difference is NaN, and with that every message would ask.
    this.askAt = Math.max(0, this.left - this.tellAfter) || 0;
  }

  #shareOf(taker: object, part: number, wanted: number, now: number): Share {
    this.#shares ??= new WeakMap();
    const rate = this.#shareRate(part, now);
    const share = this.#shares.get(taker) ?? { left: rate.burst, filledAt: now };
    share.left = refilled(share.left, now - share.filledAt, { ...rate, burst: Math.max(rate.burst, wanted) });
    share.filledAt = now;
    this.#shares.set(taker, share);
    return share;
  }

  /** All parts of all budgets together are no more than what runs in, so a debt that all of them keep up does not grow. */
  #shareRate(part: number, now: number): Rate {
    const own = this.left < 0 ? this.rate.perSecond : Number.POSITIVE_INFINITY;
    const perSecond = part * Math.min(own, this.around.sharePerSecond(now));
    return { perSecond, burst: perSecond * SHARE_BURST_SECONDS };
  }
}

/** The rings by name: those that something takes from, and those of late, since what they have taken stays taken. */
export class RingTable {
  readonly #live = new Map<string, Ring>();
  readonly #rested: ByKey<Ring>;

  /**
   * @param perSecond of an address  @param burstSeconds of that, at once
   * @param restedMax how many that nothing takes from are remembered [L27]
   */
  constructor(
    private readonly perSecond: number,
    private readonly burstSeconds: number,
    restedMax = KEYS_MAX,
  ) {
    this.#rested = new ByKey(restedMax);
  }

  /** The ring of the address's network, for something that takes from it until it `leaves`. */
  enterNetwork(address: string, now: number): Ring {
    return this.#enter(networkAround(address), ADDRESSES_PER_NETWORK, null, now);
  }

  /** The ring of the address, within that of its network. */
  enterAddress(address: string, now: number): Ring {
    return this.#enter(address, 1, this.enterNetwork(address, now), now);
  }

  leaveNetwork(address: string): void {
    this.#leave(networkAround(address));
  }

  leaveAddress(address: string): void {
    this.leaveNetwork(address);
    this.#leave(address);
  }

  /** Drops the rings that nothing takes from and that are full: new ones would hold the same. Called now and then. */
  prune(now: number): void {
    this.#rested.prune((ring) => ring.isFull(now));
  }

  /** How many are remembered. */
  get size(): number {
    return this.#live.size + this.#rested.size;
  }

  #enter(key: string, addresses: number, around: Ring | null, now: number): Ring {
    const known = this.#live.get(key) ?? this.#rested.remove(key);
    const perSecond = this.perSecond * addresses;
    // One whose network was forgotten meanwhile would take from a ring that nobody else knows.
    const isSame = known !== undefined && known.around === around;
    const ring = isSame ? known : new Ring({ perSecond, burst: perSecond * this.burstSeconds }, around, now);
    this.#live.set(key, ring);
    ring.takers++;
    return ring;
  }

  #leave(key: string): void {
    const ring = this.#live.get(key);
    if (ring === undefined) return;
    ring.takers--;
    if (ring.takers > 0) return;
    this.#live.delete(key);
    this.#rested.use(key, () => ring);
  }
}
