// A look at the server: what the kernel says of its process, and what it says of itself. Rates and the lag are those since the
// look before.

import { readdirSync } from "node:fs";
import type { Victim } from "../chaos/victim.ts";
import { median } from "../stats.ts";
import { cpuNs, rssBytes } from "../usage.ts";

export interface Sample {
  readonly minute: number;
  /** The median of the glances. */
  readonly rssMB: number;
  readonly descriptors: number;
  readonly lines: number;
  readonly rooms: number;
  readonly away: number;
  /** Upper end of the histogram's bucket that holds it, in ms. */
  readonly lagP99Ms: number;
  /** Of one core. */
  readonly cpuShare: number;
  readonly inPerSecond: number;
  readonly outPerSecond: number;
  /** Since the start; both must stay 0. */
  readonly faults: number;
  readonly dropped: number;
}

const BYTES_PER_MB = 1024 * 1024;
const NS_PER_MS = 1_000_000;
const LAG_BUCKET = /^partyline_event_loop_lag_seconds_bucket\{le="([^"]+)"\}$/;

type Scrape = ReadonlyMap<string, number>;

export class Sampler {
  #before: { at: number; cpu: number; scrape: Scrape } | null = null;
  readonly #startedAt = performance.now();

  #rss: number[] = [];

  constructor(private readonly victim: Victim) {}

  /** Between two samples, often: memory goes up and down with each collection, and one look would see any point of that. */
  glance(): void {
    this.#rss.push(rssBytes(this.victim.pid) / BYTES_PER_MB);
  }

  /** The first call only begins: it answers null. */
  async sample(): Promise<Sample | null> {
    const scrape = await this.victim.scrape();
    const now = { at: performance.now(), cpu: cpuNs(this.victim.pid), scrape };
    const before = this.#before;
    this.#before = now;
    const rssMB = median(this.#rss);
    this.#rss = [];
    if (before === null) return null;
    const ms = now.at - before.at;
    const level = (name: string) => scrape.get(name) ?? Number.NaN;
    const rate = (name: string) => ((level(name) - (before.scrape.get(name) ?? 0)) / ms) * 1000;
    return {
      minute: (now.at - this.#startedAt) / 60_000,
      rssMB,
      descriptors: readdirSync(`/proc/${this.victim.pid}/fd`).length,
      lines: level("partyline_lines"),
      rooms: level("partyline_rooms"),
      away: level("partyline_seats_away"),
      lagP99Ms: lagP99Ms(before.scrape, scrape),
      cpuShare: (now.cpu - before.cpu) / (ms * NS_PER_MS),
      inPerSecond: rate("partyline_messages_in_total"),
      outPerSecond: rate("partyline_messages_out_total"),
      faults: level("partyline_faults_total"),
      dropped: level("partyline_dropped_total"),
    };
  }
}

function lagP99Ms(before: Scrape, now: Scrape): number {
  const buckets: [ms: number, count: number][] = [];
  for (const [label, value] of now) {
    const bound = LAG_BUCKET.exec(label)?.[1];
    if (bound === undefined) continue;
    buckets.push([
      bound === "+Inf" ? Number.POSITIVE_INFINITY : Number(bound) * 1000,
      value - (before.get(label) ?? 0),
    ]);
  }
  buckets.sort(([a], [b]) => a - b);
  const all = buckets.at(-1)?.[1] ?? 0;
  return buckets.find(([, count]) => count >= all * 0.99)?.[0] ?? Number.NaN;
}
