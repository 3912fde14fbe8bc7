// Stands in for the socket of a member that came in on another node: what the doors do to a socket goes there as a frame. Knows no room.
import type { Dialect } from "../dialects/dialect.ts";
import { type Socket, SocketLine } from "../doors/line.ts";
import type { Admission } from "../limits/connections.ts";
import type { Counts } from "../metrics/tally.ts";
import type { Frame, Op } from "./ports.ts";

/** After so many characters of answers a gateway is asked to say when they are read: a quarter of what a line that catches up may leave unread. */
const MARK_CHARS = 16 * 1024;

/** What a stand-in has done with what is asked of it. */
export interface GuestDeps {
  /** Says it to the node that the socket is open to. */
  say(guest: GuestSocket, op: Op, arg: string, text: string): void;
  /** Publishes to all who listen on this node; answers the bytes of the payload. */
  publishHere(topic: string, text: string): number;
  /** Whether the way there is full. */
  isFullTo(guest: GuestSocket): boolean;
  subscribed(guest: GuestSocket, topic: string): void;
  unsubscribed(guest: GuestSocket, topic: string): void;
  /** The line was closed from here, with that code. */
  closed(guest: GuestSocket, code: number): void;
}

export class GuestSocket implements Socket {
  /** What the line listens to, so that all of it ends with the line. */
  readonly topics = new Set<string>();
  /** Characters of its answers: all that were told, those after which its gateway was asked for a mark, those that it has marked as read. */
  #told = 0;
  #asked = 0;
  #read = 0;
  data: GuestLine;

  constructor(
    readonly node: string,
    /** The line's number on its gateway's side of the link. */
    readonly id: number,
    private readonly deps: GuestDeps,
    line: GuestLine,
  ) {
    this.data = line;
  }

  /** What is sent straight to a line is an answer to its own request: what its room tells goes by a topic, or by `tell` of the cluster. */
  send(text: string): number {
    this.deps.say(this, "tell", "answer", text);
    this.#told += text.length;
    // A bot that catches up reads the log as fast as it can, and not as fast as a link [T6].
    if (this.data.dialect.isOfSessions === true && this.#told - this.#asked >= MARK_CHARS) {
      this.#asked = this.#told;
      this.deps.say(this, "mark", String(this.#told), "");
    }
    return text.length;
  }

  /** Its gateway says that all up to there is read, or nearly. */
  marked(chars: number): void {
    this.#read = chars;
  }

  /** Characters of its answers that nobody has said are read: on the way, or left unread; without end where the way is full. */
  get unmarked(): number {
    return this.deps.isFullTo(this) ? Number.POSITIVE_INFINITY : this.#told - this.#read;
  }

  /** The others on this node; those elsewhere are told by the outlet, which leaves this one out there. */
  publish(topic: string, text: string): number {
    return this.deps.publishHere(topic, text);
  }

  subscribe(topic: string): void {
    if (this.topics.has(topic)) return;
    this.topics.add(topic);
    this.deps.subscribed(this, topic);
  }

  unsubscribe(topic: string): void {
    if (this.topics.delete(topic)) this.deps.unsubscribed(this, topic);
  }

  pause(): void {
    this.deps.say(this, "hold", "", "");
  }

  resume(): void {
    this.deps.say(this, "go", "", "");
  }

  /** Its gateway looks whether it is alive. */
  ping(): void {}

  /** Its gateway looks what it leaves unread. */
  getBufferedAmount(): number {
    return 0;
  }

  close(code: number): void {
    this.deps.closed(this, code);
  }
}

/** What a gateway says of a line when it opens it at the owner. */
export interface Opened {
  readonly wire: string;
  readonly address: string;
  readonly origin: string;
  readonly refusedJoins: number;
  readonly ticks: SocketLine["ticks"];
  /** Whether its gateway gives it the rates of a host already; absent: no. */
  readonly hasHostRates?: boolean;
}

/** A member's line that is open to another node. It has no bucket here: its gateway has one for it. */
export class GuestLine extends SocketLine {
  /** What its gateway takes it for: who has no seat yet but is carried for one is a member to it. */
  rates: "host" | "member" | "nobody";

  constructor(
    dialect: Dialect,
    shared: Admission,
    { origin, refusedJoins, ticks, hasHostRates = false }: Opened,
    counts: Counts,
    now: number,
    private readonly ownNumber: number | null,
  ) {
    super(dialect, shared, origin, counts, now);
    this.rates = hasHostRates ? "host" : dialect.isOfSessions === true ? "nobody" : "member";
    this.refusedJoins = refusedJoins;
    this.ticks = ticks;
    this.messagesLeft = Number.POSITIVE_INFINITY;
    this.bytesLeft = Number.POSITIVE_INFINITY;
    // Never to be filled: that would make it finite.
    this.filledAt = Number.POSITIVE_INFINITY;
  }

  get hasHostRates(): boolean {
    return this.rates === "host";
  }

  override get number(): number | null {
    return this.ownNumber;
  }

  override get unreadBytes(): number {
    return (this.socket as GuestSocket).unmarked;
  }

  override get isGuest(): boolean {
    return true;
  }
}

/** What is said of a line that is about to be a guest elsewhere. */
export function openedOf({ wire, address, origin, refusedJoins, ticks }: SocketLine): Opened {
  return { wire, address, origin, refusedJoins, ticks };
}

/** A frame about a guest. */
export function frameOf(guest: GuestSocket, op: Op, arg: string, text: string): Frame {
  return { op, line: guest.id, arg, text };
}
