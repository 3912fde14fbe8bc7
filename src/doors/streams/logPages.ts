// The log, page by page, as a stream reads it: of one session, or of all that were begun with a token.
import { eventOf } from "../../sessions/eventLog.ts";
import type { LoggedEvent } from "../../sessions/store/rows.ts";
import type { Store } from "../../sessions/store/store.ts";
import { withoutCodes } from "../../sessions/withoutCodes.ts";
import type { LogPage } from "./channel.ts";

/** Events looked at for a page, and characters past which one ends: about a millisecond's work. */
const PAGE_EVENTS = 256;
const PAGE_CHARS = 64 * 1024;

/** @param sessionId null: all that were begun with a token; @param codes whether codes of rooms are told */
export function readerOf(store: Store, sessionId: number | null, codes: boolean): (after: number) => LogPage {
  const told = (row: LoggedEvent) => (codes ? eventOf(row) : withoutCodes(eventOf(row)));
  return (after) => {
    if (sessionId === null) {
      const { events, last, isEnd } = store.outward.operatorsEvents(after, PAGE_EVENTS, PAGE_CHARS);
      return { events: events.map(told), last, isEnd };
    }
    const events = store.events(sessionId, after, PAGE_EVENTS, PAGE_CHARS);
    const chars = events.reduce((sum, { body }) => sum + body.length, 0);
    const isEnd = events.length < PAGE_EVENTS && chars <= PAGE_CHARS;
    return { events: events.map(told), last: events.at(-1)?.id ?? after, isEnd };
  };
}
