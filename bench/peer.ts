// One client line: raw TCP, the upgrade written by hand, frames counted by their headers. Bun's own WebSocket client
// would turn each delivered frame into a string and an event, and then the client, not the server, would be measured.
// Two modes: reading (texts go to `onText`, while a room is being entered) and counting (only how many frames came).

import type { Socket, SocketHandler } from "bun";
import type { LatencyRecorder } from "./latency.ts";
import { frame, OPCODE_CLOSE, OPCODE_PING, OPCODE_PONG, OPCODE_TEXT, readStamp, textFrame } from "./wire.ts";

const LENGTH_16_BIT = 126;
const LENGTH_64_BIT = 127;
const CONNECT_TIMEOUT_MS = 10_000;
/** Where the type of a message begins: {"type":"message… A relayed frame is `message`, or `send` from the raw control. */
const TYPE_AT = 9;
const RELAYED_TYPE_INITIALS = [0x6d, 0x73];
const NORMAL_CLOSE = Uint8Array.of(0x03, 0xe8);
const CLOSED_WITHOUT_CODE = 1006;

export class Peer {
  onText: ((text: string) => void) | null = null;
  onFrames: (frames: number) => void = ignore;
  /** Anything that must not happen to a line in the middle of a run. */
  onFault: (reason: string) => void = ignore;
  latency: LatencyRecorder | null = null;

  private socket: Socket<Peer> | null = null;
  private unsent: Uint8Array[] = [];
  private upgraded = false;
  private leaving = false;
  private closeCode = CLOSED_WITHOUT_CODE;
  /** The beginning of something whose end has not come: rare, because the kernel hands over large pieces. */
  private held: Uint8Array | null = null;
  /** Bytes still to come of a frame whose header has been read. */
  private skipBytes = 0;
  private readonly opened = Promise.withResolvers<void>();
  private readonly closed = Promise.withResolvers<void>();

  private constructor(
    readonly id: string,
    private readonly request: string,
  ) {
    this.opened.promise.catch(ignore); // it is awaited only when the TCP connect came through
  }

  static async open(id: string, port: number, path: string): Promise<Peer> {
    const peer = new Peer(id, upgradeRequest(port, path));
    await Bun.connect<Peer>({ hostname: "127.0.0.1", port, data: peer, socket: HANDLERS });
    const timer = setTimeout(() => peer.opened.reject(new Error(`no upgrade for ${path}`)), CONNECT_TIMEOUT_MS);
    await peer.opened.promise.finally(() => clearTimeout(timer));
    return peer;
  }

  write(bytes: Uint8Array): void {
    if (this.socket === null) return;
    if (this.unsent.length > 0) {
      this.unsent.push(bytes.slice());
      return;
    }
    const sent = this.socket.write(bytes);
    if (sent < bytes.length) this.unsent.push(bytes.slice(Math.max(sent, 0))); // a copy: stamped frames are written again
  }

  say(message: object): void {
    this.write(textFrame(JSON.stringify(message)));
  }

  /** A proper goodbye: close frame out, close frame back, end of the connection. */
  async bye(): Promise<void> {
    this.leaving = true;
    if (this.socket === null) return;
    this.write(frame(OPCODE_CLOSE, NORMAL_CLOSE));
    await this.closed.promise;
  }

  drop(): void {
    this.leaving = true;
    this.socket?.terminate();
  }

  // From here on: called by the socket handlers only.

  greet(socket: Socket<Peer>): void {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.write(this.request);
  }

  flush(): void {
    while (this.socket !== null) {
      const next = this.unsent[0];
      if (next === undefined) return;
      const sent = Math.max(this.socket.write(next), 0);
      if (sent < next.length) {
        this.unsent[0] = next.subarray(sent);
        return;
      }
      this.unsent.shift();
    }
  }

  gone(): void {
    this.socket = null;
    this.opened.reject(new Error(`${this.id}: the connection ended before the upgrade`));
    this.closed.resolve();
    if (!this.leaving) this.onFault(`line ${this.id} was closed with ${this.closeCode}`);
  }

  take(chunk: Uint8Array): void {
    let bytes = chunk;
    if (this.held !== null) {
      bytes = Buffer.concat([this.held, chunk]);
      this.held = null;
    }
    if (this.upgraded) this.read(bytes);
    else this.upgrade(bytes);
  }

  private upgrade(bytes: Uint8Array): void {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      this.held = bytes.slice();
      return;
    }
    const status = text.toString("latin1", 0, text.indexOf("\r\n"));
    if (!status.startsWith("HTTP/1.1 101")) {
      this.opened.reject(new Error(`${this.id}: the upgrade was answered with ${status}`));
      this.drop();
      return;
    }
    this.upgraded = true;
    this.opened.resolve();
    this.read(bytes.subarray(end + 4));
  }

  /** The hot path: for a frame that is only counted it reads three bytes. */
  private read(bytes: Uint8Array): void {
    const end = bytes.length;
    let at = 0;
    let frames = 0;
    if (this.skipBytes > 0) {
      if (this.skipBytes > end) {
        this.skipBytes -= end;
        return;
      }
      at = this.skipBytes;
      this.skipBytes = 0;
      frames = 1;
      this.latency?.add(readStamp(bytes, at));
    }
    while (at < end) {
      const size = payloadSize(bytes, at, end);
      if (size < 0) {
        this.held = bytes.slice(at);
        break;
      }
      const opcode = (bytes[at] as number) & 0xf;
      const start = at + headSize(bytes[at + 1] as number);
      const next = start + size;
      if (opcode !== OPCODE_TEXT || this.onText !== null) {
        if (next > end) {
          this.held = bytes.slice(at);
          break;
        }
        this.hear(opcode, bytes.subarray(start, next));
      } else {
        if (start + TYPE_AT < end && !RELAYED_TYPE_INITIALS.includes(bytes[start + TYPE_AT] as number)) {
          this.onFault(`${this.id} heard ${Buffer.from(bytes.subarray(start, next)).toString("latin1", 0, 200)}`);
        }
        if (next > end) {
          this.skipBytes = next - end;
          break;
        }
        frames++;
        this.latency?.add(readStamp(bytes, next));
      }
      at = next;
    }
    if (frames > 0) this.onFrames(frames);
  }

  private hear(opcode: number, body: Uint8Array): void {
    if (opcode === OPCODE_TEXT) this.onText?.(Buffer.from(body).toString("utf8"));
    if (opcode === OPCODE_PING) this.write(frame(OPCODE_PONG, body));
    if (opcode === OPCODE_CLOSE) {
      if (body.length >= 2) this.closeCode = ((body[0] as number) << 8) | (body[1] as number);
      if (!this.leaving) this.write(frame(OPCODE_CLOSE, body.subarray(0, 2)));
    }
  }
}

function ignore(): void {}

function headSize(secondByte: number): number {
  return secondByte < LENGTH_16_BIT ? 2 : secondByte === LENGTH_16_BIT ? 4 : 10;
}

/** -1: the header itself is cut. A server's frames are not masked, so the second byte is the length alone. */
function payloadSize(bytes: Uint8Array, at: number, end: number): number {
  if (at + 2 > end) return -1;
  const size = bytes[at + 1] as number;
  if (size < LENGTH_16_BIT) return size;
  if (size === LENGTH_16_BIT) {
    return at + 4 > end ? -1 : ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  }
  if (size !== LENGTH_64_BIT || at + 10 > end) return -1;
  return new DataView(bytes.buffer, bytes.byteOffset + at + 2).getUint32(4);
}

/** The key is the RFC's example; nobody checks the answer to it here, as we know whom we are talking to. */
function upgradeRequest(port: number, path: string): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "\r\n",
  ].join("\r\n");
}

const HANDLERS: SocketHandler<Peer> = {
  open: (socket) => socket.data.greet(socket),
  data: (socket, chunk) => socket.data.take(chunk),
  drain: (socket) => socket.data.flush(),
  close: (socket) => socket.data.gone(),
  end: (socket) => void socket.end(),
  error: (socket, error) => socket.data.onFault(`line ${socket.data.id}: ${error.message}`),
};
