// What rooms keep in memory, added up: for the address that opened them, for its network and for the whole server [L31]; and how many rooms a
// network has open [L32]. Three quarters of each bound are for whoever comes first, and the last quarter is shared out among as many rooms
// as the bound is for: what others keep never takes from a room what is its own part.
import { ADDRESSES_PER_NETWORK, networkAround } from "./address.ts";
import type { Limits } from "./table.ts";

const MiB = 1024 * 1024;
/** The part of a bound that is shared out: large enough for a small room to live on, and small enough not to lie idle. */
const SHARED_OUT = 1 / 4;

/** Bytes that a text takes in memory: two a character as soon as one of them is more than ASCII, since the frame it came in is kept so. */
export function textBytes(text: string | null): number {
  if (text === null) return 0;
  // Measured on Bun 1.4.4: 2 ns for 64 characters, where a search by RegExp takes 29.
  return Buffer.byteLength(text) === text.length ? text.length : text.length * 2;
}

/** A ring around rooms. */
class Ring {
  bytes = 0;
  rooms = 0;
  /** Below this whoever asks may keep more. */
  readonly limit: number;
  /** What each room may keep whatever the others do. */
  readonly share: number;

  constructor(
    bytesMax: number,
    readonly roomsMax: number,
    readonly around: Ring | null,
  ) {
    this.limit = bytesMax * (1 - SHARED_OUT);
    // Lifted, both are Infinity, and the limit is never reached.
    this.share = Number.isFinite(bytesMax) ? (bytesMax * SHARED_OUT) / roomsMax : Number.POSITIVE_INFINITY;
  }
}

/** What one room keeps. Plain additions, because every message that is kept makes them. */
export class RoomKept {
  /** Bytes, as they are counted. */
  bytes = 0;
  /** The innermost ring; null once the room has ended, since what is told after that is kept by nobody. */
  #around: Ring | null;

  /** @param reached told each time that the room gives up history for a bound, or is refused what it would keep */
  constructor(
    around: Ring,
    readonly reached: () => void,
  ) {
    this.#around = around;
  }

  /** Keeps so many bytes more, or fewer. */
  add(bytes: number): void {
    if (this.#around === null) return;
    this.bytes += bytes;
    for (let ring: Ring | null = this.#around; ring !== null; ring = ring.around) ring.bytes += bytes;
  }

  /** Whether it may keep so many bytes more: within its own part, or where there is room left in every ring. */
  fits(more: number): boolean {
    for (let ring: Ring | null = this.#around; ring !== null; ring = ring.around)
      if (ring.bytes + more > ring.limit && this.bytes + more > ring.share) return false;
    return true;
  }

  /** Gives everything back: the room has ended. */
  end(): void {
    this.add(-this.bytes);
    this.#around = null;
  }
}

/** Which bound somebody ran into: that of rooms, or of what they keep. */
type Reached = "rooms" | "kept";

export class Kept {
  readonly #server: Ring;
  /** Those that have a room, so at most as many as there are rooms. */
  readonly #addresses = new Map<string, Ring>();
  readonly #networks = new Map<string, Ring>();

  /** Shared by all rooms: a closure a room would be memory a room. */
  readonly #onKeptReached: () => void;

  /** @param onReached told each time that somebody runs into a bound */
  constructor(
    private readonly limits: Pick<Limits, "keptMiB" | "keptPerAddressMiB" | "roomsMax" | "roomsPerAddressMax">,
    readonly onReached: (reached: Reached) => void = () => {},
  ) {
    this.#server = new Ring(limits.keptMiB * MiB, limits.roomsMax, null);
    this.#onKeptReached = () => onReached("kept");
  }

  /** Bytes that all rooms keep, as they are counted. */
  get bytes(): number {
    return this.#server.bytes;
  }

  /** How many addresses and networks are remembered. */
  get size(): number {
    return this.#addresses.size + this.#networks.size;
  }

  /** Whether the network of the address has as many rooms as it may [L32]. */
  isNetworkFull(address: string): boolean {
    const network = this.#networks.get(networkAround(address));
    return network !== undefined && network.rooms >= network.roomsMax;
  }

  /**
   * Why the address may not open a room that keeps so many bytes; null: it may.
   * @param giving what a room keeps that would end for it
   */
  refusal(address: string, bytes: number, giving: RoomKept | null): "too_many_rooms" | "server_full" | null {
    const freed = giving?.bytes ?? 0;
    const isFull = (ring: Ring | undefined) =>
      ring !== undefined && ring.bytes - freed + bytes > ring.limit && bytes > ring.share;
    const isAddressFull = isFull(this.#addresses.get(address)) || isFull(this.#networks.get(networkAround(address)));
    if (!isAddressFull && !isFull(this.#server)) return null;
    this.onReached("kept");
    return isAddressFull ? "too_many_rooms" : "server_full";
  }

  /** The account of a new room that this address opened; `ended` when the room has. */
  ofRoom(address: string): RoomKept {
    const network = this.#enter(this.#networks, networkAround(address), ADDRESSES_PER_NETWORK, this.#server);
    return new RoomKept(this.#enter(this.#addresses, address, 1, network), this.#onKeptReached);
  }

  /** A room that this address opened has ended. */
  ended(address: string, room: RoomKept): void {
    room.end();
    leave(this.#networks, networkAround(address));
    leave(this.#addresses, address);
  }

  /** @param addresses how many addresses' bounds the ring has */
  #enter(rings: Map<string, Ring>, key: string, addresses: number, around: Ring): Ring {
    const { keptPerAddressMiB, roomsPerAddressMax } = this.limits;
    const ring =
      rings.get(key) ?? new Ring(keptPerAddressMiB * MiB * addresses, roomsPerAddressMax * addresses, around);
    rings.set(key, ring);
    ring.rooms++;
    return ring;
  }
}

function leave(rings: Map<string, Ring>, key: string): void {
  const ring = rings.get(key);
  if (ring !== undefined && --ring.rooms === 0) rings.delete(key);
}
