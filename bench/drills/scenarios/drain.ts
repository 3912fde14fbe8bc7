// Three deploys in the middle of two hundred games: SIGTERM, the drain, the next server on the same port and folder. Nobody may
// notice more than a pause: same rooms, `resumed: true`, no close code but those that mean "come back".

import type { Scenario } from "../scene.ts";

const RESTARTS = 3;
const ROOMS = 200;
const SIZE = 5;
const MESSAGES_PER_SECOND = 5;
const PLAY_MS = 6_000;
const BACK_MS_MAX = 15_000;
/** Longer than they may take, so that the table says how long they took. */
const PATIENCE_MS = 40_000;
const MAY_CLOSE_WITH = new Set(["1012", "4200"]);

export const drain: Scenario = {
  name: "drain",
  about: `${RESTARTS} restarts by SIGTERM under rooms of ${SIZE} at ${MESSAGES_PER_SECOND} messages a second a room`,
  secondsMax: 210,
  async run(scene) {
    const plan = { rooms: scene.options.rooms(ROOMS), size: SIZE, opening: { state: { game: "quiz", round: 1 } } };
    let { server, crowd } = await scene.begin(plan, MESSAGES_PER_SECOND);
    for (let restart = 1; restart <= RESTARTS && crowd.alive > 0; restart++) {
      await Bun.sleep(PLAY_MS);
      const askedAt = performance.now();
      const since = () => `${((performance.now() - askedAt) / 1000).toFixed(1)} s`;
      const exitCode = await server.drain();
      const gone = since();
      scene.expect(exitCode === 0, `restart ${restart}: exit code ${exitCode}`);
      server = await server.restarted();
      const up = since();
      const isBack = await crowd.allBack(PATIENCE_MS);
      scene.note(`restart ${restart}: gone after ${gone}, listening after ${up}, ${crowd.away} away after ${since()}`);
      scene.expect(isBack, `restart ${restart}: ${crowd.away} members are not back after ${PATIENCE_MS / 1000} s`);
    }
    scene.rooms.after = crowd.alive;
    await crowd.settle();
    const { closes, resumedAnew, backMaxMs } = scene.accountant.sums();
    const others = Object.keys(closes).filter((code) => !MAY_CLOSE_WITH.has(code));
    scene.expect(others.length === 0, `lines were closed with ${others.join(", ")}`);
    scene.expect(resumedAnew === 0, `${resumedAnew} rejoins were told resumed: false`);
    scene.expect(backMaxMs <= BACK_MS_MAX, `somebody was away for ${backMaxMs} ms, more than ${BACK_MS_MAX}`);
  },
};
