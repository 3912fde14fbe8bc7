// Every lobby that is watched, found by its game or by its room, and the beat on which each tells how its game stands.
import type { Clock } from "../clock.ts";
import type { Room } from "../rooms/room.ts";
import type { EventLog } from "./eventLog.ts";
import type { Lobby } from "./lobby.ts";

export class Lobbies {
  readonly #byGame = new Map<number, Lobby>();
  readonly #byRoom = new Map<Room, Set<Lobby>>();
  readonly #bySession = new Map<number, Set<Lobby>>();

  constructor(
    private readonly clock: Clock,
    private readonly eventLog: EventLog,
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
    return [...(this.#bySession.get(sessionId) ?? NONE)];
  }

  /** Watches; what was watched for the same game is watched no more. */
  add(lobby: Lobby): void {
    this.drop(lobby.game.id);
    this.#byGame.set(lobby.game.id, lobby);
    enter(this.#byRoom, lobby.room, lobby);
    enter(this.#bySession, lobby.game.sessionId, lobby);
    lobby.every(this.clock, () => this.eventLog.publish(lobby.game.sessionId, "game.status", lobby.status()));
  }

  drop(gameId: number): void {
    const lobby = this.#byGame.get(gameId);
    if (lobby === undefined) return;
    lobby.stop();
    this.#byGame.delete(gameId);
    quit(this.#byRoom, lobby.room, lobby);
    quit(this.#bySession, lobby.game.sessionId, lobby);
  }
}

const NONE: readonly Lobby[] = [];

function enter<K>(index: Map<K, Set<Lobby>>, key: K, lobby: Lobby): void {
  const lobbies = index.get(key) ?? new Set();
  index.set(key, lobbies.add(lobby));
}

function quit<K>(index: Map<K, Set<Lobby>>, key: K, lobby: Lobby): void {
  const lobbies = index.get(key);
  lobbies?.delete(lobby);
  if (lobbies?.size === 0) index.delete(key);
}
