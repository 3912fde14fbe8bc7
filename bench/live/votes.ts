// Votes by HTTP at a fixed rate, deaf to answers: each has its due time. Timed from the moment its request begins until the last
// subscriber has heard of it; how late the load generator itself was is told beside it, so that nobody takes one for the other.

import { until } from "../crowd.ts";
import { percentile } from "../stats.ts";
import type { Audience } from "./audience.ts";
import type { Api } from "./client.ts";
import type { Use } from "./meter.ts";

const DRAIN_MS = 15_000;
const PACE_MS = 1;
const MS_PER_SECOND = 1000;

export interface Figures extends Use {
  votes: number;
  /** Answered with a 2xx. */
  taken: number;
  /** Events that every subscriber has heard. */
  complete: number;
  heard: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  /** To the answer of the request. */
  answerP50Ms: number;
  answerP99Ms: number;
  /** How late a request began, at most. */
  lateMaxMs: number;
}

/** Casts so many votes, each by a voter of its own, and waits until all is heard. */
export async function castVotes(
  audience: Audience,
  api: Api,
  sessionId: number,
  measure: () => () => Use,
  plan: { readonly perSecond: number; readonly ms: number },
): Promise<Figures> {
  audience.clear();
  const votes = Math.round((plan.ms * plan.perSecond) / MS_PER_SECOND);
  const gapMs = MS_PER_SECOND / plan.perSecond;
  const beganAt = new Map<string, number>();
  const answerMs: number[] = [];
  let failed = 0;
  let lateMaxMs = 0;

  const cast = (username: string) => {
    const began = performance.now();
    beganAt.set(username, began);
    api
      .post("/api/votes/live", { username, vote: beganAt.size % 3 === 0 ? "down" : "up", sessionId })
      .then(() => answerMs.push(performance.now() - began))
      .catch(() => failed++);
  };

  const measured = measure();
  const startedAt = performance.now();
  await new Promise<void>((resolve) => {
    let next = 0;
    const timer = setInterval(() => {
      for (; next < votes; next++) {
        const lateMs = performance.now() - startedAt - next * gapMs;
        if (lateMs < 0) return;
        lateMaxMs = Math.max(lateMaxMs, lateMs);
        cast(`${startedAt.toFixed(0)}-${next}`);
      }
      clearInterval(timer);
      resolve();
    }, PACE_MS);
  });
  const use = measured();
  await until(DRAIN_MS, () => answerMs.length + failed === votes && audience.complete === votes);
  audience.check();

  const heardMs = [...audience.told.values()].map(({ text, lastHeardAt }) => {
    const { data } = JSON.parse(text) as { data: { vote: { username: string } } };
    return lastHeardAt - (beganAt.get(data.vote.username) ?? Number.NaN);
  });
  heardMs.sort((a, b) => a - b);
  answerMs.sort((a, b) => a - b);
  return {
    ...{ votes, taken: answerMs.length, complete: audience.complete, heard: audience.heard },
    ...{ p50Ms: percentile(heardMs, 0.5), p99Ms: percentile(heardMs, 0.99), maxMs: percentile(heardMs, 1) },
    ...{ answerP50Ms: percentile(answerMs, 0.5), answerP99Ms: percentile(answerMs, 0.99) },
    ...{ lateMaxMs, ...use },
  };
}
