// The package for npm as who installs it finds it: packed, put into an empty project without a net, and run in Node and in Bun.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LocalServer } from "../../clients/js/local.ts";
import { partyConformance } from "../conformance/party.ts";
import { Client } from "../support/client.ts";
import { linesOf } from "../support/lines.ts";
import { firstThatRuns, needs } from "../support/needs.ts";
import { startServer, type TestServer } from "../support/server.ts";

const ROOT = join(import.meta.dir, "../..");
const PACKAGE = join(ROOT, "clients/js");
const README = await Bun.file(join(PACKAGE, "README.md")).text();
const MANIFEST = await Bun.file(join(PACKAGE, "package.json")).json();
/** Packing builds the package, types and all. */
const SLOW_MS = 60_000;

const npm = await needs("npm", () => firstThatRuns([["npm", "--version"]]));
const node = await needs("node of version 20 or later", () =>
  firstThatRuns([["node", "-e", "process.exit(Number.parseInt(process.versions.node) < 20 ? 1 : 0)"]]),
);

let folder: string;
let project: string;
let server: TestServer;
const running: Bun.Subprocess[] = [];

interface Ended {
  readonly code: number;
  readonly text: string;
}

/** Runs to its end, with what it printed on both of its outputs. */
async function run(command: string[], cwd: string, env: Record<string, string> = {}): Promise<Ended> {
  const kept = { PATH: process.env.PATH ?? "", HOME: folder, npm_config_cache: join(folder, "cache") };
  const child = Bun.spawn(command, { cwd, env: { ...kept, ...env }, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [out, err] = await Promise.all([child.stdout, child.stderr].map((stream) => new Response(stream).text()));
  return { code: await child.exited, text: `${out}${err}` };
}

async function mustRun(command: string[], cwd: string, env: Record<string, string> = {}): Promise<string> {
  const { code, text } = await run(command, cwd, env);
  expect([command.join(" "), code, code === 0 ? "" : text]).toEqual([command.join(" "), 0, ""]);
  return text;
}

/** A file of the README, which is run as it stands there. */
function snippet(name: string): string {
  const code = new RegExp(`<!-- run: ${name} -->\\n\`\`\`js\\n([\\s\\S]*?)\`\`\``).exec(README)?.[1];
  if (code === undefined) throw new Error(`the README has no ${name}`);
  return code;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "partyline-package-"));
  project = join(folder, "project");
  server = startServer();
  await mkdir(project);
  if (npm.isSkipped) return;
  await mustRun([npm.get(), "pack", "--pack-destination", folder], PACKAGE);
  await Bun.write(join(project, "package.json"), '{"name":"a-game","private":true,"type":"module"}');
  const tarball = join(folder, `partyline-client-${MANIFEST.version}.tgz`);
  await mustRun([npm.get(), "install", "--offline", "--no-audit", "--no-fund", tarball], project);
}, SLOW_MS);

afterAll(async () => {
  for (const child of running) child.kill();
  await server.stop();
  await rm(folder, { recursive: true });
});

/** Plays a round over real lines, with the socket that is given. */
const ROUND = `
import { createRoom, joinRoom, PartylineError } from "partyline-client";
const [url, wsPath] = process.argv.slice(2);
const { WebSocket: WS } = wsPath === undefined ? {} : await import(wsPath);
const options = wsPath === undefined ? { url } : { url, socket: (at) => new WS(at) };
const tv = await createRoom({ ...options, maxClients: 2, name: "TV" });
const phone = await joinRoom({ ...options, room: tv.code.toLowerCase(), name: "Ann" });
const heard = tv.next("message");
const { delivered } = await phone.send({ move: "left" });
const [data, from] = await heard;
const refused = await joinRoom({ ...options, room: tv.code }).catch((error) => error);
const over = phone.next("over");
await tv.close();
await over;
console.log(JSON.stringify([delivered, data, from.name, refused instanceof PartylineError && refused.code, phone.status]));
`;
const PLAYED = '[1,{"move":"left"},"Ann","room_full","over"]';

npm.describe("the package", () => {
  test("holds what is run, its types, and what is said about it, and nothing else", async () => {
    const root = join(project, "node_modules/partyline-client");
    expect((await readdir(root)).sort()).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "dist", "package.json"]);
    const dist = await readdir(join(root, "dist"));
    expect(dist.filter((name) => !name.endsWith(".d.ts")).sort()).toEqual([
      "LICENSES.txt",
      "index.js",
      "local",
      "local.js",
    ]);
    const texts = await Promise.all(
      [...new Bun.Glob("**/*").scanSync({ cwd: root })].map(async (path) => Bun.file(join(root, path)).text()),
    );
    for (const text of texts) {
      expect(text.includes(ROOT)).toBe(false);
      // A type's import names what is there.
      expect(/from "\.[^"]*\.ts"/.test(text)).toBe(false);
    }
    expect(await Bun.file(join(root, "dist/LICENSES.txt")).text()).toContain("MIT");
    expect(MANIFEST.dependencies).toBeUndefined();
  });

  test("is of the version that its changelog begins with, under the licence of the repository", async () => {
    expect(/^## (\S+)/m.exec(await Bun.file(join(PACKAGE, "CHANGELOG.md")).text())?.[1]).toBe(MANIFEST.version);
    expect(await Bun.file(join(PACKAGE, "LICENSE")).text()).toBe(await Bun.file(join(ROOT, "LICENSE")).text());
  });

  test(
    "has types that resolve, as Node resolves them and as bundlers do",
    async () => {
      const game = `
import { createRoom, joinRoom, type Member, memorySeats, PartylineError, type Room } from "partyline-client";
import { type LocalServer, localServer } from "partyline-client/local";
const s: LocalServer = localServer();
const tv: Room = await createRoom({ url: s.url, socket: s.socket, maxClients: 4, seats: memorySeats() });
tv.on("message", (data: unknown, from: Member) => console.log(data, from.name));
const phone = await joinRoom({ socket: (url: string) => new WebSocket(url), room: tv.code });
s.cut(phone);
await s.clock.pass(60_000);
export const isGone = (error: unknown): boolean => error instanceof PartylineError && error.code === "room_not_found";
`;
      await Bun.write(join(project, "game.ts"), game);
      await Bun.write(
        join(project, "wrong.ts"),
        `${game}
// @ts-expect-error: seats are a number
createRoom({ maxClients: "4" });
// @ts-expect-error: as are milliseconds
s.clock.pass("60");
`,
      );
      for (const [module, resolution] of [
        ["nodenext", "nodenext"],
        ["preserve", "bundler"],
      ]) {
        const options = ["--module", String(module), "--moduleResolution", String(resolution), "--target", "es2022"];
        const strict = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--types", "", "--lib", "es2022,dom"];
        await mustRun([join(ROOT, "node_modules/.bin/tsc"), ...options, ...strict, "game.ts", "wrong.ts"], project);
      }
    },
    SLOW_MS,
  );

  test("plays a round in Bun", async () => {
    await Bun.write(join(project, "round.js"), ROUND);
    expect((await mustRun([process.execPath, "round.js", server.url], project)).trim()).toBe(PLAYED);
  });

  test("the TV and the phone of its README talk to each other", async () => {
    const start = async (name: string) => {
      await Bun.write(join(project, name), snippet(name).replace("ws://localhost:3000", server.url));
      const child = Bun.spawn([process.execPath, name], { cwd: project, stdin: "pipe", stdout: "pipe" });
      running.push(child);
      return { child, lines: linesOf(child.stdout) };
    };
    const tv = await start("host.js");
    const code = String((await tv.lines.next()).value).replace("Room code: ", "");
    const phone = await start("guest.js");
    phone.child.stdin.write(`${code}\n`);
    await phone.child.stdin.flush();
    expect((await tv.lines.next()).value).toBe("Ann is here");
    expect((await phone.lines.next()).value).toEndWith("I have 10 points");
  });

  test("its README's test of a game passes in Bun", async () => {
    for (const name of ["buzzer.js", "buzzer.test.js"]) await Bun.write(join(project, name), snippet(name));
    expect(await mustRun([process.execPath, "test", "buzzer.test.js"], project)).toContain("1 pass");
  });

  node.test("its local server needs nothing of Node's own", async () => {
    const bare = `
globalThis.Buffer = globalThis.setImmediate = undefined;
const { createRoom, joinRoom } = await import("partyline-client");
const { localServer } = await import("partyline-client/local");
const s = localServer();
const here = { url: s.url, socket: s.socket };
const tv = await createRoom({ ...here, maxClients: 2, state: { round: "é" } });
const phone = await joinRoom({ ...here, room: tv.code });
const heard = tv.next("message");
await phone.send("x".repeat(60_000));
const refused = await tv.session.start().catch((error) => error);
console.log(JSON.stringify([(await heard)[0].length, phone.state, refused.code, refused.message]));
await tv.close();
`;
    await Bun.write(join(project, "bare.js"), bare);
    expect((await mustRun([node.get(), "bare.js"], project)).trim()).toBe(
      '[60000,{"round":"é"},"unknown_type","Sessions are left out of the local server"]',
    );
  });

  // What is installed is not what was tested elsewhere: the build has put things in the place of Bun's and Node's.
  describe("its local server speaks the wire:", () => {
    let socket: LocalServer["socket"];
    beforeAll(async () => {
      const { localServer } = await import(join(project, "node_modules/partyline-client/dist/local.js"));
      socket = (localServer() as LocalServer).socket;
    });
    partyConformance(
      () => "ws://local/v1",
      (url) => Client.over(socket(url)),
    );
  });

  node.test("plays a round in Node, with `ws` where it has no WebSocket", async () => {
    await Bun.write(join(project, "round.js"), ROUND);
    const ws = join(ROOT, "node_modules/ws/wrapper.mjs");
    expect((await mustRun([node.get(), "round.js", server.url, ws], project)).trim()).toBe(PLAYED);
  });

  node.test("its README's test of a game passes in Node", async () => {
    for (const name of ["buzzer.js", "buzzer.test.js"]) await Bun.write(join(project, name), snippet(name));
    expect(await mustRun([node.get(), "--test", "buzzer.test.js"], project)).toMatch(/pass 1\b/);
  });
});
