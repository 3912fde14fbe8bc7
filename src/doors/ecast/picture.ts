// What a room looks like to a watcher, put together from what was said of it. Pure: it knows no wire and no time.
import type { LobbyState } from "../../protocol/commands.ts";
import type { GameState } from "../../sessions/events.ts";
import type { View } from "../../sessions/ports.ts";
import { type Fields, PLAYERS_MAX, type Player, type Said, STATE_KEYS, type Welcome } from "./frames.ts";

/** What the directory says of a room besides where it is; null where it does not. */
export interface RoomFacts {
  readonly appTag: string | null;
  readonly minPlayers: number | null;
  readonly maxPlayers: number | null;
}

/** States of a lobby that theirs and ours have in common [E8]. */
const LOBBY_STATES: readonly LobbyState[] = ["WaitingForMore", "CanStart", "Countdown"];
const OVER_STATES: readonly string[] = ["PostGame", "GameOver", "Credits", "DayEnd"];

export class Picture {
  #players = new Map<number, Player>();
  readonly #states = new Map<(typeof STATE_KEYS)[number], Shown>();
  /** Since newer games begin with the lock and never open it again, neither does this. */
  #isLocked = false;
  #facts: RoomFacts = { appTag: null, minPlayers: null, maxPlayers: null };

  /** The directory says so. */
  found(facts: RoomFacts, isLocked: boolean): void {
    this.#facts = facts;
    this.#isLocked ||= isLocked;
  }

  /** The room as it is now: who is missing is gone. */
  welcome({ players, states }: Welcome): void {
    if (players !== null) this.#players = new Map(players.map((player) => [player.id, player]));
    if (states === null) return;
    this.#states.clear();
    for (const [key, value] of states) this.#states.set(key, shownOf(value));
  }

  /** Something was said of it. */
  say(said: Extract<Said, { kind: "state" | "came" | "left" | "locked" }>): void {
    switch (said.kind) {
      case "state":
        this.#states.set(said.key, shownOf(said.value));
        return;
      case "came":
        if (this.#players.has(said.player.id) || this.#players.size < PLAYERS_MAX)
          this.#players.set(said.player.id, said.player);
        return;
      case "left":
        this.#players.delete(said.id);
        return;
      case "locked":
        this.#isLocked = true;
        return;
      default:
        said satisfies never;
    }
  }

  /** Which entity the state of the game stands in; null: in none. */
  get stateKey(): (typeof STATE_KEYS)[number] | null {
    return STATE_KEYS.find((key) => this.#states.has(key)) ?? null;
  }

  view(): View {
    const { stateKey } = this;
    const { gameState, ...lobby } = (stateKey === null ? null : this.#states.get(stateKey)) ?? SHOWN_NOTHING;
    const players = [...this.#players.values()].sort((one, other) => one.id - other.id);
    return { players, ...this.#facts, ...lobby, gameState: gameState ?? (this.#isLocked ? "Gameplay" : "Lobby") };
  }
}

/** What an entity shows of the game: all that is kept of it, since it may be as large as a frame. */
interface Shown extends Pick<View, "lobbyState" | "gameCanStart" | "gameIsStarting"> {
  /** null: it does not say, and the lock does. */
  readonly gameState: GameState | null;
}

const SHOWN_NOTHING: Shown = { gameState: null, lobbyState: null, gameCanStart: null, gameIsStarting: null };

function shownOf(fields: Fields): Shown {
  return {
    gameState: gameStateOf(fields),
    lobbyState: lobbyStateOf(fields),
    gameCanStart: booleanOf(fields.gameCanStart),
    gameIsStarting: booleanOf(fields.gameIsStarting),
  };
}

function gameStateOf({ state, lobbyState, gameFinished, gameResults }: Fields): GameState | null {
  const isOver =
    gameFinished === true ||
    lobbyState === "PostGame" ||
    (typeof state === "string" && OVER_STATES.includes(state)) ||
    (gameResults !== undefined && gameResults !== null);
  if (isOver) return "Ended";
  if (typeof state !== "string") return null;
  return state.startsWith("Lobby") ? "Lobby" : "Gameplay";
}

function lobbyStateOf({ state, lobbyState }: Fields): LobbyState | null {
  const said = typeof lobbyState === "string" ? lobbyState : wordAfterLobby(state);
  return LOBBY_STATES.find((one) => one === said) ?? null;
}

/** `CanStart` of `Lobby_CanStart`. */
function wordAfterLobby(state: unknown): string | null {
  return typeof state === "string" && state.startsWith("Lobby_") ? state.slice("Lobby_".length) : null;
}

function booleanOf(value: unknown): boolean | null {
  return typeof value === "boolean" ? value : null;
}

/** Whether two lists name the same, in the same order. */
export function areSamePlayers(one: View["players"], other: View["players"]): boolean {
  return (
    one.length === other.length && one.every(({ id, name }, at) => id === other[at]?.id && name === other[at]?.name)
  );
}

/** Whether two views of a room show the same. */
export function isSame({ players, ...one }: View, { players: others, ...other }: View): boolean {
  return (
    areSamePlayers(players, others) &&
    (Object.keys(one) as (keyof typeof one)[]).every((name) => one[name] === other[name])
  );
}
