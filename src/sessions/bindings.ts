// Which night goes on in which room: at most one a room, and one room at most a night. Knows neither what a night is nor whether it
// may end.
import type { Room } from "../rooms/room.ts";
import type { Subject } from "./eventLog.ts";

export class Bindings {
  readonly #sessions = new Map<Room, number>();
  readonly #rooms = new Map<number, Room>();

  /** The active session of a room, or null. */
  of(room: Room): number | null {
    return this.#sessions.get(room) ?? null;
  }

  /** Whom the events of a session are about. */
  subject(id: number): Subject {
    return { id, room: this.#rooms.get(id) ?? null };
  }

  bind(id: number, room: Room): void {
    this.#sessions.set(room, id);
    this.#rooms.set(id, room);
  }

  unbind(id: number): void {
    const room = this.#rooms.get(id);
    if (room !== undefined) this.#sessions.delete(room);
    this.#rooms.delete(id);
  }
}
