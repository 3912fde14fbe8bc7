// Event → the frame of the sessionserver wire: command, error, then what applies of sessionID, playerID, session and player, in that
// order, since its clients match text [V1]. What this wire keeps with a room is the names of its data: names.ts.
import type { ClientId } from "../../protocol/commands.ts";
import type {
  CrowdEvent,
  Event,
  HostEvent,
  LineEvent,
  LiveAnswer,
  Picture,
  SessionEvent,
} from "../../protocol/events.ts";
import { encoderOf } from "../words.ts";
import { ANSWERS, numberOf } from "./errors.ts";
import { dataMembers, playerMember } from "./names.ts";
import type { RequestType } from "./schema.ts";

/** What clients of the package never heard of [V19]. A seat of this wire never waits, so nobody is away in its rooms. */
type Silent =
  | "peerAway"
  | "peerBack"
  | "peerRenamed"
  | HostEvent["kind"]
  | CrowdEvent["kind"]
  | "state"
  | "message"
  | SessionEvent["kind"]
  | LiveAnswer["kind"]
  | LineEvent["kind"]
  | "ack"
  | "pong";

export const encode = encoderOf<Silent>({
  created: ({ picture, clientId }) => joined(picture, clientId),
  joined: ({ picture, index }) => joined(picture, picture.peers.find((peer) => peer.index === index)?.clientId ?? "-1"),
  peerJoined: ({ peer }, _asked, _seq, names) => ofPlayer("playerJoin", peer.clientId, peer.player, names),
  player: ({ clientId, body }, _asked, _seq, names) => ofPlayer("playerUpdate", clientId, body, names),
  peerLeft: ({ clientId }) => `{"command":"playerLeave","error":0,"playerID":${clientId}}`,
  shared: ({ state, player }, _asked, _seq, names) =>
    `{"command":"sessionUpdate","error":0,${dataMembers(names, state, player)}}`,
  left: () => '{"command":"sessionLeave","error":0}',
  refusal({ name }, asked) {
    const type = asked?.type ?? "";
    const command = Object.hasOwn(ANSWERS, type) ? ANSWERS[type as RequestType] : type;
    return JSON.stringify({ command, error: numberOf(name, asked) });
  },
});

/** Who is there already is told to the joiner one by one, in the order they came [V4]. */
export function followUps(event: Event): readonly string[] {
  if (event.kind !== "joined") return [];
  const { peers, wireData: names } = event.picture;
  const others = peers.filter(({ index }) => index !== event.index);
  return others.map(({ clientId, player }) => ofPlayer("playerJoin", clientId, player, names));
}

function joined({ number, state, defaults, wireData: names }: Picture, clientId: ClientId): string {
  const ids = `"sessionID":${number},"playerID":${clientId}`;
  return `{"command":"sessionJoin","error":0,${ids},${dataMembers(names, state, defaults)}}`;
}

function ofPlayer(command: string, clientId: ClientId, player: string | null, names: string | null): string {
  return `{"command":"${command}","error":0,"playerID":${clientId},${playerMember(names, player)}}`;
}
