// The hot path of every wire that relays a body as the text it was: `send` as JSON.stringify makes it of {type, data} or {type, to, data},
// which is how nearly every message of every game begins. Whatever looks different goes the long way, through the wire's schemas.
import type { Asked, Command, Flawed, Target } from "../protocol/commands.ts";
import { refuse } from "../protocol/refusals.ts";
import { type Unreadable, unreadable } from "./dialect.ts";
import { valueSpan } from "./json.ts";

const BROADCAST_HEAD = '{"type":"send","data":';
const CLOSE_MAP = 125;
const ASKED: Asked = Object.freeze({ type: "send", ref: undefined });
const INVALID_JSON = unreadable("invalid_json", true);
const TOO_DEEP: Command & Flawed = { kind: "flawed", from: "inside", refusal: refuse("too_deep"), asked: ASKED };

type Send = Extract<Command, { readonly kind: "send" }>;

/** Reads a frame that is a head, one value, and a brace, and needs no second look. Null: it is something else. */
type ReadSend = (text: string, depthMax: number) => Send | typeof TOO_DEEP | Unreadable | null;

/**
 * @param targetedHead the head of a message to one member, from the first character; its first group is who
 * @param targetOf what that group names
 */
export function sendReader(targetedHead: RegExp, targetOf: (written: string) => Target): ReadSend {
  return (text, depthMax) => {
    if (text.startsWith(BROADCAST_HEAD)) return readBody(text, BROADCAST_HEAD.length, null, depthMax);
    const head = targetedHead.exec(text);
    return head === null ? null : readBody(text, head[0].length, targetOf(head[1] ?? ""), depthMax);
  };
}

function readBody(text: string, start: number, to: Target, depthMax: number): ReturnType<ReadSend> {
  const span = valueSpan(text, start);
  if (span === null) return INVALID_JSON;
  if (span.end !== text.length - 1 || text.charCodeAt(span.end) !== CLOSE_MAP) return null;
  if (span.depth > depthMax) return TOO_DEEP;
  return { kind: "send", to, body: text.slice(span.start, span.end), asked: ASKED };
}
