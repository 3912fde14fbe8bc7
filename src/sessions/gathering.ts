// Works that may wait a moment, gathered into one transaction: what 200 votes a second write apart is three times the pages and the commits
// of what they write four at a time, and each commit holds up every room (measured). The first after a pause waits for nobody.
import type { Clock } from "../clock.ts";
import type { Refusal } from "../protocol/refusals.ts";
import type { EventLog } from "./eventLog.ts";

interface Bounds {
  readonly everyMs: number;
  readonly atOnceMax: number;
}

export const GATHERING: Bounds = {
  /** From one transaction to the next, in ms: what comes meanwhile waits for it. */
  everyMs: 20,
  /** Works of one transaction: some 2 ms of a turn. What is more goes in the next turn. */
  atOnceMax: 16,
};

interface Waiting<T> {
  readonly work: () => T;
  readonly settle: (result: PromiseSettledResult<T | Refusal>) => void;
}

export class Gathering<T> {
  #waiting: Waiting<T>[] = [];
  /** Cancels the next transaction; null: none is due. */
  #cancel: (() => void) | null = null;
  /** When the last transaction began, in ms. */
  #beganAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly eventLog: EventLog,
    private readonly clock: Clock,
    private readonly bounds: Bounds = GATHERING,
  ) {
    eventLog.beforeClose(() => {
      while (this.#waiting.length > 0) this.#write();
    });
  }

  /** What the work answers once that is written: `not_kept` where it cannot be. Works are done in the order of these calls. */
  add(work: () => T): Promise<T | Refusal> {
    const { promise, resolve, reject } = Promise.withResolvers<T | Refusal>();
    const settle = (result: PromiseSettledResult<T | Refusal>) =>
      result.status === "fulfilled" ? resolve(result.value) : reject(result.reason);
    this.#waiting.push({ work, settle });
    if (this.#cancel !== null) return promise;
    const waitMs = this.#beganAt + this.bounds.everyMs - this.clock.now();
    if (waitMs <= 0) this.#write();
    else this.#writeAfter(Math.min(waitMs, this.bounds.everyMs));
    return promise;
  }

  #writeAfter(ms: number): void {
    this.#cancel = this.clock.after(ms, () => this.#write());
  }

  #write(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#beganAt = this.clock.now();
    const taken = this.#waiting.slice(0, this.bounds.atOnceMax);
    this.#waiting = this.#waiting.slice(this.bounds.atOnceMax);
    if (this.#waiting.length > 0) this.#writeAfter(0);
    const results = this.eventLog.together(taken.map(({ work }) => work));
    for (const [at, { settle }] of taken.entries()) {
      const result = results[at];
      if (result !== undefined) settle(result);
    }
  }
}
