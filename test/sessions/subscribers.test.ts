// Who hears what on the live socket, without a socket: catching up from the log, and the end of a token.
import { describe, expect, test } from "bun:test";
import { FIXED } from "../../src/limits/table.ts";
import { core, nameOf } from "../support/core.ts";
import { NotebookLine } from "../support/notebook.ts";

const HOUR_MS = 3_600_000;

/** A session with a game, and a line that has shown a token. */
function stage() {
  const parts = core();
  const { clock, relay, sessions } = parts;
  const session = sessions.start(null, null);
  if ("kind" in session) throw new Error("no session");
  sessions.addGame(
    session.id,
    { title: "Quiz", packName: null, minPlayers: null, maxPlayers: null, appTag: null, manuallyAdded: false },
    null,
  );
  const newLine = (hours = 24) => {
    const line = new NotebookLine("live");
    relay.admit(line, clock.now() + hours * HOUR_MS);
    return line;
  };
  const vote = (n: number) =>
    sessions.vote(session.id, { voter: `v${n}`, username: `v${n}`, vote: "up", votedAt: clock.now() });
  const subscribe = (line: NotebookLine, since: number | null, sessionId = session.id) =>
    nameOf(parts.ask(line, { kind: "subscribe", sessionId, since }));
  return { ...parts, id: session.id, newLine, vote, subscribe };
}

function ids(line: NotebookLine): (number | null)[] {
  return line.heard().flatMap((event) => (event.kind === "session" ? [event.id] : []));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

describe("subscribers", () => {
  test("[T1][T2] without a token there is nothing to hear, and nothing that is not there", () => {
    const { subscribe, newLine, ask, id } = stage();
    const stranger = new NotebookLine("live");
    expect(subscribe(stranger, null)).toBe("not_authenticated");
    expect(nameOf(ask(stranger, { kind: "unsubscribe", sessionId: id }))).toBe("not_authenticated");
    expect(subscribe(newLine(), null, 99)).toBe("session_not_found");
    expect(subscribe(newLine(), null)).toBe("subscribed");
  });

  test("[T2] so many sessions a line, and each of them again", () => {
    const { sessions, newLine, subscribe } = stage();
    const line = newLine();
    for (let n = 1; n < FIXED.subscriptionsPerLineMax; n++) sessions.start(null, null);
    for (let id = 1; id <= FIXED.subscriptionsPerLineMax; id++) expect(subscribe(line, null, id)).toBe("subscribed");
    sessions.start(null, null);
    expect(subscribe(line, null, FIXED.subscriptionsPerLineMax + 1)).toBe("too_many_subscriptions");
    expect(subscribe(line, 0, 1)).toBe("subscribed");
  });

  test("[T6] what was missed comes a page at a time, then what is new, each once", () => {
    const { clock, vote, newLine, subscribe } = stage();
    const old = 3 * FIXED.catchUpEvents;
    for (let n = 0; n < old; n++) vote(n);
    const line = newLine();
    subscribe(line, 2);
    expect(ids(line)).toEqual(range(3, 2 + FIXED.catchUpEvents));
    // Told to others meanwhile; to this line it comes from the log, in its turn.
    vote(old);
    expect(ids(line)).toEqual([]);
    clock.advance(FIXED.catchUpMs);
    vote(old + 1);
    clock.advance(10 * FIXED.catchUpMs);
    vote(old + 2);
    expect(ids(line)).toEqual(range(3 + FIXED.catchUpEvents, 2 + old + 3));
  });

  test("[T6][L6] long events come fewer at a time, and all of them", () => {
    const { clock, sessions, newLine, subscribe, id } = stage();
    const count = 2 * FIXED.catchUpEvents;
    for (let n = 0; n < count; n++) {
      const username = `${n} ${"長".repeat(90)}`;
      sessions.vote(id, { voter: username, username, vote: "up", votedAt: clock.now() });
    }
    const line = newLine();
    subscribe(line, 2);
    const first = ids(line);
    expect(first.length).toBeLessThan(FIXED.catchUpEvents);
    clock.advance(100 * FIXED.catchUpMs);
    expect([...first, ...ids(line)]).toEqual(range(3, 2 + count));
  });

  test("[T6] a client that does not read is not buried", () => {
    const { clock, fanout, vote, newLine, subscribe } = stage();
    for (let n = 0; n < 2 * FIXED.catchUpEvents; n++) vote(n);
    const line = newLine();
    subscribe(line, 0);
    ids(line);
    fanout.unread = FIXED.catchUpUnreadBytesMax + 1;
    clock.advance(60_000);
    expect(ids(line)).toEqual([]);
    fanout.unread = 0;
    clock.advance(60_000);
    expect(ids(line)).toEqual(range(FIXED.catchUpEvents + 1, 2 + 2 * FIXED.catchUpEvents));
  });

  test("[T2][T6] unsubscribing, and leaving, end the catching up", () => {
    const { ask, clock, vote, newLine, subscribe, id, relay } = stage();
    for (let n = 0; n < 2 * FIXED.catchUpEvents; n++) vote(n);
    const [one, two] = [newLine(), newLine()];
    subscribe(one, 0);
    subscribe(two, 0);
    ids(one);
    ids(two);
    expect(nameOf(ask(one, { kind: "unsubscribe", sessionId: id }))).toBe("unsubscribed");
    relay.gone(two, "lost");
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
    const { clock, relay, newLine } = stage();
    const [one, two] = [newLine(1), newLine(1)];
    clock.advance(HOUR_MS - 1);
    relay.admit(two, clock.now() + HOUR_MS);
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
