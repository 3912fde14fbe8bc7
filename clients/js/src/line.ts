// The line to the server: opened again and again until it is ended, each time with what the server asked for and no faster. It knows sockets
// and time, and nothing of rooms. A dead socket is let go at once: its own `close` may be told a minute later, or never.

import { isHidden, watchWake } from "./wake.ts";
import type { Frame } from "./wire.ts";

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
  /** Opens a socket where there is no `WebSocket`: `(url) => new WS(url)`. */
  readonly socket?: (url: string) => SocketLike;
  /** How long one attempt to get in may take, in ms; 5,000 unless said. */
  readonly connectMs?: number;
  /** Hears a line of text when something happens to the line. */
  readonly log?: (text: string) => void;
}

interface Hears {
  /** A line is open: the room says what it wants. */
  opened(): void;
  told(frame: Frame): void;
  /** The line is lost, and the next one will be dialled, for the so manieth time. `code`: how it was closed, where it was. */
  lost(code: number | undefined, tries: number): void;
  /** The server has ended it for good. */
  ended(code: number, reason: string): void;
  /** The page goes to sleep: what is to be kept, now. */
  sleeps(): void;
  /** A round trip took so long; the server's clock is so far ahead of ours. */
  timed(ms: number, aheadMs: number): void;
}

export interface Line {
  /** Sends where a line is open, and no more than so many bytes wait in it; whether it did. */
  send(text: string, unsentMax?: number): boolean;
  /** Asks for the server's clock, and a sign of life. */
  ping(): void;
  /** The room has answered: this line is one. */
  settled(): void;
  /** The room wants another line, in so many ms at the earliest. */
  again(ms: number): void;
  /** No socket, timer or listener is left. */
  end(): void;
}

/** An enum and no constants, since its values stand in the bundle where they are used. */
enum Ms {
  /** The first retry and the others, which take twice as long each time: give or take half. */
  FirstRetry = 66,
  Retry = 125,
  RetryMax = 5_000,
  /** Silence after which the server is asked for a sign of life, and after which there is none. */
  Quiet = 4_000,
  Dead = 12_000,
  /** How long a page that has woken waits for one; and for what was sent to it, where it slept so long that the server has given it up. */
  Wake = 2_500,
  LongSleep = 20_000,
  LongSleepWake = 300,
  Beat = 1_000,
  /** A clock that jumped so far from one beat to the next: the machine was asleep. */
  Jump = 6_000,
}
/** Close codes: up to the first, do not come back; up to the second, and after the third, many come back at once, each when the server said. */
enum Code {
  Ended = 4099,
  Herd = 4102,
  GoingAway = 4200,
}

export function openLine(options: LineOptions, hears: Hears): Line {
  const { url, connectMs = 5_000, log, socket: open = (url) => new WebSocket(url) as SocketLike } = options;
  let socket: SocketLike | null = null;
  /** Whether the room has answered on this socket. */
  let isSettled = false;
  /** Whether a page that has just woken waits for a sign of life. */
  let isWaking = false;
  let tries = 0;
  /** No dialling before: the server asked for it when it said goodbye. */
  let pausedUntil = 0;
  /** Of the next dialling, of an attempt, or of a waking: never of two of them. */
  let timer: ReturnType<typeof setTimeout> | undefined;
  let heardAt = 0;
  let beatAt = Date.now();
  /** When each ping was sent that has no pong yet: pongs come in the order of their pings. */
  let pings: number[] = [];

  const after = (ms: number, then: () => void) => {
    clearTimeout(timer);
    timer = setTimeout(then, ms);
  };

  const send = (text: string, unsentMax = 1e9) => {
    try {
      if (!socket || socket.bufferedAmount > unsentMax) return false;
      socket.send(text);
      return true;
    } catch {
      // It is not open yet, or closing, and will say so.
      return false;
    }
  };

  const ping = (now = Date.now()) => {
    pings.push(now);
    send('{"type":"ping"}');
  };

  const letGo = () => {
    clearTimeout(timer);
    isSettled = isWaking = false;
    pings = [];
    const dead = socket;
    socket = null;
    if (!dead) return;
    // Not null: some libraries throw an error that nobody hears.
    dead.onopen = dead.onmessage = dead.onclose = dead.onerror = () => {};
    dead.close();
  };

  const lose = (code = 0, reason = "") => {
    letGo();
    log?.(`${code}`);
    if (code >= 4000 && code <= Code.Ended) {
      hears.ended(code, reason);
      return;
    }
    const ms = Math.min(Ms.RetryMax, tries ? Ms.Retry * 2 ** tries : Ms.FirstRetry) * (0.5 + Math.random());
    after(Math.max(ms, pausedUntil - Date.now()), dial);
    hears.lost(code || undefined, ++tries);
  };

  const hear = (text: string) => {
    heardAt = Date.now();
    let frame: Frame;
    try {
      frame = JSON.parse(text);
    } catch {
      // The server sends none such: whatever else answers at that address is no line.
      return;
    }
    if (frame.type === "tick") ping();
    else if (frame.type === "pong") {
      const sentAt = pings.shift();
      if (sentAt) hears.timed(heardAt - sentAt, frame.t - (heardAt + sentAt) / 2);
    } else if (frame.type === "bye") {
      // After the others (4103, 4104) one comes back alone.
      if (frame.code <= Code.Herd || frame.code === Code.GoingAway) pausedUntil = heardAt + frame.retryAfterMs;
      lose(frame.code, frame.reason);
    } else hears.told(frame);
  };

  const dial = () => {
    clearTimeout(timer);
    // A page that nobody looks at dials when it wakes.
    if (isHidden()) return;
    after(connectMs, lose);
    try {
      socket = open(url);
    } catch (error) {
      log?.(`${error}`);
      return;
    }
    socket.onopen = hears.opened;
    socket.onmessage = ({ data }: { data: unknown }) => hear(`${data}`);
    socket.onclose = ({ code, reason }: { code: number; reason?: string }) => lose(code, reason);
    socket.onerror = () => lose();
  };

  /** The page is looked at again, or the machine has woken: what stood may be gone. */
  const wake = () => {
    if (isHidden()) return;
    const now = Date.now();
    if (!socket) {
      if (now >= pausedUntil) dial();
      return;
    }
    if (!isSettled || isWaking) return;
    isWaking = true;
    // Frames that came before the line died waited in the browser: they count for nothing, and only this ping's pong is a sign of life.
    after(now - Math.min(heardAt, beatAt) > Ms.LongSleep ? Ms.LongSleepWake : Ms.Wake, () => {
      isWaking = false;
      if (pings.includes(now)) lose();
    });
    ping(now);
  };

  /** Once a second: whether the machine slept, and whether the server is still there. */
  const look = () => {
    const now = Date.now();
    if (now - beatAt > Ms.Jump) wake();
    beatAt = now;
    if (!isSettled || isWaking || isHidden()) return;
    if (now - heardAt > Ms.Dead) lose();
    else if (now - heardAt > Ms.Quiet && !pings[0]) ping();
  };

  const unwatch = watchWake(wake, hears.sleeps);
  const beat = setInterval(look, Ms.Beat);
  dial();

  return {
    send,
    ping,
    settled() {
      clearTimeout(timer);
      isSettled = true;
      tries = 0;
    },
    again(ms) {
      pausedUntil = Date.now() + ms;
      lose();
    },
    end() {
      letGo();
      clearInterval(beat);
      unwatch();
    },
  };
}
