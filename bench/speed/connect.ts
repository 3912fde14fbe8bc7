// What it costs to come and go: connect, join, leave, close, or come back to a seat, against a bare connect and close; and a server from nothing
// to its first answer. A fixed number of cycles in place of a window, because each takes a local port that the kernel keeps for a while.

import { Line } from "../client/line.ts";
import { inParallel } from "../wait.ts";
import { startContestant } from "./contestants.ts";
import { DISPLAY, type Entered, enter, enterRoom } from "./crowd.ts";
import type { Case } from "./measure.ts";

const CYCLES = 1_500;
const LANES = 32;

/** What a lane does again and again; `room`: one of its own, undefined for the bare control, which has none. */
type Cycle = (line: Line, room: string | undefined, fault: (reason: string) => void) => Promise<void>;

/** A lane has a room to itself, so a cycle is heard by one display and by nobody else's phones. */
function cycles(name: string, rules: object, cycleOf: () => Cycle): Case {
  return {
    name,
    async open(contestant, machine) {
      const server = await startContestant(contestant, machine.serverPrefix);
      const rooms: string[] = [];
      const faults: string[] = [];
      const fault = (reason: string) => void faults.push(reason);
      if (contestant.joins) {
        await inParallel(LANES, async (lane) => {
          const display = await Line.open(server.url, DISPLAY);
          rooms[lane] = await enterRoom(display, null, { maxClients: LANES, ...rules }, () => {});
        });
      }
      const lanes = Array.from({ length: LANES }, cycleOf);
      const run = async () => {
        let left = CYCLES;
        const lane = async (i: number) => {
          while (left-- > 0) {
            const line = await Line.open(server.url, "p0001");
            line.onFault = fault;
            await lanes[i]?.(line, rooms[i], fault);
            await line.bye();
          }
        };
        await inParallel(LANES, lane, LANES);
        if (faults.length > 0) throw new Error(faults[0]);
        return { count: CYCLES };
      };
      return { pid: server.pid, run, close: () => server.kill() };
    },
  };
}

export const connect = cycles("connect", {}, () => async (line, room, fault) => {
  if (room === undefined) return;
  const left = Promise.withResolvers<void>();
  await enterRoom(line, room, {}, (text) => {
    if (!text.startsWith('{"type":"left"')) fault(`leaving was answered with ${text.slice(0, 200)}`);
    left.resolve();
  });
  line.say({ type: "leave" });
  await left.promise;
});

/** A phone that is reloaded: its line closes, and it comes back to its seat with its secret, to a room with history. */
export const rejoin = cycles("rejoin", { away: 60, history: 64 }, () => {
  let seen: Entered | null = null;
  return async (line, room, fault) => {
    if (room === undefined) return;
    const since = seen === null ? {} : { since: seen.seq, epoch: seen.epoch };
    const request = { type: "join", room, name: "Ann", secret: "5f0b6a1e-7d0c-4b5e-9a43-2c1d8e7f6a90", ...since };
    const answer = await enter(line, request, () => {});
    // The relay written by hand gives a new seat and resumes nothing.
    if (seen !== null && answer.epoch !== undefined && answer.resumed !== true) fault("a rejoin was not resumed");
    seen = answer;
  };
});

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
