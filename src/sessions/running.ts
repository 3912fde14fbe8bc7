// What goes on now, in memory: which session goes on in which room, and which lobbies are watched. Finds them, and has each lobby say
// its status on a timer. Reads no store, and does not know whether a session may start or end.
import type { Clock } from "../clock.ts";
import type { Room } from "../rooms/room.ts";
import type { EventLog, Subject } from "./eventLog.ts";
import type { EventData } from "./events.ts";
import type { Lobby } from "./lobby.ts";
import { statusData } from "./payloads.ts";
import type { Claim, GameRow, Starter } from "./store/rows.ts";
import type { Store } from "./store/store.ts";

/** The collaborators that all files of the sessions work with. */
export interface SessionsCore {
  readonly store: Store;
  readonly clock: Clock;
  readonly eventLog: EventLog;
  readonly running: Running;
}

export class Running {
  /** At most one session a room, and one room a session. */
  readonly #sessions = new Map<Room, number>();
  readonly #places = new Map<number, { readonly room: Room; readonly startedBy: Starter }>();
  /** The rooms in which a session goes on, or that are watched: most have neither, and every join asks. */
  readonly rooms = new Set<Room>();
  readonly #byGame = new Map<number, Lobby>();
  readonly #byRoom = new Map<Room, Set<Lobby>>();
  readonly #bySession = new Map<number, Set<Lobby>>();

  constructor(
    private readonly clock: Clock,
    private readonly eventLog: EventLog,
  ) {}

  /** The active session of a room, or null. */
  sessionOf(room: Room): number | null {
    return this.#sessions.get(room) ?? null;
  }

  /** Whom the events of a session are about. */
  subject(sessionId: number): Subject {
    return { id: sessionId, room: this.#places.get(sessionId)?.room ?? null };
  }

  /** On whose account a session's events are written: those that the hosts of their rooms began are strangers' [S26]. */
  claimOf(sessionId: number): Claim {
    return this.#places.get(sessionId)?.startedBy === "host" ? "stranger" : "operator";
  }

  /** The session goes on in that room. */
  bind(sessionId: number, room: Room, startedBy: Starter): void {
    this.#sessions.set(room, sessionId);
    this.#places.set(sessionId, { room, startedBy });
    this.rooms.add(room);
  }

  /** The session is over: it holds no room and watches none. */
  forget(sessionId: number): void {
    for (const lobby of this.lobbiesOf(sessionId)) this.unwatch(lobby.game.id);
    const room = this.#places.get(sessionId)?.room;
    this.#places.delete(sessionId);
    if (room === undefined) return;
    this.#sessions.delete(room);
    this.#release(room);
  }

  /** The lobby of that game, or null while nobody watches it. */
  lobby(gameId: number): Lobby | null {
    return this.#byGame.get(gameId) ?? null;
  }

  /** The same; null also as long as nothing has been seen of its room [E5]. */
  sight(gameId: number): Lobby | null {
    const lobby = this.lobby(gameId);
    return lobby?.place.isSeen ? lobby : null;
  }

  /** How a game stands. */
  status(game: GameRow): EventData<"game.status"> {
    return this.sight(game.id)?.status() ?? statusData(game);
  }

  /** The lobbies watched in a room: a copy, since some end while a caller goes through them. */
  lobbiesIn(room: Room): readonly Lobby[] {
    const lobbies = this.#byRoom.get(room);
    return lobbies === undefined ? NONE : [...lobbies];
  }

  /** The lobbies of a session's games: a copy too. */
  lobbiesOf(sessionId: number): readonly Lobby[] {
    return [...(this.#bySession.get(sessionId) ?? NONE)];
  }

  /** Watches; another lobby of the same game is watched no more. */
  watch(lobby: Lobby): void {
    const { game, room } = lobby;
    this.unwatch(game.id);
    this.#byGame.set(game.id, lobby);
    if (room !== null) {
      enter(this.#byRoom, room, lobby);
      this.rooms.add(room);
    }
    enter(this.#bySession, game.sessionId, lobby);
    lobby.startTimer(this.clock, () => {
      this.eventLog.publish(game.sessionId, "game.status", this.status(lobby.game));
    });
  }

  unwatch(gameId: number): void {
    const lobby = this.#byGame.get(gameId);
    if (lobby === undefined) return;
    lobby.stop();
    this.#byGame.delete(gameId);
    quit(this.#bySession, lobby.game.sessionId, lobby);
    if (lobby.room === null) return;
    quit(this.#byRoom, lobby.room, lobby);
    this.#release(lobby.room);
  }

  #release(room: Room): void {
    if (!this.#sessions.has(room) && !this.#byRoom.has(room)) this.rooms.delete(room);
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
