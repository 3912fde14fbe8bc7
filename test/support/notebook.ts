// Lines and an outlet that write down what they were told: the core is tested with these, without a socket.
import type { Line, Outlet } from "../../src/rooms/ports.ts";
import type { Room } from "../../src/rooms/room.ts";
import type { Seat } from "../../src/rooms/seat.ts";
import type { CloseName, Event } from "../../src/vocabulary.ts";

export class NotebookLine implements Line {
  seat: Seat | null = null;
  readonly told: Event[] = [];
  closedAs: CloseName | null = null;
  /** The room it hears, as the outlet was told. */
  hears: Room | null = null;

  constructor(
    readonly wire = "party",
    readonly address = "192.0.2.1",
    readonly origin = "unknown",
  ) {}

  tell(event: Event): void {
    this.told.push(plain(event));
  }

  close(how: CloseName): void {
    this.closedAs = how;
  }

  /** What it was told since it was last asked. */
  heard(): Event[] {
    return this.told.splice(0);
  }
}

export class NotebookOutlet implements Outlet {
  readonly #lines = new Set<NotebookLine>();

  enter(line: Line, room: Room): void {
    const notebook = line as NotebookLine;
    notebook.hears = room;
    this.#lines.add(notebook);
  }

  quit(line: Line): void {
    const notebook = line as NotebookLine;
    notebook.hears = null;
    this.#lines.delete(notebook);
  }

  tellRoom(room: Room, event: Event, except: Line | null): void {
    for (const line of this.#lines) if (line.hears === room && line !== except) line.tell(event);
  }

  tellOne(line: Line, _room: Room, event: Event): void {
    line.tell(event);
  }

  tellSome(lines: readonly Line[], _room: Room, event: Event): void {
    for (const line of lines) line.tell(event);
  }
}

/** The event without the seat behind it: who speaks is a clientId here. */
function plain(event: Event): Event {
  if (event.kind !== "message") return event;
  return { ...event, from: { clientId: event.from.clientId, messageHead: null } };
}
