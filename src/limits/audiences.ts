// How many watch rooms without a seat: in all, and how many of one address may watch one room [C4]. The number a room may have, its creator says.
import type { Limits } from "./table.ts";

export class Audiences {
  #size = 0;

  constructor(private readonly limits: Pick<Limits, "audienceInAllMax" | "audiencePerAddressMax">) {}

  /** How many watch, in all rooms. */
  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#size >= this.limits.audienceInAllMax;
  }

  /** How many of one address may watch one room. */
  get perAddressMax(): number {
    return this.limits.audiencePerAddressMax;
  }

  /** So many more watch, or fewer. */
  add(watching: number): void {
    this.#size += watching;
  }
}
