// One member's place in a room. It is a thing of its own, apart from the line, because a seat outlives a connection: taking it
// up again swaps the line and nobody else notices, and while nobody sits there it waits.
import { FIXED } from "../limits/table.ts";
import type { ClientId } from "../protocol/commands.ts";
import type { Peer, Speaker } from "../protocol/events.ts";
import type { Line } from "./ports.ts";
import type { Room } from "./room.ts";

/** Where the member is: here on a line, away until its seat is given up (`cancel` stops that), or gone for good. */
export type Presence =
  | { readonly at: "here"; readonly line: Line }
  | { readonly at: "away"; readonly since: number; readonly cancel: () => void }
  | { readonly at: "gone" };

type Away = Extract<Presence, { at: "away" }>;

const GONE: Presence = Object.freeze({ at: "gone" });

export class Seat implements Speaker {
  /** Who sits here, or how it waits: at most one of the two. Kept apart, because ten thousand of `{at, line}` are half a megabyte. */
  #line: Line | null = null;
  #away: Away | null = null;
  messageHead: string | null = null;
  /** The room's last number when it joined: nothing before was meant for it. */
  joinedSeq = 0;
  /** Its own retained data, as JSON text. */
  player: string | null = null;
  /** When open lines last took the seat from each other, in ms, oldest first; null until that happens. */
  #takeovers: number[] | null = null;

  constructor(
    readonly room: Room,
    readonly clientId: ClientId,
    readonly index: number,
    public name: string | null,
    /** The sealed secret that takes it up; null: the clientId is enough. */
    readonly sealed: string | null,
  ) {}

  get presence(): Presence {
    if (this.#line !== null) return { at: "here", line: this.#line };
    return this.#away ?? GONE;
  }

  /** The line of a member that is here, else null. */
  get line(): Line | null {
    return this.#line;
  }

  get isAway(): boolean {
    return this.#away !== null;
  }

  /** Puts this line on the seat; answers the one that sat there before. */
  sit(line: Line): Line | null {
    const before = this.#line;
    this.#stopWaiting();
    this.#line = line;
    line.seat = this;
    if (before !== null) before.seat = null;
    return before;
  }

  /** Nobody sits here, but somebody will be back. */
  wait(since: number, cancel: () => void): void {
    this.#leaveLine();
    this.#away = { at: "away", since, cancel };
  }

  /** Empties the seat for good. */
  clear(): void {
    this.#leaveLine();
    this.#stopWaiting();
  }

  /** Notes that an open line was put off the seat by another. */
  noteTakeover(now: number): void {
    this.#takeovers ??= [];
    this.#takeovers.push(now);
    if (this.#takeovers.length > FIXED.takeoversMax) this.#takeovers.shift();
  }

  /** How long the next one that would put an open line off the seat has to wait, in ms [R35]. */
  takeoverWaitMs(now: number): number {
    const oldest = this.#takeovers?.[0];
    if (oldest === undefined || this.line === null || this.#takeovers?.length !== FIXED.takeoversMax) return 0;
    return Math.max(0, oldest + FIXED.takeoverWindowMs - now);
  }

  /** The member as others see it. */
  peer(): Peer {
    const { clientId, index, name, player } = this;
    return { clientId, index, name, player, isAway: this.isAway };
  }

  #leaveLine(): void {
    if (this.#line !== null) this.#line.seat = null;
    this.#line = null;
  }

  #stopWaiting(): void {
    this.#away?.cancel();
    this.#away = null;
  }
}
