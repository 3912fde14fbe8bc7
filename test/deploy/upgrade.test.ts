// The data folder of the version before, as its server left it when it was stopped in the middle of a night: this version takes it up and plays on.
// It was made by 0.2.0 itself: a TV and a phone in a room with a session, a game that is played, a vote; and a session that is over.
import { afterEach, expect, test } from "bun:test";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { MIGRATIONS } from "../../src/sessions/store/migrations.ts";
import { Store } from "../../src/sessions/store/store.ts";
import { SnapshotFile } from "../../src/snapshot/file.ts";
import { Api } from "../support/api.ts";
import { Client } from "../support/client.ts";
import { ManualClock } from "../support/clock.ts";
import { folderOf } from "../support/folder.ts";
import { startServer } from "../support/server.ts";

const MADE = { room: "8RMG", wroteAt: 1_795_745_727_017 };
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

test("[O10] what 0.2.0 left is taken up: the night goes on in its room, and what was is told", async () => {
  const folder = folderOf();
  ends.push(() => folder[Symbol.dispose]());
  cpSync(join(import.meta.dir, "kept-0.2.0"), folder.path, { recursive: true });
  const clock = new ManualClock();
  clock.advance(MADE.wroteAt + 5_000 - clock.now());
  const store = Store.open(join(folder.path, "sessions.sqlite"), 64 * 1024 * 1024);
  const secret = readFileSync(join(folder.path, "jwt.secret"));
  const snapshot = new SnapshotFile(join(folder.path, "rooms.snapshot"), secret, () => clock.now());
  const server = startServer({}, clock, store, snapshot);
  ends.push(() => server.stop());
  expect(server.logged.filter((line) => /"level":"(warn|error)"/.test(line))).toEqual([]);

  const ann = await Client.connect(server.url);
  const joined = await ann.ask({ type: "join", clientId: "ann", secret: "ann's own", room: MADE.room });
  expect(joined).toMatchObject({ type: "joined", room: MADE.room, state: { level: 7 }, clients: ["tv", "ann"] });
  const tv = await Client.connect(server.url);
  expect(await tv.ask({ type: "join", clientId: "tv", secret: "the TV's own", room: MADE.room })).toMatchObject({
    type: "joined",
    host: "tv",
  });

  const api = await Api.admitted(server);
  expect((await api.list("/api/sessions")).map(({ notes, is_active }) => [notes, is_active])).toEqual([
    ["over", 0],
    ["a night of 0.2.0", 1],
  ]);
  const [game] = await api.list("/api/sessions/1/games");
  expect(game).toMatchObject({ title: "Quiz", state: "Gameplay", upvotes: 1, downvotes: 0 });
  const before = (await api.list("/api/sessions/1/events")).length;
  expect(before).toBeGreaterThan(3);
  // The night goes on, and who sits in its room hears it.
  await api.ask("POST", "/api/sessions/1/games/1/end", {});
  while ((await ann.next()).type !== "game.ended");
  expect((await api.list("/api/sessions/1/events")).length).toBeGreaterThan(before);
  // From here on the file is this version's: one before it says so and leaves it alone.
  const version = Buffer.from(await Bun.file(join(folder.path, "sessions.sqlite")).slice(60, 64).arrayBuffer());
  expect(version.readInt32BE()).toBe(MIGRATIONS.length);
});
