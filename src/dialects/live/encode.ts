// Event → the frame of the live wire, or null: of rooms and their members nothing is told here. Bots in use compare the texts of
// answers and errors letter by letter, and read events by the names of their members.
import type { Asked } from "../../protocol/commands.ts";
import type { Event } from "../../protocol/events.ts";
import type { Refusal } from "../../protocol/refusals.ts";

export function encode(event: Event, asked?: Asked): string | null {
  switch (event.kind) {
    case "session": {
      // The body is one JSON object that the sessions wrote: it stays the text it is in the log.
      const id = event.id === null ? "" : `,"id":${event.id}`;
      return `{"type":"${event.type}","timestamp":"${event.timestamp}","data":${event.body}${id}}`;
    }
    case "authenticated":
      return '{"type":"auth_success","message":"Authenticated successfully"}';
    case "subscribed":
    case "unsubscribed":
      return JSON.stringify({ type: event.kind, sessionId: asked?.ref });
    case "pong":
      return '{"type":"pong"}';
    case "refusal": {
      const type = asked?.type === "auth" ? "auth_error" : "error";
      return JSON.stringify({ type, message: textOf(event, asked) });
    }
    case "created":
    case "joined":
    case "peerJoined":
    case "peerLeft":
    case "peerAway":
    case "peerBack":
    case "hostChanged":
    case "roomLocked":
    case "state":
    case "player":
    case "shared":
    case "message":
    case "ack":
    case "left":
    case "tick":
    case "bye":
      return null;
    default:
      return event satisfies never;
  }
}

/** Two texts are this wire's own. */
function textOf({ name, text }: Refusal, asked: Asked | undefined): string {
  if (name === "invalid_json") return "Invalid message format";
  return name === "unknown_type" ? `Unknown message type: ${asked?.type}` : text;
}
