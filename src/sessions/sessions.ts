// Game nights, as they are run: a session starts, games are added and played, votes come in, it ends. Each request is checked, written
// and told here; what happens in rooms meanwhile is the roomWatcher's. Knows rooms, but no socket and no HTTP.

import type { Clock } from "../clock.ts";
import { FIXED } from "../limits/table.ts";
import type { LobbyState, NewGame } from "../protocol/commands.ts";
import { isRefusal, type Refusal, refuse } from "../protocol/refusals.ts";
import type { Room } from "../rooms/room.ts";
import { Bindings } from "./bindings.ts";
import { Endings } from "./endings.ts";
import type { Append, EventLog } from "./eventLog.ts";
import type { EventData } from "./events.ts";
import { Lobbies } from "./lobbies.ts";
import { aboutOf, gameStateOf, Lobby } from "./lobby.ts";
import {
  absentData,
  addedData,
  gameStartedData,
  goneData,
  playerCountData,
  startedData,
  statusData,
  voteData,
} from "./payloads.ts";
import { Register } from "./register.ts";
import { type RoomOf, restore } from "./restore.ts";
import { RoomWatcher } from "./roomWatcher.ts";
import type { Ballot, Beginner, GameRow, SessionRow } from "./store/rows.ts";
import type { Store } from "./store/store.ts";

export class Sessions {
  /** Hears what goes on in the rooms. */
  readonly roomWatcher: RoomWatcher;
  readonly #bindings = new Bindings();
  readonly #lobbies: Lobbies;
  readonly #register: Register;
  readonly #endings: Endings;
  #isForgetting = false;

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly eventLog: EventLog,
  ) {
    this.#lobbies = new Lobbies(clock, eventLog);
    this.#register = new Register(store);
    this.#endings = new Endings(store, clock, eventLog, this.#lobbies, this.#bindings);
    this.roomWatcher = new RoomWatcher(store, eventLog, this.#lobbies, this.#bindings, this.#endings);
  }

  /** Takes up what an earlier process left, once the rooms that are kept are here again [S24]. */
  restore(roomOf: RoomOf): void {
    const { store, eventLog } = this;
    restore({ store, eventLog, lobbies: this.#lobbies, bindings: this.#bindings, endings: this.#endings }, roomOf);
  }

  /** The active session of a room, or null. */
  of(room: Room): number | null {
    return this.#bindings.of(room);
  }

  /** The game that votes are for: the last one added, until the next [S6]. */
  current(sessionId: number): GameRow | Refusal {
    return this.#register.current(sessionId);
  }

  /** What `game.status` would tell of the game now; to `strangers`, who must learn no room's code and no member's id, less of it [S33]. */
  status(sessionId: number, gameId: number, to: "bots" | "strangers" = "bots"): EventData<"game.status"> | Refusal {
    const game = this.#register.any(sessionId, gameId);
    if ("kind" in game) return game;
    const lobby = this.#lobbies.of(gameId);
    const status = lobby?.status() ?? statusData(game);
    return to === "bots" ? status : { ...status, roomCode: null, players: lobby?.publicPlayers ?? [] };
  }

  /** What the store answers; `not_kept` where its file has failed. */
  kept<T>(ask: () => T): T | Refusal {
    return this.eventLog.kept(ask);
  }

  /** A night that its host runs ends when its log is too large: nobody fills the disk from a room [S26]. */
  endIfFull(room: Room): void {
    this.#endings.endIfFull(room);
  }

  /** Where the file is nearly full, forgets old nights of hosts, a few at a time; answers how many [S26]. */
  makeRoom(): number {
    const forgotten = this.kept(() => {
      if (
        this.#isForgetting ? this.store.fullShare < FIXED.storeRoomyShare : this.store.fullShare < FIXED.storeFullShare
      ) {
        this.#isForgetting = false;
        return 0;
      }
      const count = this.store.forgetOldest(FIXED.forgetSessionsAtOnce);
      this.#isForgetting = count > 0;
      return count;
    });
    return isRefusal(forgotten) ? 0 : forgotten;
  }

  /** Begins a night, in a room or in none [S3]. One at a time a room. */
  start(notes: string | null, room: Room | null, begunBy: Beginner = "token"): SessionRow | Refusal {
    if (room !== null && this.of(room) !== null) return refuse("session_running");
    const createdAt = this.clock.wall();
    const begun = this.eventLog.record((append) => {
      const place = { roomCode: room?.code ?? null, roomId: room?.id ?? null };
      const id = this.store.addSession({ createdAt, notes, begunBy, ...place });
      append({ id, room }, "session.started", startedData(id, createdAt, notes));
      return { id };
    });
    if ("kind" in begun) return begun;
    if (room !== null) this.#bindings.bind(begun.id, room);
    return this.#register.session(begun.id);
  }

  /** The night is over; a running game ends with it. */
  end(sessionId: number): SessionRow | Refusal {
    const session = this.#register.active(sessionId);
    if ("kind" in session) return session;
    return this.#endings.endSession(session) ?? this.#register.session(sessionId);
  }

  /** Adds the next game; it is watched if it has a room. A running one ends [S4]. */
  addGame(sessionId: number, game: NewGame, room: Room | null): GameRow | Refusal {
    const session = this.#register.active(sessionId);
    if ("kind" in session) return session;
    if (session.gamesPlayed >= FIXED.gamesPerSessionMax) return refuse("too_many_games");
    const subject = this.#bindings.subject(sessionId);
    const before = this.store.latestGame(sessionId);
    const added = this.eventLog.record((append) => {
      this.#endings.appendRunningEnds(sessionId, append);
      const id = this.store.addGame(sessionId, game, room?.code ?? null, this.clock.wall());
      if (room !== null) this.store.watch(id, room.code, room.id);
      if (before !== null) this.store.unwatch(before.id);
      const row = this.#register.game(sessionId, id);
      const lobby = room === null ? null : new Lobby(row, room);
      append(subject, "game.added", addedData(session, row));
      if (lobby !== null) append(subject, "room.connected", lobby.connected());
      return { row, lobby };
    });
    if ("kind" in added) return added;
    this.#refresh(sessionId);
    if (before !== null) this.#lobbies.drop(before.id);
    if (added.lobby !== null) this.#lobbies.add(added.lobby);
    return added.row;
  }

  startGame(sessionId: number, gameId: number): GameRow | Refusal {
    const game = this.#register.open(sessionId, gameId);
    if ("kind" in game) return game;
    if (gameStateOf(game) !== "Lobby") return refuse("game_running");
    return this.#change(game, (append) => {
      this.store.startGame(gameId, this.clock.wall());
      const data = gameStartedData(game, this.#lobbies.of(gameId));
      append(this.#bindings.subject(sessionId), "game.started", data);
    });
  }

  endGame(sessionId: number, gameId: number): GameRow | Refusal {
    const game = this.#register.open(sessionId, gameId);
    if ("kind" in game) return game;
    if (gameStateOf(game) !== "Gameplay") return refuse("game_not_running");
    return this.#change(game, (append) => this.#endings.appendGameEnd(game, append));
  }

  /** Sets the number of players by hand [S8]. */
  setPlayerCount(sessionId: number, gameId: number, playerCount: number, status: string): GameRow | Refusal {
    const game = this.#register.open(sessionId, gameId);
    if ("kind" in game) return game;
    return this.#change(game, (append) => {
      this.store.setPlayerCount(gameId, playerCount, status);
      const data = playerCountData(game, playerCount, status);
      append(this.#bindings.subject(sessionId), "player-count.updated", data);
    });
  }

  /** A vote for the current game; a voter's second one replaces the first [S6]. */
  vote(sessionId: number, ballot: Ballot): EventData<"vote.received"> | Refusal {
    const game = this.current(sessionId);
    if ("kind" in game) return game;
    const row = { gameId: game.id, ...ballot };
    return this.eventLog.record((append) => {
      const data = voteData(game, row, this.store.putVote(row));
      append(this.#bindings.subject(sessionId), "vote.received", data);
      return data;
    });
  }

  /** The host says how far the lobby of the current game is [S13]. */
  updateLobby(sessionId: number, state: LobbyState): Lobby | Refusal {
    const game = this.current(sessionId);
    if ("kind" in game) return game;
    const lobby = this.#lobbies.of(game.id);
    if (lobby === null || !lobby.isOpen) return refuse("no_lobby");
    const told = this.#change(game, (append) => {
      this.store.sayLobby(game.id, state);
      const said = new Lobby({ ...game, lobbySaid: state }, lobby.room);
      append(this.#bindings.subject(sessionId), "lobby.updated", said.updated());
    });
    if (isRefusal(told)) return told;
    lobby.markTold();
    return lobby;
  }

  /** Watches a room for this game; null: a room that is not there, which is told [S11]. */
  watch(sessionId: number, gameId: number, room: Room | null, roomCode: string): Lobby | Refusal {
    const game = this.#register.open(sessionId, gameId);
    if ("kind" in game) return game;
    const subject = this.#bindings.subject(sessionId);
    if (room === null) {
      const data = absentData({ ...aboutOf(game), roomCode }, "room_not_found");
      const told = this.eventLog.record((append) => append(subject, "room.disconnected", data));
      return isRefusal(told) ? told : refuse("room_not_found");
    }
    const before = this.#lobbies.of(gameId);
    const lobby = this.eventLog.record((append) => {
      if (before !== null) append(subject, "room.disconnected", goneData(before, "manually_stopped"));
      this.store.watch(gameId, room.code, room.id);
      const watched = new Lobby(this.#register.game(sessionId, gameId), room);
      append(subject, "room.connected", watched.connected());
      return watched;
    });
    if (!("kind" in lobby)) this.#lobbies.add(lobby);
    return lobby;
  }

  unwatch(sessionId: number, gameId: number): GameRow | Refusal {
    const game = this.#register.open(sessionId, gameId);
    if ("kind" in game) return game;
    const lobby = this.#lobbies.of(gameId);
    if (lobby === null) return refuse("not_watched");
    const stopped = this.eventLog.record((append) => {
      this.store.unwatch(gameId);
      append(this.#bindings.subject(sessionId), "room.disconnected", goneData(lobby, "manually_stopped"));
    });
    if (isRefusal(stopped)) return stopped;
    this.#lobbies.drop(gameId);
    return game;
  }

  /** Changes a game and tells it; answers the game as it is then. */
  #change(game: GameRow, work: (append: Append) => void): GameRow | Refusal {
    const done = this.eventLog.record(work);
    if (isRefusal(done)) return done;
    this.#refresh(game.sessionId);
    return this.#register.game(game.sessionId, game.id);
  }

  /** The watched games of a session have changed in the store. */
  #refresh(sessionId: number): void {
    for (const lobby of this.#lobbies.ofSession(sessionId)) lobby.game = this.#register.game(sessionId, lobby.game.id);
  }
}
