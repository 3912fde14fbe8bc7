// What the core needs from outside, over the face of a room: an outlet to its members, somebody who watches it, secrets that are kept.
// The doors implement them over sockets, the tests with a notebook.
import type { Clock } from "../clock.ts";
import type { RoomRules } from "../protocol/commands.ts";
import type { Event } from "../protocol/events.ts";
import type { Line, Seat } from "./seat.ts";

/** A room, as those see it who carry its words. */
export interface RoomFace {
  readonly code: string;
  /** The name of its dialect. */
  readonly wire: string;
  /** What its dialect keeps with it: text that nobody else reads. */
  readonly wireData: string | null;
  /** Members that are here. */
  readonly here: number;
  readonly maxClients: number;
  readonly rules: RoomRules;
  /** Its number, where rooms are numbered [R47]. */
  readonly number: number | null;
  /** Tells clients whether their numbers are of this room, and of this life of it [R33]. */
  readonly epoch: string;
}

/** Tells many at once: encoded once, handed to the sockets in one publish. One order for everyone [R19]. */
export interface Outlet {
  /** From now on the line hears what the room is told. */
  enter(line: Line, room: RoomFace): void;
  /** From now on it does not. */
  quit(line: Line, room: RoomFace): void;
  /** Everyone in the room, save one that hears it. `seq`: the event's number in rooms with history, else null. */
  tellRoom(room: RoomFace, event: Event, except: Line | null, seq: number | null): void;
  /** One member, in order with what the room is told. */
  tellOne(line: Line, room: RoomFace, event: Event, seq: number | null): void;
  /** Some members: encoded once. */
  tellSome(lines: readonly Line[], room: RoomFace, event: Event, seq: number | null): void;
}

/** What a room tells those who watch it: who gave up a seat, and that it is about to end. Who comes is told by the relay. */
export interface Watcher<R, S = Seat<R>> {
  /** The seat is given up; the others have been told. */
  left(room: R, seat: S): void;
  /** Nobody has been closed yet: what is told now still reaches everyone who is here. */
  ending(room: R): void;
  /** How the room's session stands, one JSON object as text; null while there is none [S15]. */
  picture(room: R): string | null;
}

/** Keeps secrets: what is kept of one cannot be turned back, and telling two apart takes the same time wherever they differ [R22]. */
export interface Secrets {
  /** What is kept of a secret; the same for the same secret and salt. */
  seal(secret: string, salt: string): string;
  isSame(sealed: string, other: string): boolean;
}

/** What all rooms share. `R`: the room, `S`: its seats. */
export interface RoomDeps<R, S = Seat<R>> {
  readonly outlet: Outlet;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly watcher: Watcher<R, S>;
  /** Called once, when the last seat is empty. */
  readonly ended: (room: R) => void;
}
