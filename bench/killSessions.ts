// `bun bench/killSessions.ts [--kills 100] [--seed N]`
// A server of game nights is killed at any moment, over and over, on one folder and one port, while everybody writes. Whatever anybody
// was told must be in the log of the next one, letter by letter [S20], and the ids of the whole log must count up by one [S23].

import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { randomFrom } from "../test/support/random.ts";
import { Api, Subscriber } from "./live/client.ts";
import { Evidence } from "./live/evidence.ts";
import { startPartyline } from "./live/server.ts";
import { table } from "./live/tables.ts";
import { beginUproar } from "./live/uproar.ts";
import { settle } from "./machine.ts";
import { killAll } from "./serverProcess.ts";

const KILL_AFTER_MS = [20, 400] as const;
const SUBSCRIBERS = 4;
const RUN_TIMEOUT_MS = 15 * 60_000;
const NOTE_EVERY = 10;

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: { kills: { type: "string", default: "100" }, seed: { type: "string" } },
});
const kills = Number(values.kills);
const seed = Number(values.seed ?? Date.now() % 2 ** 32);
const random = randomFrom(seed);
const dataDir = mkdtempSync(join(tmpdir(), "partyline-kills-"));

process.on("exit", () => {
  killAll();
  rmSync(dataDir, { recursive: true, force: true });
});
process.on("SIGINT", () => process.exit(130));
process.on("SIGTERM", () => process.exit(143));
setTimeout(() => process.exit(1), RUN_TIMEOUT_MS).unref();

const { serverPrefix } = settle();
const evidence = new Evidence();
const subscribers = Array.from({ length: SUBSCRIBERS }, () => new Subscriber());
console.log(`${kills} kills, seed ${seed}`);

const start = (port: number) => startPartyline(serverPrefix, { DATA_DIR: dataDir, PORT: String(port) });
let server = await start(0);
const { port } = server;
let api = await Api.login(port);
const longNight = await api.make("/api/sessions", { notes: "the long night" });

for (let life = 1; life <= kills; life++) {
  await api.make(`/api/sessions/${longNight}/games`, { title: `Game ${life}` });
  const known = subscribers.map(({ heard }) => heard.length);
  await Promise.all(subscribers.map((subscriber) => subscriber.connect(port, api.token, longNight)));
  const uproar = beginUproar(api, port, longNight, random);
  const [least, most] = KILL_AFTER_MS;
  await Bun.sleep(least + random.below(most - least + 1));
  await server.stop();
  // What was on its way when it was killed still comes, and counts.
  await Promise.all([uproar.over, ...subscribers.map(({ closed }) => closed)]);

  server = await start(port);
  api = await Api.login(port);
  await evidence.read(api);
  for (const [i, { heard }] of subscribers.entries()) evidence.heard(heard.slice(known[i]));
  evidence.heardInRooms(uproar.inRoom);
  evidence.votesTaken(uproar.votes);
  evidence.gamesTaken(uproar.games);
  if (life % NOTE_EVERY === 0)
    console.error(`${life} kills, ${evidence.counts.logged} events, ${evidence.counts.lost} lost`);
}
await server.stop();
for (const { heard } of subscribers) evidence.inOrder(heard);
const { integrity, strays, totalsOff, rows } = inspect(join(dataDir, "sessions.sqlite"));

const { counts } = evidence;
console.log(
  table([
    ["what", "count"],
    ["kills in the middle of it", kills],
    ["events logged", counts.logged],
    ["events seen by subscribers", counts.seen],
    ["events seen in rooms", counts.seenInRooms],
    ["votes acknowledged", counts.votesAcknowledged],
    ["games acknowledged", counts.gamesAcknowledged],
    ["lost", counts.lost],
    ["differ from the log", counts.garbled],
    ["gaps in the ids", counts.gaps],
    ["ids repeated", counts.repeats],
    ["heard out of turn", counts.skipped],
    ["games whose totals are not what was told", counts.totalsWrong],
    ["games whose totals are not what the votes say", totalsOff],
    ["rows of the log in the file, read at the end", rows],
    ["rows without what they refer to", strays],
    ["integrity", integrity],
  ]),
);
for (const complaint of evidence.complaints) console.log(complaint);
const isWhole = integrity === "ok" && strays === 0 && totalsOff === 0 && rows === counts.logged;
process.exit(evidence.isClean && isWhole ? 0 : 1);

/** Looks into the file itself, when no server has it. */
function inspect(path: string) {
  const db = new Database(path);
  const number = (sql: string) => Number(db.prepare(sql).values()[0]?.[0]);
  const found = {
    integrity: String(db.prepare("PRAGMA integrity_check").values()[0]?.[0]),
    strays: db.prepare("PRAGMA foreign_key_check").values().length,
    totalsOff: number(`
      SELECT count(*) FROM games WHERE
        upvotes <> (SELECT count(*) FROM votes WHERE game_id = games.id AND vote = 'up') OR
        downvotes <> (SELECT count(*) FROM votes WHERE game_id = games.id AND vote = 'down')`),
    rows: number(
      "SELECT count(*) FROM events WHERE id BETWEEN 1 AND (SELECT seq FROM sqlite_sequence WHERE name = 'events')",
    ),
  };
  db.close(true);
  return found;
}
