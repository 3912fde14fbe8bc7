// `bun run drills [--only kill,drain] [--rooms N] [--minutes N] [--kills N]`: the server is drained, killed, starved and
// put to sleep on, under load, and everything that its clients sent is accounted for. Each scenario is a process of its own (some in
// namespaces of their own), bounded in time: its timers, sockets and namespaces are gone before the next begins. Exit code 1 when
// anything was lost in silence, or a room is missing that should be there.

import { fromCommandLine } from "../commandLine.ts";
import { endWithUs, leashed } from "../serverProcess.ts";
import { attacks } from "./scenarios/attacks.ts";
import { audience } from "./scenarios/audience.ts";
import { bots } from "./scenarios/bots.ts";
import { clock } from "./scenarios/clock.ts";
import { cluster } from "./scenarios/cluster/index.ts";
import { diskfull } from "./scenarios/diskfull.ts";
import { drain } from "./scenarios/drain.ts";
import { ecast } from "./scenarios/ecast.ts";
import { fds } from "./scenarios/fds.ts";
import { jitter } from "./scenarios/jitter.ts";
import { kill } from "./scenarios/kill.ts";
import { parties } from "./scenarios/parties.ts";
import { reconnects } from "./scenarios/reconnects.ts";
import { sdk } from "./scenarios/sdk.ts";
import { sessions } from "./scenarios/sessions.ts";
import { sleepers } from "./scenarios/sleepers.ts";
import { soak } from "./scenarios/soak.ts";
import { NotHere, type Outcome, outcomesTable, readOptions, type Scenario, Scene } from "./scene.ts";

const SCENARIOS: readonly Scenario[] = [
  ...[
    drain,
    kill,
    jitter,
    sleepers,
    reconnects,
    diskfull,
    clock,
    fds,
    sessions,
    soak,
    attacks,
    parties,
    sdk,
    bots,
    ecast,
    audience,
  ],
  ...cluster,
];
/** In front of the name, where this program starts itself for one scenario. */
const SCENE = "--scene=";
const USAGE = `usage: bun run drills [--only SCENARIO,…] [--rooms N] [--minutes N] [--seconds N] [--kinds KIND,…] [--kills N] [--seed N]
scenarios: ${SCENARIOS.map(({ name }) => name).join(", ")}`;

const [first, ...rest] = process.argv.slice(2);
if (first?.startsWith(SCENE)) await playHere(find(first.slice(SCENE.length)), rest);
else await playAll(process.argv.slice(2));

function find(name: string): Scenario {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario !== undefined) return scenario;
  console.error(`no scenario ${name}; there are ${SCENARIOS.map((one) => one.name).join(", ")}`);
  process.exit(1);
}

/** A scenario, or all whose names begin with that word. */
function named(name: string): readonly Scenario[] {
  const family = SCENARIOS.filter((one) => one.name.startsWith(`${name}-`));
  return family.length > 0 ? family : [find(name)];
}

async function playAll(argv: string[]): Promise<void> {
  const { only } = fromCommandLine(() => readOptions(argv), USAGE);
  const outcomes: Outcome[] = [];
  for (const scenario of only?.flatMap(named) ?? SCENARIOS.filter(({ isExtra }) => !isExtra)) {
    console.log(`\n${scenario.name}: ${scenario.about}`);
    const outcome = await playInside(scenario, argv);
    outcomes.push(outcome);
    if (outcome.skipped !== null) console.log(`  skipped: ${outcome.skipped}`);
    for (const failure of outcome.failures) console.log(`  FAIL ${failure}`);
  }
  const failed = outcomes.filter(({ failures }) => failures.length > 0).map(({ scenario }) => scenario);
  console.log(`\n${outcomesTable(outcomes)}`);
  console.log(failed.length === 0 ? "nothing was lost in silence" : `FAILED: ${failed.join(", ")}`);
  process.exit(failed.length === 0 ? 0 : 1);
}

async function playInside(scenario: Scenario, argv: string[]): Promise<Outcome> {
  const { name, inside = [] } = scenario;
  const nothing = { scenario: name, seconds: 0, sums: null, rooms: { before: 0, after: 0 } };
  const unshare = inside.length === 0 ? [] : ["unshare", ...inside];
  const skipped = cannot(unshare) ?? scenario.obstacle?.() ?? null;
  if (skipped !== null) return { ...nothing, failures: [], skipped };
  let outcome: Outcome | null = null;
  const child = Bun.spawn([...leashed(), ...unshare, process.execPath, import.meta.path, SCENE + name, ...argv], {
    ...{ stdin: "ignore", stdout: "inherit", stderr: "inherit" },
    ipc: (found) => {
      outcome = found;
    },
  });
  const abandon = () => child.kill("SIGTERM");
  process.on("SIGTERM", abandon).on("SIGINT", abandon);
  const exitCode = await child.exited;
  process.off("SIGTERM", abandon).off("SIGINT", abandon);
  // It was asked to go, and so are we.
  if ([130, 143].includes(exitCode)) process.exit(exitCode);
  return outcome ?? { ...nothing, skipped: null, failures: ["ended in the middle"] };
}

function cannot(unshare: readonly string[]): string | null {
  if (unshare.length === 0) return null;
  if (Bun.which("unshare") === null) return "there is no unshare here";
  const tried = Bun.spawnSync([...unshare, "true"]);
  return tried.exitCode === 0 ? null : `no namespace of our own: ${tried.stderr.toString().trim()}`;
}

async function playHere({ name, secondsMax, run }: Scenario, argv: string[]): Promise<void> {
  const options = readOptions(argv);
  endWithUs((typeof secondsMax === "number" ? secondsMax : secondsMax(options)) * 1000);
  const scene = new Scene(options);
  const { accountant, rooms, failures } = scene;
  const startedAt = performance.now();
  let skipped: string | null = null;
  try {
    await run(scene);
  } catch (error) {
    if (error instanceof NotHere) skipped = error.message;
    else failures.push(error instanceof Error ? error.message : String(error));
  }
  const sums = skipped === null ? accountant.sums() : null;
  const silent = sums?.lostInSilence ?? 0;
  scene.expect(silent === 0, `${silent} lost in silence: ${accountant.examples.join("; ")}`);
  scene.expect(rooms.after >= rooms.before, `${rooms.before - rooms.after} of ${rooms.before} rooms are missing`);
  for (const [reason, count] of Object.entries(sums?.over ?? {})) scene.note(`${count} members stopped: ${reason}`);
  const seconds = (performance.now() - startedAt) / 1000;
  const outcome: Outcome = { scenario: name, seconds, sums, rooms, failures, skipped };
  process.send?.(outcome, undefined, {}, () => process.exit(0));
}
