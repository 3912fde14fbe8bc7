// The hot path of every wire that relays a body as the text it was: `send` as JSON.stringify makes it of {type, data} or {type, to, data},
// which is how nearly every message of every game begins. Whatever looks different goes the long way, through the wire's schemas.
import type { Asked, Command, Flawed, Target } from "../protocol/commands.ts";
import type { EventKind, Speaker } from "../protocol/events.ts";
import { refuse } from "../protocol/refusals.ts";
import { depthInside } from "./blocks/look.ts";
import { type Dialect, type Unreadable, unreadable } from "./dialect.ts";
import { valueSpan } from "./json.ts";
import type { AnyWords, Words } from "./words.ts";

const BROADCAST_HEAD = '{"type":"send","data":';
const CLOSE_MAP = 125;
/** From so many characters on a first look by blocks is cheaper than the walk; what a phone says mostly has fewer. */
const LARGE = 256;
const ASKED: Asked = Object.freeze({ type: "send", ref: undefined });
const INVALID_JSON = unreadable("invalid_json", true);
const TOO_DEEP: Command & Flawed = { kind: "flawed", from: "inside", refusal: refuse("too_deep"), asked: ASKED };

/**
 * The decoder of a wire: messages are read here, and what is something else by the wire itself.
 * @param targetedHead the head of a message to one member, from the first character; its first group is who
 * @param targetOf what that group names
 */
export function relayingDecoder(
  targetedHead: RegExp,
  targetOf: (written: string) => Target,
  decodeOther: Dialect["decode"],
): Dialect["decode"] {
  return (text, depthMax) => {
    let read: Command | Unreadable | null = null;
    if (text.startsWith(BROADCAST_HEAD)) read = readBody(text, BROADCAST_HEAD.length, null, depthMax);
    else {
      const head = targetedHead.exec(text);
      if (head !== null) read = readBody(text, head[0].length, targetOf(head[1] ?? ""), depthMax);
    }
    return read ?? decodeOther(text, depthMax);
  };
}

/**
 * The encoder of a wire: messages are written here, and for what else is told it has its words, or is silent.
 * @param headOf how the messages of a member begin, up to their body
 * @param hasSeq whether its clients know the number of a message
 */
export function relayingEncoder<Silent extends EventKind>(
  headOf: (from: Speaker) => string,
  hasSeq: boolean,
  words: Words<Exclude<EventKind, Silent | "message">>,
): Dialect["encode"] {
  const wordOf: AnyWords = words;
  return (event, asked, seq = null, wireData = null) => {
    if (event.kind !== "message") {
      const word = wordOf[event.kind];
      return word === undefined ? null : word(event as never, asked, seq, wireData);
    }
    const { from, body } = event;
    from.messageHead ??= headOf(from);
    // The body is one JSON value, checked at decode: nothing in it can end its member and begin another [P8].
    return seq === null || !hasSeq ? `${from.messageHead}${body}}` : `${from.messageHead}${body},"seq":${seq}}`;
  };
}

/** A frame that is a head, one value, and a brace needs no second look. Null: it is something else. */
function readBody(text: string, start: number, to: Target, depthMax: number): Command | Unreadable | null {
  const end = text.length - 1;
  if (end >= LARGE && text.charCodeAt(end) === CLOSE_MAP) {
    const depth = depthInside(text, start);
    if (depth > depthMax) return TOO_DEEP;
    if (depth !== -1) return { kind: "send", to, body: text.slice(start, end), asked: ASKED };
  }
  const span = valueSpan(text, start);
  if (span === null) return INVALID_JSON;
  if (span.end !== end || text.charCodeAt(span.end) !== CLOSE_MAP) return null;
  if (span.depth > depthMax) return TOO_DEEP;
  return { kind: "send", to, body: text.slice(span.start, span.end), asked: ASKED };
}
