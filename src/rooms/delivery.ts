// Tells a room what happens: gives each event its number, keeps it for members that come back, and hands it to the outlet, in the
// one order of the room [R19][R31]. It knows whom an event is for; who may say what, the room decides.
import type { RoomKept } from "../limits/kept.ts";
import { AUDIENCE, type ClientId, type Target } from "../protocol/commands.ts";
import type { Event, Numbered } from "../protocol/events.ts";
import { type Refusal, refuse } from "../protocol/refusals.ts";
import { History } from "./history.ts";
import type { RoomEvent } from "./historyRecord.ts";
import type { Members } from "./members.ts";
import type { Outlet, RoomSelf, Witness } from "./ports.ts";
import type { HistoryRecord } from "./record.ts";
import type { Line, Seat } from "./seat.ts";

export class Delivery {
  readonly #outlet: Outlet;
  readonly #witness: Witness;
  #history: History | null;
  /** Counts what a room without history was told, as its numbers do where it has one: one each time, however many hear it. */
  #told = 0;

  /** @param historyMax how many events are kept; 0: no event has a number */
  constructor(
    private readonly room: RoomSelf,
    private readonly members: Members<unknown>,
    { outlet, witness }: { readonly outlet: Outlet; readonly witness: Witness },
    private readonly kept: RoomKept,
    historyMax: number,
  ) {
    this.#outlet = outlet;
    this.#witness = witness;
    this.#history = historyMax > 0 ? new History(historyMax, kept) : null;
  }

  /** The number of the last thing told; null without history. */
  get seq(): number | null {
    return this.#history?.seq ?? null;
  }

  /** How much the room has been told, all in all: one for each message, never one for each that hears it [M4]. */
  get busy(): number {
    return this.#history?.seq ?? this.#told;
  }

  /** How many events are kept, and the bytes that they take. */
  get window(): { readonly events: number; readonly bytes: number } {
    return { events: this.#history?.size ?? 0, bytes: this.#history?.bytes ?? 0 };
  }

  /** Goes on from the record of a history. `seats`: those of the room by index. */
  restore(record: HistoryRecord, historyMax: number, seats: ReadonlyMap<number, Seat>): void {
    this.#history = History.restore(record, historyMax, seats, this.kept);
  }

  record(isWhole: boolean): HistoryRecord | null {
    return this.#history?.record(isWhole) ?? null;
  }

  /** What the seat missed since that number, whole; null when that cannot be told [R33]. */
  missed(since: number, seat: Seat): Numbered[] | null {
    return this.#history?.after(since, seat) ?? null;
  }

  /** Counts so many bytes more as kept, or fewer, if the room may keep them: old history goes for them first, and none in vain [L31]. */
  keep(more: number): boolean {
    const isKept = more <= 0 || this.#makeRoom(more);
    if (isKept) this.kept.add(more);
    else this.kept.reached();
    return isKept;
  }

  #makeRoom(bytes: number): boolean {
    if (this.kept.fits(bytes)) return true;
    if (this.#history === null || !this.kept.fits(bytes - this.#history.bytes)) return false;
    this.#history.makeRoom(bytes);
    return true;
  }

  /** Tells everyone but the seat whose doing it is; answers how many lines heard it. */
  tell(event: RoomEvent, by: Seat | null): number {
    // Each event but a message changes what the record of a running room holds.
    if (event.kind !== "message") this.#overheard(event);
    const seq = this.#history === null ? this.#count() : this.#history.add(event, by);
    const except = by?.line ?? null;
    this.#outlet.tellRoom(this.room, event, except, seq);
    return except === null ? this.members.here : this.members.here - 1;
  }

  /**
   * Tells everyone what is rare: of a seat whose own line does not hear the room (yet, or any more), of the lock, of the host. Answers how
   * many lines heard it.
   */
  tellOf(event: RoomEvent, seat: Seat | null): number {
    this.room.changed();
    this.#witness.told(this.room, event);
    this.room.audience?.hear(event);
    const seq = this.#history === null ? this.#count() : this.#history.add(event, seat);
    this.#outlet.tellAll(this.room, event, seq);
    return this.members.here;
  }

  /** Tells everyone what has no number and is not kept, since whoever comes back finds it in the picture; answers how many lines heard it. */
  tellNow(event: Event): number {
    this.room.audience?.hear(event);
    this.#outlet.tellRoom(this.room, event, null, null);
    return this.members.here;
  }

  /** Tells one member alone, as what is kept for it where it is away; answers how many lines heard it. */
  tellOnly(event: RoomEvent, seat: Seat): number {
    this.room.changed();
    const seq = this.#history === null ? this.#count() : this.#history.addFor(event, [seat], null);
    if (seat.line === null) return 0;
    this.#outlet.tellOne(seat.line, this.room, event, seq);
    return 1;
  }

  /** Tells one line what has no number, in order with what the room is told. */
  tellOneNow(line: Line, event: Event): void {
    this.#outlet.tellOne(line, this.room, event, null);
  }

  /**
   * Relays a body; answers how many lines it was handed to.
   * @param sender the index of whoever has but a share of the history [L33]; null: the host, who may do worse to it
   */
  send(from: Seat, to: Target, body: string, sender: number | null): number | Refusal {
    const event: RoomEvent = { kind: "message", from, body };
    if (to === null) return this.tell(event, from);
    if (typeof to === "object") return this.#sendToSome(to, event, sender);
    if (to === AUDIENCE) {
      const told = this.#sendToAudience(event, sender);
      if (told !== null) return told;
    }
    const seat = typeof to === "string" ? this.members.get(to) : this.members.at(to);
    if (seat === undefined || !this.#canHear(seat)) return refuse("target_not_found");
    const seq = this.#history === null ? this.#count() : this.#history.addFor(event, [seat], sender);
    if (seat.line === null) return 0;
    this.#outlet.tellOne(seat.line, this.room, event, seq);
    return 1;
  }

  /** The host speaks to those who watch; null: nobody can, and a member is called so [C4]. */
  #sendToAudience(event: RoomEvent, sender: number | null): number | Refusal | null {
    const isThere = (this.room.rules.audienceMax ?? 0) > 0;
    if (!isThere) return this.members.get(AUDIENCE) === undefined ? refuse("no_audience") : null;
    if (sender !== null) return refuse("not_host");
    this.room.audience?.hear(event);
    return this.room.audience?.size ?? 0;
  }

  /** The record of the room is another, and those who watch hear what is for them. */
  #overheard(event: RoomEvent): void {
    this.room.changed();
    this.room.audience?.hear(event);
  }

  /** Relays to those of a list that are there; the refusal names the others [P9]. */
  #sendToSome(to: readonly ClientId[], event: RoomEvent, sender: number | null): number | Refusal {
    const seats = new Set<Seat>();
    const missing: ClientId[] = [];
    for (const clientId of to) {
      const seat = this.members.get(clientId);
      if (seat === undefined || !this.#canHear(seat)) missing.push(clientId);
      else seats.add(seat);
    }
    const lines = [...seats].flatMap((seat) => seat.line ?? []);
    if (seats.size > 0) {
      const seq = this.#history === null ? this.#count() : this.#history.addFor(event, [...seats], sender);
      this.#outlet.tellSome(lines, this.room, event, seq);
    }
    return missing.length === 0 ? lines.length : refuse("target_not_found", { missing, delivered: lines.length });
  }

  /** Without history what is told has no number, and is counted. */
  #count(): null {
    this.#told++;
    return null;
  }

  /** A member that is away hears it when it comes back, where there is a history [R34]. */
  #canHear(seat: Seat): boolean {
    return seat.line !== null || (seat.isAway && this.#history !== null);
  }
}
