// A Redis of a test's own: a process on a free port with a folder of its own, which can be killed, stopped and started again; and a proxy in
// front of it that can be cut, for one node alone.
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RedisClient } from "bun";
import { firstThatRuns, needs } from "./needs.ts";

/** What tests of the cluster need. */
export const redisServer = await needs("redis-server", () => firstThatRuns([["redis-server", "--version"]]));

const STARTS_MAX = 5;

/** One engine, empty at its start. */
export class Redis implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "partyline-redis-"));
  #child: Bun.Subprocess | null = null;
  #client: RedisClient | null = null;

  private constructor(
    private readonly isKept: boolean,
    private readonly more: readonly string[],
    private ownPort: number,
  ) {}

  /** @param isKept whether what was written is there after a kill @param more further arguments */
  static async start({ isKept = false, more = [] as readonly string[] } = {}): Promise<Redis> {
    const redis = new Redis(isKept, more, await freePort());
    // Somebody else may have taken the port meanwhile.
    for (let starts = 1; !(await redis.#spawn()); starts++) {
      if (starts === STARTS_MAX) throw new Error("redis-server does not start");
      redis.ownPort = await freePort();
    }
    return redis;
  }

  get port(): number {
    return this.ownPort;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.ownPort}`;
  }

  /** What a test asks beside the nodes. */
  async ask(command: string, ...args: string[]): Promise<unknown> {
    this.#client ??= new RedisClient(this.url, { autoReconnect: false });
    return this.#client.send(command, args);
  }

  /** Ends it in the midst of what it does. */
  async kill(): Promise<void> {
    this.#client?.close();
    this.#client = null;
    this.#child?.kill("SIGKILL");
    await this.#child?.exited;
    this.#child = null;
  }

  /** It cannot write a snapshot, and refuses all writes for that, as it does unless it is told to keep none. */
  async breakDisk(): Promise<void> {
    await this.ask("CONFIG", "SET", "save", "3600 1");
    rmSync(this.#folder, { recursive: true, force: true });
    await this.ask("SET", "x", "1");
    await this.ask("BGSAVE");
    while (!String(await this.ask("INFO", "persistence")).includes("rdb_last_bgsave_status:err")) await Bun.sleep(5);
  }

  /** Starts it again on the same port: with what it kept, or empty. */
  async restart(): Promise<void> {
    if (!(await this.#spawn())) throw new Error("redis-server does not start again");
  }

  /** Its connections stay open and nothing is answered, until `resume`. */
  pause(): void {
    this.#child?.kill("SIGSTOP");
  }

  resume(): void {
    this.#child?.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #spawn(): Promise<boolean> {
    const kept = this.isKept ? ["--appendonly", "yes", "--appendfsync", "always"] : ["--appendonly", "no"];
    const args = [
      "--port",
      String(this.ownPort),
      "--bind",
      "127.0.0.1",
      "--dir",
      this.#folder,
      "--save",
      "",
      ...kept,
      ...this.more,
    ];
    const child = Bun.spawn([redisServer.get(), ...args], { stdin: "ignore", stdout: "pipe", stderr: "ignore" });
    this.#child = child;
    const decoder = new TextDecoder();
    let said = "";
    for await (const bytes of child.stdout) {
      said += decoder.decode(bytes, { stream: true });
      // What it says after this fits the pipe: a line a start and a few a minute.
      if (said.includes("Ready to accept connections")) return true;
    }
    await child.exited;
    return false;
  }
}

/** What stands between one node and its engine. */
export class EngineProxy implements AsyncDisposable {
  readonly #open = new Set<Socket>();
  /** What Redis says to those that listen comes by these. */
  readonly #listeners = new Set<Socket>();
  #state: "whole" | "cut" | "mute" = "whole";
  #isDeaf = false;

  private constructor(
    private readonly server: Server,
    private readonly target: number,
  ) {}

  static async to(target: number): Promise<EngineProxy> {
    const server = createServer();
    const proxy = new EngineProxy(server, target);
    server.on("connection", (socket) => proxy.#carry(socket));
    await listening(server);
    return proxy;
  }

  get url(): string {
    return `redis://127.0.0.1:${portOf(this.server)}`;
  }

  /** Ends every connection, and every new one at once. */
  cut(): void {
    this.#state = "cut";
    for (const socket of this.#open) socket.destroy();
  }

  /** Carries nothing any more and closes nothing: a cable that was pulled. */
  mute(): void {
    this.#state = "mute";
    for (const socket of this.#open) socket.pause();
  }

  /** Carries nothing that is published on the connections there are, and all else. */
  deafen(): void {
    this.#isDeaf = true;
    for (const socket of this.#listeners) socket.pause();
  }

  /** Carries again; what was mute is gone for good. */
  heal(): void {
    const wasMute = this.#state === "mute" || this.#isDeaf;
    this.#state = "whole";
    this.#isDeaf = false;
    if (wasMute) for (const socket of this.#open) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #carry(near: Socket): void {
    if (this.#state === "cut") return void near.destroy();
    const far = connect(this.target, "127.0.0.1");
    near.on("data", (bytes) => {
      if (bytes.includes("SUBSCRIBE")) this.#listeners.add(far);
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#open.add(one);
      one.setNoDelay(true);
      one.on("error", () => {});
      one.on("close", () => {
        this.#open.delete(one);
        this.#listeners.delete(one);
        other.destroy();
      });
      one.on("data", (bytes) => void other.write(bytes));
      if (this.#state === "mute") one.pause();
    }
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await listening(server);
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
}

function portOf(server: Server): number {
  const address = server.address();
  return address !== null && typeof address === "object" ? address.port : 0;
}
