// What Partyline promised to cost, next to what it costs. A goal is missed when its figure lies beyond the limit by more than its
// noise: half of what the figure moved between runs of the same code on one machine. Pure: knows neither servers nor the clock.

import { table } from "../stats.ts";
import type { ContestantName } from "./contestants.ts";
import type { Figure, Results } from "./measure.ts";

export interface Goal {
  readonly case: string;
  readonly meaning: string;
  readonly figure: Figure;
  /** In ratio to this one's figure, round by round. */
  readonly to?: ContestantName;
  /** At most. */
  readonly limit: number;
  /** In the same unit. */
  readonly noise: number;
  readonly unit: "x" | "B" | "MB" | "ms" | "frames";
}

export interface Verdict {
  readonly goal: Goal;
  readonly measured: number;
  readonly word: "pass" | "within noise" | "MISS" | "DID NOT RUN";
}

function cpu(name: string, limit: number, noise: number, meaning: string, to: ContestantName = "control"): Goal {
  return { case: name, meaning: `CPU ${meaning}`, figure: "cpuUs", to, limit, noise, unit: "x" };
}

function level(at: `${string} ${Figure}`, limit: number, noise: number, unit: Goal["unit"], meaning: string): Goal {
  const [name = "", figure] = at.split(" ");
  return { case: name, meaning, figure: figure as Figure, limit, noise, unit };
}

export const GOALS: readonly Goal[] = [
  cpu("broadcast-8-64B", 1.1, 0.07, "a message in rooms of 8, against the control"),
  cpu("broadcast-8-64B", 0.33, 0.02, "the same, against the relay written by hand", "handwritten"),
  cpu("broadcast-8-64B-history", 1.43, 0.09, "the same with a history of 256, against the control: 1.3 times the goal"),
  cpu("broadcast-1000-64B", 1.05, 0.07, "a message in one room of 1000, against the control"),
  cpu("broadcast-8-16KiB", 1.5, 0.09, "a message of 16 KiB of JSON in rooms of 8, against the control"),
  cpu("display-9-512B", 0.9, 0.08, "a message of a display and 8 phones, against a control that uses send"),
  cpu("connect", 2, 0.2, "of connect, join, leave against a bare connect and close"),
  level("idle bytesEach", 3_000, 60, "B", "memory of an idle line, 10,000 in rooms of 8"),
  level("idle leftMB", 15, 2, "MB", "memory above the start when all of them have left"),
  level("kept bytesEach", 440, 30, "B", "memory of a kept message of 100 bytes, as the bound of a history counts it"),
  level("start firstAnswerMs", 300, 30, "ms", "first answer after `bun server.ts`"),
  level("neighbours p90Ms", 50, 5, "ms", "p90 of a room beside four bad clients, nothing lost"),
  level(
    "subscribers p99Ratio",
    2,
    0.5,
    "x",
    "p99 of rooms beside 1,000 subscribers and 200 votes a second, against without",
  ),
  level("subscribers idleVoteP99Ms", 50, 5, "ms", "p99 of a vote to the last of the 1,000, when idle"),
  level("subscribers lost", 0, 0, "frames", "lost, doubled or overtaken on the way to them"),
  level(
    "sessionserver serverUse",
    1,
    0,
    "x",
    "of one core for 128,000 updates a second in the SessionServer wire, none lost",
  ),
];

/** No case dearer than in the commit before by more than this. */
const DEARER_MAX = 1.02;
const CPU_NOISE = 0.03;
/** What is compared where it is not the CPU time; null where what weighs on the server is never twice the same. */
const OTHERS = new Map<string, { figure: Figure; noise: number } | null>([
  ["start", { figure: "firstAnswerMs", noise: 0.1 }],
  ["idle", { figure: "bytesEach", noise: 0.04 }],
  ["kept", { figure: "bytesEach", noise: 0.04 }],
  ["neighbours", null],
  ["subscribers", null],
]);

/** What a change must not make dearer, for each case that is played beside the commit before. */
export function goalsBefore(cases: readonly string[]): Goal[] {
  return cases.flatMap((name) => {
    const compared = OTHERS.has(name) ? OTHERS.get(name) : { figure: "cpuUs" as const, noise: CPU_NOISE };
    if (!compared) return [];
    const meaning = `${compared.figure} against the commit before`;
    return [{ case: name, meaning, to: "before" as const, limit: DEARER_MAX, unit: "x" as const, ...compared }];
  });
}

/** @param cases those that were asked for: a goal of another is not judged, and one of these without a figure has failed */
export function judge(goals: readonly Goal[], cases: readonly string[], results: Results): Verdict[] {
  return goals
    .filter((goal) => cases.includes(goal.case))
    .map((goal) => {
      const { figure, to, limit, noise } = goal;
      const measured =
        to === undefined
          ? results.median(goal.case, "partyline", figure)
          : results.ratio(goal.case, "partyline", to, figure);
      if (Number.isNaN(measured)) return { goal, measured, word: "DID NOT RUN" };
      return { goal, measured, word: measured <= limit ? "pass" : measured <= limit + noise ? "within noise" : "MISS" };
    });
}

/** 1 when a goal is missed, or was asked for and not measured. */
export function exitCode(verdicts: readonly Verdict[]): 0 | 1 {
  return verdicts.every(({ word }) => word === "pass" || word === "within noise") ? 0 : 1;
}

export function goalsTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ goal, measured, word }) => {
    const text = (value: number) => `${value.toFixed(goal.unit === "x" ? 2 : 0)} ${goal.unit}`;
    return [goal.case, goal.meaning, `≤ ${text(goal.limit)}`, `± ${text(goal.noise)}`, text(measured), word];
  });
  return table([["case", "goal", "limit", "noise", "figure", ""], ...rows], 2);
}
