// What the doctor makes of what it has measured and heard, without a browser: where it draws its lines, and what it says to do then.
import { expect, test } from "bun:test";
import type { Frame } from "../../clients/js/src/wire.ts";
import { type Finding, good, note, type Standing } from "../../pages/doctor/findings.ts";
import { Cut, type Line } from "../../pages/doctor/line.ts";
import { addressCounted, clock, limited, takesRooms } from "../../pages/doctor/overHttp.ts";
import { bigFrame, judged, trips } from "../../pages/doctor/overLine.ts";
import type { Patient, Seen } from "../../pages/doctor/patient.ts";
import { sleepVerdict, verdict } from "../../pages/doctor/result.ts";
import type { Slept } from "../../pages/doctor/sleep.ts";

const SEEN: Seen = {
  ...{ at: 0, address: "192.168.1.7", proxy: "none", forwarded: [], host: "party.lan", scheme: "http" },
  ...{ draining: false, limits: "on" },
};

function patient(change: Partial<Patient> = {}): Patient {
  const { signal } = new AbortController();
  return {
    ...{ doesHttpAnswer: true, line: null, me: "me", roomRefused: "", seen: SEEN, aheadMs: 0, clockErrorMs: 0 },
    ...{ stop: signal, skip: signal, waits: () => {}, ...change },
  };
}

/** A line that answers each request so. @param answer gives a frame, or throws how the line ended */
function lineOf(answer: (request: Record<string, unknown>) => object): Line {
  return {
    ask: async (request) => answer(request as Record<string, unknown>) as Frame,
    cut: new Promise<Cut>(() => {}),
    close: () => {},
  };
}

/** How it stands, and whether these words are said of it. */
function expectSaid({ standing, says }: Finding, wanted: Standing, words: string): void {
  expect([standing, says]).toEqual([wanted, expect.stringContaining(words)]);
}

const steady = (ms: number) => Array.from({ length: 20 }, () => ms);
const uneven = (ms: number, step: number) => Array.from({ length: 20 }, (_, n) => ms + (n % 2) * step);

test("[H26] round trips are fine to 120 ms in the median, to be looked at to 600, and too slow to play past that", () => {
  expectSaid(judged(steady(120)), "good", "20 messages there and back: 120 ms in the median, 0 ms of jitter");
  expectSaid(judged(steady(121)), "look", "Players notice");
  expectSaid(judged(steady(600)), "look", "Players notice");
  expectSaid(judged(steady(601)), "broken", "too slow to play");
});

test("[H26] up to 60 ms from one round trip to the next are no unevenness, and one that is late alone is none", () => {
  expectSaid(judged(uneven(20, 60)), "good", "60 ms of jitter");
  expectSaid(judged(uneven(20, 61)), "look", "The network is uneven");
  expectSaid(judged([...steady(20).slice(1), 500]), "good", "20 ms in the median");
});

test("[H26] a line that ends among the round trips is told, with after how many", async () => {
  let asked = 0;
  const line = lineOf(({ id }) => {
    if (++asked > 2) throw new Cut(1006);
    return { type: "pong", id };
  });
  expectSaid(await trips(patient({ line })), "broken", "After 2 of 20 round trips the line was cut (1006)");
});

test("[H26] 32 KiB that do not come back are told by why: too large, refused, changed on the way, no answer, no room", async () => {
  const sent = (answer: (request: Record<string, unknown>) => object) => bigFrame(patient({ line: lineOf(answer) }));
  const ended = (code: number, reason?: string) =>
    sent(() => {
      throw new Cut(code, reason);
    });
  expectSaid(await sent(({ data }) => ({ type: "message", data })), "good", "32 KiB came back whole");
  expectSaid(await sent(() => ({ type: "message", data: "x" })), "broken", "was refused");
  expectSaid(await sent(() => ({ type: "error", message: "Too long" })), "broken", "refused (Too long)");
  expectSaid(await ended(1009), "look", "raise MAX_FRAME_BYTES, or the proxy's limit");
  expectSaid(await ended(1006), "broken", "the line was cut (1006)");
  expectSaid(await ended(4101, "too fast"), "broken", "the server ended the line (4101, too fast)");
  expectSaid(await ended(0), "broken", "no answer came");
  const line = lineOf(() => ({}));
  expectSaid(await bigFrame(patient({ line, me: null, roomRefused: "Server is full" })), "skipped", "(Server is full)");
  expectSaid(await bigFrame(patient({ line: null })), "skipped", "none opened");
});

test("[H26] clocks agree within two seconds, give or take what cannot be known, and it is said which way they differ", () => {
  const off = (aheadMs: number, clockErrorMs = 0) => clock(patient({ aheadMs, clockErrorMs }));
  expectSaid(off(2_000), "good", "agree within 2.0 s");
  expectSaid(off(2_400, 400), "good", "agree within 2.8 s");
  expectSaid(off(100), "good", "agree.");
  expectSaid(off(2_001), "look", "clock is 2.0 s behind the server's");
  expectSaid(off(-75_000, 400), "look", "clock is 75 s ahead of the server's");
});

test("[H26] what the server sees is told, and where it said nothing that is no fault of it", () => {
  const told = (change: Partial<Seen>) => patient({ seen: { ...SEEN, ...change } });
  expectSaid(takesRooms(told({ draining: true })), "broken", "is stopping and takes nobody new");
  expectSaid(takesRooms(told({})), "good", "takes new rooms");
  expectSaid(limited(told({ limits: "off" })), "look", "LIMITS=off");
  expectSaid(addressCounted(told({ proxy: "named" })), "good", "TRUSTED_PROXIES names: you count as 192.168.1.7");
  for (const look of [takesRooms, limited, addressCounted, clock])
    expectSaid(look(patient({ seen: null })), "skipped", "did not say what it sees");
});

test("[H26] the whole is as its worst part, and fine only when all is looked at", () => {
  const look: Finding = { standing: "look", says: "" };
  const broken: Finding = { standing: "broken", says: "" };
  expectSaid(verdict([good(""), note("")], true), "good", "Phones can play here");
  expectSaid(verdict([good(""), note("")], false), "note", "Fine so far");
  expectSaid(verdict([good(""), look], true), "look", "1 thing to look at");
  expectSaid(verdict([broken, look, broken], false), "broken", "2 things are broken");
});

test("[H26] a number that the sleep test lost, or heard twice, is broken however the line stood", () => {
  const slept: Slept = {
    ...{ sleptMs: 20_000, line: "closed", code: 4104, foundMs: 0, backMs: 132 },
    ...{ said: 30, came: 30, late: 18, twice: 0 },
  };
  expectSaid(
    sleepVerdict(slept),
    "good",
    "found at once and mended 132 ms after waking; all 30 numbers came, none twice",
  );
  expectSaid(sleepVerdict({ ...slept, foundMs: 2_500 }), "good", "found after 2.5 s");
  expectSaid(sleepVerdict({ ...slept, line: "alive" }), "good", "The line lived through it");
  expectSaid(sleepVerdict({ ...slept, came: 28 }), "broken", "Of 30 numbers 2 did not come:");
  expectSaid(sleepVerdict({ ...slept, line: "alive", twice: 1 }), "broken", "Of 30 numbers 1 came twice:");
  expectSaid(sleepVerdict({ ...slept, came: 29, twice: 3 }), "broken", "1 did not come and 3 came twice");
});
