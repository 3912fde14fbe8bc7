// A WebSocket client down at the bytes: it can send what no browser would, keep from reading, and never answer a ping.
import { connect, type Socket } from "node:net";

const MASK = [0x12, 0x34, 0x56, 0x78] as const;

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A masked client frame. */
export function frame(payload: string | Uint8Array, opcode: number = OPCODE.text, fin = true): Buffer {
  const body = typeof payload === "string" ? Buffer.from(payload) : payload;
  const head = [(fin ? 0x80 : 0) | opcode];
  if (body.length < 126) head.push(0x80 | body.length);
  else if (body.length < 65_536) head.push(0x80 | 126, body.length >> 8, body.length & 0xff);
  else head.push(0x80 | 127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((shift) => (body.length >>> shift) & 0xff));
  const masked = Uint8Array.from(body, (byte, at) => byte ^ (MASK[at % 4] ?? 0));
  return Buffer.concat([Buffer.from(head), Buffer.from(MASK), masked]);
}

export class RawClient {
  #received = Buffer.alloc(0);
  #wake: (() => void) | null = null;
  readonly ended: Promise<void>;

  private constructor(readonly socket: Socket) {
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake?.();
    });
    this.ended = new Promise((resolve) => {
      socket.on("close", () => {
        resolve();
        this.#wake?.();
      });
    });
  }

  /** Connects and upgrades; the handshake's answer is consumed. */
  static async connect(url: string, headers: Record<string, string> = {}): Promise<RawClient> {
    const { hostname, port, pathname } = new URL(url);
    const client = new RawClient(connect(Number(port), hostname));
    const lines = Object.entries({
      Host: hostname,
      Upgrade: "websocket",
      Connection: "Upgrade",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Version": "13",
      ...headers,
    }).map(([name, value]) => `${name}: ${value}`);
    client.socket.write(`GET ${pathname} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    const status = await client.#take<string>((bytes) => {
      const end = bytes.indexOf("\r\n\r\n");
      return end === -1 ? null : [bytes.subarray(0, end).toString("latin1"), end + 4];
    });
    if (!status.startsWith("HTTP/1.1 101")) throw new Error(status.split("\r\n")[0]);
    return client;
  }

  write(bytes: Uint8Array | string): void {
    this.socket.write(bytes);
  }

  send(text: string): void {
    this.write(frame(text));
  }

  /** The next frame from the server, whatever its opcode. */
  nextFrame(): Promise<{ opcode: number; payload: Buffer }> {
    return this.#take((bytes) => {
      if (bytes.length < 2) return null;
      const short = (bytes[1] ?? 0) & 0x7f;
      const head = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (bytes.length < head) return null;
      const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
      if (bytes.length < head + length) return null;
      const payload = Buffer.from(bytes.subarray(head, head + length));
      return [{ opcode: (bytes[0] ?? 0) & 0x0f, payload }, head + length];
    });
  }

  /** The next text frame, parsed; other frames before it are passed over. */
  async next(): Promise<Record<string, unknown>> {
    for (;;) {
      const { opcode, payload } = await this.nextFrame();
      if (opcode === OPCODE.text) return JSON.parse(payload.toString());
    }
  }

  /** The code of the close frame that the server sends. */
  async closeCode(): Promise<number> {
    for (;;) {
      const { opcode, payload } = await this.nextFrame();
      if (opcode === OPCODE.close) return payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
    }
  }

  destroy(): void {
    this.socket.destroy();
  }

  async #take<T>(parse: (bytes: Buffer) => [T, number] | null): Promise<T> {
    for (;;) {
      const taken = parse(this.#received);
      if (taken !== null) {
        this.#received = this.#received.subarray(taken[1]);
        return taken[0];
      }
      if (this.socket.destroyed) throw new Error("the connection ended");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
