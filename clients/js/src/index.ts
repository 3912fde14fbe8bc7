// partyline-client: a room over any number of lines. Import `createRoom` for the screen and `joinRoom` for the phones.
import { PartylineError } from "./errors.ts";
import type { SocketLike } from "./line.ts";
import { Room } from "./room.ts";
import { localSeats, randomId, type Seat, type SeatStore, sessionSeats } from "./seats.ts";
import type { CreateRequest } from "./wire.ts";

export { type ErrorCode, PartylineError } from "./errors.ts";
export type { Events, Over, Status } from "./events.ts";
export type { SocketLike } from "./line.ts";
export type { Sent } from "./requests.ts";
export type { Room, To } from "./room.ts";
export type { Member, Session } from "./roster.ts";
export { localSeats, memorySeats, type Seat, type SeatStore, sessionSeats } from "./seats.ts";
export type { RefusalName, SessionEvent } from "./wire.ts";

export interface Common {
  /** Where the server is: `ws:` or `wss:` (or `http:`, `https:`); `/v1` of the page's own origin unless said. */
  readonly url?: string;
  /** What to call me: at most 64 characters. */
  readonly name?: string;
  /** Where the seat is kept; null: nowhere. In a browser `localStorage` for `joinRoom`, `sessionStorage` for `createRoom`; elsewhere nowhere. */
  readonly seats?: SeatStore | null;
  /** Under which name: the code for `joinRoom`, `host` for `createRoom`, unless said. Another key is another seat. */
  readonly key?: string;
  /** Opens a socket where there is no `WebSocket`: `(url) => new WS(url)`. */
  readonly socket?: (url: string) => SocketLike;
  /** How long a request waits for its answer before it rejects with `timeout`, in ms; as long as it takes unless said. */
  readonly ackMs?: number;
  /** How long one attempt to get in may take, in ms; 5,000 unless said. */
  readonly connectMs?: number;
  /** How much may wait while away; 64 requests and 65,536 characters unless said. */
  readonly queue?: { readonly requests: number; readonly bytes: number };
  /** Hears a line of text when something happens to the line. */
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
  /** Whether I play too, and am no mere display. */
  readonly plays?: boolean;
}

export interface JoinOptions extends Common {
  /** The code, as it was typed. */
  readonly room: string;
  /** After a reload: the picture as it is now unless said, or the messages since the page was left. */
  readonly reload?: "picture" | "messages";
}

const AWAY_SECONDS = 60;
const HISTORY = 128;

/**
 * Opens a room, or takes the seat in the one up again that a reload has left.
 * @throws {PartylineError} the server's no, or `unreachable`
 */
export function createRoom(options: CreateOptions): Promise<Room> {
  const { maxClients, room, away = AWAY_SECONDS, history = HISTORY, hostGone, state, plays, key = "host" } = options;
  const create: Omit<CreateRequest, "type" | "clientId"> = { maxClients, room, away, history, hostGone, state, plays };
  return open(options, key, sessionSeats, create, "");
}

/**
 * Takes a seat in a room; a seat that is kept is taken up again.
 * @throws {PartylineError} the server's no (`room_not_found`, `room_full`, `room_locked` …), or `unreachable`
 */
export function joinRoom(options: JoinOptions): Promise<Room> {
  const { room, key = room.replace(/[^\p{L}\p{N}]/gu, "").toUpperCase(), reload } = options;
  return open(options, key, localSeats, null, room, reload);
}

/**
 * Whether there is such a room, without joining it; null: there is none.
 * @throws {PartylineError} `too_many_attempts` where too many wrong codes came from here, or `unreachable`
 */
export async function probeRoom(
  url: string,
  room: string,
): Promise<{ clients: number; maxClients: number; locked: boolean } | null> {
  const answer = await fetch(new URL(`/room/${encodeURIComponent(room)}`, url.replace(/^ws/, "http"))).catch(
    () => null,
  );
  if (answer?.ok) return await answer.json();
  if (answer?.status === 404) return null;
  if (answer?.status === 429) throw new PartylineError("too_many_attempts", "Too many attempts");
  throw new PartylineError("unreachable", `no answer from ${url}`);
}

function open(
  options: Common,
  key: string,
  seatsHere: () => SeatStore,
  create: Omit<CreateRequest, "type" | "clientId"> | null,
  room: string,
  reload?: "picture" | "messages",
): Promise<Room> {
  const seats = options.seats === undefined ? (typeof document === "undefined" ? null : seatsHere()) : options.seats;
  const kept = seats?.load(key) ?? null;
  const name = options.name ?? kept?.name;
  const fresh: Seat = { room, clientId: randomId(), secret: randomId() };
  // The picture is all that a page needs that has just been loaded: what it had drawn is gone.
  const { since: _, epoch: __, ...seat } = kept ?? fresh;
  const keep = (now: Seat | null) => (now === null ? seats?.clear(key) : seats?.save(key, now));
  const { ackMs = 0, connectMs = 5_000, queue = { requests: 64, bytes: 65_536 }, log = () => {} } = options;
  const socket = options.socket ?? ((url: string) => new WebSocket(url) as SocketLike);
  const url = addressOf(options.url);
  const whole = { ...(reload === "messages" && kept !== null ? kept : seat), name };
  return Room.open({ create, seat: whole, isKept: kept !== null, keep, ackMs, connectMs, queue, log, socket, url });
}

/** The address of the wire: `/v1` where no path is given. */
function addressOf(url: string | undefined): string {
  const { href } = new URL(url ?? "/", typeof location === "undefined" ? undefined : location.href);
  return href.replace(/^http/, "ws").replace(/^(ws+:\/\/[^/]+)\/$/, "$1/v1");
}
