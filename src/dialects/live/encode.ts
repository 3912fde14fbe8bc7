// Event → the frame of the live wire, or null: of rooms and their members nothing is told here. Bots in use compare the texts of
// answers and errors letter by letter, and read events by the names of their members.
import type { Asked } from "../../protocol/commands.ts";
import type { CrowdEvent, DataEvent, HostEvent, LineEvent, MemberEvent, RoomAnswer } from "../../protocol/events.ts";
import type { Refusal } from "../../protocol/refusals.ts";
import { encoderOf } from "../words.ts";

/** Of rooms and of the line itself nothing is told [T7]. */
type Silent =
  | RoomAnswer["kind"]
  | MemberEvent["kind"]
  | HostEvent["kind"]
  | CrowdEvent["kind"]
  | DataEvent["kind"]
  | "message"
  | LineEvent["kind"];

export const encode = encoderOf<Silent>({
  session({ id, type, timestamp, body }) {
    // The body is one JSON object that the sessions wrote: it stays the text it is in the log.
    const idMember = id === null ? "" : `,"id":${id}`;
    return `{"type":"${type}","timestamp":"${timestamp}","data":${body}${idMember}}`;
  },
  authenticated: () => '{"type":"auth_success","message":"Authenticated successfully"}',
  subscribed: ({ kind }, asked) => JSON.stringify({ type: kind, sessionId: asked?.ref }),
  unsubscribed: ({ kind }, asked) => JSON.stringify({ type: kind, sessionId: asked?.ref }),
  pong: () => '{"type":"pong"}',
  refusal(refusal, asked) {
    const type = asked?.type === "auth" ? "auth_error" : "error";
    return JSON.stringify({ type, message: textOf(refusal, asked) });
  },
});

/** Two texts are this wire's own. */
function textOf({ name, text }: Refusal, asked: Asked | undefined): string {
  if (name === "invalid_json") return "Invalid message format";
  return name === "unknown_type" ? `Unknown message type: ${asked?.type}` : text;
}
