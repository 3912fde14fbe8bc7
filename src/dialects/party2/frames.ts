// The frames that the party2 dialect sends, as schemas: the published docs come from here, and a test holds every golden frame
// against them. Encoding itself does not go through zod: it writes what it is given.
import { z } from "zod";

const index = z.int().min(0).describe("A member: 0 for the creator, then counting up, never given twice in a room.");
const url = z.string().optional().describe("The link that the creator left with the room, filled in.");
const room = z.string().describe("The code.");

const created = z
  .strictObject({
    type: z.literal("created"),
    room,
    instance: z.string().describe("Which server this is."),
    region: z.string().describe("Where it stands."),
    index: z.literal(0),
    url,
  })
  .describe("Answer to `create`.");
const joined = z
  .strictObject({
    type: z.literal("joined"),
    room,
    index,
    peers: z.array(index).describe("The others that are connected, lowest first."),
    url,
  })
  .describe("Answer to `join`; a `state` follows at once if the room has one.");
const peerJoined = z.strictObject({ type: z.literal("peer_joined"), index }).describe("A member is here, new or back.");
const peerLeft = z.strictObject({ type: z.literal("peer_left"), index }).describe("A member is not here any more.");
const message = z
  .strictObject({ type: z.literal("message"), from: index, data: z.unknown().describe("As it was sent.") })
  .describe("A relayed `send`.");
const state = z
  .strictObject({ type: z.literal("state"), data: z.unknown().describe("As it was sent.") })
  .describe("The retained state: when the host replaced it, and right after `joined`.");
const error = z
  .strictObject({ type: z.literal("error"), message: z.string().describe("One of a fixed set of texts.") })
  .describe("A no. It does not close the line.");

/** Each frame by its type, answers first. */
export const FRAMES = {
  created,
  joined,
  error,
  peer_joined: peerJoined,
  peer_left: peerLeft,
  message,
  state,
} as const;
