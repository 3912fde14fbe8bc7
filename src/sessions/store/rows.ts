// What the store keeps, row by row, in the house's own words: the columns of the file are the store's business.
import type { LobbyState, NewGame, Vote } from "../../protocol/commands.ts";

/** Who started a session: the host of a room, or somebody with a token. */
export type Starter = "host" | "token";

/** Whose room a game is played in [E1]. */
export const PLATFORMS = ["partyline", "jackbox"] as const;
export type PlatformName = (typeof PLATFORMS)[number];

/** A session. Times are ms since 1970. */
export interface SessionRow {
  readonly id: number;
  readonly createdAt: number;
  /** null while it is active. */
  readonly endedAt: number | null;
  readonly notes: string | null;
  /** The room it is bound to, with what tells this room from a later one of the same code; null for none. */
  readonly roomCode: string | null;
  readonly roomId: string | null;
  readonly startedBy: Starter;
  /** How many games it has. */
  readonly gamesPlayed: number;
}

/** A game of a session. */
export interface GameRow extends NewGame {
  readonly id: number;
  readonly sessionId: number;
  readonly roomCode: string | null;
  /** Whose room its code is of. */
  readonly platform: PlatformName;
  /** The id of the room that is watched for it; null while none is. Of a room of another platform nothing but that it is one. */
  readonly watchedRoomId: string | null;
  readonly addedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** Set by hand; null until then. */
  readonly playerCount: number | null;
  readonly playerCountStatus: string | null;
  /** How far the lobby is, as its host set it; null while it follows the number of players [S13]. */
  readonly lobbyStateSet: LobbyState | null;
  readonly upvotes: number;
  readonly downvotes: number;
}

/** A vote as somebody casts it. */
export interface Ballot {
  /** Tells one voter from another: a member of a room, or a name in a chat. */
  readonly voter: string;
  /** What the others are told. */
  readonly username: string;
  readonly vote: Vote;
  /** When it was cast, in ms since 1970. */
  readonly votedAt: number;
}

/** A ballot as it is kept. */
export interface KeptBallot extends Ballot {
  /** When it came, by the server's clock, in ms since 1970; `votedAt` is its voter's word. */
  readonly castAt: number;
  /** How often it has replaced another one. */
  readonly changes: number;
}

/**
 * For whom something is written: a host of a room, the operator, or to bring a session to its end. Each may fill the file further than
 * the one before [S26].
 */
export type Claim = "stranger" | "operator" | "end";

/** A vote: one for each voter of a game. */
export interface VoteRow extends Ballot {
  readonly gameId: number;
}

/** The votes for a game. */
export interface Totals {
  readonly upvotes: number;
  readonly downvotes: number;
}

/** An event of the log, as it was published. */
export interface LoggedEvent {
  readonly id: number;
  readonly sessionId: number;
  readonly type: string;
  /** ISO 8601. */
  readonly timestamp: string;
  /** One JSON object as text. */
  readonly body: string;
}
