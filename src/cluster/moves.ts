// A room changes nodes while it is played [N7]: the lines of its members are held, it goes by the engine whole, and on the other node everybody is in
// their seat again before a word of anybody is carried out. Which room goes where, it does not decide.
import type { Dialects } from "../dialects/index.ts";
import type { SocketLine } from "../doors/line.ts";
import type { Doors } from "../doors/parts.ts";
import type { RoomRecord } from "../rooms/record.ts";
import type { Room } from "../rooms/room.ts";
import { Answers } from "./answers.ts";
import type { Comer, Comers } from "./comers.ts";
import type { FarLine } from "./farLine.ts";
import type { Gateway } from "./gateway.ts";
import { GuestLine, type GuestSocket } from "./guestSocket.ts";
import type { Owner } from "./owner.ts";
import { type Carrier, EngineAway, type Frame } from "./ports.ts";

/** A gateway that has not answered by then loses its lines of the room. */
const HELD_MS = 1_000;
/** So long the other node has to take the room up. */
const MOVED_MS = 2_000;
/** From one look at a node that is frozen to the next. */
const THAW_MS = 50;

/** Hands a room's record to another node by the engine, whichever of the two dies meanwhile. */
export interface Handover {
  /** Whether it is that node's now. @throws {EngineAway} and then nobody knows */
  give(record: RoomRecord, target: string): Promise<boolean>;
  /** The record of a room that was given to us; null: there is none. @throws {EngineAway} */
  take(code: string): Promise<RoomRecord | null>;
}

export interface MovesDeps extends Pick<Doors, "intake" | "relay" | "rooms" | "faults" | "clock"> {
  readonly node: string;
  readonly carrier: Carrier;
  readonly gateway: Gateway;
  readonly owner: Owner;
  readonly handover: Handover;
  readonly comers: Comers;
  readonly dialects: Dialects;
  readonly isFrozen: () => boolean;
}

/** Numbers of lines, by the node that they are open to. */
type IdsByNode = ReadonlyMap<string, readonly number[]>;

/** A member's line while its room is nowhere. */
interface Goer {
  readonly comer: Comer;
  readonly line: SocketLine;
  /** Of a line that is open here. */
  readonly far: FarLine | null;
}

export class Moves {
  /** Whether this node goes, and takes no room any more. */
  isGoing = false;
  /** Nodes that go themselves: what they were would be moved twice. */
  readonly #leaving = new Set<string>();
  /** Rooms that go or come, by their codes; each resolves when it stands again, here or there. */
  readonly #moving = new Map<string, Promise<void>>();
  /** What gateways and the other node are awaited to say. */
  readonly #answers: Answers;

  constructor(private readonly deps: MovesDeps) {
    this.#answers = new Answers(deps.clock);
  }

  isMoving(code: string): boolean {
    return this.#moving.has(code);
  }

  /** Whether that node has said that it takes no room, since it goes. */
  isLeaving(node: string): boolean {
    return this.#leaving.has(node);
  }

  /** Resolves when no room of that code moves. Never rejects. */
  async settled(code: string): Promise<void> {
    for (let move = this.#moving.get(code); move !== undefined; move = this.#moving.get(code)) await move;
  }

  /** Moves a room of ours to that node; whether it went there. Never rejects. */
  async move(room: Room, target: string): Promise<boolean> {
    const isOurs = this.deps.rooms.at(room.code) === room;
    if (!isOurs || !room.passage.isFree || this.#moving.has(room.code) || !this.#knows(target)) return false;
    return this.#during(room.code, () => this.#move(room, target));
  }

  /** Another node says something of a move. */
  heard(node: string, { op, arg: code, text }: Frame): void {
    const { gateway, carrier } = this.deps;
    if (op === "holdRoom") {
      const { round, ids, to } = JSON.parse(text) as { round: number; ids: number[]; to: string };
      gateway.holdRoom(node, ids);
      const refuses = to === this.deps.node && this.isGoing;
      carrier.say(node, { op: "held", line: 0, arg: code, text: refuses ? `${round} going` : String(round) });
    } else if (op === "held") {
      const [round, refuses] = text.split(" ");
      if (refuses !== undefined) this.#leaving.add(node);
      this.#answers.came(`held${round} ${code}`, node);
    } else if (op === "takeRoom") {
      // It comes back before it was known to have gone.
      void this.settled(code).then(() => this.#during(code, () => this.#take(node, code, JSON.parse(text) as Comer[])));
    } else if (op === "moved") {
      const { from, ids } = JSON.parse(text) as { from: string; ids: number[] };
      gateway.moved(from, node, ids);
      if (from === this.deps.node) this.#answers.came(`moved ${code}`, node);
    }
  }

  /** Nothing comes from there any more. */
  broken(node: string): void {
    this.#answers.lost(node);
    this.#leaving.delete(node);
  }

  async #during(code: string, work: () => Promise<boolean>): Promise<boolean> {
    const settled = Promise.withResolvers<void>();
    this.#moving.set(code, settled.promise);
    try {
      return await work();
    } catch (error) {
      this.deps.faults.caught(error, "a room that moves");
      return false;
    } finally {
      this.#moving.delete(code);
      settled.resolve();
    }
  }

  async #move(room: Room, target: string): Promise<boolean> {
    const { rooms, node, handover, faults } = this.deps;
    const { code } = room;
    // The node that shall have it is asked as well: one that hangs, or goes, must not be given anything.
    const ids = new Map([[target, []], ...idsOf(guestsOf(room))]);
    // What they have said before they hold still is carried out yet.
    const mute = await this.#hold(code, 1, ids, target);
    for (const guest of guestsOf(room)) if (mute.has(nodeOf(guest))) guest.close("goingAway");
    const isWanted = !mute.has(target) && !this.#leaving.has(target);
    const isHere = isWanted && rooms.at(code) === room && room.passage.isFree;
    const record = isHere ? room.record(true) : null;
    if (record === null) {
      this.#sayMoved(node, code, ids);
      return false;
    }
    const goers = this.#depart(room, target);
    // The second answer says that a gateway has heard all that the room has told from here.
    const given = handover.give(record, target).catch((error) => {
      if (!(error instanceof EngineAway)) faults.caught(error, "a room that was to be given away");
      return false;
    });
    const guests = goers.flatMap(({ line }) => (line instanceof GuestLine ? [line] : []));
    const deaf = await this.#hold(code, 2, idsOf(guests), target);
    const isGiven = await given;
    const isDeaf = ({ line }: Goer) => line instanceof GuestLine && deaf.has(nodeOf(line));
    for (const goer of goers) if (isDeaf(goer)) goer.line.close("goingAway");
    const rest = goers.filter((goer) => !isDeaf(goer));
    if (!isGiven) {
      await this.#thawed();
      this.#recall(record, rest, ids);
      return false;
    }
    return this.#send(code, target, rest);
  }

  /** The room is nowhere from now on: none of its lines speaks for a seat, and what those here say waits. */
  #depart(room: Room, target: string): Goer[] {
    const { rooms, relay, gateway, intake, node } = this.deps;
    const members: { index: number; line: SocketLine; isHost: boolean }[] = [];
    for (const { index, line } of room.seats) {
      if (line !== null) members.push({ index, line: line as SocketLine, isHost: relay.isHost(line) });
    }
    rooms.letGo(room, false);
    return members.map(({ index, line, isHost }) => {
      const { wire, address, origin, refusedJoins, ticks } = line;
      const opened = { wire, address, origin, refusedJoins, ticks };
      if (line instanceof GuestLine) {
        const { node: at, id } = line.socket as GuestSocket;
        const { hasHostRates } = line;
        const waits = intake.pacing.handOver(line);
        return { line, far: null, comer: { index, node: at, id, opened: { ...opened, hasHostRates }, waits } };
      }
      const far = gateway.lend(line, target, isHost);
      const comer = { index, node, id: far.id, opened: { ...opened, hasHostRates: isHost }, waits: [] };
      return { line, far, comer };
    });
  }

  /** The room was not given away: it stands here again, as it was. */
  #recall(record: RoomRecord, goers: readonly Goer[], ids: IdsByNode): void {
    const { rooms, comers, node } = this.deps;
    const room = rooms.restore(record, true);
    for (const { far, line } of goers) if (far !== null) line.far = null;
    if (room === null) for (const { line } of goers) line.close("goingAway");
    else {
      const come = goers.map(({ comer, line, far }) => ({ comer, line, held: far?.held ?? [], shutAs: null }));
      comers.reseat(room, record, come);
    }
    this.#sayMoved(node, record.code, ids);
  }

  /** Tells the new owner whom it has to seat; whether it has done so. */
  async #send(code: string, target: string, goers: readonly Goer[]): Promise<boolean> {
    const { owner, gateway, carrier } = this.deps;
    for (const { line, far } of goers) {
      if (line instanceof GuestLine) owner.handOver(line);
      else if (far !== null) gateway.add(far);
    }
    const text = JSON.stringify(goers.map(({ comer }) => comer));
    const moved = this.#answers.await(`moved ${code}`, [target], MOVED_MS);
    const isSaid = carrier.say(target, { op: "takeRoom", line: 0, arg: code, text });
    if (!isSaid) this.#answers.lost(target);
    if ((await moved).size === 0) return true;
    // It is the other's, or whoever's adopts it; those it has taken over meanwhile are not found here any more.
    for (const { far, line, comer } of goers) {
      if (far === null) carrier.say(comer.node, { op: "close", line: comer.id, arg: "goingAway", text: "" });
      else if (far.held !== null) {
        far.isBroken = true;
        line.close("goingAway");
      }
    }
    return false;
  }

  /** A room was given to us: everybody sits again before anything is carried out. */
  async #take(from: string, code: string, all: readonly Comer[]): Promise<boolean> {
    const { handover, rooms, dialects, comers, node } = this.deps;
    const record = await handover.take(code);
    await this.#thawed();
    const room = record !== null && dialects.byName.has(record.wire) ? rooms.restore(record, true) : null;
    if (record === null || room === null) return false;
    // Said first: what is said of a line before it would find none at its gateway.
    const reached = this.#sayMovedFrom(from, code, all);
    // A gateway that cannot be reached from here gives its lines up by itself.
    const here = all.filter((comer) => comer.node === node || reached.has(comer.node));
    comers.reseat(room, record, comers.open(from, here));
    return true;
  }

  /** The nodes that could be told that their lines are ours to answer. */
  #sayMovedFrom(from: string, code: string, all: readonly Comer[]): ReadonlySet<string> {
    const ids = Map.groupBy(all, ({ node }) => node);
    const nodes = new Set([from, ...ids.keys()]);
    nodes.delete(this.deps.node);
    for (const gateway of [...nodes]) {
      const text = JSON.stringify({ from, ids: (ids.get(gateway) ?? []).map(({ id }) => id) });
      if (!this.#knows(gateway)) nodes.delete(gateway);
      else this.deps.carrier.say(gateway, { op: "moved", line: 0, arg: code, text });
    }
    return nodes;
  }

  /** The room stays: what waits at its gateways comes. */
  #sayMoved(from: string, code: string, ids: IdsByNode): void {
    for (const [gateway, some] of ids) {
      this.deps.carrier.say(gateway, { op: "moved", line: 0, arg: code, text: JSON.stringify({ from, ids: some }) });
    }
  }

  /** Has gateways hold what those lines say; answers the nodes that have not said that they do. */
  #hold(code: string, round: number, ids: IdsByNode, to: string): Promise<ReadonlySet<string>> {
    const held = this.#answers.await(`held${round} ${code}`, ids.keys(), HELD_MS);
    for (const [gateway, some] of ids) {
      const text = JSON.stringify({ round, ids: some, to });
      this.deps.carrier.say(gateway, { op: "holdRoom", line: 0, arg: code, text });
    }
    return held;
  }

  #knows(node: string): boolean {
    return [...this.deps.carrier.nodes()].includes(node);
  }

  /** Resolves at once, or when the node's rooms may go on: nothing of them is carried out before [N8]. */
  async #thawed(): Promise<void> {
    while (this.deps.isFrozen()) await new Promise<void>((resolve) => this.deps.clock.after(THAW_MS, resolve));
  }
}

function guestsOf(room: Room): GuestLine[] {
  return [...room.seats].flatMap(({ line }) => (line instanceof GuestLine ? [line] : []));
}

function nodeOf(guest: GuestLine): string {
  return (guest.socket as GuestSocket).node;
}

function idsOf(guests: readonly GuestLine[]): IdsByNode {
  const ids = new Map<string, number[]>();
  for (const { socket } of guests) {
    const { node, id } = socket as GuestSocket;
    ids.set(node, [...(ids.get(node) ?? []), id]);
  }
  return ids;
}
