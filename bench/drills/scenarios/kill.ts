// kill -9 in the middle of it, twice. The snapshot is some seconds old, so the server that comes back does not know what was said
// since: `resumed: true` to anybody who may have missed some of that would be a lie, and a lie shows as a loss in silence.
//
// Three kinds of members make it hard: those whose line was open; those who were in a tunnel since before the last snapshot (their
// `since` lies inside it); and those who come back late, when the new server has counted past their `since` with other messages.

import { newDataDir, ServerProcess } from "../../serverProcess.ts";
import { Crowd } from "../crowd.ts";
import type { Scenario } from "../outcome.ts";

const KILLS = 2;
const ROOMS = 200;
const SIZE = 5;
const MESSAGES_PER_SECOND = 5;
/** What the snapshot may be behind. */
const SNAPSHOT_SECONDS = 5;
const YOUNG_ROOMS = 20;
const PATIENCE_MS = 30_000;

export const kill: Scenario = {
  name: "kill",
  about: `kill -9 and restart, ${KILLS} times, under rooms of ${SIZE} at ${MESSAGES_PER_SECOND} messages a second a room`,
  secondsMax: 150,
  async run({ options, accountant, rooms, note, expect }) {
    const dataDir = newDataDir();
    const env = { LIMITS: "off" };
    let victim = await ServerProcess.start({ dataDir, env });
    const { url, port } = victim;
    const opening = { away: 120, history: 512 };
    const crowd = await Crowd.gather({ url, rooms: options.rooms(ROOMS), size: SIZE, opening }, accountant);
    rooms.before = await victim.metric("partyline_rooms");
    crowd.talk(MESSAGES_PER_SECOND);
    for (let round = 1; round <= KILLS && crowd.alive > 0; round++) {
      // Its rooms have to be in a snapshot, and the tunnel has to be longer than that.
      await Bun.sleep(Math.max(options.seconds, SNAPSHOT_SECONDS + 1) * 1000);
      const tunnelMs = (SNAPSHOT_SECONDS + 5) * 1000;
      for (const members of crowd.rooms) members[1]?.drop(tunnelMs);
      await Bun.sleep((SNAPSHOT_SECONDS + 1) * 1000);
      const young = await Crowd.gather(
        { url, rooms: YOUNG_ROOMS, size: 2, opening, name: `young${round}-` },
        accountant,
      );
      for (const members of crowd.rooms) members[2]?.drop(tunnelMs);
      await Bun.sleep(100);
      await victim.kill();
      victim = await ServerProcess.start({ dataDir, port, env });
      const known = await victim.metric("partyline_rooms");
      expect(await crowd.allBack(PATIENCE_MS), `${crowd.away} members are not back after ${PATIENCE_MS / 1000} s`);
      await young.allBack(PATIENCE_MS);
      const { resumedWhole, resumedAnew } = accountant.sums();
      note(
        `kill ${round}: taken up ${known} rooms, ${young.alive} of ${YOUNG_ROOMS} that were opened just before; so far ${resumedWhole} told resumed: true, ${resumedAnew} false`,
      );
      await young.settle();
    }
    await Bun.sleep(2_000);
    rooms.after = crowd.alive;
    await crowd.settle();
    await victim.kill();
  },
};
