// What is kept of a room while no process holds it: plain values, whatever they are written in. A room makes one of itself, and is
// made of one again [R48].
import type { ClientId, RoomRules, Shaped } from "../protocol/commands.ts";
import type { Event } from "../protocol/events.ts";
import type { Told } from "./history.ts";
import type { RoomOptions } from "./options.ts";
import type { Seat } from "./seat.ts";

export interface RoomRecord extends Omit<RoomOptions, "opening" | "number" | "hostGoneMs"> {
  readonly rules: Omit<RoomRules, "awayMs">;
  /** null: as long as the room. Not every way to write numbers has an Infinity. */
  readonly awayMs: number | null;
  readonly wireData: string | null;
  readonly state: string | null;
  readonly defaults: Shaped | null;
  readonly locked: boolean;
  readonly creator: ClientId;
  readonly owner: Owner;
  readonly bans: BansRecord | null;
  readonly nextIndex: number;
  readonly seats: readonly SeatRecord[];
  readonly history: HistoryRecord | null;
}

/** Whose the host's role is: that name, with that secret as it is sealed. */
export interface Owner {
  readonly clientId: ClientId;
  readonly sealed: string | null;
}

export interface BansRecord {
  readonly clientIds: readonly ClientId[];
  readonly sealed: readonly string[];
}

export interface SeatRecord {
  readonly clientId: ClientId;
  readonly index: number;
  readonly name: string | null;
  readonly sealed: string | null;
  readonly player: string | null;
  readonly joinedSeq: number;
  /** Since when it waits, in ms since 1970; null: its member was here. */
  readonly awaySince: number | null;
}

export interface HistoryRecord {
  readonly seq: number;
  readonly told: readonly ToldRecord[];
}

/** Something told, with seats as their indexes. */
export interface ToldRecord {
  readonly seq: number;
  readonly event: Event;
  readonly except: number | null;
  readonly only: readonly number[] | null;
}

export function seatRecord({ clientId, index, name, sealed, player, joinedSeq, presence }: Seat): SeatRecord {
  const awaySince = presence.at === "away" ? presence.since : null;
  return { clientId, index, name, sealed, player, joinedSeq, awaySince };
}

export function toldRecord({ seq, event, except, only }: Told): ToldRecord {
  const indexes = only === null ? null : only.map((seat) => seat.index);
  return { seq, event: withoutSeat(event), except: except?.index ?? null, only: indexes };
}

/** A seat that is gone is left out: what was for it alone is for nobody now. */
export function restoreTold({ seq, event, except, only }: ToldRecord, seats: ReadonlyMap<number, Seat>): Told {
  return {
    seq,
    event,
    except: except === null ? null : (seats.get(except) ?? null),
    only: only === null ? null : only.flatMap((index) => seats.get(index) ?? []),
  };
}

/** A message knows its speaker's seat, and with it the whole room: here the name and the index are enough. */
function withoutSeat(event: Event): Event {
  if (event.kind !== "message") return event;
  const { clientId, index } = event.from;
  return { ...event, from: { clientId, index, messageHead: null } };
}
