// Bytes of the sessionserver wire → Command. Data is parsed and written anew, because clients of this wire match what JSON.stringify
// makes of it; what the sender's text looked like is not theirs to see [V1].
import { WIRE } from "../../limits/table.ts";
import type { Asked, Command, Flawed, RoomRules, Shaped } from "../../protocol/commands.ts";
import { type Refusal, refuse } from "../../protocol/refusals.ts";
import { type Unreadable, unreadable } from "../dialect.ts";
import { isObject, parseJson, valueSpan } from "../json.ts";
import { namesOf, playerOf, sessionOf } from "./names.ts";
import { REQUESTS, Request, type RequestType } from "./schema.ts";
import { shapeOf } from "./shape.ts";

const RULES: RoomRules = {
  awayMs: 0,
  historyMax: 0,
  hostGone: "stay",
  capCounts: "seats",
  idsAre: "public",
  isNumbered: true,
  creatorPlays: true,
};

const ASKED_FROM: Readonly<Record<RequestType, Flawed["from"]>> = {
  createSession: "outside",
  joinSession: "outside",
  updateSession: "inside",
  updatePlayer: "inside",
  leaveSession: "inside",
};

/** Levels that the frame adds around a body. */
const FRAME_DEPTH = 1;

export function decode(text: string, depthMax: number): Command | Unreadable {
  const span = valueSpan(text, 0);
  const members = parseJson(text);
  if (!isObject(members) || typeof members.command !== "string") {
    return unreadable("invalid_json", true, { type: "", ref: undefined });
  }
  const { command } = members;
  const asked: Asked = { type: command, ref: undefined };
  if (!isCommand(command)) return unreadable("unknown_type", false, asked);
  const no = (refusal: Refusal): Command => ({ kind: "flawed", from: ASKED_FROM[command], refusal, asked });
  if ((span?.depth ?? 0) > depthMax + FRAME_DEPTH) return no(refuse("too_deep"));
  const read = Request.safeParse(members);
  return read.success ? commandOf(read.data, asked, no) : no(refuse("bad_field"));
}

function commandOf(request: Request, asked: Asked, no: (refusal: Refusal) => Command): Command {
  switch (request.command) {
    case "createSession": {
      const kept = keptFrom(sessionOf(request) ?? {}, playerOf(request) ?? {});
      if (kept === null) return no(refuse("too_large"));
      const opening = { rules: RULES, ...kept, wireData: namesOf(request) };
      return { kind: "create", guest: null, maxClients: null, code: null, ...opening, asked };
    }
    case "joinSession": {
      const { sessionID } = request;
      const code = typeof sessionID === "number" ? sessionID : Number.NaN;
      return { kind: "join", guest: null, code, since: null, asked };
    }
    case "updateSession": {
      const [session, player] = [sessionOf(request), playerOf(request)];
      if (session === undefined || player === undefined) return no(refuse("bad_field"));
      const kept = keptFrom(session, player);
      return kept === null ? no(refuse("too_large")) : { kind: "setShared", ...kept, asked };
    }
    case "updatePlayer": {
      const player = playerOf(request);
      if (player === undefined) return no(refuse("wrong_shape"));
      const shaped = shapedFrom(player);
      return shaped === null ? no(refuse("too_large")) : { kind: "setPlayer", ...shaped, asked };
    }
    case "leaveSession":
      return { kind: "leave", asked };
    default:
      return request satisfies never;
  }
}

/** What a session keeps, or null when it is too large to be kept. */
function keptFrom(session: unknown, player: unknown): { state: string; defaults: Shaped } | null {
  const state = JSON.stringify(session);
  const defaults = shapedFrom(player);
  return defaults === null || Buffer.byteLength(state) > WIRE.stateBytesMax ? null : { state, defaults };
}

/** Null when it is too large: then nobody looks for its shape, which would cost more than writing it. */
function shapedFrom(player: unknown): Shaped | null {
  const body = JSON.stringify(player);
  return Buffer.byteLength(body) > WIRE.playerBytesMax ? null : { body, shape: shapeOf(player) };
}

function isCommand(command: string): command is RequestType {
  return Object.hasOwn(REQUESTS, command);
}
