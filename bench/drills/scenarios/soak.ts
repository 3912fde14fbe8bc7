// A house full of games for as long as it takes to see whether anything grows: a look at the server every ten seconds, kept in
// bench/results/soak.txt too. It fails on growth, on a fault, on a dropped frame and on a message lost in silence.

import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { settle } from "../../machine.ts";
import { ROOT, ServerProcess } from "../../serverProcess.ts";
import type { Scenario } from "../scene.ts";
import { live, SIZE } from "../soak/life.ts";
import { growth, type Sample, Sampler } from "../soak/samples.ts";

/** Beyond the minutes asked for: to fill the rooms, and to close the books. */
const SLACK_SECONDS = 4 * 60;
const ROOMS = 1_000;
const MINUTES = 20;
const REPORT = join(ROOT, "bench/results/soak.txt");

export const soak: Scenario = {
  ...{ name: "soak", about: "--rooms of eight live for so many --minutes", isExtra: true },
  secondsMax: ({ minutes }) => minutes(MINUTES) * 60 + SLACK_SECONDS,
  async run(scene) {
    const rooms = scene.options.rooms(ROOMS);
    const minutes = scene.options.minutes(MINUTES);
    const machine = settle();
    const about = `${rooms} rooms of ${SIZE}, ${minutes} minutes; ${machine.about}`;
    scene.note(about);
    const server = await ServerProcess.start({ env: { LIMITS: "off" }, prefix: machine.serverPrefix });
    const end = await live(scene, server, rooms);
    const sampler = new Sampler(server);
    const samples: Sample[] = [];
    const endAt = performance.now() + minutes * 60_000;
    while (performance.now() < endAt) {
      const sample = await sampler.sample();
      samples.push(sample);
      scene.note(JSON.stringify(sample));
    }
    await end();
    for (const { level, text } of server.logged) if (level === "error" || level === "fatal") scene.note(text);
    const { memory, failures } = growth(samples);
    scene.failures.push(...failures);
    scene.note(memory);
    mkdirSync(dirname(REPORT), { recursive: true });
    const sums = JSON.stringify(scene.accountant.sums());
    await Bun.write(REPORT, [about, Bun.inspect.table(samples), memory, sums, ""].join("\n"));
  },
};
