// A room as its record says it: the one place that knows of each collaborator of a room what of it is kept [R48].
import type { ClientId } from "../protocol/commands.ts";
import type { RoomOptions, RoomSelf } from "./ports.ts";
import type { RoomRecord } from "./record.ts";
import type { RoomState } from "./state.ts";

type Recorded = RoomSelf & Pick<RoomOptions, "id" | "address" | "origin">;

/** @param isWhole whether the room tells nothing after this: else nobody can resume from it, and of its history the number is enough */
export function recordOf<R extends RoomSelf>(
  room: Recorded,
  { members, host, access, retained, delivery, crowd }: RoomState<R>,
  creator: ClientId,
  isWhole: boolean,
): RoomRecord {
  const { code, wire, wireData, id, epoch, address, origin, maxClients } = room;
  const { awayMs, isNumbered: _, ...rules } = room.rules;
  return {
    ...{ code, wire, wireData, id, epoch, address, origin, maxClients },
    rules: { awayMs: Number.isFinite(awayMs) ? awayMs : null, ...rules },
    state: retained.state,
    defaults: retained.defaults,
    locked: access.isLocked,
    bans: access.bans(),
    creator,
    owner: host.owner,
    nextIndex: members.indexes,
    seats: Array.from(members.seats.values(), (seat) => seat.record(isWhole)),
    history: delivery.record(isWhole),
    ...(crowd !== null && { crowd: crowd.record() }),
  };
}
