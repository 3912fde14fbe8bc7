// Every lobby that is watched, found by its game or by its room, and the beat on which each tells how its game stands.
import type { Clock } from "../rooms/ports.ts";
import type { Room } from "../rooms/room.ts";
import type { Chronicle } from "./chronicle.ts";
import type { Lobby } from "./lobby.ts";

export class Lobbies {
  readonly #byGame = new Map<number, Lobby>();
  readonly #byRoom = new Map<Room, Set<Lobby>>();

  constructor(
    private readonly clock: Clock,
    private readonly chronicle: Chronicle,
  ) {}

  /** The lobby of that game, or null while nobody watches it. */
  of(gameId: number): Lobby | null {
    return this.#byGame.get(gameId) ?? null;
  }

  /** The lobbies watched in a room: a copy, since some end while one goes through them. */
  in(room: Room): readonly Lobby[] {
    const lobbies = this.#byRoom.get(room);
    return lobbies === undefined ? NONE : [...lobbies];
  }

  /** The lobbies of a session's games. */
  ofSession(sessionId: number): readonly Lobby[] {
    return [...this.#byGame.values()].filter(({ game }) => game.sessionId === sessionId);
  }

  /** Watches; what was watched for the same game is watched no more. */
  add(lobby: Lobby): void {
    this.drop(lobby.game.id);
    this.#byGame.set(lobby.game.id, lobby);
    const inRoom = this.#byRoom.get(lobby.room) ?? new Set();
    this.#byRoom.set(lobby.room, inRoom.add(lobby));
    lobby.every(this.clock, () => this.chronicle.mention(lobby.game.sessionId, "game.status", lobby.status()));
  }

  drop(gameId: number): void {
    const lobby = this.#byGame.get(gameId);
    if (lobby === undefined) return;
    lobby.stop();
    this.#byGame.delete(gameId);
    const inRoom = this.#byRoom.get(lobby.room);
    inRoom?.delete(lobby);
    if (inRoom?.size === 0) this.#byRoom.delete(lobby.room);
  }
}

const NONE: readonly Lobby[] = [];
