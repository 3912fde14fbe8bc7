// From nothing to the first answer: how long a restart leaves a game alone. Not pinned, as nobody starts a server that way.

import { startContestant } from "./contestants.ts";
import type { Case } from "./measure.ts";

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
