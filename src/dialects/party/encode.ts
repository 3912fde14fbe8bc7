// Event → the frame of the party wire. The fields of the first wire (created.room, joined.room and .clients,
// peer_joined.clientId, peer_left.clientId, message.from and .data, error.message) never change their meaning [P1].
import { type Asked, comeback, type Event, type Peer, type Refusal } from "../../vocabulary.ts";

export function encode(event: Event, asked?: Asked): string {
  switch (event.kind) {
    case "message":
      // The body is one JSON value, checked at decode: nothing in it can end its member and begin another [P8].
      event.from.messageHead ??= `{"type":"message","from":${JSON.stringify(event.from.clientId)},"data":`;
      return `${event.from.messageHead}${event.body}}`;
    case "peerJoined":
      return frame("peer_joined", peer(event.peer));
    case "peerLeft":
      return frame("peer_left", { clientId: event.clientId, reason: event.reason });
    case "hostChanged":
      return frame("host_changed", { clientId: event.clientId });
    case "tick":
      return frame("tick", { t: event.t });
    case "bye": {
      const { code } = event.close;
      const retry = comeback(code) !== "stop";
      return frame("bye", { code, reason: event.reason, retry, retryAfterMs: event.retryAfterMs });
    }
    case "created":
      return frame("created", { room: event.code, clientId: event.clientId, host: event.clientId, id: asked?.ref });
    case "joined": {
      const clients = event.peers.map(({ clientId }) => clientId);
      const { code: room, host } = event;
      return frame("joined", { room, clients, host, peers: event.peers.map(peer), id: asked?.ref });
    }
    case "left":
      return frame("left", { id: asked?.ref });
    case "pong":
      return frame("pong", { t: event.t, id: asked?.ref });
    case "ack":
      return frame("ack", { id: asked?.ref, delivered: event.delivered });
    case "refusal":
      return error(event, asked);
    default:
      return event satisfies never;
  }
}

function error({ name, text, retryAfterMs, missing, delivered }: Refusal, asked: Asked | undefined): string {
  const request = asked?.type || undefined;
  return frame("error", { code: name, message: text, request, id: asked?.ref, retryAfterMs, missing, delivered });
}

/** Members that are undefined do not appear. */
function frame(type: string, members: Record<string, unknown>): string {
  return JSON.stringify({ type, ...members });
}

function peer({ clientId, name }: Peer) {
  return { clientId, name: name ?? undefined };
}
