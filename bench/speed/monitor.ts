// What an operator who looks costs: the monitor's answer on a server with 10,000 rooms, made anew each time, over HTTP with a token; and what of
// memory a thousand of them leave behind.

import { cpuNs } from "../usage.ts";
import { ADMIN_KEY, startContestant } from "./contestants.ts";
import { gather } from "./crowd.ts";
import type { Case } from "./measure.ts";
import { steadyRss } from "./memory.ts";

const ROOMS = 10_000;
const POLLS = 1_000;
const BYTES_PER_MB = 1024 * 1024;
const NS_PER_MS = 1_000_000;
/** A collection waits for a quiet second. */
const SETTLE_MS = 5_000;
const SORTS = ["busy", "members", "age", "quiet"];

export const monitor: Case = {
  ...{ name: "monitor", isOurs: true, isFresh: true, roundsMax: 2 },
  async open(contestant, machine) {
    const server = await startContestant(contestant, machine.serverPrefix);
    const lines = (await gather(contestant, server, { rooms: ROOMS, size: 1 })).flat();
    const body = JSON.stringify({ key: ADMIN_KEY });
    const login = await fetch(`${server.http}/api/auth/login`, { method: "POST", body });
    const headers = { authorization: `Bearer ${((await login.json()) as { token: string }).token}` };
    const poll = async (n: number) => {
      const answer = await fetch(`${server.http}/api/monitor?sort=${SORTS[n % SORTS.length]}&since=0`, { headers });
      return { isThere: answer.status === 200, chars: (await answer.text()).length };
    };
    const pollAll = async () => {
      for (let n = 0; n < POLLS; n++) await poll(n);
    };
    const run = async () => {
      // The commit before may have no monitor.
      if (!(await poll(0)).isThere) return { count: 1 };
      await pollAll();
      const before = { rss: await steadyRss(server, SETTLE_MS), cpu: cpuNs(server.pid) };
      await pollAll();
      const cpuMs = (cpuNs(server.pid) - before.cpu) / NS_PER_MS / POLLS;
      return { count: 1, cpuMs, leftMB: ((await steadyRss(server, SETTLE_MS)) - before.rss) / BYTES_PER_MB };
    };
    const close = async () => {
      await server.kill();
      for (const line of lines) line.onFault = () => {};
    };
    return { pid: null, run, close };
  },
};
