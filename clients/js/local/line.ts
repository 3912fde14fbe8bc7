// The server's end of a line in memory, as the core's Line, and the core's Outlet over such lines. They write with the party dialect, as the
// doors of a server do.
import { encode } from "../../../src/dialects/party/encode.ts";
import type { Window } from "../../../src/limits/window.ts";
import type { Asked } from "../../../src/protocol/commands.ts";
import type { Event } from "../../../src/protocol/events.ts";
import { CLOSES, type CloseName } from "../../../src/protocol/refusals.ts";
import type { Outlet, RoomFace } from "../../../src/rooms/ports.ts";
import type { Member, Room } from "../../../src/rooms/room.ts";
import type { Line } from "../../../src/rooms/seat.ts";
import { utf8Bytes } from "./runtime.ts";
import type { LocalSocket } from "./socket.ts";

export class LocalLine implements Line<Room> {
  readonly wire = "party";
  readonly number = null;
  readonly address = "local";
  readonly origin = "unknown";
  seat: Member | null = null;
  isOpen = true;
  /** How the server closed it; null where it did not. */
  closedAs: CloseName | null = null;
  /** Whether it is told ticks, and answers them [L40]. */
  ticks: boolean | "answer" = false;
  /** When frames came that could not be read; null: none since the last that could [L12]. */
  unreadable: Window | null = null;
  /** The frames behind a request that waits for its seat [R35]; null: none waits. */
  waiting: string[] | null = null;
  /** What stops its timers, by what they are for. */
  readonly timers = new Map<"tick" | "dead" | "seat", () => void>();

  constructor(
    readonly socket: LocalSocket,
    /** Called once, when it is not open any more. */
    private readonly gone: (line: LocalLine) => void,
  ) {}

  tell(event: Event, asked?: Asked): void {
    if (!this.isOpen) return;
    const text = encode(event, asked);
    if (text !== null) this.socket.tell(text);
  }

  close(how: CloseName, reason?: string): void {
    if (!this.isOpen) return;
    const close = CLOSES[how];
    // No herd is to be spread here, so nobody is asked to stay away.
    this.tell({ kind: "bye", close, reason: reason ?? close.text, retryAfterMs: 0 });
    this.closedAs = how;
    this.end(close.code, close.text);
  }

  /** Ends the line with a code, and without a word. */
  end(code: number, reason: string): void {
    this.socket.end(code, reason);
    this.lose();
  }

  /** It is gone, whoever ended it. */
  lose(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    for (const stop of this.timers.values()) stop();
    this.gone(this);
  }
}

/** Tells the lines of a room, each event encoded once. */
export class LocalOutlet implements Outlet {
  readonly #rooms = new Map<RoomFace, Set<Line>>();
  /** Those who watch. */
  readonly #audiences = new Map<RoomFace, Set<Line>>();

  enter(line: Line, room: RoomFace): void {
    const lines = this.#rooms.get(room);
    if (lines === undefined) this.#rooms.set(room, new Set([line]));
    else lines.add(line);
  }

  quit(line: Line, room: RoomFace): void {
    const lines = this.#rooms.get(room);
    lines?.delete(line);
    if (lines?.size === 0) this.#rooms.delete(room);
  }

  attend(line: Line, room: RoomFace): void {
    const lines = this.#audiences.get(room) ?? new Set();
    this.#audiences.set(room, lines.add(line));
  }

  unattend(line: Line, room: RoomFace): void {
    const lines = this.#audiences.get(room);
    lines?.delete(line);
    if (lines?.size === 0) this.#audiences.delete(room);
  }

  tellAudience(room: RoomFace, event: Event): void {
    this.#tell([...(this.#audiences.get(room) ?? [])], room, event, null);
  }

  /** The line is gone, wherever it was. */
  forget(line: Line): void {
    for (const room of [...this.#rooms.keys()]) this.quit(line, room);
  }

  tellAll(room: RoomFace, event: Event, seq: number | null): void {
    this.tellRoom(room, event, null, seq);
  }

  tellRoom(room: RoomFace, event: Event, except: Line | null, seq: number | null): void {
    this.#tell(
      [...(this.#rooms.get(room) ?? [])].filter((line) => line !== except),
      room,
      event,
      seq,
    );
  }

  tellOne(line: Line, room: RoomFace, event: Event, seq: number | null): void {
    this.#tell([line], room, event, seq);
  }

  tellSome(lines: readonly Line[], room: RoomFace, event: Event, seq: number | null): void {
    this.#tell(lines, room, event, seq);
  }

  sizeOf(_room: RoomFace, answer: Event, asked: Asked): number {
    return utf8Bytes(encode(answer, asked) ?? "");
  }

  #tell(lines: readonly Line[], room: RoomFace, event: Event, seq: number | null): void {
    const text = encode(event, undefined, seq, room.wireData);
    if (text === null) return;
    for (const line of lines) if (line instanceof LocalLine && line.isOpen) line.socket.tell(text);
  }
}
