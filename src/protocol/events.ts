// What may be told: each event becomes a frame in every wire that has a word for it. Plain values: no wire, no socket, no clock.
import type { ClientId, Ref, Resettable } from "./commands.ts";
import type { Counts, OpenPoll, Question } from "./polls.ts";
import type { CloseCode, Refusal } from "./refusals.ts";

/** What became of the requests of a member that comes back, of those that had a ref [P16]. */
export interface Done {
  /** The last that was carried out or refused; null: there was none. */
  readonly last: Ref | null;
  /** Those up to it that were not. */
  readonly undone: readonly Ref[];
}

export type LeaveReason = "left" | "lost" | "kicked" | "timeout";

/** One member, as others see it. */
export interface Peer {
  readonly clientId: ClientId;
  /** Counts up from 0 for the creator; never given twice in a room. */
  readonly index: number;
  readonly name: string | null;
  readonly isAway: boolean;
  /** Its own retained data: one JSON value as text. */
  readonly player: string | null;
}

/** What a client needs to draw the room [R14]. */
export interface Picture {
  readonly code: string;
  readonly host: ClientId | null;
  readonly peers: readonly Peer[];
  readonly locked: boolean;
  readonly state: string | null;
  readonly epoch: string;
  readonly seq: number;
  /** As in Opening. */
  readonly wireData: string | null;
  /** Its number, where rooms are numbered. */
  readonly number: number | null;
  /** What a member's own data is until it sets any. */
  readonly defaults: string | null;
  /** How its session stands, one JSON object as text; null while there is none [S15]. */
  readonly session: string | null;
  /** What the one is called whom it is told, where names are unique [C36]; absent: as it said itself. */
  readonly name?: string | null | undefined;
  /** What few rooms have beside seats; absent: this one has nothing of it. */
  readonly crowd?: CrowdPicture | undefined;
}

/** What a room has beside seats, as the one sees it whom it is told; each absent where there is nothing of it. */
export interface CrowdPicture {
  readonly timers?: readonly TimerPicture[] | undefined;
  /** What only this member and the host see [C32]: one JSON value as text. */
  readonly private?: string | undefined;
  readonly polls?: readonly OpenPoll[] | undefined;
  /** To members: how many watch, and may [C6]. */
  readonly audience?: { readonly count: number; readonly max: number } | undefined;
  /** To the host alone: what each member has so, its own not among it. */
  readonly privates?: readonly PrivateData[] | undefined;
}

export interface PrivateData {
  readonly clientId: ClientId;
  /** One JSON value as text. */
  readonly body: string;
}

/** A timer as it stands [C20]. */
export interface TimerPicture {
  readonly timer: string;
  readonly label: string | null;
  /** How long it has to go, in ms. */
  readonly leftMs: number;
  /** When that was, and when it will be over, both by the server's clock in ms since 1970; null: it stands still. */
  readonly t: number;
  readonly endsAt: number | null;
}

/** Something a room was told, with its number there [R31]. */
export interface Numbered {
  readonly seq: number;
  readonly event: Event;
}

/** The member a message comes from. */
export interface Speaker {
  readonly clientId: ClientId;
  readonly index: number;
  /** How its messages begin in the room's dialect: written and read by that dialect alone, so that it is made once a seat. */
  messageHead: string | null;
}

/** Every event there is, in groups that a wire may be silent on as a whole: a new one in such a group costs that wire nothing. */
export type Event =
  | RoomAnswer
  | MemberEvent
  | HostEvent
  | DataEvent
  | CrowdEvent
  | { readonly kind: "message"; readonly from: Speaker; readonly body: string }
  | SessionEvent
  | LiveAnswer
  | { readonly kind: "pong"; readonly t: number }
  | LineEvent
  | Refusal;

export type EventKind = Event["kind"];

/** The direct answers to requests about rooms. */
export type RoomAnswer =
  | { readonly kind: "created"; readonly picture: Picture; readonly clientId: ClientId }
  | {
      readonly kind: "joined";
      readonly picture: Picture;
      readonly index: number;
      /** What it missed, whole; null when that cannot be told; undefined when it had no seat to come back to [R33]. */
      readonly missed: readonly Numbered[] | null | undefined;
      /** What became of the requests of a seat that is taken up again [P16]; absent: a new seat, or nobody knows. */
      readonly done?: Done | undefined;
    }
  | { readonly kind: "left" }
  | { readonly kind: "ack"; readonly delivered: number; readonly seq: number | null };

/** Who is in the room, told to the others. */
export type MemberEvent =
  | { readonly kind: "peerJoined"; readonly peer: Peer }
  | { readonly kind: "peerLeft"; readonly clientId: ClientId; readonly index: number; readonly reason: LeaveReason }
  | { readonly kind: "peerAway"; readonly clientId: ClientId; readonly index: number; readonly leftMs: number }
  | { readonly kind: "peerBack"; readonly clientId: ClientId; readonly index: number; readonly name: string | null }
  /** It is called otherwise from now on. */
  | { readonly kind: "peerRenamed"; readonly clientId: ClientId; readonly index: number; readonly name: string };

/** Who runs the room, and how. */
export type HostEvent =
  | { readonly kind: "hostChanged"; readonly clientId: ClientId | null }
  | { readonly kind: "roomLocked"; readonly locked: boolean };

/** What the room keeps was replaced: its state, a member's own data, or in a room that shares both at once [R46]. */
export type DataEvent =
  | { readonly kind: "state"; readonly body: string }
  | { readonly kind: "player"; readonly clientId: ClientId; readonly body: string }
  | { readonly kind: "shared"; readonly state: string; readonly player: string };

/** The poll is closed; `counts` null: they are not for who is told [C14]. */
export interface PollClosed {
  readonly kind: "pollClosed";
  readonly poll: string;
  readonly counts: Counts | null;
}

/** Polls, and those who watch. */
export type AudienceEvent =
  /** A question is asked. `endsAt`: when it closes by itself, by the server's clock; null: it does not. */
  | { readonly kind: "poll"; readonly question: Question; readonly endsAt: number | null }
  | { readonly kind: "tally"; readonly poll: string; readonly counts: Counts }
  | PollClosed
  /** A text that somebody answered: to the host alone. */
  | { readonly kind: "answered"; readonly poll: string; readonly clientId: ClientId; readonly text: string }
  | { readonly kind: "audience"; readonly count: number }
  /** The direct answer to who watches from now on [C3]. */
  | ({
      readonly kind: "watching";
      /** As in `joined`. */
      readonly done: Done | undefined;
      readonly crowd: CrowdPicture;
    } & Pick<Picture, "code" | "locked" | "state" | "session" | "epoch">);

/** What few rooms tell: timers, data that is not everybody's, and that all of it is gone. */
export type CrowdEvent =
  | AudienceEvent
  /** How a timer stands from now on; `isStopped`: it is no more. It has no number: a newcomer finds it in the picture. */
  | { readonly kind: "timer"; readonly timer: TimerPicture; readonly isStopped: boolean }
  | { readonly kind: "timerDone"; readonly timer: string }
  /** For that member and the host alone, and without a number. */
  | ({ readonly kind: "private" } & PrivateData)
  | { readonly kind: "reset"; readonly keep: readonly Resettable[] };

/** The direct answers that only the live socket gives. */
export type LiveAnswer =
  | { readonly kind: "authenticated" }
  | { readonly kind: "subscribed" }
  | { readonly kind: "unsubscribed" };

/** What the server tells a line of the line itself. */
export type LineEvent =
  | { readonly kind: "tick"; readonly t: number }
  | { readonly kind: "bye"; readonly close: CloseCode; readonly reason: string; readonly retryAfterMs: number };

/** Something that happened in a session [S1], made once: each wire only puts its envelope around it. */
export interface SessionEvent {
  readonly kind: "session";
  /** Its number in the log, which only grows; null for what is not logged. */
  readonly id: number | null;
  /** Its type, the same text on every wire. */
  readonly type: string;
  /** When: ISO 8601, UTC, with milliseconds. */
  readonly timestamp: string;
  /** Its data: one JSON object as text. */
  readonly body: string;
}

/** Not now: the same request again after so many ms, or when the seat is free [R35]. Nothing is told; the door that carried it out asks again. */
export interface Later {
  readonly kind: "later";
  readonly ms: number;
  /** Calls `wake` once, when the seat that was asked for is free; answers what takes that back. */
  readonly whenFree: (wake: () => void) => () => void;
}

/** What becomes of the request depends on a token, which its door has to look at: it is asked again when that is done [S35]. */
export interface Unproven {
  readonly kind: "unproven";
  readonly token: string;
}
