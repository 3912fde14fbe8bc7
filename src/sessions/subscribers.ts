// Who listens on the live socket: lines that have shown a token, the sessions each hears, and what it missed. A line that catches up
// reads the log a page at a time, as fast as its client reads, and hears what is new once it has read to the end: so nothing comes
// twice, nothing is left out, and nobody's memory fills [T6].

import type { Clock } from "../clock.ts";
import { FIXED } from "../limits/table.ts";
import type { Event } from "../protocol/events.ts";
import { type Refusal, refuse } from "../protocol/refusals.ts";
import type { Line } from "../rooms/seat.ts";
import { asTold } from "./eventLog.ts";
import type { Fanout } from "./ports.ts";
import type { LoggedEvent } from "./store/rows.ts";
import type { Store } from "./store/store.ts";

/** The longest that a timer of the runtime can wait, in ms; past it, it would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

interface Listener {
  /** Stops the clock of its token. */
  cancel: () => void;
  /** Session → what stops its catching up; null when it hears what is new. */
  readonly hears: Map<number, (() => void) | null>;
}

export class Subscribers {
  readonly #listeners = new Map<Line, Listener>();

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly fanout: Fanout,
  ) {}

  /** How many lines have shown a token. */
  get size(): number {
    return this.#listeners.size;
  }

  isAdmitted(line: Line): boolean {
    return this.#listeners.has(line);
  }

  /** The line has shown a token that is good until then (ms since 1970); with a newer one it stays longer [T8]. */
  admit(line: Line, expiresAtMs: number): Event {
    const known = this.#listeners.get(line);
    known?.cancel();
    const cancel = this.#closeAt(line, expiresAtMs);
    if (known === undefined) this.#listeners.set(line, { cancel, hears: new Map() });
    else known.cancel = cancel;
    this.fanout.admit(line);
    return { kind: "authenticated" };
  }

  /** Lets the line hear a session, from an event on or from now on; answers a refusal or what is to be done once that is answered. */
  subscribe(line: Line, sessionId: number, since: number | null): Refusal | (() => void) {
    const listener = this.#listeners.get(line);
    if (listener === undefined) return refuse("not_authenticated");
    if (this.store.session(sessionId) === null) return refuse("session_not_found");
    const isNew = !listener.hears.has(sessionId);
    if (isNew && listener.hears.size >= FIXED.subscriptionsPerLineMax) return refuse("too_many_subscriptions");
    if (since === null && !isNew) return () => {};
    this.#drop(line, listener, sessionId);
    if (since !== null) {
      // Nothing of it until the answer is out; `null` would mean that it hears what is new.
      listener.hears.set(sessionId, () => {});
      return () => this.#catchUp(line, listener, sessionId, since);
    }
    this.#subscribe(line, listener, sessionId);
    return () => {};
  }

  unsubscribe(line: Line, sessionId: number): Event {
    const listener = this.#listeners.get(line);
    if (listener === undefined) return refuse("not_authenticated");
    this.#drop(line, listener, sessionId);
    return { kind: "unsubscribed" };
  }

  /** The line is gone. */
  gone(line: Line): void {
    const listener = this.#listeners.get(line);
    if (listener === undefined) return;
    listener.cancel();
    for (const sessionId of [...listener.hears.keys()]) this.#drop(line, listener, sessionId);
    this.#listeners.delete(line);
  }

  #catchUp(line: Line, listener: Listener, sessionId: number, after: number): void {
    // The answer before it may have been too much for the line.
    if (this.#listeners.get(line) !== listener || !listener.hears.has(sessionId)) return;
    let last = after;
    if (this.fanout.unreadBytes(line) <= FIXED.catchUpUnreadBytesMax) {
      const page = this.store.events(sessionId, after, FIXED.catchUpEvents, FIXED.catchUpUnreadBytesMax);
      for (const event of page) line.tell(asTold(event));
      if (page.length < FIXED.catchUpEvents && charsOf(page) <= FIXED.catchUpUnreadBytesMax) {
        // In the same turn as the last of the old ones: nothing can come between.
        this.#subscribe(line, listener, sessionId);
        return;
      }
      last = page.at(-1)?.id ?? after;
    }
    const cancel = this.clock.after(FIXED.catchUpMs, () => this.#catchUp(line, listener, sessionId, last));
    listener.hears.set(sessionId, cancel);
  }

  #subscribe(line: Line, listener: Listener, sessionId: number): void {
    listener.hears.set(sessionId, null);
    this.fanout.subscribe(line, sessionId);
  }

  #drop(line: Line, listener: Listener, sessionId: number): void {
    const cancel = listener.hears.get(sessionId);
    if (cancel === undefined) return;
    if (cancel === null) this.fanout.unsubscribe(line, sessionId);
    else cancel();
    listener.hears.delete(sessionId);
  }

  #closeAt(line: Line, atMs: number): () => void {
    const leftMs = Math.max(0, atMs - this.clock.wall());
    if (leftMs <= TIMER_MS_MAX) return this.clock.after(leftMs, () => line.close("tokenExpired"));
    let cancel = this.clock.after(TIMER_MS_MAX, () => {
      cancel = this.#closeAt(line, atMs);
    });
    return () => cancel();
  }
}

function charsOf(events: readonly LoggedEvent[]): number {
  return events.reduce((sum, { body }) => sum + body.length, 0);
}
