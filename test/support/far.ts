// People of one room on several nodes.
import { Client, type Frame } from "./client.ts";
import type { TestNode } from "./nodes.ts";

/** A room on that node, with a TV in it. */
export async function create(node: TestNode, more: object = {}): Promise<{ tv: Client; room: string; created: Frame }> {
  const tv = await Client.connect(node.url);
  const created = await tv.ask({ type: "create", clientId: "tv", maxClients: 16, ...more });
  return { tv, room: String(created.room), created };
}

/** A member from that node, who has got in. */
export async function join(node: TestNode, room: string, clientId: string, more: object = {}): Promise<Client> {
  const client = await Client.connect(node.url);
  const answer = await client.ask({ type: "join", clientId, room, ...more });
  if (answer.type !== "joined") throw new Error(`${clientId} did not get in: ${JSON.stringify(answer)}`);
  return client;
}

export const kinds = (frames: readonly Frame[]) => frames.map(({ type }) => type);
/** What was said, of all that was told. */
export const data = (frames: readonly Frame[]) =>
  frames.filter(({ type }) => type === "message").map((frame) => frame.data);

/** Looks again and again until that is so, with a turn for the servers in between. */
export async function until(look: () => boolean | Promise<boolean>): Promise<void> {
  for (let looks = 0; looks < 2_000; looks++) {
    if (await look()) return;
    await new Promise(setImmediate);
  }
  throw new Error("it did not come to that");
}
