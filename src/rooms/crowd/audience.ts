// Those who watch a room without a seat: found by clientId, bounded, told together [C1]–[C9]. A line that watches speaks for a Seat that is none of the
// room's members and has a negative index, so that the doors need not know the difference. `R`: the room.
import type { Audiences } from "../../limits/audiences.ts";
import type { JoinedRoom } from "../../limits/joins.ts";
import { type RoomKept, textBytes } from "../../limits/kept.ts";
import type { ClientId, Guest } from "../../protocol/commands.ts";
import type { Done, Event, EventKind, Later } from "../../protocol/events.ts";
import { type CloseName, isRefusal, type Refusal, refuse } from "../../protocol/refusals.ts";
import type { Access } from "../access.ts";
import type { Host } from "../host.ts";
import { heldMs } from "../keeping.ts";
import type { AudienceFace, RoomDeps, RoomSelf } from "../ports.ts";
import { type Line, Seat } from "../seat.ts";
import { Absent } from "./absent.ts";
import type { CrowdRoom } from "./ports.ts";
import type { AudienceRecord } from "./record.ts";

/** How often members are told how many watch, in ms, at most [C6]. */
export const COUNT_MS = 1_000;
/** Lines that are closed in one turn when their room ends: ten thousand would hold up every other room for a tenth of a second. */
const CLOSED_AT_ONCE = 200;
/** Bytes that one who watches takes besides texts. */
export const WATCHER_BYTES = 500;

/** What of all that a room is told its audience hears [C3]. */
const HEARD: ReadonlySet<EventKind> = new Set<EventKind>([
  ...(["state", "roomLocked", "session", "reset", "timer", "timerDone"] as const),
  ...(["poll", "tally", "pollClosed", "message"] as const),
]);

/** The parts of its room that it needs. */
export interface AudienceParts {
  readonly access: Access;
  readonly host: Host;
  readonly kept: RoomKept;
  readonly audiences: Audiences;
}

interface Admitted<R> {
  /** The one it is already; null: it comes anew. */
  readonly seat: Seat<R> | null;
  readonly sealed: string | null;
  readonly done: Done | undefined;
}

export class Audience<R extends RoomSelf> implements AudienceFace, JoinedRoom {
  joins: JoinedRoom["joins"] = null;
  /** Those that are here, by clientId. */
  readonly #seats = new Map<ClientId, Seat<R>>();
  readonly #absent: Absent;
  readonly #byAddress = new Map<string, number>();
  #lastNumber = 0;
  /** Whether the room is over, and its lines are only waiting to be closed: nothing that they ask is answered. */
  isOver = false;
  #cancelCount: (() => void) | null = null;
  #countedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly room: R,
    private readonly teller: CrowdRoom,
    private readonly parts: AudienceParts,
    private readonly deps: Pick<RoomDeps<R>, "clock" | "outlet">,
  ) {
    this.#absent = new Absent(parts.kept, deps.clock, (clientId, sealed) => teller.gaveUp(clientId, sealed));
  }

  /** How many may watch. */
  get maxClients(): number {
    return this.room.rules.audienceMax ?? 0;
  }

  /** How many watch. */
  get size(): number {
    return this.#seats.size;
  }

  get hasPlace(): boolean {
    return this.size < this.maxClients && !this.parts.audiences.isFull;
  }

  isFrom(address: string): boolean {
    return this.#byAddress.has(address);
  }

  *lines(): Generator<Line<R>> {
    for (const { line } of this.#seats.values()) if (line !== null) yield line;
  }

  /** Whether that name is kept for somebody else than this guest. */
  keepsFrom({ clientId, secret }: Guest): boolean {
    const sealed = this.sealedOf(clientId);
    return sealed !== undefined && !this.parts.access.opens(sealed, this.parts.access.seal(secret));
  }

  /** Whether a guest would be refused now. */
  turnsAway(guest: Guest, address: string): boolean {
    return isRefusal(this.admit(guest, address));
  }

  /** Whether the guest may watch, and as whom. The checks stand in the order of [C2]. */
  admit(guest: Guest, address: string): Admitted<R> | Later | Refusal {
    const { access, host, kept, audiences } = this.parts;
    const { clientId } = guest;
    const sealed = access.seal(guest.secret);
    if (access.isBanned(clientId, sealed)) return refuse("banned");
    if (this.maxClients === 0) return refuse("no_audience");
    const own = this.sealedOf(clientId) ?? host.sealedFor(clientId) ?? this.teller.sealedOfLeaver(clientId) ?? null;
    if (!access.opens(own, sealed)) return refuse("wrong_secret");
    const seat = this.#seats.get(clientId);
    if (seat !== undefined) return seat.takeoverWait(this.deps.clock.now()) ?? { seat, sealed, done: seat.done };
    if (access.isLocked && this.sealedOf(clientId) === undefined) return refuse("room_locked");
    if (audiences.isFull) return refuse("server_full");
    const ofAddress = this.#byAddress.get(address) ?? 0;
    const isCrowded = this.size >= this.maxClients || ofAddress >= audiences.perAddressMax;
    return isCrowded || !kept.fits(bytesOf(guest, sealed))
      ? refuse("room_full")
      : { seat: null, sealed, done: this.#absent.find(clientId)?.done };
  }

  /** The line watches from now on, for whom the guest was admitted as. */
  sit(line: Line<R>, guest: Guest, { seat: own, sealed }: Admitted<R>): Seat<R> {
    const { outlet, clock } = this.deps;
    const now = clock.now();
    const seat = own ?? this.#newSeat(guest, sealed);
    const before = seat.sit(line, now);
    this.#count(line.address, 1);
    if (before !== null) {
      this.#count(before.address, -1);
      seat.countTakeover(now);
      outlet.unattend(before, this.room, -seat.index);
      before.close("replaced");
    }
    outlet.attend(line, this.room, -seat.index);
    return seat;
  }

  /** The line of one who watches is gone, or it has left. `held`: the server goes [R48]. */
  gone(seat: Seat<R>, reason: "left" | "lost" | "timeout" | "held"): void {
    const { clientId, sealed, done } = seat;
    const isOurs = this.#seats.get(clientId) === seat;
    this.#remove(seat);
    const { rules } = this.room;
    const ms = reason === "held" ? heldMs(rules, 0) : reason === "left" ? 0 : rules.awayMs;
    if (!isOurs) return;
    if (sealed === null || ms === 0) this.teller.gaveUp(clientId, sealed);
    else this.#keepAway(clientId, sealed, done, ms);
  }

  /** Puts one out, for good unless `ban` is false; false: no such one watches [C5]. */
  kick(clientId: ClientId, reason: string | null, ban: boolean): boolean {
    const seat = this.#seats.get(clientId);
    const sealed = this.sealedOf(clientId);
    if (sealed === undefined) return false;
    if (ban) this.parts.access.ban(clientId, sealed);
    this.#absent.drop(clientId);
    this.teller.gaveUp(clientId, sealed);
    this.room.changed();
    if (seat === undefined) return true;
    const { line } = seat;
    this.#remove(seat);
    line?.close("kicked", reason ?? undefined);
    return true;
  }

  /** One that watched has a seat now: it watches no more. */
  becameMember(clientId: ClientId): void {
    const seat = this.#seats.get(clientId);
    this.#absent.drop(clientId);
    if (seat === undefined) return;
    const { line } = seat;
    this.#remove(seat);
    line?.close("replaced");
  }

  /** Tells all who watch what the room is told, as far as that is for them. */
  hear(event: Event): void {
    if (this.#seats.size > 0 && HEARD.has(event.kind)) this.deps.outlet.tellAudience(this.room, event);
  }

  /** The room is over, or goes: the lines are closed, some in each turn of the loop, and hear before what they were told. */
  end(how: CloseName, reason: string | null): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#cancelCount?.();
    const seats = [...this.#seats.values()];
    this.#seats.clear();
    this.#absent.clear();
    this.#byAddress.clear();
    this.parts.audiences.add(-seats.length);
    this.#closeSome(seats, 0, how, reason);
  }

  get isEmpty(): boolean {
    return this.#seats.size === 0 && this.#absent.size === 0;
  }

  /** Who watches and who is away, as far as a secret keeps the name. */
  record(): AudienceRecord {
    const here = [...this.#seats.values()].flatMap(({ clientId, sealed }) =>
      sealed === null ? [] : [[clientId, sealed]],
    );
    return [...here, ...this.#absent.record()] as [ClientId, string][];
  }

  /** As it was recorded: everybody is away, for as long as a seat waits after a restart [R48]. */
  restore(record: AudienceRecord): void {
    const ms = heldMs(this.room.rules, 0);
    for (const [clientId, sealed] of record) this.#keepAway(clientId, sealed, undefined, ms);
  }

  #newSeat({ clientId, name }: Guest, sealed: string | null): Seat<R> {
    this.#absent.drop(clientId);
    const seat = new Seat<R>(this.room, clientId, -++this.#lastNumber, name, sealed);
    this.#seats.set(clientId, seat);
    this.parts.kept.add(bytesOf(seat, sealed));
    this.parts.audiences.add(1);
    this.#changed();
    return seat;
  }

  #remove(seat: Seat<R>): void {
    const { line } = seat;
    if (line !== null) this.deps.outlet.unattend(line, this.room, -seat.index);
    seat.clear();
    if (this.#seats.get(seat.clientId) !== seat) return;
    if (line !== null) this.#count(line.address, -1);
    this.#seats.delete(seat.clientId);
    this.parts.kept.add(-bytesOf(seat, seat.sealed));
    this.parts.audiences.add(-1);
    this.#changed();
    const { fight } = seat;
    const isTaken = () => this.#seats.has(seat.clientId);
    if (fight?.isAwaited === true) this.deps.clock.soon(() => fight.wake(isTaken));
  }

  /** Names that are kept are bounded like those who watch. */
  #keepAway(clientId: ClientId, sealed: string, done: Done | undefined, ms: number): void {
    const until = this.deps.clock.now() + ms;
    this.#absent.keep(clientId, { sealed, done, until }, this.maxClients - this.size);
  }

  sealedOf(clientId: ClientId): string | null | undefined {
    const seat = this.#seats.get(clientId);
    if (seat !== undefined) return seat.sealed;
    return this.#absent.find(clientId)?.sealed;
  }

  #count(address: string, by: 1 | -1): void {
    const count = (this.#byAddress.get(address) ?? 0) + by;
    if (count > 0) this.#byAddress.set(address, count);
    else this.#byAddress.delete(address);
  }

  /** Another number watches: the record is another, what the room may hand out is for so many [L26], and members hear of it. */
  #changed(): void {
    this.room.changed();
    const { clock } = this.deps;
    this.room.outgoing.widen(this.room.maxClients + this.size, clock.now());
    const waitMs = Math.max(0, this.#countedAt + COUNT_MS - clock.now());
    this.#cancelCount ??= clock.after(waitMs, () => {
      this.#cancelCount = null;
      this.#countedAt = clock.now();
      this.teller.tellNow({ kind: "audience", count: this.size });
    });
  }

  #closeSome(seats: readonly Seat<R>[], from: number, how: CloseName, reason: string | null): void {
    for (const seat of seats.slice(from, from + CLOSED_AT_ONCE)) {
      const { line } = seat;
      this.#remove(seat);
      line?.close(how, reason ?? undefined);
    }
    const next = from + CLOSED_AT_ONCE;
    if (next < seats.length) this.deps.clock.soon(() => this.#closeSome(seats, next, how, reason));
  }
}

/** What one who watches is counted as [L31]. */
function bytesOf({ clientId, name }: Pick<Guest, "clientId" | "name">, sealed: string | null): number {
  return WATCHER_BYTES + textBytes(clientId) + textBytes(name) + textBytes(sealed);
}
