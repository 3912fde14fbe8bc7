// From nothing to the first answer: how long a restart leaves a game alone. Not pinned, as nobody starts a server that
// way; the first start of each contestant only fills the disk cache and is not counted.

import { rotated } from "../results.ts";
import { CASE } from "../scenarios.ts";
import { startServer } from "../serverProcess.ts";
import type { Bench } from "./bench.ts";

export async function startStage(bench: Bench): Promise<void> {
  for (let round = -1; round < bench.options.startRounds; round++) {
    for (const contestant of rotated(bench.contestants, round + 1)) {
      const spawned = performance.now();
      const server = await startServer(contestant, bench.machine.unpinnedPrefix);
      try {
        const answer = await fetch(`http://127.0.0.1:${server.port}/health`);
        await answer.text();
        const firstAnswerMs = performance.now() - spawned;
        if (!answer.ok) throw new Error(`${contestant.name}: /health was answered with ${answer.status}`);
        if (round >= 0) bench.results.add(CASE.start, contestant.name, "start", { firstAnswerMs });
      } finally {
        await server.stop();
      }
    }
  }
}
