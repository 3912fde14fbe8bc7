// The server as a process of its own, as people run it: `bun server.ts`.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { linesOf } from "./lines.ts";

export interface Child extends AsyncDisposable {
  readonly url: string;
  readonly http: string;
  /** Where it keeps things. */
  readonly dataDir: string;
  readonly process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  /** Log lines so far, one JSON text each. */
  readonly logged: string[];
  /** Its exit status once it has ended and `logged` is whole: a process can end before its last lines are read here. */
  readonly ended: Promise<number>;
  stop(): Promise<void>;
}

const ROOT = join(import.meta.dir, "../..");

/**
 * Starts it and waits until it listens. What it keeps is gone with it, unless DATA_DIR says where else.
 * @param descriptorsMax how many it may open, which needs bash (asked for with support/needs.ts); 0: as many as this process
 * @throws {Error} with what it printed when it does not start.
 */
export async function startChild(env: Record<string, string> = {}, descriptorsMax = 0): Promise<Child> {
  const dataDir = env.DATA_DIR ?? (await mkdtemp(join(tmpdir(), "partyline-")));
  const start = [process.execPath, join(ROOT, "server.ts")];
  const bounded = ["bash", "-c", `ulimit -n ${descriptorsMax}; exec "$0" "$@"`, ...start];
  const child = Bun.spawn(descriptorsMax > 0 ? bounded : start, {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH ?? "",
      PORT: "0",
      HOST: "127.0.0.1",
      HTTP_REQUESTS_PER_SECOND: "1000000",
      ...env,
      DATA_DIR: dataDir,
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const logged: string[] = [];
  const listening = Promise.withResolvers<number>();
  const read = follow(child.stdout, (line) => {
    logged.push(line);
    const { msg, port } = JSON.parse(line);
    if (msg === "listening") listening.resolve(port);
  });
  const ended = read.then(() => child.exited);
  void read.then(async () => {
    // A test that reads it has seen the start.
    const said = child.stderr.locked ? "" : await new Response(child.stderr).text();
    listening.reject(new Error(`the server ended: ${said}`));
  });
  const port = await listening.promise;
  async function stop(): Promise<void> {
    child.kill("SIGKILL");
    await child.exited;
    if (env.DATA_DIR === undefined) await rm(dataDir, { recursive: true, force: true });
  }
  return {
    url: `ws://127.0.0.1:${port}`,
    http: `http://127.0.0.1:${port}`,
    process: child,
    dataDir,
    logged,
    ended,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function follow(stream: ReadableStream<Uint8Array>, onLine: (line: string) => void): Promise<void> {
  for await (const line of linesOf(stream)) onLine(line);
}
