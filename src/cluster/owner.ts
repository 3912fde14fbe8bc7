// The side of a link that has the rooms: it gives each member that came in elsewhere a line here, and says to its gateway what the line is told
// [N3]. A line that has lost its seat, or got none, is given back with all that it said since.
import type { Clock } from "../clock.ts";
import type { Dialects } from "../dialects/index.ts";
import type { Faults } from "../doors/faults.ts";
import { audienceTopic } from "../doors/galleries.ts";
import { closed, goneAs } from "../doors/gone.ts";
import type { Intake } from "../doors/intake.ts";
import type { Far, Gone, SocketLine } from "../doors/line.ts";
import type { SocketOutlet } from "../doors/outlet.ts";
import type { Recorder } from "../doors/recorder.ts";
import { Connections } from "../limits/connections.ts";
import type { Counts } from "../metrics/tally.ts";
import { CLOSES, type CloseName } from "../protocol/refusals.ts";
import type { Relay } from "../relay.ts";
import type { RoomFace } from "../rooms/ports.ts";
import type { Line } from "../rooms/seat.ts";
import { frameOf, type GuestDeps, GuestLine, GuestSocket, type Opened } from "./guestSocket.ts";
import { unshared } from "./packet.ts";
import type { Carrier, Frame, Op } from "./ports.ts";
import type { Topics } from "./topics.ts";

interface OwnerDeps {
  readonly carrier: Carrier;
  readonly topics: Topics;
  readonly intake: Intake;
  readonly relay: Relay;
  readonly outlet: SocketOutlet;
  readonly recorder: Recorder;
  readonly dialects: Dialects;
  readonly faults: Faults;
  readonly counts: Counts;
  readonly clock: Clock;
  readonly nextNumber: () => number;
}

const WITHOUT_END = Number.POSITIVE_INFINITY;
const NAMES = new Map(Object.entries(CLOSES).map(([name, { code }]) => [code as number, name as CloseName]));

export class Owner implements GuestDeps {
  /** The guests from each node by the number that their gateway gave them. */
  readonly #guests = new Map<string, Map<number, GuestSocket>>();
  /** What lines of an address may say together is their gateways' to count: here it is without bound. */
  readonly #shared = new Connections({
    ...{ linesMax: WITHOUT_END, linesPerAddressMax: WITHOUT_END },
    ...{ connectsPerSecond: WITHOUT_END, addressMessagesPerSecond: WITHOUT_END },
  });

  constructor(private readonly deps: OwnerDeps) {}

  /** How many members of rooms here came in elsewhere, those that go home among them. */
  get size(): number {
    let sum = 0;
    for (const guests of this.#guests.values()) sum += guests.size;
    return sum;
  }

  /** A gateway says something of one of its lines. */
  heard(node: string, { op, line: id, arg, text }: Frame): void {
    if (op === "open") {
      this.open(node, id, JSON.parse(text) as Opened);
      return;
    }
    const guest = this.#guests.get(node)?.get(id);
    // It was closed from here, and its gateway did not know yet.
    if (guest === undefined) return;
    // Not through guard: its closure would be one for each message.
    try {
      if (op === "frame") this.deps.intake.takeCarried(guest.data, unshared(text));
      else if (op === "shut") this.#end(guest, goneOf(arg), Number(text));
      else if (op === "home") this.#wentHome(guest);
      else if (op === "marked") guest.marked(Number(text));
    } catch (error) {
      this.deps.faults.close(guest, "a guest", error);
    }
  }

  /** Nothing comes from there any more: its members are gone, and their seats wait [N10]. */
  broken(node: string): void {
    for (const guest of [...(this.#guests.get(node)?.values() ?? [])]) {
      this.deps.faults.guard(guest, "a guest", () => this.#end(guest, "held", CLOSES.goingAway.code));
    }
  }

  /** Says it to each node that listens, once. */
  publish(topic: string, text: string, except: Line | null): void {
    const nodes = this.deps.topics.nodes(topic);
    if (nodes === undefined) return;
    const guest = except instanceof GuestLine ? (except.socket as GuestSocket) : null;
    for (const node of nodes.keys()) {
      this.deps.carrier.say(node, { op: "publish", line: guest?.node === node ? guest.id : 0, arg: topic, text });
    }
  }

  /** Whether what that line says would go, or be answered, by a way that is full. */
  isFull(line: SocketLine): boolean {
    const { carrier } = this.deps;
    if (line instanceof GuestLine && carrier.isFull((line.socket as GuestSocket).node)) return true;
    if (line.seat === null) return false;
    const { code, audience } = line.seat.room;
    if (this.#isJammed(code)) return true;
    return audience !== null && this.#isJammed(audienceTopic(code));
  }

  #isJammed(topic: string): boolean {
    const nodes = this.deps.topics.nodes(topic);
    if (nodes === undefined) return false;
    for (const node of nodes.keys()) if (this.deps.carrier.isJammed(node)) return true;
    return false;
  }

  /** Whether nothing more should be told to guests from there of our own accord. */
  isFullTo({ node }: GuestSocket): boolean {
    return this.deps.carrier.isFull(node);
  }

  tell(guest: SocketLine, text: string): void {
    this.say(guest.socket as GuestSocket, "tell", "", text);
  }

  seated(line: SocketLine, ticks: SocketLine["ticks"]): void {
    if (!(line instanceof GuestLine)) return;
    if (ticks !== line.ticks) this.say(line.socket as GuestSocket, "tick", String(ticks), "");
    line.ticks = ticks;
    this.#rate(line);
  }

  hostChanged(room: RoomFace): void {
    for (const { line } of room.seats) if (line instanceof GuestLine) this.#rate(line);
  }

  goHome(line: SocketLine): void {
    if (!line.isOpen || line.far !== null) return;
    // It is here for the sessions and not for a room, so here it stays.
    if (line.dialect.isOfSessions === true) {
      if (line instanceof GuestLine) this.#rate(line);
      return;
    }
    const guest = line.socket as GuestSocket;
    line.far = new Returned(guest, this);
    this.say(guest, "back", "", "");
  }

  say(guest: GuestSocket, op: Op, arg: string, text: string): void {
    this.deps.carrier.say(guest.node, frameOf(guest, op, arg, text));
  }

  publishHere(topic: string, text: string): number {
    return this.deps.outlet.publishHere(topic, text);
  }

  subscribed(guest: GuestSocket, topic: string): void {
    this.deps.topics.add(topic, guest.node);
    this.say(guest, "hear", topic, "");
  }

  unsubscribed(guest: GuestSocket, topic: string): void {
    this.deps.topics.remove(topic, guest.node);
    this.say(guest, "deaf", topic, "");
  }

  closed(guest: GuestSocket, code: number): void {
    const line = guest.data;
    if (!line.isOpen) return;
    this.say(guest, "close", NAMES.get(code) ?? "fault", "");
    this.#end(guest, goneAs(line, "held"), code);
  }

  /** A line of that node has a guest here from now on; null: it cannot have one, and is closed. */
  open(node: string, id: number, opened: Opened): GuestLine | null {
    const { dialects, clock, counts } = this.deps;
    const dialect = dialects.byName.get(opened.wire);
    const now = clock.now();
    const shared = dialect === undefined ? null : this.#shared.admit(opened.address, now);
    // A wire that is not spoken here, by a gateway of another release.
    if (dialect === undefined || shared === null || typeof shared === "string") {
      this.deps.carrier.say(node, { op: "close", line: id, arg: "goingAway", text: "" });
      return null;
    }
    const number = dialect.isCounted ? this.deps.nextNumber() : null;
    const line = new GuestLine(dialect, shared, opened, counts, now, number);
    const guest = new GuestSocket(node, id, this, line);
    line.socket = guest;
    line.hasSpoken = true;
    const guests = this.#guests.get(node) ?? new Map<number, GuestSocket>();
    this.#guests.set(node, guests.set(id, guest));
    return line;
  }

  /** Its room has moved, and with it the guest: nobody is told [N7]. */
  handOver(line: GuestLine): void {
    if (!line.isOpen) return;
    line.isOpen = false;
    this.#forget(line.socket as GuestSocket);
  }

  /** Closes every guest with 4200: the node goes, and their rooms with it. */
  closeAll(): void {
    for (const guests of [...this.#guests.values()])
      for (const { data } of [...guests.values()]) data.close("goingAway");
  }

  /** The line has closed at its gateway while its room was on the way. */
  shut(line: GuestLine, how: Gone, code: number): void {
    this.#end(line.socket as GuestSocket, how, code);
  }

  #end(guest: GuestSocket, how: Gone, code: number): void {
    const line = guest.data;
    if (!line.isOpen) return;
    try {
      closed(this.deps, line, code, how);
    } finally {
      this.#forget(guest);
    }
  }

  #wentHome(guest: GuestSocket): void {
    // The refusal for which it goes home was counted only after it was told so.
    this.say(guest, "end", String(guest.data.refusedJoins), "");
    guest.data.isOpen = false;
    this.#forget(guest);
  }

  #forget(guest: GuestSocket): void {
    const { node, id, topics } = guest;
    const guests = this.#guests.get(node);
    if (guests?.get(id) === guest) guests.delete(id);
    if (guests?.size === 0) this.#guests.delete(node);
    for (const topic of topics) this.deps.topics.remove(topic, node);
    topics.clear();
    this.#shared.release(guest.data.address);
  }

  /** Tells a gateway at which rates its line may speak, and whether it is anybody's, where that has changed. */
  #rate(line: GuestLine): void {
    const isSettled = line.seat !== null || line.isTrusted;
    const rates = this.deps.relay.isHost(line) ? "host" : isSettled ? "member" : "nobody";
    if (rates === line.rates) return;
    line.rates = rates;
    this.say(line.socket as GuestSocket, "rates", rates, "");
  }
}

/** The way home of a guest that has no seat here. */
class Returned implements Far {
  readonly isHost = false;
  readonly isSettled = true;

  constructor(
    private readonly guest: GuestSocket,
    private readonly owner: Owner,
  ) {}

  say(_: SocketLine, text: string): void {
    this.owner.say(this.guest, "return", "", text);
  }

  shut(): void {}
}

function goneOf(arg: string): Gone {
  return arg === "held" || arg === "timeout" ? arg : "lost";
}
