// One room as operators see it: who is in it and how their lines do, what it keeps in figures. Nothing that is said or kept in it [M6][M14].
import type { z } from "zod";
import type { Member, Room } from "../../rooms/room.ts";
import type { SocketLine } from "../line.ts";
import type { ApiDeps } from "./call.ts";
import type { MemberView, RoomView } from "./operatorViews.ts";

export function roomView(room: Room, { monitor, clock }: Pick<ApiDeps, "monitor" | "clock">): z.infer<typeof RoomView> {
  const now = clock.now();
  const { awayMs, historyMax: history, hostGone, capCounts, creatorPlays: plays } = room.rules;
  return {
    at: clock.wall(),
    ...monitor.row(room, now),
    origin: room.origin,
    members: Array.from(room.seats, (seat) => memberView(room, seat, now)),
    host: room.host?.index ?? null,
    rules: { awayMs: Number.isFinite(awayMs) ? awayMs : null, history, hostGone, capCounts, plays },
    seq: room.seq,
    ...room.sizes,
    keptBytes: room.kept.bytes,
  };
}

function memberView(room: Room, seat: Member, now: number): z.infer<typeof MemberView> {
  const { index, name, clientId, presence } = seat;
  // Every line of a running server is a SocketLine: the doors make no others.
  const line = seat.line as SocketLine | null;
  return {
    index,
    name,
    ...(room.rules.idsAre === "public" && { clientId }),
    host: room.host === seat,
    here: line !== null,
    leftMs: presence.at === "away" && Number.isFinite(presence.until) ? Math.max(0, presence.until - now) : null,
    unreadBytes: line?.socket.getBufferedAmount() ?? null,
    silentMs: line === null ? null : Math.max(0, now - line.heardAt),
    paused: line !== null && line.pause !== null,
  };
}
