// The data of a session's events, made from rows and lobbies; the fields go out in the order in which they stand here. Pure: reads no
// store, tells nobody. Data of a watched room alone is made by its lobby (lobby.ts).
import type { DisconnectReason, EventData } from "./events.ts";
import { type About, aboutOf, gameStateOf, type Lobby } from "./lobby.ts";
import type { GameRow, SessionRow, Totals, VoteRow } from "./store/rows.ts";

export function startedData(id: number, createdAt: number, notes: string | null): EventData<"session.started"> {
  return { session: { id, is_active: 1, created_at: new Date(createdAt).toISOString(), notes } };
}

export function endedData({ id, gamesPlayed }: SessionRow): EventData<"session.ended"> {
  return { session: { id, is_active: 0, games_played: gamesPlayed } };
}

/** @param session as it was before the game */
export function addedData(session: SessionRow, row: GameRow): EventData<"game.added"> {
  return {
    session: { id: session.id, is_active: true, games_played: session.gamesPlayed + 1 },
    game: {
      id: row.id,
      title: row.title,
      pack_name: row.packName,
      min_players: row.minPlayers,
      max_players: row.maxPlayers,
      manually_added: row.manuallyAdded,
      room_code: row.roomCode,
    },
  };
}

/** Who plays a game: as its room has it, or as somebody set it by hand. */
export function playingData(game: GameRow, lobby: Lobby | null): EventData<"game.ended"> {
  const players = lobby?.players;
  return { ...aboutOf(game), playerCount: players?.length ?? game.playerCount ?? 0, players: players ?? [] };
}

export function gameStartedData(game: GameRow, lobby: Lobby | null): EventData<"game.started"> {
  return { ...playingData(game, lobby), maxPlayers: lobby?.maxPlayers ?? game.maxPlayers };
}

export function voteData(game: GameRow, ballot: VoteRow, totals: Totals): EventData<"vote.received"> {
  const { username, vote, votedAt } = ballot;
  return {
    sessionId: game.sessionId,
    game: { id: game.id, title: game.title, pack_name: game.packName },
    vote: { username, type: vote, timestamp: new Date(votedAt).toISOString() },
    totals: totalsData(totals),
  };
}

/** The game's room is watched no more. */
export function goneData(lobby: Lobby, reason: DisconnectReason): EventData<"room.disconnected"> {
  return { ...lobby.about(), reason, finalPlayerCount: lobby.count };
}

/** The game's room is gone, or was never there. */
export function absentData(about: About, reason: DisconnectReason): EventData<"room.disconnected"> {
  return { ...about, reason, finalPlayerCount: 0 };
}

export function playerCountData(
  { sessionId, id }: GameRow,
  playerCount: number,
  status: string,
): EventData<"player-count.updated"> {
  return { sessionId: String(sessionId), gameId: String(id), playerCount, status };
}

/** How a game stands that nobody watches. */
export function statusData(game: GameRow): EventData<"game.status"> {
  const gameStarted = game.startedAt !== null;
  const gameFinished = game.endedAt !== null;
  const { appTag, maxPlayers, playerCount } = game;
  const state = { lobbyState: "WaitingForMore" as const, gameState: gameStateOf(game), gameStarted, gameFinished };
  const who = { appTag, maxPlayers, playerCount: playerCount ?? 0, players: [] };
  return { ...aboutOf(game), ...who, ...state, monitoring: false };
}

/** What a new member has to know of the session [S15]: one JSON object as text. */
export function pictureOf(session: SessionRow, game: GameRow | null, lobby: Lobby | null): string {
  const { id, notes, gamesPlayed } = session;
  return JSON.stringify({
    id,
    notes,
    games_played: gamesPlayed,
    game: game === null ? null : gamePicture(game, lobby),
  });
}

function gamePicture(game: GameRow, lobby: Lobby | null) {
  const { id, title, packName } = game;
  const lobbyState = lobby?.state ?? null;
  return { id, title, pack_name: packName, gameState: gameStateOf(game), lobbyState, totals: totalsData(game) };
}

function totalsData({ upvotes, downvotes }: Totals): EventData<"vote.received">["totals"] {
  return { upvotes, downvotes, popularity_score: upvotes - downvotes };
}
