// The sessions' Fanout over Bun's topics: one topic for all that have authenticated, and a channel a session. Each event is encoded
// once, however many listen. Knows the topics of the live socket, and nothing of what a session is.
import type { Clock } from "../clock.ts";
import type { Dialect } from "../dialects/dialect.ts";
import type { SessionEvent } from "../protocol/events.ts";
import type { Line } from "../rooms/seat.ts";
import type { Fanout } from "../sessions/ports.ts";
import { withoutCodes } from "../sessions/withoutCodes.ts";
import { Channel } from "./channel.ts";
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
  /** Shared by all channels. */
  readonly #publish = (topic: string, text: string, listeners: number) => this.outlet.publishTo(topic, text, listeners);

  constructor(
    private readonly outlet: SocketOutlet,
    private readonly dialect: Dialect,
    private readonly clock: Clock,
  ) {}

  toAll(event: SessionEvent): void {
    this.outlet.tellTopic(ALL, this.dialect, event);
  }

  toSubscribers(sessionId: number, event: SessionEvent): void {
    this.#tell(this.#channels.get(sessionId), event);
    const veiled = this.#veiled.get(sessionId);
    if (veiled !== undefined) this.#tell(veiled, withoutCodes(event));
  }

  #tell(channel: Channel | undefined, event: SessionEvent): void {
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
    const channel = channels.get(sessionId) ?? new Channel(topic, this.#publish, this.clock);
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
