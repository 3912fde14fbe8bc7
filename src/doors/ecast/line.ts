// One WebSocket to a room of the other platform: dialled, bounded, pinged, and let go of at the first sign that it is not what it should be. Nothing
// is ever said on it but pings. What is said on it, it does not read.
import type { Clock } from "../../clock.ts";
import { AGENT } from "./directory.ts";

/** From one ping to the next, and how long its pong may take, in ms. */
const PING_MS = 20_000;
const PONG_MS = 10_000;
/** For a close to be answered. */
const GOODBYE_MS = 2_000;
/** Characters of one frame: the largest that were heard of have some 100,000. */
const FRAME_CHARS_MAX = 1024 * 1024;
/** Frames, and characters, that a line may say within ten seconds: reading more would take the loop from the rooms of our own. */
const SPAN_MS = 10_000;
const SPAN_FRAMES_MAX = 2_000;
const SPAN_CHARS_MAX = 4 * 1024 * 1024;

export interface LineHeard {
  said(text: string): void;
  /** It is no more, or never was; nothing follows. `trouble`: why, for the log. */
  gone(trouble: string): void;
}

/** A line that was dialled: `close` lets go of it, and nothing is heard from then on. */
export interface EcastLine {
  close(): void;
}

/** Dials; nothing is heard within the call. @param url as `wss://host/path` */
export type Dial = (url: string, heard: LineHeard) => EcastLine;

/** Dials with this clock. */
export function dialler(clock: Clock): Dial {
  return (url, heard) => new SocketLine(url, heard, clock);
}

const OPTIONS = {
  protocols: ["ecast-v0"],
  headers: { origin: "https://jackbox.tv", "user-agent": AGENT },
  // Without this 200 kB on the wire became 380 MB here.
  perMessageDeflate: false,
};

class SocketLine implements EcastLine {
  readonly #socket: WebSocket;
  #cancel: (() => void) | null = null;
  #isOver = false;
  #spanUntil = 0;
  #frames = 0;
  #chars = 0;

  constructor(
    url: string,
    private readonly heard: LineHeard,
    private readonly clock: Clock,
  ) {
    const socket = new WebSocket(url, OPTIONS);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#pingLater();
    socket.onmessage = ({ data }) => this.#read(data);
    socket.onclose = ({ code }) => this.#drop(`line: closed ${code}`);
    // A close follows, which says all that matters.
    socket.onerror = () => {};
    socket.addEventListener("pong", () => {
      if (this.#mayGoOn(0)) this.#pingLater();
    });
    // Bun answers each by itself: a server that did nothing else took the whole loop.
    socket.addEventListener("ping", () => this.#mayGoOn(0));
    this.#socket = socket;
  }

  close(): void {
    if (this.#isOver) return;
    this.#end();
    const socket = this.#socket;
    if (socket.readyState !== WebSocket.OPEN) {
      socket.terminate();
      return;
    }
    socket.close(1000);
    // Who never answers a close would keep the socket for a minute.
    this.clock.after(GOODBYE_MS, () => socket.terminate());
  }

  /** It is not what it should be. */
  #drop(trouble: string): void {
    if (this.#isOver) return;
    this.#end();
    this.#socket.terminate();
    this.heard.gone(trouble);
  }

  #end(): void {
    this.#isOver = true;
    this.#cancel?.();
    // What still comes is read by nobody.
    this.#socket.onmessage = null;
  }

  #read(data: unknown): void {
    if (this.#isOver) return;
    if (typeof data !== "string") this.#drop("line: binary frame");
    else if (data.length > FRAME_CHARS_MAX) this.#drop("line: frame too long");
    else if (this.#mayGoOn(data.length)) this.heard.said(data);
  }

  /** Counts a frame of any kind; a line that says too much is let go of. */
  #mayGoOn(chars: number): boolean {
    if (this.#isOver) return false;
    const mayGoOn = this.#hasRoomFor(chars);
    if (!mayGoOn) this.#drop("line: too fast");
    return mayGoOn;
  }

  #hasRoomFor(chars: number): boolean {
    const now = this.clock.now();
    if (now >= this.#spanUntil) {
      this.#spanUntil = now + SPAN_MS;
      this.#frames = 0;
      this.#chars = 0;
    }
    this.#frames++;
    this.#chars += chars;
    return this.#frames <= SPAN_FRAMES_MAX && this.#chars <= SPAN_CHARS_MAX;
  }

  /** The line has just shown that it lives. */
  #pingLater(): void {
    if (this.#isOver) return;
    this.#cancel?.();
    this.#cancel = this.clock.after(PING_MS, () => {
      this.#cancel = this.clock.after(PONG_MS, () => this.#drop("line: no pong"));
      this.#socket.ping();
    });
  }
}
