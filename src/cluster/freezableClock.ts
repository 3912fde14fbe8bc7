// The clock of a node's doors and rooms, which can stand still: while the node is frozen no timer of theirs runs, and afterwards no time has passed, so
// that nobody is silent, late or given up for what the engine did [N8]. The wall's time goes on, and so do the clocks of link and lease.
import type { Clock } from "../clock.ts";

interface Timer {
  call: (() => void) | null;
}

export class FreezableClock implements Clock {
  /** How long it has stood in all, in ms. */
  #stoodMs = 0;
  /** Since when it stands, by the clock behind it; null: it goes. */
  #standsSince: number | null = null;
  /** Timers that were due while it stood, in the order in which they were. */
  #due: Timer[] = [];

  constructor(private readonly clock: Clock) {}

  /** For how long it has stood in all, in ms. */
  get stoodMs(): number {
    return this.#stoodMs + (this.#standsSince === null ? 0 : this.clock.now() - this.#standsSince);
  }

  wall(): number {
    return this.clock.wall();
  }

  now(): number {
    return (this.#standsSince ?? this.clock.now()) - this.#stoodMs;
  }

  after(ms: number, call: () => void): () => void {
    const timer: Timer = { call };
    const cancel = this.clock.after(ms, () => this.#run(timer));
    return () => {
      timer.call = null;
      cancel();
    };
  }

  soon(call: () => void): void {
    this.clock.soon(() => this.#run({ call }));
  }

  /** Stands still from now on. */
  freeze(): void {
    this.#standsSince ??= this.clock.now();
  }

  /** Goes on; what was due runs, one timer after the other, behind the callbacks that wait already. */
  thaw(): void {
    if (this.#standsSince === null) return;
    this.#stoodMs += this.clock.now() - this.#standsSince;
    this.#standsSince = null;
    for (const timer of this.#due.splice(0)) this.clock.soon(() => this.#run(timer));
  }

  #run(timer: Timer): void {
    const { call } = timer;
    if (call === null) return;
    if (this.#standsSince !== null) {
      this.#due.push(timer);
      return;
    }
    timer.call = null;
    call();
  }
}
