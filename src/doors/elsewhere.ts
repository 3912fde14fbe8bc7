// What a door asks and tells of other nodes [N1]: types alone, so that the doors know no engine, no link and no frame between nodes. At one node there
// is none of it, and whoever would ask has null instead.
import type { Failure } from "../limits/guesses.ts";
import type { RoomFace } from "../rooms/ports.ts";
import type { Room } from "../rooms/room.ts";
import type { Line } from "../rooms/seat.ts";
import type { SocketLine } from "./line.ts";

/** Where a room is: a node, or `here`, `nowhere`; `ownerless`: its node is dead and nobody has taken it up yet; `unknown`: nobody could be asked. */
export type Place = { readonly node: string } | "here" | "nowhere" | "ownerless" | "unknown";

/** What became of a claim of a code; `unknown`: nobody could be asked. */
export type Claimed = "ours" | "taken" | "resting" | "tooMany" | "tooManyOfAddress" | "unknown";

/** Where sessions are kept: here, or at a node; null: none that keeps them lives [N11]. */
export type SessionsPlace = { readonly node: string } | "here" | null;

/** A request by HTTP that another node is asked to answer [N11]. */
export interface Question {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** In base64; "": none. */
  readonly body: string;
  /** Whom limits count it by. */
  readonly address: string;
  /** The socket's own address. */
  readonly peer: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: [name: string, value: string][];
  readonly body: string;
}

/** The other nodes, as the doors see them. */
export interface Elsewhere {
  /** Whether this node may serve nobody for now: nothing is read, told or timed [N8]. Asked before each frame, since a process may have been stopped. */
  readonly isFrozen: boolean;
  /** Whether the way is full that a frame of that line, or what comes of it, would go: then it waits [N3]. */
  isFull(line: SocketLine): boolean;
  /** Where sessions are kept, as it was when the engine was last asked [N11]. */
  readonly sessions: SessionsPlace;
  /** Never rejects. */
  find(code: string): Promise<Place>;
  /** Never rejects. */
  claim(code: string, address: string): Promise<Claimed>;
  /** Whether the room of that code is between two nodes: it may be joined only when that is over [N7]. */
  isMoving(code: string): boolean;
  /** Nobody uses the code here any more: it rests [N4]. */
  release(code: string): void;
  /** A line of a wire of the sessions is open: it is carried to the node that keeps them, or closed with 4200 where none lives [N11]. */
  opened(line: SocketLine): void;
  /** Has the room of that code move here; false: it is elsewhere, and cannot now [N11]. Never rejects. */
  bring(code: string): Promise<boolean>;
  /** Moves a room of ours to the node that keeps the sessions; whether it went there. Never rejects. */
  moveToSessions(room: Room): Promise<boolean>;
  /** Makes the line a far one of that node, and hands over its join; false: that node is not to be had, and nothing has happened. */
  carry(line: SocketLine, node: string, join: string): boolean;
  /** Tells a topic's listeners on other nodes, each node once. @param except whose listener is left out; null: nobody's */
  publish(topic: string, text: string, except: Line | null): void;
  /** Tells one guest what its room has to say to it alone. */
  tell(guest: SocketLine, text: string): void;
  /** A guest has its seat: what its gateway has to know of that. @param ticks what it wishes to be told */
  seated(guest: SocketLine, ticks: SocketLine["ticks"]): void;
  /** The room has another host. */
  hostChanged(room: RoomFace): void;
  /** The guest has no seat, or none any more: whatever comes of it goes back where it came from. */
  goHome(guest: SocketLine): void;
  /** A code was guessed wrong here [L9]. */
  failed(failure: Failure): void;
  /**
   * What that node answers to a request; null: it cannot be asked now. Never rejects.
   * @param hold hears in how many ms at most the answer comes, where that is later than usual
   */
  ask(node: string, question: Question, hold: (ms: number) => void): Promise<Reply | null>;
}
