// When the client dials, how it finds a dead line, and what it does when its page sleeps and wakes: against a server of paper, on the runner's
// clock, since these take from seconds to half an hour.
import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { memorySeats } from "../../clients/js/src/index.ts";
import { Paper, page } from "./paper.ts";
import { outcome } from "./stage.ts";

const DIAL_MS = 100;
let paper = new Paper();

beforeEach(() => {
  paper = new Paper();
  jest.useFakeTimers();
});
afterEach(() => void jest.useRealTimers());

/** Lets time pass, a little at a time, so that the clock is seen to go and not to jump. */
function pass(ms: number): void {
  for (let at = 0; at < ms; at += 50) jest.advanceTimersByTime(Math.min(50, ms - at));
}

describe("a lost line", () => {
  test("is dialled again within 100 ms, then less and less often, up to seven and a half seconds", async () => {
    const room = await paper.room();
    paper.last.end();
    expect(room.status).toBe("away");
    pass(DIAL_MS);
    expect(paper.sockets).toHaveLength(2);
    const waits: number[] = [];
    for (let n = 0; n < 10; n++) {
      const before = paper.sockets.length;
      paper.last.end();
      let waited = 0;
      for (; paper.sockets.length === before; waited += 50) pass(50);
      waits.push(waited);
    }
    expect(waits[0]).toBeLessThanOrEqual(400);
    for (const [n, ms] of waits.entries()) expect(ms).toBeGreaterThanOrEqual(Math.min(5_000, 250 * 2 ** n) / 2 - 50);
    for (const ms of waits) expect(ms).toBeLessThanOrEqual(7_550);
    paper.join();
    paper.last.end();
    pass(DIAL_MS);
    expect(paper.sockets).toHaveLength(13);
    await paper.leave(room);
  });

  test("waits as long as the server asked when it sent many away, and no longer when it sent one", async () => {
    const room = await paper.room();
    paper.last.tell({ type: "bye", code: 4200, reason: "server going away", retry: true, retryAfterMs: 3_000 });
    expect(paper.last.isClosed).toBe(true);
    pass(2_900);
    expect(paper.sockets).toHaveLength(1);
    pass(200);
    paper.join({ resumed: true });
    paper.last.tell({ type: "bye", code: 4104, reason: "no sign of life", retry: true, retryAfterMs: 3_000 });
    pass(DIAL_MS);
    expect(paper.sockets).toHaveLength(3);
    await paper.leave(room);
  });

  test("is no news of the socket that was let go: what it says later is nobody's", async () => {
    const room = await paper.room();
    const old = paper.last;
    const heard: unknown[] = [];
    room.on("message", (data) => heard.push(data));
    old.end();
    pass(DIAL_MS);
    paper.join({ resumed: true });
    old.tell({ type: "message", from: "tv", data: "from the dead", seq: 1 });
    old.end(4001);
    paper.last.tell({ type: "message", from: "tv", data: "live", seq: 2 });
    pass(50);
    expect([room.status, heard]).toEqual(["here", ["live"]]);
    await paper.leave(room);
  });

  test("that opens and gets no answer is given up after five seconds", async () => {
    const room = await paper.room();
    paper.last.end();
    pass(DIAL_MS);
    paper.last.open();
    pass(4_900);
    expect(paper.last.isClosed).toBe(false);
    pass(200);
    expect(paper.sockets[1]?.isClosed).toBe(true);
    await paper.leave(room);
  });

  test("that stays lost for half an hour is the end, however often it was lost before", async () => {
    const room = await paper.room({ seats: memorySeats() });
    for (let n = 0; n < 3; n++) {
      pass(60_000 / 60);
      paper.last.end();
      pass(DIAL_MS);
      paper.join({ resumed: true });
    }
    pass((40 * 60_000) / 60);
    const told: unknown[] = [];
    room.on("over", (over) => told.push(over));
    paper.last.end();
    for (let minute = 0; minute < 29; minute++) jest.advanceTimersByTime(60_000);
    expect(told).toEqual([]);
    jest.advanceTimersByTime(60_000);
    expect(told).toEqual([{ why: "gone", reason: "unreachable" }]);
    expect(jest.getTimerCount()).toBe(0);
  });
});

test("a server that never answers rejects after twenty seconds, with its last no where it had one", async () => {
  const never = outcome(paper.opening());
  jest.advanceTimersByTime(20_000);
  expect(await never).toBe("unreachable");
  const full = outcome(paper.opening());
  paper.last.open();
  paper.last.tell({ type: "error", code: "server_full", message: "Server is full", id: "join", retryAfterMs: 30_000 });
  pass(19_000);
  const { length } = paper.sockets;
  jest.advanceTimersByTime(1_000);
  expect(await full).toBe("server_full");
  expect(paper.sockets).toHaveLength(length);
  expect(jest.getTimerCount()).toBe(0);
});

describe("a silent line", () => {
  test("is asked after four seconds and given up after twelve", async () => {
    const room = await paper.room();
    const line = paper.last;
    pass(3_900);
    expect(line.count("ping")).toBe(0);
    pass(1_100);
    expect(line.count("ping")).toBe(1);
    pass(6_900);
    expect(line.isClosed).toBe(false);
    pass(1_200);
    expect([line.isClosed, room.status]).toEqual([true, "away"]);
    await paper.leave(room);
  });

  test("answers each tick, and a pong is matched with its own ping", async () => {
    const room = await paper.room();
    const line = paper.last;
    line.tell({ type: "tick", t: 0 });
    pass(100);
    line.tell({ type: "tick", t: 0 });
    pass(50);
    expect(line.count("ping")).toBe(2);
    expect(line.said.filter(({ type }) => type === "ping").every((ping) => !("id" in ping))).toBe(true);
    line.tell({ type: "pong", t: Date.now() + 1_000 - 75 });
    expect(room.latencyMs).toBe(150);
    line.tell({ type: "pong", t: Date.now() + 1_000 - 25 });
    expect(room.latencyMs).toBe(50);
    expect(room.now()).toBe(Date.now() + 1_000);
    await paper.leave(room);
  });
});

describe("a page", () => {
  test("that is hidden keeps its seat, does not dial, and dials at once when it is looked at", async () => {
    const window = page();
    try {
      const seats = memorySeats();
      const room = await paper.room({ seats });
      paper.last.tell({ type: "message", from: "tv", data: 1, seq: 7 });
      jest.advanceTimersByTime(1);
      paper.last.tell({ type: "message", from: "tv", data: 1, seq: 8 });
      expect(seats.load("GXHB")?.since ?? 0).toBe(0);
      window.set("hidden");
      expect(seats.load("GXHB")?.since).toBe(8);
      paper.last.end();
      pass(10_000);
      expect(paper.sockets).toHaveLength(1);
      window.set("visible");
      expect(paper.sockets).toHaveLength(2);
      paper.join({ resumed: true });
      expect(paper.last.said[0]).toMatchObject({ since: 8, epoch: "e" });
      await paper.leave(room);
      expect(seats.load("GXHB")).toBeUndefined();
      window.set("hidden");
      expect(seats.load("GXHB")).toBeUndefined();
    } finally {
      window.undo();
    }
  });

  test("that nobody has looked at yet is not told that there is no server", async () => {
    const window = page();
    try {
      window.set("hidden");
      const opening = paper.opening();
      pass(60_000);
      expect(paper.sockets).toHaveLength(0);
      window.set("visible");
      paper.last.open();
      const { clientId } = paper.last.said[0] ?? {};
      paper.last.tell({ type: "created", id: "join", room: "GXHB", clientId, host: clientId, epoch: "e", seq: 0 });
      await paper.leave(await opening);
    } finally {
      window.undo();
    }
  });

  test("that has a network again does not wait for the next try, unless the server asked for that", async () => {
    const window = page();
    try {
      const room = await paper.room();
      for (let n = 0; n < 6; n++) {
        paper.last.end();
        const { length } = paper.sockets;
        while (paper.sockets.length === length) pass(50);
      }
      paper.last.end();
      const { length } = paper.sockets;
      window.set("visible", "online");
      expect(paper.sockets).toHaveLength(length + 1);
      paper.join({ resumed: true });
      paper.last.tell({ type: "bye", code: 4200, reason: "", retry: true, retryAfterMs: 4_000 });
      window.set("visible", "online");
      expect(paper.sockets).toHaveLength(length + 1);
      await paper.leave(room);
    } finally {
      window.undo();
    }
  });

  test("that wakes asks for a sign of life, and takes the line for dead without one", async () => {
    const window = page();
    try {
      const room = await paper.room();
      pass(1_000);
      window.set("visible", "pageshow");
      expect(paper.last.count("ping")).toBe(1);
      pass(100);
      paper.last.tell({ type: "pong", t: 0 });
      pass(2_600);
      expect(paper.sockets[0]?.isClosed).toBe(false);
      window.set("visible", "resume");
      pass(2_600);
      expect(paper.sockets[0]?.isClosed).toBe(true);
      await paper.leave(room);
    } finally {
      window.undo();
    }
  });

  test("whose machine slept finds that by its clock", async () => {
    const room = await paper.room();
    const line = paper.last;
    jest.setSystemTime(Date.now() + 30_000);
    jest.advanceTimersByTime(1_000);
    expect(line.count("ping")).toBe(1);
    jest.advanceTimersByTime(400);
    expect([line.isClosed, room.status]).toEqual([true, "away"]);
    await paper.leave(room);
  });

  test("whose line died while it stood still is not deceived by what came before and waited in the browser", async () => {
    const room = await paper.room();
    const line = paper.last;
    jest.setSystemTime(Date.now() + 30_000);
    line.tell({ type: "message", from: "tv", data: 1, seq: 1 });
    jest.advanceTimersByTime(1_000);
    line.tell({ type: "message", from: "tv", data: 2, seq: 2 });
    line.tell({ type: "tick", t: 0 });
    jest.advanceTimersByTime(400);
    expect([line.isClosed, room.status]).toEqual([true, "away"]);
    await paper.leave(room);
  });
});

test("a cast behind too much that waits in the socket is dropped", async () => {
  const room = await paper.room();
  paper.last.bufferedAmount = 20_000;
  expect(room.cast(1)).toBe(false);
  paper.last.bufferedAmount = 0;
  expect(room.cast(1)).toBe(true);
  expect(room.casts).toEqual({ sent: 1, dropped: 1 });
  await paper.leave(room);
});
