// What a room keeps for whoever joins: its state, and in rooms that share, what each member's own data begins as and its shape
// [R36][R44]. A member's own data stands in its seat.
import { textBytes } from "../limits/kept.ts";
import type { Opening, Shaped } from "../protocol/commands.ts";

export class Retained {
  constructor(
    /** The state: one JSON value as text; null until one is set. */
    public state: string | null,
    /** What a member's own data begins as, and the shape it keeps; null: anything goes. */
    public defaults: Shaped | null,
  ) {}

  /** Whether members' data has a shape, and any member may replace everything [R44]. */
  get isShared(): boolean {
    return this.defaults !== null;
  }

  /** What a new member's own data is. */
  get firstPlayer(): string | null {
    return this.defaults?.body ?? null;
  }

  /** Whether data of that shape may be a member's own [R45]. */
  fits(shape: string | null): boolean {
    return this.defaults === null || this.defaults.shape === shape;
  }

  /** Bytes that it takes with this state and these defaults beyond what it takes now [L31]. */
  moreWith(state: string | null, defaults: Shaped | null): number {
    return retainedBytes(state, defaults) - retainedBytes(this.state, this.defaults);
  }
}

/** Bytes that a room keeps of how it was opened [L31]. */
export function openingBytes({ state, defaults, wireData }: Omit<Opening, "rules">): number {
  return retainedBytes(state, defaults) + textBytes(wireData);
}

function retainedBytes(state: string | null, defaults: Shaped | null): number {
  return textBytes(state) + (defaults === null ? 0 : textBytes(defaults.body) + textBytes(defaults.shape));
}
