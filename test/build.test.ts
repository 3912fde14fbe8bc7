// The steps of the Dockerfile, run without Docker: the same scripts in a folder that holds what the image's build gets, and
// the bundle started as the image starts it.
import { afterAll, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "./support/client.ts";

const ROOT = join(import.meta.dir, "..");
const DOCKERFILE = await Bun.file(join(ROOT, "Dockerfile")).text();
const PACKAGE = await Bun.file(join(ROOT, "package.json")).json();
const folder = await mkdtemp(join(tmpdir(), "partyline-build-"));
const env = {
  PATH: process.env.PATH ?? "",
  HOME: process.env.HOME ?? "",
  PORT: "0",
  HOST: "127.0.0.1",
  DATA_DIR: folder,
};

afterAll(() => rm(folder, { recursive: true }));

test("the Dockerfile builds on the Bun of package.json, as nobody's root, with a health check", () => {
  const version = PACKAGE.packageManager.replace("bun@", "");
  for (const [, image] of DOCKERFILE.matchAll(/^FROM (\S+)/gm)) expect(image).toStartWith(`oven/bun:${version}`);
  expect(DOCKERFILE).toMatch(/^USER 1000:1000$/m);
  expect(DOCKERFILE).toContain("HEALTHCHECK");
  expect(DOCKERFILE).toContain("bun.lock");
});

test("its steps make one file that serves", async () => {
  const documents = readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".json"));
  expect(DOCKERFILE).toContain("COPY docs/*.json ./docs/");
  const copied = ["package.json", "bun.lock", "server.ts", "src", "pages/built"];
  for (const name of [...copied, ...documents.map((file) => `docs/${file}`)]) {
    await cp(join(ROOT, name), join(folder, name), { recursive: true });
  }
  const steps = [...DOCKERFILE.matchAll(/bun run ([a-z:]+)/g)]
    .map(([, script]) => String(script))
    .filter((s) => s in PACKAGE.scripts);
  expect(steps).toEqual(["build:install", "build"]);
  for (const script of steps) {
    const step = Bun.spawn([process.execPath, "run", script], { cwd: folder, env, stdout: "ignore", stderr: "pipe" });
    expect([await step.exited, script]).toEqual([0, script]);
  }

  const bundle = join(folder, "server.js");
  await cp(join(folder, "dist/server.js"), bundle);
  await rm(join(folder, "node_modules"), { recursive: true });
  await rm(join(folder, "src"), { recursive: true });
  await rm(join(folder, "pages"), { recursive: true });
  await rm(join(folder, "docs"), { recursive: true });
  const server = Bun.spawn([process.execPath, bundle], { cwd: folder, env, stdout: "pipe", stderr: "inherit" });
  try {
    const { value } = await server.stdout.getReader().read();
    const { msg, port } = JSON.parse(Buffer.from(value ?? []).toString());
    expect(msg).toBe("listening");
    const tv = await Client.connect(`ws://127.0.0.1:${port}`);
    expect(await tv.ask({ type: "create", clientId: "display", maxClients: 2 })).toMatchObject({ type: "created" });
    // What browsers are handed out is inside as well.
    expect(await (await fetch(`http://127.0.0.1:${port}/partyline.js`)).text()).toContain("createRoom");
    const openApi = await fetch(`http://127.0.0.1:${port}/docs/openapi.json`);
    expect(await openApi.text()).toBe(await Bun.file(join(ROOT, "docs/openapi.json")).text());
    const health = (at: number) =>
      Bun.spawn([process.execPath, bundle, "--health"], { env: { ...env, PORT: String(at) }, stderr: "ignore" }).exited;
    expect(await health(port)).toBe(0);
    server.kill("SIGTERM");
    expect((await tv.closed).code).toBe(4200);
    expect(await server.exited).toBe(0);
    expect(await health(port)).toBe(1);
    // What makes a log readable is inside as well, though only a terminal loads it [L44].
    const readable = Bun.spawn([process.execPath, bundle], {
      cwd: folder,
      env: { ...env, LOG_FORMAT: "text" },
      stderr: "ignore",
    });
    const shown = await readable.stdout.getReader().read();
    readable.kill("SIGKILL");
    expect(Buffer.from(shown.value ?? []).toString()).toContain("INFO: ");
  } finally {
    server.kill("SIGKILL");
  }
}, 60_000);
