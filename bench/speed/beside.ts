// Rooms that play beside something that weighs on the same server: does anything get lost, and how much later is what they get than
// in a window without it just before. The weight is a process of its own, so that its work is not taken for a room's latency.

import { join } from "node:path";
import { ServerProcess } from "../serverProcess.ts";
import { startContestant } from "./contestants.ts";
import { type CrowdPlan, gather } from "./crowd.ts";
import { fixedRate } from "./loops.ts";
import type { Case } from "./measure.ts";
import { speakersOf } from "./relay.ts";

const WINDOW_MS = 5_000;
const WARM_MS = 1_000;

/** @param script sends a word when everybody is there, weighs from "begin" until "end", and answers that with its own figures */
function beside(name: string, script: string, plan: CrowdPlan, perSecond: number, start: typeof startContestant): Case {
  return {
    ...{ name, isOurs: true, roundsMax: 3 },
    async open(contestant, machine) {
      const server = await start(contestant, machine.serverPrefix);
      const crowd = await gather(contestant, server, plan);
      const direction = plan.phonesTalkToDisplay ? "display" : "broadcast";
      const talk = fixedRate(crowd, speakersOf(direction, plan.size, "64B"), perSecond, false);
      const command = ["nice", process.execPath, join(import.meta.dir, script), server.http];
      let answered = Promise.withResolvers<object>();
      const weight = Bun.spawn(command, {
        ...{ stdin: "ignore", stdout: "inherit", stderr: "inherit" },
        ipc: (figures) => answered.resolve(figures),
        onExit: () => answered.reject(new Error(`${script} ended`)),
      });
      const answer = async () => {
        const figures = await answered.promise;
        answered = Promise.withResolvers();
        answered.promise.catch(() => {}); // it is killed at the end, when nobody waits
        return figures;
      };
      const idle = await answer();
      const run = async () => {
        await talk(WARM_MS);
        const alone = await talk(WINDOW_MS);
        weight.send("begin");
        await talk(WARM_MS);
        const { count, ...felt } = await talk(WINDOW_MS);
        weight.send("end");
        const p99Ratio = (felt.p99Ms ?? Number.NaN) / (alone.p99Ms ?? Number.NaN);
        return {
          count: count + alone.count,
          ...felt,
          aloneP99Ms: alone.p99Ms ?? Number.NaN,
          p99Ratio,
          ...idle,
          ...(await answer()),
        };
      };
      const close = async () => {
        weight.kill("SIGKILL");
        await server.kill();
      };
      return { pid: null, run, close };
    },
  };
}

/** Its own defaults: no limit is lifted. */
const guarded: typeof startContestant = ({ script }, prefix) => ServerProcess.start({ script, prefix });

/** A living room, a display and eight phones at ten messages a second each, beside four clients that mean no good. */
const livingRoom = { rooms: 1, size: 9, phonesTalkToDisplay: true };
export const neighbours = beside("neighbours", "badClients.ts", livingRoom, 160, guarded);
/** Twenty rooms of eight at five messages a second each, beside a session with a thousand subscribers and 200 votes a second. */
export const subscribers = beside("subscribers", "subscribers.ts", { rooms: 20, size: 8 }, 5_600, startContestant);
