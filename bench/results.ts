// The shape of what was measured, as it stands in the JSON: one row a case and contestant, each figure once a round.

import type { ContestantName } from "./contestants.ts";
import { median } from "./stats.ts";

/** One window of one contestant. What a kind of case does not measure is left out. */
export interface Sample {
  deliveredPerSecond?: number;
  /** Per delivered message; per cycle in the connect case. */
  cpuUs?: number;
  serverUse?: number;
  clientUse?: number;
  p50Us?: number;
  p90Us?: number;
  p99Us?: number;
  rssBytes?: number;
  bytesPerConnection?: number;
  rssLeftBytes?: number;
  firstAnswerMs?: number;
}

export interface Row {
  case: string;
  contestant: ContestantName;
  /** What each count in `cpuUs` is of. */
  unit: "message" | "cycle" | "connection" | "start";
  samples: Sample[];
}

export function values(row: Row | undefined, figure: keyof Sample): number[] {
  return (row?.samples ?? []).map((sample) => sample[figure] ?? Number.NaN);
}

export function medianOf(row: Row | undefined, figure: keyof Sample): number {
  return median(values(row, figure));
}

export class Results {
  readonly rows: Row[] = [];

  add(name: string, contestant: ContestantName, unit: Row["unit"], sample: Sample): void {
    let row = this.find(name, contestant);
    if (row === undefined) {
      row = { case: name, contestant, unit, samples: [] };
      this.rows.push(row);
    }
    row.samples.push(sample);
  }

  find(name: string, contestant: ContestantName): Row | undefined {
    return this.rows.find((row) => row.case === name && row.contestant === contestant);
  }
}

/** Another one first in each round, so that nobody always runs in the same neighbour's wake. */
export function rotated<T>(items: T[], round: number): T[] {
  const first = items.length === 0 ? 0 : round % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}
