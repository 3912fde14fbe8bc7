// Every bound of the server in one table: its name with the unit last, the setting that moves it, its default, what it is
// for and what lies past it. Pure data: config.ts reads the environment into it, the README and --help are printed from it.

interface Bound {
  /** The environment variable that sets it; null for a bound that is part of the wire. */
  readonly env: string | null;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** What the number bounds, and what happens past it: one line for --help and the README. */
  readonly meaning: string;
  /** A limit a second, a minute or an address: lifted by LIMITS=off. */
  readonly rate?: true;
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
  unsentBytesMax: bound(
    "MAX_UNSENT_BYTES",
    MiB,
    4 * KiB,
    16 * MiB,
    "bytes a line may leave unread; past it close 4102",
  ),
  helloSeconds: bound("HELLO_SECONDS", 10, 1, 3600, "seconds to the first message of a line; past it close 4103"),
  pingSeconds: bound("PING_SECONDS", 10, 1, 3600, "seconds of silence after which a line is pinged"),
  deadSeconds: bound("DEAD_SECONDS", 25, 2, 7200, "seconds without a sign of life; past it close 4104"),
  tickSeconds: bound("TICK_SECONDS", 15, 1, 3600, "seconds between `tick`s, for clients that ask for them"),
  failedJoinsPerMinute: rate(
    "FAILED_JOINS_PER_MINUTE",
    10,
    "wrong room codes from one address; past it joins and probes are answered one every 2 s",
  ),
  linesPerAddressMax: rate("MAX_LINES_PER_ADDRESS", 256, "connections from one address; past it 429"),
  connectsPerSecond: rate(
    "CONNECTS_PER_SECOND",
    20,
    "new connections from one address (burst five times that); past it 429",
  ),
  roomsPerAddressMax: rate("MAX_ROOMS_PER_ADDRESS", 20, "rooms opened from one address; past it `Too many rooms`"),
  hostGoneSeconds: bound(
    "HOST_GONE_SECONDS",
    120,
    1,
    86_400,
    "seconds a room with `hostGone: close` waits for its host",
  ),
  roomsMax: bound("MAX_ROOMS", 10_000, 1, 1_000_000, "rooms in all; past it `Server is full`"),
  clientsPerRoomMax: bound("MAX_CLIENTS", 100, 1, 10_000, "members a room may ask for"),
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
  liveSilenceSeconds: bound(
    "LIVE_SILENCE_SECONDS",
    60,
    0,
    86_400,
    "seconds a client of the live socket may say nothing; past it close 4104; 0: for ever",
  ),
} as const satisfies Record<string, Bound>;

export type LimitName = keyof typeof BOUNDS;

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
  stateBytesMax: 16 * KiB,
  playerBytesMax: 4 * KiB,
  urlBytesMax: 512,
  notesCharsMax: 500,
  titleCharsMax: 100,
  usernameCharsMax: 100,
  playersMax: 10_000,
  /** Unreadable frames in a row before a line is closed with 4004: nine mistakes are a bug, ten are not a client. */
  unreadableFramesMax: 10,
} as const;

/** Bounds that only the server itself meets; each says why it is that number. */
export const FIXED = {
  /** A bucket holds this many seconds of its rate: a page that wakes up sends what it has kept at once. */
  burstSeconds: 2,
  /** The same for connections: a school class opens its phones within a second. */
  connectBurstSeconds: 5,
  /** A host speaks for everyone, so its bytes are four times a member's. */
  hostBytesFactor: 4,
  /** Past this much flooding without a break a line is closed with 4101: pausing has not helped. */
  floodMsMax: 10_000,
  /** A pause that begins this soon after the last one continues the same flood. */
  floodBreakMs: 1_000,
  /** Past the soft limit the sweep closes a line within a second; this one holds until the sweep comes. */
  unsentBytesHardMax: 16 * MiB,
  /** A throttled address is answered once in this time: 30 guesses a minute at 1,048,576 codes. */
  guessEveryMs: 2_000,
  /** Throttled joins that may wait: 64 s of patience; past it `Too many attempts`. */
  guessesWaitingMax: 32,
  /** Refused joins on one line before it is closed with 4101. */
  refusedJoinsPerLineMax: 20,
  /** What a room's history may hold, counted as the characters of each body and what a kept message costs besides. */
  historyBytesMax: 256 * KiB,
  /** Measured (now `bun run bench --only kept`): 640,000 kept messages of 100 bytes took 441 bytes each. */
  historyEntryBytes: 340,
  /** Bans a room remembers; past it the oldest is forgotten, so that a host cannot fill the memory. */
  bansMax: 1_000,
  /** A seat may change hands between open lines so often in so long; then the next one waits: two pages that fight over a seat. */
  takeoversMax: 5,
  takeoverWindowMs: 10_000,
  /** Where kept seats do not count against maxClients, so many are kept for each seat there is; past it the longest away goes. */
  keptSeatsPerSeat: 4,
  /** A code rests after its room: a phone that missed the end must not land among strangers. */
  codeRestMs: 60_000,
  /** Resting codes kept at most: opening and closing rooms in a loop must fill neither memory nor the code space. */
  codesRestingMax: 65_536,
  /** Draws before `create` gives up: at a half-full space 40 misses in a row are one in 10^12. */
  codeDrawsMax: 40,
  /** Bun's own idle timer; it frees a socket whose peer never answers our close. */
  idleSeconds: 120,
  /** The length of an Origin that is kept with a room; longer ones are cut. */
  originCharsMax: 256,
  /** Largest body of an HTTP request: what a call of the API may bring. */
  httpBodyBytesMax: 64 * KiB,
  /** Beyond the longest wait of a probe, before Bun hangs up on it. */
  answerSlackSeconds: 10,
  /** So many lines come or gone since the last collection, then a second with fewer messages than this: time to tidy memory. */
  tidyAfterTurnover: 1_000,
  tidyBelowMessages: 50,
  tidyMs: 1_000,
  /** The same for what is written to the log: a room of a hundred votes in one moment. */
  sessionBurstSeconds: 10,
  /** A write to the log counts as one, and as one more for each so many characters of it: a full room's events have 20,000. */
  sessionWriteChars: 512,
  /** A night that a host runs ends when its log is as large as this: 40,000 votes. */
  sessionLogCharsMax: 16 * MiB,
  /** Games of one night: a game a minute, from evening to noon. */
  gamesPerSessionMax: 1_000,
  /** When the file of the sessions is so full, nights that hosts ran and ended are forgotten, oldest first, until it is so empty. */
  storeFullShare: 0.9,
  storeRoomyShare: 0.8,
  /** So many at a time, so that nobody waits for it. */
  forgetSessionsAtOnce: 20,
  /** Events read from the log at a time for a client that catches up: about a millisecond. Told are at most so many unread bytes. */
  catchUpEvents: 256,
  /** So often a client that catches up is looked at, and gets the next ones once it has read so far. */
  catchUpMs: 10,
  catchUpUnreadBytesMax: 64 * KiB,
  /** Sessions that one line of the live socket may hear. */
  subscriptionsPerLineMax: 256,
  /** A session's listeners are served in so many parts, one each turn, once there are more than can be served at once. */
  channelParts: 16,
  channelAtOnceMax: 64,
  /** From one round of them to the next: what comes meanwhile shares a write, and 200 votes a second take 40 % less of a core. */
  channelRoundMs: 20,
  /** Tokens refused on one line before it is closed with 4003. */
  badTokensPerLineMax: 10,
  /** How often `game.status` is told. */
  gameStatusMs: 20_000,
  /** A wrong admin key so often in a minute, and the address waits so long. */
  loginFailuresMax: 10,
  loginWindowMs: 60_000,
  loginLockMs: 600_000,
  /** The longest text that is looked at as a token: ours have 220 characters. */
  tokenCharsMax: 4 * KiB,
  /**
   * Addresses with wrong admin keys remembered at most: 41 MB, measured with nine failures each. Past it the one whose latest failure
   * is oldest is forgotten: whoever has so many addresses gains nothing by a second try from one.
   */
  loginSuspectsMax: 65_536,
  /** How long a token lives: an evening, and the day after. */
  tokenSeconds: 86_400,
  /** Rows that a page of the API has at most, and unless asked for. */
  pageRowsMax: 500,
  /** And so many characters of events: a few milliseconds' work. */
  pageCharsMax: MiB,
  pageRows: 50,
  /** A seat waits at least so long for a member whose server was restarted: as long as a snapshot is good. */
  restMs: 120_000,
  /** A snapshot of the rooms this old is of another evening. */
  snapshotAgeMsMax: 120_000,
  /** The rest between two snapshots: what a crash may cost. */
  snapshotEveryMs: 2_000,
  /** Written again after so long even if nothing has happened, or a crash would find it too old: a room may be silent for an hour. */
  snapshotRenewMs: 10_000,
  /** Rests are at least so many times as long as the work: a full server gives a twentieth of its time to them. */
  snapshotRestFactor: 20,
  /** What is written at a time: between two pieces others have their turn. */
  snapshotPieceChars: 32 * KiB,
  /** The beat of liveness, pings, ticks and drain: each beat sweeps a tenth of the lines. */
  beatMs: 100,
  beatsPerSweep: 10,
  /** The longest pause a departing server asks for: it spreads the return of everyone. */
  retryAfterMsMax: 5_000,
} as const;

/** The limits as they are without a single setting. */
export const DEFAULT_LIMITS: Limits = Object.freeze(
  Object.fromEntries(Object.entries(BOUNDS).map(([name, { value }]) => [name, value])),
) as Limits;

/**
 * What is wrong between limits that are each fine alone; empty when they fit together.
 * `codeSpace` is how many room codes there are.
 */
export function conflicts(limits: Limits, codeSpace: number): string[] {
  const found: string[] = [];
  const expect = (holds: boolean, text: string) => {
    if (!holds) found.push(text);
  };
  expect(limits.deadSeconds > limits.pingSeconds, "DEAD_SECONDS must be greater than PING_SECONDS");
  expect(
    limits.bytesPerSecond * FIXED.burstSeconds >= limits.frameBytesMax,
    "MAX_FRAME_BYTES must be at most twice BYTES_PER_SECOND, or the largest frame could never pass",
  );
  expect(
    limits.hostMessagesPerSecond >= limits.messagesPerSecond,
    "HOST_MESSAGES_PER_SECOND must be at least MESSAGES_PER_SECOND",
  );
  expect(limits.unsentBytesMax >= limits.frameBytesMax, "MAX_UNSENT_BYTES must be at least MAX_FRAME_BYTES");
  expect(
    limits.roomsMax <= codeSpace / 2,
    `MAX_ROOMS must be at most ${codeSpace / 2}, half of the codes that ROOM_CODE_LENGTH gives`,
  );
  return found;
}

function bound(env: string | null, value: number, min: number, max: number, meaning: string): Bound {
  return { env, value, min, max, meaning };
}

function rate(env: string, value: number, meaning: string): Bound {
  return { env, value, min: 1, max: 1_000_000_000, meaning, rate: true };
}
