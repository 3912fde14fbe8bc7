// Who listens on the live socket: lines that have shown a token, the sessions each hears, and what it missed. A line that catches up
// reads the log page by page, as fast as its client reads, and hears what is new from the turn of its last page on: so nothing comes
// twice, nothing is left out, and no slow bot fills the memory [T6]. Of a token it knows only the end, of a socket nothing.
import type { Clock } from "../clock.ts";
import type { Event } from "../protocol/events.ts";
import { isRefusal, type Refusal, refuse } from "../protocol/refusals.ts";
import { isSameSight, mayHear, type Sight } from "../protocol/sight.ts";
import type { Line } from "../rooms/seat.ts";
import { eventOf } from "./eventLog.ts";
import { findSession } from "./find.ts";
import type { Fanout } from "./ports.ts";
import type { LoggedEvent } from "./store/rows.ts";
import type { Store } from "./store/store.ts";
import { withoutCodes } from "./withoutCodes.ts";

/** Sessions that one line may hear [T2]. */
export const SUBSCRIPTIONS_PER_LINE_MAX = 256;
/** Events read from the log at a time for a line that catches up: about a millisecond's work. */
const CATCH_UP_EVENTS = 256;
/** Unread bytes with which a line gets no further page, and characters past which a page ends: a slow bot must not fill the memory. */
const CATCH_UP_UNREAD_BYTES_MAX = 64 * 1024;
/** From one look at a line that catches up to the next, in ms: a client that reads fast waits no longer than that for a page. */
const CATCH_UP_MS = 10;
/** The longest that a timer of the runtime can wait, in ms; past it, it would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

interface Bounds {
  readonly subscriptionsMax: number;
  readonly pageEvents: number;
  readonly unreadBytesMax: number;
  readonly catchUpMs: number;
}

const BOUNDS: Bounds = {
  subscriptionsMax: SUBSCRIPTIONS_PER_LINE_MAX,
  pageEvents: CATCH_UP_EVENTS,
  unreadBytesMax: CATCH_UP_UNREAD_BYTES_MAX,
  catchUpMs: CATCH_UP_MS,
};

interface Subscriber {
  /** Stops the timer that closes the line when its token ends. */
  cancelClose: () => void;
  /** What its token lets it see [S38]. */
  readonly sight: Sight;
  /** Session → what stops its catching up; null when the line hears what is new. */
  readonly hears: Map<number, (() => void) | null>;
}

export class Subscribers {
  readonly #subscribers = new Map<Line, Subscriber>();
  readonly #bounds: Bounds;

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly fanout: Fanout,
    bounds: Partial<Bounds> = {},
  ) {
    this.#bounds = { ...BOUNDS, ...bounds };
  }

  /** How many lines have shown a token. */
  get size(): number {
    return this.#subscribers.size;
  }

  isAdmitted(line: Line): boolean {
    return this.#subscribers.has(line);
  }

  /**
   * The line has shown a token that is good until then (ms since 1970), and lets it see that; with a newer one it stays longer [T8]. One
   * that lets it see something else takes the place of the first, with nothing subscribed.
   */
  admit(line: Line, expiresAtMs: number, sight: Sight): Event {
    const before = this.#subscribers.get(line);
    const known = before !== undefined && isSameSight(before.sight, sight) ? before : undefined;
    if (known === undefined) this.gone(line);
    // Of the beginnings of other sessions whoever may hear one alone is told nothing.
    if (known === undefined && before?.sight.session === null) this.fanout.dismiss(line);
    known?.cancelClose();
    const cancelClose = this.#closeAt(line, expiresAtMs);
    if (known === undefined) this.#subscribers.set(line, { cancelClose, sight, hears: new Map() });
    else known.cancelClose = cancelClose;
    if (sight.session === null) this.fanout.admit(line);
    return { kind: "authenticated" };
  }

  /** Subscribes the line to a session, from after `since` or from now on; answers a refusal, or what is due once `subscribed` is told. */
  subscribe(line: Line, sessionId: number, since: number | null): Refusal | (() => void) {
    const subscriber = this.#subscribers.get(line);
    if (subscriber === undefined) return refuse("not_authenticated");
    const session = findSession(this.store, sessionId);
    if (isRefusal(session)) return session;
    if (!mayHear(subscriber.sight, sessionId)) return refuse("session_not_found");
    const isNew = !subscriber.hears.has(sessionId);
    if (isNew && subscriber.hears.size >= this.#bounds.subscriptionsMax) return refuse("too_many_subscriptions");
    if (since === null && !isNew) return () => {};
    this.#drop(line, subscriber, sessionId);
    if (since !== null) {
      // Until the answer is out the line hears nothing of the session: null would mean that it hears what is new.
      subscriber.hears.set(sessionId, () => {});
      return () => this.#catchUp(line, subscriber, sessionId, since);
    }
    this.#hearNew(line, subscriber, sessionId);
    return () => {};
  }

  unsubscribe(line: Line, sessionId: number): Event {
    const subscriber = this.#subscribers.get(line);
    if (subscriber === undefined) return refuse("not_authenticated");
    this.#drop(line, subscriber, sessionId);
    return { kind: "unsubscribed" };
  }

  /** The line is gone. */
  gone(line: Line): void {
    const subscriber = this.#subscribers.get(line);
    if (subscriber === undefined) return;
    subscriber.cancelClose();
    for (const sessionId of [...subscriber.hears.keys()]) this.#drop(line, subscriber, sessionId);
    this.#subscribers.delete(line);
  }

  #catchUp(line: Line, subscriber: Subscriber, sessionId: number, after: number): void {
    // The line may be gone by now: even the answer can overflow it.
    if (this.#subscribers.get(line) !== subscriber || !subscriber.hears.has(sessionId)) return;
    const { pageEvents, unreadBytesMax, catchUpMs } = this.#bounds;
    let last = after;
    if (this.fanout.unreadBytes(line) <= unreadBytesMax) {
      const page = this.store.events(sessionId, after, pageEvents, unreadBytesMax);
      const { codes } = subscriber.sight;
      for (const event of page) line.tell(codes ? eventOf(event) : withoutCodes(eventOf(event)));
      if (page.length < pageEvents && charsOf(page) <= unreadBytesMax) {
        // Subscribed in the turn that told the last page, so that no event can come between.
        this.#hearNew(line, subscriber, sessionId);
        return;
      }
      last = page.at(-1)?.id ?? after;
    }
    const cancel = this.clock.after(catchUpMs, () => this.#catchUp(line, subscriber, sessionId, last));
    subscriber.hears.set(sessionId, cancel);
  }

  #hearNew(line: Line, subscriber: Subscriber, sessionId: number): void {
    subscriber.hears.set(sessionId, null);
    this.fanout.subscribe(line, sessionId, subscriber.sight.codes);
  }

  #drop(line: Line, subscriber: Subscriber, sessionId: number): void {
    const cancel = subscriber.hears.get(sessionId);
    if (cancel === undefined) return;
    if (cancel === null) this.fanout.unsubscribe(line, sessionId, subscriber.sight.codes);
    else cancel();
    subscriber.hears.delete(sessionId);
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
