// An event as somebody hears it who may not know the codes of rooms [S38]: in each of the twelve they stand at one of two places.
import type { SessionEvent } from "../protocol/events.ts";

/** What may be of an event's data, as far as codes are concerned. */
interface Coded {
  readonly roomCode?: string | null;
  readonly game?: { readonly room_code?: string | null };
}

/** The same event, with null for each code. */
export function withoutCodes(event: SessionEvent): SessionEvent {
  const body = bodyWithoutCodes(event.body);
  return body === event.body ? event : { ...event, body };
}

/** @param body an event's `data`, as JSON text */
export function bodyWithoutCodes(body: string): string {
  const data = JSON.parse(body) as Coded;
  const isInGame = data.game?.room_code != null;
  if (!isInGame && data.roomCode == null) return body;
  return JSON.stringify({
    ...data,
    ...(data.roomCode != null && { roomCode: null }),
    ...(isInGame && { game: { ...data.game, room_code: null } }),
  });
}
