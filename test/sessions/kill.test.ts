// The server is killed while everybody writes, five times on one folder; what anybody was told is in the log of the next one. In
// small what `bun run kills` does a hundred times, and not by the clock: it dies in the middle of a subscriber's n-th event.
import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killOverAndOver } from "../../bench/drills/scenarios/sessions.ts";
import { randomFrom } from "../support/random.ts";

const SEED = 20_261_120;
const KILLS = 5;
const EVENTS_MAX = 400;

test("[S20][S23] whatever was told before a kill -9 is in the log after it, numbered without a gap", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "partyline-kill-"));
  const random = randomFrom(SEED);
  try {
    const { counts, complaints } = await killOverAndOver({
      ...{ kills: KILLS, subscribers: 2, dataDir },
      moment: ([subscriber]) =>
        new Promise((resolve) => {
          let left = 1 + random.below(EVENTS_MAX);
          if (subscriber !== undefined) subscriber.onEvent = () => --left === 0 && resolve();
        }),
    });
    expect(complaints).toEqual([]);
    expect(counts.wrong).toBe(0);
    // It has looked at something.
    expect(Math.min(counts.logged, counts.seen, counts.seenInRooms)).toBeGreaterThan(KILLS);
  } finally {
    await rm(dataDir, { recursive: true });
  }
}, 30_000);
