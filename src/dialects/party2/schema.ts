// The requests of the party2 wire as zod schemas: the runtime check, the types and the published JSON Schema come from here.
// An issue's message is the text that the client is told: this wire has a fixed set of them [Q3].
import { z } from "zod";
import { WIRE } from "../../limits/table.ts";
import { NOT_ONLY_BETWEEN } from "../../protocol/text.ts";
import type { Text } from "./errors.ts";
import { templateFault } from "./url.ts";

const says = (error: Text) => ({ error });

const CLIENT_ID_REQUIRED = says("clientId is required");
const ROOM_REQUIRED = says("room is required");
const MAX_CLIENTS = says("maxClients must be a positive number");
const NO_TARGET = says("Target peer not found");

/** As in every room here [R2]: letters, marks, numbers, punctuation, symbols and spaces. */
const CLIENT_ID = new RegExp(`^[\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Zs}]{1,${WIRE.clientIdCharsMax}}$`, "u");

const clientId = z
  .string(CLIENT_ID_REQUIRED)
  .regex(CLIENT_ID, CLIENT_ID_REQUIRED)
  .describe(`The key to the own seat, never told to anyone: 1 to ${WIRE.clientIdCharsMax} printable characters.`);

const url = z
  .string(says("url must be a string"))
  .superRefine((urlTemplate, context) => {
    const fault = templateFault(urlTemplate);
    if (fault !== null) context.addIssue(fault);
  })
  .describe(`A link to the room, https, with {room} and {instance} to fill in; at most ${WIRE.urlBytesMax} bytes.`);

const create = z
  .object({
    type: z.literal("create"),
    clientId,
    maxClients: z.int(MAX_CLIENTS).min(1, MAX_CLIENTS).describe("Members that may be connected at once."),
    url: url.optional(),
  })
  .describe("Opens a room; its creator is the host, index 0.");

const join = z
  .object({
    type: z.literal("join"),
    clientId,
    room: z.string(ROOM_REQUIRED).regex(NOT_ONLY_BETWEEN, ROOM_REQUIRED).describe("The code."),
  })
  .describe("Takes a new index in a room, or takes the own one up again.");

const send = z
  .object({
    type: z.literal("send"),
    to: z.int(NO_TARGET).min(0, NO_TARGET).optional().describe("A member's index; absent: everyone else."),
    data: z.unknown().optional().describe("Any JSON value; its text is passed on as it came. Absent: null."),
  })
  .describe("Sends a message to everyone else, or to one (oneself included).");

const setState = z
  .object({
    type: z.literal("set_state"),
    // Without it the answer is this wire's own text, given where the text of the value is at hand.
    data: z.unknown().optional().describe(`Any JSON value of at most ${WIRE.stateBytesMax} bytes; null is one.`),
  })
  .describe("Replaces the room's retained state (host).");

const leave = z.object({ type: z.literal("leave") }).describe("Gives up the seat. Not answered.");
const closeRoom = z
  .object({ type: z.literal("close_room") })
  .describe("Ends the room for everyone (host). Not answered but by the close, 4001.");

/** Each request by its type. */
export const REQUESTS = { create, join, send, set_state: setState, close_room: closeRoom, leave } as const;

export type RequestType = keyof typeof REQUESTS;
export type Request = z.infer<(typeof REQUESTS)[RequestType]>;
