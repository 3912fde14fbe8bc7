// Gives memory back. A crowd that has come or gone leaves garbage that Bun collects some time later, or not: 300 bytes for each
// open line, and 15 MB after ten thousand have left, measured. A full collection takes some 15 ms with ten thousand lines, so it
// waits for a second in which nearly nobody speaks.

import type { Clock } from "../clock.ts";

/** Lines come or gone since the last collection that make one worth its time: 300 kB of garbage at least [L18]. */
const TURNOVER_MIN = 1_000;
/** A second is quiet with fewer messages than this: nobody then waits the time of a collection for an answer. */
const QUIET_BELOW_MESSAGES = 50;
const LOOK_EVERY_MS = 1_000;
/** As so many lines an answer of the monitor counts: 250 of them, eight minutes of looking, make a collection worth its time [M5]. */
const LINES_PER_ANSWER = 4;

export class Gc {
  #turnover = 0;
  #turnoverSeen = 0;
  #messagesSeen = 0;

  constructor(
    private readonly clock: Clock,
    private readonly messagesIn: () => number,
    private readonly collect: () => void,
  ) {}

  /** A line has come or gone. */
  count(): void {
    this.#turnover++;
  }

  /** An operator was answered: each such answer leaves some 20 kB, which Bun gave back only after a hundred megabytes of them, measured. */
  countAnswer(): void {
    this.#turnover += LINES_PER_ANSWER;
    // It is no crowd: the same second may be quiet.
    this.#turnoverSeen += LINES_PER_ANSWER;
  }

  /** Looks once a second, until the process ends. */
  start(): void {
    this.clock.after(LOOK_EVERY_MS, () => {
      this.start();
      this.#look();
    });
  }

  #look(): void {
    const messages = this.messagesIn();
    const isQuiet = messages - this.#messagesSeen < QUIET_BELOW_MESSAGES && this.#turnover === this.#turnoverSeen;
    this.#messagesSeen = messages;
    this.#turnoverSeen = this.#turnover;
    if (!isQuiet || this.#turnover < TURNOVER_MIN) return;
    this.#turnover = 0;
    this.#turnoverSeen = 0;
    this.collect();
  }
}
