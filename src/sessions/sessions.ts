// Sessions as they are run: one starts, games are added and played, votes come in, it ends. Each request is checked, written and told
// here; what happens in rooms meanwhile is the roomWatcher's. Knows rooms, but no socket and no HTTP.
import type { LobbyState, NewGame } from "../protocol/commands.ts";
import { isRefusal, type Refusal, refuse } from "../protocol/refusals.ts";
import type { Room } from "../rooms/room.ts";
import { AbroadWatcher } from "./abroadWatcher.ts";
import { Endings } from "./endings.ts";
import type { Append } from "./eventLog.ts";
import type { EventData } from "./events.ts";
import { findActive, findCurrentGame, findGame, findOpenGame } from "./find.ts";
import { Gathering } from "./gathering.ts";
import { gameStateOf, Lobby } from "./lobby.ts";
import { MemberShare } from "./memberShare.ts";
import { addedData, gameStartedData, playerCountData, startedData } from "./payloads.ts";
import type { OtherPlatform, Platforms } from "./ports.ts";
import { Pruner } from "./pruner.ts";
import { type RoomOf, restore } from "./restore.ts";
import { RoomWatcher } from "./roomWatcher.ts";
import { Running, type SessionsCore } from "./running.ts";
import type { Ballot, GameRow, SessionRow, Starter } from "./store/rows.ts";
import { type Polled, Votes } from "./votes.ts";
import { Watching, type Where } from "./watching.ts";

/** Games of one session: a game a minute, from evening to noon [S26]. */
export const GAMES_PER_SESSION_MAX = 1_000;
/** Sessions ended at a time for being idle: a few, so that no request waits for the work. */
const IDLE_AT_ONCE = 20;

interface Options {
  readonly gamesPerSessionMax?: number;
  readonly logCharsMax?: number;
  readonly voterLogCharsMax?: number;
  readonly membersLogCharsMax?: number;
  /** How long a session without a room goes on of which nothing is told, in ms; Infinity: for ever [S37]. */
  readonly idleMs?: number;
  /** Hears how many sessions were forgotten to make room. */
  readonly onForgotten?: (count: number) => void;
  /** The platforms whose rooms are watched; none unless said [E1]. */
  readonly platforms?: Platforms;
}

export class Sessions {
  /** Hears what goes on in the rooms. */
  readonly roomWatcher: RoomWatcher;
  readonly #core: SessionsCore;
  readonly #endings: Endings;
  readonly #gamesMax: number;
  readonly #idleMs: number;
  readonly #votes: Votes;
  readonly #gathering: Gathering<EventData<"vote.received"> | Refusal>;
  readonly #pruner: Pruner;
  readonly #platforms: Platforms;
  readonly #abroad: AbroadWatcher;
  readonly #watching: Watching;

  /** How many were begun since the start. */
  opened = 0;

  constructor(deps: Omit<SessionsCore, "running">, options: Options = {}) {
    const { store, clock, eventLog } = deps;
    this.#core = { store, clock, eventLog, running: new Running(clock, eventLog) };
    this.#endings = new Endings(this.#core, options.logCharsMax);
    this.#gamesMax = options.gamesPerSessionMax ?? GAMES_PER_SESSION_MAX;
    this.#idleMs = options.idleMs ?? Number.POSITIVE_INFINITY;
    const memberShare = new MemberShare(store, options.membersLogCharsMax);
    this.#votes = new Votes(this.#core, memberShare, options.voterLogCharsMax);
    this.#gathering = new Gathering(eventLog, clock);
    this.#pruner = new Pruner(this.#core, this.#endings, options.onForgotten);
    eventLog.onStrangers = (share) => this.#pruner.wake(share);
    this.roomWatcher = new RoomWatcher(this.#core, this.#endings, memberShare);
    this.#platforms = options.platforms ?? {};
    this.#abroad = new AbroadWatcher(this.#core, this.#endings, memberShare, this.#platforms);
    this.#watching = new Watching(this.#core, this.#abroad);
  }

  /** Goes on with what an earlier process left, once its rooms are restored [S24]. */
  restore(roomOf: RoomOf): void {
    restore(this.#core, this.#endings, this.#abroad, roomOf);
  }

  /** The active session of a room, or null. */
  of(room: Room): number | null {
    return this.#core.running.sessionOf(room);
  }

  /** The game that votes are for [S6]. */
  current(sessionId: number): GameRow | Refusal {
    return findCurrentGame(this.#core.store, sessionId);
  }

  /** The game as `game.status` has it; `strangers` must learn no room's code and no member's id [S33]. */
  status(sessionId: number, gameId: number, to: "bots" | "strangers" = "bots"): EventData<"game.status"> | Refusal {
    const { store, running } = this.#core;
    const game = findGame(store, sessionId, gameId);
    if (isRefusal(game)) return game;
    const status = running.status(game);
    return to === "bots" ? status : { ...status, roomCode: null, players: running.sight(gameId)?.publicPlayers ?? [] };
  }

  /** What the store answers; `not_kept` where its file has failed. */
  attempt<T>(ask: () => T): T | Refusal {
    return this.#core.eventLog.attempt(ask);
  }

  /** Ends the session that the host of this room runs, if its log is too large [S26]. */
  endIfFull(room: Room): void {
    this.#endings.endIfFull(room);
  }

  /** What is due now and then: room in the file where it is nearly full [S26], and an end for what has been left alone [S37]. */
  tidy(): void {
    const { store, clock, eventLog } = this.#core;
    if (eventLog.isClosed) return;
    const share = this.attempt(() => store.fullShare);
    if (!isRefusal(share)) this.#pruner.wake(share);
    const idle = this.attempt(() => store.idle(clock.wall() - this.#idleMs, IDLE_AT_ONCE));
    if (!isRefusal(idle)) for (const session of idle) this.#endings.endSession(session);
  }

  /** How many sessions were forgotten to make room, since the start. */
  get forgotten(): number {
    return this.#pruner.forgotten;
  }

  /** Starts a session, in a room or in none [S3]. One at a time a room. */
  start(notes: string | null, room: Room | null, startedBy: Starter = "token"): SessionRow | Refusal {
    const { store, clock, eventLog, running } = this.#core;
    if (room !== null && this.of(room) !== null) return refuse("session_running");
    const createdAt = clock.wall();
    const started = eventLog.transact(
      (append) => {
        const place = { roomCode: room?.code ?? null, roomId: room?.id ?? null };
        const id = store.addSession({ createdAt, notes, startedBy, ...place });
        append({ id, room, isAnnounced: startedBy === "token" }, "session.started", startedData(id, createdAt, notes));
        return { id };
      },
      startedBy === "host" ? "stranger" : "operator",
    );
    if (isRefusal(started)) return started;
    this.opened += 1;
    if (room !== null) running.bind(started.id, room, startedBy);
    return this.#session(started.id);
  }

  /** The session is over; a running game ends with it. */
  end(sessionId: number): SessionRow | Refusal {
    const session = findActive(this.#core.store, sessionId);
    if (isRefusal(session)) return session;
    return this.#endings.endSession(session) ?? this.#session(sessionId);
  }

  /** Adds the next game; with a room it is watched. The game before is watched no more, and ends if it is played [S4]. */
  addGame(sessionId: number, game: NewGame, where: Where | null): GameRow | Refusal {
    const { store, clock, eventLog, running } = this.#core;
    const session = findActive(store, sessionId);
    if (isRefusal(session)) return session;
    if (session.gamesPlayed >= this.#gamesMax) return refuse("too_many_games");
    const subject = running.subject(sessionId);
    const before = store.latestGame(sessionId);
    const watch = this.#watching.prepare(where, before);
    if (isRefusal(watch)) return watch;
    const added = eventLog.transact((append) => {
      this.#endings.appendRunningEnds(sessionId, append);
      const id = store.addGame(sessionId, game, where?.code ?? null, clock.wall());
      watch.write(id);
      if (before !== null) store.unwatch(before.id);
      const row = this.#game(sessionId, id);
      append(subject, "game.added", addedData(session, row));
      watch.append(row, subject, append);
      return row;
    }, running.claimOf(sessionId));
    if (isRefusal(added)) return added;
    this.#refresh(sessionId);
    // First, since the room of the game before may be the same one, and need not be let go of.
    watch.begin(added);
    if (before !== null) running.unwatch(before.id);
    return added;
  }

  /** The game is played; one that is played already ends, or there would be two [S5]. */
  startGame(sessionId: number, gameId: number): GameRow | Refusal {
    const { store, clock, running } = this.#core;
    const game = findOpenGame(store, sessionId, gameId);
    if (isRefusal(game)) return game;
    if (gameStateOf(game) !== "Lobby") return refuse("game_running");
    return this.#change(game, (append) => {
      this.#endings.appendRunningEnds(sessionId, append);
      store.startGame(gameId, clock.wall());
      append(running.subject(sessionId), "game.started", gameStartedData(game, running.sight(gameId)));
    });
  }

  endGame(sessionId: number, gameId: number): GameRow | Refusal {
    const game = findOpenGame(this.#core.store, sessionId, gameId);
    if (isRefusal(game)) return game;
    if (gameStateOf(game) !== "Gameplay") return refuse("game_not_running");
    return this.#change(game, (append) => this.#endings.appendGameEnd(game, append));
  }

  /** Sets the number of players by hand [S8]. */
  setPlayerCount(sessionId: number, gameId: number, playerCount: number, status: string): GameRow | Refusal {
    const { store, running } = this.#core;
    const game = findOpenGame(store, sessionId, gameId);
    if (isRefusal(game)) return game;
    return this.#change(game, (append) => {
      store.setPlayerCount(gameId, playerCount, status);
      append(running.subject(sessionId), "player-count.updated", playerCountData(game, playerCount, status));
    });
  }

  /** A vote for the current game [S6]; what changes nothing, or comes too often, is not written [S36]. */
  vote(sessionId: number, ballot: Ballot, from: Polled = "outside"): EventData<"vote.received"> | Refusal {
    return this.#votes.cast(sessionId, ballot, from);
  }

  /** The same of somebody outside, written with others that come in the same moment: a chat's votes come by the hundred [S20]. */
  voteSoon(sessionId: number, ballot: Ballot): Promise<EventData<"vote.received"> | Refusal> {
    return this.#gathering.add(() => this.#votes.cast(sessionId, ballot, "outside"));
  }

  /** The host says how far the lobby of the current game is [S13]. */
  updateLobby(sessionId: number, state: LobbyState): Lobby | Refusal {
    const { store, running } = this.#core;
    const game = this.current(sessionId);
    if (isRefusal(game)) return game;
    const lobby = running.lobby(game.id);
    if (lobby === null || !lobby.isOpen) return refuse("no_lobby");
    const changed = this.#change(game, (append) => {
      store.setLobbyState(game.id, state);
      const updated = new Lobby({ ...game, lobbyStateSet: state }, lobby.place).updated();
      append(running.subject(sessionId), "lobby.updated", updated);
    });
    if (isRefusal(changed)) return changed;
    lobby.markTold();
    return lobby;
  }

  /** Watches a room for this game; null: a room that is not there, which is told [S11]. One of another platform is seen later [E5]. */
  watch(sessionId: number, gameId: number, where: Where | null, roomCode: string): GameRow | Refusal {
    return this.#watching.watch(sessionId, gameId, where, roomCode);
  }

  unwatch(sessionId: number, gameId: number): GameRow | Refusal {
    return this.#watching.unwatch(sessionId, gameId);
  }

  /** The code of a room of that platform, as it writes it; null: it is none. Refused where the platform is not watched [E3]. */
  codeAbroad(name: OtherPlatform, typed: string): string | Refusal | null {
    const platform = this.#platforms[name];
    return platform === undefined ? refuse("platform_off") : platform.read(typed);
  }

  /** Changes a game and tells it; answers the game as it is then. */
  #change(game: GameRow, work: (append: Append) => void): GameRow | Refusal {
    const done = this.#core.eventLog.transact(work, this.#core.running.claimOf(game.sessionId));
    if (isRefusal(done)) return done;
    this.#refresh(game.sessionId);
    return this.#game(game.sessionId, game.id);
  }

  /** Gives the lobbies of a session their games as the store has them now. */
  #refresh(sessionId: number): void {
    for (const lobby of this.#core.running.lobbiesOf(sessionId)) lobby.game = this.#game(sessionId, lobby.game.id);
  }

  #session(id: number): SessionRow {
    return written(this.#core.store.session(id), "session");
  }

  #game(sessionId: number, id: number): GameRow {
    return written(this.#core.store.game(sessionId, id), "game");
  }
}

/** A row that was just written. */
function written<T>(row: T | null, what: string): T {
  if (row === null) throw new Error(`a ${what} that was just written is not there`);
  return row;
}
