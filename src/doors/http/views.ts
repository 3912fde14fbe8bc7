// What the API shows of a row, as zod schemas and the functions that fill them: the names that pickers in use read, times as ISO 8601.
import { z } from "zod";
import { gameStateOf } from "../../sessions/lobby.ts";
import { type GameRow, type LoggedEvent, PLATFORMS, type SessionRow } from "../../sessions/store/rows.ts";
import { bodyWithoutCodes } from "../../sessions/withoutCodes.ts";

const time = z.iso.datetime({ precision: 3 });
const roomCode = z.string().nullable().describe("Told to holders of a token; to others null.");

export const SessionView = z
  .strictObject({
    id: z.int(),
    is_active: z.union([z.literal(0), z.literal(1)]),
    created_at: time,
    ended_at: time.nullable(),
    notes: z.string().nullable(),
    games_played: z.int(),
    room_code: roomCode,
  })
  .describe("A session.");

export const GameView = z
  .strictObject({
    id: z.int(),
    session_id: z.int(),
    title: z.string(),
    pack_name: z.string().nullable(),
    min_players: z.int().nullable(),
    max_players: z.int().nullable(),
    app_tag: z.string().nullable(),
    manually_added: z.boolean(),
    room_code: roomCode,
    platform: z.enum(PLATFORMS).describe("Whose room the code is of."),
    state: z.enum(["Lobby", "Gameplay", "Ended"]),
    added_at: time,
    started_at: time.nullable(),
    ended_at: time.nullable(),
    player_count: z.int().nullable().describe("Set by hand; null until then."),
    player_count_status: z.string().nullable(),
    upvotes: z.int(),
    downvotes: z.int(),
    popularity_score: z.int().describe("upvotes − downvotes"),
  })
  .describe("A game of a session.");

export const VotesView = z
  .strictObject({
    session_id: z.int(),
    votes: z.array(
      z.strictObject({
        game_id: z.int(),
        title: z.string(),
        pack_name: z.string().nullable(),
        upvotes: z.int(),
        downvotes: z.int(),
        popularity_score: z.int(),
      }),
    ),
  })
  .describe("The totals of each game.");

export const LoggedView = z
  .strictObject({
    id: z.int(),
    type: z.string(),
    timestamp: time,
    data: z.record(z.string(), z.unknown()),
  })
  .describe("An event as it was told.");

/** @param isTrusted whether who asks may know the codes of rooms that are played in now */
export function sessionView(row: SessionRow, isTrusted: boolean): z.infer<typeof SessionView> {
  return {
    id: row.id,
    is_active: row.endedAt === null ? 1 : 0,
    created_at: iso(row.createdAt),
    ended_at: isoOrNull(row.endedAt),
    notes: row.notes,
    games_played: row.gamesPlayed,
    room_code: isTrusted ? row.roomCode : null,
  };
}

export function gameView(row: GameRow, isTrusted: boolean): z.infer<typeof GameView> {
  return {
    id: row.id,
    session_id: row.sessionId,
    title: row.title,
    pack_name: row.packName,
    min_players: row.minPlayers,
    max_players: row.maxPlayers,
    app_tag: row.appTag,
    manually_added: row.manuallyAdded,
    room_code: isTrusted ? row.roomCode : null,
    platform: row.platform,
    state: gameStateOf(row),
    added_at: iso(row.addedAt),
    started_at: isoOrNull(row.startedAt),
    ended_at: isoOrNull(row.endedAt),
    player_count: row.playerCount,
    player_count_status: row.playerCountStatus,
    upvotes: row.upvotes,
    downvotes: row.downvotes,
    popularity_score: row.upvotes - row.downvotes,
  };
}

export function votesView(sessionId: number, games: readonly GameRow[]): z.infer<typeof VotesView> {
  const votes = games.map(({ id, title, packName, upvotes, downvotes }) => {
    return { game_id: id, title, pack_name: packName, upvotes, downvotes, popularity_score: upvotes - downvotes };
  });
  return { session_id: sessionId, votes };
}

/** @param codes whether who asks may know the codes of rooms */
export function loggedView({ id, type, timestamp, body }: LoggedEvent, codes: boolean): z.infer<typeof LoggedView> {
  return { id, type, timestamp, data: JSON.parse(codes ? body : bodyWithoutCodes(body)) };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : iso(ms);
}
