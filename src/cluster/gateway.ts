// The side of a link that has the sockets: it makes a line a far one, hands its frames to the owner of its room, and does to its socket what the
// owner says [N3]. What a frame of a member means, it does not know.
import type { Clock } from "../clock.ts";
import type { Faults } from "../doors/faults.ts";
import type { Intake } from "../doors/intake.ts";
import type { Gone, SocketLine } from "../doors/line.ts";
import type { Liveness } from "../doors/liveness.ts";
import type { SocketOutlet } from "../doors/outlet.ts";
import { CLOSES } from "../protocol/refusals.ts";
import { FarLine, type Hold, isCloseName, ticksOf, topicOf } from "./farLine.ts";
import { openedOf } from "./guestSocket.ts";
import { Listening } from "./listening.ts";
import { sayRead } from "./marks.ts";
import type { Carrier, Frame } from "./ports.ts";

/** Lines of a link that is broken are closed over so long: nobody's return meets everybody else's. */
const CLOSING_MS = 2_000;
const CLOSING_STEPS = 20;

/** A line that is held for a move is given up by then: later than either owner would. */
const HELD_MS_MAX = 6_000;

/** How a line is closed for a fault there, as for one here. */
const INTERNAL_ERROR = 1011;

interface GatewayDeps {
  readonly carrier: Carrier;
  readonly intake: Intake;
  readonly liveness: Liveness;
  readonly outlet: SocketOutlet;
  readonly clock: Clock;
  readonly faults: Faults;
}

export class Gateway {
  /** The far lines of each node by their number. A number is never given twice, so a late frame is nobody's. */
  readonly #lines = new Map<string, Map<number, FarLine>>();
  readonly #listening: Listening;
  #lastNumber = 0;

  constructor(private readonly deps: GatewayDeps) {
    this.#listening = new Listening(deps.outlet, deps.clock);
  }

  /** How many lines here are members elsewhere. */
  get size(): number {
    let sum = 0;
    for (const lines of this.#lines.values()) sum += lines.size;
    return sum;
  }

  /** How many topics of other nodes are listened to here. */
  get topics(): number {
    return this.#listening.size;
  }

  /** Makes the line a far one of that node, and hands over its join, if it has said one; false: that node is not to be had. */
  carry(line: SocketLine, node: string, join: string | null): boolean {
    const { carrier } = this.deps;
    const id = this.#lastNumber + 1;
    if (!carrier.say(node, { op: "open", line: id, arg: "", text: JSON.stringify(openedOf(line)) })) return false;
    this.#lastNumber = id;
    const far = new FarLine(node, id, line, this);
    this.add(far);
    line.far = far;
    far.isSettled = join !== null;
    if (join !== null) far.say(line, join);
    if (carrier.isFull(node)) this.#hold(far, "link");
    return true;
  }

  /** The line is one of that node from now on. */
  add(far: FarLine): void {
    const lines = this.#lines.get(far.node) ?? new Map<number, FarLine>();
    this.#lines.set(far.node, lines.set(far.id, far));
  }

  /** An owner says something of a line here, or to its listeners. */
  heard(node: string, { op, line: id, arg, text }: Frame): void {
    if (op === "publish") {
      this.#listening.publish(topicOf(node, arg), text, this.#lines.get(node)?.get(id)?.line ?? null);
      return;
    }
    const far = this.#lines.get(node)?.get(id);
    // It has closed, and its owner did not know yet.
    if (far === undefined) return;
    try {
      this.#do(far, op, arg, text);
    } catch (error) {
      this.deps.faults.close(far.line.socket, "a far line", error);
    }
  }

  /** The way to that node is full, or has room again. */
  filled(node: string, isFull: boolean): void {
    for (const far of [...(this.#lines.get(node)?.values() ?? [])]) {
      if (isFull) this.#hold(far, "link");
      else this.#release(far, "link");
    }
  }

  /** Nothing comes from there any more: whoever was a member there is sent away, to come back to whoever has the room then [N10]. */
  broken(node: string): void {
    const lines = [...(this.#lines.get(node)?.values() ?? [])];
    this.#lines.delete(node);
    const step = Math.ceil(lines.length / CLOSING_STEPS);
    for (let at = 0; at < lines.length; at += step) {
      const slice = lines.slice(at, at + step);
      for (const far of slice) {
        far.isBroken = true;
        // Who is back sooner has its topic carried here again: a line that still waits for its close would hear that, and not what came before.
        for (const topic of [...far.topics]) this.#listening.deaf(far, topic);
      }
      const close = () => {
        for (const { line } of slice) line.close("goingAway");
      };
      if (at === 0) close();
      else this.deps.clock.after((at / step) * (CLOSING_MS / CLOSING_STEPS), close);
    }
  }

  /** Lines of a room that moves: what they say waits from now on, whoever comes to own it [N7]. */
  holdRoom(node: string, ids: readonly number[]): void {
    const held = new Map<FarLine, string[]>();
    for (const id of ids) {
      const far = this.#lines.get(node)?.get(id);
      if (far === undefined || far.held !== null) continue;
      far.held = [];
      held.set(far, far.held);
    }
    if (held.size > 0) this.deps.clock.after(HELD_MS_MAX, () => this.#giveUp(held));
  }

  /** A room of this node moves to that one, and a member's line is here: what it says waits, at first for whether the room goes. */
  lend(line: SocketLine, node: string, isHost: boolean): FarLine {
    const far = new FarLine(node, ++this.#lastNumber, line, this);
    far.isHost = isHost;
    far.held = [];
    line.far = far;
    return far;
  }

  /** The line's room is on this node from now on; null: there is no such line any more. What it has said meanwhile is the caller's to read. */
  reclaim(node: string, id: number): FarLine | null {
    const far = this.#lines.get(node)?.get(id);
    if (far === undefined) return null;
    this.#forget(far);
    far.line.far = null;
    return far;
  }

  /** The room has moved, or stays: what its lines here have said is carried to its owner, and so is all they say from now on [N7]. */
  moved(from: string, to: string, ids: readonly number[]): void {
    for (const id of ids) {
      const far = this.#lines.get(from)?.get(id) ?? this.#lines.get(to)?.get(id);
      if (far !== undefined) this.deps.faults.guard(far.line.socket, "a line that moves", () => this.#carryOn(far, to));
      // It was sent away before, and its new owner cannot know.
      else if (from !== to) this.#sayShut(to, id, "held", CLOSES.goingAway.code);
    }
  }

  say(far: FarLine, text: string): void {
    const { node, id, line, isBroken, held } = far;
    // What a line says that is sent away is nobody's to carry out; its client hears of that by the code. Nor may lines that close together break the way.
    if (isBroken || (!line.isOpen && this.deps.carrier.isJammed(node))) return;
    if (held !== null) held.push(text);
    else if (!this.deps.carrier.say(node, { op: "frame", line: id, arg: "", text })) line.close("goingAway");
  }

  shut(far: FarLine, how: Gone, code: number): void {
    if (far.held !== null && !far.isBroken) {
      far.shutAs = { how, code };
      for (const topic of [...far.topics]) this.#listening.deaf(far, topic);
      return;
    }
    this.#forget(far);
    if (!far.isBroken) this.#sayShut(far.node, far.id, how, code);
  }

  #sayShut(node: string, id: number, how: Gone, code: number): void {
    this.deps.carrier.say(node, { op: "shut", line: id, arg: how, text: String(code) });
  }

  /** Nobody has said for too long where their room is: neither of its nodes can be asked. */
  #giveUp(held: ReadonlyMap<FarLine, string[]>): void {
    for (const [far, said] of held) {
      // Its room may move once more by now, or the line may be a far one no longer.
      if (far.held !== said || this.#lines.get(far.node)?.get(far.id) !== far) continue;
      this.#forget(far);
      this.#sayShut(far.node, far.id, "held", CLOSES.goingAway.code);
      far.isBroken = true;
      far.line.close("goingAway");
    }
  }

  #carryOn(far: FarLine, to: string): void {
    const { line, shutAs, held } = far;
    const rest = held ?? [];
    const isElsewhere = far.node !== to;
    if (isElsewhere) {
      this.#forget(far);
      far.node = to;
      this.add(far);
    }
    far.held = null;
    while (rest.length > 0 && !(line.isOpen && this.deps.carrier.isFull(to))) this.say(far, rest.shift() ?? "");
    if (rest.length > 0) this.deps.intake.pacing.putBack(line, ...rest);
    if (shutAs !== null) this.shut(far, shutAs.how, shutAs.code);
    if (!line.isOpen) return;
    this.deps.carrier.isFull(to) ? this.#hold(far, "link") : this.#release(far, "link");
    // Its new owner has not had it wait.
    if (isElsewhere) this.#release(far, "owner");
  }

  #do(far: FarLine, op: Frame["op"], arg: string, text: string): void {
    const { line, node } = far;
    const { intake, liveness } = this.deps;
    switch (op) {
      case "tell":
        if (arg === "answer") intake.answers.pass(line, text);
        else line.pass(text);
        break;
      case "hear":
        this.#listening.hear(far, topicOf(node, arg));
        break;
      case "deaf":
        this.#listening.deaf(far, topicOf(node, arg));
        break;
      case "hold":
        this.#hold(far, "owner");
        break;
      case "go":
        this.#release(far, "owner");
        break;
      case "tick":
        liveness.tick(line, ticksOf(arg));
        break;
      case "mark":
        sayRead(far, arg, this.deps);
        break;
      case "rates":
        far.isHost = arg === "host";
        far.isSettled = arg !== "nobody";
        break;
      case "close":
        this.#forget(far);
        far.isBroken = true;
        if (isCloseName(arg)) line.end(arg);
        else line.socket.close(INTERNAL_ERROR, "internal error");
        break;
      case "back":
        this.#hold(far, "home");
        this.deps.carrier.say(node, { op: "home", line: far.id, arg: "", text: "" });
        break;
      case "return":
        far.returned.push(text);
        break;
      case "end":
        this.#forget(far);
        line.far = null;
        line.refusedJoins = Number(arg);
        intake.pacing.goOn(line, far.held === null ? far.returned : [...far.returned, ...far.held]);
        break;
      default:
    }
  }

  #hold(far: FarLine, why: Hold): void {
    far.holds.add(why);
    if (far.line.isOpen) this.deps.intake.pacing.hold(far.line);
  }

  #release(far: FarLine, why: Hold): void {
    if (far.holds.delete(why) && far.holds.size === 0) this.deps.intake.pacing.goOn(far.line);
  }

  #forget(far: FarLine): void {
    const lines = this.#lines.get(far.node);
    if (lines?.get(far.id) === far) lines.delete(far.id);
    if (lines?.size === 0) this.#lines.delete(far.node);
    for (const topic of [...far.topics]) this.#listening.deaf(far, topic);
  }
}
