// Times between a stamp and the moment the frame that carries it was read. Bounded, and without an allocation a sample.

import { percentile } from "../stats.ts";

const SAMPLES_MAX = 1 << 20;

/** Microseconds since this process began: fits the stamp's twelve hex digits for some years. */
export function nowUs(): number {
  return Math.floor(performance.now() * 1000);
}

export class Latency {
  private readonly samples = new Float64Array(SAMPLES_MAX);
  private count = 0;

  clear(): void {
    this.count = 0;
  }

  /** A frame that the network has cut has no stamp to read (-1), and is left out. */
  add(stampUs: number): void {
    if (stampUs >= 0 && this.count < SAMPLES_MAX) this.samples[this.count++] = nowUs() - stampUs;
  }

  /** @throws {Error} when no stamp was read: then it is not where it is looked for */
  summary(): { p50Ms: number; p90Ms: number; p99Ms: number } {
    if (this.count === 0) throw new Error("no frame ended with a readable time stamp");
    const sorted = this.samples.subarray(0, this.count).toSorted();
    const ms = (share: number) => percentile(sorted, share) / 1000;
    return { p50Ms: ms(0.5), p90Ms: ms(0.9), p99Ms: ms(0.99) };
  }
}
