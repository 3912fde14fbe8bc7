// What it costs to come and go: connect, join, leave, close against a bare connect and close. A fixed number of cycles
// in place of a window, because each takes a local port that the kernel keeps for a while.

import type { Contestant, ContestantName } from "../contestants.ts";
import { DISPLAY, enterRoom, inParallel } from "../crowd.ts";
import { Peer } from "../peer.ts";
import { rotated } from "../results.ts";
import { CASE } from "../scenarios.ts";
import { type ServerProcess, startServer } from "../serverProcess.ts";
import { cpuNs, rssBytes } from "../usage.ts";
import type { Bench } from "./bench.ts";

const LANES = 32;
const PHONES_A_ROOM = 8;
const NS_PER_US = 1000;
const NS_PER_MS = 1_000_000;
const MS_PER_SECOND = 1000;
const WARM_CYCLES_SHARE = 0.5;

interface Side {
  contestant: Contestant;
  name: ContestantName;
  server: ServerProcess;
  /** One room a lane, held open by its display: what a phone that comes late finds. Empty for the bare control. */
  rooms: { display: Peer; code: string }[];
}

export async function connectStage(bench: Bench): Promise<void> {
  const { options, results } = bench;
  const sides: Side[] = [];
  try {
    for (const contestant of bench.contestants) {
      const server = await startServer(contestant, bench.machine.serverPrefix);
      const side: Side = { contestant, name: contestant.name, server, rooms: [] };
      sides.push(side);
      await openRooms(side);
      await cycles(side, Math.ceil(options.connectCycles * WARM_CYCLES_SHARE));
    }
    for (let round = 0; round < options.rounds; round++) {
      for (const side of rotated(sides, round)) {
        const before = cpuNs(side.server.pid);
        const clientBefore = cpuNs(process.pid);
        const start = performance.now();
        await cycles(side, options.connectCycles);
        const elapsedMs = performance.now() - start;
        const cpu = cpuNs(side.server.pid) - before;
        const client = cpuNs(process.pid) - clientBefore;
        results.add(CASE.connect, side.name, "cycle", {
          deliveredPerSecond: (options.connectCycles / elapsedMs) * MS_PER_SECOND,
          cpuUs: cpu / NS_PER_US / options.connectCycles,
          serverUse: cpu / NS_PER_MS / elapsedMs,
          clientUse: client / NS_PER_MS / elapsedMs,
          rssBytes: rssBytes(side.server.pid),
        });
      }
    }
  } finally {
    for (const { rooms, server } of sides) {
      for (const { display } of rooms) display.drop();
      await server.stop();
    }
  }
}

async function openRooms(side: Side): Promise<void> {
  if (!side.contestant.joins) return;
  await inParallel(LANES, async (lane) => {
    const display = await Peer.open(DISPLAY, side.server.port, "/");
    const code = await enterRoom(display, null, PHONES_A_ROOM + 1, () => {});
    side.rooms[lane] = { display, code };
  });
}

async function cycles(side: Side, count: number): Promise<void> {
  const faults: string[] = [];
  // A lane has a room to itself, so a cycle is heard by one display and by nobody else's phones.
  const perLane = Math.ceil(count / LANES);
  let left = count;
  await inParallel(
    LANES,
    async (lane) => {
      for (let i = 0; i < perLane && left > 0; i++) {
        left--;
        await cycle(side, lane, faults);
      }
    },
    LANES,
  );
  if (faults.length > 0) throw new Error(`${side.name}, ${CASE.connect}: ${faults[0]}`);
}

async function cycle(side: Side, lane: number, faults: string[]): Promise<void> {
  const peer = await Peer.open("p0001", side.server.port, "/");
  peer.onFault = (reason) => faults.push(reason);
  const room = side.rooms[lane];
  if (room !== undefined) {
    const left = Promise.withResolvers<void>();
    await enterRoom(peer, room.code, 0, (text) => {
      if (!text.startsWith('{"type":"left"')) faults.push(`leaving was answered with ${text.slice(0, 200)}`);
      left.resolve();
    });
    peer.say({ type: "leave" });
    await left.promise;
  }
  await peer.bye();
}
