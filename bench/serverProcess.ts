// A server as a child process: started on its core, its log read, ended by its own id and nobody else's, however this process ends.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Subprocess } from "bun";
import { linesOf } from "./lines.ts";

export const ROOT = join(import.meta.dir, "..");
export const SERVER = join(ROOT, "server.ts");

const LOOPBACK = "127.0.0.1";
const START_TIMEOUT_MS = 10_000;
const LOG_LINES_MAX = 5_000;

export interface ServerOptions {
  /** What `bun` is to run: our own server when it is left out. */
  readonly script?: string;
  /** Left out: a folder that goes with this program. */
  readonly dataDir?: string;
  /** Left out: any free one. */
  readonly port?: number;
  /** Where it listens, and where it is reached. */
  readonly host?: string;
  readonly reachedAt?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly prefix?: readonly string[];
}

export type Scrape = ReadonlyMap<string, number>;

const running = new Set<Subprocess>();
const folders = new Set<string>();

/** A folder for what a server keeps, gone with this program. */
export function newDataDir(): string {
  const dataDir = mkdtempSync(join(tmpdir(), "partyline-bench-"));
  folders.add(dataDir);
  return dataDir;
}

/** So that the kernel ends a child even where this program is killed with -9. */
export function leashed(): string[] {
  const setpriv = Bun.which("setpriv");
  return setpriv === null ? [] : [setpriv, "--pdeathsig", "KILL"];
}

/** Ends what was started when this program ends, by itself, by a signal or because it took too long. */
export function endWithUs(timeoutMs: number): void {
  process.on("exit", () => {
    for (const child of running) child.kill("SIGKILL");
    for (const dataDir of folders) rmSync(dataDir, { recursive: true, force: true });
  });
  process.on("SIGINT", () => process.exit(130));
  process.on("SIGTERM", () => process.exit(143));
  setTimeout(() => {
    console.error(`gave up after ${timeoutMs / 1000} s`);
    process.exit(1);
  }, timeoutMs).unref();
}

export class ServerProcess {
  readonly logged: { readonly level: string; readonly text: string }[] = [];
  port = 0;

  private constructor(
    private readonly child: Subprocess<"ignore", "pipe", "pipe">,
    private readonly options: ServerOptions & { readonly dataDir: string },
  ) {}

  /** Starts a server and waits until it says that it listens. @throws {Error} with what it said, when it does not */
  static async start(given: ServerOptions = {}): Promise<ServerProcess> {
    const options = { ...given, dataDir: given.dataDir ?? newDataDir() };
    const { script = SERVER, host = LOOPBACK, dataDir, port = 0, prefix = [], env } = options;
    const child = Bun.spawn([...leashed(), ...prefix, process.execPath, script], {
      cwd: dirname(script),
      env: {
        ...{ PATH: process.env.PATH ?? "", HOME: dataDir, BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0" },
        ...env,
        ...{ PORT: `${port}`, HOST: host, DATA_DIR: dataDir },
      },
      ...{ stdin: "ignore", stdout: "pipe", stderr: "pipe" },
    });
    running.add(child);
    void child.exited.then(() => running.delete(child));
    const server = new ServerProcess(child, options);
    const listening = Promise.withResolvers<void>();
    void server.#follow(listening.resolve);
    void new Response(child.stderr)
      .text()
      .then((errors) => listening.reject(new Error(`${script} ended: ${errors.slice(-2_000)}`)));
    const timer = setTimeout(() => listening.reject(new Error(`${script} never said it listens`)), START_TIMEOUT_MS);
    await listening.promise.finally(() => clearTimeout(timer));
    return server;
  }

  /** The next one on the folder and the port of this one, which has ended. */
  restarted(env = this.options.env ?? {}): Promise<ServerProcess> {
    return ServerProcess.start({ ...this.options, env, port: this.port });
  }

  get pid(): number {
    return this.child.pid;
  }

  get url(): string {
    return `ws://${this.#address}:${this.port}`;
  }

  get http(): string {
    return `http://${this.#address}:${this.port}`;
  }

  get dataDir(): string {
    return this.options.dataDir;
  }

  get #address(): string {
    return this.options.reachedAt ?? this.options.host ?? LOOPBACK;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  drain(): Promise<number> {
    this.child.kill("SIGTERM");
    return this.child.exited;
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.exited;
  }

  async scrape(): Promise<Scrape> {
    const text = await (await fetch(`${this.http}/metrics`)).text();
    return new Map(Array.from(text.matchAll(/^([^# ].*) (\S+)$/gm), ([, name = "", value]) => [name, Number(value)]));
  }

  async metric(name: string): Promise<number> {
    const fits = [...(await this.scrape())].filter(([label]) => label === name || label.startsWith(`${name}{`));
    return fits.reduce((sum, [, value]) => sum + value, 0);
  }

  /** Its log lines about the snapshot that are no good news, since the n-th line. */
  complaints(since = 0) {
    return this.logged.slice(since).filter(({ level, text }) => level !== "info" && /snapshot/i.test(text));
  }

  /** Goes on reading after the start: a full pipe would stop the server. */
  async #follow(onListening: () => void): Promise<void> {
    for await (const text of linesOf(this.child.stdout)) {
      const { level, msg, port } = JSON.parse(text);
      if (this.logged.length < LOG_LINES_MAX) this.logged.push({ level, text });
      if (msg !== "listening") continue;
      this.port = port;
      onListening();
    }
  }
}
