// Everybody writes at once, as fast as answers come, until the server is gone: votes by HTTP for a long session, a session after the
// other with games that begin and end, and a room whose host and member do the same on their lines.

import { Line } from "../../client/line.ts";
import type { Operator } from "../../client/operator.ts";

const VOTERS = 3;
/** A few hundred, so that some votes replace one: a name is heard once a second [S36]. */
const NAMES = 400;

export interface Uproar {
  readonly votes: string[];
  readonly games: number[];
  readonly inRoom: string[];
}

/** Resolves when the server is gone and nothing more comes. @param sessionId one that outlives the server, with a game to vote for */
export async function uproarUntilGone(operator: Operator, url: string, sessionId: number): Promise<Uproar> {
  const uproar: Uproar = { votes: [], games: [], inRoom: [] };
  const life = Math.floor(Math.random() * 1_000_000_000);
  /** Session and name → which way it voted last: a vote that changes nothing is acknowledged and not logged. */
  const ways = new Map<string, "up" | "down">();
  const vote = async (id: number) => {
    const username = `v${life}-${Math.floor(Math.random() * NAMES)}`;
    const key = `${id} ${username}`;
    const before = ways.get(key);
    if (before === undefined) ways.set(key, Math.random() < 0.5 ? "up" : "down");
    else ways.set(key, before === "up" ? "down" : "up");
    try {
      uproar.votes.push(await operator.post("/api/votes/live", { username, vote: ways.get(key), sessionId: id }));
    } catch (error) {
      if (before !== undefined) ways.set(key, before);
      if (!(error instanceof Error && error.message.includes("answered 409"))) throw error;
    }
  };
  let own = 0;
  const play = async () => {
    if (own === 0) own = await operator.make("/api/sessions", { notes: "a life" });
    const game = await operator.make(`/api/sessions/${own}/games`, { title: "Draw", min_players: 2 });
    uproar.games.push(game);
    await operator.post(`/api/sessions/${own}/games/${game}/start`);
    await vote(own);
    if (Math.random() < 0.5) await operator.post(`/api/sessions/${own}/games/${game}/end`);
  };
  const voters = Array.from({ length: VOTERS }, () => untilGone(() => vote(sessionId)));
  await Promise.all([...voters, untilGone(play), playInRoom(url, uproar.inRoom)]);
  return uproar;
}

async function untilGone(act: () => Promise<void>): Promise<void> {
  try {
    for (;;) await act();
  } catch (error) {
    // A server that is gone answers nothing at all; any answer but a 2xx is a failure of the run.
    if (error instanceof Error && error.message.includes("answered")) throw error;
  }
}

/** What the host says when it hears that: the session goes round as fast as it is told. */
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

async function playInRoom(url: string, inRoom: string[]): Promise<void> {
  let member: Promise<void> = Promise.resolve();
  const enter = (first: object, says: Readonly<Record<string, object>>) => {
    const line = new Line(url);
    line.onOpen = () => line.say(first);
    line.onText = (text) => {
      const { type, room } = JSON.parse(text) as { type: string; room?: string };
      if (type.includes(".")) inRoom.push(text);
      if (type === "created") member = enter({ type: "join", clientId: "member", name: "Ann", room }, MEMBER_SAYS);
      const reply = says[type];
      if (reply !== undefined) line.say(reply);
    };
    return new Promise<void>((gone) => {
      line.onClosed = () => gone();
    });
  };
  await enter({ type: "create", clientId: "host", maxClients: 4 }, HOST_SAYS);
  await member;
}
