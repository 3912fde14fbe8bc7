// The one node that keeps the sessions, as clients of the others see it: calls, lines of the live socket and of sessionserver, a room that would
// begin a session, and what all of these are told while that node is away [N11].
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as pathOf } from "node:path";
import { LIVE_PATH } from "../../src/dialects/index.ts";
import { Api } from "../support/api.ts";
import { startChild } from "../support/child.ts";
import { Client, type Frame } from "../support/client.ts";
import { FakeEcast } from "../support/ecast.ts";
import { dialled, living } from "../support/engine.ts";
import { create, join, until } from "../support/far.ts";
import { nodeStages, type TestNode } from "../support/nodes.ts";
import { Redis, redisServer } from "../support/redis.ts";
import * as words from "../support/sessionserver.ts";

const stage = nodeStages();

/** All that it was told by now. */
async function upToPong(line: Client): Promise<Frame[]> {
  line.send({ type: "ping" });
  const frames: Frame[] = [];
  for (;;) {
    const frame = await line.next();
    if (frame.type === "pong") return frames;
    frames.push(frame);
  }
}

/** A line of the live socket that has shown a token. */
async function bot(node: Pick<TestNode, "url">, { headers }: Api): Promise<Client> {
  const line = await Client.connect(node.url + LIVE_PATH);
  const token = headers.authorization?.replace("Bearer ", "");
  expect(await line.ask({ type: "auth", token })).toMatchObject({ type: "auth_success" });
  return line;
}

describe("[N11] calls about sessions", () => {
  test("are answered by the node that keeps them, whichever is asked", async () => {
    const { at, wires } = stage(2);
    const operator = await Api.admitted(at(1));
    expect(await operator.ask("POST", "/api/sessions", { notes: "Ünï" })).toMatchObject({ id: 1, notes: "Ünï" });
    expect(await (await Api.admitted(at(0))).ask("GET", "/api/sessions/1")).toMatchObject({ notes: "Ünï" });
    // A stranger reads, and is read as one.
    const stranger = await fetch(`${at(1).http}/api/sessions?limit=51`);
    expect([stranger.status, stranger.headers.get("access-control-allow-origin")]).toEqual([400, "*"]);
    expect(wires.count("b", "ask")).toBe(2);
    expect(wires.count("a", "ask")).toBe(0);
  });

  test("name rooms of any node: one that is elsewhere moves there first, while it is played", async () => {
    const { at } = stage(2);
    const operator = await Api.admitted(at(1));
    const [here, there] = [await create(at(0)), await create(at(1))];
    const phone = await join(at(1), there.room, "phone");
    for (const { room } of [here, there]) {
      expect(await operator.ask("POST", "/api/sessions", { room_code: room.toLowerCase() })).toMatchObject({
        room_code: room,
      });
    }
    expect([at(0).doors.rooms.at(there.room)?.here, at(1).doors.rooms.at(there.room)]).toEqual([2, null]);
    expect(await phone.next()).toMatchObject({ type: "session.started" });
    expect((await operator.send("POST", "/api/sessions", { room_code: "ZZZZ" })).status).toBe(404);
  });

  test("that name a room which cannot come now are answered 503, and nothing is begun", async () => {
    const { at, codes } = stage(2);
    const operator = await Api.admitted(at(0));
    const { room } = await create(at(1));
    codes.isAway = true;
    expect((await operator.send("POST", "/api/sessions", { room_code: room })).status).toBe(503);
    codes.isAway = false;
    expect(await operator.ask("POST", "/api/sessions", { room_code: room })).toMatchObject({ id: 1, room_code: room });
  });

  test("[E15] watch a Jackbox room on the node that keeps the sessions, whichever is asked; no node is asked to bring it", async () => {
    const fake = new FakeEcast();
    const room = fake.open({ code: "OLIO" });
    room.join("ADA");
    const { at, clock, codes } = stage(2, { ECAST_URL: fake.url });
    try {
      const operator = await Api.admitted(at(1));
      const session = "/api/sessions/1";
      await operator.ask("POST", "/api/sessions", {});
      // It cannot be read as a code of ours, and need not be.
      const added = await operator.ask("POST", `${session}/games`, { title: "Quip", room_code: "olio" });
      expect(added).toMatchObject({ platform: "jackbox", room_code: "OLIO" });
      const status = `${session}/games/1/status-live`;
      while (!(await operator.ask("GET", status)).monitoring) clock.advance(10);
      expect(await operator.ask("GET", status)).toMatchObject({ players: ["ADA"] });
      const watches = 'partyline_ecast_watches{state="watching"}';
      expect([await at(0).metric(watches), await at(1).metric(watches)]).toEqual([1, 0]);
      // A live room of ours with such a code comes first, wherever it is; who says whose it is needs no engine for it.
      const host = await Client.connect(at(1).url);
      await host.ask({ type: "create", clientId: "host", maxClients: 4, room: "KLMN" });
      const ours = await operator.ask("POST", `${session}/games`, { title: "Quiz", room_code: "klmn" });
      expect(ours).toMatchObject({ platform: "partyline", room_code: "KLMN" });
      codes.isAway = true;
      const theirs = { title: "Quip", room_code: "WXYZ", platform: "jackbox" };
      expect(await operator.ask("POST", `${session}/games`, theirs)).toMatchObject({ platform: "jackbox" });
      expect((await operator.send("POST", `${session}/games`, { title: "x", room_code: "WXYZ" })).status).toBe(503);
    } finally {
      await fake.stop();
    }
  }, 20_000);

  test("are answered 503 while none lives, and whoever has the key gets in and sees how a node stands", async () => {
    const { at, keeper } = stage(2);
    keeper.node = null;
    const operator = await Api.admitted(at(1));
    const answer = await operator.send("POST", "/api/sessions", {});
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "2"]);
    expect((await fetch(`${at(1).http}/api/sessions`)).status).toBe(503);
    expect(await operator.ask("GET", "/api/monitor")).toMatchObject({ node: "b" });
    keeper.node = "a";
    expect(await operator.ask("POST", "/api/sessions", {})).toMatchObject({ id: 1 });
  });

  test("need a token, and a page that may, before anybody is asked", async () => {
    const { at, wires } = stage(2, { ALLOWED_ORIGINS: "https://ours.example" });
    expect((await fetch(`${at(1).http}/api/sessions`, { method: "POST", body: "{}" })).status).toBe(401);
    const foreign = await new Api(at(1)).send("POST", "/api/sessions", {}, { origin: "https://theirs.example" });
    expect([foreign.status, wires.count("b", "ask")]).toEqual([403, 0]);
  });
});

describe("[N11] a line of the sessions' wires", () => {
  test("is closed with 4200 where no node keeps sessions, and when that node is lost", async () => {
    const { at, keeper, wires } = stage(2);
    const operator = await Api.admitted(at(1));
    const [line, player] = [await bot(at(1), operator), await Client.connect(at(1).url + words.PATH)];
    expect(await player.ask(words.CREATE)).toMatchObject({ command: "sessionJoin", error: 0 });
    expect([at(1).doors.rooms.size, at(0).doors.rooms.size]).toEqual([0, 1]);
    wires.cut("a", "b", "dead");
    expect((await line.closed).code).toBe(4200);
    keeper.node = null;
    for (const path of [LIVE_PATH, words.PATH]) {
      const late = await Client.connect(at(1).url + path);
      expect((await late.closed).code).toBe(4200);
    }
    // Rooms' wires need no such node.
    expect((await create(at(1))).created.type).toBe("created");
  });

  test("[R47] is numbered by that node, once, and its rooms are there", async () => {
    const { at } = stage(3);
    const players = [];
    for (const n of [1, 0, 2]) players.push(await Client.connect(at(n).url + words.PATH));
    const [tv, near, far] = players as [Client, Client, Client];
    const made = await tv.ask(words.CREATE);
    expect(made).toMatchObject({ error: 0, sessionID: 0 });
    const ids = [made.playerID];
    for (const player of [near, far]) ids.push((await player.ask(words.join(0))).playerID);
    expect(new Set(ids).size).toBe(3);
    far.send(words.update(7));
    await until(async () => (await words.upToFence(tv)).some((frame) => JSON.stringify(frame).includes('"n":7')));
  });

  test("hears what happened, once, from a vote on any node", async () => {
    const { at, wires } = stage(3);
    const operator = await Api.admitted(at(2));
    const bots = [await bot(at(0), operator), await bot(at(1), operator), await bot(at(1), operator)];
    await operator.ask("POST", "/api/sessions", { notes: "one" });
    for (const line of bots) expect(await line.next()).toMatchObject({ type: "session.started" });
    // One frame to a node, however many listen there.
    expect(wires.said.filter(({ to, frame }) => to === "b" && frame.op === "publish").length).toBe(1);
    for (const line of bots) expect(await line.ask({ type: "ping" })).toMatchObject({ type: "pong" });
  });

  test("[L25] that has no seat there is as idle as one here: it is closed, and one that has is not", async () => {
    const { at, clock } = stage(2, { HELLO_SECONDS: "5", ROOMLESS_SECONDS: "20" });
    const [idle, player] = [await Client.connect(at(1).url + words.PATH), await Client.connect(at(1).url + words.PATH)];
    await player.ask(words.CREATE);
    await words.upToFence(idle);
    for (let n = 0; n < 25; n++) {
      clock.advance(1_000);
      if (n < 18) await words.upToFence(idle);
      await words.upToFence(player);
    }
    expect((await idle.closed).code).toBe(4103);
    // Whoever has left is as idle again.
    await player.ask(words.LEAVE);
    for (let n = 0; n < 25; n++) clock.advance(1_000);
    expect((await player.closed).code).toBe(4103);
  });
});

describe("[N11][T6] a line that catches up", () => {
  test("is told as much as it reads, and all of it in order", async () => {
    const { at, clock, wires } = stage(2, { LIMITS: "off" });
    const operator = await Api.admitted(at(1));
    await operator.ask("POST", "/api/sessions", {});
    await operator.ask("POST", "/api/sessions/1/games", { title: "Trivia" });
    const near = await Api.admitted(at(0));
    const vote = (n: number) =>
      near.send("POST", "/api/votes/live", { username: `${n}`.padEnd(40, "v"), vote: "up", sessionId: 1 });
    for (let first = 0; first < 900; first += 100) {
      let isOver = false;
      const votes = Promise.all(Array.from({ length: 100 }, (_, n) => vote(first + n))).finally(() => {
        isOver = true;
      });
      // Votes wait for others to be written with.
      while (!isOver) {
        clock.advance(10);
        await at(0).metric("partyline_lines");
      }
      expect(new Set((await votes).map(({ status }) => status))).toEqual(new Set([200]));
    }
    const line = await bot(at(1), operator);
    const [own] = [...at(1).doors.liveness.lines()].filter(({ wire }) => wire === "live");
    if (own === undefined) throw new Error("no line of the live socket");
    Object.defineProperty(own, "unreadBytes", { get: () => 70_000, configurable: true });
    expect(await line.ask({ type: "subscribe", sessionId: 1, since: 0 })).toMatchObject({ type: "subscribed" });
    const tells = () => wires.count("a", "tell");
    for (let n = 0; n < 40; n++) {
      clock.advance(10);
      await at(1).metric("partyline_lines");
    }
    const most = tells();
    expect(most).toBeLessThan(600);
    // Nor is it told anything for as long as the way to its node is full.
    wires.fill("a", "b", true);
    Reflect.deleteProperty(own, "unreadBytes");
    for (let n = 0; n < 40; n++) {
      clock.advance(10);
      await at(1).metric("partyline_lines");
    }
    expect(tells()).toBe(most);
    wires.fill("a", "b", false);
    const heard: Frame[] = [];
    while (heard.length < 900) {
      clock.advance(10);
      for (const frame of await upToPong(line)) if (frame.type === "vote.received") heard.push(frame);
    }
    expect(new Set(heard.map((frame) => JSON.stringify(frame).match(/"(\d+)v+"/)?.[1])).size).toBe(900);
    const ids = heard.map(({ id }) => Number(id));
    expect(ids[0]).toBeGreaterThan(0);
    expect(ids).toEqual(ids.toSorted((one, other) => one - other));
  }, 20_000);
});

describe("[N8] a frozen node", () => {
  test("changes nothing for who calls it, whatever it keeps", async () => {
    const { at, frozen } = stage(2);
    const { room } = await create(at(0));
    const operator = await Api.admitted(at(0));
    frozen.add("a");
    for (const path of ["/api/sessions", `/api/rooms/${room}/close`]) {
      const answer = await operator.send("POST", path, {});
      expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "2"]);
    }
    expect((await operator.send("GET", `/api/rooms/${room}`)).status).toBe(200);
    frozen.clear();
    await operator.ask("POST", `/api/rooms/${room}/close`, {});
  });
});

describe("[N11] a room that begins a session", () => {
  const begun = async (line: Client) => {
    for (;;) if ((await line.next()).type === "session.started") return;
  };

  test("moves to the node that keeps them, and its host's commands wait that long, in order", async () => {
    const { at } = stage(3);
    const { tv, room } = await create(at(1));
    const phones = [await join(at(0), room, "p0"), await join(at(1), room, "p1"), await join(at(2), room, "p2")];
    tv.send({ type: "send", data: "before" });
    tv.send({ type: "session.start" });
    tv.send({ type: "game.add", title: "Trivia" });
    for (let n = 0; n < 5; n++) tv.send({ type: "send", data: n });
    await begun(tv);
    expect([at(0).doors.rooms.size, at(1).doors.rooms.size]).toEqual([1, 0]);
    for (const phone of phones) {
      const heard: unknown[] = [];
      while (heard.at(-1) !== 4) {
        const frame = await phone.next();
        if (frame.type === "message") heard.push(frame.data);
        else if (/^(session|game)/.test(String(frame.type))) heard.push(frame.type);
      }
      expect(heard).toEqual(["before", "session.started", "game.added", 0, 1, 2, 3, 4]);
    }
  });

  test("moves again where its host leaves it and begins one in another room", async () => {
    const { at } = stage(2);
    const { tv } = await create(at(1));
    for (const isLast of [false, true]) {
      tv.send({ type: "session.start" });
      await begun(tv);
      expect([at(0).doors.rooms.size, at(1).doors.rooms.size]).toEqual([1, 0]);
      if (isLast) break;
      tv.send({ type: "leave" });
      while ((await tv.next()).type !== "left");
      expect(await tv.ask({ type: "create", clientId: "tv", maxClients: 8 })).toMatchObject({ type: "created" });
    }
  });

  test("waits for the token that was shown where it cannot go", async () => {
    const { at, codes } = stage(2);
    const { tv } = await create(at(1));
    const { headers } = await Api.admitted(at(1));
    codes.isAway = true;
    tv.send({ type: "session.start", token: headers.authorization?.replace("Bearer ", ""), id: 1 });
    expect(await tv.ask({ type: "send", data: 1, id: 2 })).toMatchObject({ code: "not_kept", id: 1 });
    expect(await tv.next()).toMatchObject({ type: "ack", id: 2 });
  });

  test("moves as well where its host has come in on a third node", async () => {
    const { at } = stage(3);
    const { tv, room } = await create(at(1));
    const host = await join(at(2), room, "p2");
    tv.send({ type: "make_host", clientId: "p2" });
    while ((await host.next()).type !== "host_changed");
    host.send({ type: "session.start" });
    host.send({ type: "send", data: "behind" });
    await begun(tv);
    while ((await tv.next()).data !== "behind");
    expect([at(0).doors.rooms.size, at(1).doors.rooms.size]).toEqual([1, 0]);
  });

  test("stays where who asks is not its host, and asks nobody", async () => {
    const { at, wires } = stage(2);
    const { room } = await create(at(1));
    const phone = await join(at(1), room, "p1");
    expect(await phone.ask({ type: "session.start" })).toMatchObject({ code: "not_host" });
    expect(wires.count("b", "holdRoom")).toBe(0);
  });

  test("is told not_kept where no such node lives, or it cannot go there, and plays on", async () => {
    const { at, keeper, codes } = stage(2);
    const { tv } = await create(at(1));
    for (const isAway of [false, true]) {
      keeper.node = isAway ? "a" : null;
      codes.isAway = isAway;
      expect(await tv.ask({ type: "session.start", id: 1 })).toMatchObject({
        ...{ type: "error", code: "not_kept", id: 1 },
        message: "This room is on a node that keeps no sessions",
      });
      expect(await tv.ask({ type: "send", data: 1, id: 2 })).toMatchObject({ type: "ack", id: 2 });
    }
    codes.isAway = false;
    expect(await tv.ask({ type: "session.start" })).toMatchObject({ type: "session.started" });
    expect(at(0).doors.rooms.size).toBe(1);
  });
});

redisServer.describe("the node that keeps the sessions", () => {
  redisServer.test("[N11] is the first that wishes so, and none else for as long as its rooms are kept", async () => {
    await using redis = await Redis.start();
    const engine = await dialled(redis.url);
    const plain = await living(engine, "A");
    expect((await plain.renew(true, "")).sessions).toBeNull();
    const [one, other] = [await living(engine, "B"), await living(engine, "C")];
    for (const node of [one, other]) node.keepsSessions = true;
    expect((await one.renew(true, "")).sessions).toBe("B");
    expect((await other.renew(true, "")).sessions).toBe("B");
    await redis.ask("DEL", "{pl:test}:life:B");
    expect((await other.renew(true, "")).sessions).toBe("B");
    expect(Number(await redis.ask("PTTL", "{pl:test}:sessions"))).toBeGreaterThan(100_000);
    await redis.ask("DEL", "{pl:test}:sessions");
    expect((await other.renew(true, "")).sessions).toBe("C");
    engine.close();
  });

  redisServer.test("[N11][T9] is asked by processes that keep none, and missed when it is killed", async () => {
    await using redis = await Redis.start();
    const nodeOf = (name: string, env: Record<string, string> = {}) =>
      startChild({
        ...{ ENGINE_URL: redis.url, INSTANCE: name, LEASE_SECONDS: "3", DRAIN_SECONDS: "0", ...env },
        ...{ JWT_SECRET: "Jq2-mT7x_Vr4-Zk9wLp6-Nc3sDf8-Hb1g", ADMIN_KEY: KEY },
      });
    await using other = await nodeOf("other", { SESSIONS: "elsewhere" });
    const login = await new Api(other).ask("POST", "/api/auth/login", { key: KEY });
    const operator = new Api(other, { authorization: `Bearer ${login.token}` });
    expect((await operator.send("POST", "/api/sessions", {})).status).toBe(503);
    const keeper = await nodeOf("keeper");
    while ((await operator.send("GET", "/api/sessions/active")).status === 503);
    const line = await bot(other, operator);
    expect(await operator.ask("POST", "/api/sessions", {})).toMatchObject({ id: 1 });
    expect(await line.next()).toMatchObject({ type: "session.started" });
    for (const [{ dataDir }, isThere] of [
      [keeper, true],
      [other, false],
    ] as const) {
      expect(await Bun.file(`${dataDir}/sessions.sqlite`).exists()).toBe(isThere);
    }
    // Nobody else has its hands on the folder of a node that keeps none.
    const { dataDir } = other;
    await expect(nodeOf("third", { SESSIONS: "elsewhere", DATA_DIR: dataDir })).rejects.toThrow(/node.lock is in use/);
    // A second one that would keep them is told so, and asks the first.
    await using second = await nodeOf("second");
    expect(second.logged.join()).toContain("another node keeps the sessions");
    expect((await new Api(second, operator.headers).ask("GET", "/api/sessions/1")).id).toBe(1);
    await keeper.stop();
    expect((await line.closed).code).toBe(4200);
    expect((await operator.send("GET", "/api/sessions/1")).status).toBe(503);
    expect((await new Api(second, operator.headers).send("GET", "/api/sessions/1")).status).toBe(503);
  });

  redisServer.test("[N11][S24] that is killed and comes back at once goes on with the night of its room", async () => {
    await using redis = await Redis.start();
    const dataDir = mkdtempSync(pathOf(tmpdir(), "partyline-night-"));
    const env = { ENGINE_URL: redis.url, INSTANCE: "keeper", DRAIN_SECONDS: "0", DATA_DIR: dataDir };
    const start = () =>
      startChild({ ...env, JWT_SECRET: "Jq2-mT7x_Vr4-Zk9wLp6-Nc3sDf8-Hb1g", ADMIN_KEY: KEY, LEASE_SECONDS: "60" });
    try {
      const keeper = await start();
      const tv = await Client.connect(keeper.url);
      const { room } = await tv.ask({
        type: "create",
        clientId: "tv",
        secret: "s".repeat(16),
        maxClients: 8,
        away: 60,
      });
      expect(await tv.ask({ type: "session.start" })).toMatchObject({ type: "session.started" });
      while (String(await redis.ask("HGET", "{pl:partyline}:rooms:keeper", String(room))).length < 2);
      await keeper.stop();
      await using again = await start();
      const { token } = await new Api(again).ask("POST", "/api/auth/login", { key: KEY });
      const operator = new Api(again, { authorization: `Bearer ${token}` });
      // Until the room is here it may not be said that its night is over.
      const back = { type: "join", clientId: "tv", secret: "s".repeat(16), room };
      expect((await (await Client.connect(again.url)).ask(back)).type).toBe("joined");
      expect(await operator.ask("GET", `/api/rooms/${room}`)).toMatchObject({ session: 1 });
      expect(await operator.ask("GET", "/api/sessions/1")).toMatchObject({ is_active: 1, room_code: room });
    } finally {
      rmSync(dataDir, { recursive: true });
    }
  });

  redisServer.test(
    "[N11][S24] whose rooms others have taken up meanwhile has them back, and their nights go on",
    async () => {
      await using redis = await Redis.start();
      const dataDir = mkdtempSync(pathOf(tmpdir(), "partyline-night-"));
      const secrets = { JWT_SECRET: "Jq2-mT7x_Vr4-Zk9wLp6-Nc3sDf8-Hb1g", ADMIN_KEY: KEY };
      const env = { ...secrets, ENGINE_URL: redis.url, DRAIN_SECONDS: "0", LEASE_SECONDS: "3" };
      const start = () => startChild({ ...env, INSTANCE: "keeper", DATA_DIR: dataDir });
      try {
        const keeper = await start();
        await using other = await startChild({ ...env, INSTANCE: "other", SESSIONS: "elsewhere" });
        const tv = await Client.connect(keeper.url);
        const seat = { clientId: "tv", secret: "s".repeat(16) };
        const { room, epoch } = await tv.ask({ type: "create", ...seat, maxClients: 8, away: 60, history: 64 });
        expect(await tv.ask({ type: "session.start" })).toMatchObject({ type: "session.started" });
        keeper.process.kill("SIGTERM");
        expect(await keeper.ended).toBe(0);
        while (!other.logged.some((line) => line.includes('"rooms taken up"'))) await fetch(`${other.http}/health`);
        const back = await Client.connect(other.url);
        const joined = await back.ask({ type: "join", ...seat, room, epoch, since: 1 });
        expect(joined).toMatchObject({ type: "joined", resumed: true });
        const { token } = await new Api(other).ask("POST", "/api/auth/login", { key: KEY });
        const operator = new Api(other, { authorization: `Bearer ${token}` });
        expect((await operator.send("GET", "/api/sessions/1")).status).toBe(503);
        await using again = await start();
        let answer = await operator.send("GET", "/api/sessions/1");
        while (answer.status === 503) answer = await operator.send("GET", "/api/sessions/1");
        expect(JSON.parse(answer.text)).toMatchObject({ is_active: 1, room_code: room });
        // Its member's line has stayed, and speaks to the room where it is now.
        expect(await back.ask({ type: "session.end" })).toMatchObject({ type: "session.ended" });
        expect(again.logged.map((line) => JSON.parse(line).level)).not.toContain("error");
      } finally {
        rmSync(dataDir, { recursive: true });
      }
    },
  );
});

const KEY = "Xq7-vT2m_Zr9-Lk4w";
