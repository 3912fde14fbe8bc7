// A client that owns a queue: `await client.next()`. To show that nothing came, send something whose answer must come after
// it (a fence) and see the fence come first.

/** How long a test waits for something that must come: a hang becomes a failure that says what was awaited. */
const PATIENCE_MS = 8_000;

export interface Frame {
  readonly type?: string;
  readonly [member: string]: unknown;
}

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** As much of a WebSocket as is needed: Bun's own, and a line in memory. */
interface Socket {
  readonly readyState: number;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number): void;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
}

export class Client {
  readonly #frames: string[] = [];
  #wake: (() => void) | null = null;
  #fences = 0;
  readonly closed: Promise<Closed>;

  private constructor(private readonly socket: Socket) {
    socket.onmessage = ({ data }: { data: unknown }) => {
      this.#frames.push(String(data));
      this.#wake?.();
    };
    this.closed = new Promise((resolve) => {
      socket.onclose = ({ code, reason }: Closed) => {
        resolve({ code, reason });
        this.#wake?.();
      };
    });
  }

  /** Connects; rejects when the server refuses the upgrade. */
  static connect(url: string, headers: Record<string, string> = {}): Promise<Client> {
    const socket = new WebSocket(url, { headers });
    socket.binaryType = "arraybuffer";
    return Client.over(socket, url);
  }

  /** Over a socket that is being opened; rejects when it cannot be. */
  static over(socket: Socket, url = "it"): Promise<Client> {
    const client = new Client(socket);
    return new Promise((resolve, reject) => {
      socket.onopen = () => resolve(client);
      socket.onerror = () => reject(new Error(`no WebSocket at ${url}`));
    });
  }

  /** Sends an object as JSON, or a text as it is. */
  send(frame: object | string): void {
    this.socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  sendBytes(bytes: Uint8Array<ArrayBuffer>): void {
    this.socket.send(bytes);
  }

  /** The next frame as the text it was. */
  async nextText(): Promise<string> {
    const deadline = setTimeout(() => this.#wake?.(), PATIENCE_MS);
    const giveUpAt = performance.now() + PATIENCE_MS;
    try {
      for (;;) {
        const frame = this.#frames.shift();
        if (frame !== undefined) return frame;
        if (this.socket.readyState === WebSocket.CLOSED) throw new Error("closed while waiting for a frame");
        if (performance.now() >= giveUpAt) throw new Error("no frame came");
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      clearTimeout(deadline);
      this.#wake = null;
    }
  }

  /** The next frame, parsed. */
  async next(): Promise<Frame> {
    return JSON.parse(await this.nextText());
  }

  /** Sends a request and answers the next frame. */
  ask(frame: object | string): Promise<Frame> {
    this.send(frame);
    return this.next();
  }

  /** All frames up to the answer of a ping sent now: what the server had for this client by then. */
  async upToFence(): Promise<Frame[]> {
    const fence = `fence-${++this.#fences}`;
    this.send({ type: "ping", id: fence });
    const frames: Frame[] = [];
    for (;;) {
      const frame = await this.next();
      if (frame.type === "pong" && frame.id === fence) return frames;
      frames.push(frame);
    }
  }

  close(code?: number): Promise<Closed> {
    this.socket.close(code);
    return this.closed;
  }
}
