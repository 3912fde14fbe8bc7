// What is taken for a room when it comes from a disk: records of this layout and of the one before, whole, and nothing else. The golden
// files tie the layout's number to what a record looks like: a change of one without the other turns red here.
import { afterEach, describe, expect, test } from "bun:test";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { Dialects } from "../../src/dialects/index.ts";
import { DEFAULT_LIMITS } from "../../src/limits/table.ts";
import { openLog } from "../../src/log.ts";
import type { RoomRecord } from "../../src/rooms/record.ts";
import { SnapshotFile } from "../../src/snapshot/file.ts";
import { Flaw, isReadable, LAYOUT, Layout, readRecord } from "../../src/snapshot/layouts.ts";
import { SnapshotSchedule } from "../../src/snapshot/schedule.ts";
import { Client } from "../support/client.ts";
import { ManualClock } from "../support/clock.ts";
import { core } from "../support/core.ts";
import { startServer, type TestServer } from "../support/server.ts";

const GOLDEN = join(import.meta.dir, "golden");

/** What is the same for both: a type that grows in one place alone does not compile. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Mutable<T> = T extends readonly (infer I)[]
  ? Mutable<I>[]
  : T extends object
    ? { -readonly [K in keyof T]: Mutable<T[K]> }
    : T;
const isSameType: Same<Mutable<RoomRecord>, Mutable<z.infer<typeof Layout>>> = true;

const golden: unknown = await Bun.file(join(GOLDEN, `layout-${LAYOUT}.json`)).json();
const goldenSchema: unknown = await Bun.file(join(GOLDEN, `layout-${LAYOUT}.schema.json`)).json();

function read(record: unknown, layout = LAYOUT): RoomRecord | string {
  const result = readRecord(typeof record === "string" ? record : JSON.stringify(record), layout);
  return result instanceof Flaw ? result.reason : result;
}

/** A room with every kind of thing in it, as its record. */
function everything(): RoomRecord {
  const { create, join, ask, relay, rooms, clock } = core({ ...DEFAULT_LIMITS });
  const rules = { awayMs: 600_000, historyMax: 64, hostGone: "migrate", audienceMax: 500 } as const;
  const { code, line } = create("tv", { secret: "tv's", state: '{"level":1}', rules, wireData: "of its wire" });
  const ann = join(code, "ann", { name: "Ann", secret: "ann's" });
  const bob = join(code, "bob");
  join(code, "troll", { secret: "troll's" });
  join(code, "eve", { as: "audience", secret: "eve's" });
  ask(line, { kind: "sessionStart", notes: "Friday" });
  ask(line, { kind: "setState", body: '{"level":2}' });
  ask(ann.line, { kind: "setPlayer", body: '{"hat":"é"}', shape: null });
  ask(ann.line, { kind: "send", to: null, body: "9007199254740993" });
  ask(ann.line, { kind: "send", to: ["tv", "bob"], body: '"for two"' });
  ask(line, { kind: "kick", clientId: "troll", reason: null, ban: true });
  ask(line, { kind: "lock", locked: true });
  ask(line, { kind: "makeHost", clientId: "ann" });
  relay.gone(bob.line, "lost");
  clock.advance(1_000);
  join(code, "bob", { name: "Bob" });
  ask(ann.line, { kind: "timerSet", timer: "round", ms: 30_000, label: "Round 2", pauses: false });
  ask(ann.line, { kind: "timerSet", timer: "end", ms: 1_000, label: null, pauses: false });
  const hats = {
    poll: "hats",
    ask: "many",
    options: ["Top", "Straw"],
    who: "all",
    changes: true,
    show: "live",
  } as const;
  ask(ann.line, { kind: "pollOpen", question: hats, ms: 30_000 });
  ask(ann.line, { kind: "answer", poll: "hats", value: { choices: [0, 1] } });
  ask(ann.line, { kind: "pollOpen", question: { ...hats, poll: "why", ask: "text", options: [] }, ms: null });
  ask(ann.line, { kind: "answer", poll: "why", value: { text: "Because" } });
  ask(ann.line, { kind: "pollOpen", question: { ...hats, poll: "buzz", ask: "first", options: [] }, ms: null });
  ask(ann.line, { kind: "answer", poll: "buzz", value: {} });
  ask(line, { kind: "leave" });
  ask(ann.line, { kind: "setPrivate", clientId: "bob", body: '["A♠"]' });
  clock.advance(1_000);
  relay.gone(ann.line, "lost");
  const [record] = [...rooms.records(true)];
  if (record === undefined) throw new Error("there is no room");
  return record;
}

describe("the layout", () => {
  test("[R50] its golden schema: a record that looks otherwise is another layout, with a number and a migration of its own", () => {
    expect(isSameType).toBe(true);
    expect(JSON.parse(JSON.stringify(z.toJSONSchema(Layout)))).toEqual(goldenSchema);
  });

  test("[R48] its golden record is read, becomes a room, and is written as it was", () => {
    const record = read(golden);
    if (typeof record === "string") throw new Error(record);
    const { rooms } = core();
    expect(rooms.restore(record, true)).not.toBeNull();
    const [again] = [...rooms.records(true)];
    expect(again && { ...again, seats: [] }).toEqual({ ...record, seats: [] });
    expect(again?.seats.map((seat) => ({ ...seat, awaySince: null }))).toEqual(
      record.seats.map((seat) => ({ ...seat, awaySince: null })),
    );
  });

  test("[R48] a room with everything in it is of this layout, event for event", () => {
    const record = everything();
    expect(read(record)).toEqual(record);
    const kinds = (of: RoomRecord): string[] => [...new Set(of.history?.told.map(({ event }) => event.kind))].sort();
    const goldenKinds = kinds(golden as RoomRecord);
    // Rooms that share have no history on any wire there is.
    expect(goldenKinds).toEqual(
      [...new Set(z.toJSONSchema(Layout.shape.history).anyOf?.flatMap(kindsIn))]
        .filter((kind) => kind !== "shared")
        .sort(),
    );
    for (const kind of kinds(record)) expect(goldenKinds).toContain(kind);
  });
});

/** The kinds of event that a schema of a history knows. */
function kindsIn(schema: unknown): string[] {
  return Array.from(
    JSON.stringify(schema).matchAll(/"kind":\{"type":"string","const":"(\w+)"\}/g),
    ([, kind = ""]) => kind,
  );
}

describe("[R50] what is not taken for a room", () => {
  const good = golden as Record<string, unknown> & {
    readonly seats: Record<string, unknown>[];
    readonly history: { seq: number; told: Record<string, unknown>[] };
    readonly crowd: { readonly timers: Record<string, unknown>[] };
  };
  const seats = good.seats;
  const { history } = good;
  const first = history.told[0] as { event: object };
  const timer = good.crowd.timers[0];
  const lastSeq = Number(history.told.at(-1)?.seq);
  const inHistory = (told: unknown) => ({ ...good, history: { ...history, told: [told] } });
  const cases: readonly [string, unknown][] = [
    ["no JSON", "{"],
    ["no object", "[]"],
    ["nothing", "null"],
    // Few rooms have anything beside seats.
    ...Object.keys(good)
      .filter((field) => field !== "crowd")
      .map((field): [string, unknown] => [`one without ${field}`, { ...good, [field]: undefined }]),
    ["a timer that goes back", { ...good, crowd: { timers: [{ ...timer, leftMs: -1 }] } }],
    ["a part of the crowd that nobody knows", { ...good, crowd: { fireworks: [] } }],
    ["private data that is no JSON", { ...good, crowd: { privates: [{ clientId: "ann", body: "{" }] } }],
    ["one with a field that is not of it", { ...good, more: 1 }],
    ["a code that no room has", { ...good, code: "AB0D" }],
    ["no seats", { ...good, seats: [] }],
    ["a seat without a clientId", { ...good, seats: [{ ...seats[0], clientId: undefined }] }],
    ["two seats of one clientId", { ...good, seats: [seats[0], { ...seats[1], clientId: seats[0]?.clientId }] }],
    ["two seats of one index", { ...good, seats: [seats[0], { ...seats[1], index: seats[0]?.index }] }],
    [
      "an index that would be given again",
      { ...good, nextIndex: Math.max(...seats.map(({ index }) => Number(index))) },
    ],
    ["a state that is no JSON", { ...good, state: "}{" }],
    ["a member's data that is no JSON", { ...good, seats: [{ ...seats[0], player: "undefined" }] }],
    ["an event that nobody knows", inHistory({ ...first, event: { kind: "fireworks" } })],
    ["an event as it is inside", inHistory({ ...first, event: { kind: "peerJoined", peer: { clientId: "ann" } } })],
    [
      "a message whose body is no JSON",
      inHistory({ ...first, event: { kind: "message", clientId: "a", index: 0, body: "" } }),
    ],
    [
      "a session's event that ends its frame",
      inHistory({
        ...first,
        event: { kind: "session", id: 1, type: 'x","', timestamp: "2026-11-21T20:15:00.000Z", body: "{}" },
      }),
    ],
    ["numbers that go back", { ...good, history: { ...history, told: [...history.told].reverse() } }],
    ["a number twice", { ...good, history: { ...history, told: [first, first] } }],
    ["a number before the first", inHistory({ ...first, seq: 0 })],
    ["a number after the last", { ...good, history: { ...history, seq: lastSeq - 1 } }],
    ["a history where the rules have none", { ...good, rules: { ...(good.rules as object), historyMax: 0 } }],
    ["no history where the rules have one", { ...good, history: null }],
  ];
  test.each(cases)("%s", (_, record) => {
    expect(typeof read(record)).toBe("string");
  });

  test("[R50] the golden record in the first layout is read as it is in this one", () => {
    const { history, ...rest } = golden as RoomRecord;
    const told = history?.told.map(withNameTold) ?? [];
    expect(read(asLayout1(good), 1)).toEqual({ ...rest, history: history && { ...history, told } });
  });

  test("[R50] the golden record of layout 2 is read as it was, and one of a layout to come is not", async () => {
    const golden2: unknown = await Bun.file(join(GOLDEN, "layout-2.json")).json();
    const { history, ...rest } = golden2 as RoomRecord;
    expect(read(golden2, 2)).toEqual({
      ...rest,
      history: history && { ...history, droppedSeq: 0, told: history.told.map(withNameTold) },
    });
    // All after the oldest that was kept was kept.
    const told = history?.told.slice(3) ?? [];
    expect(read({ ...rest, history: { seq: 14, told } }, 2)).toMatchObject({
      history: { droppedSeq: (told[0]?.seq ?? 0) - 1 },
    });
    expect(read({ ...rest, history: { seq: 14, told: [] } }, 2)).toMatchObject({ history: { droppedSeq: 14 } });
    expect([0, 1, 2, 3, 4, 5].map(isReadable)).toEqual([false, true, true, true, true, false]);
  });

  test("[R50] the golden record of layout 3 is read: it has no crowd, and of who was back no name was told", async () => {
    const golden3 = (await Bun.file(join(GOLDEN, "layout-3.json")).json()) as RoomRecord;
    const told = golden3.history?.told.map((one) =>
      one.event.kind === "peerBack" ? { ...one, event: { ...one.event, name: null } } : one,
    );
    expect(read(golden3)).toBeString();
    expect(read(golden3, 3)).toEqual({
      ...golden3,
      history: golden3.history && { ...golden3.history, told: told ?? [] },
    });
    expect(read(golden3, 3)).not.toHaveProperty("crowd");
  });

  test("[R50] codes of either wire are taken", () => {
    for (const code of ["GXHB", "x7K3mP", "1111"]) expect(read({ ...good, code })).toMatchObject({ code });
    for (const code of ["x7K3m0", "x7K3ml", "x7KImP", "x7KOmP", "abc", "abcdefghj"]) {
      expect(typeof read({ ...good, code })).toBe("string");
    }
  });

  test.each(cases)("%s, in the first layout", (_, record) => {
    const isRoom = typeof record === "object" && record !== null;
    expect(typeof read(isRoom ? asLayout1(record) : record, 1)).toBe("string");
  });

  test("[R50] and why: no JSON, not of the layout before, or the field that is wrong", () => {
    expect([read("{"), read("{", 1)]).toEqual(["it is no JSON", "it is no JSON"]);
    expect(read("[]", 1)).toBe("it is not of its layout");
    expect(read({ ...good, nextIndex: 0 })).toBe("nextIndex: custom");
  });

  test("is told without a word of what it says", () => {
    for (const [, record] of cases) expect(read(record)).not.toMatch(/ann|tv|level|Friday/i);
  });
});

/** As layouts before the fourth did not say it: they knew no name of whoever was back. */
function withNameTold<T extends { readonly event: object }>(one: T): T {
  return "kind" in one.event && one.event.kind === "peerBack" ? { ...one, event: { ...one.event, name: null } } : one;
}

/** The record as 0.1.0 wrote it, whatever is missing in it. */
function asLayout1(record: object): unknown {
  const { wireData: memo, rules, history, ...rest } = record as Record<string, unknown>;
  const { awayMs, ...rules1 } = (rules ?? {}) as Record<string, unknown>;
  const told = (history as { told?: { event: Record<string, unknown> }[] } | undefined)?.told?.map((one) => {
    const { kind, clientId, index, name, player, body } = one.event;
    const peer = { clientId, index, name, player, isAway: false };
    if (kind === "peerJoined") return { ...one, event: { kind, peer } };
    if (kind === "message") return { ...one, event: { kind, from: { clientId, index, messageHead: null }, body } };
    return one;
  });
  const history1 = told === undefined ? history : { ...(history as object), told };
  return { ...rest, memo, awayMs, rules: rules && { ...rules1, isNumbered: false }, history: history1 };
}

const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "partyline-layouts-"));
  ended.push(() => rm(folder, { recursive: true }));
  return folder;
}

/** A server that starts on a snapshot, at the time it was written. */
function serverOn(path: string, secret: Uint8Array, writtenAt: number): TestServer {
  const clock = new ManualClock();
  clock.advance(writtenAt + 1_000 - clock.now());
  const server = startServer({}, clock, undefined, new SnapshotFile(path, secret, () => clock.now()));
  ended.push(() => server.stop());
  return server;
}

describe("a snapshot of version 0.1.0", () => {
  /** What the fixture was made with: a party of a TV and two phones, one of them cut off; a troll; a room of party2; a plain one. */
  const MADE = {
    secret: new TextEncoder().encode("a secret of a fixture, 0.1.0 wrote with it"),
    writtenAt: 1_795_694_579_058,
    room: "G753",
    epoch: "iHamv04TeA",
    since: 8,
  };

  async function server(): Promise<TestServer> {
    const path = join(await newFolder(), "rooms.snapshot");
    await copyFile(join(GOLDEN, "rooms-0.1.0.snapshot"), path);
    return serverOn(path, MADE.secret, MADE.writtenAt);
  }

  test("[R48] is taken up: code, seats, secrets, state, history; a rejoin resumes and is told what it missed, each once", async () => {
    const { url, logged } = await server();
    expect(logged.map((line) => JSON.parse(line).msg)).not.toContain("a snapshot is put aside");
    const thief = await Client.connect(url);
    const room = MADE.room;
    expect(await thief.ask({ type: "join", clientId: "ann", secret: "a thief's", room })).toMatchObject({
      code: "wrong_secret",
    });
    expect(await thief.ask({ type: "join", clientId: "eve", secret: "troll's", room })).toMatchObject({
      code: "banned",
    });
    expect(await thief.ask({ type: "join", clientId: "eve", room })).toMatchObject({ code: "room_locked" });
    const ann = await Client.connect(url);
    const { since, epoch } = MADE;
    const joined = await ann.ask({ type: "join", clientId: "ann", secret: "ann's secret", room, since, epoch });
    expect(joined).toMatchObject({
      type: "joined",
      clients: ["tv", "ann", "bob"],
      host: null,
      peers: [
        { clientId: "tv", name: "TV", away: true },
        { clientId: "ann", name: "Ann" },
        { clientId: "bob", name: "Bób 🎲", away: true, player: { hat: 2 } },
      ],
      locked: true,
      state: { level: 4 },
      epoch,
      resumed: true,
    });
    const missed = joined.missed as { type: string; seq: number; data?: unknown }[];
    expect(missed.map(({ seq, type }) => `${seq} ${type}`)).toEqual([
      "10 message",
      "11 message",
      "12 message",
      "14 message",
      "15 peer_left",
      "16 lobby.updated",
      "17 room_locked",
      "18 state",
      "19 host_changed",
      "20 vote.received",
      "21 player",
      "22 host_changed",
      "23 peer_away",
      "24 host_changed",
      "25 peer_away",
    ]);
    expect(missed[2]).toEqual({ type: "message", seq: 12, data: "for ann alone", from: "tv" } as object as never);
    expect(missed[10]).toMatchObject({ clientId: "bob", data: { hat: 2 } });
    const tv = await Client.connect(url);
    expect(await tv.ask({ type: "join", clientId: "tv", secret: "tv's secret", room })).toMatchObject({ host: "tv" });
  });

  test("[R48][Q5] so are the rooms of party2, with their links, and rooms without a history", async () => {
    const { url, http } = await server();
    const phone = await Client.connect(`${url}/v2`);
    expect(await phone.ask({ type: "join", clientId: "p2-guest-key", room: "BWWM" })).toEqual({
      type: "joined",
      room: "BWWM",
      index: 1,
      peers: [],
      url: "https://game.example/BWWM",
    });
    expect(await phone.next()).toEqual({ type: "state", data: { round: 2 } });
    expect(await (await fetch(`${http}/room/LDE6`)).json()).toMatchObject({ clients: 1, maxClients: 2 });
  });
});

describe("a record among others that cannot be read", () => {
  test("[R50] is dropped with one line in the log, and the others are rooms", async () => {
    const path = join(await newFolder(), "rooms.snapshot");
    const clock = new ManualClock();
    const key = new Uint8Array(32).fill(7);
    const file = new SnapshotFile(path, key, () => clock.now());
    const good = golden as RoomRecord;
    const { epoch: _, ...half } = good;
    const others = [half, { ...good, code: "BBBB", state: "}{" }, { ...good, code: "CCCC", wire: "of another build" }];
    await file.write([...(others as RoomRecord[]), { ...good, code: "GXHB" }]);

    const logged: Record<string, unknown>[] = [];
    const log = openLog("debug", { write: (line: string) => void logged.push(JSON.parse(line)) });
    const dialects = new Dialects("party", { instance: "test", region: "" });
    const { rooms } = core();
    new SnapshotSchedule(file, rooms, clock, log, (name) => dialects.byName.has(name)).restore();

    expect(rooms.size).toBe(1);
    expect(rooms.at("GXHB")?.has("ann")).toBe(true);
    expect(logged.map(({ level, time: _, ...line }) => line)).toEqual([
      {
        dropped: 3,
        reasons: ["epoch: invalid_type", "state: custom", "wire: unknown"],
        msg: "rooms of the snapshot cannot be read and are dropped",
      },
      { rooms: 1, left: 0, isWhole: true, msg: "rooms taken up" },
    ]);
  });
});
