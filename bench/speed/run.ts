// `bun run bench [--only broadcast-8,connect] [--rounds 5] [--seconds 0.5] [--server PATH] [--against PATH] [--out FILE]`
// What Partyline costs next to bare Bun and to the relay one writes by hand, in one interleaved run; with `--against`, next to the
// server.ts of another checkout alone. Exits with 1 when a goal is missed by more than its noise, or a case did not run.

import { mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { settle } from "../machine.ts";
import { endedServersCpuNs, endWithUs, ROOT } from "../serverProcess.ts";
import { cpuNs, machineBusyNs } from "../usage.ts";
import { between } from "../wait.ts";
import { pick } from "./cases.ts";
import { contestantsOf } from "./contestants.ts";
import { exitCode, GOALS, goalsBefore, goalsTable, judge } from "./goals.ts";
import { playCase, Results } from "./measure.ts";
import { figuresTable } from "./report.ts";

const RUN_TIMEOUT_MS = 60 * 60_000;
const NS_PER_MS = 1_000_000;
/** Above this share of a core the figures deserve a second run. */
const NEIGHBOUR_SHARE_MAX = 0.05;

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "0.5" },
    server: { type: "string" },
    against: { type: "string" },
    out: { type: "string", default: join(ROOT, "bench/results/latest.json") },
  },
});
const path = (script?: string) => (script === undefined ? undefined : resolve(script));
const how = {
  rounds: between(values.rounds, 1, 50, "rounds"),
  windowMs: between(values.seconds, 0.05, 30, "seconds") * 1000,
};
const cases = pick(values.only ?? null);
const contestants = contestantsOf(path(values.server), path(values.against));
endWithUs(RUN_TIMEOUT_MS);

const machine = settle();
const results = new Results();
const before = { at: performance.now(), busy: machineBusyNs(), own: cpuNs(process.pid) };
console.log(machine.about);
for (const plan of cases) {
  console.error(`${((performance.now() - before.at) / 1000).toFixed(0).padStart(4)} s  ${plan.name}`);
  try {
    await playCase(plan, contestants, machine, results, how);
  } catch (error) {
    // What was measured before does not count: its goals are told as not run.
    results.byCase.delete(plan.name);
    console.log(`FAILED ${plan.name}: ${error instanceof Error ? error.message : error}`);
  }
}

const ours = cpuNs(process.pid) - before.own + endedServersCpuNs();
const others = (machineBusyNs() - before.busy - ours) / ((performance.now() - before.at) * NS_PER_MS);
const names = cases.map(({ name }) => name);
const goals = values.against === undefined ? GOALS : goalsBefore(names);
const verdicts = judge(goals, names, results);
console.log(`\n${figuresTable(results)}\n\n${goalsTable(verdicts)}`);
console.log(
  `\nother processes had ${(others * 100).toFixed(0)} % of one core${others > NEIGHBOUR_SHARE_MAX ? ": NOISY, a second run may say otherwise" : ""}`,
);
mkdirSync(dirname(values.out), { recursive: true });
const rows = [...results.byCase].map(([name, byContestant]) => ({
  case: name,
  samples: Object.fromEntries(byContestant),
}));
await Bun.write(values.out, `${JSON.stringify({ machine: machine.about, how, others, verdicts, rows }, null, 2)}\n`);
const complete = rows.length === cases.length;
process.exit(complete ? exitCode(verdicts) : 1);
