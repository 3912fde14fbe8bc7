// Whatever can happen to a node or the engine, at moments that a seed draws, one after the other and on top of each other: the rows of the table
// one by one find what somebody thought of.

import { NodesAtWork } from "../../cluster/nodes.ts";
import type { Scenario } from "../../scene.ts";

const SPREAD = { rooms: 8, size: 6, perRoomASecond: 10, opening: { maxClients: 99 } };
const MINUTES = 1;
const PATIENCE_MS = 60_000;
const CALM_MS = 3_000;

export const storm: Scenario = {
  name: "cluster-storm",
  about:
    "nodes are killed, stopped and cut off, and the engine is killed, at moments drawn from a seed: nothing lost in silence, no two owners",
  secondsMax: ({ minutes }) => minutes(MINUTES) * 60 + 200,
  async run(scene) {
    const seed = scene.options.seed ?? Math.floor(Math.random() * 1e9);
    scene.note(`--seed ${seed}`);
    const draw = drawFrom(seed);
    const between = (least: number, most: number) => least + draw() * (most - least);
    const work = await NodesAtWork.start(scene);
    await work.gather(SPREAD);
    await Bun.sleep(CALM_MS);
    const endsAt = performance.now() + scene.options.minutes(MINUTES) * 60_000;
    const events: string[] = [];
    const beganAt = performance.now();
    const busy = new Set<object>();
    const under: Promise<void>[] = [];
    const blow = async (what: string, whom: object, ms: number, begin: () => unknown, end: () => unknown) => {
      busy.add(whom);
      events.push(`at ${seconds(performance.now() - beganAt)} ${what} for ${seconds(ms)}`);
      await begin();
      await Bun.sleep(ms);
      await end();
      busy.delete(whom);
    };
    while (performance.now() < endsAt) {
      const node = work.at(Math.floor(draw() * work.nodes.length));
      const kind = Math.floor(draw() * 6);
      const ms = between(500, 11_000);
      const whom = kind === 5 ? work.redis : node;
      if (!busy.has(whom) && (kind !== 0 || busy.size === 0)) {
        const { name } = node;
        if (kind === 0)
          under.push(
            blow(
              `kill ${name}`,
              whom,
              ms,
              () => node.kill(),
              () => node.restart(),
            ),
          );
        if (kind === 1 || kind === 2)
          under.push(
            blow(
              `stop ${name}`,
              whom,
              ms,
              () => node.stop(),
              () => node.goOn(),
            ),
          );
        if (kind === 3)
          under.push(
            blow(
              `cut ${name}`,
              whom,
              ms,
              () => node.cutOff(),
              () => node.heal(),
            ),
          );
        if (kind === 4)
          under.push(
            blow(
              `mute ${name}`,
              whom,
              ms,
              () => node.cutOff(true),
              () => node.heal(),
            ),
          );
        if (kind === 5)
          under.push(
            blow(
              "engine",
              whom,
              ms / 2,
              () => work.redis.kill(),
              () => work.redis.restart(),
            ),
          );
      }
      await Bun.sleep(between(500, 4_000));
    }
    await Promise.all(under);
    scene.note(events.join(", "));
    await Bun.sleep(CALM_MS);
    const isBack = await work.allBack(PATIENCE_MS);
    const away = work.members.filter(({ state }) => state === "away").map(({ clientId }) => clientId);
    scene.expect(isBack, `${away.length} members are not back: ${away.slice(0, 5)}`);
    await work.settle();
  },
};

/** Numbers from 0 to 1 that a seed gives (mulberry32). */
function drawFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
