// Codes that nobody gets for a while after their room: a phone that missed the end must not land among strangers [R5].

/** How long, in ms. */
export const CODE_COOLDOWN_MS = 60_000;
/** How many at most: opening and closing rooms in a loop must fill neither memory nor the code space. */
export const CODES_COOLING_MAX = 65_536;

export class CoolingCodes {
  /** Until when, in ms. In order of ending, so the oldest is the first. */
  readonly #until = new Map<string, number>();

  /** @param codesMax how many are kept back */
  constructor(private readonly codesMax = CODES_COOLING_MAX) {}

  /** Whether it may not be used yet. */
  has(code: string, now: number): boolean {
    return (this.#until.get(code) ?? 0) > now;
  }

  /** Its room has ended. */
  add(code: string, now: number): void {
    this.#until.set(code, now + CODE_COOLDOWN_MS);
    const oldest = this.#until.keys().next();
    if (this.#until.size > this.codesMax && !oldest.done) this.#until.delete(oldest.value);
  }

  /** Forgets those that have cooled. */
  drop(now: number): void {
    for (const [code, until] of this.#until) {
      if (until > now) return;
      this.#until.delete(code);
    }
  }
}
