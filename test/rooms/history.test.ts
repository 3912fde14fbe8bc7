// The window behind resume: whole or not at all, and never larger than it says.

import { describe, expect, test } from "bun:test";
import { HISTORY_BYTES_MAX, HISTORY_ENTRY_BYTES, History } from "../../src/rooms/history.ts";
import type { Seat } from "../../src/rooms/seat.ts";
import { account } from "../support/kept.ts";

// A seat is only compared with another here, and keeps from where on it can be told whole.
const seat = () => ({ wholeFrom: 0 }) as Seat;
const [ana, bo] = [seat(), seat()];
const state = (body: string) => ({ kind: "state", body }) as const;
const bodies = (history: History, since: number, seat = ana) =>
  history.after(since, seat)?.map(({ event }) => ("body" in event ? event.body : event.kind)) ?? null;

describe("the window", () => {
  test("[R32] is bounded by count", () => {
    const history = new History(3, account());
    for (let n = 1; n <= 100; n++) {
      expect(history.add(state(String(n)), null)).toBe(n);
      expect(history.size).toBe(Math.min(n, 3));
    }
    expect(bodies(history, 97)).toEqual(["98", "99", "100"]);
    expect(bodies(history, 96)).toBeNull();
  });

  test("[R32] is bounded by size", () => {
    const history = new History(512, account());
    const body = "x".repeat(10_000);
    for (let n = 0; n < 100; n++) history.add(state(body), null);
    const fits = Math.floor(HISTORY_BYTES_MAX / (10_000 + HISTORY_ENTRY_BYTES));
    expect(history.size).toBe(fits);
    expect(bodies(history, 100 - fits)).toHaveLength(fits);
    expect(bodies(history, 99 - fits)).toBeNull();
  });

  test("[R32] keeps nothing of what is larger than it, and says so", () => {
    const history = new History(512, account());
    history.add(state("x".repeat(HISTORY_BYTES_MAX)), null);
    expect(history.size).toBe(0);
    expect(bodies(history, 0)).toBeNull();
    expect(bodies(history, 1)).toEqual([]);
  });

  test("[R32] holds what fills it to the last byte", () => {
    const history = new History(512, account());
    history.add(state("x".repeat(HISTORY_BYTES_MAX - HISTORY_ENTRY_BYTES)), null);
    expect(history.size).toBe(1);
    history.add(state(""), null);
    expect(history.size).toBe(1);
    expect(bodies(history, 1)).toEqual([""]);
  });

  test("[R32] lets go of what it has dropped: a room's memory is bounded, however long it plays", async () => {
    const history = new History(3, account());
    const added = Array.from({ length: 1_000 }, (_, n) => {
      const event = state(String(n));
      history.add(event, null);
      return new WeakRef(event);
    });
    // What a weak reference was made for is held until the turn has ended.
    await new Promise(setImmediate);
    Bun.gc(true);
    expect(added.filter((event) => event.deref() !== undefined).length).toBeLessThan(100);
    expect(bodies(history, 997)).toEqual(["997", "998", "999"]);
  });

  test("[R33] leaves out what was not meant for the seat", () => {
    const history = new History(8, account());
    history.add(state("all"), null);
    history.add(state("all but ana"), ana);
    history.addFor(state("bo alone"), [bo], null);
    history.addFor(state("both by name"), [bo, ana], null);
    expect(bodies(history, 0, ana)).toEqual(["all", "both by name"]);
    expect(bodies(history, 0, bo)).toEqual(["all", "all but ana", "bo alone", "both by name"]);
  });

  test("[R33] an empty history reaches back to its own number alone", () => {
    const record = { seq: 0, droppedSeq: 0, told: [] };
    const history = History.restore(record, 8, new Map(), account());
    expect(bodies(history, 0)).toEqual([]);
    expect(bodies(history, 1)).toBeNull();
  });
});

describe("one member's share", () => {
  const TROLL = 7;
  const toSelf = (history: History, body: string, seats: readonly Seat[] = [ana]) =>
    history.addFor(state(body), seats, TROLL);
  const filled = (count: number, countMax = count) => {
    const history = new History(countMax, account());
    for (let n = 1; n <= count; n++) history.add(state(String(n)), null);
    return history;
  };

  test("[L33] what one says to some alone pushes out half of what the others have, and then its own", () => {
    const [ana, bo] = [seat(), seat()];
    const history = filled(64);
    for (let n = 0; n < 1_000; n++) toSelf(history, "x", [ana]);
    expect(bodies(history, 32, bo)).toEqual(Array.from({ length: 32 }, (_, n) => String(33 + n)));
    expect(bodies(history, 31, bo)).toBeNull();
    expect(history.size).toBe(32 + 64);
  });

  test("[L33] whom that was for is told whole what is kept, or that it is not", () => {
    const [ana, bo] = [seat(), seat()];
    const history = filled(8);
    for (let n = 0; n < 100; n++) toSelf(history, `to ana ${n}`, [ana]);
    history.add(state("for all"), null);
    const last = history.seq - 1;
    expect(bodies(history, last - 8, ana)).toHaveLength(9);
    expect(bodies(history, last - 9, ana)).toBeNull();
    expect(bodies(history, 8, ana)).toBeNull();
    expect(bodies(history, 8, bo)).toEqual(["for all"]);
  });

  test("[L33] by size as by number: large messages to oneself leave the others half", () => {
    const [ana, bo] = [seat(), seat()];
    const history = filled(300, 512);
    const size = 300 * HISTORY_ENTRY_BYTES;
    expect(size).toBeLessThan(HISTORY_BYTES_MAX / 2);
    for (let n = 0; n < 50; n++) toSelf(history, "x".repeat(60_000), [ana]);
    expect(bodies(history, 0, bo)).toHaveLength(300);
    for (let n = 0; n < 2_000; n++) history.add(state("x".repeat(100)), null);
    expect(history.size).toBeLessThanOrEqual(512 + 2);
  });

  test("[L33] lets go of what it has dropped, wherever it stood", async () => {
    const history = filled(64, 512);
    const added = Array.from({ length: 1_000 }, () => {
      const event = state("x".repeat(20_000));
      history.addFor(event, [ana], TROLL);
      return new WeakRef(event);
    });
    await new Promise(setImmediate);
    Bun.gc(true);
    expect(added.filter((event) => event.deref() !== undefined).length).toBeLessThan(20);
    expect(bodies(history, 0, seat())).toHaveLength(64);
  });

  test("[L33] what is said to all pushes out the oldest: whoever comes back would need it", () => {
    const history = filled(8);
    for (let n = 0; n < 8; n++) history.add(state("flood"), null);
    expect(bodies(history, 8, bo)).toHaveLength(8);
    expect(bodies(history, 7, bo)).toBeNull();
  });

  test("[L33] a window of one holds the last message, whoever it is for", () => {
    const [ana, bo] = [seat(), seat()];
    const history = new History(1, account());
    history.add(state("1"), null);
    toSelf(history, "2", [ana]);
    expect([bodies(history, 1, ana), bodies(history, 1, bo), bodies(history, 0, bo)]).toEqual([["2"], [], null]);
  });

  test("[L33] shares and gaps are as they were in the next process", () => {
    const [ana, bo] = [seat(), seat()];
    const history = filled(8);
    const from = (n: number) => {
      const speaker = { clientId: "troll", index: TROLL, messageHead: null };
      return { kind: "message", from: speaker, body: String(n) } as const;
    };
    for (let n = 0; n < 100; n++) history.addFor(from(n), [ana], TROLL);
    const record = history.record(true);
    expect(record).toMatchObject({ seq: 108, droppedSeq: 4 });
    const next = History.restore(record, 8, new Map([[0, ana]]), account());
    expect(next.size).toBe(history.size);
    for (let n = 100; n < 200; n++) next.addFor(from(n), [ana], TROLL);
    expect([bodies(next, 4, bo), bodies(next, 3, bo)]).toEqual([["5", "6", "7", "8"], null]);
    expect([bodies(next, 200, ana)?.length, bodies(next, 199, ana)]).toEqual([8, null]);
  });
});
