// The engine goes, and comes back: after a second, with what it kept; or after eight, with nothing.

import { percentile } from "../../../stats.ts";
import { asked } from "../../cluster/asking.ts";
import { NodesAtWork } from "../../cluster/nodes.ts";
import type { Scenario, Scene } from "../../scene.ts";

const SPREAD = { rooms: 10, size: 6, perRoomASecond: 10, opening: { maxClients: 99 } };
const KILLS = 3;
const LATE_MS = 4_000;
const JOINABLE_MS = 2_000;
const AWAY_MS = 8_000;

export function nobodyClosed(scene: Scene): void {
  const { closes } = scene.accountant.sums();
  scene.expect(Object.keys(closes).length === 0, `lines were closed: ${JSON.stringify(closes)}`);
}

export function noteDelays(scene: Scene): number {
  const delays = scene.accountant.delays();
  const max = delays.at(-1) ?? 0;
  scene.note(`${delays.length} deliveries: p50 ${percentile(delays, 0.5).toFixed(1)} ms, latest ${max.toFixed(0)} ms`);
  return max;
}

export const engineKilled: Scenario = {
  name: "cluster-engine-killed",
  about: `the engine is killed and back after 1 s, ${KILLS} times: nothing lost, doubled or closed, no message later than ${LATE_MS / 1000} s`,
  secondsMax: 90,
  async run(scene) {
    const work = await NodesAtWork.start(scene);
    await work.gather(SPREAD);
    for (let kill = 0; kill < KILLS; kill++) {
      await Bun.sleep(3_000);
      await work.redis.kill();
      await Bun.sleep(1_000);
      await work.redis.restart();
    }
    await Bun.sleep(4_000);
    await work.settle();
    nobodyClosed(scene);
    const max = noteDelays(scene);
    scene.expect(max <= LATE_MS, `a message was ${max.toFixed(0)} ms late`);
  },
};

export const engineAway: Scenario = {
  name: "cluster-engine-away",
  about: `the engine is away for ${AWAY_MS / 1000} s and back with nothing: nothing lost or closed, every code joinable ${JOINABLE_MS / 1000} s after`,
  secondsMax: 120,
  async run(scene) {
    const work = await NodesAtWork.start(scene);
    await work.gather(SPREAD);
    await Bun.sleep(3_000);
    await work.redis.kill();
    await Bun.sleep(1_000);
    // Whoever opens a room meanwhile waits until the nodes serve again: while they are frozen nobody is late.
    const creators = work.nodes.map(({ url }) => asked(url, { type: "create", maxClients: 8 }, 20_000));
    await Bun.sleep(AWAY_MS - 1_000);
    await work.redis.restart(true);
    await Bun.sleep(JOINABLE_MS);
    const answers = await Promise.all(creators);
    scene.note(`create in the middle of it: ${answers.join(", ")}`);
    scene.expect(
      answers.every((answer) => answer === "created"),
      `create in the middle of it: ${answers.join(", ")}`,
    );
    const codes = work.crowds.flatMap(({ rooms }) => rooms.map(([host]) => host?.place.room ?? ""));
    const joins = codes.flatMap((room) => work.nodes.map(({ url }) => asked(url, { type: "join", room }, 3_000)));
    const joined = (await Promise.all(joins)).filter((answer) => answer === "joined").length;
    scene.note(
      `${joined} of ${joins.length} joins, of each code on each node, went well ${JOINABLE_MS / 1000} s after`,
    );
    scene.expect(joined === joins.length, `${joins.length - joined} of ${joins.length} joins failed`);
    await Bun.sleep(3_000);
    await work.settle();
    nobodyClosed(scene);
    noteDelays(scene);
  },
};
