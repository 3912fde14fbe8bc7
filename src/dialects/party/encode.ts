// Event → the frame of the party wire. The fields of the first wire (created.room, joined.room and .clients,
// peer_joined.clientId, peer_left.clientId, message.from and .data, error.message) never change their meaning [P1].
// Frames are put together as text: what a client sent as JSON stays the text it was [P7], and a phone that comes and goes
// costs less than with an object for each frame.
import type { Asked } from "../../protocol/commands.ts";
import type { Event, Numbered, Peer, Picture } from "../../protocol/events.ts";
import { comeback, type Refusal } from "../../protocol/refusals.ts";

export function encode(event: Event, asked?: Asked, seq: number | null = null): string | null {
  switch (event.kind) {
    case "message": {
      // The body is one JSON value, checked at decode: nothing in it can end its member and begin another [P8].
      event.from.messageHead ??= `{"type":"message","from":${quoted(event.from.clientId)},"data":`;
      return seq === null
        ? `${event.from.messageHead}${event.body}}`
        : `${event.from.messageHead}${event.body},"seq":${seq}}`;
    }
    case "peerJoined":
      return `{"type":"peer_joined","clientId":${quoted(event.peer.clientId)}${nameMember(event.peer)}${seqMember(seq)}}`;
    case "peerLeft":
      return `{"type":"peer_left","clientId":${quoted(event.clientId)},"reason":"${event.reason}"${seqMember(seq)}}`;
    case "peerAway":
      return `{"type":"peer_away","clientId":${quoted(event.clientId)},"until":${event.leftMs}${seqMember(seq)}}`;
    case "peerBack":
      return `{"type":"peer_back","clientId":${quoted(event.clientId)}${seqMember(seq)}}`;
    case "hostChanged":
      return `{"type":"host_changed","clientId":${quoted(event.clientId)}${seqMember(seq)}}`;
    case "roomLocked":
      return `{"type":"room_locked","locked":${event.locked}${seqMember(seq)}}`;
    case "state":
      return `{"type":"state","data":${event.body}${seqMember(seq)}}`;
    case "player":
      return `{"type":"player","clientId":${quoted(event.clientId)},"data":${event.body}${seqMember(seq)}}`;
    case "created":
      return created(event.picture, event.clientId, asked);
    case "joined":
      return joined(event.picture, event.missed, asked);
    case "left":
      return `{"type":"left"${refMember(asked)}}`;
    case "pong":
      return `{"type":"pong","t":${event.t}${refMember(asked)}}`;
    case "ack": {
      const inRoom = event.seq === null ? "" : `,"seq":${event.seq}`;
      return `{"type":"ack"${refMember(asked)}${inRoom},"delivered":${event.delivered}}`;
    }
    case "tick":
      return `{"type":"tick","t":${event.t}}`;
    case "bye": {
      const { code } = event.close;
      const retry = comeback(code) !== "stop";
      return JSON.stringify({ type: "bye", code, reason: event.reason, retry, retryAfterMs: event.retryAfterMs });
    }
    case "session":
      return `{"type":"${event.type}","timestamp":"${event.timestamp}","data":${event.body}${seqMember(seq)}}`;
    case "refusal":
      return error(event, asked);
    case "shared":
      // No room of this wire has it.
      return null;
    case "authenticated":
    case "subscribed":
    case "unsubscribed":
      // The live socket's alone.
      return null;
    default:
      return event satisfies never;
  }
}

function created({ code, epoch, seq }: Picture, clientId: string, asked: Asked | undefined): string {
  const id = quoted(clientId);
  return `{"type":"created","room":"${code}","clientId":${id},"host":${id},"epoch":"${epoch}","seq":${seq}${refMember(asked)}}`;
}

function joined(picture: Picture, missed: readonly Numbered[] | null | undefined, asked: Asked | undefined): string {
  const clients = picture.peers.map(({ clientId }) => quoted(clientId)).join(",");
  const peers = picture.peers.map(peerObject).join(",");
  const who = `"room":"${picture.code}","clients":[${clients}],"host":${quoted(picture.host)},"peers":[${peers}]`;
  const state = picture.state === null ? "" : `,"state":${picture.state}`;
  const session = picture.session === null ? "" : `,"session":${picture.session}`;
  const what = `"locked":${picture.locked}${state}${session},"epoch":"${picture.epoch}","seq":${picture.seq}`;
  return `{"type":"joined",${who},${what}${resumeMembers(missed)}${refMember(asked)}}`;
}

/** Only for a member that comes back: whole, or not at all [R33]. */
function resumeMembers(missed: readonly Numbered[] | null | undefined): string {
  if (missed === undefined) return "";
  if (missed === null) return `,"resumed":false`;
  return `,"resumed":true,"missed":[${missed.map(({ event, seq }) => encode(event, undefined, seq)).join(",")}]`;
}

function peerObject(peer: Peer): string {
  const player = peer.player === null ? "" : `,"player":${peer.player}`;
  return `{"clientId":${quoted(peer.clientId)}${nameMember(peer)}${peer.isAway ? `,"away":true` : ""}${player}}`;
}

/** Members that are undefined do not appear. */
function error({ name, text, retryAfterMs, missing, delivered }: Refusal, asked: Asked | undefined): string {
  const request = asked?.type || undefined;
  const frame = { type: "error", code: name, message: text, request, id: asked?.ref, retryAfterMs, missing, delivered };
  return JSON.stringify(frame);
}

function nameMember({ name }: Peer): string {
  return name === null ? "" : `,"name":${quoted(name)}`;
}

/** The number of what a room with history is told. */
function seqMember(seq: number | null): string {
  return seq === null ? "" : `,"seq":${seq}`;
}

/** The ref of the request that is answered. */
function refMember(asked: Asked | undefined): string {
  return asked?.ref === undefined ? "" : `,"id":${JSON.stringify(asked.ref)}`;
}

function quoted(text: string | null): string {
  return JSON.stringify(text);
}
