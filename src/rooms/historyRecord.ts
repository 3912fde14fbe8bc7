// The history of a room as it lies on disk, and back: seats as their indexes [R48].
import type { Event } from "../protocol/events.ts";
import type { ToldEvent, ToldRecord } from "./record.ts";
import type { Seat } from "./seat.ts";

/** What a room may be told that is worth keeping. */
export type RoomEvent = Extract<Event, { kind: ToldEvent["kind"] }>;

/** Something the room was told, and whom it was for. */
export interface Addressed {
  readonly seq: number;
  readonly event: RoomEvent;
  /** The seat it was not for: whose doing it was. */
  readonly except: Seat | null;
  /** The seats it was for alone; null: everyone. */
  readonly only: readonly Seat[] | null;
}

export function recorded({ seq, event, except, only }: Addressed): ToldRecord {
  return {
    seq,
    event: toRecord(event),
    except: except?.index ?? null,
    only: only === null ? null : only.map((seat) => seat.index),
  };
}

/** The other way: an event that was only for a seat that is gone is for nobody now. */
export function restored({ seq, event, except, only }: ToldRecord, seats: ReadonlyMap<number, Seat>): Addressed {
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
      return { kind: "peerBack", clientId: event.clientId, index: event.index, name: event.name };
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
    case "poll":
      return { kind: "poll", question: event.question, endsAt: event.endsAt };
    case "pollClosed":
      return { kind: "pollClosed", poll: event.poll, counts: event.counts };
    case "timerDone":
      return { kind: "timerDone", timer: event.timer };
    case "reset":
      return { kind: "reset", keep: event.keep };
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
