// Event → the frame of the party wire. The fields of the first wire (created.room, joined.room and .clients,
// peer_joined.clientId, peer_left.clientId, message.from and .data, error.message) never change their meaning [P1].
// Frames are put together as text: what a client sent as JSON stays the text it was [P7], and a phone that comes and goes
// costs less than with an object for each frame.
import type { Asked } from "../../protocol/commands.ts";
import type { Event, EventKind, LiveAnswer, Numbered, Peer, Picture, Speaker } from "../../protocol/events.ts";
import { comeback, type Refusal } from "../../protocol/refusals.ts";
import { relayingEncoder } from "../relayed.ts";
import type { Words } from "../words.ts";
import { CROWD_WORDS, crowdMembers } from "./crowdWords.ts";
import { doneMembers, quoted, refMember, seqMember } from "./members.ts";
import { PLAIN_PONG, PLAINLY } from "./plain.ts";

type Joined = Extract<Event, { kind: "joined" }>;

/** Shared data is for rooms of another wire, and the answers of the live socket are for that alone. */
type Silent = "shared" | LiveAnswer["kind"];

const headOf = ({ clientId }: Speaker) => `{"type":"message","from":${quoted(clientId)},"data":`;

const WORDS: Words<Exclude<EventKind, Silent | "message">> = {
  peerJoined: ({ peer }, _asked, seq) =>
    `{"type":"peer_joined","clientId":${quoted(peer.clientId)}${nameMember(peer)}${seqMember(seq)}}`,
  peerLeft: ({ clientId, reason }, _asked, seq) =>
    `{"type":"peer_left","clientId":${quoted(clientId)},"reason":"${reason}"${seqMember(seq)}}`,
  peerAway: ({ clientId, leftMs }, _asked, seq) =>
    `{"type":"peer_away","clientId":${quoted(clientId)},"until":${leftMs}${seqMember(seq)}}`,
  peerBack: (peer, _asked, seq) =>
    `{"type":"peer_back","clientId":${quoted(peer.clientId)}${nameMember(peer)}${seqMember(seq)}}`,
  peerRenamed: ({ clientId, name }, _asked, seq) =>
    `{"type":"peer_renamed","clientId":${quoted(clientId)},"name":${quoted(name)}${seqMember(seq)}}`,
  hostChanged: ({ clientId }, _asked, seq) => `{"type":"host_changed","clientId":${quoted(clientId)}${seqMember(seq)}}`,
  roomLocked: ({ locked }, _asked, seq) => `{"type":"room_locked","locked":${locked}${seqMember(seq)}}`,
  state: ({ body }, _asked, seq) => `{"type":"state","data":${body}${seqMember(seq)}}`,
  player: ({ clientId, body }, _asked, seq) =>
    `{"type":"player","clientId":${quoted(clientId)},"data":${body}${seqMember(seq)}}`,
  session: ({ type, timestamp, body }, _asked, seq) =>
    `{"type":"${type}","timestamp":"${timestamp}","data":${body}${seqMember(seq)}}`,
  ...CROWD_WORDS,
  created: ({ picture, clientId }, asked) => created(picture, clientId, asked),
  joined,
  left: (_event, asked) => `{"type":"left"${refMember(asked)}}`,
  pong: ({ t }, asked) => (asked === PLAINLY ? PLAIN_PONG : `{"type":"pong","t":${t}${refMember(asked)}}`),
  ack({ delivered, seq }, asked) {
    const inRoom = seq === null ? "" : `,"seq":${seq}`;
    return `{"type":"ack"${refMember(asked)}${inRoom},"delivered":${delivered}}`;
  },
  tick: ({ t }) => `{"type":"tick","t":${t}}`,
  bye({ close: { code }, reason, retryAfterMs }) {
    return JSON.stringify({ type: "bye", code, reason, retry: comeback(code) !== "stop", retryAfterMs });
  },
  refusal: error,
};

export const encode = relayingEncoder<Silent>(headOf, true, WORDS);

/** The words for those who come and go. */
export const ATTENDANCE = [WORDS.peerJoined, WORDS.peerLeft, WORDS.peerAway, WORDS.peerBack, WORDS.left] as const;

export function created({ code, epoch, seq }: Picture, clientId: string, asked: Asked | undefined): string {
  const id = quoted(clientId);
  return `{"type":"created","room":"${code}","clientId":${id},"host":${id},"epoch":"${epoch}","seq":${seq}${refMember(asked)}}`;
}

/** The picture of a room, for whoever has a seat in it now. */
export function joined({ picture, missed, done }: Joined, asked: Asked | undefined): string {
  let clients = "";
  let peers = "";
  for (const peer of picture.peers) {
    const id = quoted(peer.clientId);
    clients += clients === "" ? id : `,${id}`;
    peers += peers === "" ? peerObject(peer, id) : `,${peerObject(peer, id)}`;
  }
  const who = `"room":"${picture.code}","clients":[${clients}],"host":${quoted(picture.host)},"peers":[${peers}]`;
  const state = picture.state === null ? "" : `,"state":${picture.state}`;
  const session = picture.session === null ? "" : `,"session":${picture.session}`;
  const name = picture.name == null ? "" : `,"name":${quoted(picture.name)}`;
  const crowd = picture.crowd === undefined ? "" : crowdMembers(picture.crowd);
  const what = `"locked":${picture.locked}${state}${session}${crowd}${name},"epoch":"${picture.epoch}","seq":${picture.seq}`;
  return `{"type":"joined",${who},${what}${resumeMembers(missed)}${doneMembers(done)}${refMember(asked)}}`;
}

/** Only for a member that comes back: whole, or not at all [R33]. */
export function resumeMembers(missed: readonly Numbered[] | null | undefined): string {
  if (missed === undefined) return "";
  if (missed === null) return `,"resumed":false`;
  let frames = "";
  for (const { event, seq } of missed) frames += `${frames === "" ? "" : ","}${encode(event, undefined, seq)}`;
  return `,"resumed":true,"missed":[${frames}]`;
}

export function peerObject(peer: Peer, id: string): string {
  const player = peer.player === null ? "" : `,"player":${peer.player}`;
  return `{"clientId":${id}${nameMember(peer)}${peer.isAway ? `,"away":true` : ""}${player}}`;
}

/** Members that are undefined do not appear. */
function error(
  { name, text, retryAfterMs, audience, missing, delivered, needs }: Refusal,
  asked: Asked | undefined,
): string {
  const request = asked?.type || undefined;
  const head = { type: "error", code: name, message: text, request, id: asked?.ref };
  return JSON.stringify({ ...head, retryAfterMs, audience, missing, delivered, needs });
}

function nameMember({ name }: { readonly name: string | null }): string {
  return name === null ? "" : `,"name":${quoted(name)}`;
}
