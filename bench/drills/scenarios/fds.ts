// A server that may open 256 descriptors, and four hundred clients. Those that are in play on, the server lives, and when some
// have left, new ones get in.

import { Line } from "../../client/line.ts";
import { cpuNs } from "../../usage.ts";
import type { Scenario } from "../scene.ts";

const DESCRIPTORS = 256;
const ROOMS = 20;
const SIZE = 10;
const STRANGERS = 200;
const SIEGE_MS = 6_000;

export const fds: Scenario = {
  name: "fds",
  about: `ulimit -n ${DESCRIPTORS}: ${ROOMS * SIZE} members play while ${STRANGERS} more clients want in`,
  secondsMax: 60,
  obstacle: () => (Bun.which("bash") === null ? "there is no bash here" : null),
  async run(scene) {
    const prefix = ["bash", "-c", `ulimit -n ${DESCRIPTORS}; exec "$0" "$@"`];
    const { server, crowd } = await scene.begin({ rooms: ROOMS, size: SIZE }, 5, { prefix });
    let strangersIn = 0;
    const strangers = Array.from({ length: STRANGERS }, () => {
      const line = new Line(server.url);
      line.onText = () => {};
      line.onOpen = () => strangersIn++;
      return line;
    });
    const cpuBefore = cpuNs(server.pid);
    await Bun.sleep(SIEGE_MS);
    const percent = (cpuNs(server.pid) - cpuBefore) / (SIEGE_MS * 10_000);
    scene.note(`${strangersIn} of ${STRANGERS} strangers got in; the server used ${percent.toFixed(0)} % of a core`);
    scene.expect(strangersIn < STRANGERS, "everybody got in: nothing ran out");
    scene.expect(crowd.away === 0, `${crowd.away} members lost their lines to the crowd at the door`);
    for (const line of strangers) line.drop();
    await Bun.sleep(1_000);
    const late = await scene.gather(server, { rooms: 3, size: 5, name: "late" });
    late.talk(5);
    await Bun.sleep(1_500);
    scene.expect(server.isRunning, "the server ended");
    scene.rooms.after = crowd.alive;
    await late.settle();
    await crowd.settle();
    scene.expect((await server.metric("partyline_faults_total")) === 0, "the fault wall caught something");
  },
};
