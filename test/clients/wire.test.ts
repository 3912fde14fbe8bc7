// What the clients of other languages do with each word of the wire, against a server that says what the test wants it to say.
import { afterEach, describe, expect, test } from "bun:test";
import type { ServerWebSocket } from "bun";
import type { Frame } from "../support/client.ts";
import type { Player } from "./player.ts";
import { PLAYERS } from "./players.ts";

const LIMIT_MS = 60_000;
const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

/** One line of the player, at the server's end. */
interface Line {
  readonly at: number;
  /** The next frame it says; its pings are left out unless `any` is asked for. */
  next(which?: "any"): Promise<Frame>;
  say(frame: object): void;
  close(code?: number): void;
}

/** A server that answers nothing by itself. */
function script() {
  const lines: Line[] = [];
  const waiting: ((line: Line) => void)[] = [];
  const sockets = new Map<ServerWebSocket<unknown>, (frame: Frame) => void>();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, self) => (self.upgrade(request) ? undefined : new Response("no", { status: 400 })),
    websocket: {
      open(ws) {
        const frames: Frame[] = [];
        const readers: ((frame: Frame) => void)[] = [];
        sockets.set(ws, (frame) => {
          const reader = readers.shift();
          if (reader === undefined) frames.push(frame);
          else reader(frame);
        });
        const line: Line = {
          at: performance.now(),
          async next(which) {
            for (;;) {
              const frame = frames.shift() ?? (await new Promise<Frame>((resolve) => readers.push(resolve)));
              if (which === "any" || frame.type !== "ping") return frame;
            }
          },
          say: (frame) => void ws.send(JSON.stringify(frame)),
          close: (code) => (code === undefined ? ws.terminate() : ws.close(code)),
        };
        const waits = waiting.shift();
        if (waits === undefined) lines.push(line);
        else waits(line);
      },
      message: (ws, text) => sockets.get(ws)?.(JSON.parse(String(text))),
    },
  });
  ended.push(() => server.stop(true));
  return {
    url: `ws://127.0.0.1:${server.port}`,
    line: async (): Promise<Line> => lines.shift() ?? new Promise<Line>((resolve) => waiting.push(resolve)),
  };
}

const picture = (me: unknown, more: object = {}) => ({
  ...{ type: "joined", room: "GXHB", clients: ["tv", me], host: "tv", locked: false, epoch: "e1", seq: 10 },
  ...{ peers: [{ clientId: "tv", name: "TV" }, { clientId: me }] },
  ...more,
});

/** The player in the room, and its first line. */
async function seated(start: () => Promise<Player>) {
  const { url, line } = script();
  const player = await start();
  ended.push(() => player.stop());
  const joins = player.ask("join", { url, room: "GXHB", name: "Ann" });
  const first = await line();
  const join = await first.next();
  first.say(picture(join.clientId, { id: join.id }));
  expect((await joins).value).toMatchObject({ code: "GXHB" });
  /** The next line, on which it has asked to be let in again. */
  async function back() {
    const again = await line();
    const rejoin = await again.next();
    return { again, rejoin, answer: (more: object) => again.say(picture(join.clientId, { id: rejoin.id, ...more })) };
  }
  return { player, first, join, back };
}

for (const { name, need, start } of PLAYERS) {
  need.describe(name, () => {
    test(
      "takes its seat up with its secret and the last it has heard, and answers ticks",
      async () => {
        const { player, first, join, back } = await seated(start);
        expect(join).toMatchObject({ type: "join", room: "GXHB", name: "Ann", tick: "answer" });
        expect(join.clientId).toMatch(/^[0-9a-f]{32}$/);
        expect(join.secret).toMatch(/^[0-9a-f]{32}$/);
        first.say({ type: "tick", t: 1 });
        first.say({ type: "message", from: "tv", data: "after the tick" });
        await player.next("message");
        void player.ask("cast", { data: 1 });
        // Pings for silence come later than this.
        expect((await first.next("any")).type).toBe("ping");
        expect((await first.next("any")).type).toBe("send");
        // One that comes twice is told once, and one from before is not told at all.
        for (const seq of [11, 12, 12, 11, 14]) first.say({ type: "message", from: "tv", data: seq, seq });
        await player.next("message", ({ data }) => data === 14);
        first.close();
        const { again, rejoin, answer } = await back();
        // The line is open, and the room has not answered yet.
        expect((await player.ask("cast", { data: "too soon" })).value).toBe(false);
        expect(rejoin).toMatchObject({
          clientId: join.clientId,
          secret: join.secret,
          room: "GXHB",
          since: 14,
          epoch: "e1",
        });
        const missed = [14, 15, 17].map((seq) => ({ type: "message", from: "tv", data: seq, seq }));
        answer({ resumed: true, seq: 20, missed, done: null });
        again.say({ type: "message", from: "tv", data: 20, seq: 20 });
        again.say({ type: "message", from: "tv", data: 21, seq: 21 });
        again.say({ type: "message", from: "tv", data: "without a number" });
        await player.next("message", ({ data }) => data === "without a number");
        const told = player
          .heard("message")
          .slice(1)
          .map(({ data, missed }) => [data, missed]);
        expect(told).toEqual([
          ...[11, 12, 14].map((n) => [n, false]),
          ...[15, 17].map((n) => [n, true]),
          ...[
            [21, false],
            ["without a number", false],
          ],
        ]);
      },
      LIMIT_MS,
    );

    test(
      "settles what was asked on a lost line: up to done it happened, save undone, and what came after it is said again",
      async () => {
        const { player, first, back } = await seated(start);
        const asked = ["a", "b", "c", "d"].map((data) => player.ask("send", { data }));
        const sent: Frame[] = [];
        for (const _ of asked) sent.push(await first.next());
        expect(sent.map(({ data }) => data)).toEqual(["a", "b", "c", "d"]);
        const [a, b, c, d] = sent.map(({ id }) => id);
        expect(new Set([a, b, c, d]).size).toBe(4);
        first.say({ type: "ack", id: a, seq: 11, delivered: 1 });
        expect(await asked[0]).toMatchObject({ value: { seq: 11, delivered: 1 } });
        first.close();
        const second = await back();
        second.answer({ resumed: true, missed: [], done: c, undone: [b] });
        expect(await asked[2]).toMatchObject({ value: { seq: null, delivered: null } });
        expect(await second.again.next()).toMatchObject({ data: "b", id: b });
        expect(await second.again.next()).toMatchObject({ data: "d", id: d });
        second.again.say({ type: "error", id: b, code: "target_not_found", message: "Target client not found" });
        expect((await asked[1])?.error).toBe("target_not_found");
        // Another epoch: the server was killed. What was sent may have happened or not; what was not sent is.
        second.again.close();
        const third = await back();
        const e = player.ask("send", { data: "e" });
        third.answer({ epoch: "e2", seq: 3, resumed: false });
        expect((await asked[3])?.error).toBe("unknown");
        const late = await third.again.next();
        expect(late).toMatchObject({ data: "e" });
        third.again.say({ type: "ack", id: late.id, delivered: 0 });
        expect((await e).error).toBeUndefined();
        expect(await player.next("fresh")).toBeDefined();
      },
      LIMIT_MS,
    );

    test(
      "gives a timeout, and takes the request not back",
      async () => {
        const { player, first, back } = await seated(start);
        const late = name === "python" ? { ack_seconds: 0.05 } : { ack_ms: 50 };
        expect((await player.ask("send", { data: "slow", ...late })).error).toBe("timeout");
        expect(await first.next()).toMatchObject({ data: "slow" });
        first.close();
        const { again, answer } = await back();
        answer({ resumed: true, missed: [], done: null });
        expect(await again.next()).toMatchObject({ data: "slow" });
      },
      LIMIT_MS,
    );

    test(
      "tells what nobody told: the difference between the pictures, and fresh",
      async () => {
        const { player, first, join, back } = await seated(start);
        expect(await player.next("fresh")).toBeDefined();
        first.close();
        const { answer } = await back();
        const peers = [
          { clientId: "bo", name: "Bo", away: true },
          { clientId: join.clientId, name: "Ann" },
        ];
        answer({ peers, host: "bo", locked: true, state: 7, resumed: false, epoch: "e2", seq: 1 });
        expect(await player.next("joined")).toMatchObject({ member: "bo" });
        expect(await player.next("away")).toMatchObject({ member: "bo" });
        expect(await player.next("left")).toMatchObject({ member: "tv", reason: "timeout" });
        expect(await player.next("host")).toMatchObject({ member: "bo" });
        expect(await player.next("locked")).toMatchObject({ locked: true });
        expect(await player.next("state")).toMatchObject({ data: 7 });
        expect(await player.next("fresh")).toBeDefined();
        expect(player.heard("renamed")).toMatchObject([{ member: join.clientId }]);
      },
      LIMIT_MS,
    );

    test(
      "comes back when bye says so where all come back, at once where it comes alone, and stays away for good after 40xx",
      async () => {
        const { player, first, back } = await seated(start);
        const saidAt = performance.now();
        first.say({ type: "bye", code: 4200, reason: "server going away", retry: true, retryAfterMs: 600 });
        const second = await back();
        expect(second.again.at - saidAt).toBeGreaterThanOrEqual(590);
        // The server is still draining: it says how long to wait.
        const askedAt = performance.now();
        second.again.say({ type: "error", id: second.rejoin.id, code: "draining", message: "no", retryAfterMs: 700 });
        const third = await back();
        expect(third.again.at - askedAt).toBeGreaterThanOrEqual(690);
        third.answer({ resumed: true, missed: [], done: null });
        await player.next("status", ({ status }) => status === "here");
        // An hour, if it were heeded.
        third.again.say({ type: "bye", code: 4104, reason: "no sign of life", retry: true, retryAfterMs: 3_600_000 });
        const fourth = await back();
        fourth.answer({ resumed: true, missed: [], done: null });
        fourth.again.close(4003);
        expect(await player.next("over")).toMatchObject({ why: "refused", code: 4003 });
        await player.ask("leave");
        expect(player.heard("over")).toHaveLength(1);
        expect(player.heard("status").at(-1)).toMatchObject({ status: "over" });
      },
      LIMIT_MS,
    );

    test(
      "is over when its room is gone, and says so to those that wait",
      async () => {
        const { player, first, back } = await seated(start);
        first.close();
        const { again, rejoin } = await back();
        const waits = player.ask("send", { data: 1 });
        again.say({ type: "error", id: rejoin.id, code: "room_not_found", message: "Room not found" });
        expect(await player.next("over")).toMatchObject({ why: "gone", reason: "Room not found" });
        expect((await waits).error).toBe("over");
      },
      LIMIT_MS,
    );
  });
}

describe("the script", () => {
  test("hands out lines and frames in order", async () => {
    const { url, line } = script();
    const socket = new WebSocket(url);
    socket.onopen = () => socket.send('{"type":"join"}');
    expect(await (await line()).next()).toEqual({ type: "join" });
    socket.close();
  });
});
