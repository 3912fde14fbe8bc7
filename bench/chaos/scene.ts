// `bun scene.ts NAME [options]`: runs one scenario and prints what it found. A process of its own, so that one scenario's timers,
// sockets and namespaces are gone before the next begins.

import { Accountant } from "./accountant.ts";
import { readOptions } from "./options.ts";
import { NotHere, type Outcome, type Scene } from "./outcome.ts";
import { SCENARIOS } from "./scenarios/index.ts";
import { endAll } from "./victim.ts";

/** In front of the one line that is for the program, not for people. */
export const RESULT_MARK = "RESULT ";

async function main(): Promise<void> {
  const [name, ...argv] = process.argv.slice(2);
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  process.on("SIGTERM", () => process.exit(143));
  process.on("SIGINT", () => process.exit(130));
  process.on("exit", endAll);

  const options = readOptions(argv);
  const accountant = new Accountant(options.sabotage);
  const failures: string[] = [];
  const scene: Scene = {
    options,
    accountant,
    rooms: { before: 0, after: 0 },
    note: (text) => console.log(`  ${text}`),
    expect: (holds, otherwise) => {
      if (!holds) failures.push(otherwise);
    },
  };
  const startedAt = performance.now();
  let skipped: string | null = null;
  try {
    await scenario.run(scene);
  } catch (error) {
    if (error instanceof NotHere) skipped = error.message;
    else failures.push(error instanceof Error ? error.message : String(error));
  }
  const sums = skipped === null ? accountant.sums() : null;
  const { before, after } = scene.rooms;
  if (sums !== null && sums.lostInSilence > 0)
    failures.push(`${sums.lostInSilence} lost in silence: ${accountant.examples.join("; ")}`);
  if (after < before) failures.push(`${before - after} of ${before} rooms are missing`);
  for (const [reason, count] of Object.entries(sums?.over ?? {})) scene.note(`${count} members stopped: ${reason}`);
  const seconds = (performance.now() - startedAt) / 1000;
  const outcome: Outcome = {
    ...{ scenario: scenario.name, seconds, sums, failures, skipped },
    ...{ roomsBefore: before, roomsAfter: after },
  };
  console.log(RESULT_MARK + JSON.stringify(outcome));
  process.exit(failures.length === 0 ? 0 : 1);
}

if (import.meta.main) await main();
