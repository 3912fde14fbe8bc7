// What a session calls a member of its room.
import type { Room } from "../rooms/room.ts";
import type { Seat } from "../rooms/seat.ts";

/** Its name, else its clientId, or its index where clientIds are secret [S12]. */
export function labelOf({ rules }: Pick<Room, "rules">, { name, clientId, index }: Seat): string {
  return name ?? (rules.idsAre === "public" ? clientId : `Player ${index}`);
}
