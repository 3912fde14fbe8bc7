// Follows the rooms of other platforms that games are played in: what is seen of one becomes events of its session, the same that rooms of our
// own make. Decides what is told; how a room is looked at, and what its platform's frames say, it does not know.
import { isRefusal, type Refusal, refuse } from "../protocol/refusals.ts";
import type { Endings } from "./endings.ts";
import type { Append } from "./eventLog.ts";
import type { DisconnectReason } from "./events.ts";
import { gameStateOf, Lobby } from "./lobby.ts";
import type { MemberShare } from "./memberShare.ts";
import { absentData, gameStartedData, goneData } from "./payloads.ts";
import { RoomAbroad } from "./place.ts";
import type { Abroad, Platform, Platforms, View } from "./ports.ts";
import type { SessionsCore } from "./running.ts";
import type { GameRow } from "./store/rows.ts";

/** What stands in the column of the watched room's id: a room of another platform has none that we may keep. */
export const NO_ROOM_ID = "abroad";

type Player = View["players"][number];

export class AbroadWatcher {
  constructor(
    private readonly core: SessionsCore,
    private readonly endings: Endings,
    private readonly memberShare: MemberShare,
    private readonly platforms: Platforms,
  ) {}

  /** Who watches such rooms, or why that one cannot be watched now. @param instead the game whose watch ends for it */
  platformFor({ platform: name, code }: Abroad, instead: GameRow | null): Platform | Refusal {
    const platform = this.platforms[name];
    if (platform === undefined) return refuse("platform_off");
    const place = instead === null ? null : this.core.running.lobby(instead.id)?.place;
    const ends = place instanceof RoomAbroad ? place.code : null;
    return platform.hasPlaceFor(code, ends) ? platform : refuse("too_many_rooms_watched", { retryAfterMs: 60_000 });
  }

  /** Watches for a game, whose row is written: nothing has been seen yet. Whoever was watched for the game before is not any more. */
  begin(game: GameRow, room: RoomAbroad, platform: Platform): void {
    const { running } = this.core;
    const lobby = new Lobby(game, room);
    /** A watch that was given up may have something on its way. */
    const isCurrent = () => running.lobby(game.id) === lobby;
    const watch = platform.watch(room.code, {
      get isLobbyOpen() {
        return isCurrent() && lobby.isOpen;
      },
      attached: (view) => {
        if (isCurrent()) this.#attached(lobby, room, view);
      },
      changed: (view) => {
        if (isCurrent()) this.#changed(lobby, room, view);
      },
      lost: () => room.show(false),
      over: (reason) => {
        if (isCurrent()) this.#over(lobby, room, reason);
      },
    });
    running.watch(lobby);
    room.enter(watch);
  }

  /** Watches again what an earlier process watched; false: it cannot, and nobody has been told. */
  resume(game: GameRow): boolean {
    if (game.platform === "partyline" || game.roomCode === null) return false;
    const abroad: Abroad = { platform: game.platform, code: game.roomCode };
    const platform = this.platformFor(abroad, null);
    if (isRefusal(platform)) return false;
    this.begin(game, new RoomAbroad(abroad, true), platform);
    return true;
  }

  #attached(lobby: Lobby, room: RoomAbroad, view: View): void {
    const isFirst = !room.isSeen;
    room.show(true);
    if (!isFirst) {
      this.#changed(lobby, room, view);
      return;
    }
    room.see(view, gameStateOf(lobby.game) === "Gameplay");
    const { eventLog, running } = this.core;
    const { sessionId } = lobby.game;
    const done = eventLog.transact((append) => {
      append(running.subject(sessionId), "room.connected", lobby.connected());
      this.#appendPlay(lobby, room, append);
    }, running.claimOf(sessionId));
    if (!isRefusal(done)) this.#told(lobby);
  }

  /** The room is otherwise now: what differs is told, in the order in which it would have been seen [E10]. */
  #changed(lobby: Lobby, room: RoomAbroad, view: View): void {
    const before = room.view?.players ?? [];
    const gameState = gameStateOf(lobby.game);
    room.see(view, gameState === "Gameplay");
    if (gameState === "Ended") return;
    const tellLobby =
      lobby.isOpen && this.#mayTell(lobby) ? this.#lobbyTeller(lobby, room, before, view.players) : null;
    const isPlayed = room.gameState === "Gameplay" || room.gameState === "Ended";
    const isNews = (gameState === "Lobby" && isPlayed) || room.gameState === "Ended";
    if (tellLobby === null && !isNews) return;
    const { eventLog, running } = this.core;
    const { sessionId } = lobby.game;
    const done = eventLog.transact((append) => {
      if (tellLobby !== null) this.memberShare.charge(sessionId, tellLobby(append));
      this.#appendPlay(lobby, room, append);
    }, running.claimOf(sessionId));
    if (!isRefusal(done)) this.#told(lobby);
  }

  /** Whether the members' share of the log has room left: what a room of another platform says is a stranger's word too [S36]. */
  #mayTell({ game }: Lobby): boolean {
    const isFull = this.core.eventLog.attempt(() => this.memberShare.isFull(game.sessionId));
    return !isRefusal(isFull) && !isFull;
  }

  /** What of the lobby is to be told, as a work that appends it and answers its characters; null: nothing. */
  #lobbyTeller(lobby: Lobby, room: RoomAbroad, before: readonly Player[], now: readonly Player[]) {
    const were = new Set(before.map(({ id }) => id));
    const are = new Set(now.map(({ id }) => id));
    const came = now.filter(({ id }) => !were.has(id));
    const isLess = before.some(({ id }) => !are.has(id));
    // How far a lobby is that is over already is nothing to tell: the game's start comes next.
    const hasMoved = room.gameState === "Lobby" && lobby.hasMoved;
    if (came.length === 0 && !isLess && !hasMoved) return null;
    const subject = this.core.running.subject(lobby.game.sessionId);
    return (append: Append): number => {
      const here = now.filter(({ id }) => were.has(id));
      let chars = 0;
      for (const player of came) {
        here.push(player);
        const names = here.toSorted((one, other) => one.id - other.id).map(({ name }) => name);
        chars += append(subject, "lobby.player-joined", lobby.joined(player.name, names));
      }
      return isLess || hasMoved ? chars + append(subject, "lobby.updated", lobby.updated()) : chars;
    };
  }

  /** Appends that the game is played, and that it is over, as far as the room shows it and nobody has told it yet [S5]. */
  #appendPlay(lobby: Lobby, room: RoomAbroad, append: Append): void {
    const { store, clock, running } = this.core;
    const { gameState } = room;
    const kept = gameStateOf(lobby.game);
    if (gameState === null || gameState === "Lobby" || kept === "Ended") return;
    const { id, sessionId } = lobby.game;
    if (kept === "Lobby") {
      this.endings.appendRunningEnds(sessionId, append);
      store.startGame(id, clock.wall());
      append(running.subject(sessionId), "game.started", gameStartedData(lobby.game, lobby));
    }
    if (gameState === "Ended") this.endings.appendGameEnd(lobby.game, append);
  }

  /** What the store has now, and what was told, is what the lobbies go on from: starting one game may have ended another. */
  #told(lobby: Lobby): void {
    lobby.markTold();
    const { sessionId } = lobby.game;
    const { store, eventLog, running } = this.core;
    for (const one of running.lobbiesOf(sessionId)) {
      const row = eventLog.attempt(() => store.game(sessionId, one.game.id));
      if (row !== null && !isRefusal(row)) one.game = row;
    }
  }

  /** Watched no more; what cannot be written is forgotten all the same [E7]. */
  #over(lobby: Lobby, room: RoomAbroad, said: DisconnectReason): void {
    const { store, eventLog, running } = this.core;
    // A room that an earlier process has seen was there.
    const reason = said === "room_not_found" && room.isKnown ? "room_closed" : said;
    const { game } = lobby;
    eventLog.transact((append) => {
      if (reason === "room_closed" && gameStateOf(game) === "Gameplay") this.endings.appendGameEnd(game, append);
      store.unwatch(game.id);
      append(running.subject(game.sessionId), "room.disconnected", goneData(lobby, reason));
    }, "end");
    running.unwatch(game.id);
  }

  /** Appends that a game is watched no more because nobody here can. */
  appendUnwatchable(game: GameRow, append: Append): void {
    const { store, running } = this.core;
    store.unwatch(game.id);
    const about = { sessionId: game.sessionId, gameId: game.id, roomCode: game.roomCode };
    append(running.subject(game.sessionId), "room.disconnected", absentData(about, "connection_failed"));
  }
}
