// The node that rooms live on is killed, stopped, or cut off from the engine while its clients reach it; and is killed together with the engine.

import { asked } from "../../cluster/asking.ts";
import { FREEZE_MS, LEASE_MS, NodesAtWork } from "../../cluster/nodes.ts";
import type { Frame } from "../../member.ts";
import type { Scenario, Scene } from "../../scene.ts";

const SPREAD = { rooms: 10, size: 6, perRoomASecond: 10, opening: { maxClients: 99 } };
/** 200 rooms on three nodes, each with a member on each. */
const MANY = { rooms: 67, size: 3, perRoomASecond: 2, opening: { maxClients: 99, state: { drill: "state" } } };
const PEST = { clientId: "pest", secret: "the secret of a pest" };
const UP_MS = 3_000;
const STOPPED_MS = 20_000;
const CUT_MS = 14_000;
const ENGINE_AWAY_MS = 3_000;
const HEALED_MS = 1_000;
/** What a word may take to a client. */
const WORD_MS = 500;
const PATIENCE_MS = 40_000;
const ASKED_MS = 500;
/** Two looks at who lives, and lines that are closed over 2 s. */
const CLOSED_MS = 4_000;
/** Long enough for every room to be kept. */
const KEPT_MS = 3_500;

/** How long after `since` each of the first node's rooms lets somebody in who asks from another, in ms. */
async function joinable(work: NodesAtWork, since: number): Promise<number[]> {
  const joins = work.roomsOf(0).map(async ([host], n) => {
    const room = host?.place.room ?? "";
    for (;;) {
      // A fresh line each time: one that was carried to the dead node is closed in its turn, over 2 s.
      const answer = await asked(work.at(1 + (n % 2)).url, { type: "join", room }, ASKED_MS);
      const ms = performance.now() - since;
      if (answer === "joined") return ms;
      if (ms > PATIENCE_MS) return Number.POSITIVE_INFINITY;
    }
  });
  return await Promise.all(joins);
}

async function allBack(work: NodesAtWork): Promise<void> {
  const { scene, crowds } = work;
  const isBack = await work.allBack(PATIENCE_MS);
  const away = crowds.reduce((sum, crowd) => sum + crowd.away, 0);
  scene.expect(isBack, `${away} members are not back after ${PATIENCE_MS / 1000} s`);
}

function joinableWithin(scene: Scene, ms: number[], boundMs: number): void {
  const max = Math.max(...ms);
  scene.note(`all ${ms.length} rooms let somebody in after ${(max / 1000).toFixed(1)} s (${boundMs / 1000} s)`);
  scene.expect(max <= boundMs, `a room let nobody in for ${(max / 1000).toFixed(1)} s`);
}

/** No word of the old owner later than it may hold still. */
function silentAfter({ scene, witness }: NodesAtWork, since: number, rooms: number): void {
  const ms = witness.lastOldWord - since;
  scene.note(
    `${witness.renewed} rooms in a new epoch; the last word of the old owner after ${(ms / 1000).toFixed(2)} s`,
  );
  scene.expect(ms <= FREEZE_MS + WORD_MS, `a word of the old owner ${(ms / 1000).toFixed(2)} s after`);
  scene.expect(witness.renewed === rooms, `${witness.renewed} rooms in a new epoch, not ${rooms}`);
}

export const ownerKilled: Scenario = {
  name: "cluster-owner-killed",
  about: `one of three nodes with ${3 * MANY.rooms} rooms is killed: all answer within the lease and ${UP_MS / 1000} s, with seats, secrets, bans and state`,
  secondsMax: 150,
  async run(scene) {
    const work = await NodesAtWork.start(scene);
    await work.gather(MANY);
    const rooms = work.roomsOf(0);
    const room = (members: (typeof rooms)[number]) => members[0]?.place.room ?? "";
    const pests = rooms.map(async (members) => {
      const hear = ({ type }: Frame) => {
        if (type === "joined") members[0]?.say({ type: "kick", clientId: PEST.clientId });
      };
      await asked(work.at(1).url, { type: "join", room: room(members), ...PEST }, 5_000, hear, true);
    });
    await Promise.all(pests);
    await Bun.sleep(KEPT_MS);
    const killedAt = performance.now();
    await work.at(0).kill();
    joinableWithin(scene, await joinable(work, killedAt), LEASE_MS + UP_MS);
    await allBack(work);
    const { closes, resumedWhole, resumedAnew } = scene.accountant.sums();
    const far = rooms.flatMap(([, ...others]) => others);
    const lost = Math.max(...far.map(({ lostAt }) => (lostAt || Number.POSITIVE_INFINITY) - killedAt));
    scene.note(`its ${far.length} far lines were closed by ${(lost / 1000).toFixed(1)} s; ${JSON.stringify(closes)}`);
    scene.note(`${resumedWhole} resumed, ${resumedAnew} anew`);
    scene.expect(lost <= LEASE_MS + CLOSED_MS, `a far line of its rooms was open for ${(lost / 1000).toFixed(1)} s`);
    scene.expect((closes[4200] ?? 0) >= far.length, `${closes[4200] ?? 0} lines were closed with 4200`);
    const wrong = { stolen: 0, pests: 0, states: 0 };
    await Promise.all(
      rooms.map(async (members) => {
        const there = { type: "join", room: room(members) };
        for (const { clientId } of members) {
          const answer = await asked(work.at(2).url, { ...there, clientId, secret: "not that of the seat" }, 5_000);
          if (answer !== "wrong_secret") wrong.stolen++;
        }
        if ((await asked(work.at(2).url, { ...there, ...PEST }, 5_000)) !== "banned") wrong.pests++;
        const hear = ({ type, state }: Frame) => {
          if (type === "joined" && !Bun.deepEquals(state, MANY.opening.state)) wrong.states++;
        };
        await asked(work.at(1).url, there, 5_000, hear);
      }),
    );
    scene.note(`seats, bans and states that were wrong after it: ${JSON.stringify(wrong)}`);
    scene.expect(
      Object.values(wrong).every((count) => count === 0),
      `wrong after it: ${JSON.stringify(wrong)}`,
    );
    scene.expect(work.witness.renewed === rooms.length, `${work.witness.renewed} rooms in a new epoch`);
    await work.settle();
  },
};

export const ownerStopped: Scenario = {
  name: "cluster-owner-stopped",
  about: `a node is stopped for ${STOPPED_MS / 1000} s and goes on: no word of it after its freeze, nor when it goes on`,
  secondsMax: 150,
  async run(scene) {
    const work = await NodesAtWork.start(scene);
    await work.gather(SPREAD);
    await Bun.sleep(KEPT_MS);
    const stoppedAt = performance.now();
    work.at(0).stop();
    await Bun.sleep(STOPPED_MS);
    work.at(0).goOn();
    await Bun.sleep(2_000);
    await allBack(work);
    silentAfter(work, stoppedAt, SPREAD.rooms);
    await work.settle();
  },
};

function cutOff(name: string, isMute: boolean): Scenario {
  return {
    name,
    about: `a node is cut off from the engine for ${CUT_MS / 1000} s${isMute ? " without a word" : ""} while clients reach it: no room that two nodes speak for`,
    secondsMax: 150,
    async run(scene) {
      const work = await NodesAtWork.start(scene);
      await work.gather(SPREAD);
      await Bun.sleep(KEPT_MS);
      const cutAt = performance.now();
      work.at(0).cutOff(isMute);
      await Bun.sleep(CUT_MS);
      const healedAt = performance.now();
      work.at(0).heal();
      await Bun.sleep(2 * HEALED_MS);
      const lost = work.roomsOf(0).map(([host]) => (host?.lostAt || Number.POSITIVE_INFINITY) - healedAt);
      scene.note(`the old owner's lines were closed ${Math.max(...lost).toFixed(0)} ms after healing`);
      scene.expect(
        Math.max(...lost) <= HEALED_MS,
        `lines of the old owner open for ${Math.max(...lost).toFixed(0)} ms`,
      );
      await allBack(work);
      silentAfter(work, cutAt, SPREAD.rooms);
      await work.settle();
    },
  };
}

export const ownerCut = cutOff("cluster-owner-cut", false);
export const ownerMute = cutOff("cluster-owner-mute", true);

export const bothKilled: Scenario = {
  name: "cluster-both-killed",
  about: `engine and a node are killed together, the engine is back after ${ENGINE_AWAY_MS / 1000} s: all rooms within that, the lease and ${UP_MS / 1000} s`,
  secondsMax: 150,
  async run(scene) {
    const work = await NodesAtWork.start(scene);
    await work.gather(SPREAD);
    await Bun.sleep(KEPT_MS);
    const killedAt = performance.now();
    await Promise.all([work.redis.kill(), work.at(0).kill()]);
    const joins = joinable(work, killedAt);
    await Bun.sleep(ENGINE_AWAY_MS);
    await work.redis.restart();
    joinableWithin(scene, await joins, ENGINE_AWAY_MS + LEASE_MS + UP_MS);
    await allBack(work);
    scene.expect(work.witness.renewed === SPREAD.rooms, `${work.witness.renewed} rooms in a new epoch`);
    await work.settle();
  },
};
