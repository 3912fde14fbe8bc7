// Server-sent events: what a stream says, from where, to whom; how many there may be; and that nobody who reads slowly or not at all costs
// anybody anything.
import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BEAT_EVERY_MS } from "../../src/doors/streams/streams.ts";
import { Store } from "../../src/sessions/store/store.ts";
import { Api, beginSession, type Fields } from "../support/api.ts";
import { ManualClock } from "../support/clock.ts";
import { needs } from "../support/needs.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { Sse } from "../support/sse.ts";
import { openRoom, range, stages } from "../support/stage.ts";

const stage = stages();

/** A server on the world's time, gone after the test. */
function running(env: Record<string, string> = {}) {
  const server = startServer({ LIMITS: "off", ...env });
  return { server, [Symbol.asyncDispose]: () => server.stop() };
}

const open = (server: TestServer, path: string, { headers }: Api, more: Record<string, string> = {}) =>
  Sse.open(server.http + path, { ...headers, ...more });

/** Votes of so many people, numbered from there on. */
async function votes(api: Api, sessionId: number, from: number, to: number): Promise<void> {
  const vote = (n: number) => api.ask("POST", "/api/votes/live", { username: `v${n}`, vote: "up", sessionId });
  await Promise.all(range(from, to).map(vote));
}

const ids = (events: readonly Record<string, unknown>[]) => events.map(({ id }) => id);

describe("a stream", () => {
  test("[W1] tells each event as the log has it, with its id, its type and its data on one line", async () => {
    await using house = running();
    const { server } = house;
    const { api, id, at, addGame, log } = await beginSession(server, { notes: "two\nlines" });
    await using sse = await open(server, `${at}/stream?since=0`, api);
    expect(sse.answer.headers.get("cache-control")).toBe("no-store");
    expect(sse.answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(await sse.next()).toEqual({ retry: "3000" });
    await addGame({ title: "Quiz" });
    const first = await sse.next();
    expect(first).toMatchObject({ id: "1", event: "session.started" });
    const second = await sse.next();
    const [, added] = await log();
    expect(second).toEqual({ id: "2", event: "game.added", data: expect.any(String) });
    expect(JSON.parse(second?.data ?? "")).toEqual(added);
    expect(id).toBe(1);
  });

  test("[W1] takes a token, and none in the address", async () => {
    await using house = running();
    const { api, at } = await beginSession(house.server);
    const token = api.headers.authorization?.slice("Bearer ".length);
    const stranger = new Api(house.server);
    for (const path of [`${at}/stream`, "/api/sessions/stream", `${at}/stream?token=${token}`, `${at}/export?of=games`])
      expect(await stranger.refusal("GET", path)).toEqual([401, "Token required"]);
    expect(await api.refusal("GET", "/api/sessions/99/stream")).toEqual([404, "Session not found"]);
  });

  test("[W1] of all sessions begun with a token tells those, and no stranger's", async () => {
    await using house = running();
    const { server } = house;
    const { api, id } = await beginSession(server);
    await using sse = await open(server, "/api/sessions/stream?since=0", api);
    const { host } = await openRoom(server.url);
    host.send({ type: "session.start" });
    await host.upToFence();
    const third = await api.make("/api/sessions");
    await api.ask("POST", `/api/sessions/${id}/close`);
    const told = await sse.events(3);
    expect(told.map(({ type }) => type)).toEqual(["session.started", "session.started", "session.ended"]);
    expect([ids(told), third]).toEqual([[1, 3, 4], 3]);
    // The stranger's has its own, for who knows it.
    await using own = await open(server, "/api/sessions/2/stream?since=0", api);
    expect(await own.events(1)).toMatchObject([{ type: "session.started", id: 2 }]);
  });

  test("[W1][S38] a viewer hears its own session, without codes where it may not know them", async () => {
    await using house = running();
    const { server } = house;
    const { code } = await openRoom(server.url);
    const { api, at, addGame } = await beginSession(server);
    await addGame({ title: "Quiz", room_code: code });
    const viewerWith = async (link: Fields) => {
      const { token } = await api.ask("POST", "/api/auth/links", { role: "viewer", ...link });
      return new Api(server, { authorization: `Bearer ${token}` });
    };
    const [plain, knowing, other] = [
      await viewerWith({ session: 1 }),
      await viewerWith({ session: 1, codes: true }),
      await viewerWith({ session: await api.make("/api/sessions") }),
    ];
    for (const [viewer, isTold] of [
      [plain, false],
      [knowing, true],
    ] as const) {
      await using sse = await open(server, `${at}/stream?since=0`, viewer);
      const past = await sse.events(3);
      await votes(api, 1, 0, 1);
      expect(JSON.stringify(past).includes(code)).toBe(isTold);
      expect(await sse.events(1)).toMatchObject([{ type: "vote.received" }]);
      expect(await viewer.refusal("GET", "/api/sessions/stream")).toEqual([403, "This token is for another session"]);
      await api.ask("POST", `${at}/games`, { title: "Next", room_code: code });
      expect(JSON.stringify(await sse.events(2)).includes(code)).toBe(isTold);
    }
    for (const path of [`${at}/stream`, `${at}/export?of=votes`])
      expect(await other.refusal("GET", path)).toEqual([403, "This token is for another session"]);
  });

  test("[W1] HEAD opens none", async () => {
    await using house = running();
    const { api, at } = await beginSession(house.server);
    const answer = await api.send("HEAD", `${at}/stream`);
    expect([answer.status, answer.text]).toEqual([200, ""]);
    expect(await house.server.metric("partyline_streams")).toBe(0);
  });
});

describe("where a stream begins", () => {
  test("[W2] each event once and in order, over any number of streams that break off", async () => {
    await using house = running();
    const { server } = house;
    const { api, id, at, addGame, log } = await beginSession(server);
    await addGame({ title: "Quiz" });
    const seen: unknown[] = [];
    let last = "0";
    for (let round = 0; round < 6; round++) {
      // A page is 256 events: the first rounds read pages, and others come meanwhile.
      const coming = votes(api, id, round * 90, round * 90 + 90);
      await using sse = await open(server, `${at}/stream`, api, { "last-event-id": last });
      const events = await sse.events(70);
      seen.push(...ids(events));
      last = String(events.at(-1)?.id);
      await coming;
    }
    await using rest = await open(server, `${at}/stream?since=1`, api, { "last-event-id": last });
    const logged: Fields[] = [];
    for (let after = 0; ; ) {
      const page = await api.list(`${at}/events?after=${after}`);
      if (page.length === 0) break;
      logged.push(...page);
      after = Number(page.at(-1)?.id);
    }
    seen.push(...ids(await rest.events(logged.length - seen.length)));
    expect(logged.length).toBe(542);
    expect((await log()).length).toBe(500);
    expect(seen).toEqual(logged.map((event) => event.id));
  }, 60_000);

  test("[W2] two that come back from one place with something told in between miss nothing of it", async () => {
    await using house = running();
    const { server } = house;
    const { api, id, at, addGame } = await beginSession(server);
    await addGame({ title: "Quiz" });
    await using first = await open(server, `${at}/stream`, api, { "last-event-id": "1" });
    expect(ids(await first.events(1))).toEqual([2]);
    await votes(api, id, 0, 2);
    await using second = await open(server, `${at}/stream`, api, { "last-event-id": "1" });
    expect(ids(await second.events(3))).toEqual([2, 3, 4]);
    await votes(api, id, 2, 3);
    for (const [sse, left] of [
      [first, [3, 4, 5]],
      [second, [5]],
    ] as const)
      expect(ids(await sse.events(left.length))).toEqual([...left]);
  });

  test("[W2] without an id, or with one that was never given, what is new", async () => {
    await using house = running();
    const { server } = house;
    const { api, id, at, addGame } = await beginSession(server);
    await addGame({ title: "Quiz" });
    await using bare = await open(server, `${at}/stream`, api);
    await using beyond = await open(server, "/api/sessions/stream", api, { "last-event-id": "999999999999999" });
    for (const sse of [bare, beyond]) expect(await sse.next()).toEqual({ retry: "3000" });
    await votes(api, id, 0, 1);
    for (const sse of [bare, beyond]) expect(ids(await sse.events(1))).toEqual([3]);
  });

  test("[W2] with no id a 400", async () => {
    await using house = running();
    const { api, at } = await beginSession(house.server);
    for (const header of ["-1", "x", "1.5", "1e3", "9".repeat(16)]) {
      const answer = await api.send("GET", `${at}/stream`, undefined, { "last-event-id": header });
      expect([answer.status, answer.text]).toEqual([400, '{"error":"Last-Event-ID must be the id of an event"}']);
    }
    expect((await api.refusal("GET", `${at}/stream?since=x`))[0]).toBe(400);
  });
});

describe("how many, and how long", () => {
  test("[W3] past MAX_STREAMS 503, past the lines of an address 429, and a place is free when one has gone", async () => {
    const { server } = stage({ MAX_STREAMS: "2", MAX_LINES_PER_ADDRESS: "3" });
    const { api, at } = await beginSession(server);
    const [one] = [await open(server, `${at}/stream`, api), await open(server, `${at}/stream`, api)];
    expect(await server.metric("partyline_streams")).toBe(2);
    expect(await server.metric('partyline_connections{kind="stream"}')).toBe(2);
    expect(await server.metric('partyline_connections{kind="http"}')).toBe(0);
    expect(await api.refusal("GET", `${at}/stream`)).toEqual([503, "Too many streams"]);
    expect(await api.refusal("GET", `${at}/export?of=games`)).toEqual([503, "Too many streams"]);
    expect(await server.metric('partyline_limited_total{bucket="streams"}')).toBe(2);
    one.leave();
    while ((await server.metric("partyline_streams")) > 1);
    await using _ = await open(server, `${at}/stream`, api);
  });

  test("[W3] a stream is a connection of its address", async () => {
    const { server } = stage({ MAX_LINES_PER_ADDRESS: "2" });
    const { api, at } = await beginSession(server);
    const { host } = await openRoom(server.url, 0);
    const one = await open(server, `${at}/stream`, api);
    expect(await api.refusal("GET", `${at}/stream`)).toEqual([429, "Too many connections"]);
    one.leave();
    while ((await server.metric("partyline_streams")) > 0);
    await using _ = await open(server, `${at}/stream`, api);
    host.close();
  });

  test("[W3] clients that go before, while and after they are answered leave nothing behind", async () => {
    await using house = running();
    const { server } = house;
    const { api, at } = await beginSession(server);
    const { port } = new URL(server.http);
    await Promise.all(
      range(0, 200).map(
        (n) =>
          new Promise<void>((gone) => {
            const socket = connect(Number(port), "127.0.0.1", () => {
              socket.write(
                `GET ${at}/stream HTTP/1.1\r\nHost: x\r\nAuthorization: ${api.headers.authorization}\r\n\r\n`,
              );
              if (n % 3 === 0) socket.destroy();
              else if (n % 3 === 1) setImmediate(() => socket.destroy());
              else socket.once("data", () => socket.destroy());
            });
            socket.on("error", () => {});
            socket.on("close", () => gone());
          }),
      ),
    );
    while ((await server.metric("partyline_streams")) > 0);
    expect(await server.metric("partyline_faults_total")).toBe(0);
  }, 30_000);

  test("[W3] a hundred asked for on one connection are no way past that, and end with it", async () => {
    const { server } = stage({ MAX_LINES_PER_ADDRESS: "20" });
    const { api, at } = await beginSession(server);
    const socket = connect(Number(new URL(server.http).port), "127.0.0.1");
    socket.on("error", () => {});
    socket.resume();
    socket.write(
      `GET ${at}/stream HTTP/1.1\r\nHost: x\r\nAuthorization: ${api.headers.authorization}\r\n\r\n`.repeat(100),
    );
    for (let looks = 0; looks < 20; looks++) expect(await server.metric("partyline_streams")).toBeLessThanOrEqual(20);
    socket.destroy();
    while ((await server.metric("partyline_streams")) > 0);
    await using _ = await open(server, `${at}/stream`, api);
  });

  test("[W3] says a comment after 15 s in which nothing was told", async () => {
    const { server, clock } = stage();
    const { api, at } = await beginSession(server);
    await using sse = await open(server, `${at}/stream`, api);
    expect(await sse.next()).toEqual({ retry: "3000" });
    await settled(server, clock);
    clock.advance(BEAT_EVERY_MS);
    expect(await sse.next()).toEqual({ comment: "" });
    await settled(server, clock);
    clock.advance(7_000);
    await api.ask("POST", `${at}/close`);
    clock.advance(0);
    // Nothing was said meanwhile, and what was told counts.
    expect(await sse.next()).toMatchObject({ event: "session.ended" });
    await settled(server, clock);
    clock.advance(BEAT_EVERY_MS - 1_000);
    await api.make("/api/sessions");
    clock.advance(1_000);
    expect(await sse.next()).toEqual({ comment: "" });
  });

  test("[W3] ends within a second of its token's end", async () => {
    const { server, clock } = stage();
    const { api, at } = await beginSession(server);
    const { token } = await api.ask("POST", "/api/auth/links", { role: "viewer", hours: 1 });
    await using sse = await Sse.open(`${server.http}${at}/stream`, { authorization: `Bearer ${token}` });
    await using mine = await open(server, `${at}/stream`, api);
    for (let ms = 0; ms <= 3_600_000; ms += 30_000) {
      clock.advance(ms === 0 ? 1_000 : 30_000);
      await settled(server, clock);
    }
    for (let piece = await sse.next(); piece !== null; piece = await sse.next()) expect(piece.event).toBeUndefined();
    expect(await server.metric("partyline_streams")).toBe(1);
    mine.leave();
  });

  test("[W3] a drain ends all of them with a time to come back, and opens none", async () => {
    const { server, clock } = stage({ DRAIN_SECONDS: "2" });
    const { api, at } = await beginSession(server);
    const streams = [await open(server, `${at}/stream`, api), await open(server, "/api/sessions/stream", api)];
    for (const sse of streams) expect(await sse.next()).toEqual({ retry: "3000" });
    const line = await openRoom(server.url, 0);
    const drained = server.drain();
    const [first] = streams;
    const said = await first?.next();
    expect(Number(said?.retry)).toBeWithin(1_000, 5_001);
    expect(await first?.next()).toBeNull();
    expect(await api.refusal("GET", `${at}/stream`)).toEqual([503, "Server is draining"]);
    while ((await server.metric("partyline_streams")) > 0) clock.advance(1_000);
    clock.advance(5_000);
    await line.host.closed;
    clock.advance(5_000);
    expect(await drained).toBe(true);
  });
});

const descriptors = await needs("4,200 open files", () => {
  const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
  return Number(soft) >= 4_200 ? true : null;
});
descriptors.test("[W3][H23] two thousand streams keep no file from anybody", async () => {
  const folder = mkdtempSync(join(tmpdir(), "partyline-streams-"));
  writeFileSync(join(folder, "a.txt"), "a file");
  const many = { MAX_LINES_PER_ADDRESS: "10000", CONNECTS_PER_SECOND: "100000" };
  const { server } = stage({ ...many, PUBLIC_DIR: folder });
  const { api, at } = await beginSession(server);
  const sockets: Socket[] = [];
  try {
    for (let n = 0; n < 2_010; n++) {
      const socket = connect(Number(new URL(server.http).port), "127.0.0.1");
      socket.on("error", () => {});
      socket.write(`GET ${at}/stream HTTP/1.1\r\nHost: x\r\nAuthorization: ${api.headers.authorization}\r\n\r\n`);
      sockets.push(socket);
      if (n % 100 === 99) while ((await server.metric("partyline_streams")) < n + 1);
    }
    while ((await server.metric("partyline_streams")) < 2_010);
    const answer = await fetch(`${server.http}/a.txt`);
    expect([answer.status, await answer.text()]).toEqual([200, "a file"]);
  } finally {
    for (const socket of sockets) socket.destroy();
    rmSync(folder, { recursive: true });
  }
});

describe("who reads slowly", () => {
  const EVENTS = 200;
  const BODY_CHARS = 60_000;

  /** A log that is longer than what the kernel takes for who does not read. */
  async function withLongLog() {
    const store = Store.open(":memory:", 64 * 1024 * 1024);
    const clock = new ManualClock();
    const server = startServer({}, clock, store);
    const { api, at } = await beginSession(server);
    for (const n of range(0, EVENTS)) {
      const data = JSON.stringify({ n, text: "x".repeat(BODY_CHARS) });
      store.log(1, "vote.received", new Date(clock.wall()).toISOString(), data);
    }
    let pages = 0;
    const { events } = store;
    store.events = (...asked) => {
      pages++;
      return events.apply(store, asked);
    };
    return { server, clock, api, at, pagesRead: () => pages, [Symbol.asyncDispose]: () => server.stop() };
  }

  test("[W3] has the next page read when the last is on its way, one page a turn, and misses nothing", async () => {
    await using house = await withLongLog();
    const { server, clock, api, at, pagesRead } = house;
    await using sse = await open(server, `${at}/stream?since=1`, api);
    const told = sse.events(EVENTS);
    let most = 0;
    for (let before = 0; pagesRead() < EVENTS / 2; before = pagesRead()) {
      clock.advance(0);
      most = Math.max(most, pagesRead() - before);
      await server.metric("partyline_lines");
    }
    const isDone = told.then(() => true);
    while (!(await Promise.race([isDone, server.metric("partyline_lines").then(() => false)]))) clock.advance(0);
    expect((await told).map(({ data }) => (data as { n: number }).n)).toEqual(range(0, EVENTS));
    expect(most).toBeLessThanOrEqual(2);
  }, 30_000);

  test("[W3] is cut off when it takes nothing for 60 s, and no more was read for it than the kernel took", async () => {
    await using house = await withLongLog();
    const { server, clock, api, at, pagesRead } = house;
    const socket = connect(Number(new URL(server.http).port), "127.0.0.1");
    socket.pause();
    socket.on("error", () => {});
    socket.write(`GET ${at}/stream?since=0 HTTP/1.1\r\nHost: x\r\nAuthorization: ${api.headers.authorization}\r\n\r\n`);
    while ((await server.metric("partyline_streams")) < 1);
    for (let seconds = 0; (await server.metric("partyline_streams")) > 0; seconds++) {
      expect(seconds).toBeLessThan(200);
      for (const _ of range(0, 10)) await settled(server, clock);
      clock.advance(1_000);
    }
    // 60 kB each, two a page; the kernel takes some 4 MB.
    expect(pagesRead()).toBeWithin(1, 60);
    expect(await server.metric("partyline_faults_total")).toBe(0);
    // It counts no more, so it must not be there any more: another could take its place, and another.
    while ((await server.metric('partyline_connections{kind="http"}')) > 0);
    socket.destroy();
  }, 60_000);
});

test("[W3] a connection whose stream or export has ended is kept no longer than any other", async () => {
  const clock = new ManualClock();
  const server = startServer({}, clock);
  await using _house = { [Symbol.asyncDispose]: () => server.stop() };
  const { api, at } = await beginSession(server);
  const asked = ["export?of=games", "stream"].map((path) => {
    const socket = connect(Number(new URL(server.http).port), "127.0.0.1");
    const closed = new Promise((resolve) => socket.on("close", resolve).resume());
    socket.write(`GET ${at}/${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${api.headers.authorization}\r\n\r\n`);
    return closed;
  });
  while ((await server.metric("partyline_streams")) < 2);
  await settled(server, clock);
  clock.advance(86_400_000);
  await Promise.all(asked);
}, 60_000);

/** Lets the server read what was sent to it, and what falls due at once happen. */
async function settled(server: TestServer, clock: ManualClock): Promise<void> {
  await server.metric("partyline_lines");
  clock.advance(0);
  await server.metric("partyline_lines");
}
