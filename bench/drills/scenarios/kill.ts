// kill -9 in the middle of it, twice. The snapshot is some seconds old, so the server that comes back does not know what was said
// since: `resumed: true` to anybody who may have missed some of that would be a lie, and a lie shows as a loss in silence.
//
// Three kinds of members make it hard: those whose line was open; those who were in a tunnel since before the last snapshot (their
// `since` lies inside it); and those who come back late, when the new server has counted past their `since` with other messages.

import { lagMs, type Scenario } from "../scene.ts";

const KILLS = 2;
const ROOMS = 200;
const SIZE = 5;
const MESSAGES_PER_SECOND = 5;
/** More than the snapshot may be behind. */
const SNAPSHOT_MS = 6_000;
const TUNNEL_MS = 10_000;
const YOUNG_ROOMS = 20;
const PATIENCE_MS = 30_000;

export const kill: Scenario = {
  name: "kill",
  about: `kill -9 and restart, ${KILLS} times, under rooms of ${SIZE} at ${MESSAGES_PER_SECOND} messages a second a room`,
  secondsMax: 150,
  async run(scene) {
    const plan = { rooms: scene.options.rooms(ROOMS), size: SIZE };
    let { server, crowd } = await scene.begin(plan, MESSAGES_PER_SECOND);
    for (let round = 1; round <= KILLS && crowd.alive > 0; round++) {
      const before = await server.scrape();
      // Its rooms have to be in a snapshot, and the tunnel has to be longer than that.
      await Bun.sleep(SNAPSHOT_MS);
      for (const members of crowd.rooms) members[1]?.drop(TUNNEL_MS);
      await Bun.sleep(SNAPSHOT_MS);
      const lag = lagMs(before, await server.scrape());
      scene.note(`event loop late by ${lag.p99} ms at most in p99, ${lag.max} ms ever, while snapshots were written`);
      const young = await scene.gather(server, { rooms: YOUNG_ROOMS, size: 2, name: `young${round}-` });
      for (const members of crowd.rooms) members[2]?.drop(TUNNEL_MS);
      await Bun.sleep(100);
      await server.kill();
      server = await server.restarted();
      const known = await server.metric("partyline_rooms");
      const isBack = await crowd.allBack(PATIENCE_MS);
      scene.expect(isBack, `${crowd.away} members are not back after ${PATIENCE_MS / 1000} s`);
      await young.allBack(PATIENCE_MS);
      scene.note(
        `kill ${round}: took up ${known} rooms, ${young.alive} of ${YOUNG_ROOMS} that were opened just before`,
      );
      await young.settle();
    }
    await Bun.sleep(2_000);
    scene.rooms.after = crowd.alive;
    await crowd.settle();
  },
};
