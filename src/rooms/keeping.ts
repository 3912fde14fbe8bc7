// How long a seat waits for a member that is not here, and how many wait [R23][R48][R52][Q5]. Pure: whose seat it is, and when it is
// given up, the room's attendance knows.
import type { RoomRules } from "../protocol/commands.ts";

/** A seat waits at least so long for a member whose server was restarted: as long as a snapshot is good [R48]. */
export const HOLD_MS_MIN = 120_000;
/**
 * A seat whose member had not settled waits so long [R52]: time for a page that is reloaded, or a phone that changes from one network to
 * another, and no more, so that names that join and drop are gone as fast as they come.
 */
export const BRIEF_AWAY_MS = 10_000;
/** Seats that may wait for each seat of maxClients, where a waiting one does not count; past it one is given up [Q5]. */
export const KEPT_SEATS_PER_SEAT = 4;

type Keeping = Pick<RoomRules, "awayMs">;

/** How long a seat waits whose line is lost. Where it waits as long as the room it takes nobody's place, so there all do. */
export function lostMs({ awayMs }: Keeping, hasSettled: boolean): number {
  return hasSettled || !Number.isFinite(awayMs) ? awayMs : Math.min(awayMs, BRIEF_AWAY_MS);
}

/** How long a seat waits over a restart that has waited for so long: what is left, but HOLD_MS_MIN at least, to find the next server. */
export function heldMs({ awayMs }: Keeping, waitedMs: number): number {
  return Math.max(awayMs - waitedMs, HOLD_MS_MIN);
}

/** How long a seat waits from its restoring on. One that was lost before the server went gains by that only what a lost one has. */
export function restoredMs(rules: Keeping, waitedMs: number, isBrief: boolean): number {
  return isBrief ? lostMs(rules, false) : heldMs(rules, waitedMs);
}
