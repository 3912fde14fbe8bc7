// What it costs to come and go: connect, join, leave, close against a bare connect and close, and a server from nothing to its first
// answer. A fixed number of cycles in place of a window, because each takes a local port that the kernel keeps for a while.

import { Line } from "../client/line.ts";
import { inParallel } from "../wait.ts";
import { startContestant } from "./contestants.ts";
import { DISPLAY, enterRoom } from "./crowd.ts";
import type { Case } from "./measure.ts";

const CYCLES = 1_500;
const LANES = 32;

export const connect: Case = {
  name: "connect",
  async open(contestant, machine) {
    const server = await startContestant(contestant, machine.serverPrefix);
    // A lane has a room to itself, so a cycle is heard by one display and by nobody else's phones. None for the bare control.
    const rooms: string[] = [];
    const faults: string[] = [];
    if (contestant.joins) {
      await inParallel(LANES, async (lane) => {
        const display = await Line.open(server.url, DISPLAY);
        rooms[lane] = await enterRoom(display, null, { maxClients: LANES }, () => {});
      });
    }
    const cycle = async (room: string | undefined) => {
      const line = await Line.open(server.url, "p0001");
      line.onFault = (reason) => faults.push(reason);
      if (room !== undefined) {
        const left = Promise.withResolvers<void>();
        await enterRoom(line, room, {}, (text) => {
          if (!text.startsWith('{"type":"left"')) faults.push(`leaving was answered with ${text.slice(0, 200)}`);
          left.resolve();
        });
        line.say({ type: "leave" });
        await left.promise;
      }
      await line.bye();
    };
    const run = async () => {
      let left = CYCLES;
      const lane = async (i: number) => {
        while (left-- > 0) await cycle(rooms[i]);
      };
      await inParallel(LANES, lane, LANES);
      if (faults.length > 0) throw new Error(faults[0]);
      return { count: CYCLES };
    };
    return { pid: server.pid, run, close: () => server.kill() };
  },
};

/** How long a restart leaves a game alone. Not pinned, as nobody starts a server that way. */
export const start: Case = {
  name: "start",
  async open(contestant, { unpinnedPrefix }) {
    const run = async () => {
      const spawned = performance.now();
      const server = await startContestant(contestant, unpinnedPrefix);
      const answer = await fetch(`${server.http}/health`);
      await answer.text();
      const firstAnswerMs = performance.now() - spawned;
      await server.kill();
      if (!answer.ok) throw new Error(`/health was answered with ${answer.status}`);
      return { count: 1, firstAnswerMs };
    };
    // The first one only fills the disk cache and is not counted.
    await run();
    return { pid: null, run, close: async () => {} };
  },
};
