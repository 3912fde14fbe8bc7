// What a scenario is, what it is given, and what it found.

import { parseArgs } from "node:util";
import { table } from "../stats.ts";
import { between } from "../wait.ts";
import type { Accountant, Sums } from "./accountant.ts";

/** `bun run drills [--only drain,kill] [--rooms N] …`: the command line, for the program and for the process of one scenario. */
export function readOptions(argv: string[]) {
  const number = (fallback: string) => ({ type: "string", default: fallback }) as const;
  const { values } = parseArgs({
    args: argv,
    options: {
      only: { type: "string" },
      rooms: { type: "string" },
      ...{ seconds: number("6"), drain: number("10"), sabotage: number("0"), minutes: number("20") },
      ...{ kills: number("100"), seed: number(`${Date.now() % 2 ** 32}`) },
    },
  });
  return {
    /** Names of scenarios; null: all that are played without being asked for. */
    only: values.only?.split(",") ?? null,
    rooms: (fallback: number) => Math.floor(between(values.rooms ?? `${fallback}`, 1, 2_000, "rooms")),
    /** How long load runs between two faults. */
    seconds: between(values.seconds, 1, 60, "seconds"),
    /** DRAIN_SECONDS of the servers that are drained under load. */
    drainSeconds: between(values.drain, 0, 30, "drain"),
    /** So many messages are lost on purpose in each scenario: then each must fail. */
    sabotage: between(values.sabotage, 0, 1_000, "sabotage"),
    /** Of the soak. */
    minutes: between(values.minutes, 0.5, 24 * 60, "minutes"),
    /** Of a server that holds sessions, and what they are drawn from. */
    kills: between(values.kills, 1, 10_000, "kills"),
    seed: Number(values.seed),
  };
}

export type DrillOptions = ReturnType<typeof readOptions>;

/** What a scenario is given, and where it writes down what it finds. */
export interface Scene {
  readonly options: DrillOptions;
  readonly accountant: Accountant;
  readonly rooms: { before: number; after: number };
  /** Something a reader wants to know. */
  note(text: string): void;
  /** Something that must be. */
  expect(holds: boolean, otherwise: string): void;
}

/** Thrown by a scenario that this machine does not allow: it is skipped, and has not failed. */
export class NotHere extends Error {}

export interface Scenario {
  readonly name: string;
  /** The load, in one line. */
  readonly about: string;
  readonly secondsMax: number | ((options: DrillOptions) => number);
  /** Long: played only when it is asked for by name. */
  readonly isExtra?: boolean;
  /** Namespaces of its own that it runs in (`unshare`). */
  readonly inside?: readonly ("--net" | "--mount")[];
  /** Why it cannot run on this machine, or null. */
  readonly obstacle?: () => string | null;
  run(scene: Scene): Promise<void>;
}

export interface Outcome {
  readonly scenario: string;
  readonly seconds: number;
  readonly sums: Sums | null;
  readonly rooms: { readonly before: number; readonly after: number };
  /** What must not be; empty: it passed. */
  readonly failures: readonly string[];
  /** Why it was not run; null: it was. */
  readonly skipped: string | null;
}

const HEAD = [
  ...["scenario", "sent", "received", "again", "lost with notice", "lost in silence", "resumed/anew"],
  ...["closes by code", "refused", "back p50 s", "max s", "rooms before/after", "", "s"],
];

export function outcomesTable(outcomes: readonly Outcome[]): string {
  return table([HEAD, ...outcomes.map(row)], HEAD.length);
}

function row({ scenario, sums, seconds, skipped, failures, rooms }: Outcome): (string | number)[] {
  if (sums === null) return [scenario, ...HEAD.slice(1, -2).map(() => "-"), skipped === null ? "FAIL" : "skipped"];
  return [
    ...[scenario, sums.sent, sums.received, sums.again, sums.lostWithNotice, sums.lostInSilence],
    ...[`${sums.resumedWhole}/${sums.resumedAnew}`, JSON.stringify(sums.closes).replaceAll('"', ""), sums.refused],
    ...[(sums.backP50Ms / 1000).toFixed(1), (sums.backMaxMs / 1000).toFixed(1), `${rooms.before}/${rooms.after}`],
    ...[failures.length === 0 ? "pass" : "FAIL", seconds.toFixed(0)],
  ];
}
