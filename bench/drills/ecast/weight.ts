// What one watch weighs: so many of them in a process of their own, each with a game of a session, over real lines to a service elsewhere. Prints
// bytes of heap and of resident memory a watch, as JSON. `bun weight.ts URL COUNT`
import { heapStats } from "bun:jsc";
import { systemClock } from "../../../src/clock.ts";
import { readConfig } from "../../../src/config.ts";
import { Ecast } from "../../../src/doors/ecast/ecast.ts";
import { dialler } from "../../../src/doors/ecast/line.ts";
import { isRefusal } from "../../../src/protocol/refusals.ts";
import { EventLog } from "../../../src/sessions/eventLog.ts";
import { Sessions } from "../../../src/sessions/sessions.ts";
import { Store } from "../../../src/sessions/store/store.ts";

const [url = "", count = "500"] = Bun.argv.slice(2);
const config = readConfig({ ECAST_URL: url, ECAST_WATCHES_MAX: "1000" });
const { host } = new URL(url);
const facts = { appTag: "quiplash3", minPlayers: 3, maxPlayers: 8 };
const ecast = new Ecast(
  config,
  systemClock,
  { info() {}, warn() {} },
  {
    // The directory's pace would take a quarter of an hour.
    ask: (_, _isUrgent, heard) => systemClock.after(1, () => heard({ kind: "room", host, isLocked: false, facts })),
    dial: dialler(systemClock),
    random: Math.random,
    stop() {},
  },
);
const nobody = {
  toAll() {},
  toSubscribers() {},
  admit() {},
  dismiss() {},
  subscribe() {},
  unsubscribe() {},
  unreadBytes: () => 0,
};
const store = Store.open(":memory:", 64 * 1024 * 1024);
const eventLog = new EventLog({ store, clock: systemClock, fanout: nobody, charge() {}, onFailure() {} });
const sessions = new Sessions({ store, clock: systemClock, eventLog }, { platforms: { jackbox: ecast } });
const game = { title: "Quip", packName: null, minPlayers: null, maxPlayers: null, appTag: null, manuallyAdded: false };

/** Watches so many rooms, and waits until all are in sight. */
async function watch(rooms: number, from: number): Promise<void> {
  const games = Array.from({ length: rooms }, (_, n) => {
    const session = sessions.start(null, null);
    if (isRefusal(session)) throw new Error(session.text);
    const at = from + n;
    const code = String.fromCharCode(65 + (at % 26), 65 + (Math.floor(at / 26) % 26), 65 + Math.floor(at / 676), 65);
    const added = sessions.addGame(session.id, game, { platform: "jackbox", code });
    if (isRefusal(added)) throw new Error(added.text);
    return added;
  });
  const isWatched = ({ sessionId, id }: (typeof games)[number]) => {
    const status = sessions.status(sessionId, id);
    return !isRefusal(status) && status.monitoring;
  };
  while (!games.every(isWatched)) await Bun.sleep(10);
}

async function settled(): Promise<{ heap: number; rss: number }> {
  for (let n = 0; n < 5; n++) {
    Bun.gc(true);
    await Bun.sleep(200);
  }
  return { heap: heapStats().heapSize, rss: process.memoryUsage.rss() };
}

// What is made once is made by the first ones.
await watch(50, 0);
const before = await settled();
await watch(Number(count), 50);
const after = await settled();
const each = (name: "heap" | "rss") => Math.round((after[name] - before[name]) / Number(count));
console.log(JSON.stringify({ heapBytes: each("heap"), rssBytes: each("rss") }));
process.exit(0);
