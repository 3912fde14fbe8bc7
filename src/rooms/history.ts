// The bounded window behind resume: the last things a room was told, each with the number it has in the one order of the room.
// It answers whole or not at all; bounded by count and by size, so that a room's memory can be predicted [R32]. What a member says to some
// alone pushes out its own before it has taken half of what the others have [L33].
import { type RoomKept, textBytes } from "../limits/kept.ts";
import type { Event, Numbered } from "../protocol/events.ts";
import { type RoomEvent, recorded, restored } from "./historyRecord.ts";
import type { HistoryRecord, ToldRecord } from "./record.ts";
import type { Seat } from "./seat.ts";

/** What a room's history may hold, counted as the characters of each body and what a kept message costs besides [R32]. */
export const HISTORY_BYTES_MAX = 256 * 1024;
/** Bytes that a kept message costs besides its body: 640,000 of 100 characters took 441 bytes each. */
export const HISTORY_ENTRY_BYTES = 340;

/** Bytes that each of the seats takes that something was for. */
export const TARGET_BYTES = 8;

/** Something that was told to some alone. */
class Few {
  /** What the same sender said to some alone after this, while both are kept. */
  next: Told | null = null;

  constructor(
    readonly seats: readonly Seat[],
    /** What is kept of its sender; null: nobody counts that. */
    readonly share: Share | null,
  ) {}
}

/** Something the room was told, and whom it was for. */
interface Told {
  readonly seq: number;
  /** null: it is kept no more, and lies between others that are. */
  event: RoomEvent | null;
  /** Bytes that it takes [L31]. */
  readonly bytes: number;
  /** null: everyone; a seat: everyone but that one, whose doing it was. One field, since a kept message has the size of its fields. */
  readonly audience: Seat | Few | null;
}

/** What one member has said to some alone, as far as it is kept. */
class Share {
  count = 0;
  /** As the size of a history is counted. */
  size = 0;
  oldest: Told | null = null;
  newest: Told | null = null;

  constructor(readonly index: number) {}
}

export class History {
  /** The oldest kept stands at `#first`: shifting an array of hundreds for each message would cost more than the message. */
  #told: Told[] = [];
  #first = 0;
  /** How many after `#first` are kept no more. */
  #holes = 0;
  #size = 0;
  /** Bytes that all of it takes [L31]. */
  #bytes = 0;
  #seq = 0;
  /** The number of the last thing for all that is kept no more: nobody can be told whole what came after an earlier one. */
  #droppedSeq = 0;
  /** By the index of the member: those alone of whom something is kept. */
  readonly #shares = new Map<number, Share>();
  /** How many are kept beyond each share's half: these do not count against `countMax`, so that nobody else's go for them. */
  #spared = 0;
  readonly #shareMax: number;

  /**
   * @param countMax how many events are kept
   * @param kept the account of the room
   */
  constructor(
    private readonly countMax: number,
    private readonly kept: RoomKept,
  ) {
    this.#shareMax = Math.ceil(countMax / 2);
  }

  /** Goes on from a record. `seats`: those of the room by index; one that is gone is left out. */
  static restore(record: HistoryRecord, countMax: number, seats: ReadonlyMap<number, Seat>, kept: RoomKept): History {
    const history = new History(countMax, kept);
    for (const told of record.told) {
      const { event, except, only } = restored(told, seats);
      history.#seq = told.seq - 1;
      if (only === null) history.#keep(event, except);
      else history.#keepFor(event, only, told.event.kind === "message" ? told.event.index : null);
    }
    history.#seq = record.seq;
    history.#droppedSeq = record.droppedSeq;
    history.makeRoom(0);
    return history;
  }

  /** The record of it. @param isWhole whether a member may resume from it: else its number is all that is kept [R48] */
  record(isWhole: boolean): HistoryRecord {
    if (!isWhole) return { seq: this.#seq, droppedSeq: this.#seq, told: [] };
    return { seq: this.#seq, droppedSeq: this.#droppedSeq, told: this.#told.slice(this.#first).flatMap(toRecord) };
  }

  /** The number of the last thing told; 0 before the first. */
  get seq(): number {
    return this.#seq;
  }

  /** How many are kept. */
  get size(): number {
    return this.#told.length - this.#first - this.#holes;
  }

  /** Bytes that all of it takes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Gives the next number to an event for everyone but one, and keeps it. */
  add(event: RoomEvent, except: Seat | null): number {
    const told = this.#keep(event, except);
    this.#trim(null);
    return told.seq;
  }

  /**
   * Gives the next number to an event for some alone, and keeps it.
   * @param sender the index of the member whose share of the history is bounded; null: nobody's
   */
  addFor(event: RoomEvent, seats: readonly Seat[], sender: number | null): number {
    const told = this.#keepFor(event, seats, sender);
    this.#trim(told.audience instanceof Few ? told.audience.share : null);
    return told.seq;
  }

  /** Lets go of the oldest until the room may keep so many bytes more, or nothing is left. */
  makeRoom(bytes: number): void {
    while (this.size > 0 && !this.kept.fits(bytes)) this.#letGo(this.#told[this.#first]);
  }

  /** Everything after `since` that was meant for the seat, in order; null when that is not whole any more [R33]. */
  after(since: number, seat: Seat): Numbered[] | null {
    if (since < this.#droppedSeq || since < seat.wholeFrom || since > this.#seq) return null;
    const missed: Numbered[] = [];
    for (let at = this.#told.length - 1; at >= this.#first; at--) {
      const told = this.#told[at];
      if (told === undefined || told.seq <= since) break;
      const { seq, event, audience } = told;
      if (event === null) continue;
      if (audience instanceof Few ? audience.seats.includes(seat) : audience !== seat) missed.push({ seq, event });
    }
    return missed.reverse();
  }

  #keep(event: RoomEvent, audience: Seat | Few | null): Told {
    const targets = audience instanceof Few ? audience.seats.length * TARGET_BYTES : 0;
    const told: Told = { seq: ++this.#seq, event, bytes: bytesOf(event) + targets, audience };
    this.#told.push(told);
    this.#size += sizeOf(event);
    this.#bytes += told.bytes;
    this.kept.add(told.bytes);
    return told;
  }

  #keepFor(event: RoomEvent, seats: readonly Seat[], sender: number | null): Told {
    const share = sender === null ? null : this.#shareOf(sender);
    const told = this.#keep(event, new Few(seats, share));
    if (share === null) return told;
    if (share.newest?.audience instanceof Few) share.newest.audience.next = told;
    share.oldest ??= told;
    share.newest = told;
    share.size += sizeOf(event);
    if (++share.count > this.#shareMax) this.#spared++;
    return told;
  }

  #shareOf(index: number): Share {
    const share = this.#shares.get(index) ?? new Share(index);
    this.#shares.set(index, share);
    return share;
  }

  /** Lets go of what is too much. @param share of the member that has added; null: what was added is in nobody's */
  #trim(share: Share | null): void {
    while (this.size > 0) {
      const isShareFull = share !== null && share.count > this.countMax;
      const isOver = !this.kept.fits(0);
      const isTooLarge = isOver || this.#size > HISTORY_BYTES_MAX;
      if (!isShareFull && !isTooLarge && this.size - this.#spared <= this.countMax) return;
      if (isOver) this.kept.reached();
      const isOwn = isShareFull || (isTooLarge && share !== null && share.size * 2 > this.#size);
      this.#letGo((isOwn ? share?.oldest : null) ?? this.#told[this.#first]);
    }
  }

  /** Lets go of the oldest of all, or of a share. */
  #letGo(told: Told | undefined): void {
    if (told === undefined) return;
    this.#discount(told);
    if (told === this.#told[this.#first]) this.#first++;
    else {
      // Its place is kept, and nothing of what it held. The oldest is not written to: memory that is cold by now.
      told.event = null;
      this.#holes++;
    }
    while (this.#holes > 0 && this.#told[this.#first]?.event === null) {
      this.#first++;
      this.#holes--;
    }
    // At least half of the array is kept no more by now: one copy of the other half pays for as many drops.
    if ((this.#first + this.#holes) * 2 < this.#told.length) return;
    const rest = this.#told.slice(this.#first);
    this.#told = this.#holes === 0 ? rest : rest.filter(({ event }) => event !== null);
    this.#first = 0;
    this.#holes = 0;
  }

  #discount({ event, seq, bytes, audience }: Told): void {
    const size = event === null ? 0 : sizeOf(event);
    this.#size -= size;
    this.#bytes -= bytes;
    this.kept.add(-bytes);
    if (!(audience instanceof Few)) {
      // Of those for all the oldest goes first.
      this.#droppedSeq = seq;
      return;
    }
    for (const seat of audience.seats) seat.wholeFrom = Math.max(seat.wholeFrom, seq);
    const { share } = audience;
    if (share === null) return;
    // Of a share the oldest goes first, whichever way it goes.
    share.oldest = audience.next;
    share.size -= size;
    if (share.count-- > this.#shareMax) this.#spared--;
    if (share.count === 0) this.#shares.delete(share.index);
  }
}

/** What a kept event counts as in its own room: its body's characters, and HISTORY_ENTRY_BYTES for all around it [R32]. */
function sizeOf(event: RoomEvent): number {
  return HISTORY_ENTRY_BYTES + ("body" in event ? event.body.length : toldChars(event));
}

/** The bytes it takes [L31]. */
function bytesOf(event: RoomEvent): number {
  if ("body" in event) return HISTORY_ENTRY_BYTES + textBytes(event.body);
  if (event.kind === "poll") return HISTORY_ENTRY_BYTES + 2 * toldChars(event);
  return HISTORY_ENTRY_BYTES + (event.kind === "shared" ? textBytes(event.state) + textBytes(event.player) : 0);
}

function toRecord({ seq, event, audience }: Told): ToldRecord[] {
  if (event === null) return [];
  return audience instanceof Few
    ? [recorded({ seq, event, except: null, only: audience.seats })]
    : [recorded({ seq, event, except: audience, only: null })];
}

/** Characters of what was told in it, which most events have none of. */
export function toldChars(event: Event): number {
  if ("body" in event) return event.body.length;
  return event.kind === "poll" ? event.question.options.reduce((sum, { length }) => sum + length + 8, 0) : 0;
}
