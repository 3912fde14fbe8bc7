// The words the house shares: what a client may ask (Command), what it may be told (Event), how a no is said (Refusal)
// and how a line ends (CloseName). Plain values: no wire, no socket, no clock. A dialect gives them bytes.

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
  /** Protects the seat: whoever takes it up must know it [R30]. Never told, logged or kept in clear. */
  readonly secret: string | null;
  /** Wants a visible sign of life on a quiet line [L8]. */
  readonly tick: boolean;
}

/** What becomes of a room whose host is gone [R40]–[R42]. */
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

export type Command = { readonly asked: Asked } & (
  | ({
      readonly kind: "create";
      /** null: the line is known by its number [R47]. */
      readonly guest: Guest | null;
      /** null: as many as the server lets a room have. */
      readonly maxClients: number | null;
      readonly code: string | null;
    } & Opening)
  | { readonly kind: "join"; readonly guest: Guest | null; readonly code: RoomName; readonly since: Since | null }
  | { readonly kind: "send"; readonly to: Target; readonly body: string }
  | { readonly kind: "leave" }
  | { readonly kind: "setState"; readonly body: string }
  /** `shape`: null where the wire knows none. */
  | { readonly kind: "setPlayer"; readonly body: string; readonly shape: string | null }
  | { readonly kind: "setShared"; readonly state: string; readonly defaults: Shaped }
  | { readonly kind: "lock"; readonly locked: boolean }
  | { readonly kind: "kick"; readonly clientId: ClientId; readonly reason: string | null; readonly ban: boolean }
  | { readonly kind: "makeHost"; readonly clientId: ClientId }
  | { readonly kind: "closeRoom"; readonly reason: string | null }
  | { readonly kind: "ping" }
  | SessionCommand
  | LiveCommand
  | Flawed
);

/** What may be asked of the session of the own room [S10]. */
export type SessionCommand =
  | { readonly kind: "sessionStart"; readonly notes: string | null }
  | { readonly kind: "gameAdd"; readonly game: NewGame }
  | { readonly kind: "lobbyUpdate"; readonly lobbyState: LobbyState }
  | { readonly kind: "gameStart" }
  | { readonly kind: "gameEnd" }
  | { readonly kind: "vote"; readonly vote: Vote }
  | { readonly kind: "sessionEnd" };

/** What a bot or an overlay may ask on the live socket. */
export type LiveCommand =
  /** `token`: null when none was brought. */
  | { readonly kind: "auth"; readonly token: string | null }
  /** `since`: the id of the last event seen; null: only what is new. */
  | { readonly kind: "subscribe"; readonly sessionId: number; readonly since: number | null }
  | { readonly kind: "unsubscribe"; readonly sessionId: number };

/** A game of a night, as its host describes it. */
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
  /** What the room's dialect wants to remember of it: text that nobody else reads. */
  readonly memo: string | null;
  /** What a member's own data is until it sets any, and the shape it must always have; null: anything goes [R44]. */
  readonly defaults: Shaped | null;
}

/** One JSON value as text, with what two values of the same shape have in common: how that is told is its dialect's to say. */
export interface Shaped {
  readonly body: string;
  readonly shape: string;
}

/** Which room: by its code, or by its number where rooms are numbered; NEWEST is the one opened last [R47]. */
export type RoomName = string | number;
export const NEWEST = -1;

/** Everyone else, one member by id or by index, or some by id. */
export type Target = null | ClientId | number | readonly ClientId[];

/**
 * A known request with a field that cannot be taken. It travels on as a command, because the first wire checks
 * membership before fields: `create` inside a room is "Already in a room", whatever else is wrong with it [P5].
 */
export interface Flawed {
  readonly kind: "flawed";
  /**
   * `outside`: a request for those who are in no room. `inside`: one for members. `authenticated`: one for those who have shown a
   * token. `anywhere`: none of it matters.
   */
  readonly from: "outside" | "inside" | "authenticated" | "anywhere";
  readonly refusal: Refusal;
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
  readonly memo: string | null;
  /** Its number, where rooms are numbered. */
  readonly number: number | null;
  /** What a member's own data is until it sets any. */
  readonly defaults: string | null;
  /** How its session stands, one JSON object as text; null while there is none [S15]. */
  readonly session: string | null;
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

export type Event =
  | { readonly kind: "created"; readonly picture: Picture; readonly clientId: ClientId }
  | {
      readonly kind: "joined";
      readonly picture: Picture;
      readonly index: number;
      /** What it missed, whole; null when that cannot be told; undefined when it had no seat to come back to [R33]. */
      readonly missed: readonly Numbered[] | null | undefined;
    }
  | { readonly kind: "peerJoined"; readonly peer: Peer }
  | { readonly kind: "peerLeft"; readonly clientId: ClientId; readonly index: number; readonly reason: LeaveReason }
  | { readonly kind: "peerAway"; readonly clientId: ClientId; readonly index: number; readonly leftMs: number }
  | { readonly kind: "peerBack"; readonly clientId: ClientId; readonly index: number }
  | { readonly kind: "hostChanged"; readonly clientId: ClientId | null }
  | { readonly kind: "roomLocked"; readonly locked: boolean }
  | { readonly kind: "state"; readonly body: string }
  | { readonly kind: "player"; readonly clientId: ClientId; readonly body: string }
  | { readonly kind: "shared"; readonly state: string; readonly player: string }
  | { readonly kind: "message"; readonly from: Speaker; readonly body: string }
  | SessionEvent
  | { readonly kind: "authenticated" }
  | { readonly kind: "subscribed" }
  | { readonly kind: "unsubscribed" }
  | { readonly kind: "ack"; readonly delivered: number; readonly seq: number | null }
  | { readonly kind: "left" }
  | { readonly kind: "pong"; readonly t: number }
  | { readonly kind: "tick"; readonly t: number }
  | { readonly kind: "bye"; readonly close: CloseCode; readonly reason: string; readonly retryAfterMs: number }
  | Refusal;

/** Something that happened in a session [S1], made once: each wire only puts its envelope around it. */
export interface SessionEvent {
  readonly kind: "session";
  /** Its number in the log, which only grows; null for what is not logged. */
  readonly id: number | null;
  /** The wire's word for it. */
  readonly type: string;
  /** When: ISO 8601, UTC, with milliseconds. */
  readonly timestamp: string;
  /** What of: one JSON object as text. */
  readonly body: string;
}

/** Not now: the same request, after so many ms [R35]. Nothing is told; whoever carries commands out asks again. */
export interface Later {
  readonly kind: "later";
  readonly ms: number;
}

/** A no: a value on the same path as a yes, never thrown. */
export interface Refusal {
  readonly kind: "refusal";
  readonly name: RefusalName;
  /** English, for people and for clients that compare it letter by letter. */
  readonly text: string;
  /** Milliseconds to wait before asking again. */
  readonly retryAfterMs?: number;
  /** Of a message to a list: the targets that were not there, and how many lines the others were [P9]. */
  readonly missing?: readonly ClientId[];
  readonly delivered?: number;
}

/** Every no there is: its stable name, its text, and whether the same request may do better later. */
export const REFUSALS = {
  invalid_json: { text: "Invalid JSON", retry: false },
  unknown_type: { text: "Unknown message type", retry: false },
  client_id_required: { text: "clientId is required", retry: false },
  max_clients_invalid: { text: "maxClients must be a positive number", retry: false },
  room_required: { text: "room is required", retry: false },
  room_not_found: { text: "Room not found", retry: true },
  no_room: { text: "There is no room", retry: true },
  room_full: { text: "Room is full", retry: true },
  already_in_room: { text: "Already in a room", retry: false },
  not_in_room: { text: "Not in a room", retry: false },
  target_not_found: { text: "Target client not found", retry: true },
  not_host: { text: "Only the host can do this", retry: false },
  wrong_secret: { text: "Wrong secret", retry: false },
  room_locked: { text: "Room is locked", retry: true },
  banned: { text: "You are banned from this room", retry: false },
  wrong_shape: { text: "Data has not the shape of the room's", retry: false },
  too_large: { text: "Data is too large", retry: false },
  too_deep: { text: "Data is nested too deeply", retry: false },
  code_taken: { text: "Room code is taken", retry: true },
  too_many_rooms: { text: "Too many rooms", retry: true },
  server_full: { text: "Server is full", retry: true },
  draining: { text: "Server is draining", retry: true },
  too_many_attempts: { text: "Too many attempts", retry: true },
  session_running: { text: "A session is running already", retry: false },
  no_session: { text: "No session is running", retry: false },
  no_game: { text: "The session has no game yet", retry: false },
  game_running: { text: "The game has been started already", retry: false },
  game_not_running: { text: "The game is not running", retry: false },
  too_many_games: { text: "The session has too many games", retry: false },
  no_lobby: { text: "The lobby is not open", retry: false },
  not_watched: { text: "The game is not watched", retry: false },
  session_not_found: { text: "Session not found", retry: false },
  session_ended: { text: "The session has ended", retry: false },
  game_not_found: { text: "Game not found", retry: false },
  not_kept: { text: "The server cannot write this down", retry: true },
  token_required: { text: "Token required", retry: false },
  bad_token: { text: "Invalid or expired token", retry: false },
  not_authenticated: { text: "Not authenticated", retry: false },
  session_id_required: { text: "Session ID required", retry: false },
  too_many_subscriptions: { text: "Too many subscriptions", retry: false },
  bad_field: { text: "A field has a value that cannot be taken", retry: false },
} as const satisfies Record<string, { text: string; retry: boolean }>;

export type RefusalName = keyof typeof REFUSALS;

/** The refusal of that name, with the table's text unless a better one is at hand (bad_field names its field). */
export function refuse(name: RefusalName, more?: Omit<Partial<Refusal>, "kind" | "name">): Refusal {
  return { kind: "refusal", name, text: REFUSALS[name].text, ...more };
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "refusal";
}

/**
 * How the server ends a line on purpose. The range tells a client what to do, without a table of its own:
 * 4000–4099 stop, 4100–4199 come back after a pause, 4200–4299 come back at once.
 */
export const CLOSES = {
  replaced: { code: 4000, text: "replaced" },
  roomClosed: { code: 4001, text: "room closed" },
  kicked: { code: 4002, text: "kicked" },
  notAuthorised: { code: 4003, text: "not authorised" },
  protocolViolation: { code: 4004, text: "protocol violation" },
  serverFull: { code: 4100, text: "server full" },
  tooFast: { code: 4101, text: "too fast" },
  tooSlow: { code: 4102, text: "too slow a reader" },
  saidNothing: { code: 4103, text: "said nothing" },
  noSignOfLife: { code: 4104, text: "no sign of life" },
  goingAway: { code: 4200, text: "server going away" },
  tokenExpired: { code: 4201, text: "token expired" },
} as const satisfies Record<string, CloseCode>;

export type CloseName = keyof typeof CLOSES;

export interface CloseCode {
  readonly code: number;
  readonly text: string;
}

/** What a close code asks of the client. */
export function comeback(code: number): "stop" | "pause" | "now" {
  if (code < 4100) return "stop";
  return code < 4200 ? "pause" : "now";
}
