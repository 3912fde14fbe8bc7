// How much of the server's time the snapshots take: after each slice of work they rest many times as long, and the rooms play.

/** Rests are so many times as long as the work before them: with it, a twentieth of the time is work. */
const REST_FACTOR = 19;

export class Pace {
  #isOver = false;
  #wake: (() => void) | null = null;

  /**
   * @param after calls back after so many ms, once, and answers what cancels that
   * @param now the time in ms by which work is measured, and a slice ended
   */
  constructor(
    private readonly after: (ms: number, call: () => void) => () => void = afterMs,
    readonly now: () => number = () => performance.now(),
  ) {}

  /** Whether nobody rests any more, and what is under way is to be left. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Gives the rooms their turns after so much work. */
  rest(workMs: number): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.after(workMs * REST_FACTOR, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  /** The server goes: the last snapshot waits for nothing. */
  end(): void {
    this.#isOver = true;
    this.#wake?.();
  }
}

function afterMs(ms: number, call: () => void): () => void {
  const timer = setTimeout(call, ms);
  return () => clearTimeout(timer);
}
