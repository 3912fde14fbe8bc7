// What a client that keeps count would notice: for each seat, the numbers of what it heard live and of what it was told as missed,
// put end to end. Compared with what was meant for the seat: each once, in order, none left out [R31][R33].
import type { Numbered } from "../../src/protocol/events.ts";
import type { Entry } from "../support/notebook.ts";
import type { ModelSeat } from "./model.ts";

export class Sequences {
  readonly #marks = new WeakMap<ModelSeat, { next: number; last: number }>();

  /** The last number the seat's client has seen. */
  lastOf(seat: ModelSeat): number {
    return this.#mark(seat).last;
  }

  /** It sat down, or came back and is told `joined`. `since`: what it said it had seen. */
  joined(seat: ModelSeat, seq: number, since: number | null, missed: readonly Numbered[] | null | undefined): void {
    const mark = this.#mark(seat);
    if (missed == null || since === null) {
      mark.next = seat.meant.length;
    } else {
      const next = seat.meant.findIndex((meant) => meant > since);
      const from = next === -1 ? seat.meant.length : next;
      if (since === mark.last && from !== mark.next)
        throw new Error(`${seat.clientId} had lost count before it came back`);
      mark.next = from;
      mark.last = since;
      for (const { seq } of missed) this.#take(seat, seq);
      this.whole(seat);
    }
    mark.last = seq;
  }

  heard(seat: ModelSeat, entries: readonly Entry[]): void {
    for (const { seq } of entries) if (seq !== null) this.#take(seat, seq);
  }

  /** Throws where something that was meant for the seat has not reached it. */
  whole(seat: ModelSeat): void {
    const { next } = this.#mark(seat);
    if (next !== seat.meant.length) throw new Error(`${seat.clientId} was not told ${seat.meant.slice(next)}`);
  }

  #take(seat: ModelSeat, seq: number): void {
    const mark = this.#mark(seat);
    if (seq <= mark.last) throw new Error(`${seat.clientId} was told ${seq} after ${mark.last}`);
    if (seat.meant[mark.next] !== seq) {
      throw new Error(`${seat.clientId} was told ${seq}, and ${seat.meant[mark.next]} was next`);
    }
    mark.next++;
    mark.last = seq;
  }

  #mark(seat: ModelSeat): { next: number; last: number } {
    const mark = this.#marks.get(seat) ?? { next: 0, last: 0 };
    this.#marks.set(seat, mark);
    return mark;
  }
}
