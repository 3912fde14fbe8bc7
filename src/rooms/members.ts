// The seats of one room: found by clientId or index, counted, in the order of their first join. Tells nobody anything.
import { type RoomKept, textBytes } from "../limits/kept.ts";
import type { ClientId } from "../protocol/commands.ts";
import type { Line, Seat } from "./seat.ts";

/** Bytes that a seat takes besides its texts: 80,000 that wait, of texts of 80 characters, took 684 bytes each. */
export const SEAT_BYTES = 600;

/** `R`: the room whose seats these are. */
export class Members<R> {
  /** All of them by their clientId, in the order of their first join; changed by this class alone. */
  readonly seats = new Map<ClientId, Seat<R>>();
  /** Members that are here; counted by this class alone. No getter, because every broadcast asks. */
  here = 0;
  #nextIndex = 0;

  /** @param kept the account of the room, which has each seat and its texts [L31] */
  constructor(private readonly kept: RoomKept) {}

  /** Members whose seat waits for them. */
  get away(): number {
    return this.seats.size - this.here;
  }

  get size(): number {
    return this.seats.size;
  }

  get(clientId: ClientId): Seat<R> | undefined {
    return this.seats.get(clientId);
  }

  at(index: number): Seat<R> | undefined {
    for (const seat of this.seats.values()) if (seat.index === index) return seat;
    return undefined;
  }

  /** Takes the index for a new seat: none is given twice. */
  nextIndex(): number {
    return this.#nextIndex++;
  }

  /** The index that the next new seat gets: as many seats there have been. */
  get indexes(): number {
    return this.#nextIndex;
  }

  /** Adds a seat of an earlier process, which waits for its member; `isBrief`: for one that had not settled [R52]. */
  restore(seat: Seat<R>, since: number, isBrief: boolean, until: number, cancel: () => void): void {
    this.add(seat);
    seat.hereSince = since;
    if (!isBrief) seat.settle(since);
    seat.wait(since, until, cancel);
  }

  /** Whether somebody from that address is here. */
  isHereFrom(address: string): boolean {
    for (const { line } of this.present()) if (line?.address === address) return true;
    return false;
  }

  /** Sets the index that the next new seat gets. */
  goOnAt(indexes: number): void {
    this.#nextIndex = indexes;
  }

  /** Puts the line on the seat, new or kept; answers the line that was put off it. */
  sit(seat: Seat<R>, line: Line<R>, now: number): Line<R> | null {
    if (this.seats.get(seat.clientId) !== seat) this.add(seat);
    const before = seat.sit(line, now);
    if (before === null) this.here++;
    return before;
  }

  /** The member is away from now on; `cancel` stops the timer that gives its seat up at `until`. */
  wait(seat: Seat<R>, since: number, until: number, cancel: () => void): void {
    if (seat.line !== null) this.here--;
    seat.wait(since, until, cancel);
  }

  rename(seat: Seat<R>, name: string): void {
    this.kept.add(textBytes(name) - textBytes(seat.name));
    seat.name = name;
  }

  /** Bytes that all seats take with that as each member's own data, beyond what they take now. */
  moreWith(player: string): number {
    const bytes = textBytes(player) * this.seats.size;
    return Array.from(this.seats.values()).reduce((more, seat) => more - textBytes(seat.player), bytes);
  }

  remove(seat: Seat<R>): void {
    if (seat.line !== null) this.here--;
    this.kept.add(-seatBytes(seat));
    this.seats.delete(seat.clientId);
    seat.clear();
  }

  clear(): void {
    for (const seat of this.seats.values()) {
      this.kept.add(-seatBytes(seat));
      seat.clear();
    }
    this.seats.clear();
    this.here = 0;
  }

  /**
   * Wakes the lines that wait for the seat until one of them, or anyone, has it. Where it was given up, its member has a new one by then,
   * and the others wait on for that [R35].
   */
  wake(seat: Seat<R>): void {
    const own = () => this.seats.get(seat.clientId);
    seat.fight?.wake(() => (own()?.line ?? null) !== null);
    if (own() !== seat) own()?.inheritFight(seat);
  }

  /** Those that are here, in the order of their first join. */
  *present(): Generator<Seat<R>> {
    for (const seat of this.seats.values()) if (seat.line !== null) yield seat;
  }

  /** Since when nobody is here: when the last one went; null while somebody is. */
  get emptySince(): number | null {
    if (this.here > 0) return null;
    let latest = Number.NEGATIVE_INFINITY;
    for (const { presence } of this.seats.values())
      if (presence.at === "away") latest = Math.max(latest, presence.since);
    return latest;
  }

  /** How many seats wait for members that had not settled, save that of this clientId [R53]. */
  briefBut(except: ClientId): number {
    if (this.away === 0) return 0;
    let count = 0;
    for (const seat of this.seats.values()) if (seat.isBrief && seat.clientId !== except) count++;
    return count;
  }

  /** The seat that has been away longest, save that of this clientId; null when no other is. `brief`: only those that had not settled. */
  longestAway(except: ClientId, which: "any" | "brief"): Seat<R> | null {
    let longest: Seat<R> | null = null;
    let since = Number.POSITIVE_INFINITY;
    for (const seat of this.seats.values()) {
      const { presence } = seat;
      if (presence.at !== "away" || seat.clientId === except || presence.since >= since) continue;
      if (which === "brief" && !seat.isBrief) continue;
      longest = seat;
      since = presence.since;
    }
    return longest;
  }

  private add(seat: Seat<R>): void {
    this.seats.set(seat.clientId, seat);
    this.kept.add(seatBytes(seat));
  }
}

/** What a seat is counted as [L31]. */
export function seatBytes({ clientId, name, sealed, player }: Seat): number {
  return SEAT_BYTES + textBytes(clientId) + textBytes(name) + textBytes(sealed) + textBytes(player);
}
