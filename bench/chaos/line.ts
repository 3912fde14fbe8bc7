// A client's line, in two makes: Bun's WebSocket, and a raw socket that can stop reading as a phone does that falls asleep: its
// kernel takes what fits, and nobody answers. A member does not know which one it has.

import { connect } from "node:net";
import { frame, OPCODE_CLOSE, OPCODE_PING, OPCODE_PONG, OPCODE_TEXT, textFrame } from "../wire.ts";

export interface LineEvents {
  open(): void;
  text(text: string): void;
  /** Once, at the end; `wasOpen` is false when it was never let in. */
  closed(code: number, wasOpen: boolean): void;
}

export interface Line {
  send(text: string): void;
  /** Ends it without a goodbye. */
  drop(): void;
}

export type OpenLine = (url: string, events: LineEvents) => Line;

const CLOSED_WITHOUT_CODE = 1006;

export const openWebSocket: OpenLine = (url, events) => {
  const socket = new WebSocket(url);
  let wasOpen = false;
  let isOver = false;
  const end = (code: number) => {
    if (isOver) return;
    isOver = true;
    events.closed(code, wasOpen);
  };
  socket.onopen = () => {
    wasOpen = true;
    events.open();
  };
  socket.onmessage = ({ data }) => {
    if (!isOver) events.text(String(data));
  };
  socket.onerror = () => {}; // `close` comes next
  socket.onclose = ({ code }) => end(code);
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    drop: () => {
      socket.terminate();
      end(CLOSED_WITHOUT_CODE);
    },
  };
};

/** A line that can be put to sleep: it reads nothing and answers nothing until it is woken. */
export class SleepyLine implements Line {
  readonly #socket;
  #held: Buffer = Buffer.alloc(0);
  #isUpgraded = false;
  #code = CLOSED_WITHOUT_CODE;
  isOver = false;

  private constructor(
    url: string,
    private readonly events: LineEvents,
  ) {
    const { hostname, port } = new URL(url);
    this.#socket = connect(Number(port), hostname);
    this.#socket.on("error", () => {});
    this.#socket.on("connect", () => this.#socket.write(upgradeRequest(hostname)));
    this.#socket.on("data", (chunk: Buffer) => this.#take(chunk));
    this.#socket.on("close", () => {
      this.isOver = true;
      events.closed(this.#code, this.#isUpgraded);
    });
  }

  /** Opens such lines, and tells of each new one. */
  static opener(onLine: (line: SleepyLine) => void): OpenLine {
    return (url, events) => {
      const line = new SleepyLine(url, events);
      onLine(line);
      return line;
    };
  }

  send(text: string): void {
    this.#socket.write(textFrame(text));
  }

  drop(): void {
    this.#socket.destroy();
  }

  sleep(): void {
    this.#socket.pause();
  }

  wake(): void {
    this.#socket.resume();
  }

  #take(chunk: Buffer): void {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    if (!this.#isUpgraded && !this.#upgrade()) return;
    for (;;) {
      const size = sizeOf(this.#held);
      if (size === null || this.#held.length < size.head + size.body) return;
      const opcode = (this.#held[0] ?? 0) & 0xf;
      const body = this.#held.subarray(size.head, size.head + size.body);
      this.#held = this.#held.subarray(size.head + size.body);
      this.#hear(opcode, body);
    }
  }

  /** Whether the server's answer is in, and is yes. */
  #upgrade(): boolean {
    const end = this.#held.indexOf("\r\n\r\n");
    if (end === -1) return false;
    if (!this.#held.toString("latin1", 0, end).startsWith("HTTP/1.1 101")) {
      this.drop();
      return false;
    }
    this.#held = this.#held.subarray(end + 4);
    this.#isUpgraded = true;
    this.events.open();
    return true;
  }

  #hear(opcode: number, body: Buffer): void {
    if (opcode === OPCODE_TEXT) this.events.text(body.toString("utf8"));
    if (opcode === OPCODE_PING) this.#socket.write(frame(OPCODE_PONG, body));
    if (opcode !== OPCODE_CLOSE) return;
    if (body.length >= 2) this.#code = body.readUInt16BE(0);
    this.#socket.end(frame(OPCODE_CLOSE, body.subarray(0, 2)));
  }
}

/** Of a server's frame, which is not masked; null while its head has not come. */
function sizeOf(bytes: Buffer): { head: number; body: number } | null {
  const short = bytes[1];
  if (short === undefined) return null;
  if (short < 126) return { head: 2, body: short };
  if (short === 126) return bytes.length < 4 ? null : { head: 4, body: bytes.readUInt16BE(2) };
  return bytes.length < 10 ? null : { head: 10, body: Number(bytes.readBigUInt64BE(2)) };
}

function upgradeRequest(host: string): string {
  const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13";
  return `GET / HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${key}\r\n\r\n`;
}
