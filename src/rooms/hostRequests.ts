// What the host of a room asks for that takes more than one of its collaborators.
import type { ClientId, Command } from "../protocol/commands.ts";
import { type Refusal, refuse } from "../protocol/refusals.ts";
import type { Attendance } from "./attendance.ts";
import type { RoomSelf } from "./ports.ts";
import type { Seat } from "./seat.ts";
import type { RoomState } from "./state.ts";

/** Puts a member out, for good unless `ban` is false [R39]. @param by null: an operator [M12] */
export function kick<R extends RoomSelf>(
  attendance: Attendance<R>,
  by: Seat | null,
  clientId: ClientId,
  reason: string | null,
  ban: boolean,
): number | Refusal {
  const { members, access, crowd } = attendance.state;
  const seat = members.get(clientId);
  if (seat === undefined) {
    const isOut = crowd?.audience?.kick(clientId, reason, ban) === true;
    return isOut ? 0 : refuse("target_not_found");
  }
  if (seat === by) return refuse("bad_field", { text: "clientId must be another member's" });
  if (ban) access.ban(clientId, seat.sealed);
  const { line } = seat;
  attendance.remove(seat, "kicked");
  line?.close("kicked", reason ?? undefined);
  return members.here;
}

/** Hands the role to a member that is here [R40]. */
export function makeHost<R extends RoomSelf>(
  { members, host, delivery, crowd }: RoomState<R>,
  clientId: ClientId,
): number | Refusal {
  const seat = members.get(clientId);
  if (seat === undefined || seat.line === null) return refuse("target_not_found");
  const isOther = host.seat !== seat;
  host.give(seat);
  const heard = delivery.tellOf({ kind: "hostChanged", clientId }, null);
  if (isOther) crowd?.hostChanged(seat);
  return heard;
}

/** One JSON value as text, its shape where the wire knows one, and whose data it is: absent, the sender's own. */
export type PlayerData = Pick<Extract<Command, { kind: "setPlayer" }>, "body" | "shape" | "clientId">;

/** Replaces a member's own data [R37], or as the host another's [C30]. */
export function setPlayer<R extends RoomSelf>(
  { members, host, retained, delivery }: RoomState<R>,
  by: Seat,
  what: PlayerData,
): number | Refusal {
  const { clientId = by.clientId } = what;
  if (clientId !== by.clientId && host.seat !== by) return refuse("not_host");
  return retained.setPlayer(by, members.get(clientId), what, delivery);
}
