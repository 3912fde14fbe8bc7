// A node with ten thousand rooms dies, and the two that are left take them up between them: how long that takes from when they know, and how late
// their own beat comes meanwhile. Its members do not come back, since their joins would be measured as well.

import { until } from "../../../wait.ts";
import { NodesAtWork } from "../../cluster/nodes.ts";
import { Crowd } from "../../crowd.ts";
import type { Scenario } from "../../scene.ts";

const ROOMS = 10_000;
/** What a room keeps besides its seats. */
const STATE = "x".repeat(10_000);
/** Two seconds after its last change a room is kept; so many at once take some more. */
const KEPT_MS = 20_000;
const ADOPTED_MS_MAX = 5_000;
const LATE_S = 0.1;
const PATIENCE_MS = 60_000;

export const adoption: Scenario = {
  name: "cluster-adoption",
  about: `a node with ${ROOMS} rooms of ${STATE.length / 1000} KB dies: two others have all of them within ${ADOPTED_MS_MAX / 1000} s, no beat later than ${LATE_S * 1000} ms`,
  secondsMax: 240,
  async run(scene) {
    const env = { MAX_ROOMS: `${ROOMS + 1}`, MAX_KEPT_MIB: "2048" };
    const work = await NodesAtWork.start(scene, 3, env);
    const plan = { rooms: ROOMS, size: 1, opening: { maxClients: 2, away: 600, history: 0, state: STATE } };
    const crowd = await Crowd.gather(work.at(0).url, plan, scene.accountant);
    await Bun.sleep(KEPT_MS);
    for (const member of crowd.members) member.stop();
    const others = [work.at(1), work.at(2)];
    const lateBefore = await Promise.all(others.map(({ server }) => lateBeats(server.http)));
    await work.at(0).kill();
    const adopted = () => others.map(({ server }) => linesOf(server.logged, "rooms taken up"));
    const sum = () =>
      adopted()
        .flatMap((lines) => lines.map(({ rooms }) => rooms ?? 0))
        .reduce((a, b) => a + b, 0);
    await until(PATIENCE_MS, () => sum() >= ROOMS);
    const known = others.flatMap(({ server }) => linesOf(server.logged, "node dead"));
    const since = Math.min(...known.map(({ time }) => Date.parse(time)));
    const ms = Math.max(...adopted().flatMap((lines) => lines.map(({ time }) => Date.parse(time)))) - since;
    const shares = adopted().map((lines) => lines.reduce((all, { rooms }) => all + (rooms ?? 0), 0));
    const late = await Promise.all(others.map(({ server }) => lateBeats(server.http)));
    const more = late.map((count, n) => count - (lateBefore[n] ?? 0));
    scene.note(
      `${shares.join(" + ")} of ${ROOMS} rooms after ${ms} ms; beats later than ${LATE_S * 1000} ms: ${more.join(", ")}`,
    );
    scene.expect(sum() === ROOMS, `${sum()} rooms were taken up`);
    scene.expect(ms <= ADOPTED_MS_MAX, `it took ${ms} ms`);
    scene.expect(
      more.every((count) => count === 0),
      `${more.join(", ")} beats were late`,
    );
  },
};

interface LogLine {
  readonly time: string;
  readonly rooms?: number;
}

function linesOf(logged: readonly { readonly text: string }[], msg: string): LogLine[] {
  return logged.flatMap(({ text }) => (text.includes(`"msg":"${msg}"`) ? [JSON.parse(text) as LogLine] : []));
}

/** Beats that came later than they may. */
async function lateBeats(http: string): Promise<number> {
  const text = await (await fetch(`${http}/metrics`)).text();
  const upTo = (bound: string) =>
    Number(new RegExp(`^partyline_event_loop_lag_seconds_bucket\\{le="${bound}"\\} (\\d+)$`, "m").exec(text)?.[1]);
  return upTo("\\+Inf") - upTo(String(LATE_S));
}
