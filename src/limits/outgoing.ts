// What rooms may hand out: the bytes of a frame times those who hear it, taken from the room's own budget and from the rings around it, the
// address that opened the room and its network [L26]. A publish is never held back; what is taken ahead of time is waited for by who sends
// next, unless it sends less than its share [L38].
import type { Rate } from "./bucket.ts";
import { type Ring, RingTable, SharedBudget } from "./budget.ts";
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

/** What one room may hand out, in bytes. */
export class RoomBudget extends SharedBudget {
  /** Bytes of frames that the room has been told since its lines were last looked at: the outlet's own figure [L23]. */
  unlooked = 0;
  /** When the room was last told something, in ms: the outlet's own figure too, since it writes to this object at each message in any case. */
  toldAt: number;

  readonly #plainPerSecond: number;

  /** @param plainPerSecond of a room of MEMBERS_AT_RATE or fewer  @param clients how many the room is for */
  constructor(plainPerSecond: number, clients: number, around: Ring, now: number) {
    super(rateFor(plainPerSecond, clients), around, TELL_BYTES, now);
    this.#plainPerSecond = plainPerSecond;
    this.toldAt = now;
  }

  /** The room is for so many from now on: with those who watch it come more, and go. */
  widen(clients: number, now: number): void {
    // What has run in till now has run in as it was.
    this.waitMs(now);
    this.rate = rateFor(this.#plainPerSecond, clients);
  }
}

export class Outgoing {
  readonly #rings: RingTable;

  /** @param restedMax how many addresses and networks without a room are remembered [L27] */
  constructor(
    private readonly limits: Pick<Limits, "roomOutBytesPerSecond" | "addressOutBytesPerSecond">,
    restedMax?: number,
  ) {
    this.#rings = new RingTable(limits.addressOutBytesPerSecond, RING_BURST_SECONDS, restedMax);
  }

  /** The budget of a new room that this address opened; `ended` when the room has. @param maxClients how many members it takes */
  ofRoom(address: string, maxClients: number, now: number): RoomBudget {
    return new RoomBudget(this.limits.roomOutBytesPerSecond, maxClients, this.#rings.enterAddress(address, now), now);
  }

  /** A room that this address opened has ended. What it has taken stays taken. */
  ended(address: string): void {
    this.#rings.leaveAddress(address);
  }

  /** Drops what new rings would hold the same of. Called now and then. */
  prune(now: number): void {
    this.#rings.prune(now);
  }

  /** How many addresses and networks are remembered. */
  get size(): number {
    return this.#rings.size;
  }
}

function rateFor(plainPerSecond: number, clients: number): Rate {
  const perSecond = plainPerSecond * Math.max(1, clients / MEMBERS_AT_RATE);
  return { perSecond, burst: plainPerSecond * ROOM_BURST_SECONDS };
}
