// A server that holds sessions is killed and started again on one folder and one port, over and over, while everybody writes. Whatever
// anybody was told must be in the log of the next one, letter by letter [S20], and the ids of the whole log count up by one [S23].

import { Operator } from "../../client/operator.ts";
import { ServerProcess } from "../../serverProcess.ts";
import type { Random } from "../random.ts";
import { Evidence } from "./evidence.ts";
import { Subscriber } from "./subscriber.ts";
import { uproarUntilGone } from "./uproar.ts";

const ADMIN_KEY = "7c2b91e04f: the key of the drills";

export interface LivesPlan {
  readonly kills: number;
  readonly subscribers: number;
  readonly dataDir: string;
  readonly random: Random;
  readonly prefix?: readonly string[];
  /** Resolves when the server is to die. */
  moment(subscribers: readonly Subscriber[]): Promise<void>;
  onLife?(life: number, evidence: Evidence): void;
}

export async function live(plan: LivesPlan): Promise<Evidence> {
  const { dataDir, prefix = [], random } = plan;
  const evidence = new Evidence();
  const subscribers = Array.from({ length: plan.subscribers }, () => new Subscriber());
  const env = { LIMITS: "off", ADMIN_KEY };
  let server = await ServerProcess.start({ dataDir, prefix, env });
  try {
    let operator = await Operator.login(server.http, ADMIN_KEY);
    const sessionId = await operator.make("/api/sessions", { notes: "the long one" });
    for (let life = 1; life <= plan.kills; life++) {
      await operator.make(`/api/sessions/${sessionId}/games`, { title: `Game ${life}` });
      const known = subscribers.map(({ heard }) => heard.length);
      const { url, port } = server;
      await Promise.all(subscribers.map((subscriber) => subscriber.connect(url, operator.token, sessionId)));
      const moment = plan.moment(subscribers);
      const uproar = uproarUntilGone(operator, url, sessionId, random);
      await moment;
      await server.kill();
      // What was on its way when it was killed still comes, and counts.
      await Promise.all(subscribers.map(({ closed }) => closed));
      const acknowledged = await uproar;

      server = await ServerProcess.start({ dataDir, port, prefix, env });
      operator = await Operator.login(server.http, ADMIN_KEY);
      await evidence.read(operator);
      for (const [i, { heard }] of subscribers.entries()) evidence.heard(heard.slice(known[i]));
      evidence.known(acknowledged);
      plan.onLife?.(life, evidence);
    }
  } finally {
    await server.kill();
  }
  for (const { heard } of subscribers) evidence.inOrder(heard);
  return evidence;
}
