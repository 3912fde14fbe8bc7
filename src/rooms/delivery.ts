// How a room speaks: everything it tells gets its number here, is kept for those who come back, and leaves through the outlet in the
// one order of the room [R19][R31]. It knows who is meant; who may say what is the room's to decide.
import type { ClientId, Target } from "../protocol/commands.ts";
import type { Event } from "../protocol/events.ts";
import { type Refusal, refuse } from "../protocol/refusals.ts";
import { History } from "./history.ts";
import type { Members } from "./members.ts";
import type { Outlet } from "./ports.ts";
import type { HistoryRecord } from "./record.ts";
import type { Room } from "./room.ts";
import type { Seat } from "./seat.ts";

export class Delivery {
  #history: History | null;

  /** @param historyMax how many are kept; 0: nothing has a number */
  constructor(
    private readonly room: Room,
    private readonly members: Members,
    private readonly outlet: Outlet,
    historyMax: number,
  ) {
    this.#history = historyMax > 0 ? new History(historyMax) : null;
  }

  /** The number of the last thing told; null without history. */
  get seq(): number | null {
    return this.#history?.seq ?? null;
  }

  /** Takes up what another has remembered. `seats`: by their indexes. */
  restore(record: HistoryRecord, historyMax: number, seats: ReadonlyMap<number, Seat>): void {
    this.#history = History.restore(record, historyMax, seats);
  }

  record(isWhole: boolean): HistoryRecord | null {
    return this.#history?.record(isWhole) ?? null;
  }

  /** What the seat missed since that number, whole; null when that cannot be told [R33]. */
  missed(since: number, seat: Seat): ReturnType<History["after"]> {
    return since >= seat.joinedSeq ? (this.#history?.after(since, seat) ?? null) : null;
  }

  /** Tells everyone but the seat whose doing it is; answers how many lines heard it. */
  tell(event: Event, by: Seat | null): number {
    const seq = this.#history === null ? null : this.#history.add(event, by, null);
    const except = by?.line ?? null;
    this.outlet.tellRoom(this.room, event, except, seq);
    return except === null ? this.members.here : this.members.here - 1;
  }

  /** Tells everyone of a seat whose own line does not hear the room (yet, or any more). */
  tellOf(event: Event, seat: Seat): void {
    const seq = this.#history === null ? null : this.#history.add(event, seat, null);
    this.outlet.tellRoom(this.room, event, null, seq);
  }

  /** Relays a body; answers how many lines it was handed to. */
  send(from: Seat, to: Target, body: string): number | Refusal {
    const event: Event = { kind: "message", from, body };
    if (to === null) return this.tell(event, from);
    if (typeof to === "object") return this.#sendToSome(to, event);
    const seat = typeof to === "string" ? this.members.get(to) : this.members.at(to);
    if (seat === undefined || !this.#canHear(seat)) return refuse("target_not_found");
    const seq = this.#history === null ? null : this.#history.add(event, null, [seat]);
    if (seat.line === null) return 0;
    this.outlet.tellOne(seat.line, this.room, event, seq);
    return 1;
  }

  #sendToSome(to: readonly ClientId[], event: Event): number | Refusal {
    const seats = new Set<Seat>();
    const missing: ClientId[] = [];
    for (const clientId of to) {
      const seat = this.members.get(clientId);
      if (seat === undefined || !this.#canHear(seat)) missing.push(clientId);
      else seats.add(seat);
    }
    const lines = [...seats].flatMap((seat) => seat.line ?? []);
    if (seats.size > 0) {
      const seq = this.#history === null ? null : this.#history.add(event, null, [...seats]);
      this.outlet.tellSome(lines, this.room, event, seq);
    }
    return missing.length === 0 ? lines.length : refuse("target_not_found", { missing, delivered: lines.length });
  }

  #canHear(seat: Seat): boolean {
    return seat.line !== null || (seat.isAway && this.#history !== null);
  }
}
