// The two spellings of data on this wire: the package's code calls it `session` and `player`, its README `sessionData` and `playerData`.
// Both are taken, and a session answers all its players in the names its creator used: that is what this wire keeps with a room [V16].
import type { Request } from "./schema.ts";

/** What is kept where the creator used the README's names; null is kept where it used the code's. */
export const DATA_NAMES = "data";

type Fields = Extract<Request, { command: "createSession" | "updateSession" }>;

/** Undefined when there is none: null counts as none, as in the package. */
export function sessionOf({ session, sessionData }: Fields): unknown {
  return session ?? sessionData ?? undefined;
}

export function playerOf({ player, playerData }: Extract<Request, { player?: unknown }>): unknown {
  return player ?? playerData ?? undefined;
}

/** Which names the creator of a session uses. */
export function namesOf({ session, player, sessionData, playerData }: Fields): string | null {
  const isPlain = session !== undefined || player !== undefined;
  return !isPlain && (sessionData !== undefined || playerData !== undefined) ? DATA_NAMES : null;
}

/** The member of a frame that holds one player's data. */
export function playerMember(names: string | null, player: string | null): string {
  return `"${names === DATA_NAMES ? "playerData" : "player"}":${player}`;
}

/** The members that hold the session's data and what each player's begins as. */
export function dataMembers(names: string | null, session: string | null, player: string | null): string {
  return `"${names === DATA_NAMES ? "sessionData" : "session"}":${session},${playerMember(names, player)}`;
}
