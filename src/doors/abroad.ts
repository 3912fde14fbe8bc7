// What a line asks for that other nodes have a say in: a join of a room that may be on another node, and the code of a new room. The line is parked
// until they have answered [N1][N4]. Which node has what, and how a line is carried there, it does not know.
import type { Clock } from "../clock.ts";
import type { Joins } from "../limits/joins.ts";
import type { Metrics } from "../metrics.ts";
import type { Command } from "../protocol/commands.ts";
import { refuse } from "../protocol/refusals.ts";
import type { Relay } from "../relay.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Answers } from "./answers.ts";
import type { Claimed, Elsewhere, Place } from "./elsewhere.ts";
import type { Faults } from "./faults.ts";
import type { Pause, SocketLine } from "./line.ts";
import type { Pacing } from "./pacing.ts";

/** From one question to the next while there is no answer that one could go by. */
const AGAIN_MS = 500;
/** So long a request waits for the engine, and a join for somebody to take up a room whose node is dead; then its line is closed with 4200. */
const ENGINE_MS_MAX = 5_000;
const ADOPTION_MS_MAX = 10_000;
/** Codes that are asked for before `create` gives up, as many as are drawn at one node [R7]. */
const CLAIMS_MAX = 40;

type Create = Extract<Command, { kind: "create" }>;
type Join = Extract<Command, { kind: "join" }>;

/** Goes on with what other nodes had no answer for that would end it. */
interface Porter {
  carryOutInTurn(line: SocketLine, command: Command): void;
  carryOutLate(line: SocketLine, command: Command): void;
}

interface AbroadDeps {
  readonly elsewhere: Elsewhere;
  readonly relay: Pick<Relay, "isHost">;
  readonly rooms: Rooms;
  readonly pacing: Pacing;
  readonly answers: Answers;
  readonly joins: Joins;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly faults: Faults;
}

/** A join that looks for its room. */
interface Search {
  readonly line: SocketLine;
  readonly command: Join;
  readonly text: string;
  readonly code: string;
  readonly since: number;
}

/** A `create` that wants a code. */
interface Claim {
  readonly line: SocketLine;
  readonly command: Create;
  readonly code: string;
  readonly since: number;
  readonly claims: number;
}

export class Abroad {
  /** Those whose room is to move for the session that they begin. */
  readonly #begins = new WeakSet<SocketLine>();

  /** Joins of rooms that were here, as they came: when their turn comes the room may have moved [N7]. */
  readonly #texts = new WeakMap<Command, string>();

  constructor(
    private readonly deps: AbroadDeps,
    private readonly porter: Porter,
  ) {}

  /**
   * Has a join looked for on other nodes; false where there is nothing to look for.
   * @param text the frame, which goes to the owner as it came
   */
  join(line: SocketLine, command: Join, text: string): boolean {
    if (line.seat !== null || !line.isOpen) return false;
    const code = this.deps.rooms.foreignCode(command.code, line.wire);
    if (code === null) {
      this.#texts.set(command, text);
      return false;
    }
    this.#seek({ line, command, text, code, since: this.deps.clock.now() });
    return true;
  }

  /** Takes over a request that other nodes have a say in before it is carried out; false: they have none. */
  takes(line: SocketLine, command: Command): boolean {
    if (line.seat !== null) return false;
    if (command.kind === "join") {
      const text = this.#texts.get(command);
      return text !== undefined && this.join(line, command, text);
    }
    if (command.kind !== "create" || command.claimed !== undefined) return false;
    this.create(line, command);
    return true;
  }

  /**
   * Has a room that begins a session moved to the node that keeps them [N11]; false where it is there, or may not begin one, or cannot move.
   * @param text the frame, which is read again where the room is then, before all that the line says meanwhile
   */
  begin(line: SocketLine, text: string): boolean {
    const { elsewhere, pacing, relay, faults } = this.deps;
    // The frame is read again here, so the room has not gone.
    if (this.#begins.delete(line) || elsewhere.sessions === "here") return false;
    if (line.seat === null || !line.isOpen || !relay.isHost(line)) return false;
    this.#begins.add(line);
    pacing.putBack(line, text);
    const moved = elsewhere.moveToSessions(line.seat.room).then((hasMoved) => {
      if (hasMoved) this.#begins.delete(line);
      else if (!this.#begins.has(line)) return;
      pacing.goOn(line);
    });
    moved.catch((error) => faults.close(line.socket, "a room that begins a session", error));
    return true;
  }

  /** Has a code claimed for a new room, and opens it then. */
  create(line: SocketLine, command: Create): void {
    // Whoever has closed would leave a code behind.
    if (line.isOpen) this.#draw(line, command, this.deps.clock.now(), 0);
  }

  #seek(search: Search): void {
    const { line, code } = search;
    this.#await(line, this.deps.elsewhere.find(code), (pause, place) => this.#found(search, pause, place));
  }

  #found(search: Search, pause: Pause, place: Place): void {
    const { line, command } = search;
    const { pacing, joins, metrics, clock } = this.deps;
    if (place === "unknown" || place === "ownerless") {
      const most = place === "unknown" ? ENGINE_MS_MAX : ADOPTION_MS_MAX;
      this.#again(line, pause, search.since, most, () => this.#seek(search));
      return;
    }
    if (typeof place === "string") {
      // What is nowhere is not looked for twice.
      this.#texts.delete(command);
      pacing.resume(line, pause, () => this.porter.carryOutInTurn(line, command));
      return;
    }
    const { node } = place;
    if (line.isGuest) {
      pacing.resume(line, pause, () => this.#return(search));
      return;
    }
    const ms = joins.takeOfLine(line, clock.now());
    if (ms > 0) metrics.limited("joins");
    if (ms > 0) pacing.parkUntil(line, ms, () => this.#carry(search, node));
    else pacing.resume(line, pause, () => this.#carry(search, node));
  }

  /** Its room has moved away from here: the guest's own node asks again. */
  #return({ line, text }: Search): void {
    this.deps.elsewhere.goHome(line);
    line.far?.say(line, text);
  }

  #carry(search: Search, node: string): void {
    const { line, text } = search;
    if (line.isGuest) {
      // Its room has moved on while it came here. Its own node has it carried there: what is published there would not come by way of here.
      this.deps.elsewhere.goHome(line);
      line.far?.say(line, text);
      return;
    }
    if (this.deps.elsewhere.carry(line, node, text)) return;
    // The directory says that it lives, and the link that it cannot be reached: one of them is about to think better of it.
    this.#again(line, this.deps.pacing.park(line), search.since, ADOPTION_MS_MAX, () => this.#seek(search));
  }

  #draw(line: SocketLine, command: Create, since: number, claims: number): void {
    const code = claims < CLAIMS_MAX ? this.deps.rooms.draft(line, command) : null;
    if (typeof code === "string") this.#claim({ line, command, code, since, claims: claims + 1 });
    else this.porter.carryOutLate(line, { ...command, claimed: null });
  }

  #claim(claim: Claim): void {
    const { line, code } = claim;
    const { elsewhere } = this.deps;
    const claimed = elsewhere.claim(code, line.address);
    this.#await(
      line,
      claimed,
      (pause, what) => this.#claimed(claim, pause, what),
      (what) => {
        if (what === "ours") elsewhere.release(code);
      },
    );
  }

  #claimed(claim: Claim, pause: Pause, what: Claimed): void {
    const { line, command, since, claims } = claim;
    const { pacing, rooms, answers } = this.deps;
    switch (what) {
      case "ours":
        pacing.resume(line, pause, () => this.#open(claim));
        break;
      case "taken":
      case "resting":
        pacing.resume(line, pause, () => {
          if (command.code === null) this.#draw(line, command, since, claims);
          else this.porter.carryOutLate(line, { ...command, claimed: null });
        });
        break;
      case "tooMany":
        pacing.resume(line, pause, () => answers.tell(line, refuse("server_full"), command.asked));
        break;
      case "tooManyOfAddress":
        pacing.resume(line, pause, () => {
          if (rooms.giveWay(line.address)) this.#claim(claim);
          else answers.tell(line, refuse("too_many_rooms"), command.asked);
        });
        break;
      case "unknown":
        this.#again(line, pause, since, ENGINE_MS_MAX, () => this.#claim(claim));
        break;
      default:
        what satisfies never;
    }
  }

  #open({ line, command, code }: Claim): void {
    try {
      this.porter.carryOutLate(line, { ...command, claimed: code });
    } finally {
      // What was allowed when the code was drawn may be refused by now.
      if (this.deps.rooms.at(code) === null) this.deps.elsewhere.release(code);
    }
  }

  /** Parks the line until that is known. @param gone what is done where it has closed by then */
  #await<T>(
    line: SocketLine,
    answer: Promise<T>,
    known: (pause: Pause, value: T) => void,
    gone?: (value: T) => void,
  ): void {
    const pause = this.deps.pacing.park(line);
    const done = answer.then((value) => {
      if (line.isOpen) known(pause, value);
      else gone?.(value);
    });
    done.catch((error) => this.deps.faults.close(line.socket, "what another node was asked", error));
  }

  #again(line: SocketLine, pause: Pause, since: number, msMax: number, ask: () => void): void {
    const { clock, faults } = this.deps;
    if (clock.now() - since >= msMax) {
      line.close("goingAway");
      return;
    }
    pause.cancel = clock.after(AGAIN_MS, () => {
      pause.cancel = null;
      faults.guard(line.socket, "a request that asks again", ask);
    });
  }
}
