// A phone on a bad link: it loses its line fifty times while the others talk, and must hear each message once and in order.

import { until } from "../../wait.ts";
import type { Scenario } from "../scene.ts";

const TIMES = 50;
const ROOMS = 5;
const SIZE = 5;
const MESSAGES_PER_SECOND = 40;

export const reconnects: Scenario = {
  name: "reconnects",
  about: `in ${ROOMS} rooms a receiver that reconnects ${TIMES} times under ${MESSAGES_PER_SECOND} messages a second`,
  secondsMax: 90,
  async run(scene) {
    const { server, crowd } = await scene.begin({ rooms: ROOMS, size: SIZE }, MESSAGES_PER_SECOND);
    const receivers = crowd.rooms.flatMap((members) => members.slice(-1));
    for (const receiver of receivers) receiver.isMute = true;
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
    scene.rooms.after = await server.metric("partyline_rooms");
    await crowd.settle();
    const { resumedWhole, again } = scene.accountant.sums();
    scene.expect(resumedWhole === TIMES * ROOMS, `${resumedWhole} of ${TIMES * ROOMS} returns were whole`);
    scene.expect(again === 0, `${again} messages came twice, though their senders had kept their lines`);
  },
};
