// The command line of `bun run chaos`, shared by the program and by the process that runs one scenario.

import { parseArgs } from "node:util";

export interface ChaosOptions {
  /** Names of scenarios; null: all. */
  readonly only: readonly string[] | null;
  readonly rooms: number;
  /** How long load runs between two faults. */
  readonly seconds: number;
  /** DRAIN_SECONDS of the servers that are drained under load. */
  readonly drainSeconds: number;
  /** So many messages are lost on purpose in each scenario: then each must fail. */
  readonly sabotage: number;
}

export const USAGE = `bun run chaos [--only drain,kill] [--rooms N] [--seconds N] [--drain N] [--sabotage N]`;

export function readOptions(argv: string[]): ChaosOptions {
  const { values } = parseArgs({
    args: argv,
    options: {
      only: { type: "string" },
      rooms: { type: "string", default: "200" },
      seconds: { type: "string", default: "6" },
      drain: { type: "string", default: "10" },
      sabotage: { type: "string", default: "0" },
    },
  });
  return {
    only: values.only?.split(",") ?? null,
    rooms: wholeNumber(values.rooms, 1, 1_000, "rooms"),
    seconds: wholeNumber(values.seconds, 1, 60, "seconds"),
    drainSeconds: wholeNumber(values.drain, 0, 30, "drain"),
    sabotage: wholeNumber(values.sabotage, 0, 1_000, "sabotage"),
  };
}

function wholeNumber(text: string, min: number, max: number, name: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`--${name} takes a whole number from ${min} to ${max}\n${USAGE}`);
}
