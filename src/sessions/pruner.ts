// Makes room in the sessions' file where it is nearly full, a little at a time: sessions that hosts began and ended are forgotten, oldest
// first, and those that nobody has touched for long are ended [S26]. What was begun with a token is never looked at.
import { isRefusal } from "../protocol/refusals.ts";
import type { Endings } from "./endings.ts";
import type { SessionsCore } from "./running.ts";

/** From this share of the file on, room is made: below the share at which hosts' sessions are refused, or they would be first. */
export const PRUNE_FROM_SHARE = 0.7;
/** It is made until so much is left: lower than where it starts, or each new event would start it again. */
export const PRUNE_TO_SHARE = 0.6;
/** Rows forgotten in one turn, and bytes of the log among them: 0.5 ms of the loop and 5 at most, measured on a full file of 64 MiB. */
export const PRUNE_ROWS = 500;
export const PRUNE_BYTES = 256 * 1024;
/** From one turn to the next, in ms: the others have the loop for most of it. */
export const PRUNE_EVERY_MS = 25;
/** A host's session that has been told nothing for so long, in ms, is nobody's: a game of a full room tells something each few minutes. */
export const UNTOUCHED_MS = 3_600_000;

export class Pruner {
  /** Whether a turn is waited for. */
  #isAwake = false;
  /** Whether a session has been forgotten in part: the rest of it is of no use to anybody. */
  #isMidway = false;
  #forgotten = 0;

  constructor(
    private readonly core: SessionsCore,
    private readonly endings: Endings,
    /** Hears how many sessions were forgotten, when there is room or nothing left to forget. */
    private readonly onForgotten: (count: number) => void = () => {},
  ) {}

  /** How many sessions have been forgotten since the start. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** Begins, if the file is nearly full, and goes on until there is room. @param share how full it is, 0 to 1 */
  wake(share: number): void {
    if (!this.#isAwake && share >= PRUNE_FROM_SHARE) this.#goOn(this.#forgotten);
  }

  /** @param before how many had been forgotten when it began */
  #goOn(before: number): void {
    this.#isAwake = true;
    this.core.clock.after(PRUNE_EVERY_MS, () => {
      this.#isAwake = false;
      if (this.#turn()) this.#goOn(before);
      else if (this.#forgotten > before) this.onForgotten(this.#forgotten - before);
    });
  }

  /** Makes a little room; answers whether there is more to do. */
  #turn(): boolean {
    const { store, clock, eventLog } = this.core;
    if (eventLog.isClosed) return false;
    const isWorthMore = eventLog.attempt(() => {
      if (!this.#isMidway && store.fullShare < PRUNE_TO_SHARE) return false;
      const done = store.forgetSome(PRUNE_ROWS, PRUNE_BYTES);
      this.#isMidway = done === "part";
      if (done === "whole") this.#forgotten++;
      if (done !== "nothing") return true;
      const untouched = store.untouched(clock.wall() - UNTOUCHED_MS);
      return untouched !== null && this.endings.endSession(untouched) === null;
    });
    return !isRefusal(isWorthMore) && isWorthMore;
  }
}
