// Event → the frame of the party wire; members that are undefined do not appear. The fields of the first wire (created.room, joined.room and .clients,
// peer_joined.clientId, peer_left.clientId, message.from and .data, error.message) never change their meaning [P1].
import { type Asked, comeback, type Event, type Peer, type Refusal } from "../../vocabulary.ts";

export function encode(event: Event, asked?: Asked): string {
  switch (event.kind) {
    case "message":
      // The body is one JSON value, checked at decode: nothing in it can end its member and begin another [P8].
      event.from.messageHead ??= `{"type":"message","from":${JSON.stringify(event.from.clientId)},"data":`;
      return `${event.from.messageHead}${event.body}}`;
    case "peerJoined":
      return JSON.stringify({ type: "peer_joined", ...peer(event.peer) });
    case "peerLeft":
      return JSON.stringify({ type: "peer_left", clientId: event.clientId, reason: event.reason });
    case "hostChanged":
      return JSON.stringify({ type: "host_changed", clientId: event.clientId });
    case "tick":
      return JSON.stringify({ type: "tick", t: event.t });
    case "bye": {
      const { code } = event.close;
      const retry = comeback(code) !== "stop";
      return JSON.stringify({ type: "bye", code, reason: event.reason, retry, retryAfterMs: event.retryAfterMs });
    }
    case "created":
      return JSON.stringify({
        type: "created",
        room: event.code,
        clientId: event.clientId,
        host: event.clientId,
        id: asked?.ref,
      });
    case "joined": {
      const clients = event.peers.map(({ clientId }) => clientId);
      const { code: room, host } = event;
      return JSON.stringify({ type: "joined", room, clients, host, peers: event.peers.map(peer), id: asked?.ref });
    }
    case "left":
      return JSON.stringify({ type: "left", id: asked?.ref });
    case "pong":
      return JSON.stringify({ type: "pong", t: event.t, id: asked?.ref });
    case "ack":
      return JSON.stringify({ type: "ack", id: asked?.ref, delivered: event.delivered });
    case "refusal":
      return error(event, asked);
    default:
      return event satisfies never;
  }
}

function error({ name, text, retryAfterMs, missing, delivered }: Refusal, asked: Asked | undefined): string {
  const request = asked?.type || undefined;
  return JSON.stringify({
    type: "error",
    code: name,
    message: text,
    request,
    id: asked?.ref,
    retryAfterMs,
    missing,
    delivered,
  });
}

function peer({ clientId, name }: Peer) {
  return { clientId, name: name ?? undefined };
}
