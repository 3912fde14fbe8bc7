// `bun run cluster` as a developer meets it: what it says of wrong input, and that nothing of it is left behind.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { Client } from "../support/client.ts";
import { linesOf } from "../support/lines.ts";
import { redisServer } from "../support/redis.ts";

const SCRIPT = join(import.meta.dir, "../../scripts/cluster.ts");
const LIMIT_MS = 60_000;

/** Ports in a row that nobody has, as far as can be seen: those of the system's own choice lie far above. */
function portsFrom(count: number): number {
  for (let first = 21_000; ; first += count) {
    try {
      for (let port = first; port < first + count; port++) {
        Bun.listen({ hostname: "127.0.0.1", port, exclusive: true, socket: { data() {} } }).stop();
      }
      return first;
    } catch {
      // Somebody has one of them.
    }
  }
}

function run(args: string[], env: Record<string, string> = {}) {
  return Bun.spawn([process.execPath, SCRIPT, ...args], {
    env: { ...process.env, DRAIN_SECONDS: "0", ...env },
    ...{ stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  });
}

async function fails(args: string[], env: Record<string, string> = {}): Promise<string> {
  const child = run(args, env);
  const said = await new Response(child.stderr).text();
  expect(await child.exited).toBe(1);
  return said.trim();
}

async function isServed(port: number): Promise<boolean> {
  const connection = Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
  return await connection.then(
    (socket) => {
      socket.end();
      return true;
    },
    () => false,
  );
}

test.each([
  [["--nodes", "0"], "--nodes takes a whole number from 1 to 8"],
  [["--nodes=99"], "--nodes takes a whole number from 1 to 8"],
  [["--port", "abc"], "--port takes a whole number from 1 to 65526"],
  [["--node", "3"], "there are --nodes and --port"],
])(
  "%p is told in one line",
  async (args, said) => {
    const told = await fails(args);
    expect(told).toContain(said);
    expect(told.split("\n").length).toBe(1);
  },
  LIMIT_MS,
);

redisServer.test("a port that is in use is named before anything starts", async () => {
  const first = portsFrom(4);
  using taken = Bun.serve({ hostname: "127.0.0.1", port: first + 2, fetch: () => new Response() });
  const told = await fails(["--nodes", "2", "--port", String(first)]);
  expect(told).toStartWith(`port ${taken.port} is in use; ports ${first} to ${first + 3} are needed`);
});

redisServer.test("a node that does not start takes all others and the Redis with it", async () => {
  const first = portsFrom(4);
  const told = await fails(["--nodes", "2", "--port", String(first)], { MAX_ROOMS: "many" });
  expect(told).toContain("MAX_ROOMS must be a whole number");
  expect(told).toContain("does not listen on port");
  for (let port = first; port < first + 4; port++) expect([port, await isServed(port)]).toEqual([port, false]);
});

redisServer.test("one address for all nodes; it ends with everything it has started", async () => {
  const first = portsFrom(4);
  const child = run(["--nodes", "2", "--port", String(first)]);
  for await (const line of linesOf(child.stderr)) if (line.includes("Ctrl-C ends")) break;
  const tv = await Client.connect(`ws://127.0.0.1:${first}`);
  expect(await tv.ask({ type: "create", clientId: "tv", secret: "s".repeat(16), maxClients: 2 })).toMatchObject({
    type: "created",
  });
  child.kill("SIGTERM");
  expect((await tv.closed).code).toBe(4200);
  expect(await child.exited).toBe(0);
  for (let port = first; port < first + 4; port++) expect([port, await isServed(port)]).toEqual([port, false]);
});

redisServer.test("Ctrl-C on its terminal says goodbye to whoever plays", async () => {
  const first = portsFrom(4);
  const listening = Promise.withResolvers<Bun.Terminal>();
  let shown = "";
  const child = Bun.spawn([process.execPath, SCRIPT, "--nodes", "2", "--port", String(first)], {
    env: { ...process.env, DRAIN_SECONDS: "0" },
    terminal: {
      data(terminal, bytes) {
        shown += Buffer.from(bytes).toString();
        if (shown.includes("Ctrl-C ends")) listening.resolve(terminal);
      },
    },
  });
  const terminal = await listening.promise;
  const tv = await Client.connect(`ws://127.0.0.1:${first + 1}`);
  await tv.ask({ type: "create", clientId: "tv", secret: "s".repeat(16), maxClients: 2 });
  terminal.write("\u0003");
  expect((await tv.closed).code).toBe(4200);
  expect(await child.exited).toBe(0);
});
