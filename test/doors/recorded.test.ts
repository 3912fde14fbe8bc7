// What the recorder is told, each kind by a client that does it; and that nothing of it is a name, a word or an address.
import { afterEach, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Store } from "../../src/sessions/store/store.ts";
import { SnapshotFile } from "../../src/snapshot/file.ts";
import { Client } from "../support/client.ts";
import { ManualClock } from "../support/clock.ts";
import { Operator } from "../support/operator.ts";
import { RawClient } from "../support/raw.ts";
import { SECRET, startServer } from "../support/server.ts";
import { CREATE, join as joinNumber, PATH } from "../support/sessionserver.ts";
import { numbered, only, openRoom, range, reaches, stages, turn } from "../support/stage.ts";

const stage = stages();
const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function scene(env: Record<string, string> = {}, clock = new ManualClock()) {
  const { server } = stage(env, clock);
  return { server, clock, operator: await Operator.at(server) };
}

/** Opens a room whose seats wait for a minute. */
async function openWaiting(url: string) {
  const host = await Client.connect(url);
  const { room } = await host.ask({ type: "create", clientId: "host", maxClients: 8, away: 60, secret: "s" });
  return { host, code: String(room) };
}

describe("of a room", () => {
  test("[M9] who comes and goes, and why", async () => {
    const { server, operator, clock } = await scene();
    const { host, code } = await openWaiting(server.url);
    const join = async (clientId: string) => {
      const guest = await Client.connect(server.url);
      expect(await guest.ask({ type: "join", room: code, clientId, secret: clientId })).toMatchObject({
        type: "joined",
      });
      return guest;
    };
    const ann = await join("ann");
    await ann.ask({ type: "leave" });
    const bob = await join("bob");
    clock.advance(6_000);
    await bob.close(1001);
    await operator.sees(code, "away");
    const back = await join("bob");
    const other = await join("bob");
    await back.closed;
    host.send({ type: "kick", clientId: "bob", reason: "enough" });
    await other.closed;
    const cleo = await join("cleo");
    await cleo.close();
    await operator.sees(code, "left");
    clock.advance(60_000);
    await turn(server);
    expect(await operator.record(code)).toEqual([
      ["opened"],
      ["joined", 1],
      ["left", 1, "left"],
      ["joined", 2],
      ["closed", 2, 1001],
      ["away", 2],
      ["back", 2],
      ["takenOver", 2],
      ["kicked", 2],
      ["joined", 3],
      ["closed", 3, 1005],
      ["away", 3],
      ["left", 3, "timeout"],
      // Nor has the host answered a ping for a minute.
      ["closed", 0, "no sign of life", 4104],
      ["away", 0],
      ["host"],
    ]);
  });

  test("[M9] the lock, the host, and the end, also of the last member's leaving", async () => {
    const { server, operator } = await scene();
    const { host, guests, code } = await openRoom(server.url);
    for (const locked of [true, false]) host.send({ type: "lock", locked });
    host.send({ type: "make_host", clientId: "guest-1" });
    await host.upToFence();
    await only(guests).close();
    await host.next();
    await host.ask({ type: "leave" });
    expect(await operator.record(code)).toEqual([
      ["opened"],
      ["joined", 1],
      ["locked"],
      ["unlocked"],
      ["host", 1],
      ["closed", 1, 1005],
      ["left", 1, "lost"],
      ["host"],
      ["left", 0, "left"],
      ["ended"],
    ]);
  });

  test("[M9] a room that its host closes: its end, and nothing of each line", async () => {
    const { server, operator } = await scene();
    const { host, code } = await openRoom(server.url, 3);
    host.send({ type: "close_room", reason: "good night" });
    await host.closed;
    expect(await operator.record(code)).toEqual([["opened"], ["joined", 1], ["joined", 2], ["joined", 3], ["ended"]]);
  });

  test("[M9][R47] a room that is known by its number has it in each entry, and a code", async () => {
    const { server, operator } = await scene();
    const host = await Client.connect(server.url + PATH);
    await host.ask(CREATE);
    await (await Client.connect(server.url + PATH)).ask(joinNumber(0));
    const { events, rooms } = (await operator.monitor()) as { events: object[]; rooms: { code: string }[] };
    const room = rooms[0]?.code;
    expect(events).toMatchObject([
      { kind: "opened", number: 0, dialect: "sessionserver", room },
      { kind: "joined", seat: 1, number: 0, dialect: "sessionserver", room },
    ]);
  });

  test("[M9][R48] a room that a restart has brought back, with the members that wait", async () => {
    const folder = await mkdtemp(join(tmpdir(), "partyline-recorder-"));
    folders.push(folder);
    const clock = new ManualClock();
    const store = Store.open(":memory:", 64 * 1024 * 1024);
    const file = () => new SnapshotFile(join(folder, "rooms.snapshot"), SECRET);
    const first = startServer({ DRAIN_SECONDS: "0" }, clock, store, file());
    const { code } = await openWaiting(first.url);
    const gone = first.drain();
    // The drain looks again a beat later whether a line is left.
    while ((await Promise.race([gone, turnOf(clock)])) !== true);
    const second = startServer({}, clock, store, file());
    const operator = await Operator.at(second);
    expect(await operator.record(code)).toEqual([["restored"]]);
    expect((await operator.room(code)).members).toMatchObject([{ index: 0, here: false, leftMs: 120_000 }]);
    await second.stop();
  });
});

/** Lets a beat pass, and the promises that wait for it. */
function turnOf(clock: ManualClock): Promise<false> {
  clock.advance(100);
  return new Promise((resolve) => setImmediate(() => resolve(false)));
}

describe("of a line", () => {
  test("[M9] which refusal: of a member in its room, of a join the room that refuses, of a stranger none", async () => {
    const { server, operator } = await scene();
    const { host, guests, code } = await openRoom(server.url, 1, {}, 2);
    await host.ask({ type: "send", to: "nobody", data: 1 });
    await only(guests).ask({ type: "lock", locked: true });
    const stranger = await Client.connect(server.url);
    await stranger.ask({ type: "join", room: code, clientId: "late" });
    expect(await operator.record(code)).toEqual([
      ["opened"],
      ["joined", 1],
      ["refused", 0, "target_not_found"],
      ["refused", 1, "not_host"],
      ["refused", "room_full"],
    ]);
    await stranger.ask({ type: "join", room: "ZZZZ", clientId: "late" });
    await stranger.ask("no JSON");
    const { events } = await operator.monitor();
    expect((events as object[]).slice(-2)).toMatchObject([
      { kind: "refused", what: "room_not_found", room: null, dialect: "party", seat: null },
      { kind: "refused", what: "invalid_json", room: null, dialect: "party" },
    ]);
  });

  test("[M9] that it was paused, for which bucket, and that it flooded", async () => {
    const { server, operator, clock } = await scene({ MESSAGES_PER_SECOND: "1" });
    const { guests, code } = await openRoom(server.url);
    numbered(only(guests), 0, 60);
    await reaches(server, "partyline_pauses_total", 1);
    expect((await operator.record(code)).at(-1)).toEqual(["paused", 1, "messages"]);
    for (const _ of range(0, 12)) {
      clock.advance(1_000);
      await turn(server);
    }
    await operator.sees(code, "flooded");
    expect((await operator.record(code)).slice(-2)).toEqual([
      ["flooded", 1, "too fast", 4101],
      ["left", 1, "lost"],
    ]);
  });

  test("[M9] that it read too slowly", async () => {
    const { server, operator, clock } = await scene({
      ...{ BYTES_PER_SECOND: "1000000000", HOST_MESSAGES_PER_SECOND: "100000", MESSAGES_PER_SECOND: "100000" },
      ROOM_OUT_BYTES_PER_SECOND: "1000000000",
    });
    const { host, code } = await openRoom(server.url, 0);
    const sleeper = await RawClient.connect(server.url);
    sleeper.send(JSON.stringify({ type: "join", clientId: "sleeper", room: code }));
    await sleeper.next();
    sleeper.socket.pause();
    const FILLER = "x".repeat(60_000);
    for (const n of range(0, 200)) host.send({ type: "send", to: "sleeper", data: { n, FILLER } });
    await host.upToFence();
    const { members } = (await operator.room(code)) as { members: { unreadBytes: number }[] };
    expect(members[1]?.unreadBytes).toBeGreaterThan(1_000_000);
    clock.advance(1_100);
    await operator.sees(code, "unread");
    expect((await operator.record(code)).slice(-2)).toEqual([
      ["unread", 1, "too slow a reader", 4102],
      ["left", 1, "lost"],
    ]);
    sleeper.destroy();
  }, 60_000);

  test("[M9] that it was closed as dead, in no room", async () => {
    const { server, operator, clock } = await scene();
    await Client.connect(server.url);
    clock.advance(70_000);
    await reaches(server, 'partyline_closes_total{code="4104"}', 1);
    expect(await operator.recorded()).toEqual([["closed", "no sign of life", 4104]]);
  });

  test("[M9] a fault on it", async () => {
    class BrokenClock extends ManualClock {
      isBroken = false;
      override now(): number {
        if (!this.isBroken) return super.now();
        this.isBroken = false;
        throw new Error("the clock is broken");
      }
    }
    const clock = new BrokenClock();
    const { server, operator } = await scene({}, clock);
    const { guests, code } = await openRoom(server.url);
    clock.isBroken = true;
    only(guests).send({ type: "ping" });
    await only(guests).closed;
    expect((await operator.record(code)).slice(-3)).toEqual([
      ["fault", 1],
      ["closed", 1, 1011],
      ["left", 1, "lost"],
    ]);
  });
});

describe("nothing else", () => {
  test("[M9] no message, no state, no name, however many", async () => {
    const { server, operator } = await scene();
    const { host, guests, code } = await openRoom(server.url);
    numbered(host, 0, 30);
    only(guests).send({ type: "set_player", data: 1 });
    host.send({ type: "set_state", data: 1 });
    await host.upToFence();
    await only(guests).upToFence();
    expect(await operator.record(code)).toEqual([["opened"], ["joined", 1]]);
  });

  test("[M8] RECORDER_EVENTS=0: nothing at all, and the answers say so", async () => {
    const { server, operator } = await scene({ RECORDER_EVENTS: "0" });
    const { code } = await openRoom(server.url);
    expect(await operator.monitor()).toMatchObject({ events: [], next: 0, missed: 0, recording: false });
    expect(await operator.record(code)).toEqual([]);
    expect(await operator.api.refusal("GET", "/api/rooms/ZZZZ/record")).toEqual([404, "Room not found"]);
  });

  test("[M8] RECORDER_EVENTS is how many are held", async () => {
    const { server, operator } = await scene({ RECORDER_EVENTS: "4" });
    const { code } = await openRoom(server.url, 6);
    expect(await operator.record(code)).toEqual(range(3, 7).map((seat) => ["joined", seat]));
    expect(await operator.monitor("?since=0")).toMatchObject({ next: 7, missed: 3, recording: true });
    expect(await operator.monitor("?since=999")).toMatchObject({ next: 7, missed: 3 });
    expect(await operator.monitor("?since=7")).toMatchObject({ events: [], next: 7, missed: 0 });
  });
});
