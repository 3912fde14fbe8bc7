// What rooms may hand out: the bytes of a frame times those who hear it, taken from the room's own bucket and from those of the rings
// around it, the address that opened the room and its network [L26]. A publish is never held back; what is taken ahead of time is waited
// for by who sends next.
import { ADDRESSES_PER_NETWORK, networkAround } from "./address.ts";
import { Bucket, type Rate, refilled, waitMs } from "./bucket.ts";
import type { Limits } from "./table.ts";

/** Seconds of the rate that a room may hand out at once: a display that shows a new picture to everyone. */
const BURST_SECONDS = 4;
/** Members of a room for whom the rate is meant; a larger room has more in proportion: 100 members at 15 messages a second of 100 B. */
const MEMBERS_AT_RATE = 32;

/** A ring around rooms: its bucket, and the ring around it. */
class OutgoingRing {
  constructor(
    private readonly bucket: Bucket,
    private readonly around: OutgoingRing | null,
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

  isFull(now: number): boolean {
    return this.bucket.isFull(now);
  }
}

/**
 * What one room may hand out. Plain numbers, because every message takes from them: its rings are told of it when time has passed, which
 * is once a beat and not once a message.
 */
export class RoomBudget {
  /** Bytes it may hand out now; below zero, what it owes. Whoever hands out subtracts. */
  left: number;
  /** When `left` was last filled, in ms. */
  filledAt: number;
  /** Whether a ring around it owed when that was last looked at. */
  isAroundOwing = false;
  /** Bytes of frames that the room has been told since its lines were last looked at: the outlet's own figure [L23]. */
  unlooked = 0;
  #told: number;

  constructor(
    private readonly rate: Rate,
    private readonly around: OutgoingRing,
    now: number,
  ) {
    this.left = rate.burst;
    this.#told = rate.burst;
    this.filledAt = now;
  }

  /** How long until neither the room nor a ring around it owes anything, in ms; 0: now. */
  waitMs(now: number): number {
    // Lifted, both are Infinity, and nothing was taken.
    const taken = this.#told - this.left;
    if (taken > 0) this.around.take(taken, now);
    this.left = refilled(this.left, now - this.filledAt, this.rate);
    this.#told = this.left;
    this.filledAt = Math.max(now, this.filledAt);
    const aroundMs = this.around.waitMs(now);
    this.isAroundOwing = aroundMs > 0;
    return Math.max(waitMs(this.left, 0, this.rate), aroundMs);
  }
}

interface Entry {
  readonly ring: OutgoingRing;
  /** Rooms that take from it. */
  rooms: number;
}

export class Outgoing {
  readonly #entries = new Map<string, Entry>();

  constructor(private readonly limits: Pick<Limits, "roomOutBytesPerSecond" | "addressOutBytesPerSecond">) {}

  /** The ring of a new room that this address opened; `ended` when the room has. @param maxClients how many members it takes */
  ofRoom(address: string, maxClients: number, now: number): RoomBudget {
    const { roomOutBytesPerSecond, addressOutBytesPerSecond } = this.limits;
    const network = this.#enter(networkAround(address), addressOutBytesPerSecond * ADDRESSES_PER_NETWORK, null, now);
    const around = this.#enter(address, addressOutBytesPerSecond, network, now);
    const share = Math.max(1, maxClients / MEMBERS_AT_RATE);
    return new RoomBudget(rate(roomOutBytesPerSecond * share), around, now);
  }

  /** A room that this address opened has ended. What it has taken stays taken. */
  ended(address: string): void {
    for (const key of [networkAround(address), address]) {
      const entry = this.#entries.get(key);
      if (entry !== undefined) entry.rooms--;
    }
  }

  /** Drops the rings that no room takes from and that are full: new ones would hold the same. Called now and then. */
  prune(now: number): void {
    for (const [key, { ring, rooms }] of this.#entries) if (rooms === 0 && ring.isFull(now)) this.#entries.delete(key);
  }

  /** How many addresses and networks are remembered. */
  get size(): number {
    return this.#entries.size;
  }

  #enter(key: string, perSecond: number, around: OutgoingRing | null, now: number): OutgoingRing {
    const entry = this.#entries.get(key) ?? {
      ring: new OutgoingRing(new Bucket(rate(perSecond), now), around),
      rooms: 0,
    };
    this.#entries.set(key, entry);
    entry.rooms++;
    return entry.ring;
  }
}

function rate(perSecond: number): Rate {
  return { perSecond, burst: perSecond * BURST_SECONDS };
}
