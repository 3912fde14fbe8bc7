// The sessions' Fanout over Bun's topics: one topic for all that have authenticated, and a channel a session. Each event is encoded
// once, however many listen. Knows the topics of the live socket, and nothing of what a session is.
import type { Clock } from "../clock.ts";
import type { Dialect } from "../dialects/dialect.ts";
import type { SessionEvent } from "../protocol/events.ts";
import type { Line } from "../rooms/seat.ts";
import type { Fanout } from "../sessions/ports.ts";
import { withoutCodes } from "../sessions/withoutCodes.ts";
import type { SocketLine } from "./line.ts";
import type { SocketOutlet } from "./outlet.ts";

/** Room codes have no small letters, so no room's topic is one of these. */
const ALL = "live";
/** For those that may not know the codes of rooms. */
const VEILED = "veiled";

export class SocketFanout implements Fanout {
  readonly #channels = new Map<number, Channel>();
  /** Those of lines that may not know the codes of rooms [S38]. */
  readonly #veiled = new Map<number, Channel>();
  #numbered = 0;
  /** Each subscriber's number, from which every channel takes its shard. */
  readonly #numbers = new WeakMap<Line, number>();

  constructor(
    private readonly outlet: SocketOutlet,
    private readonly dialect: Dialect,
    private readonly clock: Clock,
  ) {}

  toAll(event: SessionEvent): void {
    this.outlet.tellTopic(ALL, this.dialect, event);
  }

  toSubscribers(sessionId: number, event: SessionEvent): void {
    this.#publish(this.#channels.get(sessionId), event);
    const veiled = this.#veiled.get(sessionId);
    if (veiled !== undefined) this.#publish(veiled, withoutCodes(event));
  }

  #publish(channel: Channel | undefined, event: SessionEvent): void {
    const text = channel === undefined ? null : this.dialect.encode(event);
    if (text !== null) channel?.publish(text);
  }

  admit(line: Line): void {
    (line as SocketLine).socket.subscribe(ALL);
  }

  dismiss(line: Line): void {
    (line as SocketLine).socket.unsubscribe(ALL);
  }

  subscribe(line: Line, sessionId: number, codes: boolean): void {
    const channels = codes ? this.#channels : this.#veiled;
    const topic = codes ? `${ALL}/${sessionId}` : `${VEILED}/${sessionId}`;
    const channel = channels.get(sessionId) ?? new Channel(topic, this.outlet, this.clock);
    channels.set(sessionId, channel);
    channel.subscribe(line as SocketLine, this.#numberOf(line));
  }

  unsubscribe(line: Line, sessionId: number, codes: boolean): void {
    const channels = codes ? this.#channels : this.#veiled;
    const channel = channels.get(sessionId);
    channel?.unsubscribe(line as SocketLine, this.#numberOf(line));
    if (channel?.size === 0) channels.delete(sessionId);
  }

  #numberOf(line: Line): number {
    const number = this.#numbers.get(line) ?? this.#numbered++;
    this.#numbers.set(line, number);
    return number;
  }

  unreadBytes(line: Line): number {
    return (line as SocketLine).unreadBytes;
  }
}

interface ChannelBounds {
  readonly shards: number;
  readonly atOnceMax: number;
  readonly roundMs: number;
}

export const CHANNEL_BOUNDS: ChannelBounds = {
  /** Topics that the subscribers of one session are spread over. */
  shards: 16,
  /** Subscribers of one session that are served in one turn; past it, one shard a turn. */
  atOnceMax: 64,
  /** From one round of the shards to the next, in ms: what comes meanwhile shares a write, and 200 votes a second take 40 % less of a core. */
  roundMs: 20,
};

interface Shard {
  readonly topic: string;
  subscribers: number;
  /** Frames that its subscribers have not been told yet, oldest first. */
  pending: string[];
}

/**
 * The subscribers of one session. A thousand writes in one turn would hold up every room of the server (measured: 2.9 ms, 200 times a
 * second with that many votes), so a crowd is spread over shards, and each turn serves one of them: what is published meanwhile goes out
 * in the same write. A few subscribers are served at once.
 */
export class Channel {
  readonly #shards: readonly Shard[];
  #size = 0;
  #isInRound = false;
  /** When the last round began, in ms: the next one begins `roundMs` after it. */
  #roundBeganAt = 0;

  constructor(
    topic: string,
    private readonly outlet: SocketOutlet,
    private readonly clock: Clock,
    private readonly bounds: ChannelBounds = CHANNEL_BOUNDS,
  ) {
    this.#shards = Array.from({ length: bounds.shards }, (_, at) => {
      return { topic: `${topic}/${at}`, subscribers: 0, pending: [] };
    });
  }

  /** How many listen. */
  get size(): number {
    return this.#size;
  }

  /** Tells every subscriber a frame: in the order of these calls, each once. */
  publish(text: string): void {
    for (const shard of this.#shards) if (shard.subscribers > 0) shard.pending.push(text);
    if (this.#isInRound) return;
    if (this.#size <= this.bounds.atOnceMax) for (const shard of this.#shards) this.#serve(shard);
    else this.#beginRound();
  }

  /** The line hears what is published from now on, and nothing of what was published before. */
  subscribe(line: SocketLine, number: number): void {
    const shard = this.#shard(number);
    this.#serve(shard);
    line.socket.subscribe(shard.topic);
    shard.subscribers++;
    this.#size++;
  }

  /** The line hears nothing more, or is gone. */
  unsubscribe(line: SocketLine, number: number): void {
    const shard = this.#shard(number);
    if (line.isOpen) line.socket.unsubscribe(shard.topic);
    shard.subscribers--;
    this.#size--;
    // An empty channel is dropped while its round goes on: frames left here would reach the subscribers of a new channel of this topic, who
    // have read them from the log already.
    if (shard.subscribers === 0) shard.pending = [];
  }

  /** Begins a round `roundMs` after the last one began, so that all that is published in between shares its writes. */
  #beginRound(): void {
    this.#isInRound = this.#shards.some(({ pending }) => pending.length > 0);
    if (!this.#isInRound) return;
    const waitMs = this.#roundBeganAt + this.bounds.roundMs - this.clock.now();
    if (waitMs > 0) this.clock.after(waitMs, () => this.#serveInTurn(0));
    else this.#serveInTurn(0);
  }

  #serveInTurn(at: number): void {
    if (at === 0) this.#roundBeganAt = this.clock.now();
    if (at + 1 < this.#shards.length) this.clock.soon(() => this.#serveInTurn(at + 1));
    else this.clock.soon(() => this.#beginRound());
    this.#serve(this.#shard(at));
  }

  #serve(shard: Shard): void {
    if (shard.pending.length === 0) return;
    const { pending } = shard;
    shard.pending = [];
    for (const text of pending) this.outlet.publishTo(shard.topic, text, shard.subscribers);
  }

  #shard(number: number): Shard {
    const shard = this.#shards[number % this.#shards.length];
    if (shard === undefined) throw new Error(`a channel has no shard for line ${number}`);
    return shard;
  }
}
