// A server that holds sessions is killed at any moment, over and over (kills/lives.ts), and what anybody was told is looked for; last,
// in the file itself, when no server has it.

import { Database } from "bun:sqlite";
import { join } from "node:path";
import { newDataDir } from "../../serverProcess.ts";
import { live } from "../kills/lives.ts";
import type { Scenario } from "../outcome.ts";
import { randomFrom } from "../random.ts";

const KILL_AFTER_MS = [20, 400] as const;
const SUBSCRIBERS = 4;
const SECONDS_A_KILL = 5;
/** Each counts what must not be there. */
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
  async run({ options: { kills, seed }, note, expect }) {
    note(`${kills} kills, seed ${seed}`);
    const random = randomFrom(seed);
    const dataDir = newDataDir();
    const [least, most] = KILL_AFTER_MS;
    const { counts, complaints } = await live({
      ...{ kills, subscribers: SUBSCRIBERS, dataDir, random },
      moment: () => Bun.sleep(least + random.below(most - least + 1)),
    });
    note(JSON.stringify(counts));
    for (const complaint of complaints) expect(false, complaint);
    const db = new Database(join(dataDir, "sessions.sqlite"));
    for (const [what, sql] of Object.entries(IN_FILE)) {
      const count = Number(db.prepare(sql).values()[0]?.[0]);
      expect(count === 0, `${what} in the file: ${count}`);
    }
    db.close(true);
  },
};
