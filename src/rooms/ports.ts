// What the core needs from outside, over the face of a room: an outlet to its members, a watcher, and secrets that are sealed. A door, the
// sessions and auth implement them; the tests have notebooks.
import type { Clock } from "../clock.ts";
import type { Audiences } from "../limits/audiences.ts";
import type { RoomKept } from "../limits/kept.ts";
import type { Asked, ClientId, Opening, RoomRules } from "../protocol/commands.ts";
import type { Event } from "../protocol/events.ts";
import type { RoomEvent } from "./historyRecord.ts";
import type { Line, Seat } from "./seat.ts";

/** A room, as its outlet and its collaborators see it. */
export interface RoomFace {
  readonly code: string;
  /** The name of its dialect. */
  readonly wire: string;
  /** The address that opened it. */
  readonly address: string;
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
  /** What it may hand out [L26]. */
  readonly outgoing: Budget;
  readonly host: { readonly index: number } | null;
  /** Its members, here and away. */
  readonly seats: Iterable<{ readonly line: Line | null }>;
  /** Those who watch it without a seat; null: nobody ever did [C1]. */
  readonly audience: AudienceFace | null;
}

/** Those who watch a room, as its outlet and its collaborators see them. */
export interface AudienceFace {
  /** How many watch. */
  readonly size: number;
  lines(): Iterable<Line>;
  /** The sealed secret with which somebody of that clientId watches, or is away; null: it has none; undefined: nobody does. */
  sealedOf(clientId: ClientId): string | null | undefined;
  /** Whether somebody from that address watches. */
  isFrom(address: string): boolean;
  /** Tells them what the room is told, as far as that is for them. */
  hear(event: Event): void;
}

/** A room, as its own parts see it. */
export interface RoomSelf extends RoomFace {
  /** The account of what it keeps [L31]. */
  readonly kept: RoomKept;
  /** Whether that member plays [S12]. */
  plays(seat: Seat): boolean;
  /** Called with every change of what its record holds while the server runs, told or not, which is all but messages [R48]. */
  changed(): void;
}

/** What a room is made with. */
export interface RoomOptions {
  readonly code: string;
  /** The dialect it was created in. */
  readonly wire: string;
  readonly maxClients: number;
  /** The address that opened it, which MAX_ROOMS_PER_ADDRESS counts. */
  readonly address: string;
  /** The page that opened it (`Origin`), or "unknown". */
  readonly origin: string;
  /** Tells this room from any other that has or had its code, as long as it lives; its secrets are salted with it. */
  readonly id: string;
  /** Tells clients whether their numbers are of this room, and of this life of it [R33][R48]. */
  readonly epoch: string;
  readonly opening: Opening;
  /** Its number, where rooms are numbered [R47]. */
  readonly number: number | null;
  /** How long a room with `hostGone: close` waits for its host, in ms [R42]. */
  readonly hostGoneMs: number;
  readonly outgoing: Budget;
  /** The account of what it keeps [L31]. */
  readonly kept: RoomKept;
  /** When it was opened, or restored, in ms. */
  readonly openedAt: number;
}

/** What a room may hand out [L26]: whoever hands out takes from it, and whoever sends next waits for it. */
export interface Budget {
  /** Bytes; below zero, what it owes. */
  left: number;
  /** As long as there is more left than this nobody need ask. */
  readonly askAt: number;
  /** Bytes of frames that the room has been told since its lines were last looked at [L23]. */
  unlooked: number;
  /** When the room was last told something, in ms, as coarse as the beat [M4]: the outlet's own figure, as the one above. */
  toldAt: number;
  /** When `left` was last filled, in ms, and whether what is around the room owed then: as long as neither changes, nobody need ask. */
  readonly filledAt: number;
  readonly isAroundOwing: boolean;
  /** How long until nothing is owed, in ms; 0: now. */
  waitMs(now: number): number;
  /**
   * Whether a sender may hand out so many bytes though something is owed; they are taken of its share [L38].
   * @param part how much of what the room may hand out is its own, 0 to 1
   */
  takeShare(sender: object, part: number, bytes: number, now: number): boolean;
  /** So many bytes more were handed out at a sender's word than it had asked for: its share pays for them, where something is owed. */
  chargeShare(sender: object, bytes: number): void;
  /** How long until so many bytes are within a sender's share, in ms; 0: they are. */
  shareWaitMs(sender: object, part: number, bytes: number, now: number): number;
  /** The room is for so many clients from now on, those who watch among them: more runs in for more. */
  widen(clients: number, now: number): void;
}

/** Tells the members of a room: each event is encoded once and published once, in one order for everyone [R19]. */
export interface Outlet {
  /** From now on the line hears what the room is told. */
  enter(line: Line, room: RoomFace): void;
  /** From now on it does not. */
  quit(line: Line, room: RoomFace): void;
  /** Everyone in the room: what is rare. `seq`: the event's number in rooms with history, else null. */
  tellAll(room: RoomFace, event: Event, seq: number | null): void;
  /** Everyone in the room, save one that hears it: what is said there. */
  tellRoom(room: RoomFace, event: Event, except: Line | null, seq: number | null): void;
  /** One member, in order with what the room is told. */
  tellOne(line: Line, room: RoomFace, event: Event, seq: number | null): void;
  /** Some members: encoded once. */
  tellSome(lines: readonly Line[], room: RoomFace, event: Event, seq: number | null): void;
  /** From now on the line hears what the audience of the room is told. @param number its own among them, counting up */
  attend(line: Line, room: RoomFace, number: number): void;
  /** It hears what the audience was told before, and from now on nothing; also of a line that has closed. */
  unattend(line: Line, room: RoomFace, number: number): void;
  /** All who watch the room, some in each turn of the loop where they are many: each hears all of it in the order of these calls [C9]. */
  tellAudience(room: RoomFace, event: Event): void;
  /** UTF-8 bytes of the frame that answers a request in the room's dialect; it is made for that, so ask when it matters. */
  sizeOf(room: RoomFace, answer: Event, asked: Asked): number;
}

/** What a room tells its watcher: that a seat is given up, and that the room is about to end. Arrivals the relay tells, after the answer. */
export interface Watcher<R, S = Seat<R>> {
  /** The rooms that it has anything to say of: for any other it need not be asked, and most are others. */
  readonly rooms: ReadonlySet<R>;
  /** The seat is given up; the others have been told. */
  left(room: R, seat: S): void;
  /** Nobody has been closed yet: what is told now still reaches everyone who is here. */
  ending(room: R): void;
  /** How the room's session stands, one JSON object as text; null while there is none [S15]. */
  picture(room: R): string | null;
}

/** Sees what is rare in rooms, for whoever looks at the server while it runs: nothing that is said, and nobody's name [M9]. */
export interface Witness {
  opened(room: RoomFace, how: "opened" | "restored"): void;
  ended(room: RoomFace): void;
  /** The room is told of somebody who comes or goes, of its lock, of its host; or it was the last member, and nobody is left to hear it. */
  told(room: RoomFace, event: RoomEvent): void;
  /** A line has taken the seat from another that was open. */
  takenOver(room: RoomFace, index: number): void;
}

/** The codes of all nodes: a room is opened with one that was claimed for it, and gives it back [N4]. */
export interface Claims {
  /** Whether its room is between two nodes: nobody may join it until that is over [N7]. */
  isMoving(code: string): boolean;
  /** Its room has ended: the code rests. */
  release(code: string): void;
}

/** Where nobody looks. */
export const NO_WITNESS: Witness = { opened() {}, ended() {}, told() {}, takenOver() {} };

/** Seals secrets, one way, and compares sealed ones in the same time wherever they differ [R22]. */
export interface Secrets {
  /** A secret as it is kept: the same for the same secret and salt. */
  seal(secret: string, salt: string): string;
  isSame(sealed: string, other: string): boolean;
}

/** What all rooms share. `R`: the room, `S`: its seats. */
export interface RoomDeps<R, S = Seat<R>> {
  readonly outlet: Outlet;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly watcher: Watcher<R, S>;
  /** How many watch all rooms [C2]. */
  readonly audiences: Audiences;
  /** What the record of the room holds has changed [R48]. */
  readonly changed: (room: R) => void;
  readonly witness: Witness;
  /** Called once, when the room has ended. */
  readonly ended: (room: R) => void;
}
