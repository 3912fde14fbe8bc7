// A room as it lies on disk: plain data with a layout number, whatever it is written in [R48]. The schema that checks it
// and the number of its layout stand in snapshot/layouts.ts; a change here is a new layout there.
import type { ClientId, HostGone, Resettable, Shaped } from "../protocol/commands.ts";
import type { Done, LeaveReason } from "../protocol/events.ts";
import type { Counts, Question } from "../protocol/polls.ts";
import type { CrowdRecord } from "./crowd/record.ts";

/** Times are ms since 1970. A `body` is one JSON value as text; what is `sealed` is the hash of a secret [R22]. */
export interface RoomRecord {
  readonly code: string;
  /** The name of its dialect. */
  readonly wire: string;
  /** What its dialect keeps with it. */
  readonly wireData: string | null;
  readonly id: string;
  readonly epoch: string;
  /** The address and the page that opened it. */
  readonly address: string;
  readonly origin: string;
  readonly maxClients: number;
  readonly rules: RulesRecord;
  readonly state: string | null;
  readonly defaults: Shaped | null;
  readonly locked: boolean;
  readonly bans: BansRecord | null;
  readonly creator: ClientId;
  readonly owner: Owner;
  readonly nextIndex: number;
  /** In the order of their first join. */
  readonly seats: readonly SeatRecord[];
  /** null: a room without. */
  readonly history: HistoryRecord | null;
  /** What few rooms have beside seats; absent: nothing of it. */
  readonly crowd?: CrowdRecord | undefined;
}

interface RulesRecord {
  /** null: as long as the room, since not every way to write numbers has an Infinity. */
  readonly awayMs: number | null;
  readonly historyMax: number;
  readonly hostGone: HostGone;
  readonly capCounts: "seats" | "here";
  readonly idsAre: "public" | "secret";
  readonly creatorPlays: boolean;
  readonly audienceMax?: number | undefined;
  readonly names?: "unique" | undefined;
}

/** Whose the host's role is: that clientId, with that sealed secret. */
export interface Owner {
  readonly clientId: ClientId;
  readonly sealed: string | null;
}

export interface BansRecord {
  readonly clientIds: readonly ClientId[];
  readonly sealed: readonly string[];
}

export interface SeatRecord {
  readonly clientId: ClientId;
  readonly index: number;
  readonly name: string | null;
  readonly sealed: string | null;
  readonly player: string | null;
  /** The number from which on it can be told whole what it missed. */
  readonly joinedSeq: number;
  /** Since when it waits; null: its member was here. */
  readonly awaySince: number | null;
  /** Whether it waits for a member that had not settled [R52]; absent: no. */
  readonly isBrief?: boolean | undefined;
  /** What became of its member's requests [P16]; absent: nobody knows, since the server went on after this. */
  readonly done?: Done | undefined;
}

export interface HistoryRecord {
  /** The number of the last thing told. */
  readonly seq: number;
  /** The number of the last thing for everyone that is kept no more. */
  readonly droppedSeq: number;
  readonly told: readonly ToldRecord[];
}

/** Something told: seats as their indexes. `except`: not for that one; `only`: for those alone; null: for everyone. */
export interface ToldRecord {
  readonly seq: number;
  readonly event: ToldEvent;
  readonly except: number | null;
  readonly only: readonly number[] | null;
}

/** An event as it is kept: what a wire needs to tell it again. */
export type ToldEvent =
  | { readonly kind: "message"; readonly clientId: ClientId; readonly index: number; readonly body: string }
  | {
      readonly kind: "peerJoined";
      readonly clientId: ClientId;
      readonly index: number;
      readonly name: string | null;
      readonly player: string | null;
    }
  | { readonly kind: "peerLeft"; readonly clientId: ClientId; readonly index: number; readonly reason: LeaveReason }
  | { readonly kind: "peerAway"; readonly clientId: ClientId; readonly index: number; readonly leftMs: number }
  | { readonly kind: "peerBack"; readonly clientId: ClientId; readonly index: number; readonly name: string | null }
  | { readonly kind: "peerRenamed"; readonly clientId: ClientId; readonly index: number; readonly name: string }
  | { readonly kind: "hostChanged"; readonly clientId: ClientId | null }
  | { readonly kind: "roomLocked"; readonly locked: boolean }
  | { readonly kind: "state"; readonly body: string }
  | { readonly kind: "player"; readonly clientId: ClientId; readonly body: string }
  | { readonly kind: "shared"; readonly state: string; readonly player: string }
  | { readonly kind: "poll"; readonly question: Question; readonly endsAt: number | null }
  | { readonly kind: "pollClosed"; readonly poll: string; readonly counts: Counts | null }
  | { readonly kind: "timerDone"; readonly timer: string }
  | { readonly kind: "reset"; readonly keep: readonly Resettable[] }
  | {
      readonly kind: "session";
      readonly id: number | null;
      readonly type: string;
      readonly timestamp: string;
      readonly body: string;
    };
