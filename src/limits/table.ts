// Every bound of the server in one table: its name with the unit last, the setting that moves it, its default, what it is
// for and what lies past it. Pure data: config.ts reads the environment into it, the manual and --help are printed from it.

export interface Bound {
  /** The environment variable that sets it. */
  readonly env: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** What the number bounds, and what happens past it: one line for --help and the manual. */
  readonly meaning: string;
  /** A limit a second, a minute or an address: lifted by LIMITS=off. */
  readonly isRate: boolean;
}

const KiB = 1024;
const MiB = 1024 * KiB;

export const BOUNDS = {
  frameBytesMax: bound("MAX_FRAME_BYTES", 64 * KiB, 256, 16 * MiB, "bytes of one inbound frame; past it close 1009"),
  dataDepthMax: bound("MAX_DEPTH", 32, 1, 512, "JSON nesting of `data`; past it `too_deep`, nothing is relayed"),
  messagesPerSecond: rate(
    "MESSAGES_PER_SECOND",
    60,
    "messages a member may send (burst twice that); past it its reads pause",
  ),
  hostMessagesPerSecond: rate("HOST_MESSAGES_PER_SECOND", 240, "the same for the host of a room"),
  bytesPerSecond: rate(
    "BYTES_PER_SECOND",
    256 * KiB,
    "bytes a member may send (the host four times that); past it its reads pause",
  ),
  addressMessagesPerSecond: rate(
    "ADDRESS_MESSAGES_PER_SECOND",
    8_000,
    "messages that all lines of an address may send, one more for each 4 KiB (burst twice that; eight times that for its network, /24 or /48); past it those that send more than their share pause",
  ),
  unsentBytesMax: bound(
    "MAX_UNSENT_BYTES",
    MiB,
    4 * KiB,
    16 * MiB,
    "bytes a line may leave unread; past it close 4102",
  ),
  helloSeconds: bound("HELLO_SECONDS", 10, 1, 3600, "seconds to the first message of a line; past it close 4103"),
  quietHelloSeconds: bound(
    "QUIET_HELLO_SECONDS",
    120,
    1,
    3600,
    "the same for an address with at most 4 connections, where it is longer: somebody may be typing",
  ),
  pingSeconds: bound("PING_SECONDS", 10, 1, 3600, "seconds of silence after which a line is pinged"),
  deadSeconds: bound("DEAD_SECONDS", 25, 2, 7200, "seconds without a sign of life; past it close 4104"),
  tickSeconds: bound("TICK_SECONDS", 15, 1, 3600, "seconds between `tick`s, for clients that ask for them"),
  failedJoinsPerMinute: rate(
    "FAILED_JOINS_PER_MINUTE",
    10,
    "different wrong room codes from one address (a network has eight times that); past it codes it does not know take turns, one every 2 s",
    10_000,
  ),
  wrongCodesPerSecond: rate(
    "WRONG_CODES_PER_SECOND",
    50,
    "wrong room codes of all strangers (burst twice that); past it codes they do not know take turns",
  ),
  linesPerAddressMax: rate(
    "MAX_LINES_PER_ADDRESS",
    256,
    "connections from one address (eight times that from its network, /24 or /48); past it 429",
  ),
  connectsPerSecond: rate(
    "CONNECTS_PER_SECOND",
    20,
    "new connections from one address (burst five times that; eight times that from its network); past it 429",
  ),
  requestsPerSecond: rate(
    "HTTP_REQUESTS_PER_SECOND",
    20,
    "HTTP requests of one address (burst five times that; with a token five times as many, of pages and files ten times); past it 429",
  ),
  roomsPerAddressMax: rate(
    "MAX_ROOMS_PER_ADDRESS",
    20,
    "rooms opened from one address (eight times that from its network, /24 or /48); past it `Too many rooms`",
  ),
  roomOutBytesPerSecond: rate(
    "ROOM_OUT_BYTES_PER_SECOND",
    8 * MiB,
    "bytes a room may hand out, a frame's times who hears it (burst twice that; a room for more than 32 has the more, but not at once); past it who sends there is paused",
  ),
  addressOutBytesPerSecond: rate(
    "ADDRESS_OUT_BYTES_PER_SECOND",
    32 * MiB,
    "the same for all rooms opened from one address (eight times that for its network, /24 or /48)",
  ),
  joinsPerSecond: rate("JOINS_PER_SECOND", 2, "joins of one line (burst five times that); past it they wait"),
  roomJoinsPerSecond: rate(
    "ROOM_JOINS_PER_SECOND",
    20,
    "newcomers of one room (burst as many as it takes members); past it they wait",
  ),
  unsentPerAddressMiB: bound(
    "MAX_UNSENT_PER_ADDRESS_MIB",
    32,
    1,
    1024 * 1024,
    "MiB that the lines of one address may leave unread; past it those with most are closed with 4102",
  ),
  unsentMiB: bound(
    "MAX_UNSENT_MIB",
    512,
    1,
    1024 * 1024,
    "MiB that all lines may leave unread, and at most an eighth of the machine's memory; past it those with most are closed with 4102",
  ),
  roomlessSeconds: bound(
    "ROOMLESS_SECONDS",
    120,
    1,
    86_400,
    "seconds a line may be in no room and without a token; past it close 4103",
  ),
  hostGoneSeconds: bound(
    "HOST_GONE_SECONDS",
    120,
    1,
    86_400,
    "seconds a room with `hostGone: close` waits for its host",
  ),
  roomsMax: bound("MAX_ROOMS", 10_000, 1, 1_000_000, "rooms in all; past it `Server is full`"),
  keptMiB: bound(
    "MAX_KEPT_MIB",
    256,
    1,
    1024 * 1024,
    "MiB that all rooms may keep: history, state, players' data, seats, bans; past it a room's own old history goes, then `too_large`",
  ),
  keptPerAddressMiB: rate(
    "MAX_KEPT_PER_ADDRESS_MIB",
    16,
    "the same for all rooms opened from one address (eight times that for its network, /24 or /48)",
  ),
  clientsPerRoomMax: bound("MAX_CLIENTS", 100, 1, 10_000, "members a room may ask for"),
  audienceMax: bound(
    "MAX_AUDIENCE",
    10_000,
    0,
    1_000_000,
    "audience a room may ask for: those who watch and answer without a seat; 0: none",
  ),
  audienceInAllMax: bound(
    "MAX_AUDIENCE_IN_ALL",
    20_000,
    0,
    1_000_000,
    "those who watch all rooms together; past it `Server is full`",
  ),
  audiencePerAddressMax: rate(
    "AUDIENCE_PER_ADDRESS",
    256,
    "those of one address who watch one room (past it `Room is full`), and who answer one of its polls (past it `Answered already`)",
  ),
  linesMax: bound("MAX_LINES", 20_000, 1, 1_000_000, "connections in all; past it 503"),
  sessionWritesPerSecond: rate(
    "SESSION_WRITES_PER_SECOND",
    20,
    "requests of game clients at one address that write to the sessions' log (burst ten times that); past it they wait",
  ),
  sessionsMiBMax: bound(
    "MAX_SESSIONS_MIB",
    1024,
    1,
    1024 * 1024,
    "MiB that sessions, games, votes and the log may take on disk; past it nothing new is told or taken",
  ),
  sessionIdleHours: bound(
    "SESSION_IDLE_HOURS",
    12,
    0,
    8_760,
    "hours without an event after which a session without a room ends by itself; 0: never",
  ),
  ecastWatchesMax: bound("ECAST_WATCHES_MAX", 50, 0, 1_000, "Jackbox rooms that are watched at a time; past it 429"),
  liveSilenceSeconds: bound(
    "LIVE_SILENCE_SECONDS",
    60,
    0,
    86_400,
    "seconds a client of the live socket may say nothing; past it close 4104; 0: for ever",
  ),
  streamsMax: bound("MAX_STREAMS", 10_000, 0, 100_000, "open streams of events, and exports; past it 503"),
  webhooksMax: bound("MAX_WEBHOOKS", 50, 0, 200, "webhooks; past it no more are made"),
} as const satisfies Record<string, Bound>;

type LimitName = keyof typeof BOUNDS;

/** Every bound as a number; a lifted one is Infinity, so that no branch has to know about LIMITS=off. */
export type Limits = Readonly<Record<LimitName, number>>;

/** Bounds of the wire itself: fixed, because clients are written against them. */
export const WIRE = {
  clientIdCharsMax: 64,
  nameCharsMax: 64,
  refCharsMax: 64,
  reasonCharsMax: 100,
  secretCharsMax: 256,
  epochCharsMax: 64,
  awaySecondsMax: 600,
  historyMax: 512,
  /** Of a poll [C10], and of all of a room. */
  pollsMax: 8,
  /** All texts of answers stand in `joined` for a host that comes back. */
  textsBytesMax: 256 * KiB,
  optionsMin: 2,
  optionsMax: 26,
  optionCharsMax: 60,
  answerCharsMax: 140,
  answerNumberMax: 1_000,
  /** The least that a client may say it takes of a frame [P13]. */
  frameTakenMin: 16 * KiB,
  /** What one that does not say takes: Python's `websockets` has no more unless asked. */
  frameTakenUnsaid: MiB,
  stateBytesMax: 16 * KiB,
  playerBytesMax: 4 * KiB,
  /** What only one member and the host see [C32]. */
  privateBytesMax: 4 * KiB,
  /** All of that in a room, PRIVATE_AROUND_BYTES for each member besides: whoever is host has to be told it in one frame. */
  privatesBytesMax: 512 * KiB,
  /** Names of timers and polls. */
  crowdNameCharsMax: 32,
  timersMax: 8,
  timerSecondsMax: 86_400,
  urlBytesMax: 512,
  notesCharsMax: 500,
  titleCharsMax: 100,
  usernameCharsMax: 100,
  /** Ours have 220. */
  tokenCharsMax: 4_096,
  playersMax: 10_000,
  /** Unreadable frames in a row, within a minute, before a line is closed with 4004: nine mistakes are a bug, ten are not a client. */
  unreadableFramesMax: 10,
  unreadableSpanMs: 60_000,
} as const;

/** Largest body of an HTTP request, in bytes: what a call of the API may bring. The API checks it, and the port cuts off at twice that. */
export const HTTP_BODY_BYTES_MAX = 64 * KiB;

/**
 * Seconds of its rate that a line may say at once: a page that wakes up sends what it has kept. It stands here, because the check of the
 * settings asks it too: a frame that is larger than the burst could never pass.
 */
export const BURST_SECONDS = 2;

/** What Bun keeps for a line that does not read; past it, it ends the line without a code, so nothing of ours may ever get there [L37]. */
export const UNSENT_BYTES_HARD_MAX = 16 * MiB;
/** Bytes of frames that a room may be told before its lines are looked at: a sixteenth of what Bun keeps for a line [L23]. */
export const UNLOOKED_BYTES_MAX = MiB;

/** The limits as they are without a single setting. */
export const DEFAULT_LIMITS: Limits = Object.freeze(
  Object.fromEntries(Object.entries(BOUNDS).map(([name, { value }]) => [name, value])),
) as Limits;

function bound(env: string, value: number, min: number, max: number, meaning: string): Bound {
  return { env, value, min, max, meaning, isRate: false };
}

function rate(env: string, value: number, meaning: string, max = 1_000_000_000): Bound {
  return { env, value, min: 1, max, meaning, isRate: true };
}
