// `bun bench/run.ts [--quick] [--rounds N] [--only text] [--against control,partyline] [--out file]`
// What Partyline costs next to bare Bun and next to the relay one writes by hand, in one run on one machine. Everything
// it starts it ends; nothing leaves the loopback; every loop is bounded in time and count.

import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { CONTESTANTS, ROOT } from "./contestants.ts";
import { judge } from "./goals.ts";
import { settle } from "./machine.ts";
import { readOptions } from "./options.ts";
import { figuresTable, goalsTable, machineLine, neighbourLine } from "./report.ts";
import { Results } from "./results.ts";
import { CASE, STAGES } from "./scenarios.ts";
import { endedServersCpuNs, killAll } from "./serverProcess.ts";
import type { Bench } from "./stages/bench.ts";
import { connectStage } from "./stages/connect.ts";
import { idleStage } from "./stages/idle.ts";
import { neighboursStage } from "./stages/neighbours.ts";
import { relayStage } from "./stages/relay.ts";
import { startStage } from "./stages/start.ts";
import { cpuClockName, cpuNs, machineBusyNs } from "./usage.ts";

const RUN_TIMEOUT_MS = 15 * 60_000;
const MS_PER_SECOND = 1000;
const NS_PER_MS = 1_000_000;

const options = readOptions(process.argv.slice(2), join(import.meta.dir, "results", "latest.json"));
const asked = CONTESTANTS.filter(({ name }) => options.contestants?.includes(name) ?? true);
const contestants = asked.filter(({ script }) => existsSync(join(ROOT, script)));
const machine = settle();
const results = new Results();
const startedAt = performance.now();
const busyBefore = machineBusyNs();
const ownBefore = cpuNs(process.pid);
const bench: Bench = {
  options,
  machine,
  contestants,
  results,
  note: (text) =>
    console.error(`${String(Math.round((performance.now() - startedAt) / MS_PER_SECOND)).padStart(4)} s  ${text}`),
};

function wanted(name: string): boolean {
  return options.only === null || name.includes(options.only);
}

async function measure(): Promise<void> {
  for (const stage of STAGES) {
    const cases = stage.cases.filter(({ name }) => wanted(name));
    if (cases.length === 0) continue;
    bench.note(stage.name);
    await relayStage(bench, stage, cases);
  }
  const others = [
    { name: CASE.connect, run: connectStage },
    { name: CASE.idle, run: idleStage },
    { name: CASE.start, run: startStage },
    { name: CASE.beside, run: neighboursStage },
  ];
  for (const { name, run } of others) {
    if (!wanted(name)) continue;
    bench.note(name);
    await run(bench);
  }
}

function abandon(reason: string, exitCode: number): never {
  killAll();
  console.error(reason);
  process.exit(exitCode);
}

process.on("SIGINT", () => abandon("interrupted", 130));
process.on("SIGTERM", () => abandon("terminated", 143));
process.on("exit", killAll);
setTimeout(() => abandon(`gave up after ${RUN_TIMEOUT_MS / MS_PER_SECOND} s`, 1), RUN_TIMEOUT_MS).unref();

console.log(machineLine(machine));
for (const { name, script } of asked) {
  if (!existsSync(join(ROOT, script))) console.log(`${name} is left out: there is no ${script}`);
}
try {
  await measure();
} catch (error) {
  console.log(figuresTable(results));
  abandon(`FAILED: ${error instanceof Error ? error.message : error}`, 1);
}

/** What somebody else used of the machine, in cores, since the start of the run. */
function neighbourShare(): number | null {
  const busy = machineBusyNs();
  if (busy === null || busyBefore === null) return null;
  const ours = cpuNs(process.pid) - ownBefore + endedServersCpuNs();
  return Math.max(0, (busy - busyBefore - ours) / ((performance.now() - startedAt) * NS_PER_MS));
}

const neighbours = neighbourShare();
const verdicts = judge(results);
console.log(`\n${figuresTable(results)}\n\n${goalsTable(verdicts)}\n\n${neighbourLine(neighbours)}`);
mkdirSync(dirname(options.out), { recursive: true });
const { serverPrefix, unpinnedPrefix, ...aboutMachine } = machine;
const document = {
  machine: { ...aboutMachine, cpuClock: cpuClockName },
  options,
  neighbourCores: neighbours,
  goals: verdicts,
  rows: results.rows,
};
await Bun.write(options.out, `${JSON.stringify(document, null, 2)}\n`);
bench.note("done");
process.exit(0);
