// The figures for people: a row a case and contestant, medians over the rounds, a column only where somebody measured it.

import { table } from "../stats.ts";
import type { Figure, Results } from "./measure.ts";

const COLUMNS: [figure: Figure, head: string, digits: number, times: number][] = [
  ["perSecond", "a second", 0, 1],
  ["cpuUs", "CPU us", 2, 1],
  ["serverUse", "server %", 0, 100],
  ["clientUse", "load %", 0, 100],
  ["p50Ms", "p50 ms", 2, 1],
  ["p90Ms", "p90 ms", 2, 1],
  ["p99Ms", "p99 ms", 2, 1],
  ["p99Ratio", "x alone", 1, 1],
  ["idleVoteP99Ms", "idle vote ms", 1, 1],
  ["voteP99Ms", "vote ms", 1, 1],
  ["lost", "lost", 0, 1],
  ["rssMB", "RSS MB", 1, 1],
  ["bytesEach", "B each", 0, 1],
  ["leftMB", "left MB", 1, 1],
  ["firstAnswerMs", "start ms", 0, 1],
];

export function figuresTable(results: Results): string {
  const rows = [...results.byCase].flatMap(([name, contestants]) =>
    [...contestants.keys()].map((contestant) => {
      const ratio = (other: "control" | "before") =>
        contestant === other ? "" : text(results.ratio(name, contestant, other, "cpuUs"), 2);
      const figures = COLUMNS.map(([figure, , digits, times]) =>
        text(results.median(name, contestant, figure) * times, digits),
      );
      return [name, contestant, ratio("control"), ratio("before"), ...figures];
    }),
  );
  const head = ["case", "", "x control", "x before", ...COLUMNS.map(([, name]) => name)];
  const isUsed = head.map((_, column) => column < 2 || rows.some((row) => row[column] !== ""));
  return table(
    [head, ...rows].map((row) => row.filter((_, column) => isUsed[column])),
    2,
  );
}

function text(value: number, digits: number): string {
  return Number.isNaN(value) ? "" : value.toFixed(digits);
}
