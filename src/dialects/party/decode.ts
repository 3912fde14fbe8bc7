// Bytes of the party wire → Command. The body of a `send` is checked to be exactly one JSON value and passed on as the text
// it was; everything around it goes through the schemas.
import { WIRE } from "../../limits/table.ts";
import type { Asked, Command, Flawed, Guest, RoomRules } from "../../protocol/commands.ts";
import { REFUSALS, type Refusal, type RefusalName, refuse } from "../../protocol/refusals.ts";
import { NOT_ONLY_BETWEEN } from "../../protocol/text.ts";
import { gameOf } from "../../sessions/fields.ts";
import { type Unreadable, unreadable } from "../dialect.ts";
import { bodyOf, type Envelope, mayHaveBody, readEnvelope } from "../envelope.ts";
import { isObject, memberSpan, parseJson, type Span } from "../json.ts";
import { relayingDecoder } from "../relayed.ts";
import { crowdCommandOf } from "./crowdDecode.ts";
import { Ref } from "./fields.ts";
import { PLAIN_PING, PLAINLY } from "./plain.ts";
import { pollCommandOf } from "./pollDecode.ts";
import { CLIENT_ID, NAME, REQUESTS, type Request, type RequestType, TAKES } from "./schema.ts";

/** A message to one member, who is named by its id: here in plain ASCII, as a UUID is. */
const TARGETED_HEAD = /^\{"type":"send","to":"([ !#-[\]-~]+)","data":/;

/** Requests that are nothing but their type, as JSON.stringify makes them: always the same text, so always the same command. */
const BARE: ReadonlyMap<string, Command> = new Map([
  ['{"type":"ping"}', { kind: "ping", asked: { type: "ping", ref: undefined } }],
  ['{"type":"leave"}', { kind: "leave", asked: { type: "leave", ref: undefined } }],
  // No JSON: some WebSocket libraries keep a line alive so by themselves, and throw it away when no `pong` comes back.
  [PLAIN_PING, { kind: "ping", asked: PLAINLY }],
]);

/** Membership is checked before fields, as the first wire did [P5]. */
const ASKED_FROM: Readonly<Record<RequestType, Flawed["from"]>> = {
  create: "outside",
  join: "outside",
  send: "inside",
  leave: "present",
  set_state: "inside",
  set_player: "inside",
  lock: "inside",
  kick: "inside",
  make_host: "inside",
  set_private: "inside",
  "room.reset": "inside",
  "timer.set": "inside",
  "timer.pause": "inside",
  "timer.go": "inside",
  "timer.stop": "inside",
  close_room: "inside",
  "session.start": "inside",
  "game.add": "inside",
  "lobby.update": "inside",
  "game.start": "inside",
  "game.end": "inside",
  vote: "present",
  "poll.open": "inside",
  "poll.close": "inside",
  answer: "present",
  "session.end": "inside",
  ping: "anywhere",
};

/** The requests with a body, and the UTF-8 bytes it may have. A message is bounded by its frame. */
const BODY_BYTES_MAX: Readonly<Partial<Record<RequestType, number>>> = {
  create: WIRE.stateBytesMax,
  send: Number.POSITIVE_INFINITY,
  set_state: WIRE.stateBytesMax,
  set_player: WIRE.playerBytesMax,
  set_private: WIRE.privateBytesMax,
};

export const decode = relayingDecoder(TARGETED_HEAD, (clientId) => clientId, decodeOther);

export function decodeOther(text: string, depthMax: number): Command | Unreadable {
  return BARE.get(text) ?? plainJoin(text) ?? decodeRequest(text, depthMax);
}

/** Reads a request of any kind by the schemas. */
export function decodeRequest(text: string, depthMax: number): Command | Unreadable {
  const envelope = readEnvelope(text);
  if (typeof envelope === "string") return unreadable(envelope, true);
  const { members } = envelope;
  if (!Object.hasOwn(REQUESTS, envelope.type)) return unreadable("unknown_type", false, askedOf(members));
  const type = envelope.type as RequestType;
  const read = REQUESTS[type].safeParse(members);
  if (!read.success) return flawed(type, refusalOf(read.error.issues[0]), askedOf(members));
  const request: Request = read.data;
  const kept = spanOfBody(request.type, members, text, envelope.body);
  const body = kept === null ? null : bodyOf(text, kept);
  const refusal = bodyRefusal(type, body, kept?.depth ?? 0, depthMax);
  const asked: Asked = { type, ref: refOf(request.id) };
  return refusal === null ? commandOf(request, body ?? "null", kept !== null, asked) : flawed(type, refusal, asked);
}

/**
 * A join that is as plain as nearly all are, exactly as its schema reads it; null: it is something else, or the schema has to look. For a phone
 * that came, that look was the dearest part: zod took 17 to 40 µs for each of the first 1,500 joins of a server, and 7 to 12 µs for one with all
 * fields when warm. This takes 4, and then 0.3.
 */
export function plainJoin(text: string): Command | null {
  if (!text.includes('"join"') || mayHaveBody(text)) return null;
  const members = parseJson(text);
  if (!isObject(members) || members.type !== "join") return null;
  const { clientId, room, secret, name, as, since, epoch, tick, maxFrame, id } = members;
  if (typeof clientId !== "string" || !CLIENT_ID.test(clientId)) return null;
  if (typeof room !== "string" || !NOT_ONLY_BETWEEN.test(room)) return null;
  if (!isShort(secret, WIRE.secretCharsMax) || !isShort(epoch, WIRE.epochCharsMax)) return null;
  if (!isShort(name, WIRE.nameCharsMax) || (name !== undefined && !NAME.test(name))) return null;
  if (!isWhole(since, 0) || !isWhole(maxFrame, WIRE.frameTakenMin)) return null;
  if (tick !== undefined && tick !== "answer" && typeof tick !== "boolean") return null;
  if (!isShort(id, WIRE.refCharsMax) && !isWhole(id, 0)) return null;
  if (as !== undefined && as !== "audience") return null;
  const request = { type: "join", clientId, room, secret, name, as, since, epoch, tick, maxFrame, id } as const;
  return commandOf(request, "null", false, { type: "join", ref: refOf(id) });
}

function isShort(value: unknown, charsMax: number): value is string | undefined {
  return value === undefined || (typeof value === "string" && value.length <= charsMax);
}

function isWhole(value: unknown, least: number): value is number | undefined {
  return value === undefined || (typeof value === "number" && Number.isSafeInteger(value) && value >= least);
}

/** The span of what a request has as text: `data`, or in `create` the first state of the room. */
function spanOfBody(type: RequestType, members: Envelope["members"], text: string, data: Span | null): Span | null {
  if (type !== "create") return data;
  const { state } = members;
  return state === undefined || isAbsent(state) ? null : memberSpan(text, "state");
}

function bodyRefusal(type: RequestType, body: string | null, depth: number, depthMax: number): Refusal | null {
  const bytesMax = BODY_BYTES_MAX[type];
  if (bytesMax === undefined) return null;
  if (body === null) return type === "create" ? null : badField("data");
  if (depth > depthMax) return refuse("too_deep");
  return Buffer.byteLength(body) > bytesMax ? refuse("too_large") : null;
}

function commandOf(request: Request, body: string, hasBody: boolean, asked: Asked): Command {
  switch (request.type) {
    case "create": {
      const { maxClients, room } = request;
      const state = hasBody ? body : null;
      return {
        kind: "create",
        guest: guestOf(request),
        maxClients,
        code: room || null,
        rules: rulesOf(request),
        state,
        wireData: null,
        defaults: null,
        asked,
      };
    }
    case "join": {
      const { since, epoch } = request;
      const left = isAbsent(since) ? null : { seq: Number(since), epoch: epoch ?? "" };
      return { kind: "join", guest: guestOf(request), code: request.room, since: left, asked };
    }
    case "send":
      return { kind: "send", to: request.to || null, body, asked };
    case "leave":
      return { kind: "leave", asked };
    case "set_state":
      return { kind: "setState", body, asked };
    case "set_player":
      return { kind: "setPlayer", body, shape: null, ...(request.clientId && { clientId: request.clientId }), asked };
    case "lock":
      return { kind: "lock", locked: request.locked, asked };
    case "kick":
      return {
        kind: "kick",
        clientId: request.clientId,
        reason: request.reason || null,
        ban: request.ban !== false,
        asked,
      };
    case "make_host":
      return { kind: "makeHost", clientId: request.clientId, asked };
    case "set_private":
    case "room.reset":
    case "timer.set":
    case "timer.pause":
    case "timer.go":
    case "timer.stop":
      return crowdCommandOf(request, body, asked);
    case "poll.open":
    case "poll.close":
    case "answer":
      return { ...pollCommandOf(request), asked };
    case "close_room":
      return { kind: "closeRoom", reason: request.reason || null, asked };
    case "session.start":
      return {
        kind: "sessionStart",
        notes: request.notes || null,
        ...(request.token && { token: request.token }),
        asked,
      };
    case "game.add":
      return { kind: "gameAdd", game: gameOf(request), asked };
    case "lobby.update":
      return { kind: "lobbyUpdate", lobbyState: request.lobbyState, asked };
    case "game.start":
      return { kind: "gameStart", asked };
    case "game.end":
      return { kind: "gameEnd", asked };
    case "vote":
      return { kind: "vote", vote: request.vote, asked };
    case "session.end":
      return { kind: "sessionEnd", asked };
    case "ping":
      return { kind: "ping", asked };
    default:
      return request satisfies never;
  }
}

function rulesOf({ away, history, hostGone, plays, names, audience }: Extract<Request, { type: "create" }>): RoomRules {
  return {
    awayMs: (away || 0) * 1000,
    historyMax: history || 0,
    hostGone: hostGone || "stay",
    capCounts: "seats",
    idsAre: "public",
    isNumbered: false,
    creatorPlays: plays === true,
    ...(audience && { audienceMax: audience }),
    ...(names === "unique" && { names }),
  };
}

export function guestOf(request: Extract<Request, { type: "create" | "join" }>): Guest {
  const { clientId, name, secret, tick, maxFrame } = request;
  const frameBytesMax = maxFrame || WIRE.frameTakenUnsaid;
  return {
    clientId,
    name: name || null,
    secret: secret || null,
    tick: tick === "answer" || tick === true ? tick : false,
    frameBytesMax,
    ...(request.type === "join" && request.as && { as: request.as }),
  };
}

/** The first thing wrong with a request: the schema's message is a refusal's name, or the field says what it takes. */
function refusalOf(issue: { message: string; path: PropertyKey[] } | undefined): Refusal {
  if (issue === undefined || issue.message === "bad_field" || !Object.hasOwn(REFUSALS, issue.message)) {
    return badField(String(issue?.path[0] ?? "type"));
  }
  return refuse(issue.message as RefusalName);
}

function badField(field: string): Refusal {
  return refuse("bad_field", { text: `${field} must be ${TAKES[field] ?? "something else"}` });
}

function flawed(type: RequestType, refusal: Refusal, asked: Asked): Command {
  return { kind: "flawed", from: ASKED_FROM[type], refusal, asked };
}

/** What can be said of a request that failed: its type as sent, if it is a short word, and its ref. */
function askedOf(members: Envelope["members"]): Asked {
  const ref = Ref.safeParse(members.id);
  const type = String(members.type);
  return { type: type.length <= 64 ? type : "", ref: ref.success ? refOf(ref.data) : undefined };
}

/** Null and an empty text are as good as none, as for every field that may be left out [P6]. */
function isAbsent(value: unknown): value is null | undefined | "" {
  return value === null || value === undefined || value === "";
}

function refOf(id: Request["id"]): Asked["ref"] {
  return isAbsent(id) ? undefined : id;
}
