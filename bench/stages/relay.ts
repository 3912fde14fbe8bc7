// Messages through rooms: the matrix. All contestants of a stage are alive at once with their crowds connected, and take
// turns window by window; the ones that wait cost nothing but their memory.

import type { ContestantName } from "../contestants.ts";
import { type Crowd, gather } from "../crowd.ts";
import { type Driver, driverFor } from "../loops.ts";
import { rotated } from "../results.ts";
import type { Case, Stage } from "../scenarios.ts";
import { type ServerProcess, startServer } from "../serverProcess.ts";
import { cpuNs, rssBytes } from "../usage.ts";
import type { Bench } from "./bench.ts";

const NS_PER_US = 1000;
const NS_PER_MS = 1_000_000;
const MS_PER_SECOND = 1000;

interface Side {
  name: ContestantName;
  server: ServerProcess;
  crowd: Crowd;
}

export async function relayStage(bench: Bench, stage: Stage, cases: Case[]): Promise<void> {
  const sides: Side[] = [];
  try {
    for (const contestant of bench.contestants) {
      const server = await startServer(contestant, bench.machine.serverPrefix);
      sides.push({ name: contestant.name, server, crowd: await gather(contestant, server.port, stage.plan) });
    }
    for (const each of cases) await relayCase(bench, each, sides);
  } finally {
    for (const { crowd, server } of sides) {
      crowd.drop();
      await server.stop();
    }
  }
}

async function relayCase(bench: Bench, plan: Case, sides: Side[]): Promise<void> {
  const { options, results } = bench;
  const rated = plan.drive === "fixed rate";
  const windowMs = rated ? options.rateWindowMs : plan.goal ? options.goalWindowMs : options.windowMs;
  const rounds = rated ? options.rateRounds : options.rounds;
  const drivers = new Map<Side, Driver>(sides.map((side) => [side, driverFor(plan, side.crowd)]));
  for (let round = 0; round < rounds; round++) {
    for (const side of rotated(sides, round)) {
      const driver = drivers.get(side);
      if (driver === undefined) continue;
      try {
        await driver.run(round === 0 ? options.firstWarmMs : options.warmMs);
        results.add(plan.name, side.name, "message", await window(driver, side.server.pid, windowMs));
      } catch (error) {
        throw new Error(`${side.name}, ${plan.name}: ${error instanceof Error ? error.message : error}`);
      }
    }
  }
}

async function window(driver: Driver, pid: number, windowMs: number) {
  const cpuBefore = cpuNs(pid);
  const clientBefore = cpuNs(process.pid);
  const start = performance.now();
  const delivered = await driver.run(windowMs);
  const elapsedMs = performance.now() - start;
  const cpu = cpuNs(pid) - cpuBefore;
  const client = cpuNs(process.pid) - clientBefore;
  const latency = driver.latency?.summary();
  if (latency?.samples === 0) throw new Error("no delivered frame ended with a readable time stamp");
  return {
    deliveredPerSecond: (delivered / elapsedMs) * MS_PER_SECOND,
    cpuUs: cpu / NS_PER_US / delivered,
    serverUse: cpu / NS_PER_MS / elapsedMs,
    rssBytes: rssBytes(pid),
    // At the fixed rate the load generator spins while it waits, so its own use says nothing.
    ...(latency === undefined
      ? { clientUse: client / NS_PER_MS / elapsedMs }
      : { p50Us: latency.p50Us, p99Us: latency.p99Us }),
  };
}
