// Four nodes with rooms whose members are spread over all of them: a minute of talk, and then each node is replaced in its turn while the talk goes on.

import { NodesAtWork } from "../../cluster/nodes.ts";
import type { Scenario } from "../../scene.ts";

const NODES = 4;
/** 400 rooms of nine; a room says this a second in all. */
const SPREAD = { rooms: 100, size: 9, perRoomASecond: 3, opening: { maxClients: 9 } };
const TALK_MS = 60_000;
/** A node that came up has its lease, and its rooms, before the next one goes. */
const BETWEEN_MS = 3_000;
const PATIENCE_MS = 40_000;

export const rolling: Scenario = {
  name: "cluster-rolling",
  about: `${NODES} nodes, ${NODES * SPREAD.rooms} rooms of ${SPREAD.size}: ${TALK_MS / 1000} s of talk, then all nodes are replaced one after the other under it`,
  secondsMax: 360,
  async run(scene) {
    const work = await NodesAtWork.start(scene, NODES);
    await work.gather(SPREAD);
    await Bun.sleep(TALK_MS);
    const { closes } = scene.accountant.sums();
    scene.note(`after ${TALK_MS / 1000} s of talk: closes ${JSON.stringify(closes)}`);
    scene.expect(Object.keys(closes).length === 0, "a line was closed while nothing happened");
    for (const node of work.nodes) {
      node.isToRun = false;
      const before = scene.accountant.sums().closes[4200] ?? 0;
      const since = performance.now();
      const status = await node.server.drain();
      scene.expect(status === 0, `${node.name} ended with ${status}`);
      const ms = performance.now() - since;
      await node.restart();
      const closed = (scene.accountant.sums().closes[4200] ?? 0) - before;
      scene.note(`${node.name}: gone after ${(ms / 1000).toFixed(1)} s, ${closed} lines closed with 4200`);
      await Bun.sleep(BETWEEN_MS);
    }
    scene.expect(await work.allBack(PATIENCE_MS), "somebody is not back");
    const sums = scene.accountant.sums();
    scene.expect(sums.resumedAnew === 0, `${sums.resumedAnew} came back anew`);
    scene.expect(
      Object.keys(sums.closes).every((code) => code === "4200"),
      `closes other than 4200: ${JSON.stringify(sums.closes)}`,
    );
    await work.settle();
  },
};
