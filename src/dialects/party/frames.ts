// The frames that the party dialect sends, as schemas: the published docs come from here, and a test holds every golden frame
// against them. Encoding itself does not go through zod: it writes what it is given.
import { z } from "zod";
import { REFUSALS } from "../../protocol/refusals.ts";
import { EVENTS, SessionPicture } from "../../sessions/events.ts";
import { CROWD_FRAMES, CROWD_PICTURE } from "./crowdFrames.ts";
import { Ref } from "./fields.ts";
import { POLL_FRAMES, POLL_PICTURE } from "./pollFrames.ts";

const clientId = z.string().describe("A member's clientId.");
const id = Ref.optional().describe("The `id` of the request it answers, if that had one.");
const seq = z.int().min(1).optional().describe("Its number in the one order of the room; only in rooms with history.");
const peer = z
  .strictObject({
    clientId,
    name: z.string().optional(),
    away: z.literal(true).optional().describe("Its seat waits for it."),
    player: z.unknown().optional().describe("Its retained data, if it has set any."),
  })
  .describe("One member, as others see it.");
const room = {
  epoch: z.string().describe("Tells this room from any other that has its code; for `join`."),
  seq: z.int().min(0).describe("The number of the last thing the room was told; for `since`."),
};
const t = z.int().describe("The server's clock, ms since 1970.");
const retryAfterMs = z.int().min(0).describe("Milliseconds to wait before asking again.");
const refusalNames = Object.keys(REFUSALS) as [keyof typeof REFUSALS, ...(keyof typeof REFUSALS)[]];

const created = z
  .strictObject({ type: z.literal("created"), room: z.string(), clientId, host: clientId, ...room, id })
  .describe("Answer to `create`.");
const joined = z
  .strictObject({
    type: z.literal("joined"),
    room: z.string(),
    clients: z
      .array(clientId)
      .optional()
      .describe("All members in join order, the joiner included; not to who watches, as `host`, `peers` and `seq`."),
    host: clientId.nullable().optional().describe("null while nobody is."),
    peers: z.array(peer).optional().describe("The same members, with what is known of each."),
    locked: z.boolean(),
    state: z.unknown().optional().describe("The retained state, if one is set."),
    session: SessionPicture.optional().describe("How the session stands, while one runs in the room."),
    ...CROWD_PICTURE,
    ...POLL_PICTURE,
    name: z.string().optional().describe("What this member is called, in a room whose names are unique."),
    ...room,
    seq: room.seq.optional(),
    resumed: z.boolean().optional().describe("For a member that comes back: whether `missed` is all it missed."),
    missed: z.array(z.unknown()).optional().describe("The frames it missed, in order, each once."),
    done: Ref.nullable()
      .optional()
      .describe(
        "For a seat that is taken up again: the `id` of its last request that was carried out or refused; null: none was.",
      ),
    undone: z.array(Ref).optional().describe("The `id`s of its requests up to `done` that were not."),
    id,
  })
  .describe("Answer to `join`: all a client needs to draw the room.");
const peerJoined = z
  .strictObject({ type: z.literal("peer_joined"), clientId, name: z.string().optional(), seq })
  .describe("To the others; not when a seat is merely taken up again.");
const peerLeft = z
  .strictObject({ type: z.literal("peer_left"), clientId, reason: z.enum(["left", "lost", "kicked", "timeout"]), seq })
  .describe("To the others; at once, unless its seat waits for it.");
const peerAway = z
  .strictObject({ type: z.literal("peer_away"), clientId, until: z.int().describe("Ms its seat is kept."), seq })
  .describe("A member was lost, and its seat waits for it.");
const peerBack = z
  .strictObject({ type: z.literal("peer_back"), clientId, name: z.string().optional(), seq })
  .describe("It is back.");
const peerRenamed = z
  .strictObject({ type: z.literal("peer_renamed"), clientId, name: z.string(), seq })
  .describe("A member took its seat up again under another name; to the others.");
const message = z
  .strictObject({ type: z.literal("message"), from: clientId, data: z.unknown().describe("As it was sent."), seq })
  .describe("A relayed `send`.");
const hostChanged = z
  .strictObject({ type: z.literal("host_changed"), clientId: clientId.nullable(), seq })
  .describe("Who is host now; null while nobody is.");
const roomLocked = z
  .strictObject({ type: z.literal("room_locked"), locked: z.boolean(), seq })
  .describe("To all: whether it lets nobody new in.");
const state = z
  .strictObject({ type: z.literal("state"), data: z.unknown().describe("As it was sent."), seq })
  .describe("The retained state was replaced; to the others.");
const player = z
  .strictObject({ type: z.literal("player"), clientId, data: z.unknown().describe("As it was sent."), seq })
  .describe("A member's retained data was replaced, by itself or by the host; to the others.");
const left = z.strictObject({ type: z.literal("left"), id }).describe("Answer to `leave`.");
const pong = z.strictObject({ type: z.literal("pong"), t, id }).describe("Answer to `ping`.");
const ack = z
  .strictObject({ type: z.literal("ack"), id, seq, delivered: z.int().min(0).describe("Lines it was handed to.") })
  .describe("Answer to a request that had an `id` and has no other answer.");
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
    audience: z.literal(true).optional().describe("Of a full room: one could still watch it."),
    missing: z.array(clientId).optional().describe("Targets of a list that were not there."),
    delivered: z.int().optional().describe("Lines that the others of the list were."),
    needs: z.int().optional().describe("Bytes of the `joined` for which `maxFrame` is too small."),
  })
  .describe("A no. It does not close the line.");

/** What the room is told of its session: all but `game.status`, numbered in rooms with history. */
const { "game.status": _, ...told } = EVENTS;
const sessionFrames = Object.fromEntries(
  Object.entries(told).map(([type, schema]): [string, z.ZodObject] => [
    type,
    schema.extend({ seq }).describe(schema.description ?? ""),
  ]),
);

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
  peer_away: peerAway,
  peer_back: peerBack,
  peer_renamed: peerRenamed,
  message,
  state,
  player,
  host_changed: hostChanged,
  room_locked: roomLocked,
  ...CROWD_FRAMES,
  ...POLL_FRAMES,
  ...sessionFrames,
  tick,
  bye,
} as const;
