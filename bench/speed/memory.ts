// What rests in memory: an open line that says nothing, and whether its memory comes back; and a message that a room keeps for those
// who come back. Each round in a process of its own.

import { repeated, textFrame } from "../client/frames.ts";
import type { ServerProcess } from "../serverProcess.ts";
import { rssBytes } from "../usage.ts";
import { inParallel, until } from "../wait.ts";
import { startContestant } from "./contestants.ts";
import { gather } from "./crowd.ts";
import type { Case } from "./measure.ts";

const BYTES_PER_MB = 1024 * 1024;
const IDLE_LINES = 10_000;
const ROOM_SIZE = 8;
const GOODBYES_AT_ONCE = 200;
/** The handshakes leave garbage behind, and Bun collects it some five seconds later, when nothing happens. */
const SETTLE_MS = 8_000;
/** Steady: no move of more than this between two looks a second apart. */
const STEADY_BYTES = 512 * 1024;
const LOOKS_MAX = 4;

const KEPT_ROOMS = 1_000;
const KEPT_EACH = 256;
/** The body of a kept message: 100 bytes, so that its figure can be put beside the bound of a history. */
const KEPT_FRAMES = repeated(textFrame(`{"type":"send","data":"${"x".repeat(98)}"}`), KEPT_EACH);
const KEPT_TIMEOUT_MS = 30_000;

export const idle: Case = {
  ...{ name: "idle", isFresh: true, roundsMax: 2 },
  async open(contestant, machine) {
    const server = await startContestant(contestant, machine.serverPrefix);
    const run = async () => {
      const before = await steadyRss(server, 0);
      const lines = (await gather(contestant, server, { rooms: IDLE_LINES / ROOM_SIZE, size: ROOM_SIZE })).flat();
      const full = await steadyRss(server, SETTLE_MS);
      await inParallel(lines.length, async (i) => await lines[i]?.bye(), GOODBYES_AT_ONCE);
      const after = await steadyRss(server, SETTLE_MS);
      return { count: 1, bytesEach: (full - before) / IDLE_LINES, leftMB: (after - before) / BYTES_PER_MB };
    };
    return { pid: null, run, close: () => server.kill() };
  },
};

/** The same talk twice, in rooms that keep nothing and in rooms that keep all of it: what is between them is what is kept. */
export const kept: Case = {
  ...{ name: "kept", isOurs: true, isFresh: true, roundsMax: 2 },
  async open(contestant, machine) {
    const filled = async (history: number) => {
      const server = await startContestant(contestant, machine.serverPrefix);
      const crowd = await gather(contestant, server, { rooms: KEPT_ROOMS, size: 2, history });
      let heard = 0;
      for (const [display, phone] of crowd) {
        if (phone !== undefined) phone.onFrames = (frames) => (heard += frames);
        display?.write(KEPT_FRAMES);
      }
      await until(KEPT_TIMEOUT_MS, () => heard === KEPT_ROOMS * KEPT_EACH);
      if (heard !== KEPT_ROOMS * KEPT_EACH) throw new Error(`${heard} of ${KEPT_ROOMS * KEPT_EACH} were heard`);
      const bytes = await steadyRss(server, SETTLE_MS);
      await server.kill();
      return bytes;
    };
    const run = async () => {
      const without = await filled(0);
      return { count: 1, bytesEach: ((await filled(KEPT_EACH)) - without) / (KEPT_ROOMS * KEPT_EACH) };
    };
    return { pid: null, run, close: async () => {} };
  },
};

/** Resident memory when it moves no more, but not before `atLeastMs`: a collector gets its chance. */
export async function steadyRss({ pid }: ServerProcess, atLeastMs: number): Promise<number> {
  await Bun.sleep(atLeastMs);
  let rss = rssBytes(pid);
  for (let look = 0; look < LOOKS_MAX; look++) {
    await Bun.sleep(1_000);
    const before = rss;
    rss = rssBytes(pid);
    if (Math.abs(rss - before) <= STEADY_BYTES) break;
  }
  return rss;
}
