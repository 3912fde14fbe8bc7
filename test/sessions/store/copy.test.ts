// A copy of the file that was read piece by piece while another wrote: right as long as its log was not begun anew, and told from one that is not.
import { afterEach, expect, test } from "bun:test";
import { copyFileSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { foldCopy, logLife } from "../../../src/sessions/store/copy.ts";
import { Store, StoreError } from "../../../src/sessions/store/store.ts";
import { type Folder, folderOf } from "../../support/folder.ts";

const MIB = 1024 * 1024;
/** Long enough that the log is folded in, and begun anew, after some hundred of them. */
const BODY = `"${"x".repeat(MIB / 8)}"`;
/** More than the log holds before it is folded in. */
const LOG_FULL = 160;

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0).reverse()) end();
});

function open(): { folder: Folder; path: string; store: Store; session: number } {
  const folder = folderOf();
  const path = join(folder.path, "sessions.sqlite");
  const store = Store.open(path, 512 * MIB);
  ends.push(
    () => folder[Symbol.dispose](),
    () => store.close(),
  );
  const session = store.addSession({ createdAt: 1, notes: null, roomCode: null, roomId: null, startedBy: "token" });
  return { folder, path, store, session };
}

const write = (store: Store, session: number, count: number) => {
  // Each in one commit: the log is folded in at the end of one, and begun anew by the next.
  for (let n = 0; n < count; n++)
    store.transaction(() => store.log(session, "custom", "2026-11-27T00:00:00.000Z", BODY));
};

/** Events in a copy. */
function eventsIn(path: string, session: number): number {
  const copy = Store.open(path, 512 * MIB);
  const count = copy.events(session, 0, 100_000).length;
  copy.close();
  return count;
}

test("[O2] the life of a log lasts until it is begun anew, and a copy within one life is of the moment its log was read", () => {
  const { folder, path, store, session } = open();
  const copy = join(folder.path, "copy.sqlite");
  write(store, session, 1);
  const life = logLife(path);
  expect(life).toHaveLength(64);
  copyFileSync(path, copy);
  const sizeBefore = statSync(path).size;
  // Folded into the file between the two copies: what was copied of the file is of two times then.
  let written = 1;
  while (statSync(path).size === sizeBefore) {
    write(store, session, 1);
    written++;
  }
  expect(written).toBeGreaterThan(100);
  copyFileSync(`${path}-wal`, `${copy}-wal`);
  expect(logLife(path)).toBe(life);
  foldCopy(copy);
  expect(eventsIn(copy, session)).toBe(written);
  // The next word begins the log anew.
  write(store, session, 1);
  expect(logLife(path)).not.toBe(life);
});

test("[O2] a copy over two lives is told from a right one, and would have been wrong", () => {
  const { folder, path, store, session } = open();
  const copy = join(folder.path, "copy.sqlite");
  write(store, session, 1);
  const life = logLife(path);
  copyFileSync(path, copy);
  write(store, session, LOG_FULL);
  copyFileSync(`${path}-wal`, `${copy}-wal`);
  expect(logLife(path)).not.toBe(life);
  let found: number | string;
  try {
    foldCopy(copy);
    found = eventsIn(copy, session);
  } catch (error) {
    found = (error as Error).message;
  }
  expect(found).not.toBe(LOG_FULL + 1);
});

test("[O2] a copy that is damaged, or none, is refused", () => {
  const { folder, path, store, session } = open();
  write(store, session, 8);
  store.close();
  ends.pop();
  const copy = join(folder.path, "copy.sqlite");
  copyFileSync(path, copy);
  foldCopy(copy);
  truncateSync(copy, MIB / 2);
  expect(() => foldCopy(copy)).toThrow(StoreError);
  folder.write("none.sqlite", "no database, though it has some bytes of text in it");
  expect(() => foldCopy(join(folder.path, "none.sqlite"))).toThrow(StoreError);
});
