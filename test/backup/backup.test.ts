// `--backup` and `--restore` as an operator runs them: processes of their own beside a server that plays, and each of them killed in the middle.
import { afterEach, expect, test } from "bun:test";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { Control } from "../../src/backup/control.ts";
import { BackupWriter } from "../../src/backup/format.ts";
import { controlPath } from "../../src/backup/pieces.ts";
import { openLog } from "../../src/log.ts";
import { Store } from "../../src/sessions/store/store.ts";
import { SnapshotFile } from "../../src/snapshot/file.ts";
import { Api } from "../support/api.ts";
import { type Child, startChild } from "../support/child.ts";
import { Client } from "../support/client.ts";
import { type Folder, folderOf } from "../support/folder.ts";
import { firstThatRuns, needs } from "../support/needs.ts";
import { ADMIN_KEY } from "../support/server.ts";

const SERVER = join(import.meta.dir, "../../server.ts");
const MIB = 1024 * 1024;
/** An earlier backup, as far as anybody looks. */
const BEFORE = "partyline backup 1\nthe one before";
const SECRET = "jwt secret of a test, forty-two characters";

const pipes = await needs("mkfifo", () => firstThatRuns([["mkfifo", "--version"]]));
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function newFolder(): Folder {
  const folder = folderOf();
  ends.push(() => folder[Symbol.dispose]());
  return folder;
}

async function start(dataDir: string, env: Record<string, string> = {}): Promise<Child> {
  const child = await startChild({ DATA_DIR: dataDir, ADMIN_KEY, DRAIN_SECONDS: "0", LIMITS: "off", ...env });
  ends.push(child.stop);
  return child;
}

/** A command of the server's file on that data folder. */
function command(dataDir: string, args: readonly string[], env: Record<string, string> = {}) {
  const child = Bun.spawn([process.execPath, SERVER, ...args], {
    env: { PATH: process.env.PATH ?? "", DATA_DIR: dataDir, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  ends.push(() => child.kill("SIGKILL"));
  const done = Promise.all([child.exited, new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { child, done: done.then(([code, out, problem]) => ({ code, out, problem })) };
}

const run = (dataDir: string, ...args: readonly string[]) => command(dataDir, args).done;

/** Why a server does not start there. */
async function whyNoStart(dataDir: string): Promise<string> {
  const { done } = command(dataDir, [], { PORT: "0", HOST: "127.0.0.1", ADMIN_KEY });
  const { code, problem } = await done;
  expect(code).toBe(1);
  return problem;
}

/** A data folder as a server has left it, and who answers in the server's place. */
async function standIn() {
  const folder = newFolder();
  const dataDir = join(folder.path, "data");
  await mkdir(dataDir);
  const store = Store.open(join(dataDir, "sessions.sqlite"), 64 * MIB);
  store.addSession({ createdAt: 7, notes: "kept", roomCode: null, roomId: null, startedBy: "token" });
  store.close();
  folder.write("data/jwt.secret", SECRET);
  const lines = new Set<Socket>();
  const heard: string[] = [];
  const server = createServer((socket) => {
    lines.add(socket);
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      heard.push(bytes.toString().trim());
      socket.write('{"version":"1.2.3"}\n');
    });
  });
  await new Promise<void>((listening) => server.listen(controlPath(dataDir), listening));
  const leave = () => {
    for (const line of lines) line.destroy();
    server.close();
  };
  ends.push(leave);
  return { folder, dataDir, file: join(folder.path, "backup"), heard, leave };
}

/** A pipe at that path. What is written to it is read as the file; opening resolves when somebody reads. */
async function pipeAt(path: string): Promise<() => Promise<FileHandle>> {
  expect(await Bun.spawn([pipes.get(), path]).exited).toBe(0);
  return async () => {
    const handle = await open(path, "w");
    ends.push(() => handle.close().catch(() => {}));
    return handle;
  };
}

const sessionsIn = (dataDir: string) => {
  const store = Store.open(join(dataDir, "sessions.sqlite"), 64 * MIB);
  const notes = store.sessions(null, 1_000).map((row) => row.notes);
  store.close();
  return notes;
};

test("[O1][O2][O5] a backup that is taken while everybody writes holds all that had been answered, and nothing half", async () => {
  const folder = newFolder();
  const server = await start(join(folder.path, "data"));
  const api = await Api.admitted(server);
  let isOver = false;
  const answered: { session: number; game: number }[] = [];
  const writers = Array.from({ length: 8 }, async () => {
    while (!isOver) {
      const session = await api.make("/api/sessions", { notes: "a night" });
      for (let n = 0; n < 3; n++) {
        const game = await api.make(`/api/sessions/${session}/games`, { title: "t".repeat(100) });
        answered.push({ session, game });
      }
    }
  });
  const files = ["first", "second", "third"].map((name) => join(folder.path, name));
  const known: number[] = [];
  for (const file of files) {
    known.push(answered.length);
    expect(await run(server.dataDir, "--backup", file)).toMatchObject({ code: 0, problem: "" });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  }
  isOver = true;
  await Promise.all(writers);
  expect(readdirSync(folder.path).sort()).toEqual(["data", "first", "second", "third"]);
  expect(known[2]).toBeGreaterThan(known[0] ?? 0);
  for (const [index, file] of files.entries()) {
    const dataDir = join(folder.path, `restored${index}`);
    expect(await run(dataDir, "--restore", file)).toMatchObject({ code: 0, problem: "" });
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    const store = Store.open(join(dataDir, "sessions.sqlite"), 64 * MIB);
    const missed = answered.slice(0, known[index]).filter(({ session, game }) => store.game(session, game) === null);
    expect(missed).toEqual([]);
    // What one commit wrote is all there: a game, the number of games, and what was told of it.
    const sessions = store.sessions(null, 100_000);
    expect(sessions.map(({ id }) => id).sort((a, b) => a - b)).toEqual(sessions.map((_, at) => at + 1));
    for (const { id, gamesPlayed } of sessions) {
      const told = store.events(id, 0, 100).filter(({ type }) => type === "game.added");
      expect([id, store.games(id, null, 100).length, told.length]).toEqual([id, gamesPlayed, gamesPlayed]);
    }
    store.close();
  }
  expect(server.logged.filter((line) => line.includes("a backup was taken"))).toHaveLength(files.length);
}, 120_000);

test("[O4][O5] on another machine, within two minutes, rooms, seats and tokens go on from a backup", async () => {
  const folder = newFolder();
  const server = await start(join(folder.path, "data"));
  const api = await Api.admitted(server);
  const tv = await Client.connect(server.url);
  const { room } = await tv.ask({
    type: "create",
    clientId: "display",
    secret: "the TV's own",
    maxClients: 4,
    away: 60,
  });
  const snapshot = join(server.dataDir, "rooms.snapshot");
  const isKept = () => {
    const secret = readFileSync(join(server.dataDir, "jwt.secret"));
    return existsSync(snapshot) && new SnapshotFile(snapshot, secret).read()?.records.length === 1;
  };
  while (!isKept()) await new Promise(setImmediate);
  const file = join(folder.path, "backup");
  expect((await run(server.dataDir, "--backup", file)).out).toContain("sessions.sqlite, rooms.snapshot, jwt.secret");
  server.process.kill("SIGKILL");
  await server.ended;

  const dataDir = join(folder.path, "elsewhere");
  expect((await run(dataDir, "--restore", file)).out).toContain("rooms.snapshot");
  const next = await start(dataDir);
  const back = await Client.connect(next.url);
  const rejoined = await back.ask({ type: "join", clientId: "display", secret: "the TV's own", room });
  expect(rejoined).toMatchObject({ type: "joined", room, resumed: false });
  expect((await fetch(`${next.http}/api/sessions`, { headers: api.headers })).status).toBe(200);
}, 60_000);

test("[O1] the server says who may ask, and that one at a time", async () => {
  const folder = newFolder();
  const server = await start(join(folder.path, "data"));
  expect(statSync(controlPath(server.dataDir)).mode & 0o777).toBe(0o600);
  const first = await Bun.connect<undefined>({ unix: controlPath(server.dataDir), socket: { data() {} } });
  first.write("take\n");
  const begun = () => server.logged.some((line) => line.includes("a backup is being taken"));
  while (!begun()) await new Promise(setImmediate);
  const refused = await run(server.dataDir, "--backup", join(folder.path, "b"));
  expect(refused).toMatchObject({ code: 1, problem: "partyline: another backup of this server is being taken\n" });
  first.end();
  while (!server.logged.some((line) => line.includes("a backup was not finished"))) await new Promise(setImmediate);
  expect((await run(server.dataDir, "--backup", join(folder.path, "b"))).code).toBe(0);
  // Whatever is said to it, it lives.
  for (const nonsense of ["GET / HTTP/1.1\r\n\r\n", "x".repeat(100_000), "done 5\n", "here\nhere\ntaken\n"]) {
    const gone = Promise.withResolvers<void>();
    const socket = { data() {}, close: () => gone.resolve(), error: () => gone.resolve() };
    const line = await Bun.connect<undefined>({ unix: controlPath(server.dataDir), socket });
    line.write(nonsense);
    line.end();
    await gone.promise;
  }
  expect((await run(server.dataDir, "--backup", join(folder.path, "b"))).code).toBe(0);
  server.process.kill("SIGTERM");
  expect(await server.ended).toBe(0);
  expect(existsSync(controlPath(server.dataDir))).toBe(false);
  const late = await run(server.dataDir, "--backup", join(folder.path, "c"));
  expect(late).toMatchObject({ code: 1 });
  expect(late.problem).toContain("no server answers");
  expect(existsSync(join(folder.path, "c"))).toBe(false);
}, 60_000);

pipes.test(
  "[O2][O3] a backup that is killed in the middle leaves what was there, and the next one is whole",
  async () => {
    const { dataDir, file, heard } = await standIn();
    writeFileSync(file, BEFORE);
    const openPipe = await pipeAt(join(dataDir, "rooms.snapshot"));
    const { child, done } = command(dataDir, ["--backup", file]);
    // The sessions are copied by now, and the rooms do not come.
    const silence = await openPipe();
    expect(existsSync(join(file, "../.backup.partial/sessions.sqlite"))).toBe(true);
    child.kill("SIGKILL");
    await done;
    await silence.close();
    expect(readFileSync(file, "utf8")).toBe(BEFORE);

    const again = command(dataDir, ["--backup", file]);
    const rooms = await openPipe();
    await rooms.write("rooms, as far as anybody looks");
    await rooms.close();
    expect(await again.done).toMatchObject({ code: 0 });
    expect(existsSync(join(file, "../.backup.partial"))).toBe(false);
    const restored = join(file, "../restored");
    expect(await run(restored, "--restore", file)).toMatchObject({ code: 0 });
    expect(sessionsIn(restored)).toEqual(["kept"]);
    expect(readFileSync(join(restored, "rooms.snapshot"), "utf8")).toBe("rooms, as far as anybody looks");
    expect(readFileSync(join(restored, "jwt.secret"), "utf8")).toBe(SECRET);
    // All that the server had to do for it: three short answers.
    expect(heard.slice(1)).toEqual(["take", "here", "here", expect.stringMatching(/^done \d+$/)]);
  },
);

pipes.test("[O3] a backup takes the place of nothing but a backup", async () => {
  const { folder, dataDir, file } = await standIn();
  const own = join(dataDir, "jwt.secret");
  const pipe = join(folder.path, "pipe");
  const openPipe = await pipeAt(pipe);
  for (const there of [own, join(dataDir, "sessions.sqlite"), pipe]) {
    expect(await run(dataDir, "--backup", there)).toMatchObject({
      code: 1,
      problem: `partyline: ${there} is there and is no backup: name another file\n`,
    });
  }
  expect(readFileSync(own, "utf8")).toBe(SECRET);
  expect(statSync(pipe).isFIFO()).toBe(true);
  expect(openPipe).toBeFunction();
  // As mktemp makes one.
  writeFileSync(file, "");
  expect(await run(dataDir, "--backup", file)).toMatchObject({ code: 0 });
  expect(await run(dataDir, "--backup", file)).toMatchObject({ code: 0 });
});

test("[O5] a file that says of itself what no backup says is refused in one line, and soon", async () => {
  const folder = newFolder();
  const dataDir = join(folder.path, "data");
  const good = { version: "0.3.0", takenAt: "2026-11-27T03:00:00.000Z" };
  const clear = "\u001b[2J";
  for (const about of [
    {},
    { ...good, version: clear },
    { ...good, takenAt: clear },
    { ...good, more: "x".repeat(MIB) },
  ]) {
    const path = join(folder.path, "b");
    const file = openSync(path, "w");
    const writer = new BackupWriter(file);
    writer.text("about", JSON.stringify(about));
    writer.text("sessions.sqlite", "as far as anybody looks");
    writer.end();
    closeSync(file);
    expect(await run(dataDir, "--restore", path)).toMatchObject({
      code: 1,
      problem: `partyline: ${path}: it is damaged\n`,
    });
    expect(readdirSync(dataDir)).toEqual([]);
  }
}, 60_000);

pipes.test("[O2] a copy during which the log was begun anew is made again", async () => {
  const { folder, dataDir, file, heard } = await standIn();
  const store = Store.open(join(dataDir, "sessions.sqlite"), 64 * MIB);
  ends.push(() => store.close());
  const note = "n".repeat(MIB / 4);
  const write = (notes: string) =>
    store.addSession({ createdAt: 7, notes, roomCode: null, roomId: null, startedBy: "token" });
  write("before");
  const openPipe = await pipeAt(join(dataDir, "rooms.snapshot"));
  const { done } = command(dataDir, ["--backup", file]);
  const first = await openPipe();
  // More than the log holds: it is folded into the database, of which a copy was made, and begun anew.
  for (let n = 0; n < 100; n++) write(note);
  write("meanwhile");
  await first.close();
  // The first copy is done, and its end of the pipe closed.
  while (!heard.includes("here")) await new Promise(setImmediate);
  await (await openPipe()).close();
  expect(await done).toMatchObject({ code: 0, problem: "" });
  const restored = join(folder.path, "restored");
  expect(await run(restored, "--restore", file)).toMatchObject({ code: 0 });
  expect(sessionsIn(restored).filter((notes) => notes !== note)).toEqual(["meanwhile", "before", "kept"]);
});

pipes.test("[O2] a backup whose server is killed in the middle is none", async () => {
  const { dataDir, file, leave } = await standIn();
  writeFileSync(file, BEFORE);
  const openPipe = await pipeAt(join(dataDir, "rooms.snapshot"));
  const { done } = command(dataDir, ["--backup", file]);
  const rooms = await openPipe();
  leave();
  await rooms.close();
  expect(await done).toMatchObject({
    code: 1,
    problem: "partyline: the server has gone meanwhile; ask the next one\n",
  });
  expect(readFileSync(file, "utf8")).toBe(BEFORE);
  expect(existsSync(join(file, "../.backup.partial"))).toBe(false);
});

pipes.test("[O6] after a restore that was killed in the middle no server starts, until it was run again", async () => {
  const { folder, dataDir: from, file } = await standIn();
  expect(await run(from, "--backup", file)).toMatchObject({ code: 0 });
  const whole = readFileSync(file);
  const pipe = join(folder.path, "pipe");
  const openPipe = await pipeAt(pipe);
  const dataDir = join(folder.path, "restored");
  const { child, done } = command(dataDir, ["--restore", pipe]);
  const bytes = await openPipe();
  await bytes.write(whole.subarray(0, whole.length - 100));
  while (!existsSync(join(dataDir, "restoring/jwt.secret"))) await new Promise(setImmediate);
  child.kill("SIGKILL");
  await done;
  expect(await whyNoStart(dataDir)).toContain("was not finished");
  expect(readdirSync(dataDir)).toEqual(["restoring"]);
  // One that is no better does not lift it.
  writeFileSync(pipe.replace("pipe", "cut"), whole.subarray(0, whole.length - 1));
  expect(await run(dataDir, "--restore", pipe.replace("pipe", "cut"))).toMatchObject({ code: 1 });
  expect(await whyNoStart(dataDir)).toContain("was not finished");

  expect(await run(dataDir, "--restore", file)).toMatchObject({ code: 0 });
  expect(sessionsIn(dataDir)).toEqual(["kept"]);
  await start(dataDir);
});

test("[O6] where a kill came while what was there was moved aside, the next run keeps it together", async () => {
  const { folder, dataDir: from, file } = await standIn();
  expect(await run(from, "--backup", file)).toMatchObject({ code: 0 });
  folder.write("half/before-restore-1/sessions.sqlite", "the sessions of before");
  folder.write("half/sessions.sqlite-wal", "their log");
  folder.write("half/jwt.secret", "the secret of before");
  folder.write("half/restoring/aside", "before-restore-1");
  folder.write("half/restoring/sessions.sqlite", "half of");
  const dataDir = join(folder.path, "half");
  // One that is no better changes nothing.
  expect(await run(dataDir, "--restore", join(dataDir, "jwt.secret"))).toMatchObject({ code: 1 });
  const { code, out } = await run(dataDir, "--restore", file);
  expect([code, out.includes(join(dataDir, "before-restore-1"))]).toEqual([0, true]);
  expect(readdirSync(dataDir).sort()).toEqual(["before-restore-1", "jwt.secret", "sessions.sqlite"]);
  const aside = (name: string) => readFileSync(join(dataDir, "before-restore-1", name), "utf8");
  expect(aside("sessions.sqlite")).toBe("the sessions of before");
  expect(aside("sessions.sqlite-wal")).toBe("their log");
  expect(aside("jwt.secret")).toBe("the secret of before");
  expect(sessionsIn(dataDir)).toEqual(["kept"]);
}, 60_000);

test("[O6] where a kill came between two renames, the next run finishes it and loses nothing", async () => {
  const { folder, dataDir: from, file } = await standIn();
  expect(await run(from, "--backup", file)).toMatchObject({ code: 0 });
  // As it lies after the first of them: the sessions are in place, the secret is not, and those of before are aside.
  const half = "half/";
  folder.write(`${half}before-restore-1/jwt.secret`, "the secret of before");
  folder.write(`${half}restoring/jwt.secret`, SECRET);
  folder.write(`${half}sessions.sqlite`, readFileSync(join(from, "sessions.sqlite")));
  const dataDir = join(folder.path, "half");
  expect(await whyNoStart(dataDir)).toContain("was not finished");
  expect(await run(dataDir, "--restore", file)).toMatchObject({ code: 0 });
  expect(readdirSync(dataDir).sort()).toEqual([
    "before-restore-1",
    "before-restore-2",
    "jwt.secret",
    "sessions.sqlite",
  ]);
  expect(sessionsIn(dataDir)).toEqual(["kept"]);
  expect(readFileSync(join(dataDir, "before-restore-1/jwt.secret"), "utf8")).toBe("the secret of before");
}, 60_000);

test("[O5] a restore takes an empty folder that no server has, or is told to move aside what is there", async () => {
  const { folder, dataDir: from, file } = await standIn();
  expect(await run(from, "--backup", file)).toMatchObject({ code: 0 });
  const server = await start(join(folder.path, "data2"));
  for (const over of [[], ["--over"]]) {
    const refused = await run(server.dataDir, "--restore", file, ...over);
    expect(refused).toMatchObject({
      code: 1,
      problem: `partyline: a server runs on ${server.dataDir}; stop it first\n`,
    });
  }
  // One that answers nobody any more has its lock all the same.
  await Bun.file(controlPath(server.dataDir)).delete();
  const hung = await run(server.dataDir, "--restore", file, "--over");
  expect(hung.problem).toContain("a server runs on");
  expect(existsSync(join(server.dataDir, "restoring"))).toBe(false);
  server.process.kill("SIGTERM");
  expect(await server.ended).toBe(0);

  const before = readFileSync(join(server.dataDir, "jwt.secret"), "utf8");
  const full = await run(server.dataDir, "--restore", file);
  expect(full).toMatchObject({ code: 1 });
  expect(full.problem).toContain("has data already (sessions.sqlite");
  writeFileSync(join(folder.path, "cut"), readFileSync(file).subarray(0, 2_000));
  const cut = await run(server.dataDir, "--restore", join(folder.path, "cut"), "--over");
  expect(cut.problem).toContain("it is cut short");
  expect(readFileSync(join(server.dataDir, "jwt.secret"), "utf8")).toBe(before);
  expect(existsSync(join(server.dataDir, "restoring"))).toBe(false);

  const done = await run(server.dataDir, "--restore", file, "--over");
  expect(done).toMatchObject({ code: 0 });
  expect(done.out).toContain("before-restore-1");
  expect(readFileSync(join(server.dataDir, "jwt.secret"), "utf8")).toBe(SECRET);
  expect(readFileSync(join(server.dataDir, "before-restore-1/jwt.secret"), "utf8")).toBe(before);
  expect(statSync(join(server.dataDir, "sessions.sqlite")).mode & 0o777).toBe(0o600);
  expect(sessionsIn(server.dataDir)).toEqual(["kept"]);
}, 60_000);

test("[O5] a damaged database is no hindrance: that is what a backup is for", async () => {
  const { folder, dataDir: from, file } = await standIn();
  expect(await run(from, "--backup", file)).toMatchObject({ code: 0 });
  folder.write("broken/sessions.sqlite", "nothing that a database would say");
  const dataDir = join(folder.path, "broken");
  expect(await run(dataDir, "--restore", file, "--over")).toMatchObject({ code: 0 });
  expect(sessionsIn(dataDir)).toEqual(["kept"]);
}, 60_000);

test("[O1][O5] what is not said right is told in a line", async () => {
  const folder = newFolder();
  for (const args of [
    ["--backup"],
    ["--backup", "a", "b"],
    ["--restore"],
    ["--restore", "--over"],
    ["--backup", "--over"],
  ]) {
    const { code, problem } = await run(folder.path, ...args);
    expect([args, code, problem.startsWith("usage: bun server.ts --")]).toEqual([args, 2, true]);
  }
  const { code, problem } = await run(join(folder.path, "new"), "--restore", join(folder.path, "none"));
  expect([code, problem.includes("ENOENT"), existsSync(join(folder.path, "new/restoring"))]).toEqual([1, true, false]);
}, 60_000);

test("[O1] a node that keeps no sessions says so", async () => {
  const folder = newFolder();
  const control = Control.listen({ dataDir: folder.path, log: openLog("info", { write() {} }), keepsSessions: false });
  ends.push(() => control.stop());
  const refused = await run(folder.path, "--backup", join(folder.path, "b"));
  expect(refused).toMatchObject({ code: 1, out: "" });
  expect(refused.problem).toContain("ask the one with SESSIONS=here");
}, 60_000);

test("[O1] a data folder of a longer path than sockets have is no hindrance", async () => {
  const folder = newFolder();
  const server = await start(join(folder.path, "long".repeat(40)));
  expect(await run(server.dataDir, "--backup", join(folder.path, "b"))).toMatchObject({ code: 0, problem: "" });
}, 60_000);

test("[O1] a socket that cannot be opened costs the backups, and the log says so", async () => {
  const folder = newFolder();
  folder.write("data/control.sock/full", "somebody's own folder");
  const server = await start(join(folder.path, "data"));
  expect(server.logged.join()).toContain("no backup can be asked for");
  expect((await fetch(`${server.http}/health`)).status).toBe(200);
}, 60_000);

test("[W16] webhooks are paused in what was restored, and tell what they are told by other ids than the server of before", async () => {
  const { folder, dataDir, file } = await standIn();
  const hooksIn = (path: string) => {
    const store = Store.open(join(path, "sessions.sqlite"), 64 * MIB);
    const rows = store.webhooks.all();
    store.close();
    return rows;
  };
  const store = Store.open(join(dataDir, "sessions.sqlite"), 64 * MIB);
  const wish = { url: "https://hooks.example/", secret: "whsec_x", format: "json", events: [], createdAt: 7 } as const;
  for (const tag of ["one", "two"]) store.webhooks.add({ ...wish, tag, toldId: 3 });
  store.close();
  expect(await run(dataDir, "--backup", file)).toMatchObject({ code: 0 });
  const restored = join(folder.path, "restored");
  const { out } = await run(restored, "--restore", file);
  expect(out).toContain("webhooks (2) are paused");
  const [before, after] = [hooksIn(dataDir), hooksIn(restored)];
  expect(before.map(({ tag, pausedAt }) => [tag, pausedAt])).toEqual([
    ["one", null],
    ["two", null],
  ]);
  for (const row of after) {
    expect(row).toMatchObject({ url: wish.url, toldId: 3, problem: "restored from a backup", nextAt: null });
    expect(row.pausedAt).toBeGreaterThan(0);
  }
  expect(new Set([...before, ...after].map(({ tag }) => tag)).size).toBe(4);
});
