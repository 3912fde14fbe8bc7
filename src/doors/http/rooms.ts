// GET /room/:code: whether a room is there, before anyone joins. Asked by pages of any origin, and a guess like a join [H4].
import type { Rooms } from "../../rooms/rooms.ts";
import type { Guesses } from "../guesses.ts";
import { json, refused } from "./answer.ts";

const CORS = { "access-control-allow-origin": "*" };

/** The answer to a probe; waits its turn when its address has named too many rooms that are not there. */
export function probe(
  code: string,
  wire: string,
  address: string,
  rooms: Rooms,
  guesses: Guesses,
): Response | Promise<Response> {
  if (!guesses.isThrottled(address)) return look(code, wire, address, rooms, guesses);
  return new Promise((resolve) => {
    const waits = guesses.wait(address, () => {
      resolve(look(code, wire, address, rooms, guesses));
      return true;
    });
    if (waits) return;
    const seconds = Math.ceil(guesses.retryAfterMs / 1000);
    resolve(refused(429, "Too many attempts", { ...CORS, "retry-after": String(seconds) }));
  });
}

/** The answer to a browser that asks first. */
export function preflight(): Response {
  return new Response(null, { status: 204, headers: { ...CORS, "access-control-allow-methods": "GET, HEAD" } });
}

function look(code: string, wire: string, address: string, rooms: Rooms, guesses: Guesses): Response {
  const room = rooms.find(code, wire);
  if (room === null) {
    guesses.failed(address);
    return refused(404, "Room not found", CORS);
  }
  const { size: clients, maxClients, origin } = room;
  return json({ clients, maxClients, locked: false, origin }, 200, CORS);
}
