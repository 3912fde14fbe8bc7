// The twelve events of a session as one zod union: the types, the published docs and the tests' check come from here. Which
// fields are numbers, texts or booleans differs between events because the bots in use read them so [S2].
import { z } from "zod";
import { LOBBY_STATES } from "../protocol/commands.ts";

/** How a running game stands. */
const GAME_STATES = ["Lobby", "Gameplay", "Ended"] as const;
export type GameState = (typeof GAME_STATES)[number];

/** Why a game's room is watched no more. */
const DISCONNECT_REASONS = [
  "room_closed",
  "room_not_found",
  "connection_failed",
  "role_rejected",
  "manually_stopped",
] as const;
export type DisconnectReason = (typeof DISCONNECT_REASONS)[number];

const sessionId = z.int().describe("The session.");
const gameId = z.int().describe("The game.");
const title = z.string();
const packName = z.string().nullable();
const roomCode = z.string().nullable().describe("The room it is played in; null when it has none.");
const appTag = z.string().nullable();
const players = z.array(z.string()).describe("Names of the players.");
const playerCount = z.int().min(0);
const maxPlayers = z.int().nullable().describe("Players it takes; null when nobody said.");
const lobbyState = z.enum(LOBBY_STATES);
const gameState = z.enum(GAME_STATES);
const about = { sessionId, gameId, roomCode };
const time = z.iso.datetime({ precision: 3 }).describe("ISO 8601, UTC, with milliseconds.");

function event<T extends string, S extends z.ZodRawShape>(type: T, data: S, meaning: string) {
  return z.strictObject({ type: z.literal(type), timestamp: time, data: z.strictObject(data) }).describe(meaning);
}

/** Each event by its type, as the members of the room get it. On the live socket and in the log it has an `id` besides. */
export const EVENTS = {
  "session.started": event(
    "session.started",
    {
      session: z.strictObject({
        id: sessionId,
        is_active: z.literal(1),
        created_at: time,
        notes: z.string().nullable(),
      }),
    },
    "A session begins. Told to every authenticated client of the live socket, if it was begun with a token.",
  ),
  "game.added": event(
    "game.added",
    {
      session: z.strictObject({ id: sessionId, is_active: z.literal(true), games_played: z.int().min(1) }),
      game: z.strictObject({
        id: gameId,
        title,
        pack_name: packName,
        min_players: z.int().nullable(),
        max_players: z.int().nullable(),
        manually_added: z.boolean(),
        room_code: roomCode,
      }),
    },
    "The next game of the session.",
  ),
  "room.connected": event(
    "room.connected",
    { ...about, appTag, maxPlayers, playerCount, players, lobbyState, gameState },
    "The game's room is watched from now on; who is there already.",
  ),
  "lobby.player-joined": event(
    "lobby.player-joined",
    { ...about, playerName: z.string(), playerCount, players, maxPlayers },
    "A player came while the lobby was open.",
  ),
  "lobby.updated": event(
    "lobby.updated",
    { ...about, lobbyState, gameCanStart: z.boolean(), gameIsStarting: z.boolean(), playerCount },
    "The lobby's state changed, or a player left it.",
  ),
  "game.started": event("game.started", { ...about, playerCount, players, maxPlayers }, "The game is played."),
  "game.ended": event("game.ended", { ...about, playerCount, players }, "The game is over."),
  "room.disconnected": event(
    "room.disconnected",
    { ...about, reason: z.enum(DISCONNECT_REASONS), finalPlayerCount: playerCount },
    "The game's room is watched no more, or could not be.",
  ),
  "game.status": event(
    "game.status",
    {
      ...about,
      appTag,
      maxPlayers,
      playerCount,
      players,
      lobbyState,
      gameState,
      gameStarted: z.boolean(),
      gameFinished: z.boolean(),
      monitoring: z.boolean().describe("Whether a room is watched for it."),
    },
    "Every 20 s while a game's room is watched, on the live socket alone; not logged.",
  ),
  "player-count.updated": event(
    "player-count.updated",
    {
      sessionId: z.string().describe("The session's id, as text."),
      gameId: z.string().describe("The game's id, as text."),
      playerCount,
      status: z.string(),
    },
    "Somebody set the number of players by hand.",
  ),
  "vote.received": event(
    "vote.received",
    {
      sessionId,
      game: z.strictObject({ id: gameId, title, pack_name: packName }),
      vote: z.strictObject({ username: z.string(), type: z.enum(["up", "down"]), timestamp: time }),
      totals: z.strictObject({ upvotes: z.int().min(0), downvotes: z.int().min(0), popularity_score: z.int() }),
    },
    "A vote for the current game.",
  ),
  "session.ended": event(
    "session.ended",
    { session: z.strictObject({ id: sessionId, is_active: z.literal(0), games_played: z.int().min(0) }) },
    "The session is over.",
  ),
} as const;

/** How a session stands, for a new member of its room [S15]. */
export const SessionPicture = z.strictObject({
  id: sessionId,
  notes: z.string().nullable(),
  games_played: z.int().min(0),
  game: z
    .strictObject({
      id: gameId,
      title,
      pack_name: packName,
      gameState,
      lobbyState: lobbyState.nullable(),
      totals: z.strictObject({ upvotes: z.int().min(0), downvotes: z.int().min(0), popularity_score: z.int() }),
    })
    .nullable()
    .describe("The one that votes are for; null before the first."),
});

export type EventType = keyof typeof EVENTS;

/** What an event of that type is about. */
export type EventData<T extends EventType> = z.infer<(typeof EVENTS)[T]>["data"];

/** Any event. */
export const AnyEvent = z.discriminatedUnion("type", [
  EVENTS["session.started"],
  EVENTS["game.added"],
  EVENTS["room.connected"],
  EVENTS["lobby.player-joined"],
  EVENTS["lobby.updated"],
  EVENTS["game.started"],
  EVENTS["game.ended"],
  EVENTS["room.disconnected"],
  EVENTS["game.status"],
  EVENTS["player-count.updated"],
  EVENTS["vote.received"],
  EVENTS["session.ended"],
]);
