// Bytes of the party wire → Command. The body of a `send` is checked to be exactly one JSON value and passed on as the text
// it was; everything around it goes through the schemas.
import {
  type Asked,
  type Command,
  type Flawed,
  REFUSALS,
  type Refusal,
  type RefusalName,
  refuse,
} from "../../vocabulary.ts";
import type { Unreadable } from "../dialect.ts";
import { memberSpan, parseJson, valueSpan } from "../json.ts";
import { REQUESTS, Ref, type Request, type RequestType, TAKES } from "./schema.ts";

/** How nearly every message of every game begins: what JSON.stringify makes of {type, data}. */
const BROADCAST_HEAD = '{"type":"send","data":';
/** The same to one member, whose id is plain ASCII as a UUID is: eight phones talk to their display like this. */
const TARGETED_HEAD = /^\{"type":"send","to":"([ !#-[\]-~]+)","data":/;
const CLOSE_MAP = 125;
const ASKED_SEND: Asked = Object.freeze({ type: "send", ref: undefined });
const INVALID_JSON: Unreadable = unreadable("invalid_json", true);

/** Checked in this order by the first wire: membership, then fields [P5]. */
const ASKED_FROM: Readonly<Record<RequestType, Flawed["from"]>> = {
  create: "outside",
  join: "outside",
  send: "inside",
  leave: "inside",
  close_room: "inside",
  ping: "anywhere",
};

export function decode(text: string, depthMax: number): Command | Unreadable {
  return decodeSend(text, depthMax) ?? decodeRequest(text, depthMax);
}

/** The hot path: a frame that is a head, one value, and a brace needs no second look. Null: it is something else. */
function decodeSend(text: string, depthMax: number): Command | Unreadable | null {
  if (text.startsWith(BROADCAST_HEAD)) return decodeBody(text, BROADCAST_HEAD.length, null, depthMax);
  const head = TARGETED_HEAD.exec(text);
  return head === null ? null : decodeBody(text, head[0].length, head[1] ?? null, depthMax);
}

function decodeBody(text: string, start: number, to: string | null, depthMax: number): Command | Unreadable | null {
  const span = valueSpan(text, start);
  if (span === null) return INVALID_JSON;
  if (span.end !== text.length - 1 || text.charCodeAt(span.end) !== CLOSE_MAP) return null;
  if (span.depth > depthMax) return tooDeep(ASKED_SEND);
  return { kind: "send", to, body: text.slice(span.start, span.end), asked: ASKED_SEND };
}

function decodeRequest(text: string, depthMax: number): Command | Unreadable {
  const span = memberSpan(text, "data");
  // The body is JSON by itself, and so is all around it: then the whole is, and nothing in the body reaches the envelope [P8].
  const envelope = parseJson(span === null ? text : `${text.slice(0, span.start)}null${text.slice(span.end)}`);
  if (envelope === undefined) return INVALID_JSON;
  if (!isObject(envelope) || typeof envelope.type !== "string") return unreadable("unknown_type", true);
  if (!Object.hasOwn(REQUESTS, envelope.type)) return unreadable("unknown_type", false, askedOf(envelope));
  const body = span === null ? null : { text: text.slice(span.start, span.end), isTooDeep: span.depth > depthMax };
  return readRequest(envelope, envelope.type as RequestType, body);
}

function readRequest(
  envelope: Record<string, unknown>,
  type: RequestType,
  body: { readonly text: string; readonly isTooDeep: boolean } | null,
): Command {
  const read = REQUESTS[type].safeParse(envelope);
  if (!read.success) {
    const refusal = refusalOf(read.error.issues[0]);
    return { kind: "flawed", from: ASKED_FROM[type], refusal, asked: askedOf(envelope) };
  }
  const request: Request = read.data;
  const asked: Asked = { type, ref: request.id };
  if (request.type === "send") {
    if (body === null) return { kind: "flawed", from: "inside", refusal: badField("data"), asked };
    if (body.isTooDeep) return tooDeep(asked);
    return { kind: "send", to: request.to || null, body: body.text, asked };
  }
  return commandOf(request, asked);
}

function commandOf(request: Exclude<Request, { type: "send" }>, asked: Asked): Command {
  switch (request.type) {
    case "create":
      return {
        kind: "create",
        guest: guestOf(request),
        maxClients: request.maxClients,
        code: request.room || null,
        asked,
      };
    case "join":
      return { kind: "join", guest: guestOf(request), code: request.room, asked };
    case "leave":
      return { kind: "leave", asked };
    case "close_room":
      return { kind: "closeRoom", reason: request.reason || null, asked };
    case "ping":
      return { kind: "ping", asked };
    default:
      return request satisfies never;
  }
}

function guestOf(request: Extract<Request, { type: "create" | "join" }>) {
  return { clientId: request.clientId, name: request.name || null, tick: request.tick === true };
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

function tooDeep(asked: Asked): Command {
  return { kind: "flawed", from: "inside", refusal: refuse("too_deep"), asked };
}

function unreadable(name: RefusalName, broken: boolean, asked?: Asked): Unreadable {
  return { kind: "unreadable", broken, refusal: refuse(name), asked };
}

/** What can be said of a request that failed: its type as sent, if it is a short word, and its ref. */
function askedOf(envelope: Record<string, unknown>): Asked {
  const ref = Ref.safeParse(envelope.id);
  const type = String(envelope.type);
  return { type: type.length <= 64 ? type : "", ref: ref.success ? ref.data : undefined };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
