// The words of the sessionserver wire, as its tests say and hear them: sessions without data, players with a single leaf.
import type { Client } from "./client.ts";

export const PATH = "/sessionserver";
export const CREATE = { command: "createSession", session: {}, player: { n: 0 } };
export const LEAVE = { command: "leaveSession" };
export const join = (sessionID: number) => ({ command: "joinSession", sessionID });
export const update = (n: unknown) => ({ command: "updatePlayer", player: { n } });
export const told = (playerID: number, n: unknown) => ({ command: "playerUpdate", error: 0, playerID, player: { n } });
export const no = (command: string, error: number) => ({ command, error });

let fences = 0;

/** All that the server had for this client by now: the answer to a command nobody knows comes behind it. */
export async function upToFence(client: Client): Promise<unknown[]> {
  const command = `fence-${++fences}`;
  client.send({ command });
  const frames: unknown[] = [];
  for (;;) {
    const next = await client.next();
    if (next.command === command) return frames;
    frames.push(next);
  }
}
