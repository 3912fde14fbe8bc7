// The requests of the sessionserver wire as zod schemas: the published docs come from here, and the first look at a frame.
import { z } from "zod";

const session = z.unknown().optional().describe("The session's data: any JSON value. `sessionData` is the same.");
const player = z
  .unknown()
  .optional()
  .describe("The player's data; of a session: what each player's begins as. `playerData` is the same.");
const data = { session, player, sessionData: session, playerData: player };

const createSession = z
  .object({ command: z.literal("createSession"), ...data })
  .describe("Makes a session and joins it.");
const joinSession = z
  .object({
    command: z.literal("joinSession"),
    sessionID: z.unknown().optional().describe("Which; -1 is the one created last."),
  })
  .describe("Joins a session.");
const updateSession = z
  .object({ command: z.literal("updateSession"), ...data })
  .describe("Replaces the session's data and every player's.");
const updatePlayer = z
  .object({ command: z.literal("updatePlayer"), player, playerData: player })
  .describe("Replaces my own data; it has the leaf names of the session's, in their order.");
const leaveSession = z.object({ command: z.literal("leaveSession") }).describe("Leaves.");

/** Each request by its command. */
export const REQUESTS = { createSession, joinSession, updateSession, updatePlayer, leaveSession } as const;

export type RequestType = keyof typeof REQUESTS;

/** Any request of the wire. */
export const Request = z.discriminatedUnion("command", [
  createSession,
  joinSession,
  updateSession,
  updatePlayer,
  leaveSession,
]);
export type Request = z.infer<typeof Request>;
