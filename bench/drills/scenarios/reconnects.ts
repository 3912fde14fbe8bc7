// A phone on a bad link: it loses its line fifty times while the others talk, and must hear each message once and in order.

import { newDataDir, ServerProcess } from "../../serverProcess.ts";
import { until } from "../../wait.ts";
import { Crowd } from "../crowd.ts";
import type { Scenario } from "../outcome.ts";

const TIMES = 50;
const ROOMS = 5;
const SIZE = 5;
const MESSAGES_PER_SECOND = 40;

export const reconnects: Scenario = {
  name: "reconnects",
  about: `in ${ROOMS} rooms a receiver that reconnects ${TIMES} times under ${MESSAGES_PER_SECOND} messages a second`,
  secondsMax: 90,
  async run({ accountant, rooms, expect }) {
    const victim = await ServerProcess.start({ dataDir: newDataDir(), env: { LIMITS: "off" } });
    const plan = { url: victim.url, rooms: ROOMS, size: SIZE, opening: { away: 60, history: 512 } };
    const crowd = await Crowd.gather(plan, accountant);
    rooms.before = await victim.metric("partyline_rooms");
    const receivers = crowd.rooms.flatMap((members) => members.slice(-1));
    for (const receiver of receivers) receiver.isMute = true;
    crowd.talk(MESSAGES_PER_SECOND);
    await Promise.all(
      receivers.map(async (receiver) => {
        for (let time = 0; time < TIMES; time++) {
          // From "has just joined" to "has heard a little": a line can be lost at any moment.
          await Bun.sleep(Math.random() * 100);
          receiver.drop();
          await until(10_000, () => receiver.state === "here");
        }
      }),
    );
    rooms.after = await victim.metric("partyline_rooms");
    await crowd.settle();
    const { resumedWhole, resumedAnew, again } = accountant.sums();
    expect(
      resumedWhole === TIMES * ROOMS,
      `${resumedWhole} of ${TIMES * ROOMS} returns were whole, ${resumedAnew} not`,
    );
    expect(again === 0, `${again} messages came twice, though their senders had kept their lines`);
    await victim.kill();
  },
};
