// A thousand subscribers of one session, for `beside.ts`, and 200 votes a second by HTTP: each must hear every vote, with no id left
// out, letter by letter what the others hear. A vote is timed from its request until the last of them has it, by one clock.

import { Line } from "../client/line.ts";
import { Operator } from "../client/operator.ts";
import { linesOf } from "../lines.ts";
import { percentile } from "../stats.ts";
import { inParallel, until } from "../wait.ts";
import { ADMIN_KEY } from "./contestants.ts";

const SUBSCRIBERS = 1_000;
const VOTES_PER_SECOND = 200;
const IDLE_VOTES_PER_SECOND = 20;
const IDLE_VOTES = 100;
const DRAIN_MS = 15_000;
const PACE_MS = 1;

/** One vote as it was told, and how far it has come. */
interface Told {
  readonly text: string;
  heardBy: number;
  lastHeardAt: number;
}

const http = process.argv[2] ?? "";
const operator = await Operator.login(http, ADMIN_KEY);
const sessionId = await operator.make("/api/sessions", { notes: "bench" });
await operator.make(`/api/sessions/${sessionId}/games`, { title: "Quiz", pack_name: "Bench" });

const told = new Map<number, Told>();
const beganAt = new Map<string, number>();
let wrong = 0;
await inParallel(SUBSCRIBERS, subscribe);
const idleVotes = await cast(IDLE_VOTES_PER_SECOND, () => beganAt.size < IDLE_VOTES);
console.log(JSON.stringify({ idleVoteP99Ms: idleVotes.p99Ms }));

let isOn = false;
let votes: ReturnType<typeof cast> | null = null;
for await (const word of linesOf(Bun.stdin.stream())) {
  isOn = word === "begin";
  if (isOn) votes = cast(VOTES_PER_SECOND, () => isOn);
  else console.log(JSON.stringify({ voteP99Ms: (await votes)?.p99Ms, lost: (await votes)?.lost }));
}

async function subscribe(i: number): Promise<void> {
  const line = await Line.open(`${http.replace("http", "ws")}/api/sessions/live`, `s${i}`);
  line.onFault = (reason) => {
    throw new Error(reason);
  };
  await new Promise<void>((resolve) => {
    line.onText = (text) => {
      if (text.startsWith('{"type":"auth_success"')) line.say({ type: "subscribe", sessionId });
      else if (text.startsWith('{"type":"subscribed"')) resolve();
    };
    line.say({ type: "auth", token: operator.token });
  });
  let last = 0;
  line.onText = (text) => {
    last = hear(text, last);
  };
}

/** The id stands last in a frame, and nothing else of it is parsed: 200,000 are read a second. */
function hear(text: string, last: number): number {
  const id = Number(text.slice(text.lastIndexOf(":") + 1, -1));
  const one = told.get(id) ?? { text, heardBy: 0, lastHeardAt: 0 };
  told.set(id, one);
  if ((last !== 0 && id !== last + 1) || one.text !== text) wrong++;
  one.heardBy++;
  one.lastHeardAt = performance.now();
  return id;
}

/** Deaf to answers: each vote has its due time and a voter of its own. Waits until all is heard. */
async function cast(perSecond: number, goesOn: () => boolean): Promise<{ p99Ms: number; lost: number }> {
  told.clear();
  beganAt.clear();
  wrong = 0;
  const startedAt = performance.now();
  const answers: Promise<string>[] = [];
  while (goesOn()) {
    for (; answers.length < ((performance.now() - startedAt) / 1000) * perSecond; ) {
      const username = `${startedAt.toFixed(0)}-${answers.length}`;
      beganAt.set(username, performance.now());
      answers.push(
        operator.post("/api/votes/live", { username, vote: answers.length % 3 === 0 ? "down" : "up", sessionId }),
      );
    }
    await Bun.sleep(PACE_MS);
  }
  await Promise.all(answers);
  const heard = () => [...told.values()].reduce((sum, { heardBy }) => sum + heardBy, 0);
  await until(DRAIN_MS, () => heard() === answers.length * SUBSCRIBERS);
  const ms = [...told.values()].map(({ text, lastHeardAt }) => {
    const { data } = JSON.parse(text) as { data: { vote: { username: string } } };
    return lastHeardAt - (beganAt.get(data.vote.username) ?? Number.NaN);
  });
  return {
    p99Ms: percentile(
      ms.sort((a, b) => a - b),
      0.99,
    ),
    lost: answers.length * SUBSCRIBERS - heard() + wrong,
  };
}
