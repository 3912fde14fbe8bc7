// Who comes to a room and who goes: new seats, seats that are taken up again, seats that wait, and the end with the last of them. What
// the room itself keeps and may be asked for is not known here. `R`: the room.
import type { Guest, Since } from "../protocol/commands.ts";
import type { Later, LeaveReason, Numbered } from "../protocol/events.ts";
import { type CloseName, type Refusal, refuse } from "../protocol/refusals.ts";
import type { Access } from "./access.ts";
import type { Delivery } from "./delivery.ts";
import type { Host } from "./host.ts";
import type { Members } from "./members.ts";
import type { RoomDeps, RoomFace } from "./ports.ts";
import type { SeatRecord } from "./record.ts";
import type { Retained } from "./retained.ts";
import { type Line, Seat } from "./seat.ts";

/** A seat waits at least so long for a member whose server was restarted: as long as a snapshot is good [R48]. */
export const HOLD_MS_MIN = 120_000;
/** Where kept seats do not count against maxClients, so many are kept for each seat there is; past it the longest away goes [Q5]. */
export const KEPT_SEATS_PER_SEAT = 4;

/** What a room is made of, as far as those who come and go change it. */
export interface RoomState<R> {
  readonly members: Members<R>;
  readonly host: Host;
  readonly access: Access;
  readonly retained: Retained;
  readonly delivery: Delivery;
}

/** Somebody has a seat. `missed`: what it missed, whole; null when that cannot be told; undefined when it had no seat before [R33]. */
export interface Arrival<R> {
  readonly seat: Seat<R>;
  readonly missed: readonly Numbered[] | null | undefined;
}

export class Attendance<R extends RoomFace> {
  /** Changes of which no member need be told; its opening is the first. */
  #changes = 1;
  #isEnding = false;

  constructor(
    private readonly room: R,
    private readonly state: RoomState<R>,
    private readonly deps: RoomDeps<R>,
  ) {}

  /** How often a seat or a line changed, told or not [R48]. */
  get changes(): number {
    return this.#changes;
  }

  /** The creator takes the first seat, and is host [R1]. */
  open(line: Line<R>, guest: Guest): void {
    const { members, host, access } = this.state;
    const seat = this.#newSeat(guest, access.seal(guest.secret));
    members.sit(seat, line);
    this.deps.outlet.enter(line, this.room);
    host.give(seat);
  }

  /** Seats of an earlier process, all of them waiting; answers them by their indexes [R48]. */
  restore(seats: readonly SeatRecord[], nextIndex: number): ReadonlyMap<number, Seat> {
    const restored = new Map(seats.map((seat) => [seat.index, this.#restoreSeat(seat)]));
    this.state.members.goOnAt(nextIndex);
    return restored;
  }

  /** The role waits for its owner. `isKept`: whether the owner's seat is kept. */
  holdHost(isKept: boolean): void {
    this.state.host.hold(isKept, () => this.#closeWithoutHost());
  }

  /** Gives the line the guest's own seat, or a new one. The checks stand in the order of [R10]. */
  join(line: Line<R>, guest: Guest, since: Since | null): Arrival<R> | Refusal | Later {
    const { members, host, access } = this.state;
    const { maxClients, rules } = this.room;
    const sealed = access.seal(guest.secret);
    if (access.isBanned(guest.clientId, sealed)) return refuse("banned");
    const kept = members.get(guest.clientId);
    if (kept !== undefined) {
      if (!access.opens(kept.sealed, sealed)) return refuse("wrong_secret");
      // Where only those that are here count, a place that was left may be somebody else's by now [Q7].
      if (kept.isAway && rules.capCounts === "here" && members.here >= maxClients) return refuse("room_full");
      const ms = kept.takeoverWaitMs(this.deps.clock.now());
      return ms > 0 ? { kind: "later", ms } : this.#takeUp(kept, line, guest, since);
    }
    const hostSealed = host.sealedFor(guest.clientId);
    if (hostSealed !== undefined && !access.opens(hostSealed, sealed)) return refuse("wrong_secret");
    // The host is nobody new, even where its seat was not kept.
    if (access.isLocked && hostSealed === undefined) return refuse("room_locked");
    if (this.size >= maxClients) return refuse("room_full");
    return this.#welcome(line, guest, sealed, since);
  }

  /** Members that count against maxClients [R8]. */
  get size(): number {
    const { members } = this.state;
    return this.room.rules.capCounts === "here" ? members.here : members.size;
  }

  /** The member gives up its seat, or its line is lost: then the seat may wait for it [R23]. */
  rise(seat: Seat<R>, reason: "left" | "lost" | "timeout"): void {
    const { awayMs } = this.room.rules;
    if (reason === "left" || awayMs === 0) {
      this.remove(seat, reason);
      return;
    }
    this.#wait(seat, awayMs);
    this.#departed(seat);
    if (!Number.isFinite(awayMs)) this.#trimKept();
  }

  /** The server goes, and takes this member's line with it: its seat waits for the next one [R48]. */
  hold(seat: Seat<R>): void {
    if (this.room.number !== null) {
      this.rise(seat, "lost");
      return;
    }
    const wasHost = this.state.host.seat === seat;
    if (wasHost) this.holdHost(true);
    this.#wait(seat, this.#holdMs(0));
    if (wasHost) this.#tellHost(seat);
  }

  /** The seat is given up: the others hear why, and the room ends with the last one [R9][R16]. */
  remove(seat: Seat<R>, reason: LeaveReason): void {
    const { members, host, delivery } = this.state;
    const wasHere = seat.line !== null;
    if (seat.line !== null) this.deps.outlet.quit(seat.line, this.room);
    members.remove(seat);
    if (members.size === 0) {
      this.#announceEnd(() => this.#end());
      return;
    }
    delivery.tellOf({ kind: "peerLeft", clientId: seat.clientId, index: seat.index, reason }, seat);
    if (wasHere) this.#departed(seat);
    else if (host.gaveUp(seat, members.present())) this.#tellHost(seat);
    this.deps.watcher.left(this.room, seat);
  }

  /** Ends the room for everyone in it. */
  close(how: CloseName, reason: string | null): void {
    // What its session has to say at the end may not end it again.
    if (!this.#isEnding) this.#announceEnd(() => this.#dismiss(how, reason));
  }

  #dismiss(how: CloseName, reason: string | null): void {
    const { members } = this.state;
    // A copy: closing a line runs its close handler inside this loop.
    const lines = Array.from(members.seats.values(), (seat) => seat.line);
    members.clear();
    this.#end();
    for (const line of lines) {
      if (line === null) continue;
      this.deps.outlet.quit(line, this.room);
      line.close(how, reason ?? undefined);
    }
  }

  #welcome(line: Line<R>, guest: Guest, sealed: string | null, since: Since | null): Arrival<R> {
    const { members, delivery } = this.state;
    const seat = this.#newSeat(guest, sealed);
    delivery.tellOf({ kind: "peerJoined", peer: seat.peer() }, seat);
    members.sit(seat, line);
    this.#arrived(seat);
    seat.joinedSeq = delivery.seq ?? 0;
    this.deps.outlet.enter(line, this.room);
    // Its seat was not kept, so what it missed cannot be told: it was not meant for this one.
    return { seat, missed: since === null ? undefined : null };
  }

  /** The owner is back, from away or while its old line still looks open [R11]. */
  #takeUp(seat: Seat<R>, line: Line<R>, guest: Guest, since: Since | null): Arrival<R> {
    const { members, delivery } = this.state;
    // Before its return is told: that is not news for itself, and must not push what is out of the window.
    const isSameRoom = since !== null && since.epoch === this.room.epoch;
    const missed = isSameRoom ? delivery.missed(since.seq, seat) : null;
    const renamed = guest.name === null || guest.name === seat.name ? null : guest.name;
    if (renamed !== null) seat.name = renamed;
    this.#changes++;
    const isBack = seat.isAway;
    const before = members.sit(seat, line);
    if (before !== null) {
      seat.countTakeover(this.deps.clock.now());
      this.deps.outlet.quit(before, this.room);
      before.close("replaced");
    }
    if (isBack) {
      delivery.tellOf({ kind: "peerBack", clientId: seat.clientId, index: seat.index }, seat);
    }
    if (renamed !== null) {
      delivery.tellOf({ kind: "peerRenamed", clientId: seat.clientId, index: seat.index, name: renamed }, seat);
    }
    if (isBack) this.#arrived(seat);
    this.deps.outlet.enter(line, this.room);
    return { seat, missed };
  }

  #newSeat(guest: Guest, sealed: string | null): Seat<R> {
    const { members, retained } = this.state;
    const seat = new Seat(this.room, guest.clientId, members.nextIndex(), guest.name, sealed);
    seat.player = retained.firstPlayer;
    return seat;
  }

  /** A member is here: the role may be its own. */
  #arrived(seat: Seat<R>): void {
    const { host } = this.state;
    if (host.seat === null && host.arrived(seat)) this.#tellHost(seat);
  }

  /** A member is not here any more, and hears nothing more. */
  #departed(seat: Seat<R>): void {
    const { host, members } = this.state;
    if (host.departed(seat, members.present(), () => this.#closeWithoutHost())) this.#tellHost(seat);
  }

  #tellHost(by: Seat<R>): void {
    const { host, delivery } = this.state;
    delivery.tellOf({ kind: "hostChanged", clientId: host.seat?.clientId ?? null }, by);
  }

  /** The room has waited for its host long enough [R42]. */
  #closeWithoutHost(): void {
    this.close("roomClosed", "host gone");
  }

  /** The seat stays, and waits so long. Where seats never wait, no member is told: it is only the server that goes. */
  #wait(seat: Seat<R>, ms: number): void {
    const { clock, outlet } = this.deps;
    if (seat.line !== null) outlet.quit(seat.line, this.room);
    this.#changes++;
    this.state.members.wait(seat, clock.now(), this.#giveUpAfter(seat, ms));
    if (this.room.rules.awayMs === 0) return;
    const away = { kind: "peerAway", clientId: seat.clientId, index: seat.index, leftMs: ms } as const;
    this.state.delivery.tellOf(away, seat);
  }

  /** Of seat and room it can only be this one: a seat that is taken up, left or cleared cancels its timer. */
  #giveUpAfter(seat: Seat<R>, ms: number): () => void {
    return Number.isFinite(ms) ? this.deps.clock.after(ms, () => this.remove(seat, "timeout")) : () => {};
  }

  /** How long a seat that has waited so long waits for its member, who has to find the next server first. */
  #holdMs(waitedMs: number): number {
    return Math.max(this.room.rules.awayMs - waitedMs, HOLD_MS_MIN);
  }

  #restoreSeat({ clientId, index, name, sealed, player, joinedSeq, awaySince }: SeatRecord): Seat<R> {
    const seat = new Seat(this.room, clientId, index, name, sealed);
    seat.player = player;
    seat.joinedSeq = joinedSeq;
    const now = this.deps.clock.now();
    const since = awaySince ?? now;
    this.state.members.restore(seat, since, this.#giveUpAfter(seat, this.#holdMs(Math.max(0, now - since))));
    return seat;
  }

  /** Where seats are kept as long as the room, joining under ever new names must not fill it. */
  #trimKept(): void {
    const { members, host } = this.state;
    if (members.away <= this.room.maxClients * KEPT_SEATS_PER_SEAT) return;
    const longest = members.longestAway(host.owner.clientId);
    if (longest !== null) this.remove(longest, "timeout");
  }

  /** Its watcher hears of the end first; whatever comes of that, the room ends. */
  #announceEnd(end: () => void): void {
    this.#isEnding = true;
    try {
      this.deps.watcher.ending(this.room);
    } finally {
      end();
    }
  }

  #end(): void {
    this.state.host.end();
    this.deps.ended(this.room);
  }
}
