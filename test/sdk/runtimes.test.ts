// The bundled client in programs of their own: Node with the package `ws`, and Bun. Each plays over a line that is cut, leaves, and ends by
// itself, which it could not with a timer or a socket left.
import { expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Valve } from "../../clients/bots/valve.ts";
import { createRoom } from "../../clients/js/src/index.ts";
import { firstThatRuns, needs } from "../support/needs.ts";
import { startServer } from "../support/server.ts";
import { holds, PATIENCE_MS } from "./stage.ts";

const ROOT = join(import.meta.dir, "../..");

/** Plays: says ten things, hears ten, and leaves. */
function program(client: string, isNode: boolean): string {
  return `
import { joinRoom } from ${JSON.stringify(client)};
${
  isNode
    ? `import { createRequire } from "node:module";
const WS = createRequire(${JSON.stringify(join(ROOT, "package.json"))})("ws");`
    : ""
}
const [url, code] = process.argv.slice(2);
const room = await joinRoom({ url, room: code, name: "Ann"${isNode ? ", socket: (at) => new WS(at)" : ""} });
const heard = [];
const all = new Promise((resolve) => room.on("message", (data) => heard.push(data) === 10 && resolve()));
for (let n = 0; n < 10; n++) await room.send(n);
await all;
await room.leave();
console.log(JSON.stringify({ heard, status: room.status }));
`;
}

async function plays(runtime: string, isNode: boolean): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "partyline-sdk-"));
  const server = startServer({ LIMITS: "off" });
  const valve = await Valve.open(server.url);
  const tv = await createRoom({ url: server.url, maxClients: 4 });
  try {
    const built = await Bun.build({
      entrypoints: [join(ROOT, "clients/js/src/index.ts")],
      ...{ outdir: folder, naming: "client.mjs", minify: true },
    });
    expect(built.success).toBe(true);
    const script = join(folder, "play.mjs");
    await writeFile(script, program(pathToFileURL(join(folder, "client.mjs")).href, isNode));
    const heard: unknown[] = [];
    tv.on("message", (data) => {
      void tv.send(data);
      // A line is lost with something on its way, both ways.
      if (heard.push(data) % 3 === 0) valve.cut();
    });
    const child = Bun.spawn([runtime, script, valve.url, tv.code], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    const timer = setTimeout(() => child.kill("SIGKILL"), 2 * PATIENCE_MS);
    const [said, errors] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    const exitCode = await child.exited;
    clearTimeout(timer);
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: "" });
    expect(JSON.parse(said)).toEqual({ heard: heard, status: "over" });
    expect(heard).toEqual(Array.from({ length: 10 }, (_, n) => n));
    await holds(() => tv.members.size === 1);
  } finally {
    await tv.leave();
    await valve.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const node = await needs("node", () => firstThatRuns([["node", "--version"]]));
node.test("Node 20 with ws plays over lost lines, and ends by itself", () => plays(node.get(), true));
test("Bun plays over lost lines, and ends by itself", () => plays(process.execPath, false), 60_000);
