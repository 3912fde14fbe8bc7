// What may be asked: each request of any wire becomes one Command. Plain values: no wire, no socket, no clock.
import type { Answer, Question } from "./polls.ts";
import type { Refusal } from "./refusals.ts";

/** The name a client gave itself: 1 to 64 printable characters, public to its room [R2]. */
export type ClientId = string;

/** What a client put on a request to recognise the direct answer: a string or number of at most 64 characters [P3]. */
export type Ref = string | number;

/** Which request an answer belongs to: the wire's own word for it, and the client's ref when it gave one. */
export interface Asked {
  readonly type: string;
  readonly ref: Ref | undefined;
}

/** Who wants a seat: the fields that `create` and `join` share. */
export interface Guest {
  readonly clientId: ClientId;
  readonly name: string | null;
  /** Protects the seat: whoever takes it up must know it [R22]. Never told, logged or kept in clear. */
  readonly secret: string | null;
  /** Wants a visible sign of life on a quiet line [L8]; `answer`: and answers each, so that its library's pongs count for nothing [L40]. */
  readonly tick: boolean | "answer";
  /** The largest frame that its client takes, in bytes [P13]; absent: any. */
  readonly frameBytesMax?: number;
  /** Wants to watch, and no seat [C1]; absent: wants a seat. */
  readonly as?: "audience";
}

/** What becomes of a room whose host is gone [R41][R42]. */
export type HostGone = "stay" | "migrate" | "close";

/** How a room treats its members: chosen by its creator, or by its dialect. */
export interface RoomRules {
  /** How long a dropped member's seat is kept, in ms; 0: not at all; Infinity: as long as the room. */
  readonly awayMs: number;
  /** How many of the last messages are kept for resume. */
  readonly historyMax: number;
  readonly hostGone: HostGone;
  /** Whether kept seats count against maxClients, or only members that are here. */
  readonly capCounts: "seats" | "here";
  /** Whether clientIds may be told to anyone: where they are the key to a seat, they may not [Q5]. */
  readonly idsAre: "public" | "secret";
  /** How many may watch without a seat [C1]; absent: nobody. */
  readonly audienceMax?: number | undefined;
  /** `unique`: no two members are called the same [C36]; absent: as they like. */
  readonly names?: "unique" | undefined;
  /** Whether rooms of this kind are numbered, and joined by that number [R47]. */
  readonly isNumbered: boolean;
  /** Whether the creator counts among the players of the games; everyone else does [S12]. */
  readonly creatorPlays: boolean;
}

/** Where a client that comes back left off. */
export interface Since {
  readonly seq: number;
  readonly epoch: string;
}

/** Every request there is, in groups; who may ask for what stands in the relay's table. */
export type Command = { readonly asked: Asked } & (
  | SeatCommand
  | { readonly kind: "send"; readonly to: Target; readonly body: string }
  | DataCommand
  | HostCommand
  | CrowdCommand
  | SessionCommand
  | LiveCommand
  | { readonly kind: "ping" }
  | Flawed
);

/** Comes into a room, or goes. */
type SeatCommand =
  | ({
      readonly kind: "create";
      /** null: the line is known by its number [R47]. */
      readonly guest: Guest | null;
      /** null: as many as the server lets a room have. */
      readonly maxClients: number | null;
      readonly code: string | null;
      /** The code that a door has claimed for it, where several nodes share the codes; null: none could be had. No wire can say so [N4]. */
      readonly claimed?: string | null;
    } & Opening)
  | { readonly kind: "join"; readonly guest: Guest | null; readonly code: RoomName; readonly since: Since | null }
  | { readonly kind: "leave" };

/** Replaces what the room keeps: its state [R36], the sender's own data [R37], or in a room that shares the state and everybody's data [R46]. */
type DataCommand =
  | { readonly kind: "setState"; readonly body: string }
  /** `shape`: null where the wire knows none. `clientId`: whose, where it is the host that asks [C30]; absent: the sender's own. */
  | { readonly kind: "setPlayer"; readonly body: string; readonly shape: string | null; readonly clientId?: ClientId }
  | { readonly kind: "setShared"; readonly state: string; readonly defaults: Shaped };

/** Runs the room: for its host alone [R43]. */
type HostCommand =
  | { readonly kind: "lock"; readonly locked: boolean }
  | { readonly kind: "kick"; readonly clientId: ClientId; readonly reason: string | null; readonly ban: boolean }
  | { readonly kind: "makeHost"; readonly clientId: ClientId }
  | { readonly kind: "closeRoom"; readonly reason: string | null };

/** About polls: for the host alone, but for an answer [C10]. */
export type PollCommand =
  /** `ms`: after how long it closes by itself; null: it does not. */
  | { readonly kind: "pollOpen"; readonly question: Question; readonly ms: number | null }
  | { readonly kind: "pollClose"; readonly poll: string }
  | { readonly kind: "answer"; readonly poll: string; readonly value: Answer };

/** What few rooms have beside seats: data of one member's, timers, polls. For the host alone, but for answers. */
export type CrowdCommand =
  | PollCommand
  | { readonly kind: "setPrivate"; readonly clientId: ClientId; readonly body: string }
  | { readonly kind: "reset"; readonly keep: readonly Resettable[] }
  /** `pauses`: whether it stands still while nobody is host. */
  | {
      readonly kind: "timerSet";
      readonly timer: string;
      readonly ms: number;
      readonly label: string | null;
      readonly pauses: boolean;
    }
  | { readonly kind: "timerPause"; readonly timer: string }
  | { readonly kind: "timerGo"; readonly timer: string }
  | { readonly kind: "timerStop"; readonly timer: string };

/** What a reset of a room may leave as it is [C39]. */
export const RESETTABLE = ["state", "players", "private", "polls", "timers"] as const;

export type Resettable = (typeof RESETTABLE)[number];

/** What may be asked of the session of the own room [S10]. */
export type SessionCommand =
  /** `token`: where one was brought. `isProven`: a door has looked at it, and it is good; no wire can say so. */
  | { readonly kind: "sessionStart"; readonly notes: string | null; readonly token?: string; readonly isProven?: true }
  | { readonly kind: "gameAdd"; readonly game: NewGame }
  | { readonly kind: "lobbyUpdate"; readonly lobbyState: LobbyState }
  | { readonly kind: "gameStart" }
  | { readonly kind: "gameEnd" }
  | { readonly kind: "vote"; readonly vote: Vote }
  | { readonly kind: "sessionEnd" };

/** What a bot or an overlay may ask on the live socket. */
type LiveCommand =
  /** `token`: null when none was brought. */
  | { readonly kind: "auth"; readonly token: string | null }
  /** `since`: the id of the last event seen; null: only what is new. */
  | { readonly kind: "subscribe"; readonly sessionId: number; readonly since: number | null }
  | { readonly kind: "unsubscribe"; readonly sessionId: number };

/** A game of a session, as its host describes it. */
export interface NewGame {
  readonly title: string;
  readonly packName: string | null;
  readonly minPlayers: number | null;
  readonly maxPlayers: number | null;
  readonly appTag: string | null;
  readonly manuallyAdded: boolean;
}

/** How far the lobby of a game is: by the number of its players, or as the host says [S13]. */
export const LOBBY_STATES = ["WaitingForMore", "CanStart", "Full", "Countdown"] as const;

export type LobbyState = (typeof LOBBY_STATES)[number];

export type Vote = "up" | "down";

/** What `create` says of the room besides who opens it. */
export interface Opening {
  readonly rules: RoomRules;
  /** The first retained state: one JSON value as text. */
  readonly state: string | null;
  /** What the room's dialect keeps with it, as text that nobody else reads: a url template, or which member names its creator used. */
  readonly wireData: string | null;
  /** What a member's own data is until it sets any, and the shape it must always have; null: anything goes [R44]. */
  readonly defaults: Shaped | null;
}

/** One JSON value as text, and its shape as the dialect writes it: two values have one shape when these texts are the same. */
export interface Shaped {
  readonly body: string;
  readonly shape: string;
}

/** Which room: by its code, or by its number where rooms are numbered; NEWEST is the one opened last [R47]. */
export type RoomName = string | number;

export const NEWEST = -1;

/** Whom the host speaks to in a room with an audience, when it says so [C4]: there no member is meant by it. */
export const AUDIENCE = "audience";

/** Everyone else, one member by id or by index, some by id, or AUDIENCE. */
export type Target = null | ClientId | number | readonly ClientId[];

/**
 * A known request with a field that cannot be taken. It travels on as a command, because membership is checked before fields [P5]:
 * `create` inside a room is "Already in a room", whatever its fields are.
 */
export interface Flawed {
  readonly kind: "flawed";
  /**
   * Who may make this request at all, which is told first. `outside`: a line that is in no room. `inside`: a member. `present`: a member, or one who
   * watches.
   * `authenticated`: a line that has shown a token. `anywhere`: every line.
   */
  readonly from: "outside" | "inside" | "present" | "authenticated" | "anywhere";
  /** What is wrong with the field. */
  readonly refusal: Refusal;
}
