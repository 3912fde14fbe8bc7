// Whoever attacks, a process of its own: `attacker.ts URL KIND,… ADDRESS,…` plays every kind from every address, beat by beat, until its
// parent says a word, and answers with what it was told. Paced by beats, so that it does not take the machine from the bystander.

import { Attack, BEAT_MS, count, type Tally } from "./attack.ts";
import { kindOf } from "./kinds.ts";

const [, , url = "", kinds = "", addresses = ""] = process.argv;
/** Those that slept read what there was for them, and how they were closed. */
const WAKING_MS = 1_500;

export interface Report {
  readonly closes: Tally;
  readonly statuses: Tally;
  readonly refusals: Tally;
  readonly beats: number;
}

const attacks: Attack[] = [];
const plays = addresses.split(",").flatMap((address) =>
  kinds.split(",").map((name) => {
    const attack = new Attack(url, address);
    attacks.push(attack);
    return kindOf(name).begin(attack);
  }),
);
let beats = 0;
const timer = setInterval(() => {
  for (const play of plays) play(beats);
  beats++;
}, BEAT_MS);

process.on("message", async () => {
  clearInterval(timer);
  for (const attack of attacks) attack.wake();
  await Bun.sleep(WAKING_MS);
  const report = { closes: {}, statuses: {}, refusals: {}, beats };
  for (const attack of attacks) {
    for (const part of ["closes", "statuses", "refusals"] as const) {
      for (const [key, times] of Object.entries(attack[part])) count(report[part], key, times);
    }
    attack.drop();
  }
  process.send?.(report, undefined, {}, () => process.exit(0));
});
