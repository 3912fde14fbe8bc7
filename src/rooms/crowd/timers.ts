// The timers of one room: what is left of each, when it is over, and what makes it stand still [C20]. It keeps them as an end in time while they
// run and as what is left while they stand, so that nothing has to be counted down.
import type { Clock } from "../../clock.ts";
import { textBytes } from "../../limits/kept.ts";
import { WIRE } from "../../limits/table.ts";
import type { CrowdCommand } from "../../protocol/commands.ts";
import type { TimerPicture } from "../../protocol/events.ts";
import { type Refusal, refuse } from "../../protocol/refusals.ts";
import type { Line } from "../seat.ts";
import type { CrowdRoom } from "./ports.ts";
import type { TimerRecord } from "./record.ts";

/** Bytes that a timer takes besides its texts, and more than the characters of a frame around them. */
const TIMER_BYTES = 300;
/** While a timer runs, what its room's record says is left is no older than this: a crash gives back so much and no more. */
const RECORDED_MS = 10_000;

interface Timer {
  readonly name: string;
  readonly label: string | null;
  readonly pauses: boolean;
  /** Whether the host has stopped it for a while. */
  isPaused: boolean;
  /** How long it has to go while it stands, in ms. */
  leftMs: number;
  /** When it is over by the room's clock, in ms; null: it stands still. */
  endsAt: number | null;
  cancel: (() => void) | null;
}

export class Timers {
  readonly #timers = new Map<string, Timer>();

  constructor(
    private readonly room: CrowdRoom,
    private readonly clock: Clock,
  ) {}

  /** Begins a timer, in the place of one of that name; answers how many lines heard it. */
  set({ timer: name, ms, label, pauses }: Extract<CrowdCommand, { kind: "timerSet" }>): number | Refusal {
    const before = this.#timers.get(name);
    if (before === undefined && this.#timers.size >= WIRE.timersMax) return refuse("too_many_timers");
    const timer: Timer = { name, label, pauses, isPaused: false, leftMs: ms, endsAt: null, cancel: null };
    const more = bytesOf(timer) - (before === undefined ? 0 : bytesOf(before));
    if (!this.room.keep(more)) return refuse("too_large");
    if (before !== undefined) this.#stand(before);
    this.#timers.set(name, timer);
    this.#settle(timer);
    return this.#tell(timer);
  }

  pause(name: string): number | Refusal {
    return this.#setPaused(name, true);
  }

  go(name: string): number | Refusal {
    return this.#setPaused(name, false);
  }

  /** Ends a timer before its time: nobody is told that it is done. */
  stop(name: string): number | Refusal {
    const timer = this.#timers.get(name);
    if (timer === undefined) return refuse("timer_not_found");
    this.#forget(timer);
    this.room.changed();
    const stopped = { timer: name, label: timer.label, leftMs: 0, t: this.clock.now(), endsAt: null };
    return this.room.tellNow({ kind: "timer", timer: stopped, isStopped: true });
  }

  /** Somebody is host, or nobody is any more: what stands still without a host stands or runs from now on. */
  hostChanged(): void {
    for (const timer of this.#timers.values()) if (timer.pauses && this.#settle(timer)) this.#tell(timer);
  }

  /** Tells one line how all of them stand. */
  tellTo(line: Line): void {
    for (const timer of this.picture()) this.room.tellOne(line, { kind: "timer", timer, isStopped: false });
  }

  picture(): TimerPicture[] {
    return Array.from(this.#timers.values(), (timer) => this.#pictureOf(timer));
  }

  record(): TimerRecord[] {
    return Array.from(this.#timers.values(), (timer) => {
      const { name, label, pauses, isPaused } = timer;
      return { timer: name, label, leftMs: this.#leftOf(timer), pauses, isPaused };
    });
  }

  restore(records: readonly TimerRecord[]): void {
    for (const { timer: name, ...record } of records) {
      const timer: Timer = { name, ...record, endsAt: null, cancel: null };
      this.room.keepAnyway(bytesOf(timer));
      this.#timers.set(name, timer);
      this.#settle(timer);
    }
  }

  /** All of them are gone, and nobody is told. */
  clear(): void {
    for (const timer of this.#timers.values()) this.#forget(timer);
  }

  /** No fewer characters than its pictures have, for whoever asks whether they fit a frame. */
  get chars(): number {
    let chars = 0;
    for (const { name, label } of this.#timers.values()) chars += TIMER_BYTES + name.length + (label?.length ?? 0);
    return chars;
  }

  get size(): number {
    return this.#timers.size;
  }

  #setPaused(name: string, isPaused: boolean): number | Refusal {
    const timer = this.#timers.get(name);
    if (timer === undefined) return refuse("timer_not_found");
    timer.isPaused = isPaused;
    this.#settle(timer);
    return this.#tell(timer);
  }

  /** Makes it run or stand, as it should; whether that is a change. */
  #settle(timer: Timer): boolean {
    const runs = !timer.isPaused && (!timer.pauses || this.room.hasHost);
    if (runs === (timer.endsAt !== null)) return false;
    if (runs) {
      timer.endsAt = this.clock.now() + timer.leftMs;
      this.#wait(timer);
    } else this.#stand(timer);
    this.room.changed();
    return true;
  }

  #stand(timer: Timer): void {
    timer.leftMs = this.#leftOf(timer);
    timer.endsAt = null;
    timer.cancel?.();
    timer.cancel = null;
  }

  #wait(timer: Timer): void {
    timer.cancel = this.clock.after(Math.min(this.#leftOf(timer), RECORDED_MS), () => this.#look(timer));
  }

  #look(timer: Timer): void {
    if (this.#leftOf(timer) > 0) {
      this.room.changed();
      this.#wait(timer);
      return;
    }
    this.#forget(timer);
    this.room.tell({ kind: "timerDone", timer: timer.name });
  }

  #forget(timer: Timer): void {
    this.#stand(timer);
    this.#timers.delete(timer.name);
    this.room.keepAnyway(-bytesOf(timer));
  }

  #tell(timer: Timer): number {
    return this.room.tellNow({ kind: "timer", timer: this.#pictureOf(timer), isStopped: false });
  }

  #leftOf({ leftMs, endsAt }: Timer, now = this.clock.now()): number {
    return endsAt === null ? leftMs : Math.max(0, endsAt - now);
  }

  #pictureOf(timer: Timer): TimerPicture {
    const { name, label, endsAt } = timer;
    // One look at the clock: a second may find another millisecond, and what is left is said of this one.
    const t = this.clock.now();
    return { timer: name, label, leftMs: this.#leftOf(timer, t), t, endsAt };
  }
}

/** What a timer is counted as [L31]. */
function bytesOf({ name, label }: Timer): number {
  return TIMER_BYTES + textBytes(name) + textBytes(label);
}
