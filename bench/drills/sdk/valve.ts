// A TCP pipe between clients and a server that does to lines what networks do: cuts them, stalls them either way, delays them, refuses new
// ones. It knows bytes and nothing of what they mean.
import { connect, createServer, type Server, type Socket } from "node:net";

type Way = "up" | "down";

/** One line through the valve. */
interface Pipe {
  readonly client: Socket;
  readonly server: Socket;
  /** Bytes that wait, by the way they go; null: they pass. */
  readonly waiting: Record<Way, Buffer[] | null>;
  /** Nothing passes ever again, and neither end is told. */
  isDead: boolean;
}

export class Valve {
  /** Lines that have been let in so far. */
  lines = 0;
  /** Whether a new line is closed at once. */
  refuses = false;
  delayMs = 0;
  readonly #pipes = new Set<Pipe>();

  private constructor(
    private readonly listener: Server,
    /** Where the server is behind it: host and port. */
    private readonly target: { readonly hostname: string; readonly port: number },
  ) {}

  /** @param target the server's address, `ws://…` or `http://…` */
  static async open(target: string): Promise<Valve> {
    const { hostname, port } = new URL(target);
    const listener = createServer();
    const valve = new Valve(listener, { hostname, port: Number(port) });
    listener.on("connection", (client) => valve.#let(client));
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    return valve;
  }

  /** Where clients connect to. */
  get url(): string {
    const address = this.listener.address();
    if (address === null || typeof address === "string") throw new Error("the valve is closed");
    return `ws://127.0.0.1:${address.port}`;
  }

  get open(): number {
    return this.#pipes.size;
  }

  /** Ends every line: `reset` loses what is on its way, `end` says goodbye behind it. */
  cut(how: "reset" | "end" = "reset"): void {
    for (const pipe of [...this.#pipes]) {
      this.#pipes.delete(pipe);
      for (const socket of [pipe.client, pipe.server]) {
        if (how === "reset") socket.resetAndDestroy();
        else socket.end();
      }
    }
  }

  /** Nothing passes that way on the lines there are, until `pass`; new lines pass. */
  stall(...ways: Way[]): void {
    for (const { waiting } of this.#pipes) for (const way of ways) waiting[way] ??= [];
  }

  /** What was stalled passes. */
  pass(): void {
    for (const pipe of this.#pipes) {
      for (const way of ["up", "down"] as const) {
        const chunks = pipe.waiting[way] ?? [];
        pipe.waiting[way] = null;
        for (const chunk of chunks) this.#carry(pipe, way, chunk);
      }
    }
  }

  /** The lines there are become half open: nothing passes any more, and neither end hears that the other is gone. */
  kill(): void {
    for (const pipe of this.#pipes) pipe.isDead = true;
  }

  async close(): Promise<void> {
    this.refuses = true;
    for (const { client, server } of this.#pipes) {
      client.destroy();
      server.destroy();
    }
    this.#pipes.clear();
    await new Promise<void>((resolve) => this.listener.close(() => resolve()));
  }

  #let(client: Socket): void {
    client.on("error", () => {});
    if (this.refuses) {
      client.destroy();
      return;
    }
    this.lines++;
    const server = connect(this.target.port, this.target.hostname);
    server.on("error", () => {});
    for (const socket of [client, server]) socket.setNoDelay(true);
    const pipe: Pipe = { client, server, waiting: { up: null, down: null }, isDead: false };
    this.#pipes.add(pipe);
    client.on("data", (chunk: Buffer) => this.#carry(pipe, "up", chunk));
    server.on("data", (chunk: Buffer) => this.#carry(pipe, "down", chunk));
    client.on("close", () => this.#ended(pipe, server));
    server.on("close", () => this.#ended(pipe, client));
  }

  #carry(pipe: Pipe, way: Way, chunk: Buffer): void {
    if (pipe.isDead) return;
    const waiting = pipe.waiting[way];
    if (waiting !== null) {
      waiting.push(chunk);
      return;
    }
    const to = way === "up" ? pipe.server : pipe.client;
    const write = () => {
      if (!pipe.isDead && !to.destroyed) to.write(chunk);
    };
    if (this.delayMs > 0) setTimeout(write, this.delayMs);
    else write();
  }

  #ended(pipe: Pipe, other: Socket): void {
    if (pipe.isDead) return;
    this.#pipes.delete(pipe);
    other.end();
  }
}
