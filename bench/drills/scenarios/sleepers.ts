// Phones that fall asleep with their socket open, and phones whose network goes without a word (packets dropped in a network of our
// own). The others hear `peer_away` soon after DEAD_SECONDS; whoever comes back is told all it missed, or that it is not (half of
// the rooms keep a history too short for that).

import { newDataDir, ServerProcess } from "../../serverProcess.ts";
import { Crowd } from "../crowd.ts";
import type { Frame, Member } from "../member.ts";
import { buildNet } from "../net.ts";
import type { Scenario, Scene } from "../outcome.ts";

const ROOMS = 20;
const MESSAGES_PER_SECOND = 10;
const DEAD_SECONDS = 6;
const SLACK_SECONDS = 3;
const ASLEEP_SECONDS = 14;
const ENV = { LIMITS: "off", PING_SECONDS: "2", DEAD_SECONDS: `${DEAD_SECONDS}`, TICK_SECONDS: "3" };
/** Of each room: the host (0) and one more (1) are well, 2 falls asleep, 3 loses its network. */
const SIZE = 4;
const SLEEPS = 2;
const IS_FAR = 3;
const LONG_HISTORY = 512;
const SHORT_HISTORY = 16;

export const sleepers: Scenario = {
  name: "sleepers",
  about: `in ${2 * ROOMS} rooms a phone that stops reading and one whose packets are dropped, ${ASLEEP_SECONDS} s; DEAD_SECONDS ${DEAD_SECONDS}`,
  secondsMax: 90,
  inside: ["--net", "--mount"],
  obstacle: () => (Bun.which("ip") === null ? "there is no ip here (iproute2)" : null),
  async run(scene) {
    const { accountant, rooms, note, expect } = scene;
    const net = buildNet();
    const victim = await ServerProcess.start({
      ...{ dataDir: newDataDir(), env: ENV, prefix: net.prefix },
      ...{ host: "0.0.0.0", reachedAt: net.near },
    });
    const awayAt = new Map<string, number>();
    const onFrame = ({ type, clientId = "" }: Frame) => {
      if (type === "peer_away" && !awayAt.has(clientId)) awayAt.set(clientId, performance.now());
    };
    const special = (index: number) => {
      if (index === 0) return { onFrame };
      return index === IS_FAR ? { url: `ws://${net.far}:${victim.port}`, deafMs: 8_000 } : {};
    };
    const gather = (history: number, name: string) =>
      Crowd.gather(
        { url: victim.url, rooms: ROOMS, size: SIZE, opening: { away: 120, history }, name, special },
        accountant,
      );
    const long = await gather(LONG_HISTORY, "long");
    const short = await gather(SHORT_HISTORY, "short");
    rooms.before = await victim.metric("partyline_rooms");
    for (const crowd of [long, short]) crowd.talk(MESSAGES_PER_SECOND);
    await Bun.sleep(2_000);

    const members = [...long.members, ...short.members];
    const asleep = members.filter(({ clientId }) => clientId.endsWith(`m${SLEEPS}`));
    const cutOff = members.filter(({ clientId }) => clientId.endsWith(`m${IS_FAR}`));
    const before = accountant.sums();
    const fellAsleepAt = performance.now();
    for (const member of asleep) {
      member.isMute = true;
      member.sleep();
    }
    net.cut();
    await Bun.sleep(ASLEEP_SECONDS * 1000);
    tell(scene, "asleep", asleep, awayAt, fellAsleepAt);
    tell(scene, "cut off", cutOff, awayAt, fellAsleepAt);
    net.mend();
    for (const member of asleep) {
      member.wake();
      member.isMute = false;
    }
    expect(await long.allBack(40_000), `${long.away} are not back`);
    expect(await short.allBack(40_000), `${short.away} are not back`);
    rooms.after = await victim.metric("partyline_rooms");
    await long.settle();
    await short.settle();
    const { resumedWhole, resumedAnew } = accountant.sums();
    note(
      `came back: ${resumedWhole - before.resumedWhole} whole, ${resumedAnew - before.resumedAnew} told resumed: false`,
    );
    await victim.kill();
  },
};

function tell(
  { note, expect }: Scene,
  what: string,
  members: readonly Member[],
  awayAt: ReadonlyMap<string, number>,
  since: number,
): void {
  const seconds = members.flatMap(({ clientId }) => {
    const at = awayAt.get(clientId);
    return at === undefined ? [] : [(at - since) / 1000];
  });
  note(
    `${what}: the others heard of ${seconds.length} of ${members.length}, the last after ${Math.max(...seconds).toFixed(1)} s`,
  );
  const inTime = seconds.filter((s) => s <= DEAD_SECONDS + SLACK_SECONDS).length;
  expect(
    inTime === members.length,
    `${members.length - inTime} ${what} were not told of within DEAD_SECONDS and a little`,
  );
}
