// Times between a stamp and the moment the frame that carries it was read. Bounded, and without an allocation a sample.

import { percentile } from "./stats.ts";

const SAMPLES_MAX = 1 << 18;

/** Microseconds since this process began: fits the stamp's twelve hex digits for some years. */
export function nowUs(): number {
  return Math.floor(performance.now() * 1000);
}

export class LatencyRecorder {
  private readonly samples = new Float64Array(SAMPLES_MAX);
  private count = 0;
  /** Frames without a readable stamp: a few are cut by the network; all of them would mean the stamp is not where we look. */
  unread = 0;

  clear(): void {
    this.count = 0;
    this.unread = 0;
  }

  add(stampUs: number): void {
    if (stampUs < 0) this.unread++;
    else if (this.count < SAMPLES_MAX) this.samples[this.count++] = nowUs() - stampUs;
  }

  summary(): { p50Us: number; p90Us: number; p99Us: number; samples: number } {
    const sorted = this.samples.subarray(0, this.count).toSorted();
    return {
      p50Us: percentile(sorted, 0.5),
      p90Us: percentile(sorted, 0.9),
      p99Us: percentile(sorted, 0.99),
      samples: this.count,
    };
  }
}
