// The soak for people: a row each ten seconds on the terminal, and the same as a Markdown file beside the plot.

import type { Sums } from "../chaos/accountant.ts";
import type { Verdict } from "./judge.ts";
import type { Sample } from "./samples.ts";

const COLUMNS: [head: string, read: (sample: Sample) => string][] = [
  ["min", ({ minute }) => minute.toFixed(1)],
  ["RSS MB", ({ rssMB }) => rssMB.toFixed(1)],
  ["fds", ({ descriptors }) => String(descriptors)],
  ["lines", ({ lines }) => String(lines)],
  ["rooms", ({ rooms }) => String(rooms)],
  ["away", ({ away }) => String(away)],
  ["lag p99 ms", ({ lagP99Ms }) => `≤${lagP99Ms}`],
  ["CPU %", ({ cpuShare }) => (cpuShare * 100).toFixed(0)],
  ["in/s", ({ inPerSecond }) => inPerSecond.toFixed(0)],
  ["out/s", ({ outPerSecond }) => outPerSecond.toFixed(0)],
  ["faults", ({ faults }) => String(faults)],
  ["dropped", ({ dropped }) => String(dropped)],
];
const WIDTH = 10;

export const HEAD = COLUMNS.map(([head]) => head.padStart(WIDTH)).join("");

export function rowOf(sample: Sample): string {
  return COLUMNS.map(([, read]) => read(sample).padStart(WIDTH)).join("");
}

export function summary({ rssSlope, failures }: Verdict, sums: Sums): string[] {
  const closes = Object.entries(sums.closes).map(([code, count]) => `${code}: ${count}`);
  const over = Object.entries(sums.over).map(([reason, count]) => `${count} ${reason}`);
  return [
    `RSS over the second half: ${rssSlope.toFixed(2)} MB a minute`,
    `sent ${sums.sent}, received ${sums.received}, lost with notice ${sums.lostWithNotice}, lost in silence ${sums.lostInSilence}`,
    `came back whole ${sums.resumedWhole}, anew ${sums.resumedAnew}; lines lost by code: ${closes.join(", ") || "none"}`,
    `stopped for good: ${over.join(", ") || "none"}`,
    failures.length === 0 ? "pass" : `FAIL: ${failures.join("; ")}`,
  ];
}

export function markdown(title: string, samples: readonly Sample[], lines: readonly string[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    `# ${title}`,
    "",
    ...lines.map((line) => `- ${line}`),
    "",
    "![plot](soak.svg)",
    "",
    row(COLUMNS.map(([head]) => head)),
    row(COLUMNS.map(() => "--:")),
    ...samples.map((sample) => row(COLUMNS.map(([, read]) => read(sample)))),
    "",
  ].join("\n");
}
