// Event → the frame of the sessionserver wire: command, error, then what applies of sessionID, playerID, session and player, in that
// order, since its clients match text [V1].
import type { Asked, ClientId } from "../../protocol/commands.ts";
import type { Event, Picture } from "../../protocol/events.ts";
import { DATA_NAMES } from "./decode.ts";
import { ANSWERS, numberOf } from "./errors.ts";
import type { RequestType } from "./schema.ts";

export function encode(
  event: Event,
  asked?: Asked,
  _seq?: number | null,
  wireData: string | null = null,
): string | null {
  switch (event.kind) {
    case "created":
      return joined(event.picture, event.clientId);
    case "joined":
      return joined(event.picture, event.picture.peers.find(({ index }) => index === event.index)?.clientId ?? "-1");
    case "peerJoined":
      return ofPlayer("playerJoin", event.peer.clientId, event.peer.player, wireData);
    case "player":
      return ofPlayer("playerUpdate", event.clientId, event.body, wireData);
    case "peerLeft":
      return `{"command":"playerLeave","error":0,"playerID":${event.clientId}}`;
    case "shared":
      return `{"command":"sessionUpdate","error":0,${data(wireData, event.state, event.player)}}`;
    case "left":
      return '{"command":"sessionLeave","error":0}';
    case "refusal": {
      const type = asked?.type ?? "";
      const command = Object.hasOwn(ANSWERS, type) ? ANSWERS[type as RequestType] : type;
      return JSON.stringify({ command, error: numberOf(event.name, asked) });
    }
    case "peerAway":
    case "peerBack":
    case "hostChanged":
    case "roomLocked":
    case "state":
    case "message":
    case "session":
    case "authenticated":
    case "subscribed":
    case "unsubscribed":
    case "ack":
    case "pong":
    case "tick":
    case "bye":
      return null;
    default:
      return event satisfies never;
  }
}

/** Who is there already is told to the joiner one by one, in the order they came [V4]. */
export function followUps(event: Event): readonly string[] {
  if (event.kind !== "joined") return [];
  const { peers, wireData } = event.picture;
  const others = peers.filter(({ index }) => index !== event.index);
  return others.map(({ clientId, player }) => ofPlayer("playerJoin", clientId, player, wireData));
}

function joined({ number, state, defaults, wireData }: Picture, clientId: ClientId): string {
  const ids = `"sessionID":${number},"playerID":${clientId}`;
  return `{"command":"sessionJoin","error":0,${ids},${data(wireData, state, defaults)}}`;
}

function ofPlayer(command: string, clientId: ClientId, player: string | null, wireData: string | null): string {
  const name = wireData === DATA_NAMES ? "playerData" : "player";
  return `{"command":"${command}","error":0,"playerID":${clientId},"${name}":${player}}`;
}

function data(wireData: string | null, session: string | null, player: string | null): string {
  return wireData === DATA_NAMES
    ? `"sessionData":${session},"playerData":${player}`
    : `"session":${session},"player":${player}`;
}
