// The server's clock as far as it is known here, and the timers that go by it: so each page shows what is left alike, whatever its own clock says.
import { Emitter } from "./emitter.ts";
import type { Timer } from "./events.ts";
import type { JoinedFrame, TimerFrame } from "./wire.ts";

type Told = NonNullable<JoinedFrame["timers"]>[number] & Pick<TimerFrame, "stopped">;

export class Timers extends Emitter {
  readonly #timers = new Map<string, Timer>();
  /** Those that there are, by their names. */
  readonly timers: ReadonlyMap<string, Timer> = this.#timers;
  /** How far the server's clock is ahead of ours, and by how much that may be wrong, as it was at a time of ours. */
  #aheadMs = 0;
  #errorMs = 1e9;
  #timedAt = 0;

  /** The server's clock, in ms since 1970. */
  now(): number {
    return Date.now() + this.#aheadMs;
  }

  /** A frame was half of so many ms on its way, and said how far ahead the server is. The one that was fastest knows best; clocks drift, and are set. */
  protected timed(ms: number, aheadMs: number, at = Date.now()): void {
    const errorMs = this.#errorMs + (at - this.#timedAt) / 2000;
    if (ms / 2 > errorMs && Math.abs(aheadMs - this.#aheadMs) <= ms / 2 + errorMs) return;
    this.#aheadMs = aheadMs;
    this.#errorMs = ms / 2;
    this.#timedAt = at;
  }

  /** As the picture has them. */
  protected retime(told: readonly Told[]): void {
    const gone = new Map(this.#timers);
    for (const one of told) {
      const before = gone.get(one.timer);
      gone.delete(one.timer);
      // What is left of one that runs is only known about here: it is the same one if it ends at the same time.
      if (before?.endsAt !== one.endsAt || (one.isPaused && before.leftMs !== one.leftMs)) this.time(one);
    }
    for (const [timer, { leftMs }] of gone) {
      if (leftMs) this.time({ timer, leftMs: 0, t: this.now(), endsAt: null, isPaused: true, stopped: true });
      else this.done(timer);
    }
  }

  protected time({ timer: name, label, leftMs, t, endsAt, isPaused, stopped }: Told): void {
    // Better than nothing: the frame was on its way for as long as that is wrong.
    if (this.#errorMs > 1e8) this.#aheadMs = t - Date.now();
    const now = () => this.now();
    const timer: Timer = {
      name,
      label,
      endsAt,
      isPaused,
      isStopped: !!stopped,
      get leftMs() {
        return endsAt ? Math.max(0, endsAt - now()) : leftMs;
      },
    };
    this.#timers.set(name, timer);
    if (stopped) this.#timers.delete(name);
    this.emit("timer", timer);
  }

  /** None of them is there any more. */
  protected untime(): void {
    this.#timers.clear();
  }

  protected done(name: string): void {
    this.#timers.delete(name);
    this.emit("timerDone", name);
  }
}
