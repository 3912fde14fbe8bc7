// A server that has little to do, as most evenings are: rooms at the pace of games, default settings, every room from a home of its own.
// What counts is the tail: how late the latest of a thousand messages is, from the first second after the rooms opened and once all
// is warm. A server that is saturated hides that, since there everything waits for everything.

import { ServerProcess } from "../serverProcess.ts";
import { type CrowdPlan, gather } from "./crowd.ts";
import { fixedRate } from "./loops.ts";
import type { Case } from "./measure.ts";
import { speakersOf } from "./relay.ts";

const ROOMS = 100;
const WINDOW_MS = 4_000;
/** Between the windows: by then a server has compiled what it runs. */
const WARMING_MS = 4_000;

/**
 * @param hertz how often each member speaks
 * @param size seats in a room
 */
function moderate(name: string, direction: "broadcast" | "display", size: number, hertz: number): Case {
  const plan: CrowdPlan = { rooms: ROOMS, size, phonesTalkToDisplay: direction === "display", isSpread: true };
  // The phones' words go to one, the display's to all; in the other pattern everybody's go to all others.
  const deliveriesPerSecond = ROOMS * hertz * (direction === "display" ? 2 * (size - 1) : size * (size - 1));
  return {
    ...{ name, isFresh: true, isCold: true },
    async open(contestant, machine) {
      const { script } = contestant;
      // Its own defaults: what a host gets who sets nothing.
      const server = await ServerProcess.start({ script, prefix: machine.serverPrefix });
      const crowd = await gather(contestant, server, plan);
      const talk = fixedRate(crowd, speakersOf(direction, size, "64B"), deliveriesPerSecond, true);
      const run = async () => {
        const early = await talk(WINDOW_MS);
        await talk(WARMING_MS);
        const late = await talk(WINDOW_MS);
        return {
          ...early,
          count: early.count + late.count,
          lateP99Ms: late.p99Ms ?? Number.NaN,
          lateP999Ms: late.p999Ms ?? Number.NaN,
          lateMaxMs: late.maxMs ?? Number.NaN,
        };
      };
      return { pid: server.pid, run, close: () => server.kill() };
    },
  };
}

export const moderateRooms = moderate("moderate-rooms", "broadcast", 8, 15);
export const moderateDisplay = moderate("moderate-display", "display", 9, 10);
