// A TCP pipe between clients and a server that does to lines what networks and locked screens do: cuts them, stalls them either way, delays
// them, refuses new ones, sleeps. It knows bytes and nothing of what they mean.
import { connect, createServer, type Server, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

type Way = "up" | "down";
const WAYS = ["up", "down"] as const;

/** One line through the valve. */
interface Pipe {
  readonly client: Socket;
  readonly server: Socket;
  /** Bytes that wait, by the way they go; null: they pass. */
  readonly waiting: Record<Way, Buffer[] | null>;
  /** What is on its way, first the one that arrives first; null at its end: the other end is over. */
  readonly delayed: Record<Way, { readonly arrivesAt: number; readonly chunk: Buffer | null }[]>;
  /** What each end sees of what the other sends: null passes it as it is. */
  readonly filter: Filter | null;
  /** Ends that were over while the valve slept: the others hear of it when it wakes. */
  readonly over: Set<Socket>;
  /** Whether the first bytes of the server have come. */
  isAnswered: boolean;
  /** Nothing passes ever again, and neither end is told. */
  isDead: boolean;
}

/** Takes bytes of the server and gives those that go on. One for each line, since what it has begun to read is of one line. */
export type Filter = (chunk: Buffer) => Buffer;

interface Target {
  readonly hostname: string;
  readonly port: number;
  readonly isTls: boolean;
}

export class Valve {
  /** Lines that have been let in so far. */
  lines = 0;
  /** Whether a new line is closed at once. */
  refuses = false;
  /** How long a chunk takes besides, one way, in ms: asked for each. What was sent first arrives first all the same. */
  delayMs: () => number = () => 0;
  /** Makes what stands between the server and a new line's client; null: nothing. */
  filter: (() => Filter) | null = null;
  /** Hears the first bytes that the server says on a line: a handshake's answer. */
  onAnswer: ((bytes: Buffer) => void) | null = null;
  readonly #pipes = new Set<Pipe>();
  /** Clients that came while the valve slept; null: it is awake. */
  #asleep: Socket[] | null = null;

  private constructor(
    private readonly listener: Server,
    /** Where the server is behind it. */
    private readonly target: Target,
  ) {}

  /** @param target the server's address: `ws://…` or `http://…`, or with TLS `wss://…` or `https://…` */
  static async open(target: string): Promise<Valve> {
    const { hostname, port, protocol } = new URL(target);
    const isTls = /^(wss|https):$/.test(protocol);
    const listener = createServer();
    const bare = hostname.replace(/^\[|\]$/g, "");
    const valve = new Valve(listener, { hostname: bare, port: Number(port) || (isTls ? 443 : 80), isTls });
    listener.on("connection", (client) => valve.#arrived(client));
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

  get isAsleep(): boolean {
    return this.#asleep !== null;
  }

  /**
   * A screen is locked: nothing passes either way, on new lines neither, and neither end hears that the other is gone. What the server says is
   * not read, so that it waits where it would for a phone: in the kernel, and then in the server.
   */
  sleep(): void {
    this.#asleep ??= [];
    for (const pipe of this.#pipes) this.#fallAsleep(pipe);
  }

  /** What waited passes, ends included, and clients that came meanwhile are let in. */
  wake(): void {
    const came = this.#asleep ?? [];
    this.#asleep = null;
    this.pass();
    for (const pipe of [...this.#pipes]) {
      pipe.client.resume();
      pipe.server.resume();
      for (const socket of pipe.over) this.#ended(pipe, socket === pipe.client ? pipe.server : pipe.client);
    }
    for (const client of came) if (!client.destroyed) this.#let(client);
  }

  /** Nothing passes that way on the lines there are, until `pass`; new lines pass. */
  stall(...ways: Way[]): void {
    for (const { waiting } of this.#pipes) for (const way of ways) waiting[way] ??= [];
  }

  /** What was stalled passes. */
  pass(): void {
    for (const pipe of this.#pipes) {
      for (const way of WAYS) {
        const chunks = pipe.waiting[way] ?? [];
        pipe.waiting[way] = null;
        // All of it was sent before what is on its way now.
        for (const chunk of chunks) this.#write(pipe, way, chunk);
      }
    }
  }

  /** The lines there are become half open: nothing passes any more, and neither end hears that the other is gone. */
  kill(): void {
    for (const pipe of this.#pipes) pipe.isDead = true;
  }

  async close(): Promise<void> {
    this.refuses = true;
    for (const client of this.#asleep ?? []) client.destroy();
    for (const { client, server } of this.#pipes) {
      client.destroy();
      server.destroy();
    }
    this.#pipes.clear();
    await new Promise<void>((resolve) => this.listener.close(() => resolve()));
  }

  #arrived(client: Socket): void {
    client.on("error", () => {});
    if (this.refuses) client.destroy();
    else if (this.#asleep === null) this.#let(client);
    else {
      client.pause();
      this.#asleep.push(client);
    }
  }

  #let(client: Socket): void {
    this.lines++;
    const { hostname, port, isTls } = this.target;
    // A certificate is of a name, and no address is asked for by name.
    const name = /^[\d.]+$|:/.test(hostname) ? {} : { servername: hostname };
    const server = isTls ? connectTls({ host: hostname, port, ...name }) : connect(port, hostname);
    server.on("error", () => {});
    for (const socket of [client, server]) socket.setNoDelay(true);
    const pipe: Pipe = {
      client,
      server,
      waiting: { up: null, down: null },
      delayed: { up: [], down: [] },
      filter: this.filter?.() ?? null,
      over: new Set(),
      isAnswered: false,
      isDead: false,
    };
    this.#pipes.add(pipe);
    client.on("data", (chunk: Buffer) => this.#carry(pipe, "up", chunk));
    server.on("data", (chunk: Buffer) => this.#answered(pipe, chunk));
    client.on("close", () => this.#ended(pipe, server));
    server.on("close", () => this.#ended(pipe, client));
    client.resume();
  }

  #answered(pipe: Pipe, chunk: Buffer): void {
    if (!pipe.isAnswered) this.onAnswer?.(chunk);
    pipe.isAnswered = true;
    const left = pipe.filter === null ? chunk : pipe.filter(chunk);
    if (left.length > 0) this.#carry(pipe, "down", left);
  }

  #fallAsleep({ client, server, waiting }: Pipe): void {
    for (const way of WAYS) waiting[way] ??= [];
    client.pause();
    server.pause();
  }

  #carry(pipe: Pipe, way: Way, chunk: Buffer): void {
    if (pipe.isDead) return;
    const ms = this.delayMs();
    const delayed = pipe.delayed[way];
    if (ms <= 0 && delayed.length === 0) this.#write(pipe, way, chunk);
    else this.#delay(pipe, way, ms, chunk);
  }

  #delay(pipe: Pipe, way: Way, ms: number, chunk: Buffer | null): void {
    const delayed = pipe.delayed[way];
    const arrivesAt = Math.max(delayed.at(-1)?.arrivesAt ?? 0, performance.now() + ms);
    if (delayed.push({ arrivesAt, chunk }) === 1) setTimeout(() => this.#arrive(pipe, way), ms);
  }

  /** One timer a way, so that nothing overtakes what was sent before it, however late the timer comes. */
  #arrive(pipe: Pipe, way: Way): void {
    const delayed = pipe.delayed[way];
    const now = performance.now();
    let [next] = delayed;
    while (next !== undefined && next.arrivesAt <= now) {
      delayed.shift();
      this.#write(pipe, way, next.chunk);
      [next] = delayed;
    }
    if (next !== undefined) setTimeout(() => this.#arrive(pipe, way), next.arrivesAt - now);
  }

  #write(pipe: Pipe, way: Way, chunk: Buffer | null): void {
    const to = way === "up" ? pipe.server : pipe.client;
    const waiting = pipe.waiting[way];
    if (pipe.isDead || to.destroyed) return;
    if (chunk === null) to.end();
    // What was on its way when the screen was locked comes when it is unlocked.
    else if (waiting !== null) waiting.push(chunk);
    else to.write(chunk);
  }

  #ended(pipe: Pipe, other: Socket): void {
    if (pipe.isDead) return;
    if (this.#asleep !== null) {
      pipe.over.add(other === pipe.client ? pipe.server : pipe.client);
      return;
    }
    this.#pipes.delete(pipe);
    const way = other === pipe.client ? "down" : "up";
    // Behind what is still on its way to it.
    if (pipe.delayed[way].length > 0) this.#delay(pipe, way, 0, null);
    else other.end();
  }
}
