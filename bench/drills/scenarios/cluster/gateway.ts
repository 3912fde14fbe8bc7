// What happens at a gateway alone: its process is stopped for a moment, or one of its members does not read.

import { percentile } from "../../../stats.ts";
import { NodesAtWork } from "../../cluster/nodes.ts";
import type { Scenario } from "../../scene.ts";
import { nobodyClosed, noteDelays } from "./engine.ts";

const SPREAD = { rooms: 10, size: 6, perRoomASecond: 10, opening: { maxClients: 99 } };
const STOPPED_MS = 3_000;
const UP_MS = 2_000;
/** 3 rooms of 6 that say 1.3 MB a second each. */
const LOUD = { rooms: 1, size: 6, perRoomASecond: 80, padding: "x".repeat(16_384) };
const ASLEEP_MS = 12_000;
const CALM_MS = 4_000;
/** What a p99 of some 2 ms may differ by on a machine that does other things as well. */
const SLACK_MS = 15;

export const gatewayStopped: Scenario = {
  name: "cluster-gateway-stopped",
  about: `a node is stopped for ${STOPPED_MS / 1000} s: nothing lost, nobody closed`,
  secondsMax: 90,
  async run(scene) {
    const work = await NodesAtWork.start(scene);
    await work.gather(SPREAD);
    await Bun.sleep(UP_MS);
    work.at(1).stop();
    await Bun.sleep(STOPPED_MS);
    work.at(1).goOn();
    await Bun.sleep(UP_MS);
    await work.settle();
    nobodyClosed(scene);
    noteDelays(scene);
  },
};

export const deafReader: Scenario = {
  name: "cluster-deaf-reader",
  about: "a member elsewhere does not read: it alone is closed with 4102, and the others of its room hear as before",
  secondsMax: 120,
  async run(scene) {
    const work = await NodesAtWork.start(scene);
    await work.gather(LOUD);
    const deaf = work.roomsOf(0)[0]?.[1];
    if (deaf === undefined) throw new Error("nobody is there");
    await Bun.sleep(CALM_MS);
    const asleepAt = performance.now();
    deaf.isMute = true;
    deaf.sleep();
    await Bun.sleep(ASLEEP_MS);
    const wokeAt = performance.now();
    const shut = await Promise.all(
      work.nodes.map(({ server }) => server.metric('partyline_closes_total{code="4102"}')),
    );
    deaf.wake();
    deaf.isMute = false;
    await work.allBack(20_000);
    await work.settle();
    const others = (receiver: string) => receiver.startsWith("node0-") && receiver !== deaf.clientId;
    const p99 = (from: number, to: number) => percentile(scene.accountant.delays(from, to, others), 0.99);
    const [before, during] = [p99(asleepAt - CALM_MS, asleepAt), p99(asleepAt, wokeAt)];
    scene.note(`p99 of its room ${before.toFixed(1)} ms before, ${during.toFixed(1)} ms while it slept; 4102: ${shut}`);
    scene.expect(during <= before + SLACK_MS, `p99 of its room ${during.toFixed(1)} ms, ${before.toFixed(1)} before`);
    scene.expect(`${shut}` === "0,1,0", `closed with 4102 by node: ${shut}`);
    const { closes } = scene.accountant.sums();
    const total = Object.values(closes).reduce((sum, count) => sum + count, 0);
    scene.expect(total === 1, `lines were closed: ${JSON.stringify(closes)}`);
  },
};
