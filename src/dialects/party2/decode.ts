// Bytes of the party2 wire → Command. The body of a `send` is checked to be exactly one JSON value and passed on as the text it
// was, as in party; everything around it goes through the schemas.
import { WIRE } from "../../limits/table.ts";
import type { Asked, Command, Flawed, Guest, RoomRules } from "../../protocol/commands.ts";
import { type Refusal, refuse } from "../../protocol/refusals.ts";
import { type Unreadable, unreadable } from "../dialect.ts";
import { bodyOf, readEnvelope } from "../envelope.ts";
import { relayingDecoder } from "../relayed.ts";
import { refusalOf } from "./errors.ts";
import { REQUESTS, type Request, type RequestType } from "./schema.ts";

/** A message to one member, who is named by its index. */
const TARGETED_HEAD = /^\{"type":"send","to":(0|[1-9]\d{0,8}),"data":/;

/** Membership is checked before fields, as in party [P5]. */
const ASKED_FROM: Readonly<Record<RequestType, Flawed["from"]>> = {
  create: "outside",
  join: "outside",
  send: "inside",
  leave: "inside",
  set_state: "inside",
  close_room: "inside",
};

/** A dropped member is told as gone and finds its index when it comes back; meanwhile its place is free for others [Q5][Q7]. */
const RULES: RoomRules = Object.freeze({
  awayMs: Number.POSITIVE_INFINITY,
  historyMax: 0,
  hostGone: "close",
  capCounts: "here",
  idsAre: "secret",
  isNumbered: false,
  creatorPlays: false,
});

export const decode = relayingDecoder(TARGETED_HEAD, Number, decodeRequest);

function decodeRequest(text: string, depthMax: number): Command | Unreadable {
  const envelope = readEnvelope(text);
  if (typeof envelope === "string") return unreadable(envelope, true);
  const { members, type, body } = envelope;
  if (!isRequestType(type)) return unreadable("unknown_type", false);
  const asked: Asked = { type, ref: undefined };
  const read = REQUESTS[type].safeParse(members);
  if (!read.success) return flawed(type, refusalOf(read.error.issues[0]?.message ?? ""), asked);
  const isRelayed = type === "send" || type === "set_state";
  if (isRelayed && body !== null && body.depth > depthMax) return flawed(type, refuse("too_deep"), asked);
  return commandOf(read.data, body === null ? null : bodyOf(text, body), asked);
}

function commandOf(request: Request, body: string | null, asked: Asked): Command {
  switch (request.type) {
    case "create": {
      const { clientId, maxClients, url: urlTemplate = null } = request;
      const opening = { rules: RULES, state: null, wireData: urlTemplate, defaults: null };
      return { kind: "create", guest: guest(clientId), maxClients, code: null, ...opening, asked };
    }
    case "join":
      return { kind: "join", guest: guest(request.clientId), code: request.room, since: null, asked };
    case "send":
      // No text of this wire says that `data` is missing, and its messages always have one.
      return { kind: "send", to: request.to ?? null, body: body ?? "null", asked };
    case "set_state":
      if (body === null) return flawed(request.type, refusalOf("State data is required"), asked);
      if (Buffer.byteLength(body) > WIRE.stateBytesMax)
        return flawed(request.type, refusalOf("State too large"), asked);
      return { kind: "setState", body, asked };
    case "leave":
      return { kind: "leave", asked };
    case "close_room":
      return { kind: "closeRoom", reason: null, asked };
    default:
      return request satisfies never;
  }
}

/**
 * The clientId is the seat's secret as well, since nobody else ever sees one: a member that comes back with it is known for the seat's
 * owner, and never waits among those who guess codes [Q4].
 */
function guest(clientId: string): Guest {
  return { clientId, name: null, secret: clientId, tick: false };
}

function isRequestType(type: string): type is RequestType {
  return Object.hasOwn(REQUESTS, type);
}

function flawed(type: RequestType, refusal: Refusal, asked: Asked): Command {
  return { kind: "flawed", from: ASKED_FROM[type], refusal, asked };
}
