// `bun run chaos`: the server is drained, killed, starved and put to sleep on, under load, and everything that its clients sent is
// accounted for. Each scenario is a process of its own (some in namespaces of their own), bounded in time; nothing leaves the
// machine; what was started is ended. Exit code 1 when anything was lost in silence, or a room is missing that should be there.

import { join } from "node:path";
import type { Subprocess } from "bun";
import { linesOf } from "../../test/support/lines.ts";
import { readOptions } from "./options.ts";
import { type Outcome, type Scenario, table } from "./outcome.ts";
import { SCENARIOS } from "./scenarios/index.ts";
import { RESULT_MARK } from "./scene.ts";
import { leashed } from "./victim.ts";

const argv = process.argv.slice(2);
const options = readOptions(argv);
const unknown = options.only?.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name)) ?? [];
if (unknown.length > 0) {
  console.error(`no scenario ${unknown.join(", ")}; there are ${SCENARIOS.map(({ name }) => name).join(", ")}`);
  process.exit(1);
}

let current: Subprocess | null = null;
/** A scenario ends its servers when it is asked to go; the leash is for when it cannot. */
const GRACE_MS = 2_000;

async function play(scenario: Scenario): Promise<Outcome> {
  const { name, inside = [], secondsMax } = scenario;
  const nothing = { scenario: name, seconds: 0, sums: null, roomsBefore: 0, roomsAfter: 0 };
  const obstacle = inside.length > 0 ? cannotUnshare(inside) : null;
  const skipped = obstacle ?? scenario.obstacle?.() ?? null;
  if (skipped !== null) return { ...nothing, failures: [], skipped };
  const unshare = inside.length > 0 ? ["unshare", ...inside] : [];
  const command = [...leashed(), ...unshare, process.execPath, join(import.meta.dir, "scene.ts"), name, ...argv];
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  current = child;
  const tooLate = setTimeout(() => {
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), GRACE_MS).unref();
  }, secondsMax * 1000);
  let outcome: Outcome | null = null;
  for await (const line of linesOf(child.stdout)) {
    if (line.startsWith(RESULT_MARK)) outcome = JSON.parse(line.slice(RESULT_MARK.length));
    else console.log(line);
  }
  await child.exited;
  clearTimeout(tooLate);
  return (
    outcome ?? { ...nothing, skipped: null, failures: [`did not end within ${secondsMax} s, or ended in the middle`] }
  );
}

function cannotUnshare(inside: readonly string[]): string | null {
  if (Bun.which("unshare") === null) return "there is no unshare here";
  const tried = Bun.spawnSync(["unshare", ...inside, "true"]);
  return tried.exitCode === 0 ? null : `no namespace of our own: ${tried.stderr.toString().trim()}`;
}

let isAbandoned = false;
function abandon(exitCode: number): void {
  isAbandoned = true;
  current?.kill("SIGTERM");
  setTimeout(() => process.exit(exitCode), GRACE_MS);
  void current?.exited.then(() => process.exit(exitCode));
}
process.on("SIGINT", () => abandon(130));
process.on("SIGTERM", () => abandon(143));

const outcomes: Outcome[] = [];
for (const scenario of SCENARIOS) {
  if (isAbandoned || (options.only !== null && !options.only.includes(scenario.name))) continue;
  console.log(`\n${scenario.name}: ${scenario.about}`);
  const outcome = await play(scenario);
  outcomes.push(outcome);
  if (outcome.skipped !== null) console.log(`  skipped: ${outcome.skipped}`);
  for (const failure of outcome.failures) console.log(`  FAIL ${failure}`);
}
console.log(`\n${table(outcomes)}`);
const failed = outcomes.filter(({ failures }) => failures.length > 0);
console.log(
  failed.length === 0 ? "\nnothing was lost in silence" : `\nFAILED: ${failed.map((o) => o.scenario).join(", ")}`,
);
process.exit(failed.length === 0 ? 0 : 1);
