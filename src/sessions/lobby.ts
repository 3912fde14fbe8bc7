// The lobby of one game, watched in a live room: who plays, how far the lobby is, and how often that is told. It reads the room and
// decides nothing about it.

import type { Clock } from "../clock.ts";
import type { LobbyState } from "../protocol/commands.ts";
import type { Room } from "../rooms/room.ts";
import type { EventData, GameState } from "./events.ts";
import { labelOf } from "./label.ts";
import type { GameRow } from "./store/rows.ts";

/** From one `game.status` of a watched game to the next, in ms: part of the wire [S9]. */
const GAME_STATUS_MS = 20_000;

/** The ids and the room code that events of a game begin with. */
export interface About {
  readonly sessionId: number;
  readonly gameId: number;
  readonly roomCode: string | null;
}

export class Lobby {
  /** The state that was last told. */
  #toldState: LobbyState;
  #stopTimer: (() => void) | null = null;

  constructor(
    /** The game, as the store has it now. */
    public game: GameRow,
    readonly room: Room,
  ) {
    this.#toldState = this.state;
  }

  /** How far the lobby is: as the host set it, else by the number of players [S13]. */
  get state(): LobbyState {
    if (this.game.lobbyStateSet !== null) return this.game.lobbyStateSet;
    const count = this.count;
    if (count >= this.maxPlayers) return "Full";
    return count >= (this.game.minPlayers ?? 1) ? "CanStart" : "WaitingForMore";
  }

  get count(): number {
    return this.room.players.length;
  }

  get players(): string[] {
    return this.room.players.map((seat) => labelOf(this.room, seat));
  }

  /** The same for strangers, without clientIds: one may be the key to a seat [S33]. */
  get publicPlayers(): string[] {
    return this.room.players.map((seat) => seat.name ?? `Player ${seat.index}`);
  }

  get maxPlayers(): number {
    return this.game.maxPlayers ?? this.room.playersMax;
  }

  get isOpen(): boolean {
    return gameStateOf(this.game) === "Lobby";
  }

  /** Whether its state is not the one that was last told. */
  get hasMoved(): boolean {
    return this.state !== this.#toldState;
  }

  /** Its state has been told. */
  markTold(): void {
    this.#toldState = this.state;
  }

  /** Calls every GAME_STATUS_MS until `stopTimer`. */
  startTimer(clock: Clock, call: () => void): void {
    this.#stopTimer = clock.after(GAME_STATUS_MS, () => {
      this.startTimer(clock, call);
      call();
    });
  }

  stopTimer(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
  }

  about(): About {
    return { ...aboutOf(this.game), roomCode: this.room.code };
  }

  connected(): EventData<"room.connected"> {
    const { appTag } = this.game;
    const { maxPlayers, players, state } = this;
    const gameState = gameStateOf(this.game);
    const playerCount = players.length;
    return { ...this.about(), appTag, maxPlayers, playerCount, players, lobbyState: state, gameState };
  }

  joined(playerName: string): EventData<"lobby.player-joined"> {
    const { players, maxPlayers } = this;
    return { ...this.about(), playerName, playerCount: players.length, players, maxPlayers };
  }

  updated(): EventData<"lobby.updated"> {
    const { state, count } = this;
    const gameCanStart = state !== "WaitingForMore";
    const gameIsStarting = state === "Countdown";
    return { ...this.about(), lobbyState: state, gameCanStart, gameIsStarting, playerCount: count };
  }

  status(): EventData<"game.status"> {
    const gameStarted = this.game.startedAt !== null;
    return { ...this.connected(), gameStarted, gameFinished: this.game.endedAt !== null, monitoring: true };
  }
}

export function gameStateOf({ startedAt, endedAt }: GameRow): GameState {
  if (endedAt !== null) return "Ended";
  return startedAt === null ? "Lobby" : "Gameplay";
}

export function aboutOf({ sessionId, id, roomCode }: GameRow): About {
  return { sessionId, gameId: id, roomCode };
}
