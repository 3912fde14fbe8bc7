// What a room has beside seats, said a second time and as plainly as can be: its timers, its private data, and what its members are called. The
// numbers of the limits aside it shares no code with src/rooms.
import type { CrowdPicture, Event, TimerPicture } from "../../src/protocol/events.ts";

/** Something that will happen by itself; of two at the same time, the one set first. */
export interface Due {
  readonly at: number;
  readonly order: number;
  /** When it was set. */
  readonly since: number;
}

interface ModelTimer {
  readonly name: string;
  readonly label: string | null;
  readonly pauses: boolean;
  isPaused: boolean;
  /** While it stands. */
  leftMs: number;
  /** While it runs; and when it will next be looked at. */
  endsAt: number | null;
  due: Due | null;
}

/** The room around it, as it is now. */
export interface Around {
  readonly now: number;
  readonly hasHost: boolean;
  in(ms: number): Due;
  tell(event: Event): number;
}

const TIMERS_MAX = 8;
const LOOK_MS = 10_000;

export class ModelCrowd {
  timers: ModelTimer[] = [];
  readonly privates = new Map<string, string>();

  /** As a snapshot has it: what is left of each timer. */
  copy(now: number): ModelCrowd {
    const copy = new ModelCrowd();
    copy.timers = this.timers.map((timer) => ({ ...timer, leftMs: leftOf(timer, now), endsAt: null, due: null }));
    for (const [clientId, body] of this.privates) copy.privates.set(clientId, body);
    return copy;
  }

  set(around: Around, name: string, ms: number, label: string | null, pauses: boolean): number | "too_many_timers" {
    const at = this.timers.findIndex((timer) => timer.name === name);
    if (at === -1 && this.timers.length >= TIMERS_MAX) return "too_many_timers";
    const timer: ModelTimer = { name, label, pauses, isPaused: false, leftMs: ms, endsAt: null, due: null };
    if (at === -1) this.timers.push(timer);
    else this.timers[at] = timer;
    this.#settle(around, timer);
    return around.tell(told(timer, around.now));
  }

  pause(around: Around, name: string, isPaused: boolean): number | "timer_not_found" {
    const timer = this.timers.find((one) => one.name === name);
    if (timer === undefined) return "timer_not_found";
    timer.isPaused = isPaused;
    this.#settle(around, timer);
    return around.tell(told(timer, around.now));
  }

  stop(around: Around, name: string): number | "timer_not_found" {
    const timer = this.timers.find((one) => one.name === name);
    if (timer === undefined) return "timer_not_found";
    this.timers = this.timers.filter((one) => one !== timer);
    const stopped: TimerPicture = { timer: name, label: timer.label, leftMs: 0, t: around.now, endsAt: null };
    return around.tell({ kind: "timer", timer: stopped, isStopped: true });
  }

  hostChanged(around: Around): void {
    for (const timer of this.timers)
      if (timer.pauses && this.#settle(around, timer)) around.tell(told(timer, around.now));
  }

  /** It is looked at: whether it is over. */
  look(around: Around, timer: ModelTimer): boolean {
    const left = leftOf(timer, around.now);
    if (left > 0) timer.due = around.in(Math.min(left, LOOK_MS));
    else this.timers = this.timers.filter((one) => one !== timer);
    return left <= 0;
  }

  /** The next process goes on with it. `leftMs`: what it found in a record that was not the last word. */
  restart(around: Around, leftMs: ReadonlyMap<string, number> | null): void {
    for (const timer of this.timers) {
      const found = leftMs?.get(timer.name) ?? timer.leftMs;
      if (found < timer.leftMs || found > timer.leftMs + LOOK_MS)
        throw new Error(`of ${timer.name} ${found} ms were left instead of ${timer.leftMs}`);
      timer.leftMs = found;
      this.#settle(around, timer);
    }
  }

  picture(clientId: string, isHost: boolean, now: number): CrowdPicture | undefined {
    const timers = this.timers.map((timer) => pictureOf(timer, now));
    const own = this.privates.get(clientId);
    const privates = [...this.privates].flatMap(([of, body]) => (of === clientId ? [] : [{ clientId: of, body }]));
    if (timers.length === 0 && own === undefined && (privates.length === 0 || !isHost)) return undefined;
    return {
      ...(timers.length > 0 && { timers }),
      ...(own !== undefined && { private: own }),
      ...(privates.length > 0 && isHost && { privates }),
    };
  }

  #settle({ hasHost, now, in: after }: Around, timer: ModelTimer): boolean {
    const runs = !timer.isPaused && (hasHost || !timer.pauses);
    if (runs === (timer.endsAt !== null)) return false;
    timer.leftMs = leftOf(timer, now);
    timer.endsAt = runs ? now + timer.leftMs : null;
    timer.due = runs ? after(Math.min(timer.leftMs, LOOK_MS)) : null;
    return true;
  }
}

function leftOf({ leftMs, endsAt }: ModelTimer, now: number): number {
  return endsAt === null ? leftMs : Math.max(0, endsAt - now);
}

function pictureOf(timer: ModelTimer, now: number): TimerPicture {
  const { name, label, endsAt } = timer;
  return { timer: name, label, leftMs: leftOf(timer, now), t: now, endsAt };
}

function told(timer: ModelTimer, now: number): Event {
  return { kind: "timer", timer: pictureOf(timer, now), isStopped: false };
}

/** What one is called that asks for this name, beside others; `own`: what it is called already. */
export function nameAmong(name: string | null, others: readonly (string | null)[], own: string | null): string | null {
  if (name === null) return null;
  const plain = (text: string) => text.toLowerCase().replaceAll(" ", "");
  const isTaken = (wish: string) => others.some((other) => other !== null && plain(other) === plain(wish));
  if (own?.startsWith(`${name} `) && /^\d+$/.test(own.slice(name.length + 1))) return own;
  if (!isTaken(name)) return name;
  for (let number = 2; ; number++) if (!isTaken(`${name} ${number}`)) return `${name} ${number}`;
}
