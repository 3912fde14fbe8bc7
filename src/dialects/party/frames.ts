// The frames that the party dialect sends, as schemas: the published docs come from here, and a test holds every golden frame
// against them. Encoding itself does not go through zod: it writes what it is given.
import { z } from "zod";
import { REFUSALS } from "../../vocabulary.ts";
import { Ref } from "./schema.ts";

const clientId = z.string().describe("A member's clientId.");
const id = Ref.describe("The `id` of the request it answers, if that had one.");
const peer = z.strictObject({ clientId, name: z.string().optional() }).describe("One member, as others see it.");
const t = z.int().describe("The server's clock, ms since 1970.");
const retryAfterMs = z.int().min(0).describe("Milliseconds to wait before asking again.");
const refusalNames = Object.keys(REFUSALS) as [keyof typeof REFUSALS, ...(keyof typeof REFUSALS)[]];

const created = z
  .strictObject({ type: z.literal("created"), room: z.string(), clientId, host: clientId, id })
  .describe("Answer to `create`.");
const joined = z
  .strictObject({
    type: z.literal("joined"),
    room: z.string(),
    clients: z.array(clientId).describe("All members in join order, the joiner included."),
    host: clientId.nullable().describe("null while nobody is."),
    peers: z.array(peer).describe("The same members, with what is known of each."),
    id,
  })
  .describe("Answer to `join`: all a client needs to draw the room.");
const peerJoined = z
  .strictObject({ type: z.literal("peer_joined"), clientId, name: z.string().optional() })
  .describe("To the others; not when a seat is merely taken up again.");
const peerLeft = z
  .strictObject({ type: z.literal("peer_left"), clientId, reason: z.enum(["left", "lost", "timeout"]) })
  .describe("To the others, at once.");
const message = z
  .strictObject({ type: z.literal("message"), from: clientId, data: z.unknown().describe("As it was sent.") })
  .describe("A relayed `send`.");
const hostChanged = z
  .strictObject({ type: z.literal("host_changed"), clientId: clientId.nullable() })
  .describe("Who is host now; null while nobody is.");
const left = z.strictObject({ type: z.literal("left"), id }).describe("Answer to `leave`.");
const pong = z.strictObject({ type: z.literal("pong"), t, id }).describe("Answer to `ping`.");
const ack = z
  .strictObject({ type: z.literal("ack"), id, delivered: z.int().min(0).describe("Lines it was handed to.") })
  .describe("Answer to a `send` that had an `id`.");
const tick = z.strictObject({ type: z.literal("tick"), t }).describe("A sign of life, for clients that set `tick`.");
const bye = z
  .strictObject({
    type: z.literal("bye"),
    code: z.int().describe("The close code that follows."),
    reason: z.string(),
    retry: z.boolean().describe("Whether to come back."),
    retryAfterMs,
  })
  .describe("Just before the server closes the line on purpose.");
const error = z
  .strictObject({
    type: z.literal("error"),
    code: z.enum(refusalNames).describe("Stable name."),
    message: z.string().describe("English."),
    request: z.string().optional().describe("The type that failed."),
    id,
    retryAfterMs: retryAfterMs.optional(),
    missing: z.array(clientId).optional().describe("Targets of a list that were not there."),
    delivered: z.int().optional().describe("Lines that the others of the list were."),
  })
  .describe("A no. It does not close the line.");

/** Each frame by its type, answers first. */
export const FRAMES = {
  created,
  joined,
  left,
  ack,
  pong,
  error,
  peer_joined: peerJoined,
  peer_left: peerLeft,
  message,
  host_changed: hostChanged,
  tick,
  bye,
} as const;
