// A look at the server every ten seconds: what the kernel says of its process, and what it says of itself; and whether anything grew.

import { readdirSync } from "node:fs";
import type { Scrape, ServerProcess } from "../../serverProcess.ts";
import { median } from "../../stats.ts";
import { cpuNs, rssBytes } from "../../usage.ts";
import { lagMs } from "../scene.ts";

/** `rssMB` is the least of the glances, `cpu` of one core; `faults` and `dropped` must stay 0. */
export type Sample = Readonly<
  Record<
    "minute" | "rssMB" | "cpu" | "descriptors" | "lines" | "lagP99Ms" | "outPerSecond" | "faults" | "dropped",
    number
  >
>;

const BYTES_PER_MB = 1024 * 1024;
const NS_PER_MS = 1_000_000;
const GLANCES = 10;
const GLANCE_MS = 1_000;

export class Sampler {
  readonly #startedAt = performance.now();
  #before = { at: this.#startedAt, cpu: 0, scrape: new Map() as Scrape };

  constructor(private readonly server: ServerProcess) {}

  /** Rates and the lag are those since the sample before. */
  async sample(): Promise<Sample> {
    const { pid } = this.server;
    // Memory goes up and down with each collection, and one look would see any point of that.
    let rssMB = Number.POSITIVE_INFINITY;
    for (let i = 0; i < GLANCES; i++) {
      await Bun.sleep(GLANCE_MS);
      rssMB = Math.min(rssMB, rssBytes(pid) / BYTES_PER_MB);
    }
    const before = this.#before;
    const now = { at: performance.now(), cpu: cpuNs(pid), scrape: await this.server.scrape() };
    this.#before = now;
    const ms = now.at - before.at;
    const level = (name: string) => now.scrape.get(`partyline_${name}`) ?? Number.NaN;
    const told = level("messages_out_total") - (before.scrape.get("partyline_messages_out_total") ?? 0);
    return rounded({
      ...{ minute: (now.at - this.#startedAt) / 60_000, rssMB, cpu: (now.cpu - before.cpu) / (ms * NS_PER_MS) },
      ...{ descriptors: readdirSync(`/proc/${pid}/fd`).length, lines: level("lines") },
      ...{ lagP99Ms: lagMs(before.scrape, now.scrape).p99, outPerSecond: (told / ms) * 1000 },
      ...{ faults: level("faults_total"), dropped: level("dropped_total") },
    });
  }
}

function rounded(sample: Sample): Sample {
  return JSON.parse(JSON.stringify(sample, (_, value) => (typeof value === "number" ? +value.toFixed(2) : value)));
}

/** Memory is a saw-tooth of some two minutes, and only the low point of a tooth says what is kept. */
const TOOTH_MINUTES = 2;
const JUDGED_MINUTES_MIN = 6;
const RSS_SLOPE_MAX_MB_A_MINUTE = 1;
/** What the low points of one run without growth differ by (measured: 123 to 128 MB). */
const LOW_POINTS_NOISE_MB = 5;
/** Descriptors beside those of open lines: lines that are just closing come and go. */
const SPARE_DESCRIPTORS_MAX = 32;

/** What is said of a run's memory, judged over its second half, as the first is warm-up; and all that must not be. */
export function growth(samples: readonly Sample[]): { memory: string; failures: string[] } {
  const last = samples.at(-1);
  const failures: string[] = [];
  if (last?.faults !== 0) failures.push(`${last?.faults} faults`);
  if (last?.dropped !== 0) failures.push(`${last?.dropped} frames dropped`);
  if (last === undefined || last.minute < JUDGED_MINUTES_MIN) return { memory: "too short to judge", failures };

  const half = samples.filter(({ minute }) => minute >= last.minute / 2);
  const low = (until: number) =>
    Math.min(
      ...samples.flatMap(({ minute, rssMB }) => (minute > until - TOOTH_MINUTES && minute <= until ? rssMB : [])),
    );
  const rise = slope(half.map(({ minute }) => [minute, low(minute)]));
  const limit = RSS_SLOPE_MAX_MB_A_MINUTE + LOW_POINTS_NOISE_MB / (last.minute / 2);
  const memory = `low points of RSS rise by ${rise.toFixed(2)} MB a minute, at most ${limit.toFixed(2)} with their noise`;
  // Written so that NaN fails.
  if (!(rise <= limit)) failures.push(memory);
  const spare = (some: readonly Sample[]) => median(some.map(({ descriptors, lines }) => descriptors - lines));
  const more = spare(half.slice(half.length >> 1)) - spare(half.slice(0, half.length >> 1));
  if (!(more <= SPARE_DESCRIPTORS_MAX)) failures.push(`${more} more descriptors than lines`);
  return { memory, failures };
}

function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const meanX = mean(points.map(([x]) => x));
  const meanY = mean(points.map(([, y]) => y));
  const covariance = mean(points.map(([x, y]) => (x - meanX) * (y - meanY)));
  return covariance / mean(points.map(([x]) => (x - meanX) ** 2));
}
