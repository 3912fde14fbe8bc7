// The bounded window behind resume: the last things a room was told, each with the number it has in the one order of the room.
// It answers whole or not at all; bounded by count and by size, so that a room's memory can be predicted [R32].
import type { Event } from "../protocol/events.ts";
import type { HistoryRecord, ToldEvent, ToldRecord } from "./record.ts";
import type { Seat } from "./seat.ts";

/** What a room's history may hold, counted as the characters of each body and what a kept message costs besides [R32]. */
export const HISTORY_BYTES_MAX = 256 * 1024;
/** Bytes that a kept message costs besides its body: 640,000 of 100 characters took 441 bytes each. */
export const HISTORY_ENTRY_BYTES = 340;

/** What a room may be told that is worth keeping. */
export type RoomEvent = Extract<Event, { kind: ToldEvent["kind"] }>;

/** Something the room was told, and whom it was for. */
export interface Told {
  readonly seq: number;
  readonly event: RoomEvent;
  /** The seat it was not for: whose doing it was. */
  readonly except: Seat | null;
  /** The seats it was for alone; null: everyone. */
  readonly only: readonly Seat[] | null;
}

export class History {
  /** The oldest kept stands at `#first`: shifting an array of hundreds for each message would cost more than the message. */
  #told: Told[] = [];
  #first = 0;
  #bytes = 0;
  #seq = 0;

  /** @param countMax how many events are kept */
  constructor(private readonly countMax: number) {}

  /** Goes on from a record. `seats`: those of the room by index; one that is gone is left out. */
  static restore({ seq, told }: HistoryRecord, countMax: number, seats: ReadonlyMap<number, Seat>): History {
    const history = new History(countMax);
    history.#seq = seq;
    history.#told = told.map((one) => restored(one, seats));
    history.#bytes = history.#told.reduce((sum, one) => sum + sizeOf(one), 0);
    return history;
  }

  /** The record of it. @param isWhole whether a member may resume from it: else its number is all that is kept [R48] */
  record(isWhole: boolean): HistoryRecord {
    return { seq: this.#seq, told: isWhole ? this.#told.slice(this.#first).map(recorded) : [] };
  }

  /** The number of the last thing told; 0 before the first. */
  get seq(): number {
    return this.#seq;
  }

  /** How many are kept. */
  get size(): number {
    return this.#told.length - this.#first;
  }

  /** Gives the next number to an event and keeps it. */
  add(event: RoomEvent, except: Seat | null, only: readonly Seat[] | null): number {
    const told: Told = { seq: ++this.#seq, event, except, only };
    this.#told.push(told);
    this.#bytes += sizeOf(told);
    while (this.size > this.countMax || (this.#bytes > HISTORY_BYTES_MAX && this.size > 0)) this.#dropOldest();
    return told.seq;
  }

  /** Everything after `since` that was meant for the seat, in order; null when the window does not reach back that far [R33]. */
  after(since: number, seat: Seat): Told[] | null {
    const oldest = this.#told[this.#first];
    const reachesBack = oldest === undefined ? since === this.#seq : since >= oldest.seq - 1;
    if (!reachesBack || since > this.#seq) return null;
    const missed: Told[] = [];
    for (let at = this.#told.length - 1; at >= this.#first; at--) {
      const told = this.#told[at];
      if (told === undefined || told.seq <= since) break;
      if (told.except !== seat && (told.only === null || told.only.includes(seat))) missed.push(told);
    }
    return missed.reverse();
  }

  #dropOldest(): void {
    const oldest = this.#told[this.#first++];
    if (oldest !== undefined) this.#bytes -= sizeOf(oldest);
    // At least half of the array is dropped events by now: one copy of the other half pays for as many drops.
    if (this.#first * 2 < this.#told.length) return;
    this.#told = this.#told.slice(this.#first);
    this.#first = 0;
  }
}

/** Bytes that a kept event counts as: its body, and HISTORY_ENTRY_BYTES for all around it. */
function sizeOf({ event }: Told): number {
  return HISTORY_ENTRY_BYTES + ("body" in event ? event.body.length : 0);
}

function recorded({ seq, event, except, only }: Told): ToldRecord {
  return {
    seq,
    event: toRecord(event),
    except: except?.index ?? null,
    only: only === null ? null : only.map((seat) => seat.index),
  };
}

/** The other way: an event that was only for a seat that is gone is for nobody now. */
function restored({ seq, event, except, only }: ToldRecord, seats: ReadonlyMap<number, Seat>): Told {
  return {
    seq,
    event: fromRecord(event),
    except: except === null ? null : (seats.get(except) ?? null),
    only: only === null ? null : only.flatMap((index) => seats.get(index) ?? []),
  };
}

/** Copies field by field: a field that an event gains later must not reach the disk before the layout has it. */
function toRecord(event: RoomEvent): ToldEvent {
  switch (event.kind) {
    case "message": {
      const { from, body } = event;
      return { kind: "message", clientId: from.clientId, index: from.index, body };
    }
    case "peerJoined": {
      const { clientId, index, name, player } = event.peer;
      return { kind: "peerJoined", clientId, index, name, player };
    }
    case "peerLeft":
      return { kind: "peerLeft", clientId: event.clientId, index: event.index, reason: event.reason };
    case "peerAway":
      return { kind: "peerAway", clientId: event.clientId, index: event.index, leftMs: event.leftMs };
    case "peerBack":
      return { kind: "peerBack", clientId: event.clientId, index: event.index };
    case "peerRenamed":
      return { kind: "peerRenamed", clientId: event.clientId, index: event.index, name: event.name };
    case "hostChanged":
      return { kind: "hostChanged", clientId: event.clientId };
    case "roomLocked":
      return { kind: "roomLocked", locked: event.locked };
    case "state":
      return { kind: "state", body: event.body };
    case "player":
      return { kind: "player", clientId: event.clientId, body: event.body };
    case "shared":
      return { kind: "shared", state: event.state, player: event.player };
    case "session": {
      const { id, type, timestamp, body } = event;
      return { kind: "session", id, type, timestamp, body };
    }
    default:
      return event satisfies never;
  }
}

function fromRecord(event: ToldEvent): RoomEvent {
  switch (event.kind) {
    case "message": {
      // In a running room `from` is the speaker's Seat; a wire needs no more of it than the clientId and the index.
      const { clientId, index, body } = event;
      return { kind: "message", from: { clientId, index, messageHead: null }, body };
    }
    case "peerJoined": {
      const { clientId, index, name, player } = event;
      return { kind: "peerJoined", peer: { clientId, index, name, player, isAway: false } };
    }
    default:
      return event;
  }
}
