// What the core needs from outside, and nothing more: a line to a client, an outlet to a whole room, a clock.
// The doors implement the first two over sockets, the tests with a notebook.
import type { Asked } from "../protocol/commands.ts";
import type { Event } from "../protocol/events.ts";
import type { CloseName } from "../protocol/refusals.ts";
import type { Room } from "./room.ts";
import type { Seat } from "./seat.ts";

/** One open connection. */
export interface Line {
  /** The name of its dialect: a room is only visible in the one that created it [R12]. */
  readonly wire: string;
  /** Its number among the lines of its wire since the server began, where the wire counts them; else null [R47]. */
  readonly number: number | null;
  /** Its network address, for limits an address; what it means is the door's business. */
  readonly address: string;
  /** Where the page came from (`Origin`), or "unknown". */
  readonly origin: string;
  /** The seat this line speaks for, or null while it is in no room. Set by the core alone. */
  seat: Seat | null;
  /** Tells this client one event now; `asked` when it is the direct answer to a request. */
  tell(event: Event, asked?: Asked): void;
  /** Says goodbye with a code and ends the line. The core hears no more of it. */
  close(how: CloseName, reason?: string): void;
}

/** Tells many at once: encoded once, handed to the sockets in one publish. One order for everyone [R20]. */
export interface Outlet {
  /** From now on the line hears what the room is told. */
  enter(line: Line, room: Room): void;
  /** From now on it does not. */
  quit(line: Line, room: Room): void;
  /** Everyone in the room, save one that hears it. `seq`: the event's number in rooms with history, else null. */
  tellRoom(room: Room, event: Event, except: Line | null, seq: number | null): void;
  /** One member, in order with what the room is told. */
  tellOne(line: Line, room: Room, event: Event, seq: number | null): void;
  /** Some members: encoded once. */
  tellSome(lines: readonly Line[], room: Room, event: Event, seq: number | null): void;
}

/** What a room tells those who follow it: who gave up a seat, and that it is about to end. Who comes is told by the relay. */
export interface Watcher {
  /** The seat is given up; the others have been told. */
  left(room: Room, seat: Seat): void;
  /** Nobody has been closed yet: what is told now still reaches everyone who is here. */
  ending(room: Room): void;
  /** How the room's session stands, one JSON object as text; null while there is none. */
  picture(room: Room): string | null;
}

/** Keeps secrets: what is kept of one cannot be turned back, and telling two apart takes the same time wherever they differ. */
export interface Secrets {
  /** What is kept of a secret; the same for the same secret and salt. */
  seal(secret: string, salt: string): string;
  isSame(sealed: string, other: string): boolean;
}
