// The other nodes, as the doors of this one see them: puts gateway, owner and directory behind the doors' port, and hands out what the links
// bring [N1]. Knows how nothing of it is carried.
import type { Clock } from "../clock.ts";
import type { Claimed, Elsewhere, Place, SessionsPlace } from "../doors/elsewhere.ts";
import type { SocketLine } from "../doors/line.ts";
import type { Doors } from "../doors/parts.ts";
import type { Failure } from "../limits/guesses.ts";
import type { Room } from "../rooms/room.ts";
import { Asking } from "./asking.ts";
import { Comers } from "./comers.ts";
import { FarLine } from "./farLine.ts";
import { Gateway } from "./gateway.ts";
import { type Handover, Moves } from "./moves.ts";
import { Owner } from "./owner.ts";
import { type Broken, type Carried, type Carrier, type Directory, EngineAway, type Frame } from "./ports.ts";
import { Topics } from "./topics.ts";
import { Wanted } from "./wanted.ts";

interface NodesDeps extends Doors {
  /** The name of this node. */
  readonly node: string;
  readonly carrier: Carrier;
  readonly directory: Directory;
  readonly isFrozen: () => boolean;
  readonly sessions: () => SessionsPlace;
  /** The clock of the process, which never stands. */
  readonly plainClock: Clock;
  readonly handover: Handover;
  /** Resolves when the sessions of an earlier process go on here, or have ended. */
  readonly sessionsBack: Promise<void>;
}

export class Nodes implements Elsewhere, Carried {
  readonly gateway: Gateway;
  readonly owner: Owner;
  readonly asking: Asking;
  readonly moves: Moves;
  readonly wanted: Wanted;
  readonly topics = new Topics();

  constructor(private readonly deps: NodesDeps) {
    const { topics } = this;
    this.gateway = new Gateway(deps);
    this.owner = new Owner({ ...deps, topics });
    const { carrier, plainClock: clock, faults } = deps;
    const answer: Doors["answer"] = async (question, hold) => {
      try {
        // What it is asked about its sessions it can say once it has them again.
        await deps.sessionsBack;
        return await deps.answer(question, hold);
      } catch (error) {
        faults.caught(error, "a request of another node");
        return { status: 500, headers: [], body: JSON.stringify({ error: "Internal error" }) };
      }
    };
    this.asking = new Asking({ carrier, clock, answer });
    const { gateway, owner } = this;
    this.moves = new Moves({ ...deps, gateway, owner, comers: new Comers({ ...deps, gateway, owner }) });
    this.wanted = new Wanted({ ...deps, moves: this.moves, find: (code) => this.find(code) });
  }

  get isFrozen(): boolean {
    return this.deps.isFrozen();
  }

  isFull(line: SocketLine): boolean {
    return line.far instanceof FarLine ? this.deps.carrier.isFull(line.far.node) : this.owner.isFull(line);
  }

  get sessions(): SessionsPlace {
    return this.deps.sessions();
  }

  opened(line: SocketLine): void {
    const place = this.sessions;
    if (place === "here") return;
    if (place === null || !this.gateway.carry(line, place.node, null)) line.close("goingAway");
  }

  bring(code: string): Promise<boolean> {
    return this.wanted.bring(code);
  }

  async moveToSessions(room: Room): Promise<boolean> {
    const place = this.sessions;
    return place !== null && place !== "here" && (await this.moves.move(room, place.node));
  }

  async find(code: string): Promise<Place> {
    try {
      await this.moves.settled(code);
      const owner = await this.deps.directory.find(code);
      if (owner === null) return "nowhere";
      // It is on its way to us, or has just ended.
      if (owner.node === this.deps.node) return this.deps.rooms.at(code) === null ? "ownerless" : "here";
      return owner.isAlive ? { node: owner.node } : "ownerless";
    } catch (error) {
      return this.#unknown(error);
    }
  }

  async claim(code: string, address: string): Promise<Claimed> {
    try {
      const claimed = await this.deps.directory.claim(code, address);
      return claimed === "fenced" ? "unknown" : claimed;
    } catch (error) {
      return this.#unknown(error);
    }
  }

  isMoving(code: string): boolean {
    return this.moves.isMoving(code);
  }

  release(code: string): void {
    this.deps.directory.release(code);
  }

  carry(...args: Parameters<Elsewhere["carry"]>): boolean {
    return this.gateway.carry(...args);
  }

  publish(...args: Parameters<Elsewhere["publish"]>): void {
    this.owner.publish(...args);
  }

  tell(...args: Parameters<Elsewhere["tell"]>): void {
    this.owner.tell(...args);
  }

  seated(...args: Parameters<Elsewhere["seated"]>): void {
    this.owner.seated(...args);
  }

  hostChanged(...args: Parameters<Elsewhere["hostChanged"]>): void {
    this.owner.hostChanged(...args);
  }

  goHome(...args: Parameters<Elsewhere["goHome"]>): void {
    this.owner.goHome(...args);
  }

  failed(failure: Failure): void {
    const frame: Frame = { op: "guess", line: 0, arg: "", text: JSON.stringify(failure) };
    for (const node of this.deps.carrier.nodes()) this.deps.carrier.say(node, frame);
  }

  ask(...args: Parameters<Elsewhere["ask"]>): ReturnType<Elsewhere["ask"]> {
    return this.asking.ask(...args);
  }

  /** What another release says, or a bug, must not end the process: it is a fault like any other. */
  heard(node: string, frame: Frame): void {
    try {
      this.#heard(node, frame);
    } catch (error) {
      this.deps.faults.caught(error, `what ${node} said (${frame.op})`);
    }
  }

  #heard(node: string, frame: Frame): void {
    switch (frame.op) {
      case "open":
      case "frame":
      case "shut":
      case "home":
      case "marked":
        this.owner.heard(node, frame);
        break;
      case "guess":
        this.deps.guesses.failedElsewhere(JSON.parse(frame.text) as Failure);
        break;
      case "ask":
      case "answer":
        this.asking.heard(node, frame);
        break;
      case "tell":
      case "hear":
      case "deaf":
      case "publish":
      case "close":
      case "hold":
      case "go":
      case "tick":
      case "rates":
      case "mark":
      case "back":
      case "return":
      case "end":
        this.gateway.heard(node, frame);
        break;
      case "holdRoom":
      case "held":
      case "takeRoom":
      case "moved":
        this.moves.heard(node, frame);
        break;
      case "wantRoom":
      case "wanted":
        this.wanted.heard(node, frame);
        break;
      default:
        // A newer release may have words that this one has not: its packets would not be read here.
        frame.op satisfies never;
    }
  }

  filled(node: string, isFull: boolean): void {
    this.gateway.filled(node, isFull);
  }

  broken(node: string, _why: Broken): void {
    this.gateway.broken(node);
    this.owner.broken(node);
    this.asking.broken(node);
    this.moves.broken(node);
    this.wanted.broken(node);
  }

  #unknown(error: unknown): "unknown" {
    if (!(error instanceof EngineAway)) this.deps.faults.caught(error, "the directory");
    return "unknown";
  }
}
