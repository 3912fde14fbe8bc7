// Bytes of the live wire → Command. Bots and overlays say little, so every frame is parsed whole; nothing of it is passed on.
import { WIRE } from "../../limits/table.ts";
import type { Asked, Command } from "../../protocol/commands.ts";
import { REFUSALS, type Refusal, type RefusalName, refuse } from "../../protocol/refusals.ts";
import { type Unreadable, unreadable } from "../dialect.ts";
import { isObject, parseJson } from "../json.ts";
import { REQUESTS, type Request, type RequestType } from "./schema.ts";

export function decode(text: string): Command | Unreadable {
  const members = parseJson(text);
  if (!isObject(members)) return unreadable("invalid_json", true);
  const { type } = members;
  if (!isRequestType(type)) return unreadable("unknown_type", false, { type: shown(type), ref: undefined });
  const read = REQUESTS[type].safeParse(members);
  if (read.success) return commandOf(read.data);
  const asked: Asked = { type, ref: undefined };
  if (type === "auth") return { kind: "auth", token: null, asked };
  // A line without a good token is told so first, whatever else is wrong, and only the relay knows whether it has one [T1].
  return { kind: "flawed", from: "authenticated", refusal: refusalOf(read.error.issues[0]?.message), asked };
}

function commandOf(request: Request): Command {
  switch (request.type) {
    case "auth":
      return { kind: "auth", token: request.token, asked: { type: request.type, ref: undefined } };
    case "subscribe": {
      const { type, sessionId, since } = request;
      const after = since === undefined || since === null || since === "" ? null : Number(since);
      return { kind: "subscribe", sessionId: Number(sessionId), since: after, asked: { type, ref: sessionId } };
    }
    case "unsubscribe": {
      const { type, sessionId } = request;
      return { kind: "unsubscribe", sessionId: Number(sessionId), asked: { type, ref: sessionId } };
    }
    case "ping":
      return { kind: "ping", asked: { type: request.type, ref: undefined } };
    default:
      return request satisfies never;
  }
}

/** The schema's message is a refusal's name. */
function refusalOf(name = ""): Refusal {
  return refuse(Object.hasOwn(REFUSALS, name) ? (name as RefusalName) : "invalid_json");
}

/** A type nobody knows, as its sender is told it. A list is not written out: one deep enough ends in a stack overflow. */
function shown(type: unknown): string {
  const text = typeof type === "object" && type !== null ? "object" : String(type);
  return text.slice(0, WIRE.refCharsMax).toWellFormed();
}

function isRequestType(type: unknown): type is RequestType {
  return typeof type === "string" && Object.hasOwn(REQUESTS, type);
}
