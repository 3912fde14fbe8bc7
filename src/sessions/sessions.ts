// Game nights: a session starts, games are added and played, votes come in, it ends. What is told of it is decided here, in the
// order it happens; the store keeps it, the chronicle tells it. Knows rooms, but no socket and no HTTP.
import type { Clock, Watcher } from "../rooms/ports.ts";
import type { Room } from "../rooms/room.ts";
import type { Seat } from "../rooms/seat.ts";
import { type LobbyState, type NewGame, type Refusal, refuse, type Vote } from "../vocabulary.ts";
import type { Chronicle, Note, Subject } from "./chronicle.ts";
import type { DisconnectReason, EventData } from "./events.ts";
import { Lobbies } from "./lobbies.ts";
import { aboutOf, gameStateOf, Lobby } from "./lobby.ts";
import type { GameRow, SessionRow } from "./rows.ts";
import type { Store } from "./store.ts";

/** Who votes: `voter` tells one from another, `username` is what the others are told. */
export interface Ballot {
  readonly voter: string;
  readonly username: string;
  readonly vote: Vote;
  /** When it was cast, in ms since 1970. */
  readonly votedAt: number;
}

export class Sessions implements Watcher {
  readonly #bound = new Map<Room, number>();
  readonly #rooms = new Map<number, Room>();
  readonly #lobbies: Lobbies;

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly chronicle: Chronicle,
  ) {
    this.#lobbies = new Lobbies(clock, chronicle);
  }

  /** The active session of a room, or null. */
  of(room: Room): number | null {
    return this.#bound.get(room) ?? null;
  }

  /** Whether what its members do is followed by any game. */
  isWatched(room: Room): boolean {
    return this.#lobbies.in(room).length > 0;
  }

  /** Begins a night, in a room or in none [S3]. One at a time a room. */
  start(notes: string | null, room: Room | null): SessionRow | Refusal {
    if (room !== null && this.#bound.has(room)) return refuse("session_running");
    const createdAt = this.clock.now();
    const begun = this.chronicle.record((note) => {
      const place = { roomCode: room?.code ?? null, roomId: room?.id ?? null };
      const id = this.store.addSession({ createdAt, notes, ...place });
      const created_at = new Date(createdAt).toISOString();
      note({ id, room }, "session.started", { session: { id, is_active: 1, created_at, notes } });
      return { id };
    });
    if ("kind" in begun) return begun;
    if (room !== null) this.#bind(begun.id, room);
    return this.#session(begun.id);
  }

  /** Adds the next game; it is watched if it has a room. A running one ends [S4]. */
  addGame(sessionId: number, game: NewGame, room: Room | null): GameRow | Refusal {
    const session = this.#active(sessionId);
    if ("kind" in session) return session;
    const before = this.store.latestGame(sessionId);
    const added = this.chronicle.record((note) => {
      this.#endRunning(sessionId, note);
      const id = this.store.addGame(sessionId, game, room?.code ?? null, this.clock.now());
      if (room !== null) this.store.watch(id, room.code, room.id);
      if (before !== null) this.store.unwatch(before.id);
      const row = this.#game(sessionId, id);
      const lobby = room === null ? null : new Lobby(row, room);
      note(this.#subject(sessionId), "game.added", addedData(session, row));
      if (lobby !== null) note(this.#subject(sessionId), "room.connected", lobby.connected());
      return { row, lobby };
    });
    if ("kind" in added) return added;
    this.#refresh(sessionId);
    if (before !== null) this.#lobbies.drop(before.id);
    if (added.lobby !== null) this.#lobbies.add(added.lobby);
    return added.row;
  }

  /** The host says how far the lobby of the current game is [S13]. */
  updateLobby(sessionId: number, state: LobbyState): Lobby | Refusal {
    const game = this.current(sessionId);
    if ("kind" in game) return game;
    const lobby = this.#lobbies.of(game.id);
    if (lobby === null || !lobby.isOpen) return refuse("no_lobby");
    const before = lobby.said;
    lobby.say(state);
    const told = this.chronicle.record((note) => note(this.#subject(sessionId), "lobby.updated", lobby.updated()));
    if (isRefusal(told)) {
      lobby.say(before);
      return told;
    }
    lobby.hasMoved();
    return lobby;
  }

  startGame(sessionId: number, gameId: number): GameRow | Refusal {
    const game = this.#open(sessionId, gameId);
    if ("kind" in game) return game;
    if (gameStateOf(game) !== "Lobby") return refuse("game_running");
    return this.#change(game, (note) => {
      this.store.startGame(gameId, this.clock.now());
      note(this.#subject(sessionId), "game.started", { ...this.#playing(game), maxPlayers: this.#maxPlayers(game) });
    });
  }

  endGame(sessionId: number, gameId: number): GameRow | Refusal {
    const game = this.#open(sessionId, gameId);
    if ("kind" in game) return game;
    if (gameStateOf(game) !== "Gameplay") return refuse("game_not_running");
    return this.#change(game, (note) => this.#noteEnd(game, note));
  }

  /** A vote for the current game; a voter's second one replaces the first [S6]. */
  vote(sessionId: number, ballot: Ballot): EventData<"vote.received"> | Refusal {
    const game = this.current(sessionId);
    if ("kind" in game) return game;
    const { id, title, packName } = game;
    const { voter, username, vote, votedAt } = ballot;
    return this.chronicle.record((note) => {
      const { upvotes, downvotes } = this.store.putVote({ gameId: id, voter, username, vote, votedAt });
      const data = {
        sessionId,
        game: { id, title, pack_name: packName },
        vote: { username, type: vote, timestamp: new Date(votedAt).toISOString() },
        totals: { upvotes, downvotes, popularity_score: upvotes - downvotes },
      };
      note(this.#subject(sessionId), "vote.received", data);
      return data;
    });
  }

  /** The night is over; a running game ends with it. */
  end(sessionId: number): SessionRow | Refusal {
    const session = this.#active(sessionId);
    if ("kind" in session) return session;
    return this.#endSession(session, () => {});
  }

  /** Watches a room for this game; null: a room that is not there, which is told [S11]. */
  watch(sessionId: number, gameId: number, room: Room | null, roomCode: string): Lobby | Refusal {
    const game = this.#open(sessionId, gameId);
    if ("kind" in game) return game;
    const subject = this.#subject(sessionId);
    if (room === null) {
      const about = { ...aboutOf(game), roomCode };
      const told = this.chronicle.record((note) =>
        note(subject, "room.disconnected", { ...about, reason: "room_not_found", finalPlayerCount: 0 }),
      );
      return isRefusal(told) ? told : refuse("room_not_found");
    }
    const before = this.#lobbies.of(gameId);
    const lobby = this.chronicle.record((note) => {
      if (before !== null) note(subject, "room.disconnected", goneData(before, "manually_stopped"));
      this.store.watch(gameId, room.code, room.id);
      const watched = new Lobby(this.#game(sessionId, gameId), room);
      note(subject, "room.connected", watched.connected());
      return watched;
    });
    if (!("kind" in lobby)) this.#lobbies.add(lobby);
    return lobby;
  }

  unwatch(sessionId: number, gameId: number): GameRow | Refusal {
    const game = this.#open(sessionId, gameId);
    if ("kind" in game) return game;
    const lobby = this.#lobbies.of(gameId);
    if (lobby === null) return refuse("not_watched");
    const stopped = this.chronicle.record((note) => {
      this.store.unwatch(gameId);
      note(this.#subject(sessionId), "room.disconnected", goneData(lobby, "manually_stopped"));
    });
    if (isRefusal(stopped)) return stopped;
    this.#lobbies.drop(gameId);
    return game;
  }

  /** Sets the number of players by hand [S8]. */
  setPlayerCount(sessionId: number, gameId: number, playerCount: number, status: string): GameRow | Refusal {
    const game = this.#open(sessionId, gameId);
    if ("kind" in game) return game;
    return this.#change(game, (note) => {
      this.store.setPlayerCount(gameId, playerCount, status);
      const ids = { sessionId: String(sessionId), gameId: String(gameId) };
      note(this.#subject(sessionId), "player-count.updated", { ...ids, playerCount, status });
    });
  }

  /** What `game.status` would tell of the game now. */
  status(sessionId: number, gameId: number): EventData<"game.status"> | Refusal {
    if (this.store.session(sessionId) === null) return refuse("session_not_found");
    const game = this.store.game(sessionId, gameId);
    if (game === null) return refuse("game_not_found");
    const lobby = this.#lobbies.of(gameId);
    if (lobby !== null) return lobby.status();
    const gameStarted = game.startedAt !== null;
    const gameFinished = game.endedAt !== null;
    const { appTag, maxPlayers, playerCount } = game;
    const state = { lobbyState: "WaitingForMore" as const, gameState: gameStateOf(game), gameStarted, gameFinished };
    const who = { appTag, maxPlayers, playerCount: playerCount ?? 0, players: [] };
    return { ...aboutOf(game), ...who, ...state, monitoring: false };
  }

  /** The game that votes are for: the last one added, until the next [S6]. */
  current(sessionId: number): GameRow | Refusal {
    const session = this.#active(sessionId);
    if ("kind" in session) return session;
    return this.store.latestGame(sessionId) ?? refuse("no_game");
  }

  /** A new member has sat down, and knows it. */
  joined(room: Room, seat: Seat): void {
    if (!room.plays(seat)) return;
    for (const lobby of this.#lobbies.in(room)) {
      if (!lobby.isOpen) continue;
      const subject = this.#subject(lobby.game.sessionId);
      const moved = lobby.hasMoved();
      this.chronicle.record((note) => {
        note(subject, "lobby.player-joined", lobby.joined(room.label(seat)));
        if (moved) note(subject, "lobby.updated", lobby.updated());
      });
    }
  }

  left(room: Room, seat: Seat): void {
    if (!room.plays(seat)) return;
    for (const lobby of this.#lobbies.in(room)) {
      if (!lobby.isOpen) continue;
      lobby.hasMoved();
      this.chronicle.record((note) => note(this.#subject(lobby.game.sessionId), "lobby.updated", lobby.updated()));
    }
  }

  /** What who joins has to know of the night that goes on in its room [S15]. */
  picture(room: Room): string | null {
    const sessionId = this.#bound.get(room);
    const session = sessionId === undefined ? null : this.store.session(sessionId);
    if (session === null) return null;
    const { id, notes, gamesPlayed } = session;
    const row = this.store.latestGame(id);
    const game = row === null ? null : this.#gamePicture(row);
    return JSON.stringify({ id, notes, games_played: gamesPlayed, game });
  }

  #gamePicture(row: GameRow) {
    const { id, title, packName, upvotes, downvotes } = row;
    const lobbyState = this.#lobbies.of(id)?.state ?? null;
    const totals = { upvotes, downvotes, popularity_score: upvotes - downvotes };
    return { id, title, pack_name: packName, gameState: gameStateOf(row), lobbyState, totals };
  }

  /** What goes on in a room ends with it: the games played there, and its own night [S7]. */
  ending(room: Room): void {
    const own = this.#bound.get(room);
    for (const lobby of this.#lobbies.in(room)) {
      if (lobby.game.sessionId === own) continue;
      this.chronicle.record((note) => this.#noteClosed(lobby, note));
      this.#lobbies.drop(lobby.game.id);
    }
    const session = own === undefined ? null : this.store.session(own);
    if (session === null) return;
    const lobbies = this.#lobbies.in(room);
    this.#endSession(session, (note) => {
      for (const lobby of lobbies) this.#noteClosed(lobby, note);
    });
    // Even where the disk is full: a room that is gone holds nothing.
    this.#unbind(session.id);
  }

  /**
   * Takes up what an earlier process left: nights whose room is here again go on, and nights whose room is gone end [S24].
   * @param roomOf the live room of that code and id, or null
   */
  takeUp(roomOf: (code: string, id: string) => Room | null): void {
    for (const session of this.store.activeSessions()) {
      const { id, roomCode, roomId } = session;
      const room = roomCode === null || roomId === null ? null : roomOf(roomCode, roomId);
      if (room !== null) this.#bind(id, room);
      const lost = this.#takeUpGames(id, roomOf);
      const noteLost = (note: Note) => {
        for (const game of lost) this.#noteLost(game, note);
      };
      if (room === null && roomCode !== null) this.#endSession(session, noteLost);
      else if (lost.length > 0) this.chronicle.record(noteLost);
    }
  }

  /** Watches again what was watched; answers the games whose room is gone. */
  #takeUpGames(sessionId: number, roomOf: (code: string, id: string) => Room | null): GameRow[] {
    return this.store.watchedGames(sessionId).filter((game) => {
      const { roomCode, watchedRoomId } = game;
      const room = roomCode === null || watchedRoomId === null ? null : roomOf(roomCode, watchedRoomId);
      if (room !== null) this.#lobbies.add(new Lobby(game, room));
      return room === null;
    });
  }

  #endSession(session: SessionRow, before: (note: Note) => void): SessionRow | Refusal {
    const { id } = session;
    const done = this.chronicle.record((note) => {
      before(note);
      this.#endRunning(id, note);
      this.store.endSession(id, this.clock.now());
      for (const game of this.store.watchedGames(id)) this.store.unwatch(game.id);
      note(this.#subject(id), "session.ended", { session: { id, is_active: 0, games_played: session.gamesPlayed } });
    });
    if (isRefusal(done)) return done;
    this.#unbind(id);
    return this.#session(id);
  }

  #endRunning(sessionId: number, note: Note): void {
    for (const game of this.store.runningGames(sessionId)) this.#noteEnd(game, note);
  }

  #noteEnd(game: GameRow, note: Note): void {
    this.store.endGame(game.id, this.clock.now());
    note(this.#subject(game.sessionId), "game.ended", this.#playing(game));
  }

  /** A game whose room ends. */
  #noteClosed(lobby: Lobby, note: Note): void {
    const { game } = lobby;
    if (gameStateOf(game) === "Gameplay") this.#noteEnd(game, note);
    this.store.unwatch(game.id);
    note(this.#subject(game.sessionId), "room.disconnected", goneData(lobby, "room_closed"));
  }

  /** A game whose room went with an earlier process. */
  #noteLost(game: GameRow, note: Note): void {
    if (gameStateOf(game) === "Gameplay") this.#noteEnd(game, note);
    this.store.unwatch(game.id);
    const data = { ...aboutOf(game), reason: "room_closed" as const, finalPlayerCount: 0 };
    note(this.#subject(game.sessionId), "room.disconnected", data);
  }

  /** Changes a game and tells it; answers the game as it is then. */
  #change(game: GameRow, work: (note: Note) => void): GameRow | Refusal {
    const done = this.chronicle.record(work);
    if (isRefusal(done)) return done;
    this.#refresh(game.sessionId);
    return this.#game(game.sessionId, game.id);
  }

  /** The watched games of a session have changed in the store. */
  #refresh(sessionId: number): void {
    for (const lobby of this.#lobbies.ofSession(sessionId)) lobby.game = this.#game(sessionId, lobby.game.id);
  }

  /** Who plays a game: as its room has it, or as somebody said. */
  #playing(game: GameRow): EventData<"game.ended"> {
    const players = this.#lobbies.of(game.id)?.players;
    return { ...aboutOf(game), playerCount: players?.length ?? game.playerCount ?? 0, players: players ?? [] };
  }

  #maxPlayers(game: GameRow): number | null {
    return this.#lobbies.of(game.id)?.maxPlayers ?? game.maxPlayers;
  }

  #subject(id: number): Subject {
    return { id, room: this.#rooms.get(id) ?? null };
  }

  #bind(id: number, room: Room): void {
    this.#bound.set(room, id);
    this.#rooms.set(id, room);
  }

  #unbind(id: number): void {
    for (const lobby of [...this.#lobbies.ofSession(id)]) this.#lobbies.drop(lobby.game.id);
    const room = this.#rooms.get(id);
    if (room !== undefined) this.#bound.delete(room);
    this.#rooms.delete(id);
  }

  /** A session that takes changes. */
  #active(id: number): SessionRow | Refusal {
    const session = this.store.session(id);
    if (session === null) return refuse("session_not_found");
    return session.endedAt === null ? session : refuse("session_ended");
  }

  /** A game of a session that takes changes. */
  #open(sessionId: number, gameId: number): GameRow | Refusal {
    const session = this.#active(sessionId);
    if ("kind" in session) return session;
    return this.store.game(sessionId, gameId) ?? refuse("game_not_found");
  }

  /** A session that is known to be there. */
  #session(id: number): SessionRow {
    return there(this.store.session(id), "session");
  }

  #game(sessionId: number, id: number): GameRow {
    return there(this.store.game(sessionId, id), "game");
  }
}

function addedData(session: SessionRow, row: GameRow): EventData<"game.added"> {
  return {
    session: { id: session.id, is_active: true, games_played: session.gamesPlayed + 1 },
    game: {
      id: row.id,
      title: row.title,
      pack_name: row.packName,
      min_players: row.minPlayers,
      max_players: row.maxPlayers,
      manually_added: row.manuallyAdded,
      room_code: row.roomCode,
    },
  };
}

function goneData(lobby: Lobby, reason: DisconnectReason): EventData<"room.disconnected"> {
  return { ...lobby.about(), reason, finalPlayerCount: lobby.count };
}

function isRefusal(value: unknown): value is Refusal {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "refusal";
}

function there<T>(row: T | null, what: string): T {
  if (row === null) throw new Error(`a ${what} that was just written is not there`);
  return row;
}
