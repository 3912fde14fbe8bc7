// The example bots, run as people run them against a real server: a night is announced whole, also when the server goes away in
// the middle of it and what happens next happens before the bot is back.
import { afterEach, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PAGE_ROWS } from "../src/doors/http/call.ts";
import { startChild } from "./support/child.ts";
import { linesOf } from "./support/lines.ts";
import { ADMIN_KEY } from "./support/server.ts";

const ROOT = join(import.meta.dir, "..");
const BOTS = [
  ["bot.mjs", ["node", "examples/bot.mjs"]],
  ["bot.py", [await python(), "examples/bot.py"]],
] as const;

/** A Python that has `websockets`: Debian's own has it from a package, another one on the PATH may not. */
async function python(): Promise<string> {
  for (const name of ["python3", "/usr/bin/python3"]) {
    const probe = Bun.spawn([name, "-c", "import websockets"], { stdout: "ignore", stderr: "ignore" });
    if ((await probe.exited) === 0) return name;
  }
  throw new Error("no python3 has the package websockets (Debian: python3-websockets)");
}

const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

function startBot(command: readonly string[], server: { readonly http: string }) {
  const bot = Bun.spawn([...command, server.http], {
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

describe.each(BOTS)("%s", (_, command) => {
  test("[T6] announces a night, and what happened while it was away", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "partyline-bots-"));
    ended.push(() => rm(dataDir, { recursive: true }));
    const first = await startChild({ DATA_DIR: dataDir, ADMIN_KEY });
    ended.push(first.stop);
    let call = await operator(first.http);
    await call("/api/sessions", { notes: "Friday" });
    const { next } = startBot(command, first);
    // It came late, and hears of the night that goes on.
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
  }, 30_000);

  test("[T6] announces all nights that began while it was away, though they are more than a page", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "partyline-bots-"));
    ended.push(() => rm(dataDir, { recursive: true }));
    const first = await startChild({ DATA_DIR: dataDir, ADMIN_KEY });
    ended.push(first.stop);
    const begin = await operator(first.http);
    await begin("/api/sessions", { notes: "known" });
    const { next } = startBot(command, first);
    expect(await next()).toBe("Game night 1 begins: known");
    await first.stop();
    // On another port, where the bot cannot find it.
    const hidden = await startChild({ DATA_DIR: dataDir, ADMIN_KEY });
    ended.push(hidden.stop);
    const call = await operator(hidden.http);
    const nights = PAGE_ROWS + 5;
    for (let n = 0; n < nights; n++) await call("/api/sessions", { notes: "missed" });
    await hidden.stop();
    const second = await startChild({ DATA_DIR: dataDir, ADMIN_KEY, PORT: new URL(first.http).port });
    ended.push(second.stop);
    const announced: string[] = [];
    for (let n = 0; n < nights; n++) announced.push(await next());
    const expected = Array.from({ length: nights }, (_, n) => `Game night ${n + 2} begins: missed`);
    expect(announced.toSorted()).toEqual(expected.toSorted());
  }, 30_000);

  test("[T3] says on stderr what it was refused", async () => {
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: (request, self) => (self.upgrade(request) ? undefined : Response.json({ token: "any" })),
      websocket: { message: (ws) => void ws.send('{"type":"error","message":"Too many subscriptions"}') },
    });
    ended.push(() => server.stop(true));
    const { nextError } = startBot(command, { http: `http://127.0.0.1:${server.port}` });
    expect(await nextError()).toBe("Too many subscriptions");
  });
});
