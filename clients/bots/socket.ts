// A bot's socket: the runtime's WebSocket as the client takes it, and somebody who reads along. What the client makes of a frame is the client's
// business; what came by the wire is judged here, so that a fault of either is seen.
import type { SocketLike } from "../js/src/index.ts";

/** Hears what goes by on one bot's lines. */
export interface Reader {
  /** A frame has come, before the client hears of it. */
  heard(frame: Heard): void;
  /** The client says that. */
  said(text: string): void;
  opened(): void;
  /** The line is over, with the code it was closed with; null: the client let it go. */
  closed(code: number | null): void;
}

/** What of a frame is looked at. */
export interface Heard {
  readonly type: string;
  readonly id?: unknown;
  readonly seq?: number;
  readonly from?: string;
  readonly data?: unknown;
  readonly code?: string | number;
  readonly epoch?: string;
  readonly resumed?: boolean;
  readonly missed?: readonly Heard[];
  readonly done?: unknown;
  readonly undone?: readonly unknown[];
}

type Hear = ((event: never) => void) | null;

export class ReadSocket implements SocketLike {
  onopen: Hear = null;
  onmessage: Hear = null;
  onclose: Hear = null;
  onerror: Hear = null;
  readonly #socket: WebSocket;
  #isOver = false;

  /** @param host what the server is called, whatever stands between */
  constructor(
    url: string,
    host: string,
    private readonly reader: Reader,
  ) {
    // Deflate would cost the bots more than all they say.
    const options = { headers: { host }, perMessageDeflate: false };
    this.#socket = new WebSocket(url, options as unknown as string);
    this.#socket.onopen = (event) => {
      reader.opened();
      this.onopen?.(event as never);
    };
    this.#socket.onmessage = (event) => this.#heard(event);
    this.#socket.onclose = (event) => {
      this.#over(event.code);
      this.onclose?.(event as never);
    };
    this.#socket.onerror = (event) => this.onerror?.(event as never);
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  send(text: string): void {
    this.#socket.send(text);
    this.reader.said(text);
  }

  close(): void {
    this.#over(null);
    this.#socket.close();
  }

  #heard(event: MessageEvent): void {
    // The client has another line by now, and hears nothing of this one.
    if (this.#isOver) return;
    let frame: Heard | null = null;
    try {
      frame = JSON.parse(`${event.data}`);
    } catch {
      // Whatever answers there is no such server, and the client says so in its way.
    }
    if (frame !== null) this.reader.heard(frame);
    if (frame?.type === "bye") this.#over(Number(frame.code));
    this.onmessage?.(event as never);
  }

  #over(code: number | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.reader.closed(code);
  }
}
