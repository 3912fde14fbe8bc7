// A room that plays beside four bad clients, all limits on: does it lose anything, and how late is what it gets. A window
// without them first, for comparison. Partyline alone: the others have no answer to such clients.

import { join } from "node:path";
import { CONTESTANTS, ROOT } from "../contestants.ts";
import { gather } from "../crowd.ts";
import { driverFor } from "../loops.ts";
import { CASE, LIVING_ROOM } from "../scenarios.ts";
import { startServer } from "../serverProcess.ts";
import type { Bench } from "./bench.ts";

const WINDOW_MS = 5_000;
const WARM_MS = 500;
const BAD_SECONDS = 8;
const MS_PER_SECOND = 1000;

export async function neighboursStage(bench: Bench): Promise<void> {
  const partyline = CONTESTANTS.find(({ name }) => name === "partyline");
  if (partyline === undefined || !bench.contestants.includes(partyline)) return;
  const [plan] = LIVING_ROOM.cases;
  if (plan === undefined) return;
  // Its own defaults: no limit is lifted.
  const server = await startServer({ ...partyline, env: {} }, bench.machine.serverPrefix);
  let bad: Bun.Subprocess | null = null;
  try {
    const crowd = await gather(partyline, server.port, LIVING_ROOM.plan);
    const driver = driverFor(plan, crowd);
    await driver.run(WARM_MS);
    const alone = await measured(WINDOW_MS);
    bad = Bun.spawn([process.execPath, join(ROOT, "bench/badClients.ts"), String(server.port), String(BAD_SECONDS)], {
      stdout: "ignore",
      stderr: "inherit",
    });
    await driver.run(WARM_MS);
    const beside = await measured(WINDOW_MS);
    bench.results.add(CASE.alone, "partyline", "message", alone);
    bench.results.add(CASE.beside, "partyline", "message", beside);
    crowd.drop();

    async function measured(ms: number) {
      const delivered = await driver.run(ms);
      const latency = driver.latency?.summary();
      if (latency === undefined || latency.samples === 0)
        throw new Error("no latency was measured beside the bad clients");
      const { p50Us, p90Us, p99Us } = latency;
      return { deliveredPerSecond: delivered / (ms / MS_PER_SECOND), p50Us, p90Us, p99Us };
    }
  } finally {
    bad?.kill("SIGKILL");
    await bad?.exited;
    await server.stop();
  }
}
