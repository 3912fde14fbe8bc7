// A server that is killed and one that is stopped, each with the next one on its port and folder: what the client can know, and what it says.
import { expect, test } from "bun:test";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Valve } from "../../clients/bots/valve.ts";
import { createRoom, joinRoom } from "../../clients/js/src/index.ts";
import { startChild } from "../support/child.ts";
import { freePort } from "../support/server.ts";
import { holds, notes, outcome } from "./stage.ts";

interface Play {
  readonly tv: Awaited<ReturnType<typeof createRoom>>;
  readonly ann: Awaited<ReturnType<typeof joinRoom>>;
  readonly valve: Valve;
  /** Ends the server by that signal and starts the next one. */
  restart(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
}

async function play(run: (play: Play) => Promise<void>): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), "partyline-sdk-"));
  const env = { DATA_DIR: dataDir, PORT: `${await freePort()}`, LIMITS: "off", DRAIN_SECONDS: "0" };
  let server = await startChild(env);
  const valve = await Valve.open(server.url);
  const tv = await createRoom({ url: server.url, maxClients: 4, name: "TV" });
  const ann = await joinRoom({ url: valve.url, room: tv.code, name: "Ann" });
  const snapshot = join(dataDir, "rooms.snapshot");
  const written = async () => (await stat(snapshot).catch(() => null))?.mtimeMs ?? 0;
  try {
    // The second one that is written from here on holds both of them for certain.
    for (let round = 0; round < 2; round++) {
      const before = await written();
      await tv.setState(round);
      while ((await written()) === before) await Bun.sleep(20);
    }
    const restart = async (signal: "SIGKILL" | "SIGTERM") => {
      server.process.kill(signal);
      await server.ended;
      server = await startChild(env);
    };
    await run({ tv, ann, valve, restart });
  } finally {
    await Promise.all([tv.leave(), ann.leave()]);
    await valve.close();
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

test("after a crash what was sent and not answered is unknown, what waited is said, and all is fresh", async () => {
  await play(async ({ tv, ann, valve, restart }) => {
    const heard = notes(tv, "message");
    valve.stall("down");
    const sent = outcome(ann.send("sent"));
    await holds(() => heard.length === 1);
    const fresh = [ann.next("fresh"), tv.next("fresh")];
    valve.refuses = true;
    valve.cut();
    await holds(() => ann.status === "away");
    const waits = ann.send("waited");
    await restart("SIGKILL");
    await holds(() => tv.status === "here");
    valve.refuses = false;
    await Promise.all(fresh);
    expect(await sent).toBe("unknown");
    expect(await waits).toMatchObject({ delivered: 1 });
    await holds(() => heard.length === 2);
    expect(heard.map(([, data]) => data)).toEqual(["sent", "waited"]);
    expect([ann.status, tv.isHost, tv.state]).toEqual(["here", true, 1]);
  });
}, 60_000);

test("over a stop everything goes on, and nothing is unknown or told twice", async () => {
  await play(async ({ tv, ann, valve, restart }) => {
    const heard = notes(tv, "message");
    const fresh = notes(ann, "fresh");
    valve.stall("down");
    const sent = ann.send("sent");
    await holds(() => heard.length === 1);
    await restart("SIGTERM");
    expect(await sent).toEqual({});
    await tv.send("to her", { to: ann.me });
    await ann.send("after it");
    await holds(() => heard.length === 2);
    expect(heard.map(([, data]) => data)).toEqual(["sent", "after it"]);
    expect(fresh).toEqual([]);
  });
}, 60_000);
