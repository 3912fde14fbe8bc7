// Event → the frame of the party2 wire, or null: this wire has no other frames than these, and its clients know no others [Q2].
// A member is its index here. No frame holds a clientId: it is the key to the seat [Q5].
import type {
  CrowdEvent,
  HostEvent,
  LineEvent,
  LiveAnswer,
  Picture,
  SessionEvent,
  Speaker,
} from "../../protocol/events.ts";
import type { Dialect } from "../dialect.ts";
import { relayingEncoder } from "../relayed.ts";
import type { Place } from "../wire.ts";
import { textOf } from "./errors.ts";
import { filled } from "./url.ts";

/** No client of this wire knows a frame for any of these [Q2]. */
type Silent =
  | HostEvent["kind"]
  | CrowdEvent["kind"]
  | LineEvent["kind"]
  | SessionEvent["kind"]
  | LiveAnswer["kind"]
  | "player"
  | "shared"
  | "peerRenamed"
  | "left"
  | "ack"
  | "pong";

/** The encoder of a server at this place. */
export function encoder(place: Place): Dialect["encode"] {
  const headOf = ({ index }: Speaker) => `{"type":"message","from":${index},"data":`;
  return relayingEncoder<Silent>(headOf, false, {
    peerJoined: ({ peer }) => peerJoined(peer.index),
    peerBack: ({ index }) => peerJoined(index),
    peerAway: ({ index }) => peerLeft(index),
    // `timeout` is a seat that was kept and is given up: that nobody sits in it was told when its member went away.
    peerLeft: ({ index, reason }) => (reason === "timeout" ? null : peerLeft(index)),
    state: ({ body }) => stateFrame(body),
    created: ({ picture }) => created(picture, place),
    joined: ({ picture, index }) => joined(picture, index, place),
    refusal: (refusal, asked) => JSON.stringify({ type: "error", message: textOf(refusal, asked) }),
  });
}

export function stateFrame(body: string): string {
  return `{"type":"state","data":${body}}`;
}

/** What this wire keeps with a room is the url template of its creator. */
function created({ code, wireData: urlTemplate }: Picture, place: Place): string {
  const { instance, region } = place;
  return JSON.stringify({
    type: "created",
    room: code,
    instance,
    region,
    index: 0,
    url: link(urlTemplate, code, place),
  });
}

function joined({ code, peers, wireData: urlTemplate }: Picture, index: number, place: Place): string {
  const here = peers.filter((peer) => !peer.isAway && peer.index !== index).map((peer) => peer.index);
  // After a seat was given up for good and taken anew, join order and index order are not the same.
  here.sort((one, other) => one - other);
  return JSON.stringify({ type: "joined", room: code, index, peers: here, url: link(urlTemplate, code, place) });
}

/** Undefined where the room has none: the member does not appear then. */
function link(urlTemplate: string | null, code: string, place: Place): string | undefined {
  return urlTemplate === null ? undefined : filled(urlTemplate, code, place);
}

function peerJoined(index: number): string {
  return `{"type":"peer_joined","index":${index}}`;
}

function peerLeft(index: number): string {
  return `{"type":"peer_left","index":${index}}`;
}
