// A room as somebody wants it opened, and whether it may be as large as that.
import type { Limits } from "../limits/table.ts";
import type { Opening } from "../protocol/commands.ts";
import { type Refusal, refuse } from "../protocol/refusals.ts";

export interface RoomWish extends Opening {
  readonly maxClients: number | null;
  /** A code to have if it is free, as the client typed it; null for any. */
  readonly code: string | null;
  readonly claimed?: string | null;
}

/** Why no room may be so large [R8][C1]; null: it may. */
export function tooLarge(
  { clientsPerRoomMax, audienceMax }: Pick<Limits, "clientsPerRoomMax" | "audienceMax">,
  { maxClients, rules }: RoomWish,
): Refusal | null {
  if (maxClients !== null && maxClients > clientsPerRoomMax)
    return refuse("bad_field", { text: `maxClients must be at most ${clientsPerRoomMax}` });
  if ((rules.audienceMax ?? 0) > audienceMax)
    return refuse("bad_field", { text: `audience must be at most ${audienceMax}` });
  return null;
}
