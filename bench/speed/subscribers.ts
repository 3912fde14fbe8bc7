// A thousand subscribers of one session, for `beside.ts`, and 200 votes a second by HTTP: each must hear every vote, with no id left
// out, letter by letter what the others hear. A vote is timed from its request until the last of them has it, by one clock.

import { Operator } from "../client/operator.ts";
import { percentile } from "../stats.ts";
import { inParallel, until } from "../wait.ts";
import { ADMIN_KEY } from "./contestants.ts";

const SUBSCRIBERS = 1_000;
const VOTES_PER_SECOND = 200;
const IDLE_VOTES_PER_SECOND = 20;
const IDLE_VOTES = 100;
const DRAIN_MS = 15_000;
const PACE_MS = 1;

const http = process.argv[2] ?? "";
const operator = await Operator.login(http, ADMIN_KEY);
const sessionId = await operator.make("/api/sessions", { notes: "bench" });
await operator.make(`/api/sessions/${sessionId}/games`, { title: "Quiz", pack_name: "Bench" });

const told = new Map<number, { readonly text: string; heardBy: number; lastHeardAt: number }>();
let wrong = 0;
await inParallel(SUBSCRIBERS, async () => void (await subscribe()));
const idleVotes = await cast(IDLE_VOTES_PER_SECOND, (votes) => votes < IDLE_VOTES);
let isOn = false;
let votes: ReturnType<typeof cast> | null = null;
process.on("message", async (word) => {
  isOn = word === "begin";
  if (isOn) votes = cast(VOTES_PER_SECOND, () => isOn);
  else process.send?.({ voteP99Ms: (await votes)?.p99Ms, lost: (await votes)?.lost });
});
process.send?.({ idleVoteP99Ms: idleVotes.p99Ms });

function subscribe(): Promise<unknown> {
  let last = 0;
  // The id stands last in a frame, and nothing else of it is parsed: 200,000 are read a second.
  return operator.subscribe(new Map([[sessionId, undefined]]), (text) => {
    const id = Number(text.slice(text.lastIndexOf(":") + 1, -1));
    const vote = told.get(id) ?? { text, heardBy: 0, lastHeardAt: 0 };
    told.set(id, vote);
    if ((last !== 0 && id !== last + 1) || vote.text !== text) wrong++;
    vote.heardBy++;
    vote.lastHeardAt = performance.now();
    last = id;
  });
}

/** Deaf to answers: each vote has its due time, and a voter of its own who is named by when it votes. Waits until all is heard. */
async function cast(perSecond: number, goesOn: (votes: number) => boolean): Promise<{ p99Ms: number; lost: number }> {
  told.clear();
  wrong = 0;
  const startedAt = performance.now();
  const answers: Promise<string>[] = [];
  while (goesOn(answers.length)) {
    while (answers.length < ((performance.now() - startedAt) / 1000) * perSecond) {
      const vote = { username: `${answers.length}-${performance.now()}`, vote: "up", sessionId };
      answers.push(operator.post("/api/votes/live", vote));
    }
    await Bun.sleep(PACE_MS);
  }
  await Promise.all(answers);
  const heard = () => [...told.values()].reduce((sum, { heardBy }) => sum + heardBy, 0);
  await until(DRAIN_MS, () => heard() === answers.length * SUBSCRIBERS);
  const ms = Array.from(told.values(), ({ text, lastHeardAt }) => {
    const { data } = JSON.parse(text) as { data: { vote: { username: string } } };
    return lastHeardAt - Number(data.vote.username.split("-")[1]);
  });
  return {
    p99Ms: percentile(
      ms.toSorted((a, b) => a - b),
      0.99,
    ),
    lost: answers.length * SUBSCRIBERS - heard() + wrong,
  };
}
