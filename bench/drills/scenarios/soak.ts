// A house full of games for as long as it takes to see whether anything grows: a look at the server every ten seconds, kept in
// bench/results/soak.txt too. It fails on growth, on a fault, on a dropped frame and on a message lost in silence.

import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { settle } from "../../machine.ts";
import { ROOT, ServerProcess } from "../../serverProcess.ts";
import type { Scenario } from "../outcome.ts";
import { growth } from "../soak/growth.ts";
import { Life, SIZE } from "../soak/life.ts";
import { COLUMNS, type Sample, Sampler } from "../soak/samples.ts";

const GLANCES = 10;
const GLANCE_MS = 1_000;
/** Beyond the minutes asked for: to fill the rooms, and to close the books. */
const SLACK_SECONDS = 4 * 60;
const ROOMS = 1_000;
const REPORT = join(ROOT, "bench/results/soak.txt");
const WIDTH = 13;

export const soak: Scenario = {
  ...{ name: "soak", about: "--rooms of eight live for so many --minutes", isExtra: true },
  secondsMax: ({ minutes }) => minutes * 60 + SLACK_SECONDS,
  async run({ options, accountant, note, expect }) {
    const rooms = options.rooms(ROOMS);
    const report: string[] = [];
    const tell = (cells: readonly string[]) => {
      report.push(cells.map((cell) => cell.padStart(WIDTH)).join(""));
      note(report.at(-1) ?? "");
    };
    const machine = settle();
    const server = await ServerProcess.start({ env: { LIMITS: "off" }, prefix: machine.serverPrefix });
    tell([`${rooms} rooms of ${SIZE}, ${options.minutes} minutes; ${machine.about}`]);
    const life = await Life.begin(server.url, rooms, accountant);
    const sampler = new Sampler(server);
    await sampler.sample();
    const samples: Sample[] = [];
    const endAt = performance.now() + options.minutes * 60_000;
    tell(COLUMNS.map(([name]) => name));
    while (performance.now() < endAt) {
      for (let i = 0; i < GLANCES; i++) {
        await Bun.sleep(GLANCE_MS);
        sampler.glance();
      }
      const sample = await sampler.sample();
      samples.push(sample);
      tell(COLUMNS.map(([name, digits]) => sample[name].toFixed(digits)));
    }
    await life.end();
    for (const { level, text } of server.logged) if (level === "error" || level === "fatal") note(text);
    const { rssSlope, failures } = growth(samples);
    for (const failure of failures) expect(false, failure);
    tell([`RSS over the second half: ${rssSlope.toFixed(2)} MB a minute; ${JSON.stringify(accountant.sums())}`]);
    mkdirSync(dirname(REPORT), { recursive: true });
    await Bun.write(REPORT, `${report.join("\n")}\n`);
    await server.kill();
  },
};
