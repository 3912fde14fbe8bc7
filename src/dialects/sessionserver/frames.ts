// The frames that the sessionserver dialect sends, as schemas: the published docs come from here, and a test holds every golden frame
// against them.
import { z } from "zod";

const error = z.int().min(0).describe("0, or why not.");
const playerID = z.int().min(0);
const sessionID = z.int().min(0);
const data = z.unknown().optional();
const both = { session: data, player: data, sessionData: data, playerData: data };

/** Each frame by its command. A session answers with `session` and `player`, or with `sessionData` and `playerData`. */
export const FRAMES = {
  sessionJoin: z
    .strictObject({
      command: z.literal("sessionJoin"),
      error,
      sessionID: sessionID.optional(),
      playerID: playerID.optional(),
      ...both,
    })
    .describe("Answer to `createSession` and `joinSession`."),
  playerJoin: z
    .strictObject({ command: z.literal("playerJoin"), error, playerID, player: data, playerData: data })
    .describe("A player is in the session: to the joiner for each that is there, to each of them for the joiner."),
  sessionUpdate: z
    .strictObject({ command: z.literal("sessionUpdate"), error, ...both })
    .describe("To all: the session's data, and what each player's is now."),
  playerUpdate: z
    .strictObject({
      command: z.literal("playerUpdate"),
      error,
      playerID: playerID.optional(),
      player: data,
      playerData: data,
    })
    .describe("To all: a player has replaced its data."),
  sessionLeave: z.strictObject({ command: z.literal("sessionLeave"), error }).describe("Answer to `leaveSession`."),
  playerLeave: z
    .strictObject({ command: z.literal("playerLeave"), error, playerID })
    .describe("A player has left, or was lost."),
} as const;
