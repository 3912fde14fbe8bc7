// Where a game is played, as its lobby reads it: a room of our own, which is asked each time, or one of another platform, of which the last view
// is kept. Decides nothing about either.
import type { LobbyState } from "../protocol/commands.ts";
import type { Room } from "../rooms/room.ts";
import type { GameState } from "./events.ts";
import { labelOf } from "./label.ts";
import type { Abroad, View, Watch } from "./ports.ts";
import type { GameRow } from "./store/rows.ts";

/** What a room itself says of its lobby, field by field; null: nothing, it follows the number of players [S13]. */
interface LobbySaid {
  readonly lobbyState: LobbyState | null;
  readonly gameCanStart: boolean | null;
  readonly gameIsStarting: boolean | null;
}

export interface Place {
  readonly code: string;
  /** The room of ours that it is; null: it is another platform's. */
  readonly room: Room | null;
  /** Whether anything has been seen of it; until then its game is one that nobody watches. */
  readonly isSeen: boolean;
  /** Whether it is seen now. */
  readonly isInSight: boolean;
  /** What its players are called; the same for strangers [S33]. */
  readonly players: readonly string[];
  readonly publicPlayers: readonly string[];
  readonly count: number;
  readonly said: LobbySaid;
  /** Players that the game needs; takes, null: nobody said; and what kind of game it is: what the game's own row says, and what the room does. */
  minPlayers(game: GameRow): number;
  maxPlayers(game: GameRow): number | null;
  appTag(game: GameRow): string | null;
  /** How the game stands there; null: the room does not know. */
  readonly gameState: GameState | null;
  /** Nobody looks at it for this game any more. */
  leave(): void;
}

const SAYS_NOTHING: LobbySaid = { lobbyState: null, gameCanStart: null, gameIsStarting: null };

/** A room of our own. */
export class OwnRoom implements Place {
  readonly isSeen = true;
  readonly isInSight = true;
  readonly said = SAYS_NOTHING;
  readonly gameState = null;

  constructor(readonly room: Room) {}

  get code(): string {
    return this.room.code;
  }

  get players(): string[] {
    return this.room.players.map((seat) => labelOf(this.room, seat));
  }

  get publicPlayers(): string[] {
    return this.room.players.map((seat) => seat.name ?? `Player ${seat.index}`);
  }

  get count(): number {
    return this.room.players.length;
  }

  minPlayers(game: GameRow): number {
    return game.minPlayers ?? 1;
  }

  maxPlayers(game: GameRow): number {
    return game.maxPlayers ?? this.room.playersMax;
  }

  appTag(game: GameRow): string | null {
    return game.appTag;
  }

  leave(): void {}
}

/** A room of another platform [E1]. */
export class RoomAbroad implements Place {
  readonly room = null;
  #view: View | null = null;
  #isInSight = false;
  /** Whether the end of an earlier round is still on the screen: it is not this game's, which waits for the next one [E10]. */
  #isOutdated = false;
  #watch: Watch | null = null;

  constructor(
    readonly abroad: Abroad,
    /** Whether an earlier process has seen it. */
    readonly isKnown = false,
  ) {}

  get code(): string {
    return this.abroad.code;
  }

  get view(): View | null {
    return this.#view;
  }

  get isSeen(): boolean {
    return this.#view !== null;
  }

  get isInSight(): boolean {
    return this.#isInSight;
  }

  get players(): string[] {
    return this.#view?.players.map(({ name }) => name) ?? [];
  }

  /** Names alone are told in any case. */
  get publicPlayers(): string[] {
    return this.players;
  }

  get count(): number {
    return this.#view?.players.length ?? 0;
  }

  get said(): LobbySaid {
    return this.#view ?? SAYS_NOTHING;
  }

  minPlayers(game: GameRow): number {
    return game.minPlayers ?? this.#view?.minPlayers ?? 1;
  }

  maxPlayers(game: GameRow): number | null {
    return this.#view?.maxPlayers ?? game.maxPlayers;
  }

  appTag(game: GameRow): string | null {
    return this.#view?.appTag ?? game.appTag;
  }

  get gameState(): GameState | null {
    return this.#isOutdated ? "Lobby" : (this.#view?.gameState ?? null);
  }

  /** Is seen so from now on. @param isRunning whether its game is played as far as we have told */
  see(view: View, isRunning: boolean): void {
    const isFirst = this.#view === null;
    this.#view = view;
    this.#isOutdated = view.gameState === "Ended" && !isRunning && (isFirst || this.#isOutdated);
  }

  /** The way to it stands, or does not. */
  show(isInSight: boolean): void {
    this.#isInSight = isInSight;
  }

  /** This is the watch that sees it. */
  enter(watch: Watch): void {
    this.#watch = watch;
  }

  leave(): void {
    this.#watch?.stop();
    this.#watch = null;
    this.#isInSight = false;
  }
}
