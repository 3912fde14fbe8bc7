// What a party should be, said a second time and as plainly as can be: lists and loops, no code shared with src/rooms. The fuzz
// lets it foretell every answer and every event, and compares.
import type { Event, Peer } from "../../src/vocabulary.ts";
import type { NotebookLine } from "../support/notebook.ts";

export interface ModelSeat {
  readonly clientId: string;
  name: string | null;
  line: NotebookLine;
}

export interface ModelRoom {
  readonly code: string;
  readonly wire: string;
  readonly address: string;
  readonly maxClients: number;
  readonly hostId: string;
  seats: ModelSeat[];
}

export interface ModelLimits {
  readonly roomsMax: number;
  readonly roomsPerAddressMax: number;
  readonly clientsPerRoomMax: number;
}

const REST_MS = 60_000;

export class Model {
  readonly rooms: ModelRoom[] = [];
  /** Code → when its room ended. */
  readonly endedAt = new Map<string, number>();
  /** What each line is to hear. */
  readonly heard = new Map<NotebookLine, Event[]>();
  /** Lines that the server is to have closed, and how. */
  readonly closed = new Map<NotebookLine, string>();

  constructor(
    private readonly limits: ModelLimits,
    private readonly now: () => number,
  ) {}

  seatOf(line: NotebookLine): { room: ModelRoom; seat: ModelSeat } | null {
    for (const room of this.rooms) for (const seat of room.seats) if (seat.line === line) return { room, seat };
    return null;
  }

  roomOf(code: string): ModelRoom | null {
    return this.rooms.find((room) => room.code === code.toUpperCase()) ?? null;
  }

  isFree(code: string): boolean {
    return this.roomOf(code) === null && this.now() - (this.endedAt.get(code) ?? Number.NEGATIVE_INFINITY) >= REST_MS;
  }

  /** The name of the refusal that `create` meets, or null where a room is opened. */
  createRefusal(line: NotebookLine, maxClients: number, code: string | null): string | null {
    if (this.seatOf(line) !== null) return "already_in_room";
    if (maxClients > this.limits.clientsPerRoomMax) return "bad_field";
    if (this.rooms.length >= this.limits.roomsMax) return "server_full";
    const own = this.rooms.filter(({ address }) => address === line.address).length;
    if (own >= this.limits.roomsPerAddressMax) return "too_many_rooms";
    if (code !== null && !/^[A-HJ-NP-Z2-9]{4}$/.test(code.toUpperCase())) return "bad_field";
    return code !== null && !this.isFree(code.toUpperCase()) ? "code_taken" : null;
  }

  open(line: NotebookLine, code: string, clientId: string, name: string | null, maxClients: number): void {
    const { wire, address } = line;
    this.rooms.push({ code, wire, address, maxClients, hostId: clientId, seats: [{ clientId, name, line }] });
  }

  /** The joined picture, or the name of the refusal. */
  join(line: NotebookLine, code: string, clientId: string, name: string | null): Event | string {
    if (this.seatOf(line) !== null) return "already_in_room";
    const room = this.roomOf(code);
    if (room === null || room.wire !== line.wire) return "room_not_found";
    const held = room.seats.find((seat) => seat.clientId === clientId);
    if (held !== undefined) {
      this.closed.set(held.line, "replaced");
      held.line = line;
      held.name = name ?? held.name;
    } else {
      if (room.seats.length >= room.maxClients) return "room_full";
      this.#tell(room, { kind: "peerJoined", peer: { clientId, name } });
      if (clientId === room.hostId) this.#tell(room, { kind: "hostChanged", clientId });
      room.seats.push({ clientId, name, line });
    }
    return { kind: "joined", code: room.code, host: hostOf(room), peers: peersOf(room) };
  }

  /** How many hear it, and who of a list is not there. */
  send(room: ModelRoom, from: ModelSeat, to: string | readonly string[] | null, body: string) {
    const event: Event = { kind: "message", from: { clientId: from.clientId, messageHead: null }, body };
    const wanted = to === null ? room.seats.map(({ clientId }) => clientId).filter((id) => id !== from.clientId) : [to];
    const ids = [...new Set(wanted.flat())];
    const hearers = ids.flatMap((id) => room.seats.filter(({ clientId }) => clientId === id));
    for (const { line } of hearers) this.#hear(line, event);
    const listed = to === null ? [] : [to].flat();
    const missing = listed.filter((id) => !room.seats.some(({ clientId }) => clientId === id));
    return { delivered: hearers.length, missing };
  }

  /** The line's member is gone, if it has one. */
  rise(line: NotebookLine, reason: "left" | "lost" | "timeout"): void {
    const found = this.seatOf(line);
    if (found === null) return;
    const { room, seat } = found;
    room.seats = room.seats.filter((other) => other !== seat);
    if (room.seats.length === 0) this.#end(room);
    this.#tell(room, { kind: "peerLeft", clientId: seat.clientId, reason });
    if (seat.clientId === room.hostId) this.#tell(room, { kind: "hostChanged", clientId: null });
  }

  close(room: ModelRoom): void {
    for (const { line } of room.seats) this.closed.set(line, "roomClosed");
    room.seats = [];
    this.#end(room);
  }

  #end(room: ModelRoom): void {
    this.rooms.splice(this.rooms.indexOf(room), 1);
    this.endedAt.set(room.code, this.now());
  }

  #tell(room: ModelRoom, event: Event): void {
    for (const { line } of room.seats) this.#hear(line, event);
  }

  #hear(line: NotebookLine, event: Event): void {
    const events = this.heard.get(line) ?? [];
    events.push(event);
    this.heard.set(line, events);
  }
}

export function hostOf(room: ModelRoom): string | null {
  return room.seats.some(({ clientId }) => clientId === room.hostId) ? room.hostId : null;
}

function peersOf(room: ModelRoom): Peer[] {
  return room.seats.map(({ clientId, name }) => ({ clientId, name }));
}
