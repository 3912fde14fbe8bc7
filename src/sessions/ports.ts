// What the sessions need from outside besides a clock: somewhere to tell the subscribers of the live socket.

import type { SessionEvent } from "../protocol/events.ts";
import type { Line } from "../rooms/seat.ts";

/** The live socket, as the sessions see it: each event is encoded once, however many hear it. */
export interface Fanout {
  /** Everyone that has authenticated. */
  toAll(event: SessionEvent): void;
  /** The subscribers of one session. */
  toSubscribers(sessionId: number, event: SessionEvent): void;
  /** From now on the line hears what all are told; `dismiss`: no longer. */
  admit(line: Line): void;
  dismiss(line: Line): void;
  /** From now on the line hears this session; `unsubscribe`: no longer, whether the line is open or closed. @param codes whether with them */
  subscribe(line: Line, sessionId: number, codes: boolean): void;
  unsubscribe(line: Line, sessionId: number, codes: boolean): void;
  /** Bytes that the line's client has not read yet. */
  unreadBytes(line: Line): number;
}
