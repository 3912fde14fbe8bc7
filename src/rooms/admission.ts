// Who may have a seat, and which: its own, a new one, or why not. The checks stand in the order of [R10]. It decides, and changes nothing.
import type { ClientId, Guest } from "../protocol/commands.ts";
import type { Later } from "../protocol/events.ts";
import { type Refusal, refuse } from "../protocol/refusals.ts";
import type { Access } from "./access.ts";
import type { Host } from "./host.ts";
import type { Members } from "./members.ts";
import type { AudienceFace, RoomFace } from "./ports.ts";
import type { Seat } from "./seat.ts";

interface Admitting<R> {
  readonly members: Members<R>;
  readonly host: Host;
  readonly access: Access;
}

/** All who are known to a room: also those who watch. */
interface Known<R> extends Admitting<R> {
  readonly crowd: {
    readonly audience: Pick<AudienceFace, "sealedOf"> | null;
    /** The sealed secret of one who has gone, and whose answers count. */
    sealedOfLeaver(clientId: ClientId): string | undefined;
  } | null;
}

/** The seat that is the guest's own; null: a new one, for which one that hardly was sat in has to be given up first, or none [R53]. */
interface Admitted<R> {
  readonly seat: Seat<R> | null;
  readonly needsPlace: boolean;
  /** The guest's secret, as the room keeps it. */
  readonly sealed: string | null;
}

/** Which seat the guest may have; `Later`: its own, which is fought over, in a while [R35]. */
export function admit<R extends RoomFace>(
  room: R,
  { members, host, access, crowd }: Known<R>,
  guest: Guest,
  now: number,
): Admitted<R> | Later | Refusal {
  const { maxClients, rules } = room;
  const sealed = access.seal(guest.secret);
  if (access.isBanned(guest.clientId, sealed)) return refuse("banned");
  const kept = members.get(guest.clientId);
  if (kept !== undefined) {
    if (!access.opens(kept.sealed, sealed)) return refuse("wrong_secret");
    // Where only present members count, a newcomer may have the place of one that is away [Q7].
    if (kept.isAway && rules.capCounts === "here" && members.here >= maxClients) return refuse("room_full");
    return kept.takeoverWait(now) ?? { seat: kept, needsPlace: false, sealed };
  }
  const hostSealed = host.sealedFor(guest.clientId);
  const known = hostSealed ?? crowd?.sealedOfLeaver(guest.clientId) ?? null;
  if (!access.opens(known, sealed)) return refuse("wrong_secret");
  // The owner of the host's role passes the lock, even when its seat was not kept [R38].
  if (access.isLocked && hostSealed === undefined) return refuse("room_locked");
  if (counted(room, { members, host }) >= maxClients) return refuse("room_full");
  return { seat: null, needsPlace: rules.capCounts === "seats" && members.size >= maxClients, sealed };
}

/** Members that count against maxClients [R8]; not the seats that are given up for a newcomer [R53]. */
export function counted<R extends RoomFace>(
  room: R,
  { members, host }: Pick<Admitting<R>, "members" | "host">,
): number {
  if (room.rules.capCounts === "here") return members.here;
  return members.size - members.briefBut(host.owner.clientId);
}

/** Whether the guest's secret is that of a seat kept for it, or of one who watches. */
export function recognises<R>({ members, access, crowd }: Known<R>, guest: Guest): boolean {
  const { clientId } = guest;
  const sealed = members.get(clientId)?.sealed ?? crowd?.audience?.sealedOf(clientId) ?? null;
  return sealed !== null && access.opens(sealed, access.seal(guest.secret));
}

/** Whether a seat, the host's role, or a place among those who watch, is kept for this clientId, and the guest's secret is not the one that takes it up. */
export function keepsFrom<R>({ members, host, access, crowd }: Known<R>, guest: Guest): boolean {
  const { clientId } = guest;
  const ofCrowd = crowd?.audience?.sealedOf(clientId) ?? crowd?.sealedOfLeaver(clientId);
  const sealed = members.get(clientId)?.sealed ?? host.sealedFor(clientId) ?? ofCrowd ?? null;
  return !access.opens(sealed, access.seal(guest.secret));
}
