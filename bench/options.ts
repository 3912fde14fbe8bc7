// The command line, and what follows from it: how long each window is and how many rounds there are. The default stays
// under six minutes, `--quick` under ninety seconds; both visit every case.

import { parseArgs } from "node:util";

export interface Options {
  only: string | null;
  out: string;
  quick: boolean;
  rounds: number;
  /** Fixed-rate windows are steadier than saturated ones and need fewer rounds. */
  rateRounds: number;
  idleRounds: number;
  idleConnections: number;
  /** With all lines open, and after all of them have gone: how long memory is given to settle. */
  idleSettleMs: number;
  idleGiveBackMs: number;
  startRounds: number;
  connectCycles: number;
  /** Once for each server and case, so that its code is compiled before anybody counts. */
  firstWarmMs: number;
  warmMs: number;
  windowMs: number;
  /** For the cases a goal is judged by. */
  goalWindowMs: number;
  rateWindowMs: number;
  contestants: string[] | null;
}

const ROUNDS_DEFAULT = 5;
const ROUNDS_QUICK = 3;
const ROUNDS_MAX = 50;

function wholeNumber(text: string | undefined, fallback: number, max: number, name: string): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new Error(`--${name} takes a whole number from 1 to ${max}`);
}

export function readOptions(argv: string[], resultsFile: string): Options {
  const { values } = parseArgs({
    args: argv,
    options: {
      rounds: { type: "string" },
      only: { type: "string" },
      out: { type: "string" },
      against: { type: "string" },
      quick: { type: "boolean", default: false },
    },
  });
  const quick = values.quick;
  const rounds = wholeNumber(values.rounds, quick ? ROUNDS_QUICK : ROUNDS_DEFAULT, ROUNDS_MAX, "rounds");
  return {
    only: values.only ?? null,
    out: values.out ?? resultsFile,
    quick,
    rounds,
    rateRounds: Math.min(rounds, quick ? 1 : 3),
    idleRounds: Math.min(rounds, quick ? 1 : 2),
    idleConnections: 10_000,
    idleSettleMs: quick ? 1_500 : 7_000,
    idleGiveBackMs: quick ? 3_500 : 8_000,
    startRounds: quick ? 3 : Math.max(rounds, 5),
    connectCycles: quick ? 500 : 1500,
    firstWarmMs: quick ? 70 : 300,
    warmMs: quick ? 20 : 50,
    windowMs: quick ? 60 : 250,
    goalWindowMs: quick ? 150 : 500,
    rateWindowMs: quick ? 100 : 350,
    contestants: values.against?.split(",") ?? null,
  };
}
