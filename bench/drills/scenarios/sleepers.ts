// Phones that fall asleep with their socket open, and phones whose network goes without a word (packets dropped in a network of our
// own). The others hear `peer_away` soon after DEAD_SECONDS; whoever comes back is told all it missed, or that it is not (half of
// the rooms keep a history too short for that).

import type { Frame, Member } from "../member.ts";
import { buildNet } from "../net.ts";
import type { Scenario } from "../scene.ts";

const ROOMS = 20;
const MESSAGES_PER_SECOND = 10;
const DEAD_SECONDS = 6;
const SLACK_SECONDS = 3;
const ASLEEP_SECONDS = 14;
const ENV = { PING_SECONDS: "2", DEAD_SECONDS: `${DEAD_SECONDS}`, TICK_SECONDS: "3" };
/** Of each room: the host (0) and one more (1) are well, 2 falls asleep, 3 loses its network. */
const SIZE = 4;
const SLEEPS = 2;
const IS_FAR = 3;
/** Free, in a network of its own. */
const PORT = 8080;
const SHORT_HISTORY = 16;

export const sleepers: Scenario = {
  name: "sleepers",
  about: `in ${2 * ROOMS} rooms a phone that stops reading and one whose packets are dropped, ${ASLEEP_SECONDS} s; DEAD_SECONDS ${DEAD_SECONDS}`,
  secondsMax: 90,
  inside: ["--net", "--mount"],
  obstacle: () => (Bun.which("ip") === null ? "there is no ip here (iproute2)" : null),
  async run(scene) {
    const net = buildNet();
    const awayAt = new Map<string, number>();
    const onFrame = ({ type, clientId = "" }: Frame) => {
      if (type === "peer_away" && !awayAt.has(clientId)) awayAt.set(clientId, performance.now());
    };
    const special = (index: number) => {
      if (index === 0) return { onFrame };
      return index === IS_FAR ? { url: `ws://${net.far}:${PORT}`, deafMs: 8_000 } : {};
    };
    const plan = { rooms: ROOMS, size: SIZE, special };
    const options = { env: ENV, prefix: net.prefix, host: "0.0.0.0", port: PORT, reachedAt: net.near };
    const { server, crowd: long } = await scene.begin({ ...plan, name: "long" }, MESSAGES_PER_SECOND, options);
    const short = await scene.gather(server, { ...plan, name: "short", opening: { history: SHORT_HISTORY } });
    short.talk(MESSAGES_PER_SECOND);
    scene.rooms.before = await server.metric("partyline_rooms");
    await Bun.sleep(2_000);

    const rooms = [...long.rooms, ...short.rooms];
    const asleep = rooms.flatMap((members) => members[SLEEPS] ?? []);
    const cutOff = rooms.flatMap((members) => members[IS_FAR] ?? []);
    const startedAt = performance.now();
    for (const member of asleep) {
      member.isMute = true;
      member.sleep();
    }
    net.cut();
    await Bun.sleep(ASLEEP_SECONDS * 1000);
    const tell = (what: string, members: readonly Member[]) => {
      const seconds = members.map(({ clientId }) => ((awayAt.get(clientId) ?? Infinity) - startedAt) / 1000);
      scene.note(`${what}: the others heard of all ${members.length} after ${Math.max(...seconds).toFixed(1)} s`);
      const late = seconds.filter((s) => s > DEAD_SECONDS + SLACK_SECONDS).length;
      scene.expect(late === 0, `${late} ${what} were not told of within DEAD_SECONDS and a little`);
    };
    tell("asleep", asleep);
    tell("cut off", cutOff);
    net.mend();
    for (const member of asleep) {
      member.wake();
      member.isMute = false;
    }
    for (const crowd of [long, short]) scene.expect(await crowd.allBack(40_000), `${crowd.away} are not back`);
    scene.rooms.after = await server.metric("partyline_rooms");
    await long.settle();
    await short.settle();
  },
};
