// What is kept, and which files are taken: on real files, some of them killed, cut short or somebody else's.
import { Database } from "bun:sqlite";
import { afterEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { NewGame, Vote } from "../../../src/protocol/commands.ts";
import { MIGRATIONS } from "../../../src/sessions/store/migrations.ts";
import { Store, StoreError } from "../../../src/sessions/store/store.ts";

const MiB = 1024 * 1024;
const SESSION = {
  createdAt: 1_700_000_000_000,
  notes: "Friday",
  roomCode: "ABCD",
  roomId: "e1",
  startedBy: "token" as const,
};
const GAME: NewGame = {
  title: "Quizzle",
  packName: "Pack 3",
  minPlayers: 2,
  maxPlayers: 8,
  appTag: "quizzle3",
  manuallyAdded: true,
};
const AT = "2026-01-02T03:04:05.678Z";
const STORE = join(import.meta.dir, "../../../src/sessions/store/store.ts");

const folders: string[] = [];
const open: Store[] = [];
afterEach(() => {
  for (const store of open.splice(0)) store.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** The path of a file that is not there yet, alone in its folder. */
function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "partyline-store-"));
  folders.push(folder);
  return join(folder, "sessions.sqlite");
}

function openStore(path = ":memory:", bytesMax = 64 * MiB): Store {
  const store = Store.open(path, bytesMax);
  open.push(store);
  return store;
}

/** A file that a server has written and closed, with that many events. */
function written(eventCount: number): string {
  const path = newPath();
  const store = Store.open(path, 64 * MiB);
  const id = store.addSession(SESSION);
  store.transaction(() => {
    for (let n = 1; n <= eventCount; n++) store.log(id, "session.started", AT, body(n));
  });
  store.close();
  return path;
}

const body = (n: number) => JSON.stringify({ n, padding: "x".repeat(200) });

/** Runs a script in another process, to which the class and the path are known; answers what it printed. */
async function elsewhere(path: string, script: string): Promise<string> {
  const source = `
    const { Store } = await import(${JSON.stringify(STORE)});
    const path = ${JSON.stringify(path)};
    ${script}`;
  const child = Bun.spawn([process.execPath, "-e", source], { stdout: "pipe", stderr: "inherit" });
  const printed = await new Response(child.stdout).text();
  await child.exited;
  return printed.trim();
}

/** Whether a descriptor of this process is of that file, which may be deleted by now. */
function isLinkTo(descriptor: string, path: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith(path);
  } catch {
    return false;
  }
}

/** Every file beside `path` and `path` itself, by a hash of its bytes. */
function hashes(path: string): Record<string, string> {
  const folder = dirname(path);
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(files.map(({ name }) => [name, Bun.hash(readFileSync(join(folder, name))).toString(16)]));
}

/** The one line that the operator gets, of a file that stays exactly as it was. */
function refusal(path: string): string {
  const before = hashes(path);
  let caught: unknown;
  try {
    openStore(path);
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(StoreError);
  const { message } = caught as StoreError;
  expect(message).toStartWith(path);
  expect(message).not.toContain("\n");
  expect(hashes(path)).toEqual(before);
  return message;
}

describe("sessions and games", () => {
  test("[S20] a session is kept as it was given, and ends", () => {
    const store = openStore();
    const id = store.addSession(SESSION);
    expect(store.session(id)).toEqual({ id, ...SESSION, endedAt: null, gamesPlayed: 0 });
    const bare = { createdAt: 5, notes: null, roomCode: null, roomId: null, startedBy: "token" as const };
    const other = store.addSession(bare);
    store.addGame(id, GAME, null, 1);
    store.endSession(id, 7);
    expect(store.session(id)).toEqual({ id, ...SESSION, endedAt: 7, gamesPlayed: 1 });
    expect(store.session(other)).toEqual({ id: other, ...bare, endedAt: null, gamesPlayed: 0 });
    expect(store.session(99)).toBeNull();
  });

  test("[S20] sessions are read newest first, page by page, and the active ones oldest first", () => {
    const store = openStore();
    expect(store.newestActive()).toBeNull();
    for (let n = 1; n <= 5; n++) store.addSession(SESSION);
    store.endSession(2, 1);
    store.endSession(5, 1);
    const ids = (rows: readonly { id: number }[]) => rows.map(({ id }) => id);
    expect(ids(store.sessions(null, 2))).toEqual([5, 4]);
    expect(ids(store.sessions(4, 2))).toEqual([3, 2]);
    expect(ids(store.sessions(2, 2))).toEqual([1]);
    expect(ids(store.activeSessions())).toEqual([1, 3, 4]);
    expect(store.newestActive()?.id).toBe(4);
  });

  test("[S20] a game is kept as it was given, and lives", () => {
    const store = openStore();
    const sessionId = store.addSession(SESSION);
    const id = store.addGame(sessionId, GAME, "ABCD", 10);
    const fresh = {
      startedAt: null,
      endedAt: null,
      playerCount: null,
      playerCountStatus: null,
      lobbyStateSet: null,
      platform: "partyline" as const,
      watchedRoomId: null,
    };
    const added = { id, sessionId, ...GAME, roomCode: "ABCD", addedAt: 10, ...fresh, upvotes: 0, downvotes: 0 };
    expect(store.game(sessionId, id)).toEqual(added);
    store.startGame(id, 20);
    store.endGame(id, 30);
    store.setPlayerCount(id, 6, "completed");
    store.watch(id, "WXYZ", "e2");
    const changed = { roomCode: "WXYZ", watchedRoomId: "e2", playerCount: 6, playerCountStatus: "completed" };
    expect(store.game(sessionId, id)).toEqual({ ...added, startedAt: 20, endedAt: 30, ...changed });
    store.unwatch(id);
    expect(store.game(sessionId, id)).toMatchObject({ roomCode: "WXYZ", watchedRoomId: null });
    store.watch(id, "KLMN", "abroad", "jackbox");
    expect(store.game(sessionId, id)).toMatchObject({ roomCode: "KLMN", platform: "jackbox" });
    expect(store.game(sessionId + 1, id)).toBeNull();
  });

  test("[S20] a game that nobody described further", () => {
    const store = openStore();
    const bare = { packName: null, minPlayers: null, maxPlayers: null, appTag: null, manuallyAdded: false };
    const sessionId = store.addSession(SESSION);
    const id = store.addGame(sessionId, { title: "Quizzle", ...bare }, null, 10);
    expect(store.game(sessionId, id)).toMatchObject({ ...bare, roomCode: null });
  });

  test("[S20] games are read in the order they were added, those played and those watched also alone", () => {
    const store = openStore();
    const [first, second] = [store.addSession(SESSION), store.addSession(SESSION)];
    for (let n = 1; n <= 6; n++) store.addGame(n === 2 ? second : first, { ...GAME, title: `#${n}` }, null, n);
    const titles = (rows: readonly { title: string }[]) => rows.map(({ title }) => title);
    expect(titles(store.games(first, null, 3))).toEqual(["#1", "#3", "#4"]);
    expect(titles(store.games(first, 4, 3))).toEqual(["#5", "#6"]);
    expect(store.latestGame(first)?.title).toBe("#6");
    expect(store.latestGame(second)?.title).toBe("#2");
    expect(store.latestGame(99)).toBeNull();
    for (const id of [1, 2, 3, 4]) store.startGame(id, 1);
    store.endGame(3, 2);
    for (const id of [2, 5, 6]) store.watch(id, "ABCD", "e1");
    store.unwatch(5);
    expect(titles(store.runningGames(first))).toEqual(["#1", "#4"]);
    expect(titles(store.watchedGames(first))).toEqual(["#6"]);
    expect(store.session(first)?.gamesPlayed).toBe(5);
  });
});

describe("votes", () => {
  test("[S20] a voter's second vote replaces the first, and the totals move by the difference", () => {
    const store = openStore();
    const sessionId = store.addSession(SESSION);
    const gameId = store.addGame(sessionId, GAME, null, 1);
    const other = store.addGame(sessionId, GAME, null, 1);
    const cast = (voter: string, vote: Vote) => store.putVote({ gameId, voter, username: voter, vote, votedAt: 1 });
    expect(cast("ana", "up")).toEqual({ upvotes: 1, downvotes: 0 });
    expect(cast("ana", "up")).toEqual({ upvotes: 1, downvotes: 0 });
    expect(cast("bo", "down")).toEqual({ upvotes: 1, downvotes: 1 });
    expect(cast("ana", "down")).toEqual({ upvotes: 0, downvotes: 2 });
    expect(cast("bo", "up")).toEqual({ upvotes: 1, downvotes: 1 });
    expect(store.game(sessionId, gameId)).toMatchObject({ upvotes: 1, downvotes: 1 });
    expect(store.game(sessionId, other)).toMatchObject({ upvotes: 0, downvotes: 0 });
  });

  test("[S20] a vote that is rolled back does not count", () => {
    const store = openStore();
    const gameId = store.addGame(store.addSession(SESSION), GAME, null, 1);
    const cast = (vote: Vote) => store.putVote({ gameId, voter: "ana", username: "Ana", vote, votedAt: 1 });
    cast("up");
    const oops = new Error("oops");
    const failing = () =>
      store.transaction(() => {
        cast("down");
        throw oops;
      });
    expect(failing).toThrow(oops);
    expect(cast("up")).toEqual({ upvotes: 1, downvotes: 0 });
  });

  test("[S20] a vote for a game that is not there is a bug, and leaves nothing", () => {
    const store = openStore();
    const row = { gameId: 7, voter: "ana", username: "Ana", vote: "up", votedAt: 1 } as const;
    let caught: unknown;
    try {
      store.putVote(row);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(Error);
    expect(Store.isFailure(caught)).toBe(false);
    expect(store.transaction(() => "still works")).toBe("still works");
  });
});

describe("the log", () => {
  test("[S20] events of a session are read in order, after an id, so many at a time", () => {
    const store = openStore();
    const [first, second] = [store.addSession(SESSION), store.addSession(SESSION)];
    for (let n = 1; n <= 6; n++) store.log(n % 2 === 1 ? first : second, "game.ended", AT, body(n));
    expect(store.events(first, 0, 2)).toEqual([
      { id: 1, sessionId: first, type: "game.ended", timestamp: AT, body: body(1) },
      { id: 3, sessionId: first, type: "game.ended", timestamp: AT, body: body(3) },
    ]);
    expect(store.events(first, 3, 9).map(({ id }) => id)).toEqual([5]);
    expect(store.events(second, 6, 9)).toEqual([]);
  });

  test("[S20] what stands survives kill -9", async () => {
    const path = newPath();
    await elsewhere(
      path,
      `const store = Store.open(path, ${64 * MiB});
       const id = store.addSession(${JSON.stringify(SESSION)});
       for (let n = 1; n <= 50; n++) store.transaction(() => store.log(id, "game.ended", "${AT}", "{}"));
       process.kill(process.pid, "SIGKILL");`,
    );
    expect(existsSync(`${path}-wal`)).toBe(true);
    // Its version and whose it is stand in the file itself, where the next server looks for them, not in the log alone.
    const header = readFileSync(path);
    expect([header.readInt32BE(60), header.toString("latin1", 68, 72)]).toEqual([MIGRATIONS.length, "PTLN"]);
    expect(openStore(path).events(1, 0, 100)).toHaveLength(50);
  }, 60_000);

  test("[S20] a full disk refuses what is new, keeps what is old, and can be read", () => {
    const path = newPath();
    const store = Store.open(path, MiB / 4);
    const id = store.addSession(SESSION);
    const told: number[] = [];
    let caught: unknown;
    while (caught === undefined && told.length < 10_000) {
      try {
        told.push(store.transaction(() => store.log(id, "game.ended", AT, body(told.length + 1))));
      } catch (error) {
        caught = error;
      }
    }
    expect(Store.isFailure(caught)).toBe(true);
    expect(told.length).toBeGreaterThan(100);
    const bodies = (from: Store) => from.events(id, 0, 20_000).map((event) => event.body);
    const kept = told.map((_, index) => body(index + 1));
    expect(bodies(store)).toEqual(kept);
    expect(store.session(id)).toMatchObject(SESSION);
    store.endSession(id, 3);
    store.close();
    expect(statSync(path).size).toBeLessThanOrEqual(MiB / 4);

    const larger = openStore(path);
    expect(bodies(larger)).toEqual(kept);
    expect(larger.session(id)?.endedAt).toBe(3);
    expect(larger.log(id, "game.ended", AT, "{}")).toBe(told.length + 1);
  });

  test("[S20] a bug is no write failure", () => {
    expect(Store.isFailure(new Error("disk full"))).toBe(false);
    expect(Store.isFailure(null)).toBe(false);
  });
});

describe("ids", () => {
  test("[S23] a transaction that is rolled back leaves no gap", () => {
    const store = openStore();
    const session = store.addSession(SESSION);
    const log = () => store.log(session, "game.ended", AT, "{}");
    expect(log()).toBe(1);
    const failing = () =>
      store.transaction(() => {
        expect([log(), log()]).toEqual([2, 3]);
        throw new Error("oops");
      });
    expect(failing).toThrow("oops");
    expect(() => store.log(99, "game.ended", AT, "{}")).toThrow("FOREIGN KEY");
    expect([log(), log()]).toEqual([2, 3]);
    expect(store.events(session, 0, 9).map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  test("[S23] go on after a restart, whatever became of the newest", () => {
    const path = written(3);
    const db = new Database(path);
    db.run("DELETE FROM events WHERE id = 3");
    db.close(true);
    const store = openStore(path);
    expect(store.log(1, "game.ended", AT, "{}")).toBe(4);
    expect(store.addSession(SESSION)).toBe(2);
  });
});

describe("a file of ours", () => {
  test("[S20] is made for its owner alone, also from an empty one, and nothing is left beside it", () => {
    const empty = newPath();
    for (const path of [newPath(), empty]) {
      if (path === empty) writeFileSync(path, "", { mode: 0o644 });
      const store = Store.open(path, MiB);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600);
      store.close();
      expect(readdirSync(dirname(path))).toEqual(["sessions.sqlite"]);
    }
  });

  test("[S21] is in use while another store has it, in this process or another, even one that has written nothing", async () => {
    const paths = [newPath(), written(1)];
    const stores = paths.map((path) => Store.open(path, MiB));
    for (const path of paths) {
      const link = join(dirname(path), "link.sqlite");
      symlinkSync(path, link);
      // Not by `refusal`: reading the bytes of an open file unlocks it, and so would a look of the store's own at its header.
      for (const name of [path, link]) expect(() => openStore(name)).toThrow(`${name} is in use by another server`);
    }
    const tried = await Promise.all(paths.map((path) => elsewhere(path, TRY)));
    for (const [index, path] of paths.entries()) {
      expect(tried[index]).toStartWith(`StoreInUseError ${path} is in use by another server`);
    }
    for (const store of stores) store.close();
    expect(await Promise.all(paths.map((path) => elsewhere(path, TRY)))).toEqual(["taken", "taken"]);
  }, 60_000);

  test.skipIf(!existsSync("/proc/self/fd"))(
    "[S20] its log is put on the disk beside the loop, which neither unlocks the file nor leaves anything open",
    async () => {
      const path = newPath();
      const store = Store.open(path, 64 * MiB);
      store.sync();
      const open = () => readdirSync("/proc/self/fd").filter((fd) => isLinkTo(fd, `${path}-wal`)).length;
      const byStore = open();
      for (let n = 0; n < 3; n++) {
        store.transaction(() => store.addSession(SESSION));
        store.sync();
        expect(open()).toBe(byStore + 1);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await elsewhere(path, TRY)).toStartWith("StoreInUseError");
      // Once more, and closed before the disk has it.
      store.transaction(() => store.addSession(SESSION));
      store.sync();
      store.close();
      store.sync();
      const deadline = performance.now() + 10_000;
      while (open() > 0 && performance.now() < deadline) await Bun.sleep(1);
      expect(open()).toBe(0);
      expect(openStore(path).sessions(null, 10)).toHaveLength(4);
    },
    60_000,
  );

  test("[S20] its log is folded into it when it has some 16 MiB, and begins anew", () => {
    const path = newPath();
    const store = openStore(path);
    store.transaction(() => store.addSession(SESSION));
    const sizes = () => [statSync(path).size / MiB, statSync(`${path}-wal`).size / MiB] as const;
    let before = 0;
    for (let n = 0; sizes()[0] < 1 && n < 10_000; n++) {
      before = sizes()[1];
      store.transaction(() => store.log(1, "game.ended", AT, "x".repeat(8_000)));
    }
    expect(before).toBeGreaterThan(15);
    for (let n = 0; n < 500; n++) store.transaction(() => store.log(1, "game.ended", AT, "x".repeat(8_000)));
    expect(sizes()[1]).toBeLessThan(17);
  }, 60_000);

  test("[S21] that was killed while its log was being folded in is whole", () => {
    const path = written(10);
    const [store, copy] = [Store.open(path, 64 * MiB), newPath()];
    for (let n = 1; n <= 200; n++) store.log(1, "game.ended", AT, body(n));
    copyFileSync(path, copy);
    copyFileSync(`${path}-wal`, `${copy}-wal`);
    store.close();
    // The first page says already how long the file is going to be.
    const file = openSync(copy, "r+");
    writeSync(file, readFileSync(path), 0, 4096, 0);
    closeSync(file);
    expect(openStore(copy).events(1, 0, 1000)).toHaveLength(210);
  }, 60_000);
});

const TRY = `
  try {
    Store.open(path, 1e6).close();
    console.log("taken");
  } catch (error) {
    console.log(error.constructor.name, error.message);
  }`;

describe("a file that is not taken stays as it was:", () => {
  /** A database of somebody else. */
  function foreign(path: string, ...sql: string[]): Database {
    const db = new Database(path);
    for (const statement of ["CREATE TABLE diary (page TEXT)", "INSERT INTO diary VALUES ('dear')", ...sql]) {
      db.run(statement);
    }
    return db;
  }

  test("[S21] no database at all", () => {
    for (const text of ["x", "SQLite format 3", "dear diary ".repeat(1000), "\0".repeat(8192)]) {
      const path = newPath();
      writeFileSync(path, text);
      expect(refusal(path)).toContain("is not a SQLite database");
    }
  });

  test("[S21] a database of somebody else, marked or not, empty or not", () => {
    const cases = [[], ["PRAGMA application_id = 7"], ["DROP TABLE diary"], ["PRAGMA journal_mode = WAL"]];
    for (const sql of cases) {
      const path = newPath();
      foreign(path, ...sql).close(true);
      expect(refusal(path)).toContain("is a database of another program");
    }
  });

  test("[S21] a database of somebody else with a log beside it that is not folded in", () => {
    const [path, copy] = [newPath(), newPath()];
    const db = foreign(path, "PRAGMA journal_mode = WAL", "INSERT INTO diary VALUES ('diary')");
    copyFileSync(path, copy);
    copyFileSync(`${path}-wal`, `${copy}-wal`);
    db.close(true);
    expect(statSync(`${copy}-wal`).size).toBeGreaterThan(0);
    expect(refusal(copy)).toContain("is a database of another program");
  });

  test("[S21] a log without its file", () => {
    for (const size of [null, 0]) {
      const path = newPath();
      writeFileSync(`${path}-wal`, "all that is left");
      if (size === 0) writeFileSync(path, "");
      expect(refusal(path)).toContain("bring back the file");
    }
  });

  test("[S21] one of a newer version", () => {
    const path = written(3);
    const db = new Database(path);
    db.run("PRAGMA user_version = 99");
    db.close(true);
    expect(refusal(path)).toContain("was written by a newer Partyline (version 99");
  });

  test("[S21] one of a newer version that was killed before its file said so", async () => {
    const path = written(3);
    await elsewhere(
      path,
      `const { Database } = await import("bun:sqlite");
       new Database(path).run("PRAGMA user_version = 99");
       process.kill(process.pid, "SIGKILL");`,
    );
    expect(readFileSync(path).readInt32BE(60)).toBeLessThan(99);
    expect(() => openStore(path)).toThrow("was written by a newer Partyline (version 99");
    const db = new Database(path, { readonly: true });
    expect(db.query("SELECT count(*) AS count FROM events").get()).toEqual({ count: 3 });
    db.close(true);
  });

  test("[S21] one that was cut short", () => {
    for (const bytes of [50, 100, 4096, 8192, 4096 * 20 + 1]) {
      const path = written(500);
      truncateSync(path, bytes);
      expect(refusal(path)).toMatch(/is damaged|is not a SQLite database/);
    }
  });

  test("[S21] one whose head is spoilt", () => {
    const spoil: readonly [at: number, text: string][] = [
      [0, "sqlite"],
      [16, "\u0003\u0003"],
      [18, "\u0009\u0009"],
      [100, "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff"],
      [2048, "\u00ff".repeat(2048)],
    ];
    for (const [at, text] of spoil) {
      const path = written(10);
      const file = openSync(path, "r+");
      writeSync(file, Buffer.from(text, "latin1"), 0, text.length, at);
      closeSync(file);
      expect(refusal(path)).toMatch(/is damaged|is not a SQLite database|cannot be used/);
    }
  });

  test("[S21] a folder, and a file in no folder", () => {
    const path = newPath();
    mkdirSync(path);
    expect(refusal(path)).toContain("is not a file");
    const nowhere = join(path, "nowhere", "sessions.sqlite");
    expect(() => openStore(nowhere)).toThrow(StoreError);
    expect(() => openStore("")).toThrow(StoreError);
  });

  // Root may read everything: there is nothing to test then.
  if (process.getuid?.() !== 0) {
    test("[S21] one that may not be read, or not be written", () => {
      const path = written(3);
      chmodSync(path, 0o000);
      expect(() => openStore(path)).toThrow("cannot be opened");
      chmodSync(path, 0o400);
      expect(() => openStore(path)).toThrow("cannot be used");
    });
  }
});
