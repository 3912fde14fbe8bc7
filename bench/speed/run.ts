// `bun run bench [--only broadcast-8,connect] [--rounds 5] [--seconds 0.5] [--server PATH] [--against PATH] [--out FILE]`
// What Partyline costs next to bare Bun and to the relay one writes by hand, in one interleaved run; with `--against`, next to the
// server.ts of another checkout alone. Exits with 1 when a goal is missed by more than its noise, or a case did not run.

import { mkdirSync } from "node:fs";
import { loadavg } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { fromCommandLine } from "../commandLine.ts";
import { settle } from "../machine.ts";
import { endWithUs, ROOT } from "../serverProcess.ts";
import { between } from "../wait.ts";
import { pick } from "./cases.ts";
import { contestantsOf } from "./contestants.ts";
import { exitCode, GOALS, goalsBefore, goalsTable, judge } from "./goals.ts";
import { playCase, Results } from "./measure.ts";

const RUN_TIMEOUT_MS = 60 * 60_000;
/** Above this load before we begin the figures deserve a second run. */
const LOAD_MAX = 0.5;

const USAGE =
  "usage: bun run bench [--only CASE,…] [--rounds 1–50] [--seconds 0.05–30] [--server FILE] [--against FILE] [--out FILE]";
const { values, how, cases } = fromCommandLine(() => {
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
  const how = {
    rounds: between(values.rounds, 1, 50, "rounds"),
    windowMs: between(values.seconds, 0.05, 30, "seconds") * 1000,
  };
  return { values, how, cases: pick(values.only ?? null) };
}, USAGE);
const path = (script?: string) => (script === undefined ? undefined : resolve(script));
const contestants = contestantsOf(path(values.server), path(values.against));
endWithUs(RUN_TIMEOUT_MS);

const [load = 0] = loadavg();
const machine = settle();
const results = new Results();
const startedAt = performance.now();
console.log(machine.about);
for (const plan of cases) {
  console.error(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${plan.name}`);
  try {
    await playCase(plan, contestants, machine, results, how);
  } catch (error) {
    // What was measured before does not count: its goals are told as not run.
    results.byCase.delete(plan.name);
    console.log(`FAILED ${plan.name}: ${error instanceof Error ? error.message : error}`);
  }
}

const names = cases.map(({ name }) => name);
const goals = values.against === undefined ? GOALS : goalsBefore(names);
const verdicts = judge(goals, names, results);
console.log(`\n${results.table()}\n${goalsTable(verdicts)}`);
const isNoisy = load > LOAD_MAX ? ": NOISY, a second run may say otherwise" : "";
console.log(`the load before was ${load.toFixed(1)}${isNoisy}`);
const rows = [...results.byCase].map(([name, samples]) => ({ case: name, samples: Object.fromEntries(samples) }));
mkdirSync(dirname(values.out), { recursive: true });
await Bun.write(values.out, `${JSON.stringify({ machine: machine.about, how, load, verdicts, rows }, null, 2)}\n`);
process.exit(rows.length === cases.length ? exitCode(verdicts) : 1);
