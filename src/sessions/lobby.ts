// The lobby of one game, watched in a room: who plays, how far the lobby is, and how often that is told. It reads the place that the game is
// played in and decides nothing about it.

import type { Clock } from "../clock.ts";
import type { LobbyState } from "../protocol/commands.ts";
import type { Room } from "../rooms/room.ts";
import type { EventData, GameState } from "./events.ts";
import type { Place } from "./place.ts";
import type { GameRow } from "./store/rows.ts";

/** From one `game.status` of a watched game to the next, in ms: part of the wire [S9]. */
const GAME_STATUS_MS = 20_000;

/** The ids and the room code that events of a game begin with. */
export interface About {
  readonly sessionId: number;
  readonly gameId: number;
  readonly roomCode: string | null;
}

/** What `lobby.updated` says of a lobby. */
interface Standing {
  readonly lobbyState: LobbyState;
  readonly gameCanStart: boolean;
  readonly gameIsStarting: boolean;
}

export class Lobby {
  /** What was last told. */
  #told: Standing;
  #stopTimer: (() => void) | null = null;

  constructor(
    /** The game, as the store has it now. */
    public game: GameRow,
    readonly place: Place,
  ) {
    this.#told = this.#standing;
  }

  /** The room of ours that it is watched in, or null. */
  get room(): Room | null {
    return this.place.room;
  }

  /** How far the lobby is: as the host set it, else as the room says, else by the number of players [S13][E8]. */
  get state(): LobbyState {
    if (this.game.lobbyStateSet !== null) return this.game.lobbyStateSet;
    const { lobbyState, gameCanStart, gameIsStarting } = this.place.said;
    if (lobbyState !== null) return lobbyState;
    if (gameIsStarting === true) return "Countdown";
    if (gameCanStart === true) return "CanStart";
    const { count, maxPlayers } = this;
    if (maxPlayers !== null && count >= maxPlayers) return "Full";
    return count >= this.place.minPlayers(this.game) ? "CanStart" : "WaitingForMore";
  }

  get count(): number {
    return this.place.count;
  }

  get players(): string[] {
    return [...this.place.players];
  }

  /** The same for strangers, without clientIds: one may be the key to a seat [S33]. */
  get publicPlayers(): string[] {
    return [...this.place.publicPlayers];
  }

  /** null: nobody said. */
  get maxPlayers(): number | null {
    return this.place.maxPlayers(this.game);
  }

  get isOpen(): boolean {
    return gameStateOf(this.game) === "Lobby";
  }

  /** Whether it stands otherwise than was last told. */
  get hasMoved(): boolean {
    const now = this.#standing;
    const { lobbyState, gameCanStart, gameIsStarting } = this.#told;
    return now.lobbyState !== lobbyState || now.gameCanStart !== gameCanStart || now.gameIsStarting !== gameIsStarting;
  }

  get #standing(): Standing {
    const lobbyState = this.state;
    const said = this.game.lobbyStateSet === null ? this.place.said : null;
    return {
      lobbyState,
      gameCanStart: said?.gameCanStart ?? lobbyState !== "WaitingForMore",
      gameIsStarting: said?.gameIsStarting ?? lobbyState === "Countdown",
    };
  }

  /** How it stands has been told. */
  markTold(): void {
    this.#told = this.#standing;
  }

  /** Calls every GAME_STATUS_MS until `stop`. */
  startTimer(clock: Clock, call: () => void): void {
    this.#stopTimer = clock.after(GAME_STATUS_MS, () => {
      this.startTimer(clock, call);
      call();
    });
  }

  /** It is watched no more. */
  stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
    this.place.leave();
  }

  about(): About {
    return { ...aboutOf(this.game), roomCode: this.place.code };
  }

  connected(): EventData<"room.connected"> {
    const { maxPlayers, players, state } = this;
    const kept = gameStateOf(this.game);
    // What the room shows comes before what we have told of it, until the game is over for us.
    const gameState = kept === "Lobby" ? (this.place.gameState ?? kept) : kept;
    const appTag = this.place.appTag(this.game);
    const playerCount = players.length;
    return { ...this.about(), appTag, maxPlayers, playerCount, players, lobbyState: state, gameState };
  }

  /** @param players who was there then, the one that came among them */
  joined(playerName: string, players = this.players): EventData<"lobby.player-joined"> {
    return { ...this.about(), playerName, playerCount: players.length, players, maxPlayers: this.maxPlayers };
  }

  updated(): EventData<"lobby.updated"> {
    return { ...this.about(), ...this.#standing, playerCount: this.count };
  }

  status(): EventData<"game.status"> {
    const gameStarted = this.game.startedAt !== null;
    const gameFinished = this.game.endedAt !== null;
    const gameState = gameStateOf(this.game);
    return { ...this.connected(), gameState, gameStarted, gameFinished, monitoring: this.place.isInSight };
  }
}

export function gameStateOf({ startedAt, endedAt }: GameRow): GameState {
  if (endedAt !== null) return "Ended";
  return startedAt === null ? "Lobby" : "Gameplay";
}

export function aboutOf({ sessionId, id, roomCode }: GameRow): About {
  return { sessionId, gameId: id, roomCode };
}
