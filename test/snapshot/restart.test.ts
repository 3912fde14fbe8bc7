// The server as a process that goes and comes back on the same folder: by a signal, and by a kill.
import { afterEach, expect, test } from "bun:test";
import { mkdtemp, open, readdir, rm, stat } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RoomRecord } from "../../src/rooms/record.ts";
import { Store } from "../../src/sessions/store/store.ts";
import { SnapshotFile } from "../../src/snapshot/file.ts";
import { type Child, startChild } from "../support/child.ts";
import { Client, type Frame } from "../support/client.ts";
import { ManualClock } from "../support/clock.ts";
import { core } from "../support/core.ts";
import { linesOf } from "../support/lines.ts";
import { firstThatRuns, needs } from "../support/needs.ts";
import { ADMIN_KEY, SECRET, startServer, type TestServer } from "../support/server.ts";
import { numbered, numbersOf, range } from "../support/stage.ts";

const shell = await needs("sh", () => firstThatRuns([["sh", "-c", "true"]]));
const SERVER = join(import.meta.dir, "../../server.ts");
const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "partyline-restart-"));
  ended.push(() => rm(folder, { recursive: true }));
  return folder;
}

async function start(dataDir: string, env: Record<string, string> = {}): Promise<Child> {
  const child = await startChild({ DATA_DIR: dataDir, ADMIN_KEY, DRAIN_SECONDS: "0", ...env });
  ended.push(child.stop);
  return child;
}

/** Ends it as `docker stop` does. */
async function stop(child: Child): Promise<void> {
  child.process.kill("SIGTERM");
  expect(await child.ended).toBe(0);
}

/** Waits until a snapshot has been written that is newer than now. */
async function nextSnapshot(dataDir: string): Promise<void> {
  const writtenAt = async () => (await stat(join(dataDir, "rooms.snapshot")).catch(() => null))?.mtimeMs ?? 0;
  const before = await writtenAt();
  while ((await writtenAt()) === before) await new Promise(setImmediate);
}

/** Servers in this process that follow each other on one folder, one store and one clock that stands still. */
async function inProcess(env: Record<string, string> = {}, File = SnapshotFile) {
  const path = join(await newFolder(), "rooms.snapshot");
  const clock = new ManualClock();
  const store = Store.open(":memory:", 64 * 1024 * 1024);
  const next = () => {
    const file = new File(path, SECRET, () => clock.now());
    const server = startServer({ DRAIN_SECONDS: "0", ...env }, clock, store, file);
    ended.push(() => server.stop());
    return server;
  };
  return { clock, store, next };
}

/** Lets the server go away: a beat, and whatever time the disk takes. */
async function goAway(server: TestServer, clock: ManualClock): Promise<void> {
  const drained = server.drain();
  clock.advance(100);
  await drained;
}

const ROOM = {
  type: "create",
  clientId: "tv",
  secret: "tv's",
  maxClients: 4,
  away: 60,
  history: 16,
  state: { level: 3 },
};

/** A room of two with a session in it: who has seen what. */
async function play(server: Pick<Child, "url">, more: object = {}) {
  const tv = await Client.connect(server.url);
  const created = await tv.ask({ ...ROOM, ...more });
  const phone = await Client.connect(server.url);
  const joined = await phone.ask({
    type: "join",
    clientId: "phone",
    secret: "phone's",
    room: created.room,
    name: "Ann",
  });
  await tv.ask({ type: "send", data: 1, id: "a" });
  await tv.upToFence();
  await phone.upToFence();
  return { tv, phone, created, joined };
}

function join_(created: Frame, clientId: string, since?: number): object {
  return { type: "join", room: created.room, clientId, secret: `${clientId}'s`, since, epoch: created.epoch };
}

test("[R48] a stop ends no game: same code, same seats, resumed, nothing told is lost", async () => {
  const dataDir = await newFolder();
  const first = await start(dataDir);
  const { tv, phone, created } = await play(first);
  phone.send({ type: "send", data: "last words", id: "b" });
  await phone.upToFence();
  await stop(first);
  for (const client of [tv, phone]) expect((await client.closed).code).toBe(4200);

  const second = await start(dataDir);
  const back = await Client.connect(second.url);
  // It had seen its own arrival and the first message: 1, 2; the last words came after that.
  const answer = await back.ask(join_(created, "tv", 2));
  expect(answer).toMatchObject({ type: "joined", room: created.room, epoch: created.epoch, resumed: true, host: "tv" });
  expect(answer.state).toEqual({ level: 3 });
  const messages = (answer.missed as Frame[]).filter(({ type }) => type === "message");
  expect(messages).toEqual([{ type: "message", from: "phone", data: "last words", seq: 3 }]);
  expect(answer.peers).toContainEqual({ clientId: "phone", name: "Ann", away: true });

  const thief = await Client.connect(second.url);
  expect(await thief.ask({ type: "join", room: created.room, clientId: "phone", secret: "guess" })).toMatchObject({
    code: "wrong_secret",
  });
  const other = await Client.connect(second.url);
  expect(await other.ask(join_(created, "phone", 3))).toMatchObject({ type: "joined", resumed: true });
  expect(await back.next()).toMatchObject({ type: "peer_back", clientId: "phone" });
}, 60_000);

test("[R48] after a kill the room is there, and says truthfully that it cannot resume", async () => {
  const dataDir = await newFolder();
  const first = await start(dataDir);
  const { tv, created } = await play(first);
  await nextSnapshot(dataDir);
  // Told after the snapshot, perhaps: it cannot be known by the next one, so it must not claim to.
  await tv.ask({ type: "send", data: "gone with it", id: "c" });
  await first.stop();

  const second = await start(dataDir);
  const back = await Client.connect(second.url);
  const answer = await back.ask(join_(created, "tv", 4));
  expect(answer).toMatchObject({ type: "joined", room: created.room, resumed: false, state: { level: 3 } });
  expect(answer.epoch).not.toBe(created.epoch);
  // And from here on it can.
  await back.ask({ type: "send", data: 2, id: "d" });
  await back.close();
  const again = await Client.connect(second.url);
  const since = { ...join_(created, "tv", Number(answer.seq)), epoch: answer.epoch };
  expect(await again.ask(since)).toMatchObject({ type: "joined", resumed: true });
}, 60_000);

test("[S24][R48] a session goes on in its room", async () => {
  const dataDir = await newFolder();
  const first = await start(dataDir);
  const { tv, created } = await play(first);
  tv.send({ type: "session.start" });
  tv.send({ type: "game.add", title: "Quiz" });
  await tv.upToFence();
  await stop(first);

  const second = await start(dataDir);
  const back = await Client.connect(second.url);
  await back.ask(join_(created, "tv", 1));
  expect(await back.ask({ type: "vote", vote: "up" })).toMatchObject({
    type: "vote.received",
    data: { sessionId: 1, game: { title: "Quiz" } },
  });
}, 60_000);

test("[R48] rooms of the first wire come back too, without a word to the others", async () => {
  const dataDir = await newFolder();
  const first = await start(dataDir);
  const { created } = await play(first, { away: 0, history: 0, secret: undefined });
  await stop(first);
  const second = await start(dataDir);
  const tv = await Client.connect(second.url);
  expect(await tv.ask({ type: "join", room: created.room, clientId: "tv" })).toMatchObject({
    ...{ type: "joined", clients: ["tv", "phone"], host: "tv" },
  });
  const phone = await Client.connect(second.url);
  await phone.ask(join_(created, "phone"));
  await phone.ask({ type: "send", to: "tv", data: 2, id: 1 });
  const told = await tv.upToFence();
  expect(told.filter(({ type }) => type !== "peer_back")).toEqual([{ type: "message", from: "phone", data: 2 }]);
}, 60_000);

test("[S21] two servers in one folder: without DATA_DIR the second has its own beside, with it does not start", async () => {
  const folder = await newFolder();
  const begin = (env: Record<string, string>) => {
    const child = Bun.spawn([process.execPath, SERVER], {
      ...({ cwd: folder, stdout: "pipe", stderr: "pipe" } as const),
      env: { PATH: process.env.PATH ?? "", PORT: "0", HOST: "127.0.0.1", ADMIN_KEY, ...env },
    });
    ended.push(async () => {
      child.kill("SIGKILL");
      await child.exited;
    });
    return child;
  };
  const said = async (child: ReturnType<typeof begin>, message: string) => {
    for await (const line of linesOf(child.stdout)) if (line.includes(message)) return JSON.parse(line);
  };
  await said(begin({}), "listening");
  const second = await said(begin({}), "another server uses the data folder");
  expect(second.dataDir).toMatch(/^\.\/data-\d+$/);
  const third = begin({ DATA_DIR: "./data" });
  expect(await third.exited).toBe(1);
  expect(await new Response(third.stderr).text()).toContain("is in use by another server");
  // One that cannot have its port leaves no folder behind.
  const { port } = await said(begin({ DATA_DIR: "./elsewhere" }), "listening");
  const fourth = begin({ PORT: String(port) });
  expect(await fourth.exited).toBe(1);
  expect(await new Response(fourth.stderr).text()).toContain(`port ${port} is in use`);
  expect(await readdir(folder)).not.toContain(`data-${port}`);
}, 60_000);

shell.test("[L17] under nohup a hang-up does not matter", async () => {
  const folder = await newFolder();
  const command = [shell.get(), "-c", 'trap "" HUP; exec "$0" "$1"', process.execPath, SERVER];
  const env = { PATH: process.env.PATH ?? "", PORT: "0", HOST: "127.0.0.1", ADMIN_KEY, DATA_DIR: folder };
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "ignore", env });
  ended.push(async () => {
    child.kill("SIGKILL");
    await child.exited;
  });
  const lines = linesOf(child.stdout)[Symbol.asyncIterator]();
  const told = async () => JSON.parse((await lines.next()).value ?? "null");
  expect(await told()).toMatchObject({ msg: "listening" });
  child.kill("SIGHUP");
  child.kill("SIGTERM");
  expect(await told()).toMatchObject({ msg: "draining", signal: "SIGTERM" });
});

test("[R49] ROOM_SNAPSHOT=off: a stop ends the rooms", async () => {
  const dataDir = await newFolder();
  const first = await start(dataDir, { ROOM_SNAPSHOT: "off" });
  const { created } = await play(first);
  await stop(first);
  const second = await start(dataDir);
  const back = await Client.connect(second.url);
  expect(await back.ask(join_(created, "tv", 1))).toMatchObject({ code: "room_not_found" });
}, 60_000);

test("[R48] a stop while everyone is away", async () => {
  const dataDir = await newFolder();
  const first = await start(dataDir);
  const { tv, phone, created } = await play(first);
  await phone.close();
  await tv.upToFence();
  await tv.close();
  await stop(first);
  const second = await start(dataDir);
  const back = await Client.connect(second.url);
  expect(await back.ask(join_(created, "tv", 3))).toMatchObject({ type: "joined", resumed: true, host: "tv" });
}, 60_000);

test("[R48] a start that gets no port does not use the rooms up", async () => {
  const dataDir = await newFolder();
  const first = await start(dataDir);
  const { created } = await play(first);
  await stop(first);
  using taken = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  await expect(startChild({ DATA_DIR: dataDir, PORT: String(taken.port) })).rejects.toThrow("is in use");
  const second = await start(dataDir);
  const back = await Client.connect(second.url);
  expect(await back.ask(join_(created, "tv", 2))).toMatchObject({ type: "joined", resumed: true });
}, 60_000);

test("[R48] a signal while rooms are taken up is a stop like any other", async () => {
  const dataDir = await newFolder();
  const secret = "a secret that both processes have, for once";
  const { create, rooms } = core({ roomsPerAddressMax: 3_000 });
  for (let n = 0; n < 3_000; n++) create("tv", { rules: { awayMs: 60_000, historyMax: 16 } });
  const path = join(dataDir, "rooms.snapshot");
  await new SnapshotFile(path, new TextEncoder().encode(secret)).write(rooms.records(true));
  const child = Bun.spawn([process.execPath, SERVER], {
    env: { PATH: process.env.PATH ?? "", PORT: "0", DATA_DIR: dataDir, ADMIN_KEY, JWT_SECRET: secret },
    stdout: "ignore",
    stderr: "inherit",
  });
  ended.push(async () => child.kill("SIGKILL"));
  // From its first look at them on: the word at the head changes when it takes them up.
  const word = async () => {
    const file = await open(path);
    const { buffer } = await file.read(Buffer.alloc(5), 0, 5, "partyline rooms 1 ".length);
    await file.close();
    return buffer.toString();
  };
  while ((await word()) === "whole") await new Promise(setImmediate);
  child.kill("SIGTERM");
  expect(await child.exited).toBe(0);
  expect(await word()).toBe("whole");
}, 60_000);

test("[R48] what a paused line had said is carried out before it is sent away", async () => {
  const { clock, next } = await inProcess();
  const first = next();
  const { phone, created } = await play(first, { history: 512 });
  numbered(phone, 0, 150);
  while ((await first.metric("partyline_messages_in_total")) < 150);
  expect(await first.metric("partyline_pauses_total")).toBe(1);
  await goAway(first, clock);
  const back = await Client.connect(next().url);
  const answer = await back.ask(join_(created, "tv", 2));
  expect(answer).toMatchObject({ type: "joined", resumed: true });
  expect(numbersOf(answer.missed as Frame[])).toEqual(range(0, 150));
});

test("[R48] nothing is told of a session once its room is being kept: a rejoin that resumes would not have it", async () => {
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  class SlowFile extends SnapshotFile {
    override async write(records: Iterable<RoomRecord>): Promise<void> {
      await super.write(records);
      reached.resolve();
      await gate.promise;
    }
  }
  const { clock, store, next } = await inProcess({}, SlowFile);
  const first = next();
  const { tv, created } = await play(first);
  tv.send({ type: "session.start" });
  tv.send({ type: "game.add", title: "Quiz" });
  await tv.upToFence();
  const login = await fetch(`${first.http}/api/auth/login`, {
    method: "POST",
    body: JSON.stringify({ key: ADMIN_KEY }),
  });
  const { token } = (await login.json()) as { token: string };
  const told = store.events(1, 0, 100).length;
  // Nobody can come any more by then, but a request may have come before and be whole only now.
  const body = '{"title":"Late"}';
  const head = `POST /api/sessions/1/games HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${body.length}\r\n\r\n`;
  const late = connect(Number(new URL(first.http).port), "127.0.0.1", () => late.write(head + body.slice(0, 5)));
  const answer = new Promise<string>((resolve) => late.on("data", (chunk: Buffer) => resolve(chunk.toString())));
  while ((await first.metric('partyline_connections{kind="http"}')) !== 1);
  const drained = first.drain();
  clock.advance(100);
  await reached.promise;
  late.write(body.slice(5));
  expect(await answer).toStartWith("HTTP/1.1 503 ");
  late.destroy();
  gate.resolve();
  await drained;
  expect(store.events(1, 0, 100)).toHaveLength(told);
  const back = await Client.connect(next().url);
  expect(await back.ask(join_(created, "tv", 2))).toMatchObject({ type: "joined", resumed: true });
});

test("[R48][Q5] party2: who comes back has its index, nobody hears an id, the display is host again", async () => {
  const { clock, next } = await inProcess();
  const first = next();
  const display = await Client.connect(`${first.url}/v2`);
  const { room } = await display.ask({ type: "create", clientId: "display", maxClients: 4 });
  display.send({ type: "set_state", data: { level: 3 } });
  const phone = await Client.connect(`${first.url}/v2`);
  expect(await phone.ask({ type: "join", clientId: "phone", room })).toMatchObject({ type: "joined", index: 1 });
  await goAway(first, clock);
  expect((await display.closed).code).toBe(4200);

  const { url } = next();
  const [phone2, stranger, display2] = [
    await Client.connect(`${url}/v2`),
    await Client.connect(`${url}/v2`),
    await Client.connect(`${url}/v2`),
  ];
  expect(await phone2.ask({ type: "join", clientId: "phone", room })).toEqual({
    type: "joined",
    room,
    index: 1,
    peers: [],
  });
  expect(await phone2.next()).toEqual({ type: "state", data: { level: 3 } });
  expect(await stranger.ask({ type: "join", clientId: "stranger", room })).toMatchObject({ index: 2, peers: [1] });
  expect(await phone2.ask({ type: "close_room" })).toEqual({ type: "peer_joined", index: 2 });
  expect(await phone2.next()).toMatchObject({ type: "error", message: "Only the host can close the room" });
  expect(await display2.ask({ type: "join", clientId: "display", room })).toMatchObject({ index: 0, peers: [1, 2] });
  expect(await phone2.next()).toEqual({ type: "peer_joined", index: 0 });
  display2.send({ type: "close_room" });
  expect((await phone2.closed).code).toBe(4001);
});

test("[R49] sessions of `sessionserver` end with their server, and numbers begin anew", async () => {
  const { clock, next } = await inProcess();
  const first = next();
  const player = await Client.connect(`${first.url}/sessionserver`);
  expect(await player.ask({ command: "createSession", session: {}, player: {} })).toMatchObject({ sessionID: 0 });
  await goAway(first, clock);
  const second = next();
  const again = await Client.connect(`${second.url}/sessionserver`);
  expect(await again.ask({ command: "joinSession", sessionID: 0 })).toMatchObject({ error: 7 });
  expect(second.logged.map((line) => JSON.parse(line).msg)).toContain("rooms taken up");
});

test("[R48] a second signal ends it at once: the rooms are there as after a crash", async () => {
  const dataDir = await newFolder();
  const first = await start(dataDir, { DRAIN_SECONDS: "600" });
  const { tv, phone, created } = await play(first);
  // Others enough that some line is left when the second signal comes.
  for (let n = 0; n < 40; n++) await Client.connect(first.url);
  await nextSnapshot(dataDir);
  first.process.kill("SIGTERM");
  await Promise.race([tv.closed, phone.closed]);
  first.process.kill("SIGTERM");
  expect(await first.ended).toBe(1);
  const second = await start(dataDir);
  const back = await Client.connect(second.url);
  expect(await back.ask(join_(created, "tv", 2))).toMatchObject({ type: "joined", resumed: false });
}, 60_000);

test("[R48] a kill in the middle of an append, and of a new base, costs no room: each is as it was a moment before, or later", async () => {
  const dataDir = await newFolder();
  const path = join(dataDir, "rooms.snapshot");
  const env = { LIMITS: "off" };
  const [rooms, chars] = [150, 12_000];
  let server = await start(dataDir, env);
  const lines: Client[] = [];
  const codes: string[] = [];
  for (let n = 0; n < rooms; n++) {
    const line = await Client.connect(server.url);
    codes.push(String((await line.ask({ type: "create", clientId: "tv", maxClients: 4, away: 60 })).room));
    lines.push(line);
  }
  const tell = async (some: readonly Client[], level: number) => {
    for (const line of some) line.send({ type: "set_state", data: { level, more: "x".repeat(chars) } });
    await Promise.all(some.map((line) => line.upToFence()));
  };
  const sizeOf = async (file: string) => (await stat(file).catch(() => null))?.size ?? 0;
  const seen = async (holds: () => Promise<boolean>) => {
    while (!(await holds())) await new Promise(setImmediate);
  };
  const levelsAfterKill = async () => {
    server.process.kill("SIGKILL");
    await server.ended;
    server = await start(dataDir, env);
    const levels: number[] = [];
    for (const [n, room] of codes.entries()) {
      const line = await Client.connect(server.url);
      const joined = await line.ask({ type: "join", room, clientId: "tv" });
      levels.push((joined.state as { level: number } | null)?.level ?? 0);
      lines[n] = line;
    }
    return levels;
  };

  await tell(lines, 1);
  await seen(async () => (await sizeOf(path)) > rooms * chars);
  const size = await sizeOf(path);
  // So few that a new file is not due; the kill comes while it grows.
  await tell(lines.slice(0, 40), 2);
  await seen(async () => (await sizeOf(path)) > size);
  expect(Math.min(...(await levelsAfterKill()))).toBeGreaterThanOrEqual(1);

  // Each server begins a file of its own, two seconds after its start.
  await seen(async () => (await sizeOf(`${path}.new`)) > chars);
  const levels = await levelsAfterKill();
  expect(Math.min(...levels)).toBeGreaterThanOrEqual(1);
  expect(await sizeOf(`${path}.new`)).toBeGreaterThan(0);
  await seen(async () => (await sizeOf(`${path}.new`)) === 0);
}, 120_000);

test("[R48] a kill before anything is said after a take-up costs no room", async () => {
  const dataDir = await newFolder();
  const first = await start(dataDir);
  const { created } = await play(first);
  await stop(first);
  // Up, and dead again before it has written anything of its own.
  await (await start(dataDir)).stop();
  const third = await start(dataDir);
  const back = await Client.connect(third.url);
  // What the second one may have told cannot be known.
  expect(await back.ask(join_(created, "tv", 2))).toMatchObject({
    type: "joined",
    resumed: false,
    state: { level: 3 },
  });
}, 60_000);
