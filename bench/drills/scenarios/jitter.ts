// Five hundred phones in one school lose their lines in the same moment, and all come back from one address, with the limits on:
// most are refused at first (CONNECTS_PER_SECOND), none may be refused for good.

import type { Scenario } from "../scene.ts";

const MEMBERS = 500;
const SIZE = 5;
const PATIENCE_MS = 75_000;
/** All of them at one address; the limit on connects a second is what it is by default. */
const RESTARTED = { MAX_LINES_PER_ADDRESS: "600", MAX_ROOMS_PER_ADDRESS: "200" };

export const jitter: Scenario = {
  name: "jitter",
  about: `${MEMBERS} members of one address lose their lines at once (kill -9) and come back against CONNECTS_PER_SECOND 20`,
  secondsMax: 140,
  async run(scene) {
    // The first one takes them in without limits, or filling it would take longer than what is to be seen.
    const { server, crowd } = await scene.begin({ rooms: MEMBERS / SIZE, size: SIZE, opening: { away: 300 } }, 1);
    await Bun.sleep(7_000);
    await server.kill();
    await server.restarted(RESTARTED);
    scene.expect(await crowd.allBack(PATIENCE_MS), `${crowd.away} are still refused after ${PATIENCE_MS / 1000} s`);
    scene.rooms.after = crowd.alive;
    await crowd.settle();
  },
};
