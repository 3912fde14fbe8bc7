// The sessions' Fanout over Bun's topics: one topic for all that have authenticated, and a channel a session. Each event is encoded
// once, however many listen. Knows the topics of the live socket, and nothing of what a session is.
import type { Clock } from "../clock.ts";
import type { Dialect } from "../dialects/dialect.ts";
import type { SessionEvent } from "../protocol/events.ts";
import type { Line } from "../rooms/seat.ts";
import type { Fanout } from "../sessions/ports.ts";
import { Channel } from "./channel.ts";
import type { SocketLine } from "./line.ts";
import type { SocketOutlet } from "./outlet.ts";

/** Room codes have no small letters, so no room's topic is one of these. */
const ALL = "live";

export class SocketFanout implements Fanout {
  readonly #channels = new Map<number, Channel>();
  #admitted = 0;
  /** Each admitted line's number, from which every channel takes its shard. */
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
    const channel = this.#channels.get(sessionId);
    const text = channel === undefined ? null : this.dialect.encode(event);
    if (text !== null) channel?.publish(text);
  }

  admit(line: Line): void {
    if (!this.#numbers.has(line)) this.#numbers.set(line, this.#admitted++);
    (line as SocketLine).socket.subscribe(ALL);
  }

  subscribe(line: Line, sessionId: number): void {
    const channel = this.#channels.get(sessionId) ?? new Channel(`${ALL}/${sessionId}`, this.#publish, this.clock);
    this.#channels.set(sessionId, channel);
    channel.subscribe(line as SocketLine, this.#numbers.get(line) ?? 0);
  }

  unsubscribe(line: Line, sessionId: number): void {
    const channel = this.#channels.get(sessionId);
    channel?.unsubscribe(line as SocketLine, this.#numbers.get(line) ?? 0);
    if (channel?.size === 0) this.#channels.delete(sessionId);
  }

  unreadBytes(line: Line): number {
    return (line as SocketLine).unreadBytes;
  }
}
