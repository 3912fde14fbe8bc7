// GET /room/:code: whether a room is there, before anyone joins. Asked by pages of any origin, and a guess like a join [H4]. Knows no wire:
// a dialect that tells something else than others says so.
import type { Dialect } from "../../dialects/dialect.ts";
import type { Guess, Guesses } from "../../limits/guesses.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import { json, refused } from "./answer.ts";

const CORS = { "access-control-allow-origin": "*" };

/** Who asks, as far as a door can tell. */
export interface Caller {
  /** Whom limits count the request by. */
  address(): string;
  /** The socket's own address, whoever forwards through it; "" where it is gone. */
  peer(): string;
  /** Whether nobody waits for the answer any more. */
  isGone(): boolean;
  /** Keeps the connection open for an answer that comes so much later. */
  holdMs(ms: number): void;
  /** Keeps it open for an answer that goes on for as long as it likes; absent where another node asks. */
  holdOpen?(): void;
}

export interface ProbeDeps {
  readonly roomsOpen: Rooms;
  readonly guesses: Guesses;
}

interface Probe {
  readonly code: string;
  /** Whose rooms are looked at. */
  readonly dialect: Dialect;
  readonly caller: Caller;
}

/** The answer to a probe; takes turns when too many rooms that are not there were named at its address, or around it. */
export function probe(asked: Probe, deps: ProbeDeps): Response | Promise<Response> {
  const { caller, code: name, dialect } = asked;
  const { roomsOpen: rooms, guesses } = deps;
  const address = caller.address();
  if (!guesses.isCrowded(address)) return look(asked, address, deps);
  const code = rooms.codeOf(name, dialect.name);
  const isNeighbour = rooms.find(name, dialect.name)?.isHomeOf(address) === true;
  const guess: Guess = { address, code, isNeighbour, wrong: "probe" };
  if (rooms.isCooling(code) || guesses.isFree(guess)) return look(asked, address, deps);
  return new Promise((resolve) => {
    const waits = guesses.ask(guess, {
      go() {
        if (!caller.isGone()) resolve(look(asked, address, deps));
      },
      refuse() {
        const seconds = Math.ceil(guesses.retryAfterMs / 1000);
        resolve(refused(429, "Too many attempts", { ...CORS, "retry-after": String(seconds) }));
      },
    });
    if (waits) caller.holdMs(guesses.retryAfterMs);
  });
}

/** The answer to a browser that asks first. */
export function preflight(): Response {
  return new Response(null, { status: 204, headers: { ...CORS, "access-control-allow-methods": "GET, HEAD" } });
}

function look({ code: name, dialect }: Probe, address: string, { roomsOpen: rooms, guesses }: ProbeDeps): Response {
  const room = rooms.find(name, dialect.name);
  if (room === null) {
    const code = rooms.codeOf(name, dialect.name);
    if (!rooms.isCooling(code)) guesses.failed(address, code);
    return refused(404, "Room not found", CORS);
  }
  // The join that follows is no second guess.
  guesses.knows(address, room.code);
  const { size: clients, maxClients, isLocked: locked, origin, wireData } = room;
  const { body, headers } = dialect.probe?.({ code: room.code, clients, maxClients, locked, origin, wireData }) ?? {
    body: { clients, maxClients, locked, origin },
    headers: {},
  };
  return json(body, 200, { ...CORS, ...headers });
}
