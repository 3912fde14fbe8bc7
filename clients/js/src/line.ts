// The line to the server: opened again and again until it is ended, each time with what the server asked for and no faster. It knows sockets
// and time, and nothing of rooms. A dead socket is let go at once: its own `close` may be told a minute later, or never.

import { isHidden, watchWake } from "./wake.ts";
import type { ByeFrame, Frame, Request } from "./wire.ts";

/** As much of a WebSocket as is needed: browsers' own, Bun's, and that of the package `ws`. */
export interface SocketLike {
  readonly bufferedAmount: number;
  send(text: string): void;
  close(): void;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
}

export interface LineOptions {
  readonly url: string;
  /** Opens a socket; `new WebSocket(url)` unless said. */
  readonly socket: (url: string) => SocketLike;
  /** How long one attempt may take until the room has answered, in ms. */
  readonly connectMs: number;
  readonly log: (text: string) => void;
}

interface Hears {
  /** A line is open: the room says what it wants. */
  opened(): void;
  told(frame: Frame): void;
  /** The line is lost, and the next one will be dialled. `code`: how the server closed it, where it did. */
  lost(code: number | undefined): void;
  /** The server has ended it for good. */
  ended(code: number, reason: string): void;
  /** The page goes to sleep: what is to be kept, now. */
  sleeps(): void;
  latency(ms: number): void;
}

const FIRST_RETRY_MS = 100;
const RETRY_MS = 250;
const RETRY_MS_MAX = 5_000;
/** Silence after which the server is asked for a sign of life, and after which there is none. */
const QUIET_MS = 4_000;
const DEAD_MS = 12_000;
/** How long a page that has woken waits for one; and for what was sent to it, where it slept so long that the server has given it up. */
const WAKE_MS = 2_500;
const LONG_SLEEP_MS = 20_000;
const LONG_SLEEP_WAKE_MS = 250;
const BEAT_MS = 1_000;
/** A clock that jumped so far: the machine was asleep. */
const JUMP_MS = 5_000;
/** Close codes after which the server says how long to stay away, so that not all come back at once. After 4103 and 4104 one comes back alone. */
const HERDS = [4100, 4101, 4102, 4200];

export class Line {
  #socket: SocketLike | null = null;
  #isOpen = false;
  /** Whether the room has answered on this socket. */
  #isSettled = false;
  #tries = 0;
  /** What the server asked for when it said goodbye, in ms. */
  #pauseMs = 0;
  #dialTimer: ReturnType<typeof setTimeout> | undefined;
  #attemptTimer: ReturnType<typeof setTimeout> | undefined;
  #wakeTimer: ReturnType<typeof setTimeout> | undefined;
  #beat: ReturnType<typeof setInterval> | undefined;
  #beatAt = Date.now();
  #heardAt = 0;
  #pingedAt = 0;
  #isWaitingToBeSeen = false;
  readonly #unwatch: () => void;
  /** The server's clock less ours, in ms, as far as a pong could tell. */
  clockMs = 0;

  constructor(
    private readonly options: LineOptions,
    private readonly hears: Hears,
  ) {
    this.#unwatch = watchWake(
      () => this.#wake(),
      () => hears.sleeps(),
    );
    this.#beat = setInterval(() => this.#look(), BEAT_MS);
    this.#dial();
  }

  /** How often it has been tried since it was last settled. */
  get tries(): number {
    return this.#tries;
  }

  /** Bytes that the socket has not sent yet. */
  get unsent(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  /** Sends where a line is open; whether it was. */
  send(request: Request | string): boolean {
    if (this.#socket === null || !this.#isOpen) return false;
    try {
      this.#socket.send(typeof request === "string" ? request : JSON.stringify(request));
      return true;
    } catch {
      // It is closing, and will say so.
      return false;
    }
  }

  /** The room has answered: this line is one. */
  settled(): void {
    this.#isSettled = true;
    this.#tries = 0;
    clearTimeout(this.#attemptTimer);
  }

  /** The room wants another line, in so many ms at the earliest. */
  again(ms: number): void {
    this.#pauseMs = ms;
    this.#lose(undefined);
  }

  /** No socket, timer or listener is left. */
  end(): void {
    this.#letGo();
    clearInterval(this.#beat);
    clearTimeout(this.#dialTimer);
    this.#unwatch();
    this.#isWaitingToBeSeen = false;
  }

  #dial(): void {
    clearTimeout(this.#dialTimer);
    this.#isWaitingToBeSeen = isHidden();
    if (this.#isWaitingToBeSeen) return;
    this.#attemptTimer = setTimeout(() => this.#lose(undefined), this.options.connectMs);
    let socket: SocketLike;
    try {
      socket = this.options.socket(this.options.url);
    } catch (error) {
      this.options.log(`no socket: ${error}`);
      this.#lose(undefined);
      return;
    }
    this.#socket = socket;
    socket.onopen = () => {
      this.#isOpen = true;
      this.#heardAt = Date.now();
      this.hears.opened();
    };
    socket.onmessage = ({ data }: { data: unknown }) => this.#hear(String(data));
    socket.onclose = ({ code }: { code: number }) => this.#lose(code);
    socket.onerror = () => this.#lose(undefined);
  }

  #hear(text: string): void {
    this.#heardAt = Date.now();
    const frame = parsed(text);
    if (frame === null) return;
    if (frame.type === "tick") this.#ping();
    else if (frame.type === "pong") this.#timed(frame.t);
    else if (frame.type === "bye") this.#bye(frame);
    else this.hears.told(frame);
  }

  #bye({ code, reason, retryAfterMs }: ByeFrame): void {
    if (HERDS.includes(code)) this.#pauseMs = retryAfterMs;
    this.#lose(code, reason);
  }

  #lose(code: number | undefined, reason = ""): void {
    this.#letGo();
    this.options.log(`line lost${code === undefined ? "" : ` (${code})`}`);
    if (code !== undefined && code >= 4000 && code < 4100) {
      this.hears.ended(code, reason);
      return;
    }
    const ms =
      this.#tries === 0
        ? Math.random() * FIRST_RETRY_MS
        : Math.min(RETRY_MS_MAX, RETRY_MS * 2 ** (this.#tries - 1)) * (0.5 + Math.random());
    this.#tries++;
    this.#dialTimer = setTimeout(() => this.#dial(), Math.max(ms, this.#pauseMs));
    this.#pauseMs = 0;
    this.hears.lost(code);
  }

  #letGo(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#isOpen = this.#isSettled = false;
    clearTimeout(this.#attemptTimer);
    clearTimeout(this.#wakeTimer);
    this.#wakeTimer = undefined;
    clearTimeout(this.#dialTimer);
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    // Not null: some libraries throw what nobody hears.
    socket.onerror = () => {};
    try {
      socket.close();
    } catch {
      // It was closed already.
    }
  }

  #ping(): void {
    this.#pingedAt = Date.now();
    this.send({ type: "ping" });
  }

  #timed(t: number): void {
    const now = Date.now();
    this.clockMs = t - (this.#pingedAt + now) / 2;
    this.hears.latency(now - this.#pingedAt);
  }

  /** Once a second: whether the machine slept, and whether the server is still there. */
  #look(): void {
    const now = Date.now();
    const hasJumped = now - this.#beatAt > BEAT_MS + JUMP_MS;
    this.#beatAt = now;
    if (isHidden()) return;
    if (hasJumped) this.#wake();
    if (!this.#isSettled || this.#wakeTimer !== undefined) return;
    const silentMs = now - this.#heardAt;
    if (silentMs > DEAD_MS) this.#lose(undefined);
    else if (silentMs > QUIET_MS && now - this.#pingedAt > QUIET_MS) this.#ping();
  }

  /** The page is looked at again, or the machine has woken: what stood may be gone. */
  #wake(): void {
    if (isHidden()) return;
    this.#beatAt = Date.now();
    if (this.#isWaitingToBeSeen) this.#dial();
    if (!this.#isSettled || this.#wakeTimer !== undefined) return;
    const heardAt = this.#heardAt;
    const hasSleptLong = Date.now() - heardAt > LONG_SLEEP_MS;
    this.#ping();
    this.#wakeTimer = setTimeout(
      () => {
        this.#wakeTimer = undefined;
        if (this.#heardAt === heardAt) this.#lose(undefined);
      },
      hasSleptLong ? LONG_SLEEP_WAKE_MS : WAKE_MS,
    );
  }
}

function parsed(text: string): Frame | null {
  try {
    return JSON.parse(text) as Frame;
  } catch {
    // The server sends none such; a proxy's page of error may look like one.
    return null;
  }
}
