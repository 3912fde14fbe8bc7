// What the client's tests begin with: a server on a real clock, a valve before it, rooms that are gone after the test, and waiting for what
// happens in another process of events, within a time limit.
import { afterEach } from "bun:test";
import { Valve } from "../../clients/bots/valve.ts";
import { type CreateOptions, createRoom, type JoinOptions, joinRoom, type Room } from "../../clients/js/src/index.ts";
import { startServer, type TestServer } from "../support/server.ts";

export const PATIENCE_MS = 10_000;

export interface Party {
  readonly server: TestServer;
  readonly valve: Valve;
  /** Opens a room straight at the server. */
  host(options?: Partial<CreateOptions>): Promise<Room>;
  /** Joins through the valve. */
  phone(room: string, options?: Partial<JoinOptions>): Promise<Room>;
}

/** Parties that end with their test. */
export function parties(): (env?: Record<string, string>) => Promise<Party> {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  return async (env = {}) => {
    const server = startServer({ LIMITS: "off", ...env });
    const valve = await Valve.open(server.url);
    ends.push(() => server.stop());
    ends.push(() => valve.close());
    const kept = async (opening: Promise<Room>) => {
      const room = await opening;
      ends.push(() => room.leave());
      return room;
    };
    return {
      server,
      valve,
      host: (options) => kept(createRoom({ url: server.url, name: "TV", maxClients: 8, ...options })),
      phone: (room, options) => kept(joinRoom({ url: valve.url, name: "Ann", room, ...options })),
    };
  };
}

/** Resolves when it holds. @throws {Error} when that takes too long */
export async function holds(what: () => boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!what()) {
    if (performance.now() > deadline) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** What a promise came to, and the code of its error where it was rejected. */
export async function outcome(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => value,
    (error) => error.code ?? error,
  );
}

/** Everything that the room tells under these names, in order: the name, and what is plain of what comes with it. */
export function notes(room: Room, ...types: (keyof import("../../clients/js/src/index.ts").Events)[]): unknown[][] {
  const heard: unknown[][] = [];
  for (const type of types) {
    room.on(type, (...args: unknown[]) =>
      heard.push([type, ...args.map((arg) => (arg as { id?: string } | null)?.id ?? arg)]),
    );
  }
  return heard;
}
