// GET /room/:code: whether a room is there, before anyone joins. Asked by pages of any origin, and a guess like a join [H4]. Knows no wire:
// a dialect that tells something else than others says so.
import type { Dialect } from "../../dialects/dialect.ts";
import type { Guesses } from "../../limits/guesses.ts";
import type { Metrics } from "../../metrics.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import { json, refused } from "./answer.ts";

const CORS = { "access-control-allow-origin": "*" };

/** Who asks, as far as a door can tell. */
export interface Caller {
  /** Whom limits count the request by. */
  address(): string;
  /** Whether nobody waits for the answer any more. */
  isGone(): boolean;
  /** Keeps the connection open for an answer that comes so much later. */
  holdMs(ms: number): void;
}

export interface ProbeDeps {
  readonly roomsOpen: Rooms;
  readonly guesses: Guesses;
  readonly metrics: Metrics;
}

interface Probe {
  readonly code: string;
  /** Whose rooms are looked at. */
  readonly dialect: Dialect;
  readonly caller: Caller;
}

/** The answer to a probe; waits its turn when its address has named too many rooms that are not there. */
export function probe(asked: Probe, deps: ProbeDeps): Response | Promise<Response> {
  const { caller } = asked;
  const { roomsOpen: rooms, guesses, metrics } = deps;
  const address = caller.address();
  if (!guesses.isThrottled(address)) return look(asked, address, rooms, guesses);
  return new Promise((resolve) => {
    const waits = guesses.wait(address, () => {
      if (caller.isGone()) return false;
      resolve(look(asked, address, rooms, guesses));
      return true;
    });
    if (waits) caller.holdMs(guesses.retryAfterMs);
    if (waits) return;
    metrics.limited("guesses");
    const seconds = Math.ceil(guesses.retryAfterMs / 1000);
    resolve(refused(429, "Too many attempts", { ...CORS, "retry-after": String(seconds) }));
  });
}

/** The answer to a browser that asks first. */
export function preflight(): Response {
  return new Response(null, { status: 204, headers: { ...CORS, "access-control-allow-methods": "GET, HEAD" } });
}

function look({ code, dialect }: Probe, address: string, rooms: Rooms, guesses: Guesses): Response {
  const room = rooms.find(code, dialect.name);
  if (room === null) {
    guesses.failed(address);
    return refused(404, "Room not found", CORS);
  }
  const { size: clients, maxClients, isLocked: locked, origin, wireData } = room;
  const { body, headers } = dialect.probe?.({ code: room.code, clients, maxClients, locked, origin, wireData }) ?? {
    body: { clients, maxClients, locked, origin },
    headers: {},
  };
  return json(body, 200, { ...CORS, ...headers });
}
