// What is left of a room when it is over, and what the client makes of a server that does not let it in, against a server of paper.
import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { joinRoom, memorySeats, type Room } from "../../clients/js/src/index.ts";
import { Paper, page } from "./paper.ts";
import { outcome } from "./stage.ts";

let paper = new Paper();

beforeEach(() => {
  paper = new Paper();
  jest.useFakeTimers();
});
afterEach(() => void jest.useRealTimers());

const bye = (code: number) => () => paper.last.tell({ type: "bye", code, reason: "", retry: false, retryAfterMs: 0 });
const refusal = (code: string, more = {}) => ({ type: "error", code, message: code, id: "join", ...more });
/** Each way in which a room ends, and why it does. */
const ENDS: readonly [string, string, (room: Room) => unknown][] = [
  ["leave", "left", (room) => paper.leave(room)],
  ["leave, and no answer", "left", unanswered],
  ["4000", "replaced", bye(4000)],
  ["4001", "closed", bye(4001)],
  ["4002", "kicked", bye(4002)],
  ["4003", "refused", bye(4003)],
  ["a close without bye", "kicked", () => paper.last.end(4002)],
  ["room_not_found", "gone", () => back(refusal("room_not_found"))],
  ["wrong_secret", "refused", () => back(refusal("wrong_secret"))],
  ["unreachable", "gone", unreachable],
];

function unanswered(room: Room): void {
  void room.leave();
  jest.advanceTimersByTime(1_000);
}

function unreachable(): void {
  paper.last.end();
  jest.advanceTimersByTime(1_800_000);
}

/** The line is lost; on the next one the server says that. */
function back(frame: object): void {
  paper.last.end();
  jest.advanceTimersByTime(100);
  paper.last.open();
  paper.last.tell(frame);
}

describe("after the end nothing is left", () => {
  test.each(ENDS)("%s: %s", async (_, why, end) => {
    const window = page();
    try {
      const seats = memorySeats();
      const room = await paper.room({ seats, ackMs: 3_600_000 });
      jest.advanceTimersByTime(1);
      const told: string[] = [];
      room.on("over", (over) => told.push(over.why));
      room.on("message", () => told.push("message"));
      const asked = outcome(room.send(1));
      const next = outcome(room.next("state", { timeoutMs: 3_600_000 }));
      await end(room);
      expect([told, room.status]).toEqual([[why], "over"]);
      expect(["over", "unreachable"]).toContain((await asked) as string);
      expect(await next).toBe("over");
      expect(jest.getTimerCount()).toBe(0);
      const { length } = paper.sockets;
      for (const socket of paper.sockets) {
        expect(socket.isClosed).toBe(true);
        socket.tell({ type: "message", from: "tv", data: 1, seq: 99 });
        socket.end(4001);
      }
      window.set("hidden");
      window.set("visible");
      jest.advanceTimersByTime(60_000);
      expect([told, paper.sockets.length, jest.getTimerCount()]).toEqual([[why], length, 0]);
      expect(seats.load("GXHB") !== undefined).toBe(why === "replaced" || _ === "unreachable");
    } finally {
      window.undo();
    }
  });
});

describe("a server that does not let it in for now", () => {
  test.each(["draining", "server_full", "too_many_attempts"])("%s: it is asked again when it said", async (code) => {
    const opening = paper.room();
    const room = await opening;
    back(refusal(code, { retryAfterMs: 3_000 }));
    expect(room.status).toBe("away");
    jest.advanceTimersByTime(2_900);
    expect(paper.sockets).toHaveLength(2);
    jest.advanceTimersByTime(200);
    expect(paper.sockets).toHaveLength(3);
    paper.join({ resumed: true });
    expect(room.status).toBe("here");
    await paper.leave(room);
  });
});

test("a room whose opening is lost on the way is opened again, once", async () => {
  const opening = paper.opening({ name: "TV", state: [1] });
  paper.last.open();
  expect(paper.last.said[0]).toMatchObject({ type: "create", maxClients: 4, away: 60, history: 128, tick: "answer" });
  const { secret } = paper.last.said[0] ?? {};
  // [R54]
  expect(secret).toMatch(/^[0-9.]{12,64}$/);
  paper.last.end();
  jest.advanceTimersByTime(100);
  paper.last.open();
  const { clientId } = paper.last.said[0] ?? {};
  paper.last.tell({ type: "created", id: "join", room: "GXHB", clientId, host: clientId, epoch: "e", seq: 0 });
  const room = await opening;
  expect([room.code, room.me.name, room.isHost, room.state]).toEqual(["GXHB", "TV", true, [1]]);
  paper.last.end();
  jest.advanceTimersByTime(100);
  paper.join({ host: clientId, state: [1], peers: [{ clientId, name: "TV" }] });
  expect(paper.last.said[0]).toMatchObject({ type: "join", room: "GXHB", clientId, secret, epoch: "e", since: 0 });
  await paper.leave(room);
});

test("a hidden page answers ticks", async () => {
  const window = page();
  try {
    const room = await paper.room();
    window.set("hidden");
    paper.last.tell({ type: "tick", t: 0 });
    expect(paper.last.count("ping")).toBe(1);
    await paper.leave(room);
  } finally {
    window.undo();
  }
});

test("what is told by another line's number is told once", async () => {
  const room = await paper.room();
  jest.advanceTimersByTime(1);
  const heard: unknown[] = [];
  room.on("message", (data) => heard.push(data));
  const message = (seq: number) => ({ type: "message", from: "tv", data: seq, seq });
  for (const seq of [1, 2, 2, 1, 3]) paper.last.tell(message(seq));
  paper.last.end();
  jest.advanceTimersByTime(100);
  paper.join({ resumed: true, seq: 5, missed: [message(3), message(4)] });
  paper.last.tell(message(5));
  paper.last.tell(message(6));
  expect(heard).toEqual([1, 2, 3, 4, 6]);
  await paper.leave(room);
});

test("of what is sent while it comes back, nothing overtakes what waited", async () => {
  const room = await paper.room();
  jest.advanceTimersByTime(1);
  paper.last.end();
  void room.send("first").catch(() => {});
  room.on("status", (status) => status === "here" && void room.send("second").catch(() => {}));
  room.on("message", () => void room.send("third").catch(() => {}));
  jest.advanceTimersByTime(100);
  paper.join({ resumed: true, done: null, seq: 1, missed: [{ type: "message", from: "tv", data: 1, seq: 1 }] });
  expect(paper.last.said.slice(1).map(({ data }) => data)).toEqual(["first", "second", "third"]);
  await paper.leave(room);
});

test("the numbers of requests go on where those of the page before ended, whose seat it was", async () => {
  const opening = joinRoom({ url: "ws://paper", room: "GXHB", socket: paper.socket });
  paper.join({ done: 5, undone: [4] });
  const room = await opening;
  const sent = room.send("never arrived");
  expect(paper.last.said.at(-1)).toMatchObject({ type: "send", id: 6 });
  paper.last.end();
  jest.advanceTimersByTime(100);
  // What the server handled last is of the page before, so this has not happened.
  paper.join({ resumed: true, done: 5, undone: [4] });
  expect(paper.last.said.at(-1)).toMatchObject({ type: "send", id: 6 });
  paper.last.tell({ type: "ack", id: 6, delivered: 1 });
  expect(await sent).toEqual({ delivered: 1, seq: undefined });
  await paper.leave(room);
});
