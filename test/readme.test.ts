// The examples of the README and the manual, run as they stand there against one server, and their settings and commands against the code.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Glob } from "bun";
import { joinRoom } from "../clients/js/src/index.ts";
import { Client } from "./support/client.ts";
import { linesOf } from "./support/lines.ts";
import { firstThatRuns, needs } from "./support/needs.ts";
import { MANUAL, README, snippet } from "./support/readme.ts";
import { ADMIN_KEY, startServer, type TestServer } from "./support/server.ts";

const PACKAGE = await Bun.file(join(import.meta.dir, "../package.json")).json();

const shell = await needs("bash with curl and sed", () =>
  firstThatRuns([["bash", "-e", "-c", "command -v curl && command -v sed"]]),
);

let server: TestServer;
let folder: string;
const running: Bun.Subprocess[] = [];

beforeAll(async () => {
  server = startServer();
  folder = await mkdtemp(join(tmpdir(), "partyline-readme-"));
});

afterAll(async () => {
  for (const child of running) child.kill();
  await server.stop();
  await rm(folder, { recursive: true });
});

/** Runs a snippet against the test's server; its lines come one at a time. */
async function run(name: string, addition = "", [from, to]: readonly [string, string] = ["", ""]) {
  const code =
    snippet(name)
      .replace(from, to)
      .replaceAll(/(ws|http):\/\/localhost:3000/g, server.url) + addition;
  const path = join(folder, name);
  await Bun.write(path, code);
  const child = Bun.spawn([process.execPath, path], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  running.push(child);
  const lines = linesOf(child.stdout);
  return { child, nextLine: async () => (await lines.next()).value ?? "(ended)" };
}

/** The recipe for coming back, which says what it hears; at a message that says so, its line breaks. */
function recipe(url: string, seat: object, change?: readonly [string, string]) {
  return run(
    "reconnect.js",
    `const sockets = [];
     globalThis.WebSocket = class extends WebSocket {
       constructor(url) { super(url); sockets.push(this); }
     };
     let kept = {};
     stay("${url}", ${JSON.stringify(seat)}, {
       keep(seat) { kept = { ...seat }; },
       onJoined: ({ resumed, missed }) => console.log("joined", resumed, (missed ?? []).length),
       onFrame({ type, data }) {
         console.log(type, data);
         if (data === "break") sockets.at(-1).terminate();
       },
       onOver: (why) => console.log("over " + why + ", kept " + kept.since),
     });`,
    change,
  );
}

test("the README's ten lines count what a phone taps, and it has the points when it comes", async () => {
  const client = new URL("../clients/js/src/index.ts", import.meta.url).href;
  const tv = await run("ten.js", "", ["http://localhost:3000/partyline.js", client]);
  const code = (await tv.nextLine()).replace("Join with ", "");
  const phone = await joinRoom({ url: server.url, room: code, name: "Ann" });
  try {
    expect(await tv.nextLine()).toBe("Ann is here");
    const told = new Promise<unknown>((resolve) => phone.on("state", resolve));
    await phone.send("tap");
    expect(await told).toEqual({ points: { [phone.me.id]: 1 } });
  } finally {
    await phone.leave();
  }
});

test("the TV and the phone of the manual talk to each other", async () => {
  const host = await run("host.js");
  const code = (await host.nextLine()).replace("Room code: ", "");
  expect(code).toMatch(/^[A-Z2-9]{4}$/);
  const guest = await run("guest.js");
  guest.child.stdin.write(`${code.toLowerCase()}\n`);
  await guest.child.stdin.flush();
  expect(await guest.nextLine()).toEndWith("In the room with 1 others");
  expect(await host.nextLine()).toBe("Ann is here");
  const says = await host.nextLine();
  expect(says).toEndWith("says left");
  // Neither seat is anybody's that has only seen its clientId [R54].
  const thief = await Client.connect(server.url);
  for (const clientId of ["display", says.replace(" says left", "")]) {
    expect(await thief.ask({ type: "join", clientId, room: code })).toMatchObject({ code: "wrong_secret" });
  }
  expect(await guest.nextLine()).toBe("I have 10 points");
  guest.child.kill();
  expect(await host.nextLine()).toEndWith("has left: lost");
}, 60_000);

test("[R33] the manual's recipe comes back when its line is lost, and stays away when it is replaced", async () => {
  const tv = await Client.connect(server.url);
  const opening = { type: "create", clientId: "display", maxClients: 4, away: 60, history: 16 };
  const { room } = await tv.ask(opening);
  const phone = await recipe(server.url, { room, clientId: "phone", secret: "s" });
  expect(await phone.nextLine()).toBe("joined undefined 0");
  expect(await tv.next()).toMatchObject({ type: "peer_joined" });
  tv.send({ type: "send", to: "phone", data: "hello" });
  expect(await phone.nextLine()).toBe("message hello");
  // Its line breaks, as a network would break it.
  tv.send({ type: "send", to: "phone", data: "break" });
  expect(await phone.nextLine()).toBe("message break");
  expect(await tv.next()).toMatchObject({ type: "peer_away" });
  tv.send({ type: "set_state", data: "drawn from joined, and no news" });
  tv.send({ type: "send", to: "phone", data: "while you slept" });
  expect(await tv.next()).toMatchObject({ type: "peer_back" });
  expect(await phone.nextLine()).toBe("joined true 2");
  expect(await phone.nextLine()).toBe("message while you slept");
  // What is kept is what was heard last: a second break brings nothing twice.
  tv.send({ type: "send", to: "phone", data: "break" });
  expect(await phone.nextLine()).toBe("message break");
  expect(await tv.next()).toMatchObject({ type: "peer_away" });
  expect(await tv.next()).toMatchObject({ type: "peer_back" });
  expect(await phone.nextLine()).toBe("joined true 0");
  const thief = await Client.connect(server.url);
  const { seq } = await thief.ask({ type: "join", clientId: "phone", room, secret: "s" });
  expect(await phone.nextLine()).toBe(`over 4000, kept ${seq}`);
  // With nothing left to come back for, the recipe's process ends by itself.
  expect(await phone.child.exited).toBe(0);
  expect(await tv.upToFence()).toEqual([]);
}, 60_000);

test("the manual's recipe does not hang where it is let in no more", async () => {
  const phone = await recipe(server.url, { room: "ZZZZ", clientId: "phone", secret: "s" });
  expect(await phone.nextLine()).toBe("over room_not_found, kept undefined");
  expect(await phone.child.exited).toBe(0);
}, 60_000);

test("[L40] the manual's recipe answers ticks, lets go what says nothing more, and hears nothing of it", async () => {
  const lines: Bun.ServerWebSocket[] = [];
  const asked: string[] = [];
  const heard = Promise.withResolvers<void>();
  using silent = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, self) => (self.upgrade(request) ? undefined : new Response()),
    websocket: {
      message(ws, text) {
        const frame = JSON.parse(String(text));
        asked.push(frame.type);
        if (frame.type === "ping") return heard.resolve();
        lines.push(ws);
        ws.send(JSON.stringify({ type: "joined", id: frame.id, epoch: "e", seq: 0 }));
        if (lines.length === 1) ws.send(JSON.stringify({ type: "tick", t: 0 }));
        // The first line is silent from here on, and still open; the second one says goodbye as to somebody who slept.
        if (lines.length === 2) ws.send(JSON.stringify({ type: "bye", code: 4104, retryAfterMs: 600_000 }));
        if (lines.length > 1) lines[0]?.send(JSON.stringify({ type: "message", data: "of a line that was let go" }));
        if (lines.length === 3) ws.send(JSON.stringify({ type: "bye", code: 4001, retryAfterMs: 0 }));
      },
    },
  });
  const url = `ws://127.0.0.1:${silent.port}`;
  const phone = await recipe(url, { room: "GXHB", clientId: "phone", secret: "s" }, ["30_000", "300"]);
  await heard.promise;
  for (let n = 0; n < 3; n++) expect(await phone.nextLine()).toBe("joined undefined 0");
  expect(await phone.nextLine()).toBe("over 4001, kept 0");
  expect(asked).toEqual(["join", "ping", "join", "join"]);
}, 60_000);

shell.test("[H8] the curl lines of the manual run a session", async () => {
  expect(await curled("sessions.sh")).toMatchObject([
    { id: 1, is_active: 1, notes: "Friday" },
    { id: 1, title: "Quiz", max_players: 8 },
    { success: true, totals: { upvotes: 1 } },
    { session_id: 1, votes: [{ upvotes: 1, popularity_score: 1 }] },
    { id: 1, is_active: 0, games_played: 1 },
    ["session.started", "game.added", "vote.received", "session.ended"].map((type) => ({ type })),
  ]);
});

shell.test(
  "[S38][W4][W6] the curl lines of the README make a viewer's token and a webhook, and export a session",
  async () => {
    const [link, made, listed, ...rest] = await curled("outside.sh");
    const [ended, ...votes] = rest.reverse();
    expect(link).toMatchObject({ role: "viewer", session: 1, codes: false });
    expect(made).toMatchObject({
      id: 1,
      secret: expect.stringMatching(/^whsec_/),
      events: ["game.started", "game.ended"],
    });
    expect(listed).toMatchObject([{ id: 1, state: "fine", url: "https://hooks.example/party" }]);
    expect(ended).toEqual({ id: 1, ended: true });
    expect(votes).toMatchObject([{ game_id: 1, title: "Quiz", username: "ann", vote: "up", from: "outside" }]);
  },
);

/** What the lines of curl under that name print: the answers, one after the other. */
async function curled(name: string): Promise<unknown[]> {
  const script = snippet(name);
  const child = Bun.spawn([shell.get(), "-e", "-c", script.replace("http://localhost:3000", server.http)], {
    env: { PATH: process.env.PATH ?? "", ADMIN_KEY },
    stdout: "pipe",
    stderr: "inherit",
  });
  const text = await new Response(child.stdout).text();
  expect(await child.exited).toBe(0);
  // Answers have no line breaks of their own: they stand in one row, one JSON text after the other.
  return JSON.parse(
    `[${text
      .replaceAll(/(?<=[}\]])(?=[{[])/g, "\n")
      .split("\n")
      .join(",")}]`,
  );
}

shell.test(
  "[M2][M6][M11][M12] the curl lines of the manual look at a room, put a member out, lock the room and end it",
  async () => {
    const host = await Client.connect(server.url);
    await host.ask({ type: "create", clientId: "tv", secret: "s", maxClients: 4, room: "GXHB" });
    const guest = await Client.connect(server.url);
    await guest.ask({ type: "join", clientId: "phone", secret: "s2", room: "GXHB" });
    const [monitor, room, record, ...did] = await curled("monitor.sh");
    expect(monitor).toMatchObject({ draining: false, recording: true });
    expect(room).toMatchObject({ code: "GXHB", members: [{ index: 0 }, { index: 1 }] });
    expect(record).toMatchObject({ events: [{ kind: "opened" }, { kind: "joined" }] });
    expect(did).toEqual([
      { code: "GXHB", index: 1, banned: true },
      { code: "GXHB", locked: true },
      { code: "GXHB", members: 1 },
    ]);
    expect([(await guest.closed).code, (await host.closed).code]).toEqual([4002, 4001]);
  },
);

/** What of a text creates or joins a room and sends no secret; or cannot be read, and might. */
function openFrames(text: string): string[] {
  const named = [...text.matchAll(/["']?\btype["']?\s*[:=]\s*["'](create|join)["']/g)];
  const frames = [...text.matchAll(/\{[^{}]*["']?\btype["']?\s*[:=]\s*["'](?:create|join)["'][^{}]*\}/g)];
  // One that brings a seat whole brings what is kept of it, if that has a secret.
  const isSealed = ([frame]: RegExpExecArray) =>
    /\bsecret\b/.test(frame) || (/\.\.\.seat\b/.test(frame) && /\bsecret\b/.test(text));
  const open = frames.filter((frame) => !isSealed(frame)).map(([frame]) => frame);
  return named.length === frames.length ? open : [...open, `${named.length - frames.length} that cannot be read`];
}

test("[R54] every example, page and client of ours that creates or joins a room sends a secret", async () => {
  const snippets = Array.from(MANUAL.matchAll(/```\w+\n([\s\S]*?)```/g), ([, code = ""]) => code);
  const root = join(import.meta.dir, "..");
  // What is built of them says the same without the words that explain it.
  const paths = [...new Glob("{examples,pages,clients}/**/*.*").scanSync({ cwd: root })]
    .filter((path) => !/\/(dist|built)\//.test(path))
    .sort();
  expect(paths).toContain("examples/bot.mjs");
  const texts = [...snippets, ...(await Promise.all(paths.map((path) => Bun.file(join(root, path)).text())))];
  expect(texts.flatMap(openFrames)).toEqual([]);
  // There is something to look at.
  expect(snippets.filter((code) => /type: "(create|join)"/.test(code)).length).toBeGreaterThanOrEqual(4);
});

test("[R54] the check can fail: a frame without a secret, in whatever language, and one that it cannot read", () => {
  expect(openFrames('ws.send({ type: "create", clientId, secret, maxClients: 8 });')).toEqual([]);
  expect(openFrames('ws.send({ type: "create", clientId, maxClients: 8 });')).toHaveLength(1);
  expect(openFrames('ws.send(json.dumps({"type": "join", "clientId": id, "room": room}))')).toHaveLength(1);
  expect(openFrames("ws.send({ type: 'join', ...seat });")).toHaveLength(1);
  expect(openFrames("// seat: {room, secret}\nws.send({ type: 'join', ...seat });")).toEqual([]);
  expect(openFrames('ws.send({ type: "create", state: {}, secret });')).toEqual(["1 that cannot be read"]);
});

test("the commands at the top of the README are scripts of the package", () => {
  const top = README.split("## ")[0] ?? "";
  expect(top).toContain("bun start");
  expect(top).toContain("bun run test");
  expect(top).toContain(`npx -y ${PACKAGE.packageManager} start`);
  expect(PACKAGE.scripts.start).toEndWith("bun server.ts");
});

test("[L15] every setting that the code reads stands in the manual", async () => {
  const { settingRows } = await import("../src/config.ts");
  const { settings, bounds } = settingRows();
  const names = [...settings, ...bounds].map(({ name }) => name);
  expect(names.filter((name) => !MANUAL.includes(`\`${name}\``))).toEqual([]);
});
