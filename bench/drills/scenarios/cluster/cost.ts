// What it costs to be a member elsewhere: rooms whose members are all on one node, and rooms with a host on one and eight phones on another,
// in turns on the same processes, so that what the machine does meanwhile does to both.

import { median, percentile } from "../../../stats.ts";
import { cpuNs } from "../../../usage.ts";
import { NodesAtWork } from "../../cluster/nodes.ts";
import { Crowd } from "../../crowd.ts";
import type { Scenario } from "../../scene.ts";

const ROUNDS = 3;
const ROUND_MS = 3_000;
const ROOMS = 20;
const SIZE = 9;
/** Of each room: 900 messages a second in all. */
const MESSAGES_PER_SECOND = 45;
const BEAT_MS = 2;
const REST_MS = 300;
/** How much later than on one node. */
const LATER_MS_MAX = 1;
const NS_PER_US = 1_000;

export const cost: Scenario = {
  name: "cluster-cost",
  about: `${ROOMS} rooms of ${SIZE}, ${ROOMS * MESSAGES_PER_SECOND} messages a second: far p50 at most ${LATER_MS_MAX} ms above near`,
  secondsMax: 120,
  async run(scene) {
    const { accountant } = scene;
    const work = await NodesAtWork.start(scene, 2);
    const [a, b] = [work.at(0), work.at(1)];
    const plan = { rooms: ROOMS, size: SIZE };
    const near = await Crowd.gather(a.url, { ...plan, name: "near" }, accountant);
    const special = (index: number) => (index === 0 ? {} : { url: b.url });
    const far = await Crowd.gather(a.url, { ...plan, name: "far", special }, accountant);
    work.crowds.push(near, far);
    const p50s = { near: [] as number[], far: [] as number[] };
    const cpuUs = { owner: [] as number[], gateway: [] as number[], engine: [] as number[], near: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, crowd] of [
        ["near", near],
        ["far", far],
      ] as const) {
        const pids = [a.server.pid, b.server.pid, work.redis.pid];
        const before = pids.map(cpuNs);
        const from = performance.now();
        crowd.talk(MESSAGES_PER_SECOND, "", BEAT_MS);
        await Bun.sleep(ROUND_MS);
        crowd.hush();
        await Bun.sleep(REST_MS);
        const delays = accountant.delays(from);
        p50s[name].push(percentile(delays, 0.5));
        const used = pids.map((pid, n) => (cpuNs(pid) - (before[n] ?? 0)) / NS_PER_US / delays.length);
        if (name === "near") cpuUs.near.push(used[0] ?? Number.NaN);
        else
          for (const [n, who] of (["owner", "gateway", "engine"] as const).entries())
            cpuUs[who].push(used[n] ?? Number.NaN);
      }
    }
    await work.settle();
    const [nearMs, farMs] = [median(p50s.near), median(p50s.far)];
    scene.note(`p50 near ${nearMs.toFixed(2)} ms, far ${farMs.toFixed(2)} ms`);
    const figures = Object.entries(cpuUs).map(([who, us]) => `${who} ${median(us).toFixed(2)}`);
    scene.note(`CPU µs a delivery: ${figures.join(", ")}`);
    scene.expect(farMs <= nearMs + LATER_MS_MAX, `far ${farMs.toFixed(2)} ms, near ${nearMs.toFixed(2)} ms`);
  },
};
