// What the parts tell each other only where they meet: the log lines of a server whose file fails.
import { Database, SQLiteError } from "bun:sqlite";
import { afterEach, expect, test } from "bun:test";
import { systemClock } from "../src/clock.ts";
import { Store } from "../src/sessions/store/store.ts";
import { Client } from "./support/client.ts";
import { startServer, type TestServer } from "./support/server.ts";

const ended: TestServer[] = [];
afterEach(async () => {
  for (const server of ended.splice(0)) await server.stop();
});

/** What SQLite throws when its disk is full. */
function diskFull(): SQLiteError {
  const db = new Database(":memory:");
  db.run("PRAGMA max_page_count = 1");
  try {
    db.run("CREATE TABLE t (a)");
    db.run("INSERT INTO t VALUES (zeroblob(100000))");
  } catch (error) {
    if (error instanceof SQLiteError) return error;
  } finally {
    db.close();
  }
  throw new Error("the disk was not full");
}

test("[S25] that sessions cannot be kept is logged once, and once when they can be again", async () => {
  const store = Store.open(":memory:", 64 * 1024 * 1024);
  const server = startServer({}, systemClock, store);
  ended.push(server);
  const lines = () => server.logged.map((line) => JSON.parse(line).msg).filter((msg) => msg.startsWith("sessions"));
  const tv = await Client.connect(server.url);
  await tv.ask({ type: "create", clientId: "tv", maxClients: 2 });
  const works = store.transaction;
  store.transaction = () => {
    throw diskFull();
  };
  for (let n = 0; n < 3; n++) expect(await tv.ask({ type: "session.start" })).toMatchObject({ code: "not_kept" });
  expect(lines()).toEqual(["sessions are not kept"]);
  store.transaction = works;
  expect(await tv.ask({ type: "session.start" })).toMatchObject({ type: "session.started" });
  expect(lines()).toEqual(["sessions are not kept", "sessions are kept again"]);
  await tv.ask({ type: "session.end" });
  expect(lines()).toHaveLength(2);
});
