// A look at the server: what the kernel says of its process, and what it says of itself. Rates and the lag are those since the
// look before.

import { readdirSync } from "node:fs";
import type { ServerProcess } from "../../serverProcess.ts";
import { median } from "../../stats.ts";
import { cpuNs, rssBytes } from "../../usage.ts";

/** Each figure with its digits. `rssMB` is the median of the glances, `cpu` of one core; `faults` and `dropped` must stay 0. */
export const COLUMNS = [
  ...([
    ["minute", 1],
    ["rssMB", 1],
    ["descriptors", 0],
    ["lines", 0],
    ["rooms", 0],
    ["away", 0],
  ] as const),
  ...([
    ["lagP99Ms", 0],
    ["cpu", 2],
    ["inPerSecond", 0],
    ["outPerSecond", 0],
    ["faults", 0],
    ["dropped", 0],
  ] as const),
] as const;

export type Sample = Record<(typeof COLUMNS)[number][0], number>;

const BYTES_PER_MB = 1024 * 1024;
const NS_PER_MS = 1_000_000;
const LAG_BUCKET = /^partyline_event_loop_lag_seconds_bucket\{le="([^"]+)"\}$/;

type Scrape = ReadonlyMap<string, number>;

export class Sampler {
  readonly #startedAt = performance.now();
  #before = { at: this.#startedAt, cpu: 0, scrape: new Map() as Scrape };
  #rss: number[] = [];

  constructor(private readonly server: ServerProcess) {}

  /** Between two samples, often: memory goes up and down with each collection, and one look would see any point of that. */
  glance(): void {
    this.#rss.push(rssBytes(this.server.pid) / BYTES_PER_MB);
  }

  /** The first one only begins: its rates are since nothing. */
  async sample(): Promise<Sample> {
    const { pid } = this.server;
    const now = { at: performance.now(), cpu: cpuNs(pid), scrape: await this.server.scrape() };
    const before = this.#before;
    const rssMB = median(this.#rss);
    this.#before = now;
    this.#rss = [];
    const ms = now.at - before.at;
    const level = (name: string) => now.scrape.get(`partyline_${name}`) ?? Number.NaN;
    const rate = (name: string) => ((level(name) - (before.scrape.get(`partyline_${name}`) ?? 0)) / ms) * 1000;
    return {
      ...{ minute: (now.at - this.#startedAt) / 60_000, rssMB, cpu: (now.cpu - before.cpu) / (ms * NS_PER_MS) },
      ...{ descriptors: readdirSync(`/proc/${pid}/fd`).length, lagP99Ms: lagP99Ms(before.scrape, now.scrape) },
      ...{ lines: level("lines"), rooms: level("rooms"), away: level("seats_away") },
      ...{ inPerSecond: rate("messages_in_total"), outPerSecond: rate("messages_out_total") },
      ...{ faults: level("faults_total"), dropped: level("dropped_total") },
    };
  }
}

/** Upper end of the histogram's bucket that holds it. */
function lagP99Ms(before: Scrape, now: Scrape): number {
  const buckets = [...now].flatMap(([label, value]) => {
    const bound = LAG_BUCKET.exec(label)?.[1];
    if (bound === undefined) return [];
    const ms = bound === "+Inf" ? Number.POSITIVE_INFINITY : Number(bound) * 1000;
    return [{ ms, count: value - (before.get(label) ?? 0) }];
  });
  buckets.sort((a, b) => a.ms - b.ms);
  const all = buckets.at(-1)?.count ?? 0;
  return buckets.find(({ count }) => count >= all * 0.99)?.ms ?? Number.NaN;
}
