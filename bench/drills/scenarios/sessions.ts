// A server that holds sessions is killed and started again on one folder and one port, over and over, while everybody writes. Whatever
// anybody was told must be in the log of the next one, letter by letter [S20], and the ids of the whole log count up by one [S23]; last,
// the file itself is looked at, when no server has it.

import { Database } from "bun:sqlite";
import { join } from "node:path";
import { Operator } from "../../client/operator.ts";
import { newDataDir, ServerProcess } from "../../serverProcess.ts";
import { Evidence } from "../kills/evidence.ts";
import { Subscriber } from "../kills/subscriber.ts";
import { type Uproar, uproarUntilGone } from "../kills/uproar.ts";
import type { Scenario } from "../scene.ts";

const ADMIN_KEY = "7c2b91e04f: the key of the drills";
const KILL_AFTER_MS = [20, 400] as const;
const SUBSCRIBERS = 4;
const SECONDS_A_KILL = 5;
const IN_FILE = {
  strays: "SELECT count(*) FROM pragma_foreign_key_check",
  totalsOff: `SELECT count(*) FROM games WHERE
    upvotes <> (SELECT count(*) FROM votes WHERE game_id = games.id AND vote = 'up') OR
    downvotes <> (SELECT count(*) FROM votes WHERE game_id = games.id AND vote = 'down')`,
  gaps: "SELECT (SELECT seq FROM sqlite_sequence WHERE name = 'events') - count(*) FROM events",
  unsound: "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
};

export const sessions: Scenario = {
  ...{
    name: "sessions",
    about: "a server that holds sessions dies --kills times while everybody writes",
    isExtra: true,
  },
  secondsMax: ({ kills }) => 60 + kills * SECONDS_A_KILL,
  async run(scene) {
    const dataDir = newDataDir();
    const [least, most] = KILL_AFTER_MS;
    const { counts, complaints } = await killOverAndOver({
      ...{ kills: scene.options.kills, subscribers: SUBSCRIBERS, dataDir },
      moment: () => Bun.sleep(least + Math.random() * (most - least)),
    });
    scene.note(`${scene.options.kills} kills: ${JSON.stringify(counts)}`);
    scene.failures.push(...complaints);
    const db = new Database(join(dataDir, "sessions.sqlite"));
    for (const [what, sql] of Object.entries(IN_FILE)) {
      const count = Number(db.prepare(sql).values()[0]?.[0]);
      scene.expect(count === 0, `${what} in the file: ${count}`);
    }
    db.close(true);
  },
};

export interface KillsPlan {
  readonly kills: number;
  readonly subscribers: number;
  readonly dataDir: string;
  moment(subscribers: readonly Subscriber[]): Promise<void>;
}

export async function killOverAndOver({ kills, dataDir, ...plan }: KillsPlan): Promise<Evidence> {
  const evidence = new Evidence();
  const uproars: Uproar[] = [];
  const subscribers = Array.from({ length: plan.subscribers }, () => new Subscriber());
  let server = await ServerProcess.start({ dataDir, env: { LIMITS: "off", ADMIN_KEY } });
  try {
    let operator = await Operator.login(server.http, ADMIN_KEY);
    const sessionId = await operator.make("/api/sessions", { notes: "the long one" });
    for (let life = 1; life <= kills; life++) {
      await operator.make(`/api/sessions/${sessionId}/games`, { title: `Game ${life}` });
      await Promise.all(subscribers.map((subscriber) => subscriber.connect(operator, sessionId)));
      const moment = plan.moment(subscribers);
      const uproar = uproarUntilGone(operator, server.url, sessionId);
      await moment;
      await server.kill();
      // What was on its way when it was killed still comes, and counts.
      await Promise.all(subscribers.map(({ closed }) => closed));
      uproars.push(await uproar);
      server = await server.restarted();
      operator = await Operator.login(server.http, ADMIN_KEY);
    }
    await evidence.read(operator);
  } finally {
    await server.kill();
  }
  for (const { heard } of subscribers) evidence.heard(heard);
  for (const uproar of uproars) evidence.known(uproar);
  return evidence;
}
