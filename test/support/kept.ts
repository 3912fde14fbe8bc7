// What a room keeps, counted a second time: from its record, with no code shared with limits/kept.ts. And the account of one room, with bounds
// that no test of something else reaches.
import { Kept, type RoomKept } from "../../src/limits/kept.ts";
import { DEFAULT_LIMITS } from "../../src/limits/table.ts";
import { BAN_BYTES } from "../../src/rooms/access.ts";
import { HISTORY_ENTRY_BYTES, TARGET_BYTES } from "../../src/rooms/history.ts";
import { SEAT_BYTES } from "../../src/rooms/members.ts";
import type { RoomRecord } from "../../src/rooms/record.ts";

export function account(): RoomKept {
  return new Kept(DEFAULT_LIMITS).ofRoom("192.0.2.1");
}

/** The bytes that a room with that record counts as. */
export function keptOf({ state, wireData, defaults, seats, bans, history, crowd }: RoomRecord): number {
  const texts: (string | null)[] = [state, wireData, defaults?.body ?? null, defaults?.shape ?? null];
  for (const { clientId, name, sealed, player } of seats) texts.push(clientId, name, sealed, player);
  const banned = [...(bans?.clientIds ?? []), ...(bans?.sealed ?? [])];
  const told = history?.told ?? [];
  let objects = seats.length * SEAT_BYTES + banned.length * BAN_BYTES + told.length * HISTORY_ENTRY_BYTES;
  for (const { event, only } of told) {
    objects += (only?.length ?? 0) * TARGET_BYTES;
    if ("body" in event) texts.push(event.body);
    if (event.kind === "shared") texts.push(event.state, event.player);
  }
  for (const { timer, label } of crowd?.timers ?? []) {
    objects += 300;
    texts.push(timer, label);
  }
  for (const { clientId, body } of crowd?.privates ?? []) {
    objects += 150;
    texts.push(clientId, body);
  }
  return [...texts, ...banned].reduce((sum, text) => sum + charBytes(text ?? ""), objects);
}

function charBytes(text: string): number {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return text.length * 2;
  return text.length;
}
