// One member's place in a room, and the line that may sit in it. A seat outlives a connection: a rejoin swaps the line and nobody else
// notices, and while no line sits in it, it waits. Knows nothing of the room it is in.
import type { Asked, ClientId, Ref } from "../protocol/commands.ts";
import type { Done, Event, Later, Peer, Speaker } from "../protocol/events.ts";
import type { CloseName } from "../protocol/refusals.ts";
import { Fight } from "./fight.ts";
import type { SeatRecord } from "./record.ts";

/**
 * A member that has held its seat for so long has settled in [R52]. A page that loads its game and is reloaded once takes less; whoever
 * joins and drops to fill a room would have to keep as many lines open as the seats it wants.
 */
export const SETTLED_MS = 5_000;

/** Requests of a member that are told to be undone: twice as many as wait for the log on a line. */
const UNDONE_MAX = 32;

/** One open connection, as the core knows it. `R`: the room of its seat; whoever only tells the line something need not know it. */
export interface Line<R = unknown> {
  /** The name of its dialect: a room is only visible in the one that created it [R12]. */
  readonly wire: string;
  /** Its number among the lines of its wire since the server began, where the wire counts them; else null [R47]. */
  readonly number: number | null;
  /** Its network address, by which limits are counted; what it means is the door's business. */
  readonly address: string;
  /** Where the page came from (`Origin`), or "unknown". */
  readonly origin: string;
  /** The seat this line speaks for, or null while it is in no room. Set by the core alone; the doors do not look into it. */
  seat: Seat<R> | null;
  /** Tells this client one event now; `asked` when it is the direct answer to a request. */
  tell(event: Event, asked?: Asked): void;
  /** Says goodbye with a code and ends the line. */
  close(how: CloseName, reason?: string): void;
}

/** What few seats have, in an object of its own: a seat with one field more takes 48 bytes more. */
interface Rare {
  fight: Fight | null;
  /** The ref of its member's last request that was carried out or refused, or all that is to be told; undefined: nobody knows [P16]. */
  done: Ref | Done | null | undefined;
}

/** Where the member is: here on a line, away until its seat is given up (at `until`; `cancel` stops that), or gone for good. */
type Presence =
  | { readonly at: "here"; readonly line: Line }
  | { readonly at: "away"; readonly since: number; readonly until: number; readonly cancel: () => void }
  | { readonly at: "gone" };

type Away = Extract<Presence, { at: "away" }>;

const GONE: Presence = Object.freeze({ at: "gone" });

/** Whether it is none of a member's, but of one who watches [C1]. */
export const isWatching = ({ index }: Pick<Speaker, "index">) => index < 0;

export class Seat<R = unknown> implements Speaker {
  /**
   * The line of a member that is here, else null; set by the seat alone, and never beside `#away`. They are two fields, because ten
   * thousand objects `{at, line}` take half a megabyte, and this one is no getter, because every message asks.
   */
  line: Line<R> | null = null;
  #away: Away | null = null;
  messageHead: string | null = null;
  /** The number from which on it can be told whole: where it joined, or what was for it alone and is kept no more [R33][L33]. */
  wholeFrom = 0;
  /** Its own retained data, as JSON text. */
  player: string | null = null;
  /** What few seats have: null before the first of it. */
  #rare: Rare | null = null;
  /**
   * Since when its member counts as here, in ms: what it was here before its last absence counts too, up to SETTLED_MS. One field for two
   * questions (who has settled [R52], who has been here longest [R41]), because a seat with one field more takes 48 bytes more.
   */
  hereSince = 0;

  constructor(
    readonly room: R,
    readonly clientId: ClientId,
    readonly index: number,
    public name: string | null,
    /** The sealed secret that takes it up; null: the clientId is enough [R22]. */
    readonly sealed: string | null,
  ) {}

  /** The seat of an earlier process; that it waits is its members' to say. */
  static restore<R>(room: R, record: SeatRecord): Seat<R> {
    const { clientId, index, name, sealed, player, joinedSeq, done } = record;
    const seat = new Seat(room, clientId, index, name, sealed);
    seat.player = player;
    seat.wholeFrom = joinedSeq;
    if (done === undefined || done.last !== null || done.undone.length > 0) seat.restoreDone(done);
    return seat;
  }

  get presence(): Presence {
    if (this.line !== null) return { at: "here", line: this.line };
    return this.#away ?? GONE;
  }

  get isAway(): boolean {
    return this.#away !== null;
  }

  /** Whether it waits for a member that had not settled when its line was lost [R52]. */
  get isBrief(): boolean {
    return this.#away !== null && !this.hasSettled(this.#away.since);
  }

  /** Whether its member, here or away from `now` on, has held it long enough to have settled [R52]. */
  hasSettled(now: number): boolean {
    return now - this.hereSince >= SETTLED_MS;
  }

  /** Puts this line on the seat; answers the one that sat there before. */
  sit(line: Line<R>, now: number): Line<R> | null {
    const before = this.line;
    const heldMs = this.#away === null ? 0 : Math.min(this.#away.since - this.hereSince, SETTLED_MS);
    if (before === null) this.hereSince = now - heldMs;
    this.stopWaiting();
    this.line = line;
    line.seat = this;
    if (before !== null) before.seat = null;
    return before;
  }

  /** Its member counts as settled at `now`, however short it was here. */
  settle(now: number): void {
    this.hereSince = Math.min(this.hereSince, now - SETTLED_MS);
  }

  /** Empties the seat, and keeps it for its member; `cancel` stops the timer that gives it up at `until`. */
  wait(since: number, until: number, cancel: () => void): void {
    this.leaveLine();
    this.#away = { at: "away", since, until, cancel };
  }

  /** Empties the seat for good. */
  clear(): void {
    this.leaveLine();
    this.stopWaiting();
  }

  /** Counts that an open line was put off the seat by another. */
  countTakeover(now: number): void {
    const rare = this.ownRare();
    rare.fight ??= new Fight();
    rare.fight.count(now);
  }

  /** What the next takeover from an open line has to wait for; null: nothing [R35]. */
  takeoverWait(now: number): Later | null {
    const { fight } = this;
    const ms = this.line === null || fight === null ? 0 : fight.waitMs(now);
    return ms === 0 || fight === null ? null : { kind: "later", ms, whenFree: (wake) => fight.wait(wake) };
  }

  /** The fight over it, once there was one. */
  get fight(): Fight | null {
    return this.#rare?.fight ?? null;
  }

  /** Its member's former seat is gone: the fight over that goes on for this one, with those who wait. */
  inheritFight(former: Seat<R>): void {
    if (former.fight !== null) this.ownRare().fight ??= former.fight;
  }

  /** What became of its member's requests, for a member that comes back; undefined: nobody knows [P16]. */
  get done(): Done | undefined {
    const done = this.#rare === null ? null : this.#rare.done;
    if (done === undefined) return undefined;
    return typeof done === "object" && done !== null ? done : { last: done, undone: [] };
  }

  /**
   * The request of that ref has been carried out or refused, or will be in its turn, and all before it.
   * @param isLast whether its line has closed: what was not carried out before it is told all the same, since nobody has heard of that yet
   */
  markDone(ref: Ref, isLast = false): void {
    const undone = isLast ? (this.done?.undone ?? []) : [];
    this.ownRare().done = undone.length === 0 ? ref : { last: ref, undone };
  }

  /** The request of that ref, which was marked as done, or comes before one that was, will not be carried out. */
  markUndone(ref: Ref): void {
    const { done } = this;
    if (done === undefined) return;
    // Of so many a client asks no more what became of each.
    this.restoreDone(done.undone.length < UNDONE_MAX ? { ...done, undone: [...done.undone, ref] } : undefined);
  }

  /** As it was kept; undefined: what became of them is not known any more. */
  restoreDone(done: Done | undefined): void {
    this.ownRare().done = done;
  }

  private ownRare(): Rare {
    this.#rare ??= { fight: null, done: null };
    return this.#rare;
  }

  /** The member as others see it. */
  peer(): Peer {
    const { clientId, index, name, player } = this;
    return { clientId, index, name, player, isAway: this.isAway };
  }

  /** The record of it [R48]. @param isWhole whether it does nothing after this: else nobody will know what became of its requests */
  record(isWhole: boolean): SeatRecord {
    const { clientId, index, name, sealed, player, wholeFrom: joinedSeq } = this;
    return {
      clientId,
      index,
      name,
      sealed,
      player,
      joinedSeq,
      awaySince: this.#away?.since ?? null,
      ...(this.isBrief && { isBrief: true }),
      ...(isWhole && { done: this.done }),
    };
  }

  private leaveLine(): void {
    if (this.line !== null) this.line.seat = null;
    this.line = null;
  }

  private stopWaiting(): void {
    this.#away?.cancel();
    this.#away = null;
  }
}
