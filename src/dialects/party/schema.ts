// The requests of the party wire as zod schemas: the runtime check, the types and the published JSON Schema come from here.
// An issue's message is the name of the refusal it becomes; a plain bad field says what it takes from TAKES.
import { z } from "zod";
import { WIRE } from "../../limits/table.ts";
import { NOT_IN_TEXT, NOT_ONLY_BETWEEN, nameOf, UNSEEN, withoutIsolates } from "../../protocol/text.ts";
import { GAME_FIELDS, lobbyState, notes, optional, playersFit, SESSION_TAKES, vote } from "../../sessions/fields.ts";

import { CROWD_REQUESTS, CROWD_TAKES } from "./crowdSchema.ts";
import { BAD, id, named } from "./fields.ts";
import { POLL_REQUESTS, POLL_TAKES } from "./pollSchema.ts";

/** What each field takes, as told in errors and in the docs. */
export const TAKES: Readonly<Record<string, string>> = {
  clientId: `1 to ${WIRE.clientIdCharsMax} printable characters`,
  maxClients: "a whole number, 1 or more",
  room: "a room code",
  name: `at most ${WIRE.nameCharsMax} printable characters`,
  tick: 'true, false or "answer"',
  secret: `1 to ${WIRE.secretCharsMax} characters`,
  away: `a whole number of seconds, 0 to ${WIRE.awaySecondsMax}`,
  history: `a whole number, 0 to ${WIRE.historyMax}`,
  hostGone: "stay, migrate or close",
  plays: "true or false",
  names: "unique",
  state: "any JSON value",
  since: "a whole number, 0 or more",
  epoch: `at most ${WIRE.epochCharsMax} characters`,
  maxFrame: `a whole number of bytes, ${WIRE.frameTakenMin} or more`,
  to: "a clientId or a list of one clientId or more",
  data: "any JSON value",
  locked: "true or false",
  ban: "true or false",
  token: `at most ${WIRE.tokenCharsMax} characters`,
  reason: `at most ${WIRE.reasonCharsMax} printable characters`,
  id: `a string or an exact number of at most ${WIRE.refCharsMax} characters`,
  ...SESSION_TAKES,
  ...CROWD_TAKES,
  ...POLL_TAKES,
};

/** Letters, marks, numbers, punctuation, symbols and spaces, one of them seen: a member without a name is called by its id. */
export const CLIENT_ID = new RegExp(
  `^(?=[\\s\\S]*[^${UNSEEN}])[\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Zs}]{1,${WIRE.clientIdCharsMax}}$`,
  "u",
);
export const NAME = nameOf(0, WIRE.nameCharsMax);
const REASON = new RegExp(`^[^${NOT_IN_TEXT}]{0,${WIRE.reasonCharsMax}}$`, "u");

const clientId = z
  .string({ error: "client_id_required" })
  .min(1, { error: "client_id_required" })
  .regex(CLIENT_ID, BAD)
  .describe(`The client's own id: ${TAKES.clientId}. Public to the room.`);
const name = z
  .string(BAD)
  .overwrite(withoutIsolates)
  .regex(NAME, BAD)
  .nullish()
  .describe(`What to call this member: ${TAKES.name}.`);
const secret = z
  .string(BAD)
  .max(WIRE.secretCharsMax, BAD)
  .nullish()
  .describe("Protects the seat: only who knows it takes it up again.");
const tick = optional(z.union([z.boolean(BAD), z.literal("answer", BAD)], BAD)).describe(
  'true: send a `tick` on a quiet line; "answer": and I answer each with a `ping`, so my library\'s pongs are no sign of life.',
);
const wholeNumber = (max: number) => z.int(BAD).min(0, BAD).max(max, BAD);
/** A number may come as text: who keeps it in a browser's storage gets it back so. Fifteen digits are exact as a number. */
const seqDigits = z.string(BAD).regex(/^\d{1,15}$/, BAD);
const maxFrame = optional(z.int(BAD).min(WIRE.frameTakenMin, BAD)).describe(
  `The largest frame that the client takes, in bytes; ${WIRE.frameTakenUnsaid} unless said.`,
);
const create = z
  .object({
    type: z.literal("create"),
    clientId,
    maxClients: z.int({ error: "max_clients_invalid" }).min(1, { error: "max_clients_invalid" }).describe("Seats."),
    secret,
    name,
    room: z.string(BAD).nullish().describe("A code to have if it is free."),
    away: optional(wholeNumber(WIRE.awaySecondsMax)).describe(
      "Seconds a dropped member's seat is kept; 0 unless said.",
    ),
    history: optional(wholeNumber(WIRE.historyMax)).describe("Messages kept for resume; 0 unless said."),
    hostGone: optional(z.enum(["stay", "migrate", "close"], BAD)).describe(
      "What becomes of the role; stay unless said.",
    ),
    state: z.unknown().optional().describe('The first retained state; null and "" are none.'),
    plays: optional(z.boolean(BAD)).describe("true: its creator counts among the players of its games."),
    names: optional(z.literal("unique", BAD)).describe(
      "unique: no two members are called the same; a second Ann is `Ann 2`, and `joined.name` says so.",
    ),
    audience: optional(wholeNumber(Number.MAX_SAFE_INTEGER)).describe(
      "How many may watch and answer without a seat; 0 unless said.",
    ),
    tick,
    maxFrame,
    id,
  })
  .describe("Opens a room and takes its first seat as its host.");

const join = z
  .object({
    type: z.literal("join"),
    clientId,
    room: z
      .string({ error: "room_required" })
      .regex(NOT_ONLY_BETWEEN, { error: "room_required" })
      .describe("The code, as it was typed: in any case, with blanks and dashes."),
    secret,
    name,
    since: optional(z.union([wholeNumber(Number.MAX_SAFE_INTEGER), seqDigits], BAD)).describe(
      "The last `seq` seen, as a number or as text, to be told what came after it.",
    ),
    epoch: z.string(BAD).max(WIRE.epochCharsMax, BAD).nullish().describe("The `epoch` that `since` is of."),
    as: optional(z.literal("audience", BAD)).describe("audience: watches and answers without a seat."),
    tick,
    maxFrame,
    id,
  })
  .describe("Takes a seat in a room, or takes the own seat up again.");

const send = z
  .object({
    type: z.literal("send"),
    to: z
      .union([z.string(), z.array(z.string()).min(1)], BAD)
      .nullish()
      .describe(
        "A clientId or a list of them; absent, null or empty: everyone else. `audience`: those who watch (host).",
      ),
    data: z.unknown().describe("Any JSON value; its text is passed on as it came."),
    id,
  })
  .describe("Sends a message to everyone else, to one, or to some.");

const setState = z
  .object({ type: z.literal("set_state"), data: z.unknown().describe("Any JSON value; null is one."), id })
  .describe("Replaces the room's retained state (host).");
const setPlayer = z
  .object({
    type: z.literal("set_player"),
    clientId: z.string(BAD).nullish().describe("Whose, where the host replaces another member's; mine unless said."),
    data: z.unknown().describe("Any JSON value; null is one."),
    id,
  })
  .describe("Replaces my own retained data, or as the host another member's.");
const lock = z
  .object({ type: z.literal("lock"), locked: z.boolean(BAD), id })
  .describe("Lets nobody new in, or does again (host).");
const kick = z
  .object({
    type: z.literal("kick"),
    clientId: named,
    reason: z.string(BAD).regex(REASON, BAD).nullish(),
    ban: optional(z.boolean(BAD)).describe("false: it may come back. Else neither this clientId nor its secret may."),
    id,
  })
  .describe("Puts a member out (host).");
const makeHost = z
  .object({ type: z.literal("make_host"), clientId: named, id })
  .describe("Hands the role over (host).");

const leave = z.object({ type: z.literal("leave"), id }).describe("Gives up the seat.");
const closeRoom = z
  .object({ type: z.literal("close_room"), reason: z.string(BAD).regex(REASON, BAD).nullish(), id })
  .describe("Ends the room for everyone (host).");
const sessionStart = z
  .object({
    type: z.literal("session.start"),
    notes,
    token: optional(z.string(BAD).max(WIRE.tokenCharsMax, BAD)).describe(
      "A token from `POST /api/auth/login`: the session is the operator's, and told to every bot.",
    ),
    id,
  })
  .describe("Begins a session in this room (host).");
const gameAdd = z
  .object({ type: z.literal("game.add"), ...GAME_FIELDS, id })
  .refine(playersFit, { error: "bad_field", path: ["max_players"] })
  .describe("Adds the next game of the session (host).");
const lobbyUpdate = z
  .object({ type: z.literal("lobby.update"), lobbyState, id })
  .describe("Says how far the lobby is (host); it follows the number of players else.");
const gameStart = z.object({ type: z.literal("game.start"), id }).describe("The game is played from now on (host).");
const gameEnd = z.object({ type: z.literal("game.end"), id }).describe("The game is over (host).");
const castVote = z.object({ type: z.literal("vote"), vote, id }).describe("Votes for the session's current game.");
const sessionEnd = z.object({ type: z.literal("session.end"), id }).describe("Ends the session (host).");
const ping = z.object({ type: z.literal("ping"), id }).describe("Asks for a pong.");

/** Each request by its type. */
export const REQUESTS = {
  create,
  join,
  send,
  leave,
  set_state: setState,
  set_player: setPlayer,
  lock,
  kick,
  make_host: makeHost,
  ...CROWD_REQUESTS,
  ...POLL_REQUESTS,
  close_room: closeRoom,
  "session.start": sessionStart,
  "game.add": gameAdd,
  "lobby.update": lobbyUpdate,
  "game.start": gameStart,
  "game.end": gameEnd,
  vote: castVote,
  "session.end": sessionEnd,
  ping,
} as const;

export type RequestType = keyof typeof REQUESTS;

/** Any request of the wire. */
export type Request = z.infer<(typeof REQUESTS)[RequestType]>;
