// `bun run soak [--minutes N] [--rooms N]`: a thousand rooms of eight, for as long as it takes to see whether anything grows. Looks
// at the server every ten seconds, writes bench/results/soak.md and soak.svg, and fails on growth, on a fault, on a dropped frame
// and on a message lost in silence.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Accountant } from "../chaos/accountant.ts";
import { endAll, newDataDir, Victim } from "../chaos/victim.ts";
import { settle } from "../machine.ts";
import { judge } from "./judge.ts";
import { Life, SIZE } from "./life.ts";
import { plot } from "./plot.ts";
import { HEAD, markdown, rowOf, summary } from "./report.ts";
import { type Sample, Sampler } from "./samples.ts";

const GLANCES = 10;
const GLANCE_MS = 1_000;
const RESULTS = join(import.meta.dir, "../results");
const MINUTES_MAX = 24 * 60;
const ROOMS_MAX = 2_000;
/** Beyond the minutes asked for: to fill the rooms, and to close the books. */
const SLACK_MS = 4 * 60_000;

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "20" }, rooms: { type: "string", default: "1000" } },
});
const minutes = between(values.minutes, 0.5, MINUTES_MAX, "minutes");
const rooms = Math.floor(between(values.rooms, 1, ROOMS_MAX, "rooms"));

function between(text: string, min: number, max: number, name: string): number {
  const value = Number(text);
  if (value >= min && value <= max) return value;
  console.error(`--${name} takes a number from ${min} to ${max}`);
  process.exit(1);
}

process.on("exit", endAll);
process.on("SIGINT", () => process.exit(130));
process.on("SIGTERM", () => process.exit(143));
setTimeout(
  () => {
    console.error("gave up: it took far longer than it should");
    process.exit(1);
  },
  minutes * 60_000 + SLACK_MS,
).unref();

const title = `${rooms} rooms of ${SIZE}, ${minutes} minutes`;
const machine = settle();
const victim = await Victim.start({ dataDir: newDataDir(), env: { LIMITS: "off" }, prefix: machine.serverPrefix });
const accountant = new Accountant();
console.log(`${title}; ${machine.cores} cores (${machine.cpuModel}), Bun ${machine.bun}`);
const life = await Life.begin(victim.url, rooms, accountant);
const sampler = new Sampler(victim);
await sampler.sample();
const samples: Sample[] = [];
const endAt = performance.now() + minutes * 60_000;
console.log(HEAD);
while (performance.now() < endAt) {
  for (let i = 0; i < GLANCES; i++) {
    await Bun.sleep(GLANCE_MS);
    sampler.glance();
  }
  const sample = await sampler.sample();
  if (sample === null) continue;
  samples.push(sample);
  console.log(rowOf(sample));
}
await life.end();
for (const { text } of victim.logged.filter(({ level }) => level === "error" || level === "fatal")) console.log(text);
const sums = accountant.sums();
const verdict = judge(samples, sums);
const lines = [...summary(verdict, sums), ...accountant.examples];
console.log(`\n${lines.join("\n")}`);
mkdirSync(RESULTS, { recursive: true });
await Bun.write(join(RESULTS, "soak.md"), markdown(title, samples, lines));
await Bun.write(join(RESULTS, "soak.svg"), plot(samples, title));
process.exit(verdict.failures.length === 0 ? 0 : 1);
