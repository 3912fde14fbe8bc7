// What an open line that says nothing costs in memory, and whether the memory comes back. Each contestant alone, in a
// process of its own that has done nothing before: memory that was touched earlier would hide what is touched now.

import type { Contestant } from "../contestants.ts";
import { gather, inParallel } from "../crowd.ts";
import { rotated } from "../results.ts";
import { CASE } from "../scenarios.ts";
import { startServer } from "../serverProcess.ts";
import { rssBytes } from "../usage.ts";
import type { Bench } from "./bench.ts";

const ROOM_SIZE = 8;
const SAMPLE_GAP_MS = 250;
/** Steady: within a second no move of more than this. */
const STEADY_SAMPLES = 4;
const STEADY_BYTES = 512 * 1024;
/** How long at most we wait for a fresh process, or a process that was given its time, to stand still. */
const STEADY_MS_MAX = 4_000;
const GOODBYES_AT_ONCE = 200;

export async function idleStage(bench: Bench): Promise<void> {
  for (let round = 0; round < bench.options.idleRounds; round++) {
    for (const contestant of rotated(bench.contestants, round)) await idleRound(bench, contestant);
  }
}

async function idleRound(bench: Bench, contestant: Contestant): Promise<void> {
  const rooms = Math.floor(bench.options.idleConnections / ROOM_SIZE);
  const server = await startServer(contestant, bench.machine.serverPrefix);
  try {
    const before = await steadyRss(server.pid, 0);
    const crowd = await gather(contestant, server.port, { rooms, size: ROOM_SIZE, phonesTalkToDisplay: false });
    // The handshakes leave garbage behind, and Bun collects it some five seconds later, when nothing happens.
    const full = await steadyRss(server.pid, bench.options.idleSettleMs);
    const peers = [...crowd.peers()];
    await inParallel(peers.length, async (i) => await peers[i]?.bye(), GOODBYES_AT_ONCE);
    const after = await steadyRss(server.pid, bench.options.idleGiveBackMs);
    bench.results.add(CASE.idle, contestant.name, "connection", {
      rssBytes: full,
      bytesPerConnection: (full - before) / (rooms * ROOM_SIZE),
      rssLeftBytes: after - before,
    });
  } finally {
    await server.stop();
  }
}

/** Resident memory when it moves no more, but not before `atLeastMs`: a collector gets its chance. */
async function steadyRss(pid: number, atLeastMs: number): Promise<number> {
  await Bun.sleep(atLeastMs);
  const seen: number[] = [];
  const deadline = performance.now() + STEADY_MS_MAX;
  while (performance.now() < deadline) {
    seen.push(rssBytes(pid));
    const last = seen.slice(-STEADY_SAMPLES);
    if (last.length === STEADY_SAMPLES && Math.max(...last) - Math.min(...last) <= STEADY_BYTES) break;
    await Bun.sleep(SAMPLE_GAP_MS);
  }
  return seen.at(-1) ?? rssBytes(pid);
}
