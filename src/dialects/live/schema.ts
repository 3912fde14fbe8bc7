// The requests of the live wire as zod schemas: the runtime check, the types and the published JSON Schema come from here. An issue's
// message is the name of the refusal it becomes [T3].
import { z } from "zod";

/** Ids may come as text, as bots read them from a setting. Fifteen digits are exact as a number, and more than there will ever be. */
const SESSION_DIGITS = /^[1-9]\d{0,14}$/;
const EVENT_DIGITS = /^\d{1,15}$/;

/** Bots send one of the first four before they know a session: that is no id. Anything else counts as an id that no session has. */
const NO_SESSION = {
  error: ({ input }: { readonly input?: unknown }) =>
    input === undefined || input === null || input === "" || input === 0 ? "session_id_required" : "session_not_found",
};
const NOT_SINCE = { error: "invalid_json" };
const NO_TOKEN = { error: "token_required" };

const sessionId = z
  .union([z.int(NO_SESSION).min(1, NO_SESSION), z.string(NO_SESSION).regex(SESSION_DIGITS, NO_SESSION)], NO_SESSION)
  .describe("The session's id; the answer has it as it was sent.");

const auth = z
  .object({
    type: z.literal("auth"),
    token: z.string(NO_TOKEN).min(1, NO_TOKEN).describe("A token from `POST /api/auth/login`."),
  })
  .describe("Shows a token.");

const subscribe = z
  .object({
    type: z.literal("subscribe"),
    sessionId,
    since: z
      .union(
        [z.int(NOT_SINCE).min(0, NOT_SINCE), z.string(NOT_SINCE).regex(EVENT_DIGITS, NOT_SINCE), z.literal("")],
        NOT_SINCE,
      )
      .nullish()
      .describe("The `id` of the last event seen: whatever came after it is told first; 0: all of it."),
  })
  .describe("Hears what happens in a session from now on.");

const unsubscribe = z.object({ type: z.literal("unsubscribe"), sessionId }).describe("Hears of that session no more.");
const ping = z.object({ type: z.literal("ping") }).describe("Asks for a pong; keeps the line.");

/** Each request by its type. */
export const REQUESTS = { auth, subscribe, unsubscribe, ping } as const;

export type RequestType = keyof typeof REQUESTS;
export type Request = z.infer<(typeof REQUESTS)[RequestType]>;
