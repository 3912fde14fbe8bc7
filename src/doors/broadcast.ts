// The sessions' Broadcast over Bun's topics: one for all that have authenticated, one a session. Each event is encoded once and
// published once, however many listen.
import type { Dialect } from "../dialects/dialect.ts";
import type { Line } from "../rooms/ports.ts";
import type { Broadcast } from "../sessions/ports.ts";
import type { SessionEvent } from "../vocabulary.ts";
import type { SocketLine } from "./line.ts";
import type { SocketOutlet } from "./outlet.ts";

/** Room codes have no small letters, so no room's topic is one of these. */
const ALL = "live";

export class SocketBroadcast implements Broadcast {
  constructor(
    private readonly outlet: SocketOutlet,
    private readonly dialect: Dialect,
  ) {}

  toAll(event: SessionEvent): void {
    this.outlet.tellTopic(ALL, this.dialect, event);
  }

  toSubscribers(sessionId: number, event: SessionEvent): void {
    this.outlet.tellTopic(topicOf(sessionId), this.dialect, event);
  }

  admit(line: Line): void {
    (line as SocketLine).socket.subscribe(ALL);
  }

  tune(line: Line, sessionId: number): void {
    (line as SocketLine).socket.subscribe(topicOf(sessionId));
  }

  untune(line: Line, sessionId: number): void {
    (line as SocketLine).socket.unsubscribe(topicOf(sessionId));
  }

  unreadBytes(line: Line): number {
    return (line as SocketLine).socket.getBufferedAmount();
  }
}

function topicOf(sessionId: number): string {
  return `${ALL}/${sessionId}`;
}
