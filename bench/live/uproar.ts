// Everybody writes at once, as fast as answers come, until the server is gone: votes by HTTP for a long night, a night a life with
// games that begin and end, and a room whose host and member do the same on their lines.

import type { Random } from "../../test/support/random.ts";
import type { Api } from "./client.ts";

const VOTERS = 3;
/** Few, so that most votes replace one. */
const NAMES = 40;

/** What was acknowledged or heard in one life of the server. */
export interface Uproar {
  readonly votes: string[];
  readonly games: number[];
  /** Frames of events, as members of the room heard them. */
  readonly inRoom: string[];
  /** Resolves when the server is gone and nothing more comes. */
  readonly over: Promise<void>;
}

/** Begins at once. @param sessionId a night that outlives the server, with a game to vote for */
export function beginUproar(api: Api, port: number, sessionId: number, random: Random): Uproar {
  const uproar = { votes: [] as string[], games: [] as number[], inRoom: [] as string[] };
  const voters = Array.from({ length: VOTERS }, () => untilGone(() => castOne(api, sessionId, random, uproar.votes)));
  const over = Promise.all([...voters, playNights(api, random, uproar), playInRoom(port, uproar.inRoom)]);
  return { ...uproar, over: over.then(() => {}) };
}

async function castOne(api: Api, sessionId: number, random: Random, answers: string[]): Promise<void> {
  const vote = random.chance(0.5) ? "up" : "down";
  answers.push(await api.post("/api/votes/live", { username: `v${random.below(NAMES)}`, vote, sessionId }));
}

/** A night of its own: a game, a vote, and the next game. */
async function playNights(api: Api, random: Random, { games, votes }: Pick<Uproar, "games" | "votes">): Promise<void> {
  let night = 0;
  await untilGone(async () => {
    if (night === 0) night = await api.make("/api/sessions", { notes: "a life" });
    const game = await api.make(`/api/sessions/${night}/games`, { title: "Draw", min_players: 2 });
    games.push(game);
    await api.post(`/api/sessions/${night}/games/${game}/start`);
    await castOne(api, night, random, votes);
    if (random.chance(0.5)) await api.post(`/api/sessions/${night}/games/${game}/end`);
  });
}

async function untilGone(act: () => Promise<void>): Promise<void> {
  try {
    for (;;) await act();
  } catch (error) {
    // A server that is gone answers nothing at all; any answer but a 2xx is a failure of the run.
    if (error instanceof Error && error.message.includes("answered")) throw error;
  }
}

/** What the host says when it hears that: the night goes round as fast as it is told. */
const HOST_SAYS: Readonly<Record<string, object>> = {
  created: { type: "session.start", notes: "in a room" },
  "session.started": { type: "game.add", title: "Quiz", min_players: 1 },
  "room.connected": { type: "lobby.update", lobbyState: "Countdown" },
  "lobby.updated": { type: "game.start" },
  "game.started": { type: "game.end" },
  "game.ended": { type: "game.add", title: "Quiz" },
};
const MEMBER_SAYS: Readonly<Record<string, object>> = {
  "game.added": { type: "vote", vote: "up" },
  "game.started": { type: "vote", vote: "down" },
  "vote.received": { type: "vote", vote: "up" },
};

async function playInRoom(port: number, inRoom: string[]): Promise<void> {
  let member: Promise<void> = Promise.resolve();
  const line = (first: object, says: Readonly<Record<string, object>>, onRoom: (room: string) => void) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    socket.onopen = () => socket.send(JSON.stringify(first));
    socket.onmessage = ({ data }) => {
      const text = String(data);
      const { type, room } = JSON.parse(text) as { type: string; room?: string };
      if (type.includes(".")) inRoom.push(text);
      if (type === "created" && room !== undefined) onRoom(room);
      const reply = says[type];
      if (reply !== undefined && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(reply));
    };
    return new Promise<void>((gone) => {
      socket.onclose = () => gone();
    });
  };
  await line({ type: "create", clientId: "host", maxClients: 4 }, HOST_SAYS, (room) => {
    member = line({ type: "join", clientId: "member", name: "Ann", room }, MEMBER_SAYS, () => {});
  });
  await member;
}
