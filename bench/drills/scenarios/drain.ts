// Three deploys in the middle of two hundred games: SIGTERM, the drain, the next server on the same port and folder. Nobody may
// notice more than a pause: same rooms, `resumed: true`, no close code but those that mean "come back".

import { newDataDir, ServerProcess } from "../../serverProcess.ts";
import { Crowd } from "../crowd.ts";
import type { Scenario } from "../outcome.ts";

const RESTARTS = 3;
const ROOMS = 200;
const SIZE = 5;
const MESSAGES_PER_SECOND = 5;
const BACK_MS_MAX = 15_000;
/** Longer than they may take, so that the table says how long they took. */
const PATIENCE_MS = 40_000;
const MAY_CLOSE_WITH = new Set(["1012", "4200"]);

export const drain: Scenario = {
  name: "drain",
  about: `${RESTARTS} restarts by SIGTERM under rooms of ${SIZE} at ${MESSAGES_PER_SECOND} messages a second a room`,
  secondsMax: 210,
  async run({ options, accountant, rooms, note, expect }) {
    const dataDir = newDataDir();
    const env = { LIMITS: "off", DRAIN_SECONDS: String(options.drainSeconds) };
    let victim = await ServerProcess.start({ dataDir, env });
    const { url, port } = victim;
    const opening = { away: 120, history: 512, state: { game: "quiz", round: 1 } };
    const crowd = await Crowd.gather({ url, rooms: options.rooms(ROOMS), size: SIZE, opening }, accountant);
    rooms.before = await victim.metric("partyline_rooms");
    note(`${rooms.before} rooms of ${SIZE}, DRAIN_SECONDS ${options.drainSeconds}`);
    crowd.talk(MESSAGES_PER_SECOND);
    for (let restart = 1; restart <= RESTARTS && crowd.alive > 0; restart++) {
      await Bun.sleep(options.seconds * 1000);
      const askedAt = performance.now();
      const exitCode = await victim.drain();
      const goneMs = performance.now() - askedAt;
      expect(exitCode === 0, `restart ${restart}: exit code ${exitCode}`);
      victim = await ServerProcess.start({ dataDir, port, env });
      const upMs = performance.now() - askedAt;
      const isBack = await crowd.allBack(PATIENCE_MS);
      const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
      note(
        `restart ${restart}: gone after ${seconds(goneMs)}, listening after ${seconds(upMs)}, ${isBack ? "all back" : `${crowd.away} still away`} after ${seconds(performance.now() - askedAt)}`,
      );
      expect(isBack, `restart ${restart}: ${crowd.away} members are not back after ${PATIENCE_MS / 1000} s`);
    }
    rooms.after = crowd.alive;
    await crowd.settle();
    const { closes, resumedAnew, backMaxMs } = accountant.sums();
    const others = Object.keys(closes).filter((code) => !MAY_CLOSE_WITH.has(code));
    expect(others.length === 0, `lines were closed with ${others.join(", ")}`);
    expect(resumedAnew === 0, `${resumedAnew} rejoins were told resumed: false`);
    expect(
      backMaxMs <= BACK_MS_MAX,
      `somebody was away for ${(backMaxMs / 1000).toFixed(1)} s, more than ${BACK_MS_MAX / 1000} s`,
    );
    await victim.kill();
  },
};
