// GET /api/monitor: the counters, the first rooms of an order, what is asked twice in a second; and that nobody pays for it who does not ask.
import { describe, expect, spyOn, test } from "bun:test";
import { version } from "../../package.json";
import { Gc } from "../../src/doors/gc.ts";
import { Monitor } from "../../src/doors/monitor.ts";
import { Top } from "../../src/doors/top.ts";
import { Rooms } from "../../src/rooms/rooms.ts";
import { Api, type Fields } from "../support/api.ts";
import { Client } from "../support/client.ts";
import { Operator } from "../support/operator.ts";
import { CREATE, PATH, update, upToFence } from "../support/sessionserver.ts";
import { numbered, only, openRoom, range, stages } from "../support/stage.ts";

const stage = stages();

async function scene(env: Record<string, string> = {}) {
  const { server, clock } = stage({ MAX_ROOMS_PER_ADDRESS: "500", CONNECTS_PER_SECOND: "1000", ...env });
  return { server, clock, operator: await Operator.at(server) };
}

/** A host in a room of its own, on whichever wire. */
async function open(url: string, more: object = {}) {
  const host = await Client.connect(url);
  const { room } = await host.ask({ type: "create", clientId: "host", maxClients: 8, ...more });
  return { host, code: String(room) };
}

const codesOf = ({ rooms }: Fields) => (rooms as { code: string }[]).map(({ code }) => code);
const rowOf = ({ rooms }: Fields, code: string) => (rooms as Fields[]).find((row) => row.code === code);

describe("the counters", () => {
  test("[M2][M5][C1] those who watch stand apart from members, of each room and of all", async () => {
    const { server, operator } = await scene();
    const { code } = await open(server.url, { audience: 10 });
    for (const clientId of ["eve", "fox"]) {
      const line = await Client.connect(server.url);
      await line.ask({ type: "join", room: code, clientId, as: "audience" });
    }
    const all = await operator.monitor();
    expect(all.now).toMatchObject({ lines: 3, here: 1, audience: 2 });
    expect(rowOf(all, code)).toMatchObject({ here: 1, maxClients: 8, audience: 2 });
    expect(await server.metric("partyline_audience")).toBe(2);
  });

  test("[M2] as they stand, with the server's time and when it began", async () => {
    const { server, clock, operator } = await scene();
    const startedAt = clock.wall();
    const { host, code } = await open(server.url, { away: 60, history: 16 });
    const guest = await Client.connect(server.url);
    await guest.ask({ type: "join", room: code, clientId: "guest" });
    await guest.ask({ type: "join", room: code, clientId: "guest" });
    clock.advance(6_000);
    await guest.close(1001);
    await operator.sees(code, "away");
    const back = await Client.connect(server.url);
    await back.ask({ type: "join", room: code, clientId: "guest", since: 0, epoch: "another" });
    await new Api(server).send("POST", "/api/auth/login", { key: "wrong" });
    await host.close(1001);
    while ((await server.metric("partyline_seats_away")) < 1);
    clock.advance(1_000);
    const { lag, totals, refusals, limited, closes, ...all } = await operator.monitor();
    // Those that are 0 are left out.
    expect([refusals, limited, closes]).toEqual([{ already_in_room: 1 }, {}, { 1001: 2 }]);
    expect(all).toMatchObject({
      ...{ at: startedAt + 7_000, startedAt, version, draining: false, recording: true, total: 1, matched: 1 },
      now: { lines: 1, rooms: 1, here: 1, away: 1, audience: 0, listeners: 0, unreadBytes: 0 },
    });
    expect(totals).toMatchObject({
      ...{ linesOpened: 3, roomsOpened: 1, sessionsOpened: 0, messagesIn: 4, resumesOk: 0, resumesFailed: 1 },
      ...{ pauses: 0, dropped: 0, abandoned: 0, faults: 0, failedLogins: 1 },
    });
    const { now } = all as { now: Fields };
    for (const figure of [now.keptBytes, now.memoryBytes, (totals as Fields).cpuMs, (totals as Fields).bytesOut]) {
      expect(figure).toBeGreaterThan(0);
    }
    const { boundsMs, counts, sumMs } = lag as { boundsMs: number[]; counts: number[]; sumMs: number };
    expect([counts.length - boundsMs.length, counts.reduce((sum, count) => sum + count), sumMs]).toEqual([1, 70, 0]);
  });

  test("[M2] of a server that goes it says so, and is answered until the end", async () => {
    const { server, operator } = await scene();
    const { code } = await openRoom(server.url, 2);
    void server.drain();
    expect(await operator.monitor()).toMatchObject({ draining: true });
    expect((await operator.room(code)).code).toBe(code);
    expect(await operator.api.ask("POST", `/api/rooms/${code}/close`)).toMatchObject({ code });
    expect(await operator.api.refusal("GET", `/api/rooms/${code}`)).toEqual([404, "Room not found"]);
  });
});

describe("the rooms", () => {
  test("[M3] the most busy first, the fullest, the oldest, the longest quiet", async () => {
    const { server, clock, operator } = await scene();
    const rooms: { host: Client; code: string }[] = [];
    for (const _ of range(0, 3)) {
      rooms.push(await open(server.url));
      clock.advance(1_000);
    }
    const [a, b, c] = rooms as [(typeof rooms)[0], (typeof rooms)[0], (typeof rooms)[0]];
    for (const clientId of ["one", "two"]) {
      await (await Client.connect(server.url)).ask({ type: "join", room: a.code, clientId });
    }
    clock.advance(1_000);
    numbered(b.host, 0, 9);
    await b.host.upToFence();
    clock.advance(1_000);
    numbered(c.host, 0, 5);
    await c.host.upToFence();
    const order = async (sort: string) => codesOf(await operator.monitor(`?sort=${sort}`));
    expect(await order("busy")).toEqual([b.code, c.code, a.code]);
    expect(codesOf(await operator.monitor())).toEqual([b.code, c.code, a.code]);
    expect((await order("members"))[0]).toBe(a.code);
    expect(await order("age")).toEqual([a.code, b.code, c.code]);
    expect(await order("quiet")).toEqual([a.code, b.code, c.code]);
    expect(await operator.api.refusal("GET", "/api/monitor?sort=name")).toEqual([
      400,
      "sort must be busy, members, age, quiet",
    ]);
  });

  test("[M3] a hundred at most, of all there are", async () => {
    const { server, clock, operator } = await scene();
    for (const _ of range(0, 103)) {
      await open(server.url);
      clock.advance(100);
    }
    const all = await operator.monitor("?sort=age");
    expect([codesOf(all).length, all.total, all.matched]).toEqual([100, 103, 103]);
    const ages = (all.rooms as { ageMs: number }[]).map(({ ageMs }) => ageMs);
    expect(ages).toEqual([...ages].sort((one, other) => other - one));
    expect(ages.at(-1)).toBe(400);
  }, 30_000);

  test("[M3] `q` leaves those whose code begins so, as their wire reads it, or their number", async () => {
    const { server, operator } = await scene({ LIMITS: "off" });
    const capitals = await open(server.url, { room: "GXHB" });
    const numberedRoom = await Client.connect(server.url + PATH);
    await numberedRoom.ask(CREATE);
    const cased = await open(`${server.url}/v2`);
    const all = async (q: string) => {
      const found = await operator.monitor(`?q=${encodeURIComponent(q)}`);
      expect([found.total, found.matched]).toEqual([3, codesOf(found).length]);
      return codesOf(found);
    };
    for (const q of ["GX", "gx", "g-x", " ＧＸ", "GXHB"]) expect(await all(q)).toContain(capitals.code);
    expect(await all("XH")).not.toContain(capitals.code);
    expect(await all(cased.code.slice(0, 4))).toContain(cased.code);
    expect(await all(flipped(cased.code))).not.toContain(cased.code);
    expect(await all("0")).toHaveLength(1);
    for (const q of ["", "-", "​ "]) expect(await all(q)).toHaveLength(3);
  });

  test("[M3] whatever `q` is, and `since`, it is answered, and as fast", async () => {
    const { server, operator } = await scene();
    await open(server.url, { room: "GXHB" });
    const hostile = [
      "(a+)+$",
      ".*",
      "[",
      "\\",
      "%",
      "__proto__",
      "\ud800".toWellFormed(),
      "'; DROP",
      "G".repeat(5_000),
    ];
    for (const q of hostile) {
      expect(await operator.monitor(`?q=${encodeURIComponent(q)}`)).toMatchObject({ rooms: [], total: 1, matched: 0 });
    }
    for (const since of ["-1", "1.5", "x", "1e3", "99999999999999999999", "null"]) {
      expect((await operator.api.send("GET", `/api/monitor?since=${since}`)).status).toBe(400);
      expect((await operator.api.send("GET", `/api/rooms/GXHB/record?since=${since}`)).status).toBe(400);
    }
  });

  test("[M5] no more answers are kept than a few operators ask for, whatever somebody types", async () => {
    const { server, clock, operator } = await scene();
    await open(server.url);
    const looks = spyOn(Top.prototype, "sorted");
    const asked = async (q: number) => {
      const before = looks.mock.calls.length;
      await operator.monitor(`?q=${q}`);
      return looks.mock.calls.length - before;
    };
    for (const q of range(100, 140)) expect(await asked(q)).toBe(1);
    expect([await asked(100), await asked(115), await asked(116), await asked(139)]).toEqual([0, 0, 1, 1]);
    clock.advance(1_000);
    expect([await asked(139), await asked(139)]).toEqual([1, 0]);
    looks.mockRestore();
  });

  test("[M4] `busy` is one for each thing told, however many hear it, with a history and without", async () => {
    const { server, clock, operator } = await scene();
    const told = async (history: number) => {
      const { host, code } = await open(server.url, { history });
      for (const clientId of ["ann", "bob", "cleo"]) {
        await (await Client.connect(server.url)).ask({ type: "join", room: code, clientId });
      }
      const busy = async () => {
        clock.advance(1_000);
        return Number(rowOf(await operator.monitor(), code)?.busy);
      };
      const before = await busy();
      numbered(host, 0, 5);
      numbered(host, 0, 3, { to: "ann" });
      numbered(host, 0, 2, { to: ["ann", "bob", "cleo"] });
      host.send({ type: "set_state", data: 1 });
      host.send({ type: "send", to: "nobody", data: 1 });
      host.send({ type: "ping" });
      await host.upToFence();
      return [before, (await busy()) - before, rowOf(await operator.monitor(), code)?.busy, code] as const;
    };
    const [before, grown] = await told(0);
    expect([before, grown]).toEqual([3, 11]);
    const [withHistory, grownToo, all, code] = await told(16);
    expect([withHistory, grownToo, all]).toEqual([3, 11, (await operator.room(code)).seq]);
  });

  test("[M4][R47] in a room that is known by its number each update is one", async () => {
    const { server, operator } = await scene();
    const host = await Client.connect(server.url + PATH);
    await host.ask(CREATE);
    for (const n of range(0, 4)) host.send(update(n));
    await upToFence(host);
    expect((await operator.monitor()).rooms).toMatchObject([{ number: 0, busy: 4, dialect: "sessionserver" }]);
  });

  test("[M4] how long it was quiet, and how old it is", async () => {
    const { server, clock, operator } = await scene();
    const { host, guests, code } = await openRoom(server.url);
    clock.advance(5_000);
    host.send({ type: "send", data: 1 });
    await only(guests).next();
    clock.advance(3_000);
    expect(rowOf(await operator.monitor(), code)).toMatchObject({ ageMs: 8_000, quietMs: 3_000, here: 2, away: 0 });
    // What is said to one counts too, and a pong does not.
    host.send({ type: "send", to: "guest-1", data: 1 });
    await only(guests).next();
    clock.advance(1_000);
    host.send({ type: "ping" });
    await host.upToFence();
    expect(await operator.room(code)).toMatchObject({ ageMs: 9_000, quietMs: 1_000 });
  });

  test("[M3] a row says what the room is, and which session goes on in it", async () => {
    const { server, operator } = await scene();
    const { host, code } = await open(server.url);
    await host.ask({ type: "session.start", id: 1 });
    host.send({ type: "lock", locked: true });
    await host.upToFence();
    expect((await operator.monitor()).rooms).toMatchObject([
      { code, number: null, dialect: "party", here: 1, away: 0, maxClients: 8, audience: 0, locked: true, session: 1 },
    ]);
  });
});

describe("who asks", () => {
  test("[M5] within a second gets one answer, and what was recorded as it stands", async () => {
    const { server, clock, operator } = await scene();
    const looks = spyOn(Top.prototype, "sorted");
    const { code } = await open(server.url);
    const first = await operator.monitor("?sort=age&q=");
    await open(server.url);
    clock.advance(999);
    const second = await operator.monitor("?sort=age");
    expect(looks).toHaveBeenCalledTimes(1);
    expect([codesOf(second), second.at]).toEqual([[code], first.at]);
    expect([first.events, second.events].map((events) => (events as object[]).length)).toEqual([1, 2]);
    expect((await operator.monitor("?sort=busy")).total).toBe(2);
    clock.advance(1);
    expect((await operator.monitor("?sort=age")).total).toBe(2);
    expect(looks).toHaveBeenCalledTimes(3);
    looks.mockRestore();
  });

  test("[M5][L18] leaves garbage with each answer that is made, and none with one that was", async () => {
    const made = spyOn(Gc.prototype, "countAnswer");
    const { clock, operator } = await scene();
    for (const _ of range(0, 3)) await operator.monitor();
    clock.advance(1_000);
    await operator.monitor();
    expect(made).toHaveBeenCalledTimes(2);
    made.mockRestore();
  });

  test("[M5] with LIMITS=off gets it made anew", async () => {
    const { server, operator } = await scene({ LIMITS: "off" });
    for (const total of [1, 2]) {
      await open(server.url);
      expect((await operator.monitor()).total).toBe(total);
    }
  });

  test("[M1] while nobody does, nothing is looked through", async () => {
    const { server, clock } = await scene();
    const looks = [
      spyOn(Monitor.prototype, "text"),
      spyOn(Rooms.prototype, Symbol.iterator),
      spyOn(Top.prototype, "offer"),
    ];
    const { host } = await openRoom(server.url, 3);
    numbered(host, 0, 50);
    await host.upToFence();
    for (const _ of range(0, 20)) clock.advance(1_000);
    for (const look of looks) {
      expect(look).not.toHaveBeenCalled();
      look.mockRestore();
    }
  });

  test("[M1] is told from anywhere with a token, and which methods there are", async () => {
    const { server, operator } = await scene();
    const { code } = await open(server.url);
    for (const path of ["/api/monitor", `/api/rooms/${code}`, `/api/rooms/${code}/record`]) {
      const { status, headers } = await operator.api.send("GET", path, undefined, { origin: "https://any.example" });
      expect([status, headers.get("access-control-allow-origin"), headers.get("connection")]).toEqual([
        200,
        "*",
        "keep-alive",
      ]);
      const asked = await operator.api.send("OPTIONS", path);
      expect([asked.status, asked.headers.get("access-control-allow-methods")]).toEqual([204, "GET, HEAD"]);
      const posted = await operator.api.send("POST", path, {});
      expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
      expect((await operator.api.send("HEAD", path)).text).toBe("");
    }
    for (const call of ["close", "lock", "kick"]) {
      expect((await operator.api.send("GET", `/api/rooms/${code}/${call}`)).status).toBe(405);
      const asked = await operator.api.send("OPTIONS", `/api/rooms/${code}/${call}`);
      expect([asked.status, asked.headers.get("access-control-allow-methods")]).toEqual([204, null]);
    }
    expect(await operator.api.refusal("GET", "/api/rooms")).toEqual([404, "Not found"]);
    expect(await operator.api.refusal("GET", "/api/rooms/%E0%A4%A")).toEqual([400, "Malformed path"]);
    expect(await server.metric('partyline_http_requests_total{route="/api/rooms/:code",status="404"}')).toBeNaN();
    expect(await server.metric('partyline_http_requests_total{route="/api/rooms/:code",status="400"}')).toBe(1);
  });
});

/** The same with each letter in the other case. */
function flipped(code: string): string {
  const other = [...code].map((char) => (char === char.toUpperCase() ? char.toLowerCase() : char.toUpperCase()));
  return other.join("") === code ? "zzzz" : other.join("");
}
