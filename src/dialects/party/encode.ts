// Event → the frame of the party wire. The fields of the first wire (created.room, joined.room and .clients,
// peer_joined.clientId, peer_left.clientId, message.from and .data, error.message) never change their meaning [P1].
// Frames are put together as text: what a client sent as JSON stays the text it was [P7], and a phone that comes and goes
// costs less than with an object for each frame.
import { type Asked, comeback, type Event, type Peer, type Refusal } from "../../vocabulary.ts";

export function encode(event: Event, asked?: Asked): string {
  switch (event.kind) {
    case "message":
      // The body is one JSON value, checked at decode: nothing in it can end its member and begin another [P8].
      event.from.messageHead ??= `{"type":"message","from":${JSON.stringify(event.from.clientId)},"data":`;
      return `${event.from.messageHead}${event.body}}`;
    case "peerJoined":
      return `{"type":"peer_joined",${peerMembers(event.peer)}}`;
    case "peerLeft":
      return `{"type":"peer_left","clientId":${JSON.stringify(event.clientId)},"reason":"${event.reason}"}`;
    case "hostChanged":
      return `{"type":"host_changed","clientId":${JSON.stringify(event.clientId)}}`;
    case "tick":
      return `{"type":"tick","t":${event.t}}`;
    case "bye": {
      const { code } = event.close;
      const retry = comeback(code) !== "stop";
      return JSON.stringify({ type: "bye", code, reason: event.reason, retry, retryAfterMs: event.retryAfterMs });
    }
    case "created": {
      const clientId = JSON.stringify(event.clientId);
      return `{"type":"created","room":"${event.code}","clientId":${clientId},"host":${clientId}${refMember(asked)}}`;
    }
    case "joined": {
      const clients = event.peers.map(({ clientId }) => JSON.stringify(clientId)).join(",");
      const peers = event.peers.map((peer) => `{${peerMembers(peer)}}`).join(",");
      const host = JSON.stringify(event.host);
      const room = `"room":"${event.code}","clients":[${clients}],"host":${host},"peers":[${peers}]`;
      return `{"type":"joined",${room}${refMember(asked)}}`;
    }
    case "left":
      return `{"type":"left"${refMember(asked)}}`;
    case "pong":
      return `{"type":"pong","t":${event.t}${refMember(asked)}}`;
    case "ack":
      return JSON.stringify({ type: "ack", id: asked?.ref, delivered: event.delivered });
    case "refusal":
      return error(event, asked);
    default:
      return event satisfies never;
  }
}

/** Members that are undefined do not appear. */
function error({ name, text, retryAfterMs, missing, delivered }: Refusal, asked: Asked | undefined): string {
  const request = asked?.type || undefined;
  const frame = { type: "error", code: name, message: text, request, id: asked?.ref, retryAfterMs, missing, delivered };
  return JSON.stringify(frame);
}

function peerMembers({ clientId, name }: Peer): string {
  const id = `"clientId":${JSON.stringify(clientId)}`;
  return name === null ? id : `${id},"name":${JSON.stringify(name)}`;
}

/** The ref of the request that is answered, as the last member. */
function refMember(asked: Asked | undefined): string {
  return asked?.ref === undefined ? "" : `,"id":${JSON.stringify(asked.ref)}`;
}
