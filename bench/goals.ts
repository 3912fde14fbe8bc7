// What Partyline promised to cost, next to what it costs. A miss is told, not thrown: a figure is worth more than a red
// light, and on a shared machine a single run decides nothing.

import { medianOf, type Results, values } from "./results.ts";
import { CASE } from "./scenarios.ts";
import { medianRatio } from "./stats.ts";

export interface Verdict {
  goal: string;
  limit: number;
  measured: number;
  unit: string;
  /** Null: not measured in this run. */
  pass: boolean | null;
}

interface Goal {
  goal: string;
  limit: number;
  atLeast?: boolean;
  unit: string;
  measure(results: Results): number;
}

const BYTES_PER_MB = 1024 * 1024;

function cpuAgainst(name: string, other: "control" | "handwritten") {
  return (results: Results) =>
    medianRatio(values(results.find(name, "partyline"), "cpuUs"), values(results.find(name, other), "cpuUs"));
}

const GOALS: Goal[] = [
  {
    goal: "CPU a message, rooms of 8 all broadcasting 64 B, against the control",
    limit: 1.1,
    unit: "x",
    measure: cpuAgainst(CASE.broadcast8, "control"),
  },
  {
    goal: "the same, how many times less than the hand-written loop",
    limit: 3,
    atLeast: true,
    unit: "x",
    measure: (results) => 1 / cpuAgainst(CASE.broadcast8, "handwritten")(results),
  },
  {
    goal: "CPU a message, one room of 1000, 64 B, against the control",
    limit: 1.05,
    unit: "x",
    measure: cpuAgainst(CASE.broadcast1000, "control"),
  },
  {
    goal: "CPU a message, rooms of 8, 16 KiB of JSON, against the control",
    limit: 1.5,
    unit: "x",
    measure: cpuAgainst(CASE.broadcast8Large, "control"),
  },
  {
    goal: "CPU a message, a display and 8 phones, 512 B of state, against a control that uses send",
    limit: 0.9,
    unit: "x",
    measure: cpuAgainst(CASE.displayAndPhones, "control"),
  },
  {
    goal: "CPU of connect, join, leave against a bare connect and close",
    limit: 2,
    unit: "x",
    measure: cpuAgainst(CASE.connect, "control"),
  },
  {
    goal: "resident bytes an idle connection, 10,000 in rooms of 8",
    limit: 3000,
    unit: "B",
    measure: (results) => medianOf(results.find(CASE.idle, "partyline"), "bytesPerConnection"),
  },
  {
    goal: "resident memory above the start after all of them left",
    limit: 15,
    unit: "MB",
    measure: (results) => medianOf(results.find(CASE.idle, "partyline"), "rssLeftBytes") / BYTES_PER_MB,
  },
  {
    goal: "p90 of a room beside four bad clients, nothing lost",
    limit: 50,
    unit: "ms",
    measure: (results) => medianOf(results.find(CASE.beside, "partyline"), "p90Us") / 1000,
  },
  {
    goal: "first answer after `bun server.ts`",
    limit: 300,
    unit: "ms",
    measure: (results) => medianOf(results.find(CASE.start, "partyline"), "firstAnswerMs"),
  },
];

export function judge(results: Results): Verdict[] {
  return GOALS.map(({ goal, limit, atLeast, unit, measure }) => {
    const measured = measure(results);
    const within = atLeast === true ? measured >= limit : measured <= limit;
    return {
      goal: `${goal} ${atLeast ? "≥" : "≤"}`,
      limit,
      measured,
      unit,
      pass: Number.isNaN(measured) ? null : within,
    };
  });
}
