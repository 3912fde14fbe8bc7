// What a scenario is, what it is given, and what it found.

import { parseArgs } from "node:util";
import { type Scrape, type ServerOptions, ServerProcess } from "../serverProcess.ts";
import { between } from "../wait.ts";
import { Accountant, type Sums } from "./accountant.ts";
import { Crowd, type CrowdPlan } from "./crowd.ts";

export function readOptions(args: string[]) {
  const number = (fallback: string) => ({ type: "string", default: fallback }) as const;
  const { values } = parseArgs({
    args,
    options: {
      ...{
        only: { type: "string" },
        rooms: { type: "string" },
        minutes: { type: "string" },
        kinds: { type: "string" },
        seed: { type: "string" },
      },
      ...{ kills: number("100"), seconds: number("30") },
    },
  });
  return {
    /** Names of scenarios; null: all that are played without being asked for. */
    only: values.only?.split(",") ?? null,
    /** Of `drain`, `kill` and `soak`. */
    rooms: (fallback: number) => Math.floor(between(values.rooms ?? `${fallback}`, 1, 2_000, "rooms")),
    /** Of `soak` and `parties`. */
    minutes: (fallback: number) => between(values.minutes ?? `${fallback}`, 0.1, 24 * 60, "minutes"),
    /** Of each attack; and which of them, null: all, one after the other and then together. */
    seconds: between(values.seconds, 1, 3600, "seconds"),
    kinds: values.kinds?.split(",") ?? null,
    /** Of `cluster-storm`; null: a new one. */
    seed: values.seed === undefined ? null : Math.floor(between(values.seed, 0, 2 ** 32 - 1, "seed")),
    /** Of `sessions`. */
    kills: between(values.kills, 1, 10_000, "kills"),
  };
}

export type DrillOptions = ReturnType<typeof readOptions>;

/** Thrown by a scenario that this machine does not allow: it is skipped, and has not failed. */
export class NotHere extends Error {}

export interface Scenario {
  readonly name: string;
  readonly about: string;
  readonly secondsMax: number | ((options: DrillOptions) => number);
  /** Long: played only when it is asked for by name. */
  readonly isExtra?: boolean;
  /** Namespaces of its own that it runs in (`unshare`). */
  readonly inside?: readonly ("--net" | "--mount")[];
  readonly obstacle?: () => string | null;
  run(scene: Scene): Promise<void>;
}

export class Scene {
  readonly accountant = new Accountant();
  readonly rooms = { before: 0, after: 0 };
  /** What must not be; empty: it passed. */
  readonly failures: string[] = [];

  constructor(readonly options: DrillOptions) {}

  note(text: string): void {
    console.log(`  ${text}`);
  }

  expect(holds: boolean, otherwise: string): void {
    if (!holds) this.failures.push(otherwise);
  }

  /** A server without the limits a second, and rooms on it that talk. */
  async begin(plan: CrowdPlan, perRoomASecond: number, options: ServerOptions = {}) {
    const server = await ServerProcess.start({ ...options, env: { LIMITS: "off", ...options.env } });
    const crowd = await this.gather(server, plan);
    this.rooms.before = await server.metric("partyline_rooms");
    crowd.talk(perRoomASecond);
    return { server, crowd };
  }

  gather(server: ServerProcess, plan: CrowdPlan): Promise<Crowd> {
    return Crowd.gather(server.url, plan, this.accountant);
  }
}

export interface Outcome {
  readonly scenario: string;
  readonly seconds: number;
  readonly sums: Sums | null;
  readonly rooms: Scene["rooms"];
  readonly failures: readonly string[];
  readonly skipped: string | null;
}

export function outcomesTable(outcomes: readonly Outcome[]): string {
  return Bun.inspect.table(
    outcomes.map(({ scenario, sums, seconds, skipped, failures, rooms }) => ({
      ...{ scenario, verdict: skipped !== null ? "skipped" : failures.length === 0 ? "pass" : "FAIL" },
      ...(sums !== null && {
        ...{ sent: sums.sent, received: sums.received, again: sums.again },
        ...{ "lost with notice": sums.lostWithNotice, "lost in silence": sums.lostInSilence },
        "resumed/anew": `${sums.resumedWhole}/${sums.resumedAnew}`,
        "closes by code": JSON.stringify(sums.closes).replaceAll('"', ""),
        refused: sums.refused,
        "back p50/max s": `${(sums.backP50Ms / 1000).toFixed(1)}/${(sums.backMaxMs / 1000).toFixed(1)}`,
        "rooms before/after": `${rooms.before}/${rooms.after}`,
        seconds: Math.round(seconds),
      }),
    })),
  );
}

const LAG_BUCKET = /^partyline_event_loop_lag_seconds_bucket\{le="([^"]+)"\}$/;

/** How late the server's event loop was between two looks: upper ends of the buckets that hold p99 and the longest; Infinity above 1 s. */
export function lagMs(before: Scrape, now: Scrape): { p99: number; max: number } {
  const buckets = [...now].flatMap(([label, value]) => {
    const bound = LAG_BUCKET.exec(label)?.[1]?.replace("+Inf", "Infinity");
    return bound === undefined ? [] : [{ ms: Number(bound) * 1000, count: value - (before.get(label) ?? 0) }];
  });
  buckets.sort((a, b) => a.ms - b.ms);
  const all = buckets.at(-1)?.count ?? 0;
  const holding = (share: number) => buckets.find(({ count }) => count >= all * share)?.ms ?? Number.NaN;
  return { p99: holding(0.99), max: holding(1) };
}
