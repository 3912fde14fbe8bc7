// What is kept of the sessions, in one SQLite file: sessions, games, votes and the log of what was published [S20]. Knows rows and their
// order; what they mean, and what the time is, its callers know.
import type { Database } from "bun:sqlite";
import type { LobbyState, NewGame } from "../../protocol/commands.ts";
import { closeFile, isFailure, openFile } from "./file.ts";
import { forgetParts } from "./forgetting.ts";
import { LogFile } from "./logFile.ts";
import { Outward } from "./outward.ts";
import type {
  Claim,
  GameRow,
  KeptBallot,
  LoggedEvent,
  PlatformName,
  SessionRow,
  Starter,
  Totals,
  VoteRow,
} from "./rows.ts";
import { type GameColumns, prepare, type Statements } from "./statements.ts";
import { WebhookTable } from "./webhookTable.ts";

export { lockFile, StoreError, StoreInUseError } from "./file.ts";

/** Hosts' sessions may fill the file so far: the last quarter is the operator's alone [S26]. */
const STRANGERS_SHARE = 0.75;
/**
 * What nothing but the ends of sessions may take: a 64th of the file, so that thousands of ends can be written; at least 64 KiB and at most
 * 4 MiB of pages of 4 KiB.
 */
const RESERVE_SHARE = 1 / 64;
const RESERVE_PAGES_MIN = 16;
const RESERVE_PAGES_MAX = 1024;

export class Store {
  readonly #statements: Statements;
  readonly #operatorShare: number;
  /** null: it is kept in memory alone. */
  readonly #logFile: LogFile | null;
  /** Whether anything was written since the log was last put on the disk. */
  #isAhead = false;
  /** What leaves the house. */
  readonly outward: Outward;
  readonly webhooks: WebhookTable;

  private constructor(
    private readonly db: Database,
    private readonly key: string | null,
  ) {
    this.#statements = prepare(db);
    this.outward = new Outward(db);
    this.webhooks = new WebhookTable(db);
    this.#logFile = key === null ? null : new LogFile(`${key}-wal`);
    const pages = this.#statements.pages.get()?.most ?? 1;
    const reserve = Math.min(RESERVE_PAGES_MAX, Math.max(RESERVE_PAGES_MIN, pages * RESERVE_SHARE));
    this.#operatorShare = 1 - reserve / pages;
  }

  /**
   * Takes the file, or makes it; nobody else can while it is open.
   * @param path a file, or ":memory:"
   * @param bytesMax how large the file may grow; beside it lies a write-ahead log of some 16 MiB
   * @throws StoreError, and then the file is as it was
   */
  static open(path: string, bytesMax: number): Store {
    return openFile(path, bytesMax, (db, key) => new Store(db, key));
  }

  /** Whether an error means that nothing could be written (disk full, I/O, read-only, page limit), rather than a bug. */
  static isFailure(error: unknown): boolean {
    return isFailure(error);
  }

  /** Does all of it or, when `work` throws, nothing; throws what it threw. */
  transaction<T>(work: () => T): T {
    const { begin, commit, rollback } = this.#statements;
    begin.run();
    try {
      const result = work();
      commit.run();
      this.#isAhead = true;
      return result;
    } catch (error) {
      // A full disk has ended the transaction already.
      if (this.db.inTransaction) rollback.run();
      throw error;
    }
  }

  addSession(row: Pick<SessionRow, "createdAt" | "notes" | "roomCode" | "roomId" | "startedBy">): number {
    const { createdAt, notes, roomCode, roomId, startedBy } = row;
    return Number(this.#statements.addSession.run(createdAt, notes, roomCode, roomId, startedBy).lastInsertRowid);
  }

  /** How much of what the file may hold it holds, 0 to 1. */
  get fullShare(): number {
    const { used = 0, most = 1 } = this.#statements.pages.get() ?? {};
    return used / most;
  }

  /** How full the file may be, 0 to 1, for something to be written on that account [S26]. */
  fillableShare(claim: Claim): number {
    return claim === "stranger" ? STRANGERS_SHARE : claim === "operator" ? this.#operatorShare : 1;
  }

  /**
   * Forgets a part of the oldest of the sessions that hosts began and that have ended: at most so many rows and about so many bytes of
   * its log. Nobody reads it from then on. Answers whether that was the rest of it.
   */
  forgetSome(rowsMax: number, bytesMax: number): "nothing" | "part" | "whole" {
    const { toForget, markForgotten, forgetSession } = this.#statements;
    const begun = toForget.get(1);
    const next = begun ?? toForget.get(0);
    if (next === null) return "nothing";
    return this.transaction(() => {
      if (begun === null) markForgotten.run(next.id);
      if (forgetParts(this.#statements, next.id, rowsMax, bytesMax) <= 0) return "part";
      forgetSession.run(next.id);
      return "whole";
    });
  }

  endSession(id: number, endedAt: number): void {
    this.#statements.endSession.run(endedAt, id);
  }

  session(id: number): SessionRow | null {
    return this.#statements.session.get(id);
  }

  /** Those begun so, newest first; `before`: only ids below it. */
  sessions(before: number | null, limit: number, startedBy: Starter = "token"): SessionRow[] {
    return this.#statements.sessions.all(startedBy, before ?? Number.MAX_SAFE_INTEGER, limit);
  }

  /** All that are active, oldest first. */
  activeSessions(): SessionRow[] {
    return this.#statements.activeSessions.all();
  }

  /** The newest that is active of those begun so. */
  newestActive(startedBy: Starter = "token"): SessionRow | null {
    return this.#statements.newestActive.get(startedBy);
  }

  /** Those without a room that are active and were told nothing after that moment, so many of them. */
  idle(before: number, limit: number): SessionRow[] {
    return this.#statements.idle.all(before, limit);
  }

  /** Of those that hosts began the active one that was told nothing for longest, if that is since before that moment. */
  untouched(before: number): SessionRow | null {
    return this.#statements.untouched.get(before);
  }

  /** Characters of a session's log. */
  logChars(id: number): number {
    return this.#statements.logChars.get(id)?.chars ?? 0;
  }

  addGame(sessionId: number, game: NewGame, roomCode: string | null, addedAt: number): number {
    const { title, packName, minPlayers, maxPlayers, appTag, manuallyAdded } = game;
    const described = [title, packName, minPlayers, maxPlayers, appTag, manuallyAdded] as const;
    if (!this.db.inTransaction) return this.transaction(() => this.addGame(sessionId, game, roomCode, addedAt));
    const { addGame, countGame } = this.#statements;
    const { lastInsertRowid } = addGame.run(sessionId, ...described, roomCode, addedAt);
    countGame.run(sessionId);
    return Number(lastInsertRowid);
  }

  startGame(id: number, at: number): void {
    this.#statements.startGame.run(at, id);
  }

  endGame(id: number, at: number): void {
    this.#statements.endGame.run(at, id);
  }

  /** From now on that room is watched for the game. */
  watch(id: number, roomCode: string, roomId: string, platform: PlatformName = "partyline"): void {
    this.#statements.watch.run(roomCode, roomId, platform, id);
  }

  /** No room is watched for it any more; the code of the last one stays. */
  unwatch(id: number): void {
    this.#statements.unwatch.run(id);
  }

  setPlayerCount(id: number, count: number, status: string): void {
    this.#statements.setPlayerCount.run(count, status, id);
  }

  game(sessionId: number, id: number): GameRow | null {
    return gameOf(this.#statements.game.get(id, sessionId));
  }

  /** In the order they were added; `after`: only ids above it. */
  games(sessionId: number, after: number | null, limit: number): GameRow[] {
    return this.#statements.games.all(sessionId, after ?? 0, limit).map((row) => gameOf(row));
  }

  latestGame(sessionId: number): GameRow | null {
    return gameOf(this.#statements.latestGame.get(sessionId));
  }

  /** The host sets how far the lobby of its game is. */
  setLobbyState(id: number, state: LobbyState): void {
    this.#statements.setLobbyState.run(state, id);
  }

  /** The games of a session that are being played, in the order they were added. */
  runningGames(sessionId: number): GameRow[] {
    return this.#statements.runningGames.all(sessionId).map((row) => gameOf(row));
  }

  /** The games of a session that a room is watched for, in the order they were added. */
  watchedGames(sessionId: number): GameRow[] {
    return this.#statements.watchedGames.all(sessionId).map((row) => gameOf(row));
  }

  /** The voter's vote for that game, or null. */
  vote(gameId: number, voter: string): KeptBallot | null {
    return this.#statements.vote.get(gameId, voter);
  }

  /** Replaces the voter's earlier vote for that game; answers the new totals. @param castAt when it came, in ms since 1970 */
  putVote(row: VoteRow, castAt = row.votedAt): Totals {
    if (!this.db.inTransaction) return this.transaction(() => this.putVote(row, castAt));
    const { gameId, voter, username, vote, votedAt } = row;
    const before = this.vote(gameId, voter)?.vote ?? null;
    this.#statements.putVote.run(gameId, voter, username, vote, votedAt, castAt);
    const moved = (way: VoteRow["vote"]) => Number(vote === way) - Number(before === way);
    const totals = this.#statements.moveTotals.get(moved("up"), moved("down"), gameId);
    if (totals === null) throw new Error(`a vote for game ${gameId}, which is not there`);
    return totals;
  }

  /** Characters of a session's log that a voter's votes have taken. */
  share(sessionId: number, voter: string): number {
    return this.#statements.share.get(sessionId, voter)?.chars ?? 0;
  }

  addToShare(sessionId: number, voter: string, chars: number): void {
    this.#statements.addToShare.run(sessionId, voter, chars);
  }

  /**
   * Writes an event down; answers its id, which only grows, never with a gap (a rolled back transaction gives its ids back) and
   * never twice, also over restarts [S23].
   */
  log(sessionId: number, type: string, timestamp: string, body: string): number {
    const { lastInsertRowid } = this.#statements.log.run(sessionId, type, timestamp, body);
    this.#statements.grow.run(body.length, Date.parse(timestamp), sessionId);
    return Number(lastInsertRowid);
  }

  /** The events of a session after that id, in order: `limit` at most, and none behind the one that goes past `charsMax`. */
  events(sessionId: number, after: number, limit: number, charsMax = Number.POSITIVE_INFINITY): LoggedEvent[] {
    const found: LoggedEvent[] = [];
    let chars = 0;
    // iterate() and not all(): events of a full room are long, and thousands would be read to tell a few.
    for (const event of this.#statements.events.iterate(sessionId, after, limit)) {
      found.push(event);
      chars += event.body.length;
      if (chars > charsMax) break;
    }
    return found;
  }

  /** Has a thread put on the disk what was written since the last time. The loop waits for nothing, and what fails is found by SQLite. */
  sync(): void {
    if (this.#isAhead) this.#isAhead = this.#logFile?.sync() === false;
  }

  close(): void {
    this.#logFile?.close();
    closeFile(this.db, this.key);
  }
}

function gameOf(columns: GameColumns): GameRow;
function gameOf(columns: GameColumns | null): GameRow | null;
function gameOf(columns: GameColumns | null): GameRow | null {
  return columns && { ...columns, manuallyAdded: columns.manuallyAdded === 1 };
}
