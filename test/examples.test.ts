// The example bots, run as people run them against a real server: a session is announced whole, also when the server goes away in
// the middle of it and what happens next happens before the bot is back.
import { afterEach, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PAGE_ROWS } from "../src/doors/http/call.ts";
import { startChild } from "./support/child.ts";
import { Client } from "./support/client.ts";
import { FakeEcast } from "./support/ecast.ts";
import { linesOf } from "./support/lines.ts";
import { firstThatRuns, needs } from "./support/needs.ts";
import { ADMIN_KEY } from "./support/server.ts";

const ROOT = join(import.meta.dir, "..");
/** Debian's own Python has `websockets` from a package; another one that comes first on the PATH may not. */
const python = await needs("python3 with websockets (Debian: python3-websockets)", () =>
  firstThatRuns([
    ["python3", "-c", "import websockets"],
    ["/usr/bin/python3", "-c", "import websockets"],
  ]),
);
const node = await needs("node of version 20 or later", () =>
  firstThatRuns([["node", "-e", "process.exit(Number.parseInt(process.versions.node) < 20 ? 1 : 0)"]]),
);
const BOTS = [
  { script: "bot.mjs", program: node },
  { script: "bot.py", program: python },
] as const;
type Bot = (typeof BOTS)[number];

const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

function startBot({ script, program }: Bot, server: { readonly http: string }) {
  const bot = Bun.spawn([program.get(), `examples/${script}`, server.http], {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ADMIN_KEY },
    stdout: "pipe",
    stderr: "pipe",
  });
  ended.push(async () => {
    bot.kill();
    await bot.exited;
  });
  const lines = linesOf(bot.stdout);
  const errors = linesOf(bot.stderr);
  return {
    next: async () => (await lines.next()).value ?? "(ended)",
    nextError: async () => (await errors.next()).value ?? "(ended)",
  };
}

/** Calls the API as an operator does. */
async function operator(http: string) {
  const post = async (path: string, body: object, token?: string) => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await fetch(http + path, { method: "POST", headers, body: JSON.stringify(body) });
    expect(answer.status).toBeLessThan(300);
    return (await answer.json()) as { readonly token?: string };
  };
  const { token } = await post("/api/auth/login", { key: ADMIN_KEY });
  return (path: string, body: object = {}) => post(path, body, token);
}

/** Waits until so many lines of the live socket are open. */
async function listeners(http: string, count: number): Promise<void> {
  for (;;) {
    const text = await (await fetch(`${http}/metrics`)).text();
    if (text.includes(`\npartyline_lines ${count}\n`)) return;
  }
}

/** Waits until the current game is watched. */
async function watched(http: string, sessionId: number): Promise<void> {
  for (;;) {
    const games = (await (await fetch(`${http}/api/sessions/${sessionId}/games`)).json()) as { id: number }[];
    const path = `/api/sessions/${sessionId}/games/${games.at(-1)?.id}/status-live`;
    const status = (await (await fetch(http + path)).json()) as { monitoring: boolean };
    if (status.monitoring) return;
  }
}

for (const bot of BOTS) bot.program.describe(bot.script, () => announces(bot));

function announces(bot: Bot): void {
  test("[T6] announces a session, and what happened while it was away", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "partyline-bots-"));
    ended.push(() => rm(dataDir, { recursive: true }));
    const first = await startChild({ DATA_DIR: dataDir, ADMIN_KEY });
    ended.push(first.stop);
    let call = await operator(first.http);
    await call("/api/sessions", { notes: "Friday" });
    const { next } = startBot(bot, first);
    // It came late, and hears of the session that goes on.
    expect(await next()).toBe("Game night 1 begins: Friday");
    await call("/api/sessions/1/games", { title: "Quiz", min_players: 2 });
    expect(await next()).toBe("Next game: Quiz, room to be told");
    await call("/api/votes/live", { username: "ann", vote: "up" });
    expect(await next()).toBe("ann votes up, Quiz is at 1");

    // Killed, not stopped; the next one is on the same port, and goes on before the bot is back.
    await first.stop();
    const second = await startChild({ DATA_DIR: dataDir, ADMIN_KEY, PORT: new URL(first.http).port });
    ended.push(second.stop);
    call = await operator(second.http);
    await call("/api/votes/live", { username: "bo", vote: "down" });
    await call("/api/sessions/1/close");
    await call("/api/sessions", { notes: "Saturday" });
    await call("/api/sessions/2/games", { title: "Draw" });
    const announced = [await next(), await next(), await next(), await next()];
    expect(announced.toSorted()).toEqual([
      "Game night 2 begins: Saturday",
      "Good night! Games played: 1",
      "Next game: Draw, room to be told",
      "bo votes down, Quiz is at 0",
    ]);
    expect(announced.indexOf("bo votes down, Quiz is at 0")).toBeLessThan(
      announced.indexOf("Good night! Games played: 1"),
    );
    await listeners(second.http, 1);
    await call("/api/sessions/2/games/2/start");
    expect(await next()).toBe("The game begins with 0 players");
  }, 60_000);

  test("[E1] announces a game in a room of another platform as it announces one in a room of our own", async () => {
    const ecast = new FakeEcast();
    ended.push(() => ecast.stop());
    const dataDir = await mkdtemp(join(tmpdir(), "partyline-bots-"));
    ended.push(() => rm(dataDir, { recursive: true }));
    const server = await startChild({ DATA_DIR: dataDir, ADMIN_KEY, ECAST_URL: ecast.url });
    ended.push(server.stop);
    const call = await operator(server.http);
    await call("/api/sessions", { notes: "Friday" });
    const { next } = startBot(bot, server);
    expect(await next()).toBe("Game night 1 begins: Friday");
    interface Round {
      readonly code: string;
      readonly enter: (name: string) => unknown;
      readonly play: () => unknown;
      readonly end: () => unknown;
    }
    /** What is announced of a round: two come, it is played, it is over. */
    const round = async ({ code, enter, play, end }: Round) => {
      await call("/api/sessions/1/games", { title: "Quiz", room_code: code, max_players: 8 });
      const lines = [await next()];
      await watched(server.http, 1);
      for (const name of ["ADA", "BEA"]) {
        await enter(name);
        lines.push(await next());
      }
      await play();
      lines.push(await next());
      await end();
      return [...lines, await next()].map((line) => line.replace(code, "CODE"));
    };
    const room = ecast.open({ code: "KLMN", maxPlayers: 8 });
    const theirs = await round({
      code: "KLMN",
      enter: (name) => room.join(name),
      play: () => room.set("room", { state: "Round" }),
      end: () => room.exit(),
    });
    const host = await Client.connect(server.url);
    const code = String((await host.ask({ type: "create", clientId: "host", maxClients: 9 })).room);
    const ours = await round({
      code,
      enter: async (name) =>
        (await Client.connect(server.url)).send({ type: "join", clientId: name, name, room: code }),
      play: () => call("/api/sessions/1/games/2/start"),
      end: () => call("/api/sessions/1/games/2/end"),
    });
    expect(theirs).toEqual(ours);
    expect(theirs).toEqual([
      ...["Next game: Quiz, room CODE", "ADA is here, 1 of 8", "BEA is here, 2 of 8"],
      ...["The game begins with 2 players", "The game is over"],
    ]);
    expect(ecast.heard).toEqual([]);
  }, 60_000);

  test("[T6] announces all sessions that began while it was away, though they are more than a page", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "partyline-bots-"));
    ended.push(() => rm(dataDir, { recursive: true }));
    const first = await startChild({ DATA_DIR: dataDir, ADMIN_KEY });
    ended.push(first.stop);
    const begin = await operator(first.http);
    await begin("/api/sessions", { notes: "known" });
    const { next } = startBot(bot, first);
    expect(await next()).toBe("Game night 1 begins: known");
    await first.stop();
    // On another port, where the bot cannot find it.
    const hidden = await startChild({ DATA_DIR: dataDir, ADMIN_KEY });
    ended.push(hidden.stop);
    const call = await operator(hidden.http);
    const sessions = PAGE_ROWS + 5;
    for (let n = 0; n < sessions; n++) await call("/api/sessions", { notes: "missed" });
    await hidden.stop();
    const second = await startChild({ DATA_DIR: dataDir, ADMIN_KEY, PORT: new URL(first.http).port });
    ended.push(second.stop);
    const announced: string[] = [];
    for (let n = 0; n < sessions; n++) announced.push(await next());
    const expected = Array.from({ length: sessions }, (_, n) => `Game night ${n + 2} begins: missed`);
    expect(announced.toSorted()).toEqual(expected.toSorted());
  }, 60_000);

  test("[T3] says on stderr what it was refused", async () => {
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: (request, self) => (self.upgrade(request) ? undefined : Response.json({ token: "any" })),
      websocket: { message: (ws) => void ws.send('{"type":"error","message":"Too many subscriptions"}') },
    });
    ended.push(() => server.stop(true));
    const { nextError } = startBot(bot, { http: `http://127.0.0.1:${server.port}` });
    expect(await nextError()).toBe("Too many subscriptions");
  }, 60_000);
}
