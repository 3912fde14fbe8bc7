// The engine of a drill: a Redis of its own that can be killed, and come back with what it kept or with nothing.

import { rmSync } from "node:fs";
import { createServer } from "node:net";
import type { Subprocess } from "bun";
import { leashed, newDataDir } from "../../serverProcess.ts";
import { NotHere } from "../scene.ts";

const LOOPBACK = "127.0.0.1";
const READY = "Ready to accept connections";

export class Redis {
  #child: Subprocess<"ignore", "pipe", "ignore"> | null = null;
  readonly #folder = newDataDir();

  private constructor(readonly port: number) {}

  /** @throws {NotHere} where there is none to start */
  static async start(): Promise<Redis> {
    const redis = new Redis(await freePort());
    await redis.restart();
    return redis;
  }

  get url(): string {
    return `redis://${LOOPBACK}:${this.port}`;
  }

  get pid(): number {
    if (this.#child === null) throw new Error("the engine does not run");
    return this.#child.pid;
  }

  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#child?.exited;
    this.#child = null;
  }

  /** The next one on its port. @param isEmpty whether it has forgotten everything */
  async restart(isEmpty = false): Promise<void> {
    const program = Bun.which("redis-server");
    if (program === null) throw new NotHere("there is no redis-server here");
    if (isEmpty) rmSync(`${this.#folder}/appendonlydir`, { recursive: true, force: true });
    const where = ["--port", `${this.port}`, "--bind", LOOPBACK, "--dir", this.#folder];
    const kept = ["--save", "", "--appendonly", "yes", "--appendfsync", "everysec"];
    this.#child = Bun.spawn([...leashed(), program, ...where, ...kept, "--maxmemory-policy", "noeviction"], {
      ...{ stdin: "ignore", stdout: "pipe", stderr: "ignore" },
    });
    const decoder = new TextDecoder();
    let said = "";
    for await (const bytes of this.#child.stdout) {
      said += decoder.decode(bytes, { stream: true });
      if (said.includes(READY)) return;
    }
    throw new Error(`redis-server ended: ${said.slice(-500)}`);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}
