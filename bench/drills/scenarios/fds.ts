// A server that may open 256 descriptors, and four hundred clients. Those that are in play on, the server lives, and when some
// have left, new ones get in.

import { Line } from "../../client/line.ts";
import { newDataDir, ServerProcess } from "../../serverProcess.ts";
import { cpuNs } from "../../usage.ts";
import { Crowd } from "../crowd.ts";
import type { Scenario } from "../outcome.ts";

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
  async run({ accountant, rooms, note, expect }) {
    const prefix = ["bash", "-c", `ulimit -n ${DESCRIPTORS}; exec "$0" "$@"`];
    const victim = await ServerProcess.start({ dataDir: newDataDir(), env: { LIMITS: "off" }, prefix });
    const { url } = victim;
    const crowd = await Crowd.gather(
      { url, rooms: ROOMS, size: SIZE, opening: { away: 60, history: 256 } },
      accountant,
    );
    rooms.before = await victim.metric("partyline_rooms");
    crowd.talk(5);
    const siege = besiege(url);
    const cpuBefore = cpuNs(victim.pid);
    await Bun.sleep(SIEGE_MS);
    const share = (cpuNs(victim.pid) - cpuBefore) / (SIEGE_MS * 1_000_000);
    note(
      `${siege.in()} of ${STRANGERS} strangers got in; the server used ${(100 * share).toFixed(0)} % of a core meanwhile`,
    );
    expect(siege.in() < STRANGERS, "everybody got in: nothing ran out");
    expect(crowd.away === 0, `${crowd.away} members lost their lines to the crowd at the door`);
    siege.end();
    await Bun.sleep(1_000);
    const late = await Crowd.gather(
      { url, rooms: 3, size: 5, opening: { away: 0, history: 0 }, name: "late" },
      accountant,
    );
    late.talk(5);
    await Bun.sleep(1_500);
    expect(victim.isRunning, "the server ended");
    rooms.after = crowd.alive;
    await late.settle();
    await crowd.settle();
    expect((await victim.metric("partyline_faults_total")) === 0, "the fault wall caught something");
    await victim.kill();
  },
};

/** Strangers that want in all at once; `in` says how many are. */
function besiege(url: string): { in(): number; end(): void } {
  let count = 0;
  const lines = Array.from({ length: STRANGERS }, () => {
    const line = new Line(url);
    line.onText = () => {};
    line.onOpen = () => count++;
    return line;
  });
  return {
    in: () => count,
    end: () => {
      for (const line of lines) line.drop();
    },
  };
}
