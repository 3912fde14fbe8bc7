// Event → the frame of the party2 wire, or null: this wire has no other frames than these, and its clients know no others [Q2].
// A member is its index here. No frame holds a clientId: it is the key to the seat [Q5].
import type { Asked } from "../../protocol/commands.ts";
import type { Event, Picture } from "../../protocol/events.ts";
import { textOf } from "./errors.ts";
import { filled, type Place } from "./url.ts";

/** The encoder of a server at this place. */
export function encoder(place: Place): (event: Event, asked?: Asked) => string | null {
  return (event, asked) => encode(event, asked, place);
}

function encode(event: Event, asked: Asked | undefined, place: Place): string | null {
  switch (event.kind) {
    case "message":
      // The body is one JSON value, checked at decode: nothing in it can end its member and begin another [P8].
      event.from.messageHead ??= `{"type":"message","from":${event.from.index},"data":`;
      return `${event.from.messageHead}${event.body}}`;
    case "peerJoined":
      return peerJoined(event.peer.index);
    case "peerBack":
      return peerJoined(event.index);
    case "peerAway":
      return peerLeft(event.index);
    case "peerLeft":
      // `timeout` is a seat that was kept and is given up: that it is empty was told when its member went away.
      return event.reason === "timeout" ? null : peerLeft(event.index);
    case "state":
      return stateFrame(event.body);
    case "created":
      return created(event.picture, place);
    case "joined":
      return joined(event.picture, event.index, place);
    case "refusal":
      return JSON.stringify({ type: "error", message: textOf(event, asked) });
    case "hostChanged":
    case "roomLocked":
    case "player":
    case "left":
    case "pong":
    case "ack":
    case "tick":
    case "bye":
    case "shared":
    case "session":
    case "authenticated":
    case "subscribed":
    case "unsubscribed":
      return null;
    default:
      return event satisfies never;
  }
}

export function stateFrame(body: string): string {
  return `{"type":"state","data":${body}}`;
}

function created({ code, wireData }: Picture, place: Place): string {
  const { instance, region } = place;
  return JSON.stringify({ type: "created", room: code, instance, region, index: 0, url: link(wireData, code, place) });
}

function joined({ code, peers, wireData }: Picture, index: number, place: Place): string {
  const here = peers.filter((peer) => !peer.isAway && peer.index !== index).map((peer) => peer.index);
  // After a seat was given up for good and taken anew, join order and index order are not the same.
  here.sort((one, other) => one - other);
  return JSON.stringify({ type: "joined", room: code, index, peers: here, url: link(wireData, code, place) });
}

/** Undefined where the room has none: the member does not appear then. */
function link(template: string | null, code: string, place: Place): string | undefined {
  return template === null ? undefined : filled(template, code, place);
}

function peerJoined(index: number): string {
  return `{"type":"peer_joined","index":${index}}`;
}

function peerLeft(index: number): string {
  return `{"type":"peer_left","index":${index}}`;
}
