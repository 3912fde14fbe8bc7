// What a scenario found, and the table of it: one row a scenario, plain text.

import type { Accountant, Sums } from "./accountant.ts";
import type { ChaosOptions } from "./options.ts";

export interface Outcome {
  readonly scenario: string;
  readonly seconds: number;
  readonly sums: Sums | null;
  readonly roomsBefore: number;
  readonly roomsAfter: number;
  /** What must not be; empty: it passed. */
  readonly failures: readonly string[];
  /** Why it was not run; null: it was. */
  readonly skipped: string | null;
}

/** What a scenario is given, and where it writes down what it finds. */
export interface Scene {
  readonly options: ChaosOptions;
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
  readonly secondsMax: number;
  /** Namespaces of its own that it runs in (`unshare`). */
  readonly inside?: readonly ("--net" | "--mount")[];
  /** Why it cannot run on this machine, or null. */
  readonly obstacle?: () => string | null;
  run(scene: Scene): Promise<void>;
}

const HEAD = [
  ...["scenario", "sent", "received", "again", "lost with notice", "lost in silence", "resumed/anew"],
  ...["closes by code", "refused", "back p50 s", "max s", "rooms before/after", "", "s"],
];

export function table(outcomes: readonly Outcome[]): string {
  const lines = [HEAD, ...outcomes.map(row)];
  const widths = HEAD.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function row({ scenario, sums, seconds, skipped, failures, roomsBefore, roomsAfter }: Outcome): string[] {
  if (sums === null) return [scenario, ...HEAD.slice(1, -2).map(() => "-"), skipped === null ? "FAIL" : "skipped"];
  return [
    scenario,
    ...[sums.sent, sums.received, sums.again, sums.lostWithNotice, sums.lostInSilence].map(String),
    `${sums.resumedWhole}/${sums.resumedAnew}`,
    Object.entries(sums.closes)
      .map(([code, count]) => `${code}:${count}`)
      .join(" "),
    String(sums.refused),
    (sums.backP50Ms / 1000).toFixed(1),
    (sums.backMaxMs / 1000).toFixed(1),
    `${roomsBefore}/${roomsAfter}`,
    failures.length === 0 ? "pass" : "FAIL",
    seconds.toFixed(0),
  ];
}
