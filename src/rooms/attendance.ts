// Brings members into a room and out of it: new seats, rejoins, seats that wait, and the room's end with its last seat. Which requests there
// are, and what the room keeps besides seats, is the room's own business. `R`: the room.
import type { Guest, Since } from "../protocol/commands.ts";
import type { Done, Later, LeaveReason, Numbered } from "../protocol/events.ts";
import type { CloseName, Refusal } from "../protocol/refusals.ts";
import { admit, counted } from "./admission.ts";
import { heldMs, KEPT_SEATS_PER_SEAT, lostMs, restoredMs } from "./keeping.ts";
import { uniqueName } from "./names.ts";
import type { RoomDeps, RoomSelf } from "./ports.ts";
import type { SeatRecord } from "./record.ts";
import { type Line, Seat } from "./seat.ts";
import type { RoomState } from "./state.ts";

/** The seat that a join gave. `missed`: what its member missed; null when that cannot be told whole, undefined for a newcomer [R33]. */
interface Arrival<R> {
  readonly seat: Seat<R>;
  readonly missed: readonly Numbered[] | null | undefined;
  /** Of a seat that is taken up again [P16]. */
  readonly done?: Done | undefined;
}

export class Attendance<R extends RoomSelf> {
  #isEnding = false;

  constructor(
    private readonly room: R,
    readonly state: RoomState<R>,
    private readonly deps: RoomDeps<R>,
  ) {}

  /** The creator takes the first seat, and is host [R1]. */
  open(line: Line<R>, guest: Guest): void {
    const { members, host, access } = this.state;
    const seat = this.newSeat(guest, access.seal(guest.secret));
    const now = this.deps.clock.now();
    members.sit(seat, line, now);
    // Nobody fills a room of its own: a display that is reloaded as soon as it has a code shall find it.
    seat.settle(now);
    this.deps.outlet.enter(line, this.room);
    host.give(seat);
  }

  /** Restores the seats of an earlier process, all of them waiting; answers them by index [R48]. */
  restore(seats: readonly SeatRecord[], nextIndex: number): ReadonlyMap<number, Seat> {
    const restored = new Map(seats.map((seat) => [seat.index, this.restoreSeat(seat)]));
    this.state.members.goOnAt(nextIndex);
    return restored;
  }

  /** Keeps the host's role for its owner. `isKept`: whether the owner's seat waits too. */
  holdHost(isKept: boolean): void {
    this.state.host.hold(isKept, () => this.closeWithoutHost());
  }

  /**
   * Gives the line the guest's own seat, or a new one. The checks stand in the order of [R10].
   * @param misfit why the guest's client could not be told the room; asked last, of who may have the seat; null: it can
   */
  join(
    line: Line<R>,
    guest: Guest,
    since: Since | null,
    misfit: (() => Refusal | null) | null,
  ): Arrival<R> | Refusal | Later {
    const now = this.deps.clock.now();
    const admitted = admit(this.room, this.state, guest, now);
    if ("kind" in admitted) return admitted;
    const refusal = misfit?.();
    if (refusal) return refusal;
    if (admitted.seat !== null) return this.rejoin(admitted.seat, line, guest, since, now);
    if (admitted.needsPlace) this.giveUp("brief");
    return this.welcome(line, guest, admitted.sealed, since, now);
  }

  /** Whether a guest would be refused a seat now [R10]. */
  turnsAway(guest: Guest): boolean {
    const admitted = admit(this.room, this.state, guest, this.deps.clock.now());
    return "kind" in admitted && admitted.kind === "refusal";
  }

  /** Members that count against maxClients [R8]. */
  get size(): number {
    return counted(this.room, this.state);
  }

  /** The member gives up its seat, or its line is lost: then the seat may wait for it [R23]. */
  rise(seat: Seat<R>, reason: "left" | "lost" | "timeout"): void {
    const { awayMs } = this.room.rules;
    if (reason === "left" || awayMs === 0) {
      this.remove(seat, reason);
      return;
    }
    this.wait(seat, lostMs(this.room.rules, seat.hasSettled(this.deps.clock.now())));
    this.departed(seat);
    if (!Number.isFinite(awayMs)) this.trimKept();
    this.freed(seat);
  }

  /** The drain has closed this member's line: its seat waits for the next server, in a room that is kept [R48][R49]. */
  hold(seat: Seat<R>): void {
    if (this.room.number !== null) {
      this.rise(seat, "lost");
      return;
    }
    const wasHost = this.state.host.seat === seat;
    if (wasHost) this.holdHost(true);
    // Its line is not lost: it was sent away.
    seat.settle(this.deps.clock.now());
    this.wait(seat, heldMs(this.room.rules, 0));
    if (wasHost) this.tellHost(seat);
  }

  /** The seat is given up: the others hear why, and the room ends with the last one [R9][R16]. */
  remove(seat: Seat<R>, reason: LeaveReason): void {
    const { members, host, delivery } = this.state;
    const wasHere = seat.line !== null;
    if (seat.line !== null) this.deps.outlet.quit(seat.line, this.room);
    members.remove(seat);
    this.freed(seat);
    this.state.crowd?.left(seat);
    const left = { kind: "peerLeft", clientId: seat.clientId, index: seat.index, reason } as const;
    if (members.size === 0) {
      this.deps.witness.told(this.room, left);
      this.announceEnd(() => this.end("roomClosed", null));
      return;
    }
    delivery.tellOf(left, seat);
    if (wasHere) this.departed(seat);
    else if (host.gaveUp(seat, members.present())) this.tellHost(seat);
    if (this.deps.watcher.rooms.has(this.room)) this.deps.watcher.left(this.room, seat);
  }

  /** Ends the room for everyone in it; told by nobody where it is another node's by now, which has it and its session. */
  close(how: CloseName, reason: string | null, isAnothers: boolean): void {
    if (isAnothers) this.dismiss(how, reason);
    // The watcher tells last events while the room ends: nothing that they set off may end it twice.
    else if (!this.#isEnding) this.announceEnd(() => this.dismiss(how, reason));
  }

  private dismiss(how: CloseName, reason: string | null): void {
    const { members } = this.state;
    // The lines are copied first: closing one runs its close handler inside this loop.
    const lines = Array.from(members.seats.values(), (seat) => seat.line);
    for (const seat of members.seats.values()) this.freed(seat);
    members.clear();
    this.end(how, reason);
    for (const line of lines) {
      if (line === null) continue;
      this.deps.outlet.quit(line, this.room);
      line.close(how, reason ?? undefined);
    }
  }

  private welcome(line: Line<R>, guest: Guest, sealed: string | null, since: Since | null, now: number): Arrival<R> {
    const { members, delivery } = this.state;
    const seat = this.newSeat(guest, sealed);
    delivery.tellOf({ kind: "peerJoined", peer: seat.peer() }, seat);
    members.sit(seat, line, now);
    this.arrived(seat);
    seat.wholeFrom = delivery.seq ?? 0;
    this.deps.outlet.enter(line, this.room);
    // Whoever says `since` has lost its seat: what the room was told meanwhile was not meant for this new one [R33].
    return { seat, missed: since === null ? undefined : null };
  }

  /** The owner is back on its seat, from being away or while its old line still looks open [R11]. */
  private rejoin(seat: Seat<R>, line: Line<R>, guest: Guest, since: Since | null, now: number): Arrival<R> {
    const { members, delivery } = this.state;
    // Read before `peerBack` is told: that event is not for this member, and keeping it could push one that is out of the window.
    const isSameRoom = since !== null && since.epoch === this.room.epoch;
    const missed = isSameRoom ? delivery.missed(since.seq, seat) : null;
    const name = this.nameFor(guest, seat);
    const renamed = name === null || name === seat.name ? null : name;
    if (renamed !== null) members.rename(seat, renamed);
    this.room.changed();
    const isBack = seat.isAway;
    const before = members.sit(seat, line, now);
    if (before !== null) {
      seat.countTakeover(now);
      this.deps.witness.takenOver(this.room, seat.index);
      this.deps.outlet.quit(before, this.room);
      before.close("replaced");
    }
    if (isBack) {
      delivery.tellOf({ kind: "peerBack", clientId: seat.clientId, index: seat.index, name: seat.name }, seat);
    }
    if (renamed !== null) {
      delivery.tellOf({ kind: "peerRenamed", clientId: seat.clientId, index: seat.index, name: renamed }, seat);
    }
    if (isBack) this.arrived(seat);
    this.deps.outlet.enter(line, this.room);
    return { seat, missed, done: seat.done };
  }

  private newSeat(guest: Guest, sealed: string | null): Seat<R> {
    const { members, retained } = this.state;
    const seat = new Seat(this.room, guest.clientId, members.nextIndex(), this.nameFor(guest, null), sealed);
    seat.player = retained.firstPlayer;
    return seat;
  }

  private nameFor({ name }: Guest, own: Seat | null): string | null {
    return this.room.rules.names === "unique" ? uniqueName(name, this.state.members.seats.values(), own) : name;
  }

  /** A member is here: gives it the host's role, if nobody has it and it is this member's to get. */
  private arrived(seat: Seat<R>): void {
    const { host } = this.state;
    if (host.seat === null && host.arrived(seat)) this.tellHost(seat);
  }

  /** A member is not here any more: if it was the host, the others hear who is host now. */
  private departed(seat: Seat<R>): void {
    const { host, members } = this.state;
    if (host.seat !== seat) return;
    if (host.departed(seat, members.present(), () => this.closeWithoutHost())) this.tellHost(seat);
  }

  private tellHost(by: Seat<R>): void {
    const { host, delivery } = this.state;
    delivery.tellOf({ kind: "hostChanged", clientId: host.seat?.clientId ?? null }, by);
    // Whoever comes and is host finds what it may see in its answer.
    this.state.crowd?.hostChanged(host.seat === by ? null : host.seat);
  }

  /** Ends the room when HOST_GONE_SECONDS are over [R42]. */
  private closeWithoutHost(): void {
    this.close("roomClosed", "host gone", false);
  }

  /** Keeps the seat for `ms` without a line. In a room without `away` nobody is told: there only a drain makes a seat wait. */
  private wait(seat: Seat<R>, ms: number): void {
    const { clock, outlet } = this.deps;
    if (seat.line !== null) outlet.quit(seat.line, this.room);
    this.room.changed();
    const now = clock.now();
    this.state.members.wait(seat, now, now + ms, this.giveUpAfter(seat, ms));
    if (this.room.rules.awayMs === 0) return;
    const away = { kind: "peerAway", clientId: seat.clientId, index: seat.index, leftMs: ms } as const;
    this.state.delivery.tellOf(away, seat);
  }

  /** Gives the seat up after `ms`; answers what cancels that. The timer need not look again, since whatever ends the wait cancels it. */
  private giveUpAfter(seat: Seat<R>, ms: number): () => void {
    return Number.isFinite(ms) ? this.deps.clock.after(ms, () => this.remove(seat, "timeout")) : () => {};
  }

  private restoreSeat(record: SeatRecord): Seat<R> {
    const { awaySince, isBrief = false } = record;
    const seat = Seat.restore(this.room, record);
    const now = this.deps.clock.now();
    const since = awaySince ?? now;
    const ms = restoredMs(this.room.rules, Math.max(0, now - since), isBrief);
    this.state.members.restore(seat, since, isBrief, now + ms, this.giveUpAfter(seat, ms));
    return seat;
  }

  /** Joining under ever new clientIds must not fill a room whose seats wait as long as it lives, nor cost those who played theirs [Q5]. */
  private trimKept(): void {
    if (this.state.members.away <= this.room.maxClients * KEPT_SEATS_PER_SEAT) return;
    if (!this.giveUp("brief")) this.giveUp("any");
  }

  /** Gives up the kept seat that has waited longest, never the host's; false: there is none. */
  private giveUp(which: "any" | "brief"): boolean {
    const { members, host } = this.state;
    const longest = members.longestAway(host.owner.clientId, which);
    if (longest !== null) this.remove(longest, "timeout");
    return longest !== null;
  }

  /** No line sits in the seat any more: the first that waits for it asks again, once all of this is told [R35]. */
  private freed(seat: Seat<R>): void {
    if (seat.fight?.isAwaited === true) this.deps.clock.soon(() => this.state.members.wake(seat));
  }

  /** Lets the watcher tell its last events, then ends the room, even when the watcher throws. */
  private announceEnd(end: () => void): void {
    this.#isEnding = true;
    try {
      this.deps.watcher.ending(this.room);
    } finally {
      end();
    }
  }

  private end(how: CloseName, reason: string | null): void {
    this.state.host.end();
    this.state.crowd?.end(how, reason);
    this.deps.ended(this.room);
  }
}
