// partyline-client: a room over any number of lines. Import `createRoom` for the screen and `joinRoom` for the phones.
import { PartylineError } from "./errors.ts";
import type { SocketLike } from "./line.ts";
import type { QueueLimits } from "./requests.ts";
import { type RoomOptions, Room as Whole } from "./room.ts";
import { localSeats, type SeatStore, sessionSeats } from "./seats.ts";

import { page } from "./wake.ts";

export { type ErrorCode, PartylineError } from "./errors.ts";
export type { Events, Kept, Member, Over, Poll, Session, Status, Timer } from "./events.ts";
export type { SocketLike } from "./line.ts";
export type { To } from "./requesting.ts";
export type { Sent } from "./requests.ts";
export { localSeats, memorySeats, type Seat, type SeatStore, sessionSeats } from "./seats.ts";
export type { RefusalName, SessionEvent } from "./wire.ts";

/** A room over any number of lines. */
export type Room = Readonly<Whole>;

export interface Common {
  /** Where the server is: `ws:` or `wss:` (or `http:`, `https:`); `/v1` of the page's own origin unless said. */
  readonly url?: string;
  /** What to call me: at most 64 characters. */
  readonly name?: string;
  /** Where the seat is kept; null: nowhere. In a browser `localStorage` for `joinRoom`, `sessionStorage` for `createRoom`; elsewhere nowhere. */
  readonly seats?: SeatStore | null;
  /** Under which name: the code with this for `joinRoom`; this for `createRoom`, `host` unless said. Another key is another seat. */
  readonly key?: string;
  /** Opens a socket where there is no `WebSocket`: `(url) => new WS(url)`. */
  readonly socket?: (url: string) => SocketLike;
  /** How long a request waits for its answer before it rejects with `timeout`, in ms; as long as it takes unless said. */
  readonly ackMs?: number;
  /** How long one attempt to get in may take, in ms; 5,000 unless said. */
  readonly connectMs?: number;
  /** How much may wait while away; 64 requests and 65,536 characters unless said. */
  readonly queue?: QueueLimits;
  /** Hears the close code of each line that is lost, as text, and why one could not be opened. */
  readonly log?: (text: string) => void;
}

export interface CreateOptions extends Common {
  /** Seats, mine included. */
  readonly maxClients: number;
  /** A code to have if it is free. */
  readonly room?: string;
  /** Seconds a lost member's seat waits; 60 unless said. */
  readonly away?: number;
  /** Messages kept for those who come back; 128 unless said. */
  readonly history?: number;
  readonly hostGone?: "stay" | "migrate" | "close";
  /** The first state. */
  readonly state?: unknown;
  /** `unique`: no two members are called the same; a second Ann is "Ann 2". */
  readonly names?: "unique";
  /** Whether I play too, and am no mere display. */
  readonly plays?: boolean;
  /** How many may watch and answer without a seat; nobody unless said. */
  readonly audience?: number;
}

export interface JoinOptions extends Common {
  /** The code, as it was typed. */
  readonly room: string;
  /** After a reload: the picture as it is now unless said, or the messages since the page was left, and how polls came out meanwhile. */
  readonly reload?: "picture" | "messages";
  /** To watch and answer without a seat, in a room that has an audience. */
  readonly as?: "audience";
}

/**
 * Opens a room, or takes the seat in the one up again that a reload has left.
 * @throws {PartylineError} the server's no, or `unreachable`
 */
export function createRoom(options: CreateOptions): Promise<Room> {
  const { maxClients, room, away = 60, history = 128, hostGone, state, plays, names, audience, key = "host" } = options;
  const create = { maxClients, room, away, history, hostGone, state, plays, names, audience };
  return open(options, sessionSeats, { key, create, room: "" });
}

/**
 * Takes a seat in a room; a seat that is kept is taken up again.
 * @throws {PartylineError} the server's no (`room_not_found`, `room_full`, `room_locked` …), or `unreachable`
 */
export function joinRoom(options: JoinOptions): Promise<Room> {
  const { room, key = "", reload, as } = options;
  return open(options, localSeats, { key: room.toUpperCase() + key, create: null, room, reload, as });
}

/**
 * Whether there is such a room, without joining it; null: there is none.
 * @throws {PartylineError} `too_many_attempts` where too many wrong codes came from here, or `unreachable`
 */
export async function probeRoom(
  url: string,
  room: string,
): Promise<{ clients: number; maxClients: number; locked: boolean } | null> {
  const address = new URL(`/room/${encodeURIComponent(room)}`, url.replace(/^ws/, "http"));
  const answer = await fetch(address).catch(() => null);
  if (answer?.ok) return answer.json() as ReturnType<typeof probeRoom>;
  if (answer?.status === 404) return null;
  throw new PartylineError(answer?.status === 429 ? "too_many_attempts" : "unreachable");
}

async function open(
  options: Common,
  seatsHere: () => SeatStore,
  own: Pick<RoomOptions, "key" | "create" | "room" | "reload" | "as">,
): Promise<Room> {
  const { seats = page.document ? seatsHere() : null } = options;
  const address = new URL(options.url ?? "/", page.location?.href);
  if (address.pathname === "/") address.pathname = "/v1";
  const url = address.href.replace(/^http/, "ws");
  return new Promise((opened, failed) => void new Whole({ ...options, ...own, seats, url, opened, failed }));
}
