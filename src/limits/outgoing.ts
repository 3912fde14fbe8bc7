// What rooms may hand out: the bytes of a frame times those who hear it, taken from the room's own bucket and from those of the rings
// around it, the address that opened the room and its network [L26]. A publish is never held back; what is taken ahead of time is waited
// for by who sends next, unless it sends less than its share [L38].
import { ADDRESSES_PER_NETWORK, networkAround } from "./address.ts";
import { Bucket, type Rate, refilled, waitMs } from "./bucket.ts";
import { ByKey, KEYS_MAX } from "./byKey.ts";
import type { Limits } from "./table.ts";

/**
 * Seconds of the rate of a plain room that a room may hand out at once: a display that shows a new picture to everyone. It lies in memory until
 * it is read, twice and more while buffers grow, so a larger room has no more of it.
 */
const ROOM_BURST_SECONDS = 2;
/** Seconds of the rate that all rooms of an address, or of a network, may hand out at once. */
const RING_BURST_SECONDS = 1;
/** Bytes after which the rings around a room are told what it has handed out: what all rooms of an address can use in one turn of the loop. */
const TELL_BYTES = 1024 * 1024;
/** Members of a room for whom the rate is meant; a larger room has more in proportion: 100 members at 15 messages a second of 100 B. */
const MEMBERS_AT_RATE = 32;
/** Seconds of its share that a sender has when a debt begins. */
const SHARE_BURST_SECONDS = 1;

/** A ring around rooms: its bucket, and the ring around it. */
class OutgoingRing {
  /** Rooms that take from it. */
  rooms = 0;

  constructor(
    private readonly bucket: Bucket,
    private readonly perSecond: number,
    readonly around: OutgoingRing | null,
  ) {}

  /** Takes so many bytes here and in every ring around, ahead of time where they are not there. */
  take(bytes: number, now: number): void {
    this.bucket.take(bytes, now);
    this.around?.take(bytes, now);
  }

  /** How long until no ring is in debt, in ms; 0: none is. */
  waitMs(now: number): number {
    const own = this.bucket.waitMs(0, now);
    return this.around === null ? own : Math.max(own, this.around.waitMs(now));
  }

  /** What one room may hand out a second while this ring or one around it owes: an equal part of what runs into it. */
  sharePerSecond(now: number): number {
    const own = this.bucket.waitMs(0, now) > 0 ? this.perSecond / this.rooms : Number.POSITIVE_INFINITY;
    return this.around === null ? own : Math.min(own, this.around.sharePerSecond(now));
  }

  isFull(now: number): boolean {
    return this.bucket.isFull(now);
  }
}

/** What is left of a sender's share, in bytes; below zero, what it has taken ahead of time. */
interface Share {
  left: number;
  filledAt: number;
}

/**
 * What one room may hand out. Plain numbers, because every message takes from them: its rings are told of it when time has passed, which
 * is once a beat and not once a message.
 */
export class RoomBudget {
  /** Bytes it may hand out now; below zero, what it owes. Whoever hands out subtracts. */
  left: number;
  /** As long as there is more left than this nobody need ask. */
  askAt = 0;
  /** When `left` was last filled, in ms. */
  filledAt: number;
  /** Whether a ring around it owed when that was last looked at. */
  isAroundOwing = false;
  /** Bytes of frames that the room has been told since its lines were last looked at: the outlet's own figure [L23]. */
  unlooked = 0;
  #told: number;
  /** Who has sent while something is owed, and what is left to each; null: nothing is owed. */
  #shares: WeakMap<object, Share> | null = null;

  constructor(
    private readonly rate: Rate,
    private readonly around: OutgoingRing,
    now: number,
  ) {
    this.left = rate.burst;
    this.#told = rate.burst;
    this.askAt = Math.max(0, rate.burst - TELL_BYTES);
    this.filledAt = now;
  }

  /** How long until neither the room nor a ring around it owes anything, in ms; 0: now. */
  waitMs(now: number): number {
    // Lifted, both are Infinity, and nothing was taken.
    const taken = this.#told - this.left;
    if (taken > 0) this.around.take(taken, now);
    this.left = refilled(this.left, now - this.filledAt, this.rate);
    this.#told = this.left;
    this.askAt = Math.max(0, this.left - TELL_BYTES);
    this.filledAt = Math.max(now, this.filledAt);
    const aroundMs = this.around.waitMs(now);
    this.isAroundOwing = aroundMs > 0;
    const ms = Math.max(waitMs(this.left, 0, this.rate), aroundMs);
    if (ms === 0) this.#shares = null;
    return ms;
  }

  /**
   * Whether a sender may hand out so many bytes though something is owed: as long as they are within its share [L38]. They are taken.
   * @param part how much of what the room may hand out is its own, 0 to 1
   */
  takeShare(sender: object, part: number, bytes: number, now: number): boolean {
    const share = this.#shareOf(sender, part, now);
    // Not ahead of time: else each of a hundred members could add one large frame to the debt.
    if (share.left < bytes) return false;
    share.left -= bytes;
    return true;
  }

  /** How long until so many bytes are within a sender's share, in ms; 0: they are; Infinity: they never will be. */
  shareWaitMs(sender: object, part: number, bytes: number, now: number): number {
    const rate = this.#shareRate(part, now);
    if (bytes > rate.burst) return Number.POSITIVE_INFINITY;
    return waitMs(this.#shareOf(sender, part, now).left, bytes, rate);
  }

  #shareOf(sender: object, part: number, now: number): Share {
    this.#shares ??= new WeakMap();
    const rate = this.#shareRate(part, now);
    const share = this.#shares.get(sender) ?? { left: rate.burst, filledAt: now };
    share.left = refilled(share.left, now - share.filledAt, rate);
    share.filledAt = now;
    this.#shares.set(sender, share);
    return share;
  }

  /** All parts of all rooms together are no more than what runs in, so a debt that all of them keep up does not grow. */
  #shareRate(part: number, now: number): Rate {
    const ofRoom = this.left < 0 ? this.rate.perSecond : Number.POSITIVE_INFINITY;
    const perSecond = part * Math.min(ofRoom, this.around.sharePerSecond(now));
    return { perSecond, burst: perSecond * SHARE_BURST_SECONDS };
  }
}

export class Outgoing {
  /** Of addresses and networks that have rooms: at most twice as many as there are rooms. */
  readonly #live = new Map<string, OutgoingRing>();
  /** Of those whose rooms have ended: what they have taken stays taken. */
  readonly #rested: ByKey<OutgoingRing>;

  /** @param restedMax how many addresses and networks without a room are remembered [L27] */
  constructor(
    private readonly limits: Pick<Limits, "roomOutBytesPerSecond" | "addressOutBytesPerSecond">,
    restedMax = KEYS_MAX,
  ) {
    this.#rested = new ByKey(restedMax);
  }

  /** The ring of a new room that this address opened; `ended` when the room has. @param maxClients how many members it takes */
  ofRoom(address: string, maxClients: number, now: number): RoomBudget {
    const { roomOutBytesPerSecond, addressOutBytesPerSecond } = this.limits;
    const network = this.#enter(networkAround(address), addressOutBytesPerSecond * ADDRESSES_PER_NETWORK, null, now);
    const around = this.#enter(address, addressOutBytesPerSecond, network, now);
    const share = Math.max(1, maxClients / MEMBERS_AT_RATE);
    const burst = roomOutBytesPerSecond * ROOM_BURST_SECONDS;
    return new RoomBudget({ perSecond: roomOutBytesPerSecond * share, burst }, around, now);
  }

  /** A room that this address opened has ended. What it has taken stays taken. */
  ended(address: string): void {
    for (const key of [networkAround(address), address]) {
      const ring = this.#live.get(key);
      if (ring === undefined) continue;
      ring.rooms--;
      if (ring.rooms > 0) continue;
      this.#live.delete(key);
      this.#rested.use(key, () => ring);
    }
  }

  /** Drops the rings that no room takes from and that are full: new ones would hold the same. Called now and then. */
  prune(now: number): void {
    this.#rested.prune((ring) => ring.isFull(now));
  }

  /** How many addresses and networks are remembered. */
  get size(): number {
    return this.#live.size + this.#rested.size;
  }

  #enter(key: string, perSecond: number, around: OutgoingRing | null, now: number): OutgoingRing {
    const known = this.#live.get(key) ?? this.#rested.remove(key);
    // One whose network was forgotten meanwhile would take from a ring that nobody else knows.
    const ring =
      known?.around === around ? known : new OutgoingRing(new Bucket(rate(perSecond), now), perSecond, around);
    this.#live.set(key, ring);
    ring.rooms++;
    return ring;
  }
}

function rate(perSecond: number): Rate {
  return { perSecond, burst: perSecond * RING_BURST_SECONDS };
}
