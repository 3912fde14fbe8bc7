// What the client takes the server's clock to be: which pong it believes, and for how long. On paper, and on the runner's clock.
import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import { Paper, type PaperSocket } from "./paper.ts";

let paper = new Paper();

beforeEach(() => {
  paper = new Paper();
  jest.useFakeTimers();
});
afterEach(() => void jest.useRealTimers());

/** One round trip: the ping is so long on its way, and the pong so long; the server is so far ahead. */
function roundTrip(line: PaperSocket, there: number, back: number, aheadMs: number): void {
  line.tell({ type: "tick", t: 0 });
  jest.advanceTimersByTime(there);
  const t = Date.now() + aheadMs;
  jest.advanceTimersByTime(back);
  line.tell({ type: "pong", t });
}

function timer(more: object = {}) {
  const t = Date.now() + 60_000;
  return { type: "timer", timer: "round", leftMs: 10_000, t, endsAt: t + 10_000, isPaused: false, ...more };
}

test("[C25] before the first pong a timer says about what the clock is, and the client asks for more", async () => {
  const room = await paper.room();
  const before = paper.last.count("ping");
  paper.last.tell(timer());
  expect(room.now()).toBe(Date.now() + 60_000);
  expect(room.timers.get("round")?.leftMs).toBe(10_000);
  expect(paper.last.count("ping")).toBe(before + 1);
  jest.advanceTimersByTime(4_000);
  expect(room.timers.get("round")?.leftMs).toBe(6_000);
  jest.advanceTimersByTime(7_000);
  expect(room.timers.get("round")?.leftMs).toBe(0);
  await paper.leave(room);
});

test("[C25] whoever joins while a timer runs asks for the clock at once", async () => {
  const opening = paper.room();
  paper.join({ timers: [timer()] });
  const room = await opening;
  expect(paper.last.count("ping")).toBe(1);
  // And some more times, one after the other, since one of them may have been slow.
  for (let n = 0; n < 10; n++) paper.last.tell({ type: "pong", t: Date.now() });
  expect(paper.last.count("ping")).toBe(5);
  await paper.leave(room);
});

test("[C25] the fastest round trip knows best: a slow one with all its way in one direction changes nothing", async () => {
  const room = await paper.room();
  const line = paper.last;
  roundTrip(line, 50, 250, 60_000);
  // It is taken to have been half of its way.
  expect(room.now() - Date.now()).toBe(60_000 - 100);
  roundTrip(line, 5, 5, 60_000);
  expect(room.now() - Date.now()).toBe(60_000);
  roundTrip(line, 0, 300, 60_000);
  roundTrip(line, 200, 0, 60_000);
  expect(room.now() - Date.now()).toBe(60_000);
  line.tell(timer({ t: Date.now() + 59_000 }));
  expect(room.now() - Date.now()).toBe(60_000);
  await paper.leave(room);
});

test("[C25] clocks drift: after a while a slower round trip is believed", async () => {
  const room = await paper.room();
  const line = paper.last;
  roundTrip(line, 5, 5, 60_000);
  roundTrip(line, 20, 20, 60_010);
  expect(room.now() - Date.now()).toBe(60_000);
  // Kept alive all the while.
  for (let at = 0; at < 40; at++) {
    jest.advanceTimersByTime(1_000);
    line.tell({ type: "state", data: at });
  }
  roundTrip(line, 20, 20, 60_010);
  expect(room.now() - Date.now()).toBe(60_010);
  await paper.leave(room);
});

test.each([30_000, -30_000])(
  "[C25] a device whose clock is set by %d ms believes the next pong, slow or not",
  async (ms) => {
    const room = await paper.room();
    const line = paper.last;
    roundTrip(line, 5, 5, 60_000);
    jest.setSystemTime(Date.now() + ms);
    roundTrip(line, 100, 100, 60_000 - ms);
    expect(room.now() - Date.now()).toBe(60_000 - ms);
    await paper.leave(room);
  },
);
