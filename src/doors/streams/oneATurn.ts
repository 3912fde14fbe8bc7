// Works that take about a millisecond each, such as a page of the log: one a turn, in the order they came, however many wait. So a thousand
// clients that come back at once after a restart hold up no room.
import type { Clock } from "../../clock.ts";

export class OneATurn {
  readonly #waiting = new Set<() => void>();
  #isAwake = false;

  constructor(private readonly clock: Pick<Clock, "soon">) {}

  /** Has it done in a turn of its own; once, however often it is added before that. It must not throw. */
  add(work: () => void): void {
    this.#waiting.add(work);
    if (!this.#isAwake) this.#goOn();
  }

  /** It is not wanted any more. */
  remove(work: () => void): void {
    this.#waiting.delete(work);
  }

  #goOn(): void {
    this.#isAwake = true;
    this.clock.soon(() => {
      this.#isAwake = false;
      const [first] = this.#waiting;
      if (first === undefined) return;
      this.#waiting.delete(first);
      if (this.#waiting.size > 0) this.#goOn();
      first();
    });
  }
}
