// What the parts tell each other only where they meet: what is dropped once a minute, and the log lines of a server and its process.
import { Database, SQLiteError } from "bun:sqlite";
import { afterEach, describe, expect, spyOn, test } from "bun:test";
import { exists, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { systemClock } from "../src/clock.ts";
import { Gc } from "../src/doors/gc.ts";
import { Connections } from "../src/limits/connections.ts";
import { Guesses } from "../src/limits/guesses.ts";
import { Logins } from "../src/limits/logins.ts";
import { WriteLimit } from "../src/limits/writes.ts";
import type { Changes } from "../src/rooms/changes.ts";
import type { RoomRecord } from "../src/rooms/record.ts";
import { Rooms } from "../src/rooms/rooms.ts";
import { Sessions } from "../src/sessions/sessions.ts";
import { Store } from "../src/sessions/store/store.ts";
import { SnapshotFile } from "../src/snapshot/file.ts";
import type { Journal } from "../src/snapshot/journal.ts";
import { DRAIN_FAILS, WITH_BUGS } from "./support/bugs.ts";
import { type Child, startChild } from "./support/child.ts";
import { Client } from "./support/client.ts";
import { ManualClock } from "./support/clock.ts";
import { core } from "./support/core.ts";
import { freePort, SECRET, startServer, type TestServer } from "./support/server.ts";

const ended: TestServer[] = [];
afterEach(async () => {
  for (const server of ended.splice(0)) await server.stop();
});

/** What SQLite throws when its disk is full. */
function diskFull(): SQLiteError {
  const db = new Database(":memory:");
  db.run("PRAGMA max_page_count = 1");
  try {
    db.run("CREATE TABLE t (a)");
    db.run("INSERT INTO t VALUES (zeroblob(100000))");
  } catch (error) {
    if (error instanceof SQLiteError) return error;
  } finally {
    db.close();
  }
  throw new Error("the disk was not full");
}

test("[S25] that sessions cannot be kept is logged once, and once when they can be again", async () => {
  const store = Store.open(":memory:", 64 * 1024 * 1024);
  const server = startServer({}, systemClock, store);
  ended.push(server);
  const lines = () => server.logged.map((line) => JSON.parse(line).msg).filter((msg) => msg.startsWith("sessions"));
  const tv = await Client.connect(server.url);
  await tv.ask({ type: "create", clientId: "tv", maxClients: 2 });
  const works = store.transaction;
  store.transaction = () => {
    throw diskFull();
  };
  for (let n = 0; n < 3; n++) expect(await tv.ask({ type: "session.start" })).toMatchObject({ code: "not_kept" });
  expect(lines()).toEqual(["sessions are not kept"]);
  expect(server.logged.map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ level: "error", err: expect.objectContaining({ code: "SQLITE_FULL" }) }),
  );
  store.transaction = works;
  expect(await tv.ask({ type: "session.start" })).toMatchObject({ type: "session.started" });
  expect(lines()).toEqual(["sessions are not kept", "sessions are kept again"]);
  await tv.ask({ type: "session.end" });
  expect(lines()).toHaveLength(2);
});

const MINUTE_MS = 60_000;

describe("once a minute", () => {
  test.each([
    ["L10", "connections", () => spyOn(Connections.prototype, "prune")],
    ["L9", "guesses", () => spyOn(Guesses.prototype, "prune")],
    ["S32", "logins", () => spyOn(Logins.prototype, "prune")],
    ["L19", "writes", () => spyOn(WriteLimit.prototype, "prune")],
    ["S26", "sessions", () => spyOn(Sessions.prototype, "tidy")],
  ] as const)("[%s] the %s drop what they need not keep", (_rule, _what, watch) => {
    const clock = new ManualClock();
    ended.push(startServer({}, clock));
    const prune = watch();
    try {
      clock.advance(MINUTE_MS - 1);
      expect(prune).toHaveBeenCalledTimes(0);
      for (let minute = 1; minute <= 3; minute++) {
        clock.advance(MINUTE_MS);
        expect(prune).toHaveBeenCalledTimes(minute);
      }
    } finally {
      prune.mockRestore();
    }
  });

  test("[L1] a timer that throws is logged and counted, and is there again a minute later", async () => {
    const clock = new ManualClock();
    const server = startServer({}, clock);
    ended.push(server);
    const prune = spyOn(Guesses.prototype, "prune").mockImplementation(() => {
      throw new Error("a bug");
    });
    try {
      clock.advance(2 * MINUTE_MS);
      expect(prune).toHaveBeenCalledTimes(2);
    } finally {
      prune.mockRestore();
    }
    expect(await server.metric("partyline_faults_total")).toBe(2);
    const line = { level: "error", err: { message: "a bug" }, msg: "fault in a timer" };
    expect(server.logged.map((text) => JSON.parse(text))).toMatchObject([line, line]);
  });
});

describe("a server that comes up", () => {
  test("[L18] looks after its memory", () => {
    const start = spyOn(Gc.prototype, "start");
    try {
      ended.push(startServer({}, new ManualClock()));
      expect(start).toHaveBeenCalledTimes(1);
    } finally {
      start.mockRestore();
    }
  });

  test("[H7] and does not get its second port has no first one either", async () => {
    using taken = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
    const port = await freePort();
    const env = { PORT: String(port), SESSIONSERVER_PORT: String(taken.port) };
    expect(() => startServer(env, new ManualClock())).toThrow();
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow();
  });
});

describe("a server that goes", () => {
  test.each([
    ["R48", "time stands still for those that are away, where rooms are kept", true],
    ["R49", "time goes on for them where rooms are not kept", false],
  ])("[%s] %s", async (_rule, _what, areKept) => {
    const drain = spyOn(Rooms.prototype, "drain");
    try {
      const path = join(await mkdtemp(join(tmpdir(), "partyline-app-")), "rooms.snapshot");
      const snapshot = areKept ? new SnapshotFile(path, SECRET) : null;
      await startServer({}, new ManualClock(), undefined, snapshot).drain();
      expect(drain.mock.calls).toEqual([[areKept]]);
      await rm(dirname(path), { recursive: true });
    } finally {
      drain.mockRestore();
    }
  });
});

test("[R48] a server that was stopped keeps nothing any more, and no file open", async () => {
  const folder = await mkdtemp(join(tmpdir(), "partyline-app-"));
  const path = join(folder, "rooms.snapshot");
  const clock = new ManualClock();
  const journals: Journal[] = [];
  class NotingFile extends SnapshotFile {
    override async begin(changes: Changes): Promise<Journal> {
      const journal = await super.begin(changes);
      journals.push(journal);
      return journal;
    }
  }
  const server = startServer({}, clock, undefined, new NotingFile(path, SECRET));
  clock.advance(2_000);
  while (journals.length === 0) await new Promise(setImmediate);
  await server.stop();
  await expect(journals[0]?.append()).rejects.toThrow();
  await rm(path);
  clock.advance(60_000);
  await new Promise(setImmediate);
  expect([journals.length, await exists(path)]).toEqual([1, false]);
  await rm(folder, { recursive: true });
});

describe("a server that comes", () => {
  /** Starts on a snapshot of a room in which a session went on; answers whether it goes on. */
  async function goesOn(change: (record: RoomRecord) => RoomRecord): Promise<boolean> {
    const before = core();
    const { line } = before.create("tv");
    before.ask(line, { kind: "sessionStart", notes: null });
    const folder = await mkdtemp(join(tmpdir(), "partyline-app-"));
    const { clock, store, rooms } = before;
    const snapshot = new SnapshotFile(join(folder, "rooms.snapshot"), SECRET, () => clock.now());
    await snapshot.write([...rooms.records(true)].map(change));
    ended.push(startServer({}, clock, store, snapshot));
    await rm(folder, { recursive: true });
    return store.session(1)?.endedAt === null;
  }

  test("[S24] takes up its rooms first, then the sessions in them", async () => {
    expect(await goesOn((record) => record)).toBe(true);
  });

  test("[S24] ends a session whose code is another room's by now", async () => {
    expect(await goesOn((record) => ({ ...record, id: "another" }))).toBe(false);
  });
});

describe("the process", () => {
  /** The next log line of that level, once there is one. */
  async function lineOf(child: Child, level: string): Promise<Record<string, unknown>> {
    for (;;) {
      const line = child.logged.map((text) => JSON.parse(text)).find((entry) => entry.level === level);
      if (line !== undefined) return line;
      await fetch(`${child.http}/health`);
    }
  }

  test.each([
    ["SIGUSR1", "uncaught exception", "thrown by a timer of nobody"],
    ["SIGUSR2", "unhandled rejection", "rejected, and caught by nobody"],
  ] as const)(
    "[L1] what gets past every wall is logged, and ends nobody's game: %s, %s",
    async (signal, msg, message) => {
      await using child = await startChild(WITH_BUGS);
      const tv = await Client.connect(child.url);
      await tv.ask({ type: "create", clientId: "tv", maxClients: 2 });
      child.process.kill(signal);
      expect(await lineOf(child, "error")).toMatchObject({ msg, err: { message } });
      expect(await tv.ask({ type: "ping" })).toMatchObject({ type: "pong" });
    },
    60_000,
  );

  test("[H3][L16] says where it listens, and under which limits; those that are lifted are off", async () => {
    await using child = await startChild({ LIMITS: "off", ROOM_CODE_LENGTH: "5" });
    const limits = { messagesPerSecond: "off", frameBytesMax: expect.any(Number), deadSeconds: expect.any(Number) };
    expect(JSON.parse(child.logged[0] ?? "")).toMatchObject({
      ...{ level: "info", msg: "listening", host: "127.0.0.1", port: Number(new URL(child.http).port) },
      ...{ roomCodeLength: 5, limits },
    });
  }, 60_000);

  test("[S30] without ADMIN_KEY it says on stderr which key its API has, and never in its log", async () => {
    await using child = await startChild();
    const stderr = child.process.stderr.getReader();
    let said = "";
    while (!said.includes("of your own")) said += new TextDecoder().decode((await stderr.read()).value);
    const key = /the key of its API is (\S+)/.exec(said)?.[1] ?? "none";
    const body = JSON.stringify({ key });
    const headers = { "content-type": "application/json" };
    expect((await fetch(`${child.http}/api/auth/login`, { method: "POST", body, headers })).status).toBe(200);
    expect(child.logged.join("")).not.toContain(key);
  }, 60_000);

  test("[L17] a drain that fails is logged, and ends the process with 1", async () => {
    await using child = await startChild({ ...WITH_BUGS, ...DRAIN_FAILS, DRAIN_SECONDS: "0" });
    child.process.kill("SIGTERM");
    expect(await child.ended).toBe(1);
    expect(child.logged.map((line) => JSON.parse(line))).toMatchObject([
      { msg: "listening" },
      { level: "info", signal: "SIGTERM", drainSeconds: 0, msg: "draining" },
      { level: "error", err: { message: "the disk is on fire" }, msg: "drain failed" },
    ]);
  }, 60_000);
});
