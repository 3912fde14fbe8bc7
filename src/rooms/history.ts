// The bounded window behind resume: the last things a room was told, each with the number it has in the one order of the room.
// It answers whole or not at all; bounded by count and by size, so that a room's record can be predicted [R32].
import { FIXED } from "../limits/table.ts";
import type { Event } from "../protocol/events.ts";
import { type HistoryRecord, restoreTold, toldRecord } from "./record.ts";
import type { Seat } from "./seat.ts";

/** Something the room was told, and whom it was for. */
export interface Told {
  readonly seq: number;
  readonly event: Event;
  /** The seat it was not for: whose doing it was. */
  readonly except: Seat | null;
  /** The seats it was for alone; null: everyone. */
  readonly only: readonly Seat[] | null;
}

export class History {
  /** The oldest kept stands at `#first`: shifting an array of hundreds for each message would cost more than the message. */
  #told: Told[] = [];
  #first = 0;
  #bytes = 0;
  #seq = 0;

  /** Keeps at most that many; none of them when 0. */
  constructor(private readonly countMax: number) {}

  /** Takes up what another has remembered. `seats`: by their indexes. */
  static restore({ seq, told }: HistoryRecord, countMax: number, seats: ReadonlyMap<number, Seat>): History {
    const history = new History(countMax);
    history.#seq = seq;
    history.#told = told.map((one) => restoreTold(one, seats));
    history.#bytes = history.#told.reduce((sum, one) => sum + sizeOf(one), 0);
    return history;
  }

  /** @param isWhole whether anyone may go on from it: else the number is all that is kept. */
  record(isWhole: boolean): HistoryRecord {
    return { seq: this.#seq, told: isWhole ? this.#told.slice(this.#first).map(toldRecord) : [] };
  }

  /** The number of the last thing told; 0 before the first. */
  get seq(): number {
    return this.#seq;
  }

  /** How many are kept. */
  get size(): number {
    return this.#told.length - this.#first;
  }

  /** Gives the next number to an event and keeps it. */
  add(event: Event, except: Seat | null, only: readonly Seat[] | null): number {
    const told: Told = { seq: ++this.#seq, event, except, only };
    this.#told.push(told);
    this.#bytes += sizeOf(told);
    while (this.size > this.countMax || (this.#bytes > FIXED.historyBytesMax && this.size > 0)) this.#dropOldest();
    return told.seq;
  }

  /** Everything after `since` that was meant for the seat, in order; null when the window does not reach back that far. */
  after(since: number, seat: Seat): Told[] | null {
    const oldest = this.#told[this.#first];
    const reachesBack = oldest === undefined ? since === this.#seq : since >= oldest.seq - 1;
    if (!reachesBack || since > this.#seq) return null;
    const missed: Told[] = [];
    for (let at = this.#told.length - 1; at >= this.#first; at--) {
      const told = this.#told[at];
      if (told === undefined || told.seq <= since) break;
      if (told.except !== seat && (told.only === null || told.only.includes(seat))) missed.push(told);
    }
    return missed.reverse();
  }

  #dropOldest(): void {
    const oldest = this.#told[this.#first++];
    if (oldest !== undefined) this.#bytes -= sizeOf(oldest);
    // Half of the array is empty places by now: move the rest to the front, once for as many drops.
    if (this.#first * 2 < this.#told.length) return;
    this.#told = this.#told.slice(this.#first);
    this.#first = 0;
  }
}

/** Bytes that something told is counted as: its body, and what stands around any event. */
function sizeOf({ event }: Told): number {
  return FIXED.historyEntryBytes + ("body" in event ? event.body.length : 0);
}
