// What the sessions need from outside besides a clock: somewhere to tell the subscribers of the live socket.

import type { SessionEvent } from "../protocol/events.ts";
import type { Line } from "../rooms/seat.ts";

/** The live socket, as the sessions see it: each event is encoded once, however many hear it. */
export interface Fanout {
  /** Everyone that has authenticated. */
  toAll(event: SessionEvent): void;
  /** The subscribers of one session. */
  toSubscribers(sessionId: number, event: SessionEvent): void;
  /** From now on the line hears what all are told. */
  admit(line: Line): void;
  /** From now on the line hears this session; `unsubscribe`: no longer, whether the line is open or closed. */
  subscribe(line: Line, sessionId: number): void;
  unsubscribe(line: Line, sessionId: number): void;
  /** Bytes that the line's client has not read yet. */
  unreadBytes(line: Line): number;
}
