// Every no there is and how a line ends: stable names, texts and close codes. Plain values: no wire, no socket, no clock.

/** A no: a value on the same path as a yes, never thrown. */
export interface Refusal {
  readonly kind: "refusal";
  readonly name: RefusalName;
  /** English, for people and for clients that compare it letter by letter. */
  readonly text: string;
  /** Milliseconds to wait before asking again. */
  readonly retryAfterMs?: number;
  /** Of a message to a list: the targets that were not there, and how many lines the others were [P9]. */
  readonly missing?: readonly string[];
  readonly delivered?: number;
  /** Of a full room: one could still watch it [C8]. */
  readonly audience?: true;
  /** Bytes of the frame for which `maxFrame` is too small [P13]. */
  readonly needs?: number;
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
  max_frame_too_small: { text: "The room does not fit into maxFrame", retry: true },
  code_taken: { text: "Room code is taken", retry: true },
  too_many_rooms: { text: "Too many rooms", retry: true },
  server_full: { text: "Server is full", retry: true },
  draining: { text: "Server is draining", retry: true },
  too_many_attempts: { text: "Too many attempts", retry: true },
  poll_not_found: { text: "Poll not found", retry: false },
  poll_closed: { text: "Poll is closed", retry: false },
  answered_already: { text: "Answered already", retry: false },
  not_asked: { text: "This poll is for others", retry: false },
  too_many_polls: { text: "Too many polls", retry: false },
  no_audience: { text: "The room has no audience", retry: false },
  timer_not_found: { text: "Timer not found", retry: false },
  too_many_timers: { text: "Too many timers", retry: false },
  session_running: { text: "A session is running already", retry: false },
  no_session: { text: "No session is running", retry: false },
  no_game: { text: "The session has no game yet", retry: false },
  game_running: { text: "The game has been started already", retry: false },
  game_not_running: { text: "The game is not running", retry: false },
  too_many_games: { text: "The session has too many games", retry: false },
  vote_too_soon: { text: "A vote may be changed once a second", retry: true },
  vote_changes_spent: { text: "The vote has been changed too often", retry: false },
  votes_silenced: { text: "These votes have had their share of the session's log", retry: false },
  no_lobby: { text: "The lobby is not open", retry: false },
  not_watched: { text: "The game is not watched", retry: false },
  platform_off: { text: "Jackbox rooms are not watched here", retry: false },
  too_many_rooms_watched: { text: "Too many rooms are watched", retry: true },
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

/** Tells a no from whatever the yes is: of `Game | Refusal` the game is left. */
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
