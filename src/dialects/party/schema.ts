// The requests of the party wire as zod schemas: the runtime check, the types and the published JSON Schema come from here.
// An issue's message is the name of the refusal it becomes; a plain bad field says what it takes from TAKES.
import { z } from "zod";
import { WIRE } from "../../limits.ts";

/** What each field takes, as told in errors and in the docs. */
export const TAKES: Readonly<Record<string, string>> = {
  clientId: `1 to ${WIRE.clientIdCharsMax} printable characters`,
  maxClients: "a whole number, 1 or more",
  room: "a room code",
  name: `at most ${WIRE.nameCharsMax} printable characters`,
  tick: "true or false",
  to: "a clientId or a list of clientIds",
  data: "any JSON value",
  reason: `at most ${WIRE.reasonCharsMax} printable characters`,
  id: `a string or an exact number of at most ${WIRE.refCharsMax} characters`,
};

/** Letters, marks, numbers, punctuation, symbols and spaces: nothing invisible may tell two ids apart. */
const CLIENT_ID = new RegExp(`^[\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Zs}]{1,${WIRE.clientIdCharsMax}}$`, "u");
/** Names may join emoji (U+200D); controls, line breaks, lone surrogates and bidi overrides may not enter a TV's layout. */
const NOT_IN_TEXT = "\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\u202A-\\u202E\\u2066-\\u2069";
const NAME = new RegExp(`^[^${NOT_IN_TEXT}]{0,${WIRE.nameCharsMax}}$`, "u");
const REASON = new RegExp(`^[^${NOT_IN_TEXT}]{0,${WIRE.reasonCharsMax}}$`, "u");

const BAD = { error: "bad_field" };

const clientId = z
  .string({ error: "client_id_required" })
  .min(1, { error: "client_id_required" })
  .regex(CLIENT_ID, BAD)
  .describe(`The client's own id: ${TAKES.clientId}. Public to the room.`);
const name = z.string(BAD).regex(NAME, BAD).nullish().describe(`What to call this member: ${TAKES.name}.`);
const tick = z.boolean(BAD).nullish().describe("true: send a `tick` on a quiet line.");
const id = z
  .union(
    [z.string().max(WIRE.refCharsMax), z.number().refine((n) => !Number.isInteger(n) || Number.isSafeInteger(n))],
    BAD,
  )
  .optional()
  .describe("Comes back on the direct answer, an error included.");

const create = z
  .object({
    type: z.literal("create"),
    clientId,
    maxClients: z.int({ error: "max_clients_invalid" }).min(1, { error: "max_clients_invalid" }).describe("Seats."),
    name,
    room: z.string(BAD).nullish().describe("A code to have if it is free."),
    tick,
    id,
  })
  .describe("Opens a room and takes its first seat as its host.");

const join = z
  .object({
    type: z.literal("join"),
    clientId,
    room: z.string({ error: "room_required" }).min(1, { error: "room_required" }).describe("The code, in any case."),
    name,
    tick,
    id,
  })
  .describe("Takes a seat in a room, or takes the own seat up again.");

const send = z
  .object({
    type: z.literal("send"),
    to: z
      .union([z.string(), z.array(z.string()).min(1)], BAD)
      .nullish()
      .describe("A clientId or a list of them; absent, null or empty: everyone else."),
    data: z.unknown().describe("Any JSON value; its text is passed on as it came."),
    id,
  })
  .describe("Sends a message to everyone else, to one, or to some.");

const leave = z.object({ type: z.literal("leave"), id }).describe("Gives up the seat.");
const closeRoom = z
  .object({ type: z.literal("close_room"), reason: z.string(BAD).regex(REASON, BAD).nullish(), id })
  .describe("Ends the room for everyone (host).");
const ping = z.object({ type: z.literal("ping"), id }).describe("Asks for a pong.");

/** Each request by its type. */
export const REQUESTS = { create, join, send, leave, close_room: closeRoom, ping } as const;

export type RequestType = keyof typeof REQUESTS;

/** Any request of the wire. */
export const Request = z.discriminatedUnion("type", [create, join, send, leave, closeRoom, ping]);
export type Request = z.infer<typeof Request>;

/** The ref of a request that failed otherwise: its `id` if that at least can be read. */
export const Ref = id;
