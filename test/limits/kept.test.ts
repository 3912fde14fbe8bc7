// What rooms keep, added up: given back exactly, bounded for an address, its network and the server, and never at a neighbour's cost.
import { describe, expect, test } from "bun:test";
import { Kept, textBytes } from "../../src/limits/kept.ts";
import { DEFAULT_LIMITS, type Limits } from "../../src/limits/table.ts";
import type { RoomRules, Shaped } from "../../src/protocol/commands.ts";
import { Client } from "../support/client.ts";
import { core, nameOf } from "../support/core.ts";
import { keptOf } from "../support/kept.ts";
import { NotebookLine } from "../support/notebook.ts";
import { randomFrom, seedOf } from "../support/random.ts";
import { openRoom, stages } from "../support/stage.ts";

const stage = stages();
const KiB = 1 / 1024;
const RULES = { awayMs: 60_000, historyMax: 512 } as const;
const OTHER = "198.51.100.1";
const json = (length: number) => `"${"x".repeat(length - 2)}"`;

/** What all rooms keep, counted once more. */
function recounted({ rooms }: ReturnType<typeof core>): number {
  return [...rooms.records(true)].reduce((sum, record) => sum + keptOf(record), 0);
}

/** A room from that address with a guest, and what its host may say and keep. */
function opened(it: ReturnType<typeof core>, address = "192.0.2.1", rules: Partial<RoomRules> = RULES) {
  const { line, code, epoch, answer } = it.create("tv", { line: new NotebookLine("party", address), rules });
  const guest = it.join(code, "ann", { line: new NotebookLine("party", address) }).line;
  const say = (body: string) => nameOf(it.ask(line, { kind: "send", to: null, body }));
  const keep = (body: string) => nameOf(it.ask(line, { kind: "setState", body }));
  const keepOwn = (body: string) => nameOf(it.ask(guest, { kind: "setPlayer", body, shape: null }));
  return { line, guest, code, epoch, answer, say, keep, keepOwn, bytes: () => it.rooms.at(code)?.kept.bytes ?? 0 };
}

describe("[L31] what is kept", () => {
  test("is counted by the bytes that a text takes: two a character where one is more than ASCII", () => {
    expect([textBytes("abc"), textBytes(""), textBytes(null)]).toEqual([3, 0, 0]);
    expect([textBytes("日本語"), textBytes("ab日"), textBytes("abé")]).toEqual([6, 6, 6]);
  });

  test("is history, state, own data, seats, bans, and what a room was opened with", () => {
    const it = core();
    const room = opened(it);
    const steps: (() => unknown)[] = [
      () => room.say('"日本"'),
      () => room.keep(json(5_000)),
      () => room.keep('"é"'),
      () => room.keepOwn(json(300)),
      () => it.join(room.code, "bob", { name: "Bob", secret: "bob's" }),
      () => it.ask(room.line, { kind: "kick", clientId: "bob", reason: null, ban: true }),
      () => it.relay.gone(room.guest, "lost"),
      () => it.join(room.code, "ann", { name: "Ännchen" }),
      () => it.create("tv", { state: json(200), wireData: "of its wire", defaults: { body: "[1]", shape: "a" } }),
    ];
    let before = it.kept.bytes;
    expect(before).toBe(recounted(it));
    for (const step of steps) {
      step();
      expect(it.kept.bytes).not.toBe(before);
      before = it.kept.bytes;
      expect(before).toBe(recounted(it));
    }
  });

  test("is given back exactly by a room that ends, however it does", () => {
    const it = core();
    const rooms = [opened(it), opened(it), opened(it, OTHER)];
    for (const { say, keep, keepOwn } of rooms) for (const act of [say, keep, keepOwn]) act(json(1_000));
    expect(it.kept.size).toBe(4);
    const [closed, left, gone] = rooms;
    if (closed) it.ask(closed.line, { kind: "closeRoom", reason: null });
    for (const line of [left?.line, left?.guest]) if (line) it.ask(line, { kind: "leave" });
    expect(it.kept.bytes).toBe(recounted(it));
    for (const line of [gone?.line, gone?.guest]) if (line) it.relay.gone(line, "lost");
    it.clock.advance(60_000);
    expect([it.rooms.size, it.kept.bytes, it.kept.size]).toEqual([0, 0, 0]);
  });

  test("is what restored rooms keep, too, and where that is too much their old history goes", () => {
    const it = core();
    const room = opened(it);
    for (let n = 0; n < 100; n++) room.say(json(1_000));
    const [record] = [...it.rooms.records(true)];
    if (record === undefined) throw new Error("there is no room");
    const next = core();
    next.rooms.restore(record, true);
    expect(next.kept.bytes).toBe(it.kept.bytes);
    const small = core({ keptPerAddressMiB: 40 * KiB, roomsPerAddressMax: 20 });
    small.rooms.restore(record, true);
    expect(small.kept.bytes).toBeLessThanOrEqual(30 * 1024);
    expect(small.kept.bytes).toBeGreaterThan(28 * 1024);
    const since = (seq: number) => ({ seq, epoch: room.epoch });
    expect(small.join(room.code, "tv", { since: since(101) }).answer).toMatchObject({ missed: [] });
    expect(small.join(room.code, "ann", { since: since(60) }).answer).toMatchObject({ missed: null });
  });
});

describe("[L31] past a bound", () => {
  const limits = { keptPerAddressMiB: 64 * KiB, roomsPerAddressMax: 4 };

  test("the history of the room that adds goes, oldest first, and no neighbour's", () => {
    const it = core(limits);
    const [quiet, loud] = [opened(it), opened(it)];
    for (let n = 0; n < 20; n++) quiet.say(json(1_000));
    const before = quiet.bytes();
    for (let n = 0; n < 200; n++) loud.say(json(1_000));
    expect(quiet.bytes()).toBe(before);
    expect(it.kept.bytes).toBeLessThanOrEqual(48 * 1024);
    expect(it.kept.bytes).toBeGreaterThan(46 * 1024);
    const since = (room: typeof quiet, back: number) => {
      return { since: { seq: (it.rooms.at(room.code)?.seq ?? 0) - back, epoch: room.epoch } };
    };
    const missed = (room: typeof quiet, back: number) => {
      const { answer } = it.join(room.code, "ann", since(room, back));
      return answer?.kind === "joined" ? (answer.missed?.length ?? null) : answer;
    };
    expect([missed(quiet, 20), missed(loud, 5), missed(loud, 100)]).toEqual([20, 5, null]);
  });

  test("each room has its own part, whatever its neighbours keep", () => {
    const it = core(limits);
    const hogs = [opened(it), opened(it)];
    for (const { say } of hogs) for (let n = 0; n < 100; n++) say(json(1_000));
    const late = opened(it);
    expect(late.answer?.kind).toBe("created");
    // A quarter of 64 KiB among four.
    for (let n = 0; n < 100; n++) late.say(json(500));
    expect(late.bytes()).toBeLessThanOrEqual(4 * 1024);
    expect(late.bytes()).toBeGreaterThan(3 * 1024);
    expect(it.kept.bytes).toBeLessThanOrEqual(64 * 1024);
  });

  test("state and own data cost old history first, and are then too large; what is no larger than before is kept", () => {
    const it = core({ keptPerAddressMiB: 32 * KiB, roomsPerAddressMax: 20 });
    const room = opened(it);
    for (let n = 0; n < 100; n++) room.say(json(1_000));
    expect(room.keep(json(16_000))).toBeNull();
    expect(room.keepOwn(json(4_000))).toBeNull();
    const full = room.bytes();
    const other = opened(it, undefined, { awayMs: 60_000 });
    expect(other.keep(json(8_000))).toBe("too_large");
    expect(other.keepOwn(json(4_000))).toBe("too_large");
    expect(it.rooms.at(other.code)?.picture("").state).toBeNull();
    expect(room.keep(json(16_000))).toBeNull();
    expect(room.bytes()).toBeLessThanOrEqual(full);
    expect(it.kept.bytes).toBe(recounted(it));
  });

  test("a state that could not be kept takes no history away", () => {
    const it = core({ keptPerAddressMiB: 12 * KiB, roomsPerAddressMax: 20 });
    const room = opened(it);
    for (let n = 0; n < 5; n++) room.say(json(100));
    const before = room.bytes();
    expect(room.keep(json(16_000))).toBe("too_large");
    expect(room.bytes()).toBe(before);
  });

  test("what any member may replace for all is too large as a whole, or taken as a whole", () => {
    const it = core({ keptPerAddressMiB: 16 * KiB, roomsPerAddressMax: 20 });
    const defaults: Shaped = { body: "[1]", shape: "1" };
    const { line, code } = it.create("tv", { defaults });
    it.join(code, "ann");
    const large: Shaped = { body: json(4_000), shape: "1" };
    expect(nameOf(it.ask(line, { kind: "setShared", state: "{}", defaults: large }))).toBe("too_large");
    expect(it.rooms.at(code)?.picture("")).toMatchObject({ state: null, defaults: "[1]" });
    expect(nameOf(it.ask(line, { kind: "setShared", state: "{}", defaults: { ...large, body: "[22]" } }))).toBeNull();
    expect(it.kept.bytes).toBe(recounted(it));
  });

  test("a room with a state of its own is one too many for its address or network, or the server is full", () => {
    const state = json(10_000);
    const from = (address: string) => ({ line: new NotebookLine("party", address), state });
    const refusals = (limits: Partial<Limits>, addresses: readonly string[]) => {
      const it = core(limits);
      return addresses.map((address) => nameOf(it.create("tv", from(address)).answer));
    };
    const all = { keptPerAddressMiB: 16 * KiB, roomsPerAddressMax: 20 };
    expect(refusals(all, ["192.0.2.1", "192.0.2.1", OTHER])).toEqual(["created", "too_many_rooms", "created"]);
    const spread = Array.from({ length: 11 }, (_, n) => `192.0.2.${n}`);
    expect(refusals(all, [...spread, OTHER]).slice(8)).toEqual([
      ...["created", "too_many_rooms", "too_many_rooms", "created"],
    ]);
    expect(refusals({ keptMiB: 16 * KiB }, ["192.0.2.1", OTHER])).toEqual(["created", "server_full"]);
  });

  test("a small room is opened all the same, and a seat is never refused", () => {
    const it = core({ keptMiB: 8 * KiB, roomsMax: 2 });
    const hog = opened(it);
    for (let n = 0; n < 50; n++) hog.say(json(500));
    const small = opened(it, OTHER);
    expect(small.answer?.kind).toBe("created");
    for (const n of [1, 2, 3, 4, 5, 6]) expect(nameOf(it.join(small.code, `guest-${n}`).answer)).toBe("joined");
    expect(it.kept.bytes).toBe(recounted(it));
  });

  test("a room that gives way to another of its address gives what it keeps, too", () => {
    const it = core({ keptPerAddressMiB: 16 * KiB, roomsPerAddressMax: 1 });
    const rules = { awayMs: Number.POSITIVE_INFINITY, hostGone: "close" } as const;
    const old = it.create("tv", { rules, state: json(10_000) });
    it.relay.gone(old.line, "lost");
    expect(nameOf(it.create("tv", { rules, state: json(10_000) }).answer)).toBe("created");
    expect([it.rooms.size, it.kept.bytes]).toEqual([1, recounted(it)]);
  });

  test("is counted for each message that goes, and each time that something is too large", async () => {
    const { server } = stage({ MAX_KEPT_MIB: "1", MAX_ROOMS: "1000" });
    const limited = () => server.metric('partyline_limited_total{bucket="kept"}');
    const clients = await Promise.all([1, 2, 3, 4].map(() => Client.connect(server.url)));
    for (const client of clients) await client.ask({ type: "create", clientId: "tv", maxClients: 2, history: 512 });
    for (const client of clients.slice(0, 3)) {
      for (let n = 0; n < 5; n++) client.send({ type: "send", data: "x".repeat(50_000) });
      await client.upToFence();
    }
    expect(await limited()).toBe(0);
    for (let n = 0; n < 5; n++) clients[3]?.send({ type: "send", data: "x".repeat(50_000) });
    // So small that next to nothing is left of what could be kept.
    for (let n = 0; n < 60; n++) clients[3]?.send({ type: "send", data: "x".repeat(1_000) });
    await clients[3]?.upToFence();
    const gone = await limited();
    expect(gone).toBeGreaterThan(0);
    expect(await server.metric("partyline_kept_bytes")).toBeLessThanOrEqual(1024 * 1024);
    const plain = await Client.connect(server.url);
    await plain.ask({ type: "create", clientId: "tv", maxClients: 2 });
    const data = "x".repeat(16_000);
    expect(await plain.ask({ type: "set_state", data, id: 1 })).toMatchObject({ code: "too_large" });
    expect(await limited()).toBeGreaterThan(gone);
  });

  test("is told by name each time", () => {
    const reached: string[] = [];
    const kept = new Kept({ ...DEFAULT_LIMITS, keptPerAddressMiB: 4 * KiB }, (name) => reached.push(name));
    expect(kept.refusal("192.0.2.1", 4_000, null)).toBeNull();
    kept.ofRoom("192.0.2.1").add(3_000);
    expect(kept.refusal("192.0.2.1", 4_000, null)).toBe("too_many_rooms");
    expect(reached).toEqual(["kept"]);
  });
});

describe("[L31] at random", () => {
  const LIMITS = { keptMiB: 256 * KiB, keptPerAddressMiB: 64 * KiB, roomsMax: 8, roomsPerAddressMax: 3 };
  const ADDRESSES = ["192.0.2.1", "192.0.2.2", OTHER];

  /** Rooms come, talk, keep, crowd and go; after each step the sum is that of the rooms, and no more than it may be. */
  function play(seed: number, steps: number): number {
    const random = randomFrom(seed);
    const it = core(LIMITS);
    const lines: NotebookLine[] = [];
    const body = () => (random.chance(1 / 8) ? `"${"é".repeat(random.below(3_000))}"` : json(2 + random.below(4_000)));
    let most = 0;
    for (let n = 0; n < steps; n++) {
      const line = lines.length > 0 && random.chance(9 / 10) ? random.pick(lines) : undefined;
      const rules = { awayMs: random.pick([0, 30_000]), historyMax: random.pick([0, 8, 512]) };
      if (line === undefined || line.seat === null) {
        const fresh = new NotebookLine("party", random.pick(ADDRESSES));
        const code = random.pick([...it.rooms.records(false)].map(({ code }) => code).concat("none"));
        const id = `${random.below(12)}`;
        const { answer } =
          random.chance(1 / 3) && it.rooms.size > 0
            ? it.join(code, id, { line: fresh, name: `${n}` })
            : it.create(id, { line: fresh, rules, state: random.chance(1 / 2) ? body() : null });
        if (answer?.kind === "created" || answer?.kind === "joined") lines.push(fresh);
        if (line !== undefined) lines.splice(lines.indexOf(line), 1);
      } else {
        const roll = random.below(40);
        if (roll < 24) it.ask(line, { kind: "send", to: random.pick([null, `${random.below(12)}`]), body: body() });
        else if (roll < 30) it.ask(line, { kind: "setState", body: body() });
        else if (roll < 34) it.ask(line, { kind: "setPlayer", body: body(), shape: null });
        else if (roll < 36)
          it.ask(line, { kind: "kick", clientId: `${random.below(12)}`, reason: null, ban: random.chance(1 / 2) });
        else if (roll < 37) it.ask(line, { kind: "leave" });
        else if (roll < 39) it.relay.gone(line, "lost");
        else it.ask(line, { kind: "closeRoom", reason: null });
      }
      if (random.chance(1 / 50)) it.clock.advance(random.pick([1_000, 30_000]));
      if (it.kept.bytes !== recounted(it)) throw new Error(`FUZZ_SEED=${seed}, step ${n}: the sum is another`);
      most = Math.max(most, it.kept.bytes);
    }
    for (const { code } of [...it.rooms.records(false)]) it.rooms.at(code)?.close("roomClosed", null);
    expect([it.kept.bytes, it.kept.size]).toEqual([0, 0]);
    return most;
  }

  test.each([1, 2, 3])("the sum is that of the rooms after every step (seed %d)", (seed) => {
    const most = play(seed, 3_000);
    expect(most).toBeGreaterThan(100 * 1024);
    expect(most).toBeLessThanOrEqual(256 * 1024);
  });

  test("the sum is that of the rooms, with a seed nobody has seen", () => {
    play(seedOf("FUZZ_SEED"), 3_000);
  });
});

describe("[L32] the rooms of a network", () => {
  const from = (address: string) => ({ line: new NotebookLine("party", address) });

  test.each([
    ["/24", (n: number) => `192.0.2.${n}`, "192.0.3.1"],
    ["/48", (n: number) => `2001:db8:1:${n.toString(16)}::/64`, "2001:db8:2:1::/64"],
  ])("are eight times an address's: of a %s", (_, address, elsewhere) => {
    const { create } = core({ roomsPerAddressMax: 2 });
    const opened = Array.from({ length: 16 }, (_, n) => create("tv", from(address(n))));
    expect(new Set(opened.map(({ answer }) => nameOf(answer)))).toEqual(new Set(["created"]));
    expect(nameOf(create("tv", from(address(99))).answer)).toBe("too_many_rooms");
    expect(nameOf(create("tv", from(elsewhere)).answer)).toBe("created");
  });

  test("that end make room for others, and an own room that is empty gives way there too", () => {
    const it = core({ roomsPerAddressMax: 1 });
    const rules = { awayMs: Number.POSITIVE_INFINITY, hostGone: "close" } as const;
    const opened = Array.from({ length: 8 }, (_, n) => it.create("tv", { ...from(`192.0.2.${n}`), rules }));
    const [first, second] = opened;
    expect(nameOf(it.create("tv", from("192.0.2.99")).answer)).toBe("too_many_rooms");
    if (first) it.relay.gone(first.line, "lost");
    // Nobody's room gives way to another address.
    expect(nameOf(it.create("tv", from("192.0.2.99")).answer)).toBe("too_many_rooms");
    expect(nameOf(it.create("tv", from("192.0.2.0")).answer)).toBe("created");
    expect(it.rooms.at(first?.code ?? "")).toBeNull();
    if (second) it.ask(second.line, { kind: "closeRoom", reason: null });
    expect(nameOf(it.create("tv", from("192.0.2.99")).answer)).toBe("created");
  });
});

describe("what an operator sees", () => {
  test("[L31][L32] the bytes kept, and how often somebody ran into a bound", async () => {
    const { server } = stage({ MAX_KEPT_MIB: "1", MAX_KEPT_PER_ADDRESS_MIB: "1", MAX_ROOMS_PER_ADDRESS: "1" });
    const { host } = await openRoom(server.url, 1);
    const few = await server.metric("partyline_kept_bytes");
    expect(few).toBeGreaterThan(600);
    const data = "x".repeat(1_000);
    expect(await host.ask({ type: "set_state", data, id: 1 })).toMatchObject({ type: "ack" });
    expect(await server.metric("partyline_kept_bytes")).toBe(few + 1_002);
    const other = await Client.connect(server.url);
    const answer = await other.ask({ type: "create", clientId: "tv", maxClients: 2 });
    expect(answer).toMatchObject({ code: "too_many_rooms" });
    expect(await server.metric('partyline_limited_total{bucket="rooms"}')).toBe(1);
  });
});
