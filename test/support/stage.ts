// What the doors' tests begin with: a server that is gone after the test, a room with people in it, and a way to know that
// the server has read what was sent to it.
import { afterEach } from "bun:test";
import { Client, type Frame } from "./client.ts";
import { ManualClock } from "./clock.ts";
import { startServer, type TestServer } from "./server.ts";

export interface Stage {
  readonly server: TestServer;
  readonly clock: ManualClock;
}

/** Gives each test servers of its own on a clock that stands still; they are stopped when the test is over. */
export function stages(): (env?: Record<string, string>, clock?: ManualClock) => Stage {
  const open: TestServer[] = [];
  afterEach(async () => {
    for (const server of open.splice(0)) await server.stop();
  });
  return (env = {}, clock = new ManualClock()) => {
    const server = startServer(env, clock);
    open.push(server);
    return { server, clock };
  };
}

export interface Party {
  readonly host: Client;
  readonly guests: readonly Client[];
  readonly code: string;
}

/** A room with "host" and "guest-1", "guest-2", … in it; nobody has a frame left to read. */
export async function openRoom(
  url: string,
  guestCount = 1,
  headers: Record<string, string> = {},
  maxClients = 8,
): Promise<Party> {
  const host = await Client.connect(url, headers);
  const { room } = await host.ask({ type: "create", clientId: "host", maxClients });
  const code = String(room);
  const guests: Client[] = [];
  for (let n = 1; n <= guestCount; n++) {
    const guest = await Client.connect(url, headers);
    const answer = await guest.ask({ type: "join", clientId: `guest-${n}`, room: code });
    if (answer.type !== "joined") throw new Error(`guest-${n} did not get in: ${JSON.stringify(answer)}`);
    for (const member of [host, ...guests]) await member.next();
    guests.push(guest);
  }
  return { host, guests, code };
}

/** The one guest of a party of two. */
export function only(guests: readonly Client[]): Client {
  const [guest] = guests;
  if (guest === undefined) throw new Error("the party has no guest");
  return guest;
}

/** Waits until a figure is at least so high. Every look is a round trip, so the server gets to read in between. */
export async function reaches(server: TestServer, metric: string, value: number): Promise<void> {
  while (!((await server.metric(metric)) >= value));
}

/** Waits until so many lines are open, as the server counts them. */
export async function linesAre(server: TestServer, count: number): Promise<void> {
  while ((await server.metric("partyline_lines")) !== count);
}

/** One round trip by HTTP: whatever was written to the server before it has been read when it ends. */
export async function turn(server: TestServer): Promise<void> {
  await server.metric("partyline_lines");
}

/** Messages numbered from..to−1. */
export function numbered(client: Client, from: number, to: number, more: object = {}): void {
  for (let n = from; n < to; n++) client.send({ type: "send", data: n, ...more });
}

/** The numbers of the messages among these frames. */
export function numbersOf(frames: readonly Frame[]): number[] {
  return frames.filter(({ type }) => type === "message").map(({ data }) => Number(data));
}

/** from..to−1. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}

/** The next so many frames. */
export async function take(client: Client, count: number): Promise<Frame[]> {
  const frames: Frame[] = [];
  while (frames.length < count) frames.push(await client.next());
  return frames;
}

/** Reads so many frames, moving the clock on whenever there is nothing to read. */
export async function takeOverTime(client: Client, count: number, clock: ManualClock): Promise<Frame[]> {
  const frames = await client.upToFence();
  while (frames.length < count) {
    clock.advance(500);
    frames.push(...(await client.upToFence()));
  }
  return frames;
}
