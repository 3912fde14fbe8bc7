// THE client of the benches and the drills: raw TCP, the upgrade written by hand, frames counted by their headers. Bun's own
// WebSocket would turn each frame into a string and an event, and then the client, not the server, would be measured. Two modes:
// reading (texts go to `onText`) and counting (`onText` is null: only how many frames came). Knows no dialect.

import type { Socket, SocketHandler } from "bun";
import { frame, OPCODE_CLOSE, OPCODE_PING, OPCODE_PONG, OPCODE_TEXT, readStamp, textFrame } from "./frames.ts";

const LENGTH_16_BIT = 126;
const LENGTH_64_BIT = 127;
const CONNECT_TIMEOUT_MS = 10_000;
/** {"type":"message… is a relayed frame, {"type":"send… one of the raw control, {"command":… one of the SessionServer wire. */
const TYPE_AT = 9;
const RELAYED_AT_TYPE = [0x6d, 0x73, 0x22];
const NORMAL_CLOSE = Uint8Array.of(0x03, 0xe8);
const CLOSED_WITHOUT_CODE = 1006;

/** How a client comes: the address of this machine it connects from (127.0.0.0/8 has many), and lines of its own in the request. */
export interface Way {
  readonly from?: string;
  /** Each with its end: "Origin: https://a.example\r\n". */
  readonly headers?: string;
}

export class Line {
  onOpen: () => void = ignore;
  onText: ((text: string) => void) | null = null;
  /** How many frames came at once, in counting mode. */
  onFrames: (frames: number) => void = ignore;
  /** The stamp of each counted frame in microseconds, -1 where there is none to read. */
  onStamp: ((stampUs: number) => void) | null = null;
  /** Once, at the end; `wasOpen` is false when it was never let in. */
  onClosed: (code: number, wasOpen: boolean) => void = ignore;
  /** What must not happen to a line that is measured: a close that it did not ask for, a frame that was not relayed. */
  onFault: (reason: string) => void = ignore;
  answersPings = true;
  readonly opened: Promise<void>;

  #socket: Socket<Line> | null = null;
  readonly #request: string;
  readonly #opening = Promise.withResolvers<void>();
  readonly #closing = Promise.withResolvers<void>();
  #unsent: Uint8Array[] = [];
  #isUpgraded = false;
  #isLeaving = false;
  #isOver = false;
  #isAsleep = false;
  #closeCode = CLOSED_WITHOUT_CODE;
  /** The beginning of something whose end has not come: rare, because the kernel hands over large pieces. */
  #held: Uint8Array | null = null;
  /** Bytes still to come of a frame whose header has been read. */
  #skipBytes = 0;

  /** Begins to connect; whoever made it sets its callbacks in the same turn. */
  constructor(
    url: string,
    readonly name = "a client",
    { from, headers = "" }: Way = {},
  ) {
    const { hostname, port, host, pathname, search } = new URL(url);
    this.#request = upgradeRequest(host, pathname + search, headers);
    this.opened = this.#opening.promise;
    this.opened.catch(ignore);
    const way = { hostname, port: Number(port), ...(from !== undefined && { localAddress: from }) };
    Bun.connect<Line>({ ...way, data: this, socket: HANDLERS }).catch(() => this.gone());
  }

  static async open(url: string, name: string, way: Way = {}): Promise<Line> {
    const line = new Line(url, name, way);
    const timer = setTimeout(() => line.#opening.reject(new Error(`${name}: no upgrade`)), CONNECT_TIMEOUT_MS);
    await line.opened.finally(() => clearTimeout(timer));
    return line;
  }

  get isClogged(): boolean {
    return this.#unsent.length > 0;
  }

  write(bytes: Uint8Array): void {
    if (this.#socket === null) return;
    const sent = this.#unsent.length > 0 ? 0 : Math.max(this.#socket.write(bytes), 0);
    if (sent < bytes.length) this.#unsent.push(bytes.slice(sent)); // a copy: stamped frames are written again
  }

  say(message: object): void {
    if (this.#isUpgraded) this.write(textFrame(JSON.stringify(message)));
  }

  /** A proper goodbye: close frame out, close frame back, end of the connection. */
  async bye(): Promise<void> {
    this.#isLeaving = true;
    if (this.#socket === null) return;
    this.write(frame(OPCODE_CLOSE, NORMAL_CLOSE));
    await this.#closing.promise;
  }

  drop(): void {
    this.#isLeaving = true;
    this.#isAsleep = false;
    this.#socket?.terminate();
    this.gone();
  }

  /** Reads nothing and answers nothing until it is woken, as a phone in a pocket: its kernel takes what fits. */
  sleep(): void {
    this.#isAsleep = true;
    this.#socket?.pause();
  }

  /** Hears first what came while it slept, even that it has been closed. */
  wake(): void {
    if (!this.#isAsleep) return;
    this.#isAsleep = false;
    if (this.#held !== null) this.take(new Uint8Array());
    if (this.#socket === null) this.gone();
    else this.#socket.resume();
  }

  // From here on: called by the socket handlers only.

  greet(socket: Socket<Line>): void {
    if (this.#isOver) {
      socket.terminate();
      return;
    }
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.write(this.#request);
  }

  flush(): void {
    while (this.#socket !== null) {
      const next = this.#unsent[0];
      if (next === undefined) return;
      const sent = Math.max(this.#socket.write(next), 0);
      if (sent < next.length) {
        this.#unsent[0] = next.subarray(sent);
        return;
      }
      this.#unsent.shift();
    }
  }

  gone(): void {
    this.#socket = null;
    if (this.#isOver || this.#isAsleep) return;
    this.#isOver = true;
    this.#opening.reject(new Error(`${this.name}: the connection ended before the upgrade`));
    this.#closing.resolve();
    if (!this.#isLeaving) this.onFault(`${this.name} was closed with ${this.#closeCode}`);
    this.onClosed(this.#closeCode, this.#isUpgraded);
  }

  take(chunk: Uint8Array): void {
    if (this.#isOver) return;
    let bytes = chunk;
    if (this.#held !== null || this.#isAsleep) {
      bytes = Buffer.concat([this.#held ?? new Uint8Array(), chunk]);
      this.#held = this.#isAsleep ? bytes : null;
      if (this.#isAsleep) return;
    }
    if (this.#isUpgraded) this.#read(bytes);
    else this.#upgrade(bytes);
  }

  #upgrade(bytes: Uint8Array): void {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      this.#held = bytes.slice();
      return;
    }
    const status = text.toString("latin1", 0, text.indexOf("\r\n"));
    if (!status.startsWith("HTTP/1.1 101")) {
      this.#opening.reject(new Error(`${this.name}: the upgrade was answered with ${status}`));
      this.drop();
      return;
    }
    this.#isUpgraded = true;
    this.#opening.resolve();
    this.onOpen();
    this.#read(bytes.subarray(end + 4));
  }

  /** The hot path: for a frame that is only counted it reads three bytes. */
  #read(bytes: Uint8Array): void {
    const end = bytes.length;
    let at = 0;
    let frames = 0;
    if (this.#skipBytes > 0) {
      if (this.#skipBytes > end) {
        this.#skipBytes -= end;
        return;
      }
      at = this.#skipBytes;
      this.#skipBytes = 0;
      frames = 1;
      this.onStamp?.(readStamp(bytes, at));
    }
    while (at < end && !this.#isOver) {
      const size = payloadSize(bytes, at, end);
      const opcode = (bytes[at] as number) & 0xf;
      const start = at + headSize(bytes[at + 1] as number);
      const next = start + size;
      const isRead = opcode !== OPCODE_TEXT || this.onText !== null;
      if (size < 0 || this.#isAsleep || (isRead && next > end)) {
        this.#held = bytes.slice(at);
        break;
      }
      if (isRead) this.#hear(opcode, bytes.subarray(start, next));
      else {
        if (start + TYPE_AT < end && !RELAYED_AT_TYPE.includes(bytes[start + TYPE_AT] as number)) {
          this.onFault(`${this.name} heard ${Buffer.from(bytes.subarray(start, next)).toString("latin1", 0, 200)}`);
        }
        if (next > end) {
          this.#skipBytes = next - end;
          break;
        }
        frames++;
        this.onStamp?.(readStamp(bytes, next));
      }
      at = next;
    }
    if (frames > 0) this.onFrames(frames);
  }

  #hear(opcode: number, body: Uint8Array): void {
    if (opcode === OPCODE_TEXT) this.onText?.(Buffer.from(body).toString("utf8"));
    if (opcode === OPCODE_PING && this.answersPings) this.write(frame(OPCODE_PONG, body));
    if (opcode !== OPCODE_CLOSE) return;
    if (body.length >= 2) this.#closeCode = ((body[0] as number) << 8) | (body[1] as number);
    if (!this.#isLeaving) this.write(frame(OPCODE_CLOSE, body.subarray(0, 2)));
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
function upgradeRequest(host: string, path: string, headers: string): string {
  const key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n${headers}\r\n`;
}

const HANDLERS: SocketHandler<Line> = {
  open: (socket) => socket.data.greet(socket),
  data: (socket, chunk) => socket.data.take(chunk),
  drain: (socket) => socket.data.flush(),
  close: (socket) => socket.data.gone(),
  connectError: (socket) => socket.data.gone(),
  end: (socket) => void socket.end(),
  error: (socket, error) => socket.data.onFault(`${socket.data.name}: ${error.message}`),
};
