// A contestant as a child process: started on its core, its output drained, ended by its own id and nobody else's,
// however this process ends.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { type Contestant, ROOT } from "./contestants.ts";
import { cpuNs } from "./usage.ts";

const START_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 3_000;
const ERROR_TEXT_MAX_CHARS = 2_000;

export interface ServerProcess {
  pid: number;
  port: number;
  stop(): Promise<void>;
}

/** Who is alive, and the folder each was given. */
const running = new Map<Subprocess, string>();
let endedCpuNs = 0;

/** What all servers used that have ended: with this process's own, our share of the machine. */
export function endedServersCpuNs(): number {
  return endedCpuNs;
}

/** For a signal or a failure: synchronous, because nothing may be left behind. */
export function killAll(): void {
  for (const [child, dataDir] of running) {
    child.kill("SIGKILL");
    rmSync(dataDir, { recursive: true, force: true });
  }
  running.clear();
}

export async function startServer(contestant: Contestant, prefix: string[]): Promise<ServerProcess> {
  const dataDir = mkdtempSync(join(tmpdir(), "partyline-bench-"));
  const child = Bun.spawn([...prefix, process.execPath, contestant.script], {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH ?? "",
      HOME: dataDir,
      PORT: "0",
      HOST: "127.0.0.1",
      DATA_DIR: dataDir,
      ...contestant.env,
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  running.set(child, dataDir);
  const errors = keepTail(child.stderr);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, START_TIMEOUT_MS, null);
  });
  const port = await Promise.race([listeningPort(child.stdout), tooLate]);
  clearTimeout(timer);

  const stop = async () => {
    // Not SIGTERM: a polite server says goodbye for ten seconds, and nobody is listening any more.
    try {
      endedCpuNs += cpuNs(child.pid);
    } catch {} // it ended by itself: what is wrong is told elsewhere
    child.kill("SIGKILL");
    await Promise.race([child.exited, Bun.sleep(STOP_TIMEOUT_MS)]);
    running.delete(child);
    rmSync(dataDir, { recursive: true, force: true });
  };
  if (port === null) {
    await stop();
    throw new Error(`${contestant.name} (${contestant.script}) never said it was listening. ${errors.text}`);
  }
  return { pid: child.pid, port, stop };
}

/** Resolves with the port of the "listening" line, and goes on reading after it: a full pipe would stop the server. */
function listeningPort(stdout: ReadableStream<Uint8Array>): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  const drain = async () => {
    const decoder = new TextDecoder();
    let text: string | null = "";
    for await (const chunk of stdout) {
      if (text === null) continue;
      text += decoder.decode(chunk, { stream: true });
      const port = /"msg":"listening"/.test(text) ? findPort(text) : null;
      if (port === null) continue;
      text = null;
      resolve(port);
    }
    resolve(null);
  };
  drain().catch(() => resolve(null));
  return promise;
}

function findPort(text: string): number | null {
  for (const line of text.split("\n")) {
    if (!line.includes('"msg":"listening"') || !line.trimEnd().endsWith("}")) continue;
    const { port } = JSON.parse(line) as { port?: number };
    if (typeof port === "number") return port;
  }
  return null;
}

function keepTail(stream: ReadableStream<Uint8Array>): { text: string } {
  const tail = { text: "" };
  const drain = async () => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      tail.text = (tail.text + decoder.decode(chunk, { stream: true })).slice(-ERROR_TEXT_MAX_CHARS);
    }
  };
  drain().catch(() => {});
  return tail;
}
