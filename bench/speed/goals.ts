// What Partyline promised to cost, next to what it costs. A goal is missed when its figure lies beyond the limit by more than its
// noise: half of what the figure moved between runs of the same code on one machine. Pure: knows neither servers nor the clock.

import type { ContestantName } from "./contestants.ts";
import type { Figure, Results } from "./measure.ts";

export interface Goal {
  readonly case: string;
  readonly figure: Figure;
  readonly meaning: string;
  readonly to?: ContestantName;
  readonly limit: number;
  readonly noise: number;
  readonly unit: "x" | "B" | "MB" | "ms" | "frames";
}

export interface Verdict {
  readonly goal: Goal;
  readonly measured: number;
  readonly word: "pass" | "within noise" | "MISS" | "DID NOT RUN";
}

type Limit = readonly [limit: number, noise: number, unit: Goal["unit"]];

function goal(name: string, figure: Figure, [limit, noise, unit]: Limit, meaning: string, to?: ContestantName): Goal {
  return { case: name, figure, limit, noise, unit, meaning, ...(to !== undefined && { to }) };
}

export const GOALS: readonly Goal[] = [
  goal("broadcast-8-64B", "cpuUs", [1.1, 0.07, "x"], "CPU a message in rooms of 8", "control"),
  goal("broadcast-8-64B", "cpuUs", [0.33, 0.02, "x"], "the same, against the relay written by hand", "handwritten"),
  goal("broadcast-8-64B-history", "cpuUs", [1.43, 0.09, "x"], "the same with a history of 256", "control"),
  goal("broadcast-1000-64B", "cpuUs", [1.05, 0.07, "x"], "CPU a message in one room of 1000", "control"),
  goal("broadcast-8-16KiB", "cpuUs", [1.5, 0.09, "x"], "CPU a message of JSON in rooms of 8", "control"),
  goal("broadcast-4-16KiB", "cpuUs", [1.35, 0.09, "x"], "the same in rooms of 4, where reading weighs more", "control"),
  goal("display-9-512B", "cpuUs", [0.9, 0.08, "x"], "CPU a message of a display and 8 phones", "control"),
  ...["moderate-rooms", "moderate-display"].flatMap((name) => [
    goal(name, "p99Ms", [1.5, 0.3, "x"], "p99 of a delivery, little to do, first seconds, default settings", "control"),
    goal(name, "p999Ms", [2, 0.5, "x"], "p99.9 of the same", "control"),
    goal(name, "lateP99Ms", [1.5, 0.3, "x"], "p99 of the same after 8 s", "control"),
    goal(name, "lateP999Ms", [2, 0.5, "x"], "p99.9 of the same after 8 s", "control"),
  ]),
  goal("connect", "cpuUs", [2, 0.2, "x"], "CPU of connect, join, leave; the control only connects", "control"),
  goal("rejoin", "cpuUs", [2.2, 0.2, "x"], "CPU of connect, rejoin, close; the control only connects", "control"),
  goal("idle", "bytesEach", [3_000, 60, "B"], "memory of an idle line, 10,000 in rooms of 8"),
  goal("idle", "leftMB", [15, 2, "MB"], "memory above the start when all of them have left"),
  goal("kept", "bytesEach", [440, 30, "B"], "memory of a kept message of 100 bytes, as its bound counts it"),
  goal("start", "firstAnswerMs", [300, 30, "ms"], "first answer after `bun server.ts`"),
  goal("neighbours", "p90Ms", [50, 5, "ms"], "p90 of a room beside four bad clients, nothing lost"),
  goal("subscribers", "p99Ratio", [2, 0.5, "x"], "p99 of rooms beside 1,000 subscribers and 200 votes a second"),
  goal("subscribers", "idleVoteP99Ms", [50, 5, "ms"], "p99 of a vote to the last of the 1,000, when idle"),
  goal("subscribers", "lost", [0, 0, "frames"], "lost, doubled or overtaken on the way to them"),
  goal("monitor", "cpuMs", [2, 0.2, "ms"], "CPU of an answer of the monitor with 10,000 rooms, by HTTP"),
  goal("monitor", "leftMB", [8, 4, "MB"], "memory that a thousand such answers leave behind"),
  goal("sessionserver", "serverUse", [1, 0, "x"], "of one core for 128,000 updates a second, none lost"),
];

/** What is compared with the commit before, if not the CPU time: memory and the start. */
const COMPARED = new Map<string, readonly [Figure, noise: number]>([
  ["start", ["firstAnswerMs", 0.1]],
  ["idle", ["bytesEach", 0.04]],
  ["kept", ["bytesEach", 0.04]],
]);
/** What weighs on these is never twice the same. */
const INCOMPARABLE = ["neighbours", "subscribers", "moderate-rooms", "moderate-display", "monitor"];

/** No case may be dearer than in the commit before by more than 2 % and its noise. */
export function goalsBefore(cases: readonly string[]): Goal[] {
  return cases
    .filter((name) => !INCOMPARABLE.includes(name))
    .map((name) => {
      const [figure, noise] = COMPARED.get(name) ?? (["cpuUs", 0.03] as const);
      return goal(name, figure, [1.02, noise, "x"], `${figure} against the commit before`, "before");
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

export function exitCode(verdicts: readonly Verdict[]): 0 | 1 {
  return verdicts.every(({ word }) => word === "pass" || word === "within noise") ? 0 : 1;
}

export function goalsTable(verdicts: readonly Verdict[]): string {
  return Bun.inspect.table(
    verdicts.map(({ goal, measured, word }) => {
      const text = (value: number) => `${value.toFixed(goal.unit === "x" ? 2 : 0)} ${goal.unit}`;
      const goalText = goal.meaning + (goal.to === undefined ? "" : ` (to ${goal.to})`);
      const [limit, noise] = [`≤ ${text(goal.limit)}`, `± ${text(goal.noise)}`];
      return { case: goal.case, goal: goalText, limit, noise, figure: text(measured), verdict: word };
    }),
  );
}
