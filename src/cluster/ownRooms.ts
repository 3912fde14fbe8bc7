// The rooms of this node, as its estate needs them: which there are, which have changed, and how one comes up that was another's.
import type { Changes } from "../rooms/changes.ts";
import type { RoomRecord } from "../rooms/record.ts";
import type { Room } from "../rooms/room.ts";
import type { Rooms } from "../rooms/rooms.ts";

export interface OwnRooms {
  readonly size: number;
  /** How many more may come up here: none while the server goes. */
  readonly places: number;
  has(code: string): boolean;
  /** All of them; `address`: that which opened the room. */
  all(): Iterable<{ readonly code: string; readonly address: string }>;
  /** Those that have changed since this was asked last, each as it is when its turn comes. */
  news(): Iterator<RoomRecord>;
  /** What was news has not arrived. */
  again(code: string): void;
  /** All of them as they stay: nothing is told after it. */
  whole(): Iterable<RoomRecord>;
  /** @param isWhole whether nothing was told after the record: only then do its numbers go on. @returns whether it came up */
  restore(record: RoomRecord, isWhole: boolean): boolean;
}

export interface OwnRoomsOptions {
  readonly rooms: Rooms;
  readonly roomsMax: number;
  readonly isDraining: () => boolean;
  /** Whether this server has a dialect of that name: a room of any other could be told nothing. */
  readonly isWire: (name: string) => boolean;
}

/** The rooms themselves. Follows their changes, which nobody else may. */
export class FollowedRooms implements OwnRooms {
  readonly #changes: Changes<Room>;

  constructor(private readonly options: OwnRoomsOptions) {
    this.#changes = options.rooms.follow();
  }

  get size(): number {
    return this.options.rooms.size;
  }

  get places(): number {
    return this.options.isDraining() ? 0 : Math.max(0, this.options.roomsMax - this.size);
  }

  has(code: string): boolean {
    return this.options.rooms.at(code)?.code === code;
  }

  all(): Iterable<Room> {
    return this.options.rooms;
  }

  *news(): Generator<RoomRecord> {
    // What has ended is released by its code, not here.
    for (const { record } of this.#changes.news()) if (record !== null) yield record;
  }

  again(code: string): void {
    const room = this.options.rooms.at(code);
    if (room?.code === code) this.#changes.changed(room);
  }

  whole(): Iterable<RoomRecord> {
    return this.options.rooms.records(true);
  }

  restore(record: RoomRecord, isWhole: boolean): boolean {
    const { rooms, isWire } = this.options;
    return isWire(record.wire) && rooms.restore(record, isWhole) !== null;
  }
}

/** The rooms of a server that is put together only after its life has begun: none before. */
export function lateRooms(rooms: () => OwnRooms | null): OwnRooms {
  return {
    get size() {
      return rooms()?.size ?? 0;
    },
    get places() {
      return rooms()?.places ?? 0;
    },
    has: (code) => rooms()?.has(code) ?? false,
    all: () => rooms()?.all() ?? [],
    news: () => rooms()?.news() ?? [][Symbol.iterator](),
    again: (code) => rooms()?.again(code),
    whole: () => rooms()?.whole() ?? [],
    restore: (record, isWhole) => rooms()?.restore(record, isWhole) ?? false,
  };
}
