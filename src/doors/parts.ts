// What the floor above the doors is given to work with, once a server is put together: types alone.
import type { Clock } from "../clock.ts";
import type { Dialects } from "../dialects/index.ts";
import type { Guesses } from "../limits/guesses.ts";
import type { Counts } from "../metrics/tally.ts";
import type { Figure } from "../metrics.ts";
import type { Relay } from "../relay.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Elsewhere, Question, Reply } from "./elsewhere.ts";
import type { Faults } from "./faults.ts";
import type { Intake } from "./intake.ts";
import type { Liveness } from "./liveness.ts";
import type { SocketOutlet } from "./outlet.ts";
import type { Recorder } from "./recorder.ts";

/** The parts of a server that know lines. */
export interface Doors {
  readonly intake: Intake;
  readonly outlet: SocketOutlet;
  readonly liveness: Liveness;
  readonly relay: Relay;
  readonly rooms: Rooms;
  readonly guesses: Guesses;
  readonly dialects: Dialects;
  readonly recorder: Recorder;
  readonly faults: Faults;
  readonly counts: Counts;
  readonly clock: Clock;
  /** The number of the next line of a wire that numbers its lines [R47]. */
  readonly nextNumber: () => number;
  /** The rooms that an earlier process of this node had are here, as far as they will be: its sessions go on, or end [S24]. */
  readonly takenUp: () => void;
  /** The rooms that these sessions need for that, by code and id [S24]. */
  readonly roomsNeeded: () => readonly { readonly code: string; readonly id: string }[];
  /** Answers a request by HTTP for another node; rejects only on a bug. @param hold hears in how many ms at most, where that is later than usual */
  readonly answer: (question: Question, hold: (ms: number) => void) => Promise<Reply>;
}

/** Keeps rooms over the end of a server elsewhere than in a file. */
export interface RoomKeeper {
  /** What its metrics show besides. */
  readonly figures: readonly Figure[];
  /** The server begins to stop: resolves when whoever can go on elsewhere does. Never rejects. */
  leaving(): Promise<void>;
  /** Keeps all of them as they stay: no room changes any more. Resolves to whether they are kept; never rejects. */
  finish(): Promise<boolean>;
  /** Keeps nothing more; never rejects. */
  stop(): Promise<void>;
}

/** Joins a server to the other nodes: called once, when it listens and before anybody is let in. */
export type JoinNodes = (doors: Doors) => Elsewhere;

/** Makes the parts know of the other nodes. */
export function joinNodes(doors: Doors, join: JoinNodes): Elsewhere {
  const elsewhere = join(doors);
  doors.outlet.elsewhere = elsewhere;
  doors.rooms.claims = elsewhere;
  doors.guesses.onFailed = (failure) => elsewhere.failed(failure);
  doors.intake.join(elsewhere, doors.rooms);
  return elsewhere;
}
