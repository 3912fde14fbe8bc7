// Lines and an outlet that write down what they were told: the core is tested with these, without a socket.

import { encode } from "../../src/dialects/party/encode.ts";
import type { Asked } from "../../src/protocol/commands.ts";
import type { Event, SessionEvent } from "../../src/protocol/events.ts";
import type { CloseName } from "../../src/protocol/refusals.ts";
import type { Outlet, RoomFace } from "../../src/rooms/ports.ts";
import type { Member, Room } from "../../src/rooms/room.ts";
import type { Line } from "../../src/rooms/seat.ts";
import type { Fanout } from "../../src/sessions/ports.ts";

/** What a line was told, with its number in a room with history. */
export interface Entry {
  readonly seq: number | null;
  readonly event: Event;
}

export class NotebookLine implements Line<Room> {
  seat: Member | null = null;
  readonly told: Entry[] = [];
  closedAs: CloseName | null = null;
  /** The room it hears, as the outlet was told. */
  hears: RoomFace | null = null;
  /** The room whose audience it is of. */
  watches: RoomFace | null = null;

  constructor(
    readonly wire = "party",
    readonly address = "192.0.2.1",
    readonly origin = "unknown",
    readonly number: number | null = null,
  ) {}

  tell(event: Event): void {
    this.write(event, null);
  }

  /** Told by the outlet. */
  write(event: Event, seq: number | null): void {
    this.told.push({ seq, event: plain(event) });
  }

  close(how: CloseName): void {
    this.closedAs = how;
  }

  /** What it was told since it was last asked. */
  heard(): Event[] {
    return this.heardNumbered().map(({ event }) => event);
  }

  /** The same, with the numbers. */
  heardNumbered(): Entry[] {
    return this.told.splice(0);
  }
}

export class NotebookOutlet implements Outlet {
  readonly #lines = new Set<NotebookLine>();
  readonly #watching = new Set<NotebookLine>();

  enter(line: Line, room: RoomFace): void {
    const notebook = line as NotebookLine;
    notebook.hears = room;
    this.#lines.add(notebook);
  }

  quit(line: Line): void {
    const notebook = line as NotebookLine;
    notebook.hears = null;
    this.#lines.delete(notebook);
  }

  tellAll(room: RoomFace, event: Event, seq: number | null): void {
    this.tellRoom(room, event, null, seq);
  }

  attend(line: Line, room: RoomFace): void {
    const notebook = line as NotebookLine;
    notebook.watches = room;
    this.#watching.add(notebook);
  }

  unattend(line: Line): void {
    const notebook = line as NotebookLine;
    notebook.watches = null;
    this.#watching.delete(notebook);
  }

  tellAudience(room: RoomFace, event: Event): void {
    for (const line of this.#watching) if (line.watches === room) line.write(event, null);
  }

  tellRoom(room: RoomFace, event: Event, except: Line | null, seq: number | null): void {
    for (const line of this.#lines) if (line.hears === room && line !== except) line.write(event, seq);
  }

  tellOne(line: Line, _room: RoomFace, event: Event, seq: number | null): void {
    (line as NotebookLine).write(event, seq);
  }

  tellSome(lines: readonly Line[], _room: RoomFace, event: Event, seq: number | null): void {
    for (const line of lines) (line as NotebookLine).write(event, seq);
  }

  /** Every room is told in the words of `party`. */
  sizeOf(_room: RoomFace, answer: Event, asked: Asked): number {
    return Buffer.byteLength(encode(answer, asked) ?? "");
  }
}

/** The live socket as a notebook: what all were told, and what each session's subscribers were; and who listens to what. */
export class NotebookFanout implements Fanout {
  readonly toldAll: SessionEvent[] = [];
  readonly told: { readonly sessionId: number; readonly event: SessionEvent }[] = [];
  readonly #all = new Set<Line>();
  readonly #subscribed = new Map<number, Set<Line>>();
  /** What each line is said to have left unread. */
  unread = 0;

  toAll(event: SessionEvent): void {
    this.toldAll.push(event);
    for (const line of this.#all) line.tell(event);
  }

  toSubscribers(sessionId: number, event: SessionEvent): void {
    this.told.push({ sessionId, event });
    for (const line of this.#subscribed.get(sessionId) ?? []) line.tell(event);
  }

  admit(line: Line): void {
    this.#all.add(line);
  }

  dismiss(line: Line): void {
    this.#all.delete(line);
  }

  subscribe(line: Line, sessionId: number): void {
    const subscribed = this.#subscribed.get(sessionId) ?? new Set();
    this.#subscribed.set(sessionId, subscribed.add(line));
  }

  unsubscribe(line: Line, sessionId: number): void {
    this.#subscribed.get(sessionId)?.delete(line);
  }

  unreadBytes(): number {
    return this.unread;
  }
}

/** The event without the seat behind it: who speaks is a name and an index here. */
export function plain(event: Event): Event {
  if (event.kind !== "message") return event;
  const { clientId, index } = event.from;
  return { ...event, from: { clientId, index, messageHead: null } };
}
