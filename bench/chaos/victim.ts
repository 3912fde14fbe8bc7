// The server that is drained, killed and starved: `bun server.ts` as a process of its own, with a folder that outlives it. It is
// ended by its own id however this program ends, by the kernel if need be.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { linesOf } from "../../test/support/lines.ts";
import { ROOT } from "../contestants.ts";
import { NotHere } from "./outcome.ts";

const START_TIMEOUT_MS = 10_000;
const LOG_LINES_MAX = 5_000;

export interface VictimOptions {
  readonly dataDir: string;
  /** 0 takes any free one; a restart wants the same. */
  readonly port?: number;
  /** Where it listens, and where it is reached. */
  readonly host?: string;
  readonly reachedAt?: string;
  readonly env?: Record<string, string>;
  /** In front of the command line. */
  readonly prefix?: readonly string[];
  /** The command line itself, for a shell. */
  readonly command?: readonly string[];
}

/** One line of its log, as far as anybody looks. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly text: string;
}

const running = new Set<Subprocess>();
const folders = new Set<string>();
const mounts = new Set<string>();

/** A folder for what a server keeps, gone with this program. */
export function newDataDir(): string {
  const dataDir = mkdtempSync(join(tmpdir(), "partyline-chaos-"));
  folders.add(dataDir);
  return dataDir;
}

/**
 * The same on a disk of its own, so small; for a process with a mount namespace of its own.
 * @throws {NotHere} with what `mount` said.
 */
export function newTinyDisk(size: string): string {
  const dataDir = newDataDir();
  const mounted = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", `size=${size}`, "tmpfs", dataDir]);
  if (mounted.exitCode !== 0) throw new NotHere(`no tmpfs: ${mounted.stderr.toString().trim()}`);
  mounts.add(dataDir);
  return dataDir;
}

/** Synchronous: nothing may be left behind. */
export function endAll(): void {
  for (const child of running) child.kill("SIGKILL");
  for (const dataDir of mounts) Bun.spawnSync(["umount", "-l", dataDir]);
  for (const dataDir of folders) rmSync(dataDir, { recursive: true, force: true });
}

/** So that the kernel ends it even where this program is killed with -9. */
export function leashed(): string[] {
  const setpriv = Bun.which("setpriv");
  return setpriv === null ? [] : [setpriv, "--pdeathsig", "KILL"];
}

export class Victim {
  readonly logged: LogLine[] = [];
  /** What it says outside of its log. */
  errors = "";
  port = 0;

  private constructor(
    private readonly child: Subprocess<"ignore", "pipe", "pipe">,
    private readonly host: string,
  ) {}

  /**
   * Starts a server and waits until it listens.
   * @throws {Error} with what it said, when it does not.
   */
  static async start({ dataDir, port = 0, host = "127.0.0.1", ...more }: VictimOptions): Promise<Victim> {
    const command = more.command ?? [process.execPath, join(ROOT, "server.ts")];
    const child = Bun.spawn([...leashed(), ...(more.prefix ?? []), ...command], {
      cwd: ROOT,
      env: {
        PATH: process.env.PATH ?? "",
        HOME: dataDir,
        BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0",
        ...more.env,
        PORT: `${port}`,
        HOST: host,
        DATA_DIR: dataDir,
      },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    running.add(child);
    void child.exited.then(() => running.delete(child));
    const victim = new Victim(child, more.reachedAt ?? host);
    const listening = Promise.withResolvers<void>();
    const ended = async () => {
      victim.errors = await new Response(child.stderr).text();
      listening.reject(new Error(`the server ended: ${victim.errors.slice(-2_000)}`));
    };
    void victim.#follow(() => listening.resolve());
    void ended();
    const timer = setTimeout(() => listening.reject(new Error("the server never said it listens")), START_TIMEOUT_MS);
    await listening.promise.finally(() => clearTimeout(timer));
    return victim;
  }

  get pid(): number {
    return this.child.pid;
  }

  get url(): string {
    return `ws://${this.host}:${this.port}`;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Asks it to go; answers its exit code. */
  async drain(): Promise<number> {
    this.child.kill("SIGTERM");
    return await this.child.exited;
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.exited;
  }

  /** All of /metrics, by name and labels. */
  async scrape(): Promise<Map<string, number>> {
    const text = await (await fetch(`http://${this.host}:${this.port}/metrics`)).text();
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    return new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
    );
  }

  /** One figure of them, or the sum over all its labels. */
  async metric(name: string): Promise<number> {
    let sum = 0;
    for (const [label, value] of await this.scrape()) {
      if (label === name || label.startsWith(`${name}{`)) sum += value;
    }
    return sum;
  }

  /** Whether it knows the room. */
  async hasRoom(code: string): Promise<boolean> {
    return (await fetch(`http://${this.host}:${this.port}/room/${code}`)).ok;
  }

  /** Its log lines about the snapshot that are no good news, since the n-th line. */
  complaints(since = 0): LogLine[] {
    const isBad = ({ level }: LogLine) => level === "warn" || level === "error" || level === "fatal";
    return this.logged.slice(since).filter((line) => isBad(line) && /snapshot/i.test(line.text));
  }

  async #follow(onListening: () => void): Promise<void> {
    for await (const text of linesOf(this.child.stdout)) {
      const { level, msg, port } = JSON.parse(text);
      if (this.logged.length < LOG_LINES_MAX) this.logged.push({ level, msg, text });
      if (msg !== "listening") continue;
      this.port = port;
      onListening();
    }
  }
}
