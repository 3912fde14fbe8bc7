// What a file of rooms has not been told yet: which rooms have changed since it was told of them, and which have ended. It keeps names
// of rooms alone: a record is made when it is asked for, and held by nobody.
import type { RoomRecord } from "./record.ts";

interface Recorded {
  readonly id: string;
  readonly code: string;
  record(isWhole: boolean): RoomRecord | null;
}

/** The last word about a room. `record`: null where it has ended. */
export interface Word {
  readonly id: string;
  readonly record: RoomRecord | null;
}

export class Changes<R extends Recorded = Recorded> {
  readonly #changed = new Set<R>();
  #ended: string[] = [];

  /** @param all the rooms there are by code, as they come and go */
  constructor(private readonly all: ReadonlyMap<string, R>) {}

  /** Rooms that there is something to say of. */
  get size(): number {
    return this.#changed.size + this.#ended.length;
  }

  changed(room: R): void {
    // One that has ended, or is only being made, is none of them; a word about it after its end would bring it back.
    if (this.all.get(room.code) === room) this.#changed.add(room);
  }

  /** The room is none of them any more. */
  ended(room: R): void {
    this.#changed.delete(room);
    this.#ended.push(room.id);
  }

  /** Each room there is now, as it is when its turn comes: no room knows another, so what happens between two records does no harm. */
  *rooms(): Generator<Word> {
    // Those that are opened meanwhile come after these, and are news.
    let left = this.all.size;
    for (const room of this.all.values()) {
      if (left-- === 0) return;
      yield* this.#wordOf(room);
    }
  }

  /** What is new by now; what changes or ends meanwhile is news again. */
  *news(): Generator<Word> {
    const ended = this.#ended;
    this.#ended = [];
    for (const id of ended) yield { id, record: null };
    let left = this.#changed.size;
    for (const room of this.#changed) {
      if (left-- === 0) return;
      yield* this.#wordOf(room);
    }
  }

  *#wordOf(room: R): Generator<Word> {
    this.#changed.delete(room);
    const record = room.record(false);
    if (record !== null) yield { id: room.id, record };
  }
}
