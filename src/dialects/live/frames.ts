// The frames that the live dialect sends, as schemas: the published docs come from here, and a test holds every golden frame against
// them. Encoding itself does not go through zod: it writes what it is given.
import { z } from "zod";
import { EVENTS } from "../../sessions/events.ts";

const sessionId = z.union([z.int(), z.string()]).describe("As it was sent, a number or a text.");
const message = z.string().describe("English; clients compare it letter by letter.");
const id = z.int().min(1).optional().describe("Its number in the log, which only grows; for `since`.");

const authSuccess = z
  .strictObject({ type: z.literal("auth_success"), message: z.literal("Authenticated successfully") })
  .describe("Answer to `auth`: the token is good.");
const authError = z
  .strictObject({ type: z.literal("auth_error"), message })
  .describe("Answer to `auth`: there is no token, or it is not good.");
const subscribed = z.strictObject({ type: z.literal("subscribed"), sessionId }).describe("Answer to `subscribe`.");
const unsubscribed = z
  .strictObject({ type: z.literal("unsubscribed"), sessionId })
  .describe("Answer to `unsubscribe`.");
const pong = z.strictObject({ type: z.literal("pong") }).describe("Answer to `ping`.");
const error = z.strictObject({ type: z.literal("error"), message }).describe("A no. It does not close the line.");

/** What happens, with its number in the log; `game.status` has none. */
const eventFrames = Object.fromEntries(
  Object.entries(EVENTS).map(([type, schema]): [string, z.ZodObject] => [
    type,
    schema.extend({ id }).describe(schema.description ?? ""),
  ]),
);

/** Each frame by its type, answers first. */
export const FRAMES = {
  auth_success: authSuccess,
  auth_error: authError,
  subscribed,
  unsubscribed,
  pong,
  error,
  ...eventFrames,
} as const;
