// Several nodes on a developer's machine: a Redis of their own, nodes on ports of their own, and before them one port that hands each new
// connection to the node with the fewest, as a proxy does that knows nothing of rooms. Ends all of them with Ctrl-C.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { balance } from "./balancer.ts";

const ROOT = join(import.meta.dir, "..");
const NODES_MAX = 8;
const LOOPBACK = "127.0.0.1";
/** A Redis on a quiet machine answers after some 30 ms, a node after 300. */
const START_TIMEOUT_MS = 20_000;

const { values } = parseArgs({
  options: { nodes: { type: "string", default: "3" }, port: { type: "string", default: "3000" } },
});
const nodes = whole(values.nodes, 1, NODES_MAX, "--nodes");
const port = whole(values.port, 1, 65_535 - NODES_MAX - 1, "--port");
const redis = Bun.which("redis-server");
if (redis === null) {
  fail("there is no redis-server here: `apt-get install redis-server` or `brew install redis` brings one");
}

const folder = await mkdtemp(join(tmpdir(), "partyline-cluster-"));
const enginePort = port + nodes + 1;
const engine = Bun.spawn(
  [
    ...[redis, "--port", `${enginePort}`, "--bind", LOOPBACK, "--dir", folder],
    ...["--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction", "--loglevel", "warning"],
  ],
  { stdin: "ignore", stdout: "ignore", stderr: "inherit" },
);
await opens(enginePort, "redis-server");

const secrets = { JWT_SECRET: word(), ADMIN_KEY: process.env.ADMIN_KEY || word() };
const servers = Array.from({ length: nodes }, (_, n) =>
  Bun.spawn([process.execPath, join(ROOT, "server.ts")], {
    cwd: ROOT,
    env: {
      ...process.env,
      ...secrets,
      ...{ ENGINE_URL: `redis://${LOOPBACK}:${enginePort}`, INSTANCE: `node${n + 1}`, HOST: LOOPBACK },
      ...{ PORT: `${port + n + 1}`, DATA_DIR: join(folder, `node${n + 1}`), TRUSTED_PROXIES: "" },
      SESSIONS: n === 0 ? "here" : "elsewhere",
    },
    ...{ stdin: "ignore", stdout: "inherit", stderr: "inherit" },
  }),
);
await Promise.all(servers.map((_, n) => opens(port + n + 1, `node ${n + 1}`)));
const balancer = await balance(
  port,
  servers.map((_, n) => port + n + 1),
);

console.error(`\n  All nodes     http://localhost:${port}`);
for (const [n, { pid }] of servers.entries()) {
  console.error(
    `  Node ${n + 1}        http://localhost:${port + n + 1}   (to end it: kill ${pid}, or kill -9 ${pid})`,
  );
}
console.error(`  Redis         ${LOOPBACK}:${enginePort}\n  Admin key     ${secrets.ADMIN_KEY}\n`);

process.on("SIGINT", leave);
process.on("SIGTERM", leave);
await Promise.all(servers.map(({ exited }) => exited));
await leave();

/** Nodes first, so that they can say to the engine what they keep. */
async function leave(): Promise<void> {
  for (const server of servers) server.kill("SIGTERM");
  await Promise.all(servers.map(({ exited }) => exited));
  balancer.stop();
  engine.kill();
  await engine.exited;
  await rm(folder, { recursive: true, force: true });
  process.exit(0);
}

/** Resolves when something listens there; ends this process where nothing does in time. */
async function opens(at: number, what: string): Promise<void> {
  const until = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < until) {
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
