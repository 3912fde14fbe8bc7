// What is counted, as plain numbers: whoever counts something holds `counts` or calls a method, and whoever looks reads what stands here. No
// name has a value that a client can choose. Knows nothing of what it counts, nor in which words it is told.
import { CLOSES, REFUSALS, type RefusalName } from "../protocol/refusals.ts";

/** Bounds of the lag's buckets, in ms. */
export const LAG_BOUNDS_MS = [1, 5, 10, 25, 50, 100, 250, 1_000] as const;

/** Counted where they happen, and often: each costs an increment and nothing more. */
export interface Counts {
  messagesIn: number;
  bytesIn: number;
  /** Frames handed to lines, one for each that hears it. */
  messagesOut: number;
  bytesOut: number;
  /** Rejoins that said where they had left off: told all they missed, or not. */
  resumesOk: number;
  resumesFailed: number;
  /** Times a line's reads were paused for being too fast, or because its room had handed out too much. */
  pauses: number;
  /** Requests that had to wait for their turn. */
  waits: number;
  /** Frames a socket would not take: 0 unless a line is over its hard limit. */
  dropped: number;
  /** What a line had sent before it closed and was dropped: frames past one burst [L17], writes past the write limit [L19]. */
  abandoned: number;
  /** Throws that the fault wall caught: each is a bug. */
  faults: number;
  linesOpened: number;
}

/** Buckets and caps that refuse or slow somebody down, by the name they are counted under when they do. */
export const BUCKETS = [
  "http",
  "http_token",
  "http_login",
  "http_foreign",
  "http_files",
  "connects",
  "lines",
  "server",
  "guesses",
  "guesses_network",
  "guesses_server",
  "logins",
  "messages",
  "address_in",
  "room_out",
  "joins",
  "writes",
  "unread",
  "roomless",
  "rooms",
  "kept",
  "streams",
] as const;
export type BucketName = (typeof BUCKETS)[number];

const PROTOCOL_CODES = [1000, 1001, 1002, 1003, 1005, 1006, 1007, 1009, 1011];
const KNOWN_CODES = new Set<number>([...Object.values(CLOSES).map(({ code }) => code), ...PROTOCOL_CODES]);

/** Stands for all codes that clients choose for themselves; no line closes with it. */
const OTHER_CODE = 0;

export class Tally {
  readonly counts: Counts = {
    messagesIn: 0,
    bytesIn: 0,
    messagesOut: 0,
    bytesOut: 0,
    resumesOk: 0,
    resumesFailed: 0,
    pauses: 0,
    waits: 0,
    dropped: 0,
    abandoned: 0,
    faults: 0,
    linesOpened: 0,
  };
  readonly refusals = new Map<RefusalName, number>();
  /** Lines closed, by code. Plain numbers: a labelled counter costs more than the close. */
  readonly #closes = new Map<number, number>();
  readonly limitedBy = new Map<BucketName, number>(BUCKETS.map((name) => [name, 0]));
  /** By route and status: an upgrade is counted without a text made of both. */
  readonly requests = new Map<string, Map<number, number>>();
  /** Beats that came at most as late as each bound, and not as early as the one before; the last: later than all. */
  readonly lagCounts: number[] = Array.from({ length: LAG_BOUNDS_MS.length + 1 }, () => 0);
  lagSumMs = 0;
  failedLogins = 0;
  /** Hears of each time that a bucket ran dry, for the log. */
  onLimited: ((bucket: BucketName) => void) | null = null;

  constructor() {
    for (const name of Object.keys(REFUSALS)) this.refusals.set(name as RefusalName, 0);
  }

  refused(name: RefusalName): void {
    this.refusals.set(name, (this.refusals.get(name) ?? 0) + 1);
  }

  /** A line closed with this code; a code of the client's own choosing counts as "other". */
  closed(code: number): void {
    const known = KNOWN_CODES.has(code) ? code : OTHER_CODE;
    this.#closes.set(known, (this.#closes.get(known) ?? 0) + 1);
  }

  /** Lines closed by code, as it is told: with `other` for all that clients made up. */
  *closes(): Generator<readonly [code: string, count: number]> {
    for (const [code, count] of this.#closes) yield [code === OTHER_CODE ? "other" : String(code), count];
  }

  lagged(ms: number): void {
    const late = Math.max(0, ms);
    const at = LAG_BOUNDS_MS.findIndex((bound) => late <= bound);
    const bucket = at === -1 ? LAG_BOUNDS_MS.length : at;
    this.lagCounts[bucket] = (this.lagCounts[bucket] ?? 0) + 1;
    this.lagSumMs += late;
  }

  /** Somebody was refused or slowed down by that bucket. */
  limited(bucket: BucketName): void {
    this.limitedBy.set(bucket, (this.limitedBy.get(bucket) ?? 0) + 1);
    this.onLimited?.(bucket);
  }

  /** An HTTP request was answered. @param route one of our own table, never what was asked for */
  requested(route: string, status: number): void {
    const byStatus = this.requests.get(route) ?? new Map<number, number>();
    if (byStatus.size === 0) this.requests.set(route, byStatus);
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
  }

  loginFailed(): void {
    this.failedLogins++;
  }
}
