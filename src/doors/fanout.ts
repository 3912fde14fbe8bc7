// The sessions' Fanout over Bun's topics: one for all that have authenticated, a channel a session. Each event is encoded once,
// however many listen.

import type { Clock } from "../clock.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { FIXED } from "../limits/table.ts";
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
  /** Which part of a channel a line listens to: the same in all of them. */
  readonly #parts = new WeakMap<Line, number>();

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
    if (text !== null) channel?.tell(text);
  }

  admit(line: Line): void {
    if (!this.#parts.has(line)) this.#parts.set(line, this.#admitted++ % FIXED.channelParts);
    (line as SocketLine).socket.subscribe(ALL);
  }

  subscribe(line: Line, sessionId: number): void {
    const channel = this.#channels.get(sessionId) ?? new Channel(`${ALL}/${sessionId}`, this.outlet, this.clock);
    this.#channels.set(sessionId, channel);
    channel.enter(line as SocketLine, this.#parts.get(line) ?? 0);
  }

  unsubscribe(line: Line, sessionId: number): void {
    const channel = this.#channels.get(sessionId);
    channel?.quit(line as SocketLine, this.#parts.get(line) ?? 0);
    if (channel?.size === 0) this.#channels.delete(sessionId);
  }

  unreadBytes(line: Line): number {
    return (line as SocketLine).socket.getBufferedAmount();
  }
}
