// A room as its picture says it: all that a client needs to draw it [R14].
import type { ClientId } from "../protocol/commands.ts";
import type { Peer, Picture } from "../protocol/events.ts";
import type { RoomFace, RoomSelf, Watcher } from "./ports.ts";
import type { RoomState } from "./state.ts";

/**
 * @param clientId whom it is for: of what is not everybody's, it has what that member may see
 * @param when `ahead`: as it will be when that member is here, whose role included
 */
export function pictureOf<R extends RoomSelf>(
  room: R & Pick<RoomFace, "wireData" | "number">,
  { members, host, access, retained, delivery, crowd }: RoomState<R>,
  watcher: Pick<Watcher<R>, "rooms" | "picture">,
  clientId: ClientId,
  when: "now" | "ahead" = "now",
): Picture {
  const peers: Peer[] = [];
  for (const seat of members.seats.values()) peers.push(seat.peer());
  const { code, epoch, wireData, number } = room;
  const max = room.rules.audienceMax ?? 0;
  const hostId = host.seat?.clientId ?? null;
  return {
    code,
    host: hostId,
    peers,
    locked: access.isLocked,
    state: retained.state,
    epoch,
    seq: delivery.seq ?? 0,
    wireData,
    number,
    defaults: retained.defaults?.body ?? null,
    session: watcher.rooms.has(room) ? watcher.picture(room) : null,
    ...(room.rules.names === "unique" && { name: members.get(clientId)?.name ?? null }),
    ...(crowd === null && max > 0 && { crowd: { audience: { count: 0, max } } }),
    ...(crowd !== null && {
      crowd: crowd.picture(clientId, hostId === clientId || (when === "ahead" && host.wouldBe(clientId))),
    }),
  };
}
