// What a room is born with, and what all rooms share.

import type { Clock } from "../clock.ts";
import type { Opening } from "../protocol/commands.ts";
import type { Outlet, Secrets, Watcher } from "./ports.ts";
import type { Room } from "./room.ts";

export interface RoomOptions {
  readonly code: string;
  /** The dialect it was created in. */
  readonly wire: string;
  readonly maxClients: number;
  /** The address that opened it, for the limit an address. */
  readonly address: string;
  /** The page that opened it (`Origin`), or "unknown". */
  readonly origin: string;
  /** Tells this room from any other that has or had its code, as long as it lives; its secrets are salted with it. */
  readonly id: string;
  /** Tells clients whether their numbers are of this room, and of this life of it [R33][R48]. */
  readonly epoch: string;
  readonly opening: Opening;
  /** Its number, where rooms are numbered. */
  readonly number: number | null;
  /** How long a room with `hostGone: close` waits for its host, in ms. */
  readonly hostGoneMs: number;
}

export interface RoomDeps {
  readonly outlet: Outlet;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly watcher: Watcher;
  /** Called once, when the last seat is empty. */
  readonly ended: (room: Room) => void;
}
