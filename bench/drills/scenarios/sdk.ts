// The client for JavaScript over the worst there is, three times side by side: a screen and a phone say a thousand numbers each while the
// phone's line is cut sixty times and goes dead ten times, and while their server is drained twice and killed once. Whatever is sent is heard
// once and in order, or its sender, or who should have heard it, is told.
import { ServerProcess } from "../../serverProcess.ts";
import { percentile } from "../../stats.ts";
import type { Scenario, Scene } from "../scene.ts";
import { Pair } from "../sdk/pair.ts";

const RUNS = 3;
const SENDS = 1_000;
const SAY_EVERY_MS = 160;
const CUTS = 60;
const DEAD_LINKS = 10;
/** More than the snapshot may be behind. */
const SNAPSHOT_MS = 6_000;
/** From a phone's being back until it has said what waited. */
const SETTLE_MS = 1_000;
const CUT_P50_MS_MAX = 150;
const DEAD_MS_MAX = 15_000;

export const sdk: Scenario = {
  name: "sdk",
  about: `the client says ${SENDS} each way over ${CUTS} cuts, ${DEAD_LINKS} half-open links, 2 drains and a kill -9, ${RUNS} times`,
  secondsMax: 420,
  isExtra: true,
  async run(scene) {
    const runs = await Promise.all(Array.from({ length: RUNS }, (_, run) => play(scene, `run ${run + 1}`)));
    scene.rooms.before = RUNS;
    scene.rooms.after = runs.length;
    const cuts = runs.flatMap((run) => run.cuts).sort((a, b) => a - b);
    const dead = runs.flatMap((run) => run.dead).sort((a, b) => a - b);
    scene.note(`back after a cut: ${inMs(cuts)}; after a dead link: ${inMs(dead)}`);
    scene.expect(percentile(cuts, 0.5) <= CUT_P50_MS_MAX, `half of the cuts took more than ${CUT_P50_MS_MAX} ms`);
    scene.expect(Math.max(...dead) <= DEAD_MS_MAX, `a dead link was found only after ${DEAD_MS_MAX} ms`);
  },
};

async function play(scene: Scene, name: string): Promise<{ cuts: number[]; dead: number[] }> {
  let server = await ServerProcess.start({ env: { LIMITS: "off", DRAIN_SECONDS: "1" } });
  const pair = await Pair.open(server.url, name, scene.accountant);
  const talk = setInterval(() => pair.said < SENDS && pair.speak(), SAY_EVERY_MS);
  const [cuts, dead]: [number[], number[]] = [[], []];
  const cut = async (times: number) => {
    for (let n = 0; n < times; n++) {
      await Bun.sleep(Math.random() * SAY_EVERY_MS * 2);
      // Now and then what is on its way in one direction has been lost before the line is.
      if (n % 3 === 1) pair.valve.stall(n % 2 === 0 ? "up" : "down");
      if (n % 3 === 1) await Bun.sleep(SAY_EVERY_MS);
      cuts.push(await pair.lose((valve) => valve.cut(n % 2 === 0 ? "reset" : "end")));
    }
  };
  const die = async (times: number) => {
    for (let n = 0; n < times; n++) {
      dead.push(await pair.lose((valve) => valve.kill()));
      // What waited is said now. Without that a minute of dead links would be more than the room's history holds, and all of it told as fresh.
      await Bun.sleep(SETTLE_MS);
    }
  };
  const drain = async () => {
    const exitCode = await server.drain();
    scene.expect(exitCode === 0, `${name}: the drain ended with ${exitCode}`);
    server = await server.restarted();
    await pair.here();
  };
  await cut(CUTS / 4);
  await die(DEAD_LINKS / 2);
  await drain();
  await cut(CUTS / 4);
  await Bun.sleep(SNAPSHOT_MS);
  await server.kill();
  server = await server.restarted();
  await pair.here();
  await cut(CUTS / 4);
  await die(DEAD_LINKS / 2);
  await drain();
  await cut(CUTS / 4);
  while (pair.said < SENDS) await Bun.sleep(SAY_EVERY_MS);
  clearInterval(talk);
  await pair.settle();
  scene.accountant.close([pair.names]);
  scene.note(`${name}: ${pair.said} each way, rejected: ${JSON.stringify(pair.rejected)}; lines: ${pair.valve.lines}`);
  const others = Object.keys(pair.rejected).filter((code) => code !== "unknown");
  scene.expect(others.length === 0, `${name}: rejected with ${others.join(", ")}`);
  await pair.end();
  await server.kill();
  return { cuts, dead };
}

function inMs(sorted: number[]): string {
  const at = (share: number) => `${Math.round(percentile(sorted, share))} ms`;
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)} (${sorted.length})`;
}
