// What is measured of a load, and how: round by round, each contestant in turn, so that what the machine does to one it mostly
// does to the others. Knows no case.

import type { Machine } from "../machine.ts";
import { median, medianRatio } from "../stats.ts";
import { cpuNs, rssBytes } from "../usage.ts";
import type { Contestant, ContestantName } from "./contestants.ts";

export type Figure =
  | (
      | "perSecond"
      | "cpuUs"
      | "cpuMs"
      | "serverUse"
      | "clientUse"
      | "p50Ms"
      | "p90Ms"
      | "p99Ms"
      | "p999Ms"
      | "maxMs"
      | "aloneP99Ms"
      | "p99Ratio"
    )
  | ("lateP99Ms" | "lateP999Ms" | "lateMaxMs" | "lost")
  | ("bytesEach" | "leftMB" | "rssMB" | "firstAnswerMs" | "idleVoteP99Ms" | "voteP99Ms");
export type Sample = Partial<Record<Figure, number>>;

export interface Load {
  readonly pid: number | null;
  /** Drives it for so long (a case may have its own time); `count` is of what its CPU time is divided by. */
  run(windowMs: number): Promise<Sample & { readonly count: number }>;
  close(): Promise<void>;
}

export interface Case {
  readonly name: string;
  readonly isOurs?: boolean;
  /** How many rounds at most: some take long and are steady. */
  readonly roundsMax?: number;
  readonly windowMsMin?: number;
  /** A server that has done nothing before in each round: memory that was touched earlier would hide what is touched now. */
  readonly isFresh?: boolean;
  /** It is not run once before it counts: the first seconds are what it measures. */
  readonly isCold?: boolean;
  open(contestant: Contestant, machine: Machine): Promise<Load>;
}

const WARM_MS = 400;
const NS_PER_US = 1_000;
const NS_PER_MS = 1_000_000;
const BYTES_PER_MB = 1024 * 1024;

export class Results {
  readonly byCase = new Map<string, Map<ContestantName, Sample[]>>();

  add(name: string, contestant: ContestantName, sample: Sample): void {
    const row = this.byCase.get(name) ?? new Map<ContestantName, Sample[]>();
    this.byCase.set(name, row);
    row.set(contestant, [...(row.get(contestant) ?? []), sample]);
  }

  values(name: string, contestant: ContestantName, figure: Figure): number[] {
    return (this.byCase.get(name)?.get(contestant) ?? []).map((sample) => sample[figure] ?? Number.NaN);
  }

  median(name: string, contestant: ContestantName, figure: Figure): number {
    return median(this.values(name, contestant, figure));
  }

  ratio(name: string, contestant: ContestantName, other: ContestantName, figure: Figure): number {
    return medianRatio(this.values(name, contestant, figure), this.values(name, other, figure));
  }

  /** For people: a row a case and contestant, medians over the rounds, a column where somebody measured it. */
  table(): string {
    const rows = [...this.byCase].flatMap(([name, contestants]) =>
      [...contestants].map(([contestant, samples]) => {
        const figures = Object.keys(samples[0] ?? {}) as Figure[];
        const medians = figures.map((figure) => [figure, +this.median(name, contestant, figure).toPrecision(3)]);
        return { case: name, contestant, ...Object.fromEntries(medians) };
      }),
    );
    return Bun.inspect.table(rows);
  }
}

export async function playCase(
  plan: Case,
  contestants: readonly Contestant[],
  machine: Machine,
  results: Results,
  how: { readonly rounds: number; readonly windowMs: number },
) {
  const { name, isOurs = false, isFresh = false, isCold = false, roundsMax = how.rounds, windowMsMin = 0 } = plan;
  const windowMs = Math.max(how.windowMs, windowMsMin);
  const sides = contestants.filter((one) => !isOurs || one.name === "partyline" || one.name === "before");
  const open = new Map<Contestant, Load>();
  const close = async (side: Contestant) => {
    await open.get(side)?.close();
    open.delete(side);
  };
  try {
    for (let round = 0; round < Math.min(how.rounds, roundsMax); round++) {
      // Another one first in each round, so that nobody always runs in the same neighbour's wake.
      const first = round % sides.length;
      for (const side of [...sides.slice(first), ...sides.slice(0, first)]) {
        const isNew = !open.has(side);
        const load = open.get(side) ?? (await plan.open(side, machine));
        open.set(side, load);
        // So that its code is compiled before anybody counts.
        if (isNew && load.pid !== null && !isCold) await load.run(WARM_MS);
        results.add(name, side.name, await windowOf(load, windowMs));
        if (isFresh) await close(side);
      }
    }
  } finally {
    for (const side of sides) await close(side);
  }
}

async function windowOf(load: Load, windowMs: number): Promise<Sample> {
  const { pid } = load;
  const read = () => ({ at: performance.now(), server: pid === null ? 0 : cpuNs(pid), client: cpuNs(process.pid) });
  const before = read();
  const { count, ...figures } = await load.run(windowMs);
  const now = read();
  if (pid === null) return figures;
  const ms = now.at - before.at;
  return {
    perSecond: (count / ms) * 1000,
    cpuUs: (now.server - before.server) / NS_PER_US / count,
    serverUse: (now.server - before.server) / NS_PER_MS / ms,
    clientUse: (now.client - before.client) / NS_PER_MS / ms,
    rssMB: rssBytes(pid) / BYTES_PER_MB,
    ...figures,
  };
}
