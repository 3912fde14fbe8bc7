// What is kept of the sessions, in one SQLite file: sessions, games, votes and the log of what was published [S20]. Knows rows and their
// order; what they mean, and what the time is, its callers know.
import type { Database } from "bun:sqlite";
import type { LobbyState, NewGame } from "../../protocol/commands.ts";
import { closeFile, isFailure, openFile } from "./file.ts";
import type { GameRow, LoggedEvent, SessionRow, Starter, Totals, VoteRow } from "./rows.ts";
import { type GameColumns, prepare, type Statements } from "./statements.ts";

export { StoreError, StoreInUseError } from "./file.ts";

export class Store {
  readonly #statements: Statements;

  private constructor(
    private readonly db: Database,
    private readonly key: string | null,
  ) {
    this.#statements = prepare(db);
  }

  /**
   * Takes the file, or makes it; nobody else can while it is open.
   * @param path a file, or ":memory:"
   * @param bytesMax how large the file may grow; beside it lies a write-ahead log of some 4 MiB
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

  /** Forgets that many of the sessions that hosts ran and ended, oldest first, with all that belongs to them; answers how many. */
  forgetOldest(count: number): number {
    const ids = this.#statements.oldestEnded.all(count).map(({ id }) => id);
    const { forgetEvents, forgetVotes, forgetGames, forgetSession } = this.#statements;
    this.transaction(() => {
      for (const id of ids)
        for (const statement of [forgetEvents, forgetVotes, forgetGames, forgetSession]) statement.run(id);
    });
    return ids.length;
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

  addGame(sessionId: number, game: NewGame, roomCode: string | null, addedAt: number): number {
    const { title, packName, minPlayers, maxPlayers, appTag, manuallyAdded } = game;
    const described = [title, packName, minPlayers, maxPlayers, appTag, manuallyAdded] as const;
    return Number(this.#statements.addGame.run(sessionId, ...described, roomCode, addedAt).lastInsertRowid);
  }

  startGame(id: number, at: number): void {
    this.#statements.startGame.run(at, id);
  }

  endGame(id: number, at: number): void {
    this.#statements.endGame.run(at, id);
  }

  /** From now on that room is watched for the game. */
  watch(id: number, roomCode: string, roomId: string): void {
    this.#statements.watch.run(roomCode, roomId, id);
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

  /** Replaces the voter's earlier vote for that game; answers the new totals. */
  putVote(row: VoteRow): Totals {
    if (!this.db.inTransaction) return this.transaction(() => this.putVote(row));
    const { gameId, voter, username, vote, votedAt } = row;
    const before = this.#statements.vote.get(gameId, voter)?.vote ?? null;
    this.#statements.putVote.run(gameId, voter, username, vote, votedAt);
    const moved = (way: VoteRow["vote"]) => Number(vote === way) - Number(before === way);
    const totals = this.#statements.moveTotals.get(moved("up"), moved("down"), gameId);
    if (totals === null) throw new Error(`a vote for game ${gameId}, which is not there`);
    return totals;
  }

  /**
   * Writes an event down; answers its id, which only grows, never with a gap (a rolled back transaction gives its ids back) and
   * never twice, also over restarts [S23].
   */
  log(sessionId: number, type: string, timestamp: string, body: string): number {
    return Number(this.#statements.log.run(sessionId, type, timestamp, body).lastInsertRowid);
  }

  /** What was logged of a session after that id, in order: at least one if there is one, and no more once they are that long. */
  events(sessionId: number, after: number, limit: number, charsMax = Number.POSITIVE_INFINITY): LoggedEvent[] {
    const found: LoggedEvent[] = [];
    let chars = 0;
    // Not all(): of events as long as a full room's, thousands would be read to tell a few.
    for (const event of this.#statements.events.iterate(sessionId, after, limit)) {
      found.push(event);
      chars += event.body.length;
      if (chars > charsMax) break;
    }
    return found;
  }

  close(): void {
    closeFile(this.db, this.key);
  }
}

function gameOf(columns: GameColumns): GameRow;
function gameOf(columns: GameColumns | null): GameRow | null;
function gameOf(columns: GameColumns | null): GameRow | null {
  return columns && { ...columns, manuallyAdded: columns.manuallyAdded === 1 };
}
