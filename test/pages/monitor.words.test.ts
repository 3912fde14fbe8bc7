// What the monitor's page makes of answers, without a browser: rates and lines, and words for all that the server can say.
import { expect, test } from "bun:test";
import type { z } from "zod";
import type { Picture, RecordAnswer, RoomAnswer } from "../../pages/monitor/answers.ts";
import { grown, path, roomRates, type Sample, sampled, WINDOW_MS } from "../../pages/monitor/rates.ts";
import { CLOSES as CLOSE_WORDS, KINDS, told } from "../../pages/monitor/words.ts";
import { ago, short, size, time } from "../../pages/shared/amounts.ts";
import type { MonitorView, RecordView, RoomView } from "../../src/doors/http/operatorViews.ts";
import { EVENT_KINDS } from "../../src/doors/recorder.ts";
import { CLOSES } from "../../src/protocol/refusals.ts";

/** Compiles as long as the page reads what the server's schemas give. */
export const READS = {
  picture: (answer: z.infer<typeof MonitorView>): Picture => answer,
  room: (answer: z.infer<typeof RoomView>): RoomAnswer => answer,
  record: (answer: z.infer<typeof RecordView>): RecordAnswer => answer,
};

const TOTALS = {
  ...{ linesOpened: 0, roomsOpened: 0, sessionsOpened: 0, messagesIn: 0, messagesOut: 0, bytesIn: 0, bytesOut: 0 },
  ...{
    pauses: 0,
    waits: 0,
    dropped: 0,
    abandoned: 0,
    faults: 0,
    resumesOk: 0,
    resumesFailed: 0,
    failedLogins: 0,
    cpuMs: 0,
  },
};
const ROOM = {
  ...{ code: "GXHB", number: null, dialect: "party", here: 2, away: 0, maxClients: 9, audience: 0, locked: false },
  ...{ ageMs: 0, quietMs: 0, busy: 0, session: null },
};

function picture(at: number, change: Partial<Picture> = {}): Picture {
  return {
    ...{ at, startedAt: 1, version: "0", draining: false, refusals: {}, limited: {}, closes: {}, rooms: [] },
    now: {
      lines: 0,
      rooms: 0,
      here: 0,
      away: 0,
      audience: 0,
      listeners: 0,
      keptBytes: 0,
      unreadBytes: 0,
      memoryBytes: 0,
    },
    totals: TOTALS,
    lag: { boundsMs: [1, 5, 10], counts: [0, 0, 0, 0], sumMs: 0 },
    ...{ total: 0, matched: 0, events: [], next: 0, missed: 0, recording: true },
    ...change,
  };
}

/** What a page that saw these has kept. */
function seen(...pictures: readonly Picture[]): readonly Sample[] {
  let samples: readonly Sample[] = [];
  for (const [index, one] of pictures.entries()) samples = sampled(samples, pictures[index - 1] ?? null, one);
  return samples;
}

test("[H27] a rate is the difference of two answers by the server's clock, and the first answer has none", () => {
  const later = picture(12_500, { totals: { ...TOTALS, messagesIn: 50, cpuMs: 250 } });
  const [first, second] = seen(picture(10_000), later);
  expect(first?.values.messagesIn).toBeNull();
  expect([second?.values.messagesIn, second?.values.cpu]).toEqual([20, 10]);
});

test("[H27] an answer that was given before adds nothing, and another server's begins anew", () => {
  const one = picture(10_000);
  const other = picture(14_000, { startedAt: 13_000, totals: { ...TOTALS, messagesIn: 3 } });
  expect(seen(one, one).length).toBe(1);
  const samples = seen(one, picture(12_000), other);
  expect(samples.map(({ at }) => at)).toEqual([14_000]);
  expect(samples[0]?.values.messagesIn).toBeNull();
});

test("[H27] five minutes are kept and no more", () => {
  const samples = seen(...Array.from({ length: 200 }, (_, index) => picture(index * 2_000)));
  expect(samples.length).toBe(WINDOW_MS / 2_000);
  expect(samples.at(-1)?.at).toBe(398_000);
});

test("[H27] the lag is the bound of the latest beat since the answer before", () => {
  const lag = (...counts: readonly number[]) => ({ lag: { boundsMs: [1, 5, 10], counts, sumMs: 0 } });
  const lags = (...counts: readonly number[]) =>
    seen(picture(0, lag(9, 1, 0, 0)), picture(2_000, lag(...counts)))[1]?.values.lag;
  expect(lags(29, 1, 0, 0)).toBe(1);
  expect(lags(20, 3, 0, 0)).toBe(5);
  expect(lags(20, 3, 0, 1)).toBe(Number.POSITIVE_INFINITY);
  expect(lags(9, 1, 0, 0)).toBeNull();
});

test("[H27] what grew of late is told by name, also what was not there before", () => {
  const samples = seen(picture(0, { closes: { 4104: 2 } }), picture(2_000, { closes: { 4104: 5, 1006: 1 } }));
  expect(grown(samples, "closes")).toEqual({ "4104": 3, "1006": 1 });
});

test("[H27] a room's rate is of the same room: none for one that is new, or whose code another has now", () => {
  const before = picture(0, {
    rooms: [
      { ...ROOM, busy: 10 },
      { ...ROOM, code: "ABCD", busy: 9 },
    ],
  });
  const rooms = [
    { ...ROOM, busy: 14 },
    { ...ROOM, code: "ABCD", busy: 2 },
    { ...ROOM, code: "NEWR", busy: 2 },
  ];
  expect([...roomRates(before, picture(2_000, { rooms }))]).toEqual([["GXHB/party", 2]]);
});

test("[H27] a line is broken where nobody looked, and there is none of a single value", () => {
  const at = (ms: number, lines: number) => picture(ms, { now: { ...picture(0).now, lines } });
  expect(path(seen(at(0, 1)), "lines", 100, 10)).toBe("");
  const way = path(seen(at(0, 1), at(2_000, 2), at(60_000, 2), at(62_000, 4)), "lines", 100, 10);
  expect(way).toBe("M79.3 7.5L80.0 5.0M99.3 5.0L100.0 0.0");
});

test("[H27] there are words for every kind of entry and every close code of the server", () => {
  expect(EVENT_KINDS.filter((kind) => !(kind in KINDS))).toEqual([]);
  expect(Object.values(CLOSES).filter(({ code }) => !(code in CLOSE_WORDS))).toEqual([]);
  const entry = { id: 1, at: 0, room: null, number: null, dialect: null, seat: null, what: null, code: null };
  expect(told({ ...entry, kind: "closed", code: 4104, what: "no sign of life" }).words).toBe(
    "closed 4104, no sign of life",
  );
  expect(told({ ...entry, kind: "closed", code: 1006 }).words).toBe("closed 1006, lost");
  expect(told({ ...entry, kind: "left", what: "timeout" }).words).toBe("left (timeout)");
  expect(told({ ...entry, kind: "refused", what: "room_full" }).words).toBe("refused room_full");
  expect(told({ ...entry, kind: "flooded", what: "too fast", code: 4101 }).words).toBe("closed, too fast 4101");
});

test("numbers are short for people", () => {
  expect([0, 0.42, 9.96, 42.4, 1_204, 12_345, 999_499, 4_100_000].map(short)).toEqual([
    "0",
    "0.4",
    "10",
    "42",
    "1,204",
    "12.3k",
    "999k",
    "4.1M",
  ]);
  expect([740, 3_174, 65_011_712].map(size)).toEqual(["740 B", "3.1 KiB", "62 MiB"]);
  expect([4, 1_240, 75_000, 180_000, 7_500_000, 273_600_000].map(time)).toEqual([
    "4 ms",
    "1.2 s",
    "75 s",
    "3 min",
    "2 h 5 min",
    "3 d 4 h",
  ]);
  expect([900, 1_000].map(ago)).toEqual(["now", "1.0 s"]);
});
