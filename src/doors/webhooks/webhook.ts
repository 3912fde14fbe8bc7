// One webhook as it runs: what it wants, how far it has been told, how it stands. What is done about that, its owner decides.
import type { LoggedEvent } from "../../sessions/store/rows.ts";
import type { WebhookProgress, WebhookRow } from "../../sessions/store/webhookTable.ts";
import { hostOf } from "./target.ts";

/** From one try to the next, in ms; then as the last [W9]. */
const RETRY_MS = [1_000, 5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000] as const;
/** The longest that comes of that. */
const WAIT_MS_MAX = 1.5 * 3_600_000;
/** After so long without a success nothing is tried any more, in ms. */
export const GIVE_UP_MS = 86_400_000;

export class Webhook {
  readonly url: URL;
  readonly #wanted: ReadonlySet<string>;
  toldId: number;
  tries: number;
  failingSince: number | null;
  nextAt: number | null;
  problem: string | null;
  pausedAt: number | null;
  /** What is read of the log and not told yet. */
  waiting: LoggedEvent[] = [];
  /** Ends the call that is under way, with what the webhook has besides; null: none is. */
  calling: AbortController | null = null;
  isTested = false;
  isGone = false;
  /** Stops the wait for the next try; null: there is none. */
  cancelWait: (() => void) | null = null;

  /** @param now in ms since 1970: the time for which there was no server does not count as one of failures */
  constructor(
    readonly row: WebhookRow,
    now: number,
  ) {
    this.url = new URL(row.url);
    this.#wanted = new Set(row.events);
    const { toldId, tries, failingSince, nextAt, problem, pausedAt } = row;
    this.toldId = toldId;
    this.tries = tries;
    this.nextAt = nextAt;
    this.problem = problem;
    this.pausedAt = pausedAt;
    this.failingSince = failingSince;
    this.#leaveOut(now);
  }

  get id(): number {
    return this.row.id;
  }

  get host(): string {
    return hostOf(this.url);
  }

  get progress(): WebhookProgress {
    const { toldId, tries, failingSince, nextAt, problem, pausedAt } = this;
    return { toldId, tries, failingSince, nextAt, problem, pausedAt };
  }

  /** Whether no call is under way, and one may be made. */
  get isFree(): boolean {
    return !this.isGone && this.pausedAt === null && this.calling === null;
  }

  /** How long it waits for its next try, in ms; a clock that was set back makes no wait longer than there is. */
  waitMs(now: number): number {
    const ms = (this.nextAt ?? 0) - now;
    return ms > WAIT_MS_MAX ? 0 : Math.max(0, ms);
  }

  /** The next event that it wants, of those that were read. What it does not want counts as told. */
  next(): LoggedEvent | null {
    for (let [first] = this.waiting; first !== undefined; [first] = this.waiting) {
      if (this.#wanted.has(first.type)) return first;
      this.toldId = first.id;
      this.waiting.shift();
    }
    return null;
  }

  /** The wait for its next try is over. @param now in ms since 1970: that a machine slept, or its clock was set, does not count as time of failures */
  waited(now: number): void {
    this.#leaveOut(now);
    this.endWait();
  }

  /** The wait for its next try is over, or is not wanted any more. */
  endWait(): void {
    this.cancelWait?.();
    this.cancelWait = null;
    this.nextAt = null;
  }

  succeeded(): void {
    this.toldId = this.waiting.shift()?.id ?? this.toldId;
    this.#anew();
  }

  /** @param draw 0 to 1 at random */
  failed(problem: string, retryAfterMs: number, now: number, draw: number): void {
    const plannedMs = RETRY_MS[Math.min(this.tries, RETRY_MS.length - 1)] ?? 0;
    this.tries++;
    this.problem = problem;
    this.failingSince ??= now;
    this.nextAt = now + Math.max(Math.round(plannedMs * (0.5 + draw)), retryAfterMs);
  }

  /** Goes on at once where it stood. @param toldId or behind that event */
  resume(toldId: number | null): void {
    if (toldId !== null) {
      this.toldId = toldId;
      this.waiting = [];
    }
    this.pausedAt = null;
    this.endWait();
    this.#anew();
  }

  /** Leaves out of the time of failures by how much its next try is late. */
  #leaveOut(now: number): void {
    if (this.failingSince !== null && this.nextAt !== null) this.failingSince += Math.max(0, now - this.nextAt);
  }

  #anew(): void {
    this.tries = 0;
    this.failingSince = null;
    this.nextAt = null;
    this.problem = null;
  }
}
