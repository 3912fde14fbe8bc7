// Who hears what on the live socket, without a socket: catching up from the log, and the end of a token.
import { describe, expect, test } from "bun:test";
import { isRefusal } from "../../src/protocol/refusals.ts";
import { ALL_SEEN, type Sight } from "../../src/protocol/sight.ts";
import { SUBSCRIPTIONS_PER_LINE_MAX, Subscribers } from "../../src/sessions/subscribers.ts";
import { core, nameOf } from "../support/core.ts";
import { NotebookLine } from "../support/notebook.ts";

const HOUR_MS = 3_600_000;
/** Small ones: a page is read in a few events. */
const BOUNDS = { subscriptionsMax: 5, pageEvents: 8, unreadBytesMax: 2_048, catchUpMs: 10 };
const {
  pageEvents: PAGE,
  unreadBytesMax: UNREAD_MAX,
  catchUpMs: CATCH_UP_MS,
  subscriptionsMax: SUBSCRIPTIONS_MAX,
} = BOUNDS;

/** A session with a game, and lines that have shown a token. */
function stage() {
  const fixture = core();
  const { clock, store, fanout, sessions } = fixture;
  const subscribers = new Subscribers(store, clock, fanout, BOUNDS);
  const session = sessions.start(null, null);
  if (isRefusal(session)) throw new Error(session.text);
  sessions.addGame(
    session.id,
    { title: "Quiz", packName: null, minPlayers: null, maxPlayers: null, appTag: null, manuallyAdded: false },
    null,
  );
  const newLine = (hours = 24, sight: Sight = ALL_SEEN) => {
    const line = new NotebookLine("live");
    subscribers.admit(line, clock.now() + hours * HOUR_MS, sight);
    return line;
  };
  const vote = (n: number) =>
    sessions.vote(session.id, { voter: `v${n}`, username: `v${n}`, vote: "up", votedAt: clock.now() });
  const subscribe = (line: NotebookLine, since: number | null, sessionId = session.id) => {
    const begin = subscribers.subscribe(line, sessionId, since);
    if (isRefusal(begin)) return begin.name;
    begin();
    return "subscribed";
  };
  return { ...fixture, subscribers, id: session.id, newLine, vote, subscribe };
}

function ids(line: NotebookLine): (number | null)[] {
  return line.heard().flatMap((event) => (event.kind === "session" ? [event.id] : []));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

describe("subscribers", () => {
  test("[T1][T2] without a token there is nothing to hear, and nothing that is not there", () => {
    const { subscribe, newLine, subscribers, id } = stage();
    const stranger = new NotebookLine("live");
    expect(subscribe(stranger, null)).toBe("not_authenticated");
    expect(nameOf(subscribers.unsubscribe(stranger, id))).toBe("not_authenticated");
    expect(subscribe(newLine(), null, 99)).toBe("session_not_found");
    expect(subscribe(newLine(), null)).toBe("subscribed");
  });

  test("[T2] so many sessions a line, and each of them again", () => {
    const { sessions, newLine, subscribe } = stage();
    const line = newLine();
    for (let n = 1; n < SUBSCRIPTIONS_MAX; n++) sessions.start(null, null);
    for (let id = 1; id <= SUBSCRIPTIONS_MAX; id++) expect(subscribe(line, null, id)).toBe("subscribed");
    sessions.start(null, null);
    expect(subscribe(line, null, SUBSCRIPTIONS_MAX + 1)).toBe("too_many_subscriptions");
    expect(subscribe(line, 0, 1)).toBe("subscribed");
    expect(SUBSCRIPTIONS_PER_LINE_MAX).toBe(256);
  });

  test("[T6] what was missed comes a page at a time, then what is new, each once", () => {
    const { clock, vote, newLine, subscribe } = stage();
    const old = 3 * PAGE;
    for (let n = 0; n < old; n++) vote(n);
    const line = newLine();
    subscribe(line, 2);
    expect(ids(line)).toEqual(range(3, 2 + PAGE));
    // Told to others meanwhile; to this line it comes from the log, in its turn.
    vote(old);
    expect(ids(line)).toEqual([]);
    clock.advance(CATCH_UP_MS);
    vote(old + 1);
    clock.advance(10 * CATCH_UP_MS);
    vote(old + 2);
    expect(ids(line)).toEqual(range(3 + PAGE, 2 + old + 3));
  });

  test("[T6][L6] long events come fewer at a time, and all of them", () => {
    const { clock, sessions, newLine, subscribe, id } = stage();
    const count = 2 * PAGE;
    for (let n = 0; n < count; n++) {
      const username = `${n} ${"長".repeat(400)}`;
      sessions.vote(id, { voter: username, username, vote: "up", votedAt: clock.now() });
    }
    const line = newLine();
    subscribe(line, 2);
    const first = ids(line);
    expect(first.length).toBeLessThan(PAGE);
    clock.advance(100 * CATCH_UP_MS);
    expect([...first, ...ids(line)]).toEqual(range(3, 2 + count));
  });

  test("[T6] a client that does not read is not buried", () => {
    const { clock, fanout, vote, newLine, subscribe } = stage();
    for (let n = 0; n < 2 * PAGE; n++) vote(n);
    const line = newLine();
    subscribe(line, 0);
    ids(line);
    fanout.unread = UNREAD_MAX + 1;
    clock.advance(60_000);
    expect(ids(line)).toEqual([]);
    fanout.unread = 0;
    clock.advance(60_000);
    expect(ids(line)).toEqual(range(PAGE + 1, 2 + 2 * PAGE));
  });

  test("[T2][T6] unsubscribing, and leaving, end the catching up", () => {
    const { subscribers, clock, vote, newLine, subscribe, id } = stage();
    for (let n = 0; n < 2 * PAGE; n++) vote(n);
    const [one, two] = [newLine(), newLine()];
    subscribe(one, 0);
    subscribe(two, 0);
    ids(one);
    ids(two);
    expect(nameOf(subscribers.unsubscribe(one, id))).toBe("unsubscribed");
    subscribers.gone(two);
    vote(0);
    clock.advance(60_000);
    expect([ids(one), ids(two)]).toEqual([[], []]);
  });

  test("[T6] subscribing again with since begins again from there; without, it goes on", () => {
    const { vote, newLine, subscribe } = stage();
    const line = newLine();
    subscribe(line, null);
    vote(1);
    expect(ids(line)).toEqual([3]);
    subscribe(line, null);
    vote(2);
    expect(ids(line)).toEqual([4]);
    subscribe(line, 1);
    expect(ids(line)).toEqual([2, 3, 4]);
    vote(3);
    expect(ids(line)).toEqual([5]);
  });
});

describe("tokens", () => {
  test("[T8] at the end of its token a line is closed, unless it has shown a newer one", () => {
    const { clock, subscribers, newLine } = stage();
    const [one, two] = [newLine(1), newLine(1)];
    clock.advance(HOUR_MS - 1);
    subscribers.admit(two, clock.now() + HOUR_MS, ALL_SEEN);
    expect([one.closedAs, two.closedAs]).toEqual([null, null]);
    clock.advance(1);
    expect([one.closedAs, two.closedAs]).toEqual(["tokenExpired", null]);
    clock.advance(HOUR_MS);
    expect(two.closedAs).toBe("tokenExpired");
  });

  test("[T8] a token that ends in a hundred years does not end now", () => {
    const { clock, newLine } = stage();
    const line = newLine(876_600);
    clock.advance(365 * 24 * HOUR_MS);
    expect(line.closedAs).toBeNull();
    clock.advance(99 * 366 * 24 * HOUR_MS);
    expect(line.closedAs).toBe("tokenExpired");
  });
});
