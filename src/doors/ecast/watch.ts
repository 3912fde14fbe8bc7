// The watch of one room: asks the directory where it is, opens a line there, puts together what is said, and finds the way again where it is lost.
// It takes clock, dial and ask as arguments and knows no socket. Each callback checks that it is still the one that is waited for.
import type { DisconnectReason } from "../../sessions/events.ts";
import type { View } from "../../sessions/ports.ts";
import { Attempts } from "./attempts.ts";
import type { Found } from "./directory.ts";
import { read, type Said, type Welcome } from "./frames.ts";
import type { EcastLine } from "./line.ts";
import { Looks } from "./looks.ts";
import { areSamePlayers, isSame, Picture } from "./picture.ts";
import type { WatchDeps, WatchHeard, WatchState } from "./ports.ts";

/** For a welcome, in ms. */
const WELCOME_MS = 8_000;
/** The room is not there, says the room's server: the directory may not know it yet. */
const GONE_CODES: readonly number[] = [2013, 2027];
/** A watcher is not let in: nothing that a later attempt could change. */
const ROLE_CODES: readonly number[] = [2009, 2010, 2014, 2015, 2017, 2018, 2019, 2023, 2025];

/** A line that was dialled: what comes of another one than is waited for is nobody's. */
interface Dialled {
  line: EcastLine | null;
}

export class RoomWatch {
  readonly #picture = new Picture();
  readonly #attempts: Attempts;
  readonly #looks: Looks;
  readonly #user: string;
  #phase: "waiting" | "probing" | "connecting" | "watching" | "over" = "waiting";
  #isWelcomed = false;
  #pass: Welcome["pass"] = null;
  #host = "";
  /** The line that tells of the room, and the one that is being opened, beside it or for want of it. */
  #current: Dialled | null = null;
  #next: Dialled | null = null;
  /** Takes back what the phase waits for: an answer of the directory, or a welcome. */
  #cancel: (() => void) | null = null;
  #shown: View | null = null;
  /** What went wrong last, for the log. */
  #trouble = "";

  constructor(
    private readonly code: string,
    private readonly deps: WatchDeps,
    private readonly heard: WatchHeard,
  ) {
    this.#user = deps.newUser();
    this.#attempts = new Attempts(deps.clock, deps.random);
    this.#looks = new Looks(deps.clock, () => this.#look());
    this.#try();
  }

  get state(): WatchState {
    if (this.#phase === "watching" || this.#phase === "over") return this.#phase;
    if (this.#isWelcomed) return "lost";
    return this.#phase === "connecting" ? "connecting" : "probing";
  }

  /** Nobody hears anything from now on. */
  stop(): void {
    this.#phase = "over";
    this.#letGo();
  }

  #try(): void {
    this.#phase = "waiting";
    if (!this.#attempts.next(() => this.#probe())) this.#end("connection_failed");
  }

  #probe(): void {
    this.#phase = "probing";
    this.deps.counts.attempts++;
    this.#cancel = this.deps.ask(this.code, true, (found) => {
      if (this.#phase !== "probing") return;
      this.#cancel = null;
      this.#found(found);
    });
  }

  #found(found: Found): void {
    if (found.kind === "nowhere") {
      this.#trouble = "directory: 404";
      this.#end(this.#goneReason);
    } else if (found.kind === "failed") {
      this.#trouble = found.trouble;
      this.#try();
    } else {
      const host = this.deps.allow(found.host);
      if (host === null) {
        this.deps.log.warn("a Jackbox room is at a host that ECAST_HOSTS does not allow: not dialled");
        this.#trouble = "directory: host not allowed";
        this.#end("connection_failed");
        return;
      }
      this.#host = host;
      this.#picture.found(found.facts, found.isLocked);
      this.#phase = "connecting";
      this.#open();
    }
  }

  /** Opens a line, beside the one there may be. */
  #open(): void {
    const { dial, urlOf, clock } = this.deps;
    const dialled: Dialled = { line: null };
    this.#next = dialled;
    this.#cancel = clock.after(WELCOME_MS, () => {
      if (this.#next === dialled) this.#notOpened("line: no welcome");
    });
    dialled.line = dial(urlOf(this.#host, this.code, this.#user, this.#pass), {
      said: (text) => this.#heardOn(dialled, text),
      gone: (trouble) => this.#gone(dialled, trouble),
    });
  }

  #heardOn(dialled: Dialled, text: string): void {
    if (dialled !== this.#next && dialled !== this.#current) return;
    const said = read(text);
    if (said === null) this.deps.counts.framesDropped++;
    else if (dialled === this.#next) this.#saidFirst(dialled, said);
    else this.#said(said);
  }

  /** Before the welcome. */
  #saidFirst(dialled: Dialled, said: Said): void {
    if (said.kind === "welcome") this.#welcomed(dialled, said.welcome);
    else if (said.kind === "exit") this.#end(this.#goneReason);
    else if (said.kind === "error") this.#refused(said.code);
  }

  #welcomed(dialled: Dialled, welcome: Welcome): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#current?.line?.close();
    this.#current = dialled;
    this.#next = null;
    this.#isWelcomed = true;
    this.#pass = welcome.pass ?? this.#pass;
    this.#picture.welcome(welcome);
    if (this.#phase === "watching") {
      this.#looks.found(this.#tell());
      return;
    }
    this.#phase = "watching";
    this.#attempts.stands();
    this.#looks.start();
    const view = this.#picture.view();
    this.#shown = view;
    const { appTag } = view;
    const stateIn = this.#picture.stateKey ?? "nothing";
    this.deps.log.info({ appTag, stateIn, players: view.players.length }, "a Jackbox room is watched");
    this.heard.attached(view);
  }

  #refused(code: number | null): void {
    this.#trouble = `line: error ${code ?? "without a code"}`;
    if (code !== null && GONE_CODES.includes(code)) this.#end(this.#goneReason);
    else if (this.#phase === "connecting" && this.#pass === null && code !== null && ROLE_CODES.includes(code)) {
      this.#end("role_rejected");
    } else {
      // It may be that the place of the last welcome is not known any more: a watcher as at first may be let in all the same.
      this.#pass = null;
      this.#notOpened(this.#trouble);
    }
  }

  /** The line that was to be opened is none. */
  #notOpened(trouble: string): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#next?.line?.close();
    this.#next = null;
    this.#trouble = trouble;
    if (this.#phase === "connecting") this.#try();
    else if (this.#current === null) this.#lost(trouble);
  }

  #gone(dialled: Dialled, trouble: string): void {
    if (dialled === this.#next) this.#notOpened(trouble);
    else if (dialled === this.#current) {
      this.#current = null;
      // The server closes the old line when the new one has its place: what becomes of that one counts.
      if (this.#next === null) this.#lost(trouble);
    }
  }

  #lost(trouble: string): void {
    this.#trouble = trouble;
    this.#looks.stop();
    this.deps.log.info({ trouble }, "the way to a Jackbox room is lost");
    this.#phase = "waiting";
    this.heard.lost();
    // Whoever heard it may have stopped the watch.
    if (this.#phase === "waiting") this.#try();
  }

  #said(said: Said): void {
    switch (said.kind) {
      case "welcome":
        this.#picture.welcome(said.welcome);
        break;
      case "exit":
        this.#trouble = "line: the room says that it ends";
        this.#end("room_closed");
        return;
      case "error":
        return;
      case "news":
        this.#looks.wish();
        return;
      case "came":
        this.#looks.areNeedless = true;
        this.#picture.say(said);
        break;
      case "state":
      case "left":
      case "locked":
        this.#picture.say(said);
        break;
      default:
        said satisfies never;
    }
    this.#tell();
  }

  /** Tells how the room is now, if it is otherwise; answers whether its list of players is. */
  #tell(): boolean {
    const before = this.#shown;
    const view = this.#picture.view();
    if (before === null || isSame(before, view)) return false;
    this.#shown = view;
    if (view.gameState === "Lobby" && hasLobbyMoved(before, view)) this.#looks.wish();
    this.heard.changed(view);
    return !areSamePlayers(before.players, view.players);
  }

  /** Looks whether the room is as we think: some games tell watchers of nobody who comes [E11]. */
  #look(): void {
    if (this.#phase !== "watching" || !this.heard.isLobbyOpen()) return;
    this.#looks.asking ??= this.deps.ask(this.code, false, (found) => {
      this.#looks.asking = null;
      if (this.#phase !== "watching") return;
      if (found.kind === "nowhere") {
        this.#trouble = "directory: 404";
        this.#end("room_closed");
      } else if (found.kind === "room") {
        this.#picture.found(found.facts, found.isLocked);
        this.#tell();
      }
    });
    if (!this.#looks.areNeedless && this.#next === null) this.#open();
  }

  /** A room that was seen has closed; one that was not is not there. */
  get #goneReason(): DisconnectReason {
    return this.#isWelcomed ? "room_closed" : "room_not_found";
  }

  #end(reason: DisconnectReason): void {
    if (this.#phase === "over") return;
    this.#phase = "over";
    this.#letGo();
    this.deps.log.info({ reason, trouble: this.#trouble }, "a Jackbox room is watched no more");
    this.heard.over(reason);
  }

  #letGo(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#attempts.stop();
    this.#looks.stop();
    this.#current?.line?.close();
    this.#next?.line?.close();
    this.#current = null;
    this.#next = null;
  }
}

function hasLobbyMoved(before: View, now: View): boolean {
  return (
    before.lobbyState !== now.lobbyState ||
    before.gameCanStart !== now.gameCanStart ||
    before.gameIsStarting !== now.gameIsStarting
  );
}
