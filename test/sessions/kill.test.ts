// The server is killed while everybody writes, five times on one folder; what anybody was told is in the log of the next one. In
// small what bench/killSessions.ts does a hundred times, and not by the clock: it dies in the middle of a subscriber's n-th event.
import { afterEach, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ADMIN_KEY, Api, Subscriber } from "../../bench/live/client.ts";
import { Evidence } from "../../bench/live/evidence.ts";
import { beginUproar } from "../../bench/live/uproar.ts";
import { type Child, startChild } from "../support/child.ts";
import { randomFrom } from "../support/random.ts";

const SEED = 20_261_120;
const KILLS = 5;
const EVENTS_MAX = 400;

const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

/** Resolves with the subscriber's n-th event from now on. */
function afterEvents(subscriber: Subscriber, count: number): Promise<void> {
  let left = count;
  return new Promise((resolve) => {
    subscriber.onEvent = () => {
      left--;
      if (left === 0) resolve();
    };
  });
}

test("[S20][S23] whatever was told before a kill -9 is in the log after it, numbered without a gap", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "partyline-kill-"));
  ended.push(() => rm(dataDir, { recursive: true }));
  const random = randomFrom(SEED);
  const evidence = new Evidence();
  const subscribers = [new Subscriber(), new Subscriber()] as const;
  const start = async (): Promise<[Child, number, Api]> => {
    const child = await startChild({ DATA_DIR: dataDir, ADMIN_KEY, LIMITS: "off" });
    ended.push(child.stop);
    const port = Number(new URL(child.http).port);
    return [child, port, await Api.login(port)];
  };

  let [server, port, api] = await start();
  const session = await api.make("/api/sessions", { notes: "the long session" });
  for (let life = 1; life <= KILLS; life++) {
    await api.make(`/api/sessions/${session}/games`, { title: `Game ${life}` });
    const known = subscribers.map(({ heard }) => heard.length);
    await Promise.all(subscribers.map((subscriber) => subscriber.connect(port, api.token, session)));
    const moment = afterEvents(subscribers[0], 1 + random.below(EVENTS_MAX));
    const uproar = beginUproar(api, port, session, random);
    await moment;
    await server.stop();
    await Promise.all([uproar.over, ...subscribers.map(({ closed }) => closed)]);

    [server, port, api] = await start();
    await evidence.read(api);
    for (const [i, { heard }] of subscribers.entries()) evidence.heard(heard.slice(known[i]));
    evidence.heardInRooms(uproar.inRoom);
    evidence.votesTaken(uproar.votes);
    evidence.gamesTaken(uproar.games);
  }
  for (const { heard } of subscribers) evidence.inOrder(heard);

  expect(evidence.complaints).toEqual([]);
  expect(evidence.isClean).toBe(true);
  // It has looked at something.
  const { logged, seen, seenInRooms } = evidence.counts;
  expect(Math.min(logged, seen, seenInRooms)).toBeGreaterThan(KILLS);
}, 30_000);
