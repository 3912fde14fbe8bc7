// Rooms that play beside something that weighs on the same server: does anything get lost, and how much later is what they get than
// in a window without it just before. The weight is a process of its own, so that its work is not taken for a room's latency.

import { join } from "node:path";
import { linesOf } from "../lines.ts";
import { ServerProcess } from "../serverProcess.ts";
import { type Contestant, startContestant } from "./contestants.ts";
import { type CrowdPlan, gather } from "./crowd.ts";
import { fixedRate } from "./loops.ts";
import type { Case } from "./measure.ts";
import { speakersOf } from "./relay.ts";

const WINDOW_MS = 5_000;
const WARM_MS = 1_000;

/**
 * @param script prints a line when everybody is there, weighs from the next line on its input until the one after, and answers that
 * with its own figures as JSON
 */
function beside(
  name: string,
  script: string,
  plan: CrowdPlan,
  perSecond: number,
  start: (c: Contestant, prefix: readonly string[]) => Promise<ServerProcess>,
): Case {
  return {
    ...{ name, isOurs: true, roundsMax: 3 },
    async open(contestant, machine) {
      const server = await start(contestant, machine.serverPrefix);
      const crowd = await gather(contestant, server, plan);
      const direction = plan.phonesTalkToDisplay ? "display" : "broadcast";
      const talk = fixedRate(crowd, speakersOf(direction, plan.size, "64B"), perSecond, false);
      const weight = Bun.spawn(["nice", process.execPath, join(import.meta.dir, script), server.http], {
        ...{ stdin: "pipe", stdout: "pipe", stderr: "inherit" },
      });
      const answers = linesOf(weight.stdout);
      const say = (word: string) => {
        weight.stdin.write(`${word}\n`);
        weight.stdin.flush();
      };
      const answer = async () => {
        const { value } = await answers.next();
        if (value === undefined) throw new Error(`${script} ended`);
        return JSON.parse(value);
      };
      const idle = await answer();
      const run = async () => {
        await talk(WARM_MS);
        const alone = await talk(WINDOW_MS);
        say("begin");
        await talk(WARM_MS);
        const { count, ...felt } = await talk(WINDOW_MS);
        say("end");
        const p99Ratio = (felt.p99Ms ?? Number.NaN) / (alone.p99Ms ?? Number.NaN);
        return { count: count + alone.count, ...felt, p99Ratio, ...idle, ...(await answer()) };
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
const guarded = ({ script }: Contestant, prefix: readonly string[]) => ServerProcess.start({ script, prefix });

/** A living room, a display and eight phones at ten messages a second each, beside four clients that mean no good. */
export const neighbours = beside(
  "neighbours",
  "badClients.ts",
  { rooms: 1, size: 9, phonesTalkToDisplay: true },
  160,
  guarded,
);
/** Twenty rooms of eight at five messages a second each, beside a session with a thousand subscribers and 200 votes a second. */
export const subscribers = beside("subscribers", "subscribers.ts", { rooms: 20, size: 8 }, 5_600, startContestant);
