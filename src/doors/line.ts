// One open WebSocket, as the core's Line: it writes with its dialect and keeps what the door knows of its client. A line of
// 10,000 idle phones is mostly this object, so it stays small.
import type { Dialect } from "../dialects/dialect.ts";
import type { Admission } from "../limits/connections.ts";
import type { JoiningLine } from "../limits/joins.ts";
import { UNSENT_BYTES_HARD_MAX, WIRE } from "../limits/table.ts";
import { Window } from "../limits/window.ts";
import type { Counts } from "../metrics/tally.ts";
import type { Asked, Command } from "../protocol/commands.ts";
import type { Event } from "../protocol/events.ts";
import { CLOSES, type CloseName, comeback } from "../protocol/refusals.ts";
import type { Member, Room } from "../rooms/room.ts";
import type { Line } from "../rooms/seat.ts";

/** What the doors use of a WebSocket: Bun's own has it, and so has the stand-in for one that is open to another node [N3]. */
export interface Socket {
  readonly data: SocketLine;
  /** Answers the bytes; −1: it waits for the reader; 0: it is gone. */
  send(text: string): number;
  /** To all that listen to the topic but this one; answers the bytes, as `send` does. */
  publish(topic: string, text: string, compress: boolean): number;
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
  pause(): void;
  resume(): void;
  ping(): void;
  /** Bytes that wait for the reader. */
  getBufferedAmount(): number;
  close(code: number, reason: string): void;
}

/** Why the member of a closed line is gone; `held`: its seat waits, since the server sent it away. */
export type Gone = "lost" | "timeout" | "held";

/** The way of a line whose frames are not read here: to the owner of its room; at the owner, back to where it came from. */
export interface Far {
  /** Whether its member is the host of its room: hosts have wider rates. */
  readonly isHost: boolean;
  /** Whether it has a seat or a token there: else it is as idle as a line here that has neither. */
  readonly isSettled: boolean;
  /** Hands a frame over, unread, after the line's bucket. */
  say(line: SocketLine, text: string): void;
  /** The line has closed, with that code. */
  shut(how: Gone, code: number): void;
}

/** From here on a text is measured, and looked at whether the line has room for it. */
const LARGE_BYTES = 16 * 1024;

/** The longest pause that a closing server asks for: it spreads the return of everyone. */
const RETRY_AFTER_MS_MAX = 5_000;

/** A pause of a line's reads. Frames still come in, since Bun hands over what it had read before: one receive buffer at most. */
export interface Pause {
  /** The frames that came meanwhile; those before `next` have been read. */
  readonly frames: string[];
  next: number;
  /** What its frames take, as it is counted at the line's address [L42]. */
  keptBytes: number;
  /** Whether a request waits its turn: until it is carried out, no frame is read. */
  isParked: boolean;
  /** The request that waits for the write limit alone [L19]: it is carried out even if the line closes meanwhile [R21]. */
  pending: Command | null;
  /** Since when it floods without a break, in ms. */
  floodFrom: number;
  cancel: (() => void) | null;
}

export class SocketLine implements Line<Room>, JoiningLine {
  /** Set when the upgrade is done, before anything can come in. */
  socket!: Socket;
  seat: Member | null = null;
  /** The topic that this line alone hears, once someone spoke to it alone (see outlet.ts). */
  ownTopic: string | null = null;
  /** Whether it is told ticks, and answers them: then a pong of its library is no sign of life [L40]. */
  ticks: boolean | "answer" = false;
  /** Its way to the node that its frames go to unread; null where they are read here, which is always so at one node [N3]. */
  far: Far | null = null;
  /** The pause of its reads; null while they are not paused (see pacing.ts). */
  pause: Pause | null = null;
  /** The levels of its two buckets, and when they were last filled, in ms (see rates.ts): the first look makes them full. */
  messagesLeft = 0;
  bytesLeft = 0;
  filledAt = Number.NEGATIVE_INFINITY;
  heardAt: number;
  pingedAt: number;
  readonly openedAt: number;
  /** Until when the sweep has seen it in a room, or with a token, in ms. */
  seatedAt: number;
  /** Pings of ours that have not been answered yet. */
  pingsOut = 0;
  /** Whether it has shown a token. */
  isTrusted = false;
  /** Which slice of the sweep visits it. */
  slice = 0;
  placeInSlice = 0;
  hasSpoken = false;
  isOpen = true;
  /** How the server closed the line; null where it did not. */
  closedAs: CloseName | null = null;
  /** Whether the client had bytes left to read when the server closed the line. */
  leavesUnread = false;
  /** When frames came that could not be read; null: none since the last that could. */
  unreadable: Window | null = null;
  refusedJoins = 0;
  /** What it may still join (see limits/joins.ts). */
  joins: JoiningLine["joins"] = null;

  constructor(
    readonly dialect: Dialect,
    /** What it shares with the other lines of its address. */
    readonly shared: Admission,
    readonly origin: string,
    private readonly counts: Counts,
    now: number,
  ) {
    this.heardAt = now;
    this.pingedAt = now;
    this.openedAt = now;
    this.seatedAt = now;
  }

  get address(): string {
    return this.shared.address;
  }

  get number(): number | null {
    return null;
  }

  /** What its client has left unread of what it was told, for who tells it much of its own accord. */
  get unreadBytes(): number {
    return this.socket.getBufferedAmount();
  }

  /** Whether its socket is open to another node. */
  get isGuest(): boolean {
    return false;
  }

  /** Whether what it had sent before it closed still counts: not of one that was closed for a fault. The drain's lines have done no wrong [L17]. */
  get isHeardOut(): boolean {
    return this.closedAs === null || this.closedAs === "goingAway";
  }

  get wire(): string {
    return this.dialect.name;
  }

  /** Answers the bytes of what was sent; where that is little, its UTF-16 units: near enough, and free. */
  tell(event: Event, asked?: Asked): number {
    if (!this.isOpen) return 0;
    const text = this.dialect.encode(event, asked);
    if (text === null) return 0;
    const followUps = this.dialect.followUps?.(event);
    let bytes = bytesOf(text);
    if (followUps !== undefined) for (const frame of followUps) bytes += bytesOf(frame);
    if (!this.hasRoomFor(bytes)) return 0;
    this.send(text);
    if (followUps !== undefined) for (const frame of followUps) this.send(frame);
    return bytes;
  }

  /** Sends a frame that another node has encoded, and counted as sent; answers its bytes as `tell` does [N3]. */
  pass(text: string): number {
    if (!this.isOpen) return 0;
    const bytes = bytesOf(text);
    if (!this.hasRoomFor(bytes)) return 0;
    if (this.socket.send(text) === 0) this.counts.dropped++;
    return bytes;
  }

  /** Closes the line where there is none: Bun would end it without a code, and without the last of what it was told [L37]. */
  private hasRoomFor(bytes: number): boolean {
    if (bytes < LARGE_BYTES || this.socket.getBufferedAmount() + bytes <= UNSENT_BYTES_HARD_MAX) return true;
    this.close("tooSlow");
    return false;
  }

  private send(text: string): void {
    const sent = this.socket.send(text);
    this.counts.messagesOut++;
    // −1: Bun has taken it, and it waits for the reader. 0: Bun has not, and closes the line (closeOnBackpressureLimit).
    if (sent > 0) this.counts.bytesOut += sent;
    else if (sent === 0) this.counts.dropped++;
  }

  /** One more frame came that no client of this wire could have meant: whether that is too many of them in a row [L12]. */
  countUnreadable(now: number): boolean {
    this.unreadable ??= new Window(WIRE.unreadableFramesMax, WIRE.unreadableSpanMs);
    this.unreadable.add(now);
    return this.unreadable.isFull(now);
  }

  close(how: CloseName, reason?: string): void {
    if (!this.isOpen) return;
    const close = CLOSES[how];
    this.tell({ kind: "bye", close, reason: reason ?? close.text, retryAfterMs: retryAfterMs(close.code) });
    this.end(how);
  }

  /** Closes the line, whose client has been told so. */
  end(how: CloseName): void {
    if (!this.isOpen) return;
    const close = CLOSES[how];
    this.closedAs = how;
    this.leavesUnread = this.socket.getBufferedAmount() > 0;
    // A paused line would not see the client's answer to the close, and would keep its descriptor until the idle timer.
    if (this.pause !== null) this.socket.resume();
    this.socket.close(close.code, close.text);
  }
}

/** A line of a wire that numbers its lines. A class of its own, so that the lines of other wires carry no field for it. */
export class CountedLine extends SocketLine {
  #number: number | null = null;

  override get number(): number | null {
    return this.#number;
  }

  /** Gives the line its number: once, when it is surely open. */
  count(number: number): void {
    this.#number = number;
  }
}

/** Bytes of a text; of a short one its UTF-16 units, which are free. */
function bytesOf(text: string): number {
  return text.length < LARGE_BYTES ? text.length : Buffer.byteLength(text);
}

/** Milliseconds at random, so that lines that were closed together do not come back together. */
function retryAfterMs(code: number): number {
  if (comeback(code) === "stop") return 0;
  const least = comeback(code) === "pause" ? 1_000 : 0;
  return Math.round(least + Math.random() * (RETRY_AFTER_MS_MAX - least));
}
