// Several nodes on a developer's machine: a Redis of their own, nodes on ports of their own, and before them one port that hands each new
// connection to the node with the fewest, as a proxy does that knows nothing of rooms. Ends all of them with Ctrl-C.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { balance } from "./balancer.ts";

const ROOT = join(import.meta.dir, "..");
const NODES_MAX = 8;
const LOOPBACK = "127.0.0.1";
/** A Redis on a quiet machine answers after some 30 ms, a node after 300. */
const START_TIMEOUT_MS = 20_000;

const values = optionsOrFail();
const nodes = whole(values.nodes, 1, NODES_MAX, "--nodes");
const port = whole(values.port, 1, 65_535 - NODES_MAX - 1, "--port");
const redis = Bun.which("redis-server");
if (redis === null) {
  fail("there is no redis-server here: `apt-get install redis-server` or `brew install redis` brings one");
}

const enginePort = port + nodes + 1;
for (let taken = port; taken <= enginePort; taken++) {
  if (!isFree(taken)) fail(`port ${taken} is in use; ports ${port} to ${enginePort} are needed, --port takes others`);
}

const folder = mkdtempSync(join(tmpdir(), "partyline-cluster-"));
const started: Bun.Subprocess[] = [];
let isLeaving = false;
process.on("exit", endAll);
const engine = start(
  [
    ...[redis, "--port", `${enginePort}`, "--bind", LOOPBACK, "--dir", folder],
    ...["--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction", "--loglevel", "warning"],
  ],
  {},
  "ignore",
);
await opens(engine, enginePort, "redis-server");

const secrets = { JWT_SECRET: process.env.JWT_SECRET || word(), ADMIN_KEY: process.env.ADMIN_KEY || word() };
const servers = Array.from({ length: nodes }, (_, n) =>
  start([process.execPath, join(ROOT, "server.ts")], {
    ...secrets,
    ...{ ENGINE_URL: `redis://${LOOPBACK}:${enginePort}`, INSTANCE: `node${n + 1}`, HOST: LOOPBACK },
    ...{ PORT: `${port + n + 1}`, DATA_DIR: join(folder, `node${n + 1}`), TRUSTED_PROXIES: "" },
    SESSIONS: n === 0 ? "here" : "elsewhere",
  }),
);
await Promise.all(servers.map((server, n) => opens(server, port + n + 1, `node ${n + 1}`)));
const balancer = await balance(
  port,
  servers.map((_, n) => port + n + 1),
);

const again = { ENGINE_URL: `redis://${LOOPBACK}:${enginePort}`, HOST: LOOPBACK, ...secrets };
const lines = [
  `  All nodes     http://localhost:${port}`,
  ...servers.map(
    ({ pid }, n) =>
      `  node${n + 1}         http://localhost:${port + n + 1}   to end it: kill ${pid}, or kill -9 ${pid}${n === 0 ? " (it keeps the sessions)" : ""}`,
  ),
  `  Redis         ${LOOPBACK}:${enginePort}`,
  `  Admin key     ${secrets.ADMIN_KEY}`,
  "  One again     for node2:",
  `    ${asWords(again)} INSTANCE=node2 PORT=${port + 2} SESSIONS=elsewhere DATA_DIR=${join(folder, "node2")} bun start`,
  "  This machine alone is served; Ctrl-C ends all of it.",
];
// Not by `console.error`, which Bun writes in red on a terminal.
process.stderr.write(["", ...lines, "", ""].join("\n"));

process.on("SIGINT", leave);
process.on("SIGTERM", leave);
await Promise.all(servers.map(({ exited }) => exited));
await leave();

/** Nodes first, so that they can say to the engine what they keep. */
async function leave(): Promise<void> {
  if (isLeaving) return;
  isLeaving = true;
  for (const server of servers) server.kill("SIGTERM");
  await Promise.all(servers.map(({ exited }) => exited));
  balancer.stop();
  engine.kill();
  await engine.exited;
  process.exit(0);
}

/** Ends with this process, however that ends. */
function start(command: string[], env: Record<string, string>, stdout: "inherit" | "ignore" = "inherit") {
  const options = { cwd: ROOT, env: { ...process.env, ...env }, stdin: "ignore", stdout, stderr: "inherit" } as const;
  // In a group of its own: a terminal's Ctrl-C is for this process, which then stops all others, once each.
  const child = Bun.spawn(command, { ...options, detached: true });
  started.push(child);
  return child;
}

function isFree(at: number): boolean {
  try {
    Bun.listen({ hostname: LOOPBACK, port: at, exclusive: true, socket: { data() {} } }).stop();
    return true;
  } catch {
    return false;
  }
}

/** Resolves when it listens there; ends this process where it has ended itself, or does not in time. */
async function opens(child: Bun.Subprocess, at: number, what: string): Promise<void> {
  const until = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < until && child.exitCode === null && child.signalCode === null) {
    try {
      const socket = await Bun.connect({ hostname: LOOPBACK, port: at, socket: { data() {} } });
      socket.end();
      return;
    } catch {
      await Bun.sleep(50);
    }
  }
  fail(`${what} does not listen on port ${at}`);
}

function asWords(env: Record<string, string>): string {
  return Object.entries(env)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}

function word(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
}

function whole(text: string, min: number, max: number, name: string): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  return fail(`${name} takes a whole number from ${min} to ${max}`);
}

function fail(why: string): never {
  console.error(why);
  process.exit(1);
}

/** Whatever was started: a Redis that is left behind would be in the way of the next start. */
function endAll(): void {
  for (const child of started) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}

function optionsOrFail() {
  try {
    const options = { nodes: { type: "string", default: "3" }, port: { type: "string", default: "3000" } } as const;
    return parseArgs({ options }).values;
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : error}; there are --nodes and --port`);
  }
}
