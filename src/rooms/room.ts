// One room: who sits in it, who is host, who hears what. It decides and tells; it knows no bytes, no sockets, no timers of
// its own. Everything it tells leaves through the outlet in the order decided here, which is the one order of the room [R20].
import {
  type ClientId,
  type CloseName,
  type Event,
  type Guest,
  type LeaveReason,
  type Refusal,
  refuse,
} from "../vocabulary.ts";
import type { Line, Outlet } from "./ports.ts";
import { Seat } from "./seat.ts";

export interface RoomTraits {
  readonly code: string;
  /** The dialect it was created in. */
  readonly wire: string;
  /** Seats it has, the creator's included. */
  readonly maxClients: number;
  /** The address that opened it, for the limit an address. */
  readonly address: string;
  /** The page that opened it (`Origin`), or "unknown". */
  readonly origin: string;
}

export class Room implements RoomTraits {
  readonly code: string;
  readonly wire: string;
  readonly maxClients: number;
  readonly address: string;
  readonly origin: string;
  /** In join order; taking a seat up again keeps its place. */
  readonly #seats = new Map<ClientId, Seat>();
  #taken = 0;
  readonly #outlet: Outlet;
  readonly #ended: (room: Room) => void;
  /** Whose the role is. While that member is away nobody is host, and it has the role again when it is back [R15]. */
  readonly #hostId: ClientId;

  /** Opens with its creator in the first seat; `ended` is called once, when the last seat is empty. */
  constructor(traits: RoomTraits, creator: Line, guest: Guest, outlet: Outlet, ended: (room: Room) => void) {
    this.code = traits.code;
    this.wire = traits.wire;
    this.maxClients = traits.maxClients;
    this.address = traits.address;
    this.origin = traits.origin;
    this.#outlet = outlet;
    this.#ended = ended;
    this.#hostId = guest.clientId;
    this.#add(creator, guest);
  }

  /** Seats taken. A field of its own: the size of a Map is a call, and every broadcast asks. */
  get size(): number {
    return this.#taken;
  }

  get host(): Seat | null {
    return this.#seats.get(this.#hostId) ?? null;
  }

  get seats(): IterableIterator<Seat> {
    return this.#seats.values();
  }

  /** Gives the line the guest's own seat, or a new one [R10]–[R14]. */
  join(line: Line, guest: Guest): Event | Refusal {
    const held = this.#seats.get(guest.clientId);
    if (held !== undefined) this.#takeUp(held, line, guest);
    else if (this.#taken >= this.maxClients) return refuse("room_full");
    else this.#welcome(line, guest);
    return this.#picture();
  }

  /** Relays a body; answers how many lines it was handed to. */
  send(from: Seat, to: ClientId | readonly ClientId[] | null, body: string): number | Refusal {
    const event: Event = { kind: "message", from, body };
    if (to === null) {
      this.#outlet.tellRoom(this, event, from.line);
      return this.#taken - 1;
    }
    if (typeof to !== "string") return this.#sendToSome(to, event);
    const line = this.#lineOf(to);
    if (line === null) return refuse("target_not_found");
    this.#outlet.tellOne(line, this, event);
    return 1;
  }

  /** The member gives up its seat, or loses it. */
  rise(seat: Seat, reason: LeaveReason): void {
    const wasHost = seat === this.host;
    if (seat.line !== null) this.#outlet.quit(seat.line, this);
    this.#seats.delete(seat.clientId);
    this.#taken--;
    seat.clear();
    if (this.#taken === 0) {
      this.#ended(this);
      return;
    }
    this.#outlet.tellRoom(this, { kind: "peerLeft", clientId: seat.clientId, reason }, null);
    if (wasHost) this.#outlet.tellRoom(this, { kind: "hostChanged", clientId: null }, null);
  }

  /** Ends the room for everyone in it. */
  close(how: CloseName, reason: string | null): void {
    // A copy: closing a line runs its close handler inside this loop (limits.md, measured).
    const lines = [...this.#seats.values()].map((seat) => seat.line);
    for (const seat of this.#seats.values()) seat.clear();
    this.#seats.clear();
    this.#taken = 0;
    this.#ended(this);
    for (const line of lines) {
      if (line === null) continue;
      this.#outlet.quit(line, this);
      line.close(how, reason ?? undefined);
    }
  }

  #sendToSome(to: readonly ClientId[], event: Event): number | Refusal {
    const lines = new Set<Line>();
    const missing: ClientId[] = [];
    for (const clientId of to) {
      const line = this.#lineOf(clientId);
      if (line === null) missing.push(clientId);
      else lines.add(line);
    }
    this.#outlet.tellSome([...lines], this, event);
    return missing.length === 0 ? lines.size : refuse("target_not_found", { missing, delivered: lines.size });
  }

  #welcome(line: Line, guest: Guest): void {
    const peer = { clientId: guest.clientId, name: guest.name };
    this.#outlet.tellRoom(this, { kind: "peerJoined", peer }, null);
    if (guest.clientId === this.#hostId) {
      this.#outlet.tellRoom(this, { kind: "hostChanged", clientId: guest.clientId }, null);
    }
    this.#add(line, guest);
  }

  /** The owner is back while its old line still looks open: a silent change of lines [R11]. */
  #takeUp(seat: Seat, line: Line, guest: Guest): void {
    if (guest.name !== null) seat.name = guest.name;
    const before = seat.sit(line);
    if (before !== null) {
      this.#outlet.quit(before, this);
      before.close("replaced");
    }
    this.#outlet.enter(line, this);
  }

  #add(line: Line, guest: Guest): void {
    const seat = new Seat(this, guest.clientId, guest.name);
    this.#seats.set(guest.clientId, seat);
    this.#taken++;
    seat.sit(line);
    this.#outlet.enter(line, this);
  }

  /** All that a client needs to draw the room. */
  #picture(): Event {
    return {
      kind: "joined",
      code: this.code,
      host: this.host?.clientId ?? null,
      peers: Array.from(this.#seats.values(), (seat) => seat.peer()),
    };
  }

  #lineOf(clientId: ClientId): Line | null {
    return this.#seats.get(clientId)?.line ?? null;
  }
}
