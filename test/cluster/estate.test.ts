// What the engine keeps of a node's rooms and who takes them up, against a real Redis: rooms as they are, on a clock that the test moves.
import { expect, test } from "bun:test";
import { systemClock } from "../../src/clock.ts";
import { Estate } from "../../src/cluster/estate.ts";
import { Memories } from "../../src/cluster/memories.ts";
import { FollowedRooms, type OwnRooms } from "../../src/cluster/ownRooms.ts";
import { EngineAway } from "../../src/cluster/ports.ts";
import type { Called, Scripts } from "../../src/cluster/scripts.ts";
import type { RoomRecord } from "../../src/rooms/record.ts";
import { Flaw } from "../../src/snapshot/layouts.ts";
import { core } from "../support/core.ts";
import { dialled, living, SharedRedis } from "../support/engine.ts";
import { redisServer } from "../support/redis.ts";

const KEY = new Uint8Array(32).fill(7);
const KEEP_MS = 2_000;
const CALL_MS = 10_000;
const ROOMS = 10_000;
const STATE_CHARS = 10_000;
const shared = new SharedRedis();

/** Waits for what another turn will bring. */
async function until(isTrue: () => boolean | Promise<boolean>, meanwhile = () => {}): Promise<void> {
  while (!(await isTrue())) {
    meanwhile();
    await new Promise(setImmediate);
  }
}

/** A node with rooms. `key`: of its memories. */
async function node(name: string, { key = KEY, roomsMax = 100 } = {}) {
  const fixture = core({ roomsPerAddressMax: 1_000, roomsMax });
  const { rooms, clock } = fixture;
  const scripts = await living(shared.engine, name);
  const told: string[] = [];
  const released: string[] = [];
  const unclaimed: string[] = [];
  const state = { isDraining: false, isAway: false };
  const life = { isFrozen: false, dead: new Set<string>() };
  let keeps = 0;
  const watched = Object.assign(Object.create(scripts) as Scripts, {
    keep(called: readonly Called[], isWhole: boolean) {
      keeps++;
      return state.isAway ? Promise.reject(new EngineAway("away")) : scripts.keep(called, isWhole);
    },
  });
  // Private fields are the scripts' own.
  for (const ask of ["adopt", "take", "estate", "sweep", "release"] as const) {
    Object.assign(watched, { [ask]: scripts[ask].bind(scripts) });
  }
  const estate = new Estate({
    engine: shared.engine,
    scripts: watched,
    clock,
    life,
    rooms: new FollowedRooms({
      rooms,
      roomsMax,
      isDraining: () => state.isDraining,
      isWire: (wire) => wire === "party",
    }),
    memories: new Memories(key, () => clock.wall()),
    hash: (address) => `h${address}`,
    directory: {
      isReleased: (code) => released.includes(code) || unclaimed.includes(code),
      release: (code) => void released.push(code),
      unclaim: (code) => void unclaimed.push(code),
    },
    events: {
      letGo: (codes) => told.push(`letGo ${codes}`),
      adopted: (from, count, flaws) => told.push([`adopted ${from} ${count}`, ...flaws].join(" ")),
      fault: (error) => told.push(`fault ${error}`),
    },
  });
  const kept = async (code: string) => String(await shared.redis.ask("HGET", `{pl:test}:rooms:${name}`, code));
  /** So much time, in small steps, with the engine's answers in between. */
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 50) {
      clock.advance(50);
      await scripts.find("NONE");
    }
  };
  const open = async (id: string, stateBody: string | null = null) => {
    const { code } = fixture.create(id, { secret: `secret of ${id}`, rules: { awayMs: 60_000 }, state: stateBody });
    await scripts.claim(code, "h192.0.2.1", 1_000, 1_000);
    return code;
  };
  return { ...fixture, scripts, estate, told, released, unclaimed, state, life, kept, pass, open, keeps: () => keeps };
}

redisServer.describe("the estate", () => {
  shared.register();
  const endLife = (name: string) => shared.redis.ask("DEL", `{pl:test}:life:${name}`);

  redisServer.test(
    "[N6] a record is kept within 2 s of a change, sealed, and only where something changed",
    async () => {
      const a = await node("A");
      a.estate.start();
      const code = await a.open("tv", '"a secret state"');
      expect(await a.kept(code)).toBe("p");
      await a.pass(KEEP_MS);
      const first = await a.kept(code);
      expect(first.length).toBeGreaterThan(100);
      const sealed = Buffer.from(first.slice(first.lastIndexOf(" ")), "base64").toString("latin1");
      for (const word of ["clientId", "secret", code]) expect(first + sealed).not.toContain(word);
      await a.pass(KEEP_MS);
      expect([await a.kept(code), a.keeps()]).toEqual([first, 1]);
      a.join(code, "phone");
      await a.pass(KEEP_MS);
      expect(await a.kept(code)).not.toBe(first);
      expect(a.told).toEqual([]);
    },
  );

  redisServer.test(
    "[N6] the rooms of the dead come up elsewhere with their seats and state, and a new epoch",
    async () => {
      const [a, b] = [await node("A"), await node("B")];
      a.estate.start();
      const code = await a.open("tv", '"the state"');
      a.join(code, "phone");
      await a.pass(KEEP_MS);
      a.estate.stop();
      b.life.dead.add("A");
      b.estate.adopt();
      await b.scripts.find(code);
      expect(b.rooms.size).toBe(0);
      await endLife("A");
      b.estate.adopt();
      await until(() => b.told.length > 0);
      expect(b.told).toEqual(["adopted A 1"]);
      const [was, is] = [a.rooms.at(code)?.record(false), b.rooms.at(code)?.record(false)];
      expect(is?.seats.map(({ clientId, sealed }) => [clientId, sealed])).toEqual(
        was?.seats.map(({ clientId, sealed }) => [clientId, sealed]),
      );
      expect(is?.state).toBe('"the state"');
      expect(is?.epoch).not.toBe(was?.epoch);
      expect((await b.scripts.find(code))?.node).toBe("B");
      // It is the new owner's to keep from now on.
      const taken = await b.kept(code);
      b.estate.start();
      await b.pass(KEEP_MS);
      expect(await b.kept(code)).not.toBe(taken);
    },
  );

  redisServer.test(
    "[C23][C33] timers and private data of the dead come up elsewhere, as they were last kept",
    async () => {
      const [a, b] = [await node("A"), await node("B")];
      a.estate.start();
      const { line, code } = a.create("tv", { rules: { awayMs: 60_000 } });
      await a.scripts.claim(code, "h192.0.2.1", 1_000, 1_000);
      a.ask(line, { kind: "timerSet", timer: "round", ms: 60_000, label: null, pauses: false });
      a.ask(line, { kind: "setPrivate", clientId: "tv", body: '"a secret role"' });
      // A timer that runs has its room kept anew, though nothing else happens in it.
      await a.pass(20_000 + KEEP_MS);
      a.estate.stop();
      b.life.dead.add("A");
      await endLife("A");
      b.estate.adopt();
      await until(() => b.told.length > 0);
      expect(b.told).toEqual(["adopted A 1"]);
      expect(b.rooms.at(code)?.record(false)?.crowd).toEqual({
        timers: [{ timer: "round", label: null, leftMs: 40_000, pauses: false, isPaused: false }],
        privates: [{ clientId: "tv", body: '"a secret role"' }],
      });
    },
  );

  redisServer.test("[N6] what was kept whole goes on with its epoch, once", async () => {
    const [a, b, c] = [await node("A"), await node("B"), await node("C")];
    a.estate.start();
    const code = await a.open("tv");
    a.clock.advance(1_000);
    expect(await a.estate.keepWhole()).toBe("agreed");
    expect((await a.kept(code))[0]).toBe("w");
    const epoch = a.rooms.at(code)?.epoch;
    await a.scripts.resign();
    b.life.dead.add("A");
    b.estate.adopt();
    await until(() => b.told.length > 0);
    expect(b.rooms.at(code)?.epoch).toBe(String(epoch));
    await endLife("B");
    c.life.dead.add("B");
    c.estate.adopt();
    await until(() => c.told.length > 0);
    expect(c.rooms.size).toBe(1);
    expect(c.rooms.at(code)?.epoch).not.toBe(String(epoch));
  });

  redisServer.test("[N6] an engine that is away while a memory is sent is sent it again", async () => {
    const a = await node("A");
    a.estate.start();
    const code = await a.open("tv");
    a.state.isAway = true;
    await a.pass(2 * KEEP_MS);
    expect(await a.kept(code)).toBe("p");
    expect(a.keeps()).toBeGreaterThan(1);
    a.state.isAway = false;
    await a.pass(KEEP_MS);
    expect((await a.kept(code)).length).toBeGreaterThan(100);
    expect(a.told).toEqual([]);
  });

  redisServer.test("[N8] a node that is frozen keeps and adopts nothing", async () => {
    const a = await node("A");
    a.estate.start();
    const code = await a.open("tv");
    a.life.isFrozen = true;
    a.life.dead.add("B");
    await a.pass(2 * CALL_MS);
    expect([await a.kept(code), a.keeps(), a.told]).toEqual(["p", 0, []]);
    a.life.isFrozen = false;
    await a.pass(KEEP_MS);
    expect((await a.kept(code)).length).toBeGreaterThan(100);
  });

  redisServer.test(
    "[N2] all codes are called over every 10 s: what is another's is let go of, what was forgotten is told again",
    async () => {
      const a = await node("A");
      a.estate.start();
      const [theirs, forgotten] = [await a.open("tv"), await a.open("tv2")];
      await a.pass(KEEP_MS);
      await shared.redis.ask("HSET", "{pl:test}:dir", theirs, "B h192.0.2.1");
      await shared.redis.ask("HDEL", "{pl:test}:dir", forgotten);
      await shared.redis.ask("HDEL", "{pl:test}:rooms:A", forgotten);
      await a.pass(CALL_MS + KEEP_MS);
      expect(a.told[0]).toBe(`letGo ${theirs}`);
      expect((await a.scripts.find(forgotten))?.node).toBe("A");
      expect((await a.kept(forgotten)).length).toBeGreaterThan(100);
    },
  );

  redisServer.test("[N9] the roll call is the same at once, and says when it was fenced", async () => {
    const a = await node("A");
    const code = await a.open("tv");
    await shared.redis.ask("HSET", "{pl:test}:dir", code, "B h192.0.2.1");
    expect(await a.estate.call()).toBe("agreed");
    expect(a.told).toEqual([`letGo ${code}`]);
    await endLife("A");
    expect(await a.estate.call()).toBe("fenced");
  });

  redisServer.test(
    "[N6] rooms that are ours without anybody's knowing come up; a claim without a room is taken back",
    async () => {
      const [a, b] = [await node("A"), await node("B")];
      a.estate.start();
      const code = await a.open("tv");
      await a.pass(KEEP_MS);
      await endLife("A");
      // The answer got lost.
      await b.scripts.adopt("A", 32);
      await b.scripts.claim("CLAM", "h", 100, 100);
      b.estate.start();
      await b.pass(CALL_MS + KEEP_MS);
      expect([b.rooms.size, b.unclaimed]).toEqual([0, []]);
      await b.pass(CALL_MS);
      expect(b.told).toEqual(["adopted B 1"]);
      expect([b.rooms.at(code)?.code, b.unclaimed]).toEqual([code, ["CLAM"]]);
    },
  );

  redisServer.test("[N6] a restart takes up what its name has left, before anybody comes", async () => {
    const a = await node("A");
    a.estate.start();
    const code = await a.open("tv");
    await a.pass(KEEP_MS);
    const next = await node("A");
    await next.estate.takeUp();
    expect(next.told).toEqual(["adopted A 1"]);
    expect(next.rooms.at(code)?.code).toBe(code);
  });

  redisServer.test("[N6] what cannot be read is dropped, and its code is free", async () => {
    const [a, b] = [await node("A"), await node("B", { key: new Uint8Array(32).fill(8) })];
    a.estate.start();
    const code = await a.open("tv");
    await a.pass(KEEP_MS);
    await endLife("A");
    b.life.dead.add("A");
    b.estate.adopt();
    await until(() => b.told.length > 0);
    expect(b.told).toEqual(["adopted A 0 it is damaged, or of nodes with another secret"]);
    expect([b.released, b.rooms.size]).toEqual([[code], 0]);
  });

  redisServer.test("[N6] adopts as long as it has place, and goes on when it has", async () => {
    const [a, b] = [await node("A"), await node("B", { roomsMax: 40 })];
    a.estate.start();
    for (let at = 0; at < 70; at++) await a.open(`tv${at}`);
    await a.pass(KEEP_MS);
    await endLife("A");
    b.estate.start();
    b.state.isDraining = true;
    b.life.dead.add("A");
    await b.pass(KEEP_MS);
    expect(b.rooms.size).toBe(0);
    b.state.isDraining = false;
    await b.pass(KEEP_MS);
    expect(b.rooms.size).toBe(40);
    for (const room of [...b.rooms].slice(0, 35)) room.close("roomClosed", null);
    await b.pass(KEEP_MS);
    expect(b.rooms.size).toBe(35);
    expect(b.released).toEqual([]);
  });

  redisServer.test("[N6] 10,000 rooms of 10 KB are adopted by two, each once", async () => {
    const fixture = core();
    const { code: made } = fixture.create("tv", { state: JSON.stringify("x".repeat(STATE_CHARS)) });
    const record = fixture.rooms.at(made)?.record(false);
    if (record === undefined || record === null) throw new Error("no record");
    const memories = new Memories(KEY, Date.now);
    const a = await living(shared.engine, "A");
    const letters = "ABCDEFGHJK";
    const codeOf = (at: number) => [...String(at).padStart(4, "0")].map((digit) => letters[Number(digit)]).join("");
    for (let at = 0; at < ROOMS; at += 100) {
      const some = Array.from({ length: 100 }, (_, next) => codeOf(at + next));
      await a.keep(
        some.map((code) => ({ code, address: "h", memory: memories.seal({ ...record, code }) })),
        false,
      );
    }
    await endLife("A");
    const began = performance.now();
    const heirs = await Promise.all(["B", "C"].map((name) => heir(name, memories)));
    let latestMs = 0;
    let beatAt = performance.now();
    await until(
      () => heirs.reduce((sum, { codes }) => sum + codes.length, 0) >= ROOMS,
      () => {
        latestMs = Math.max(latestMs, performance.now() - beatAt);
        beatAt = performance.now();
      },
    );
    const tookMs = Math.round(performance.now() - began);
    console.log(
      `${ROOMS} rooms of ${STATE_CHARS} characters adopted by two in ${tookMs} ms; latest beat ${latestMs.toFixed(1)} ms`,
    );
    const codes = heirs.flatMap((one) => one.codes);
    expect(new Set(codes).size).toBe(ROOMS);
    expect(codes.length).toBe(ROOMS);
    expect(Math.min(...heirs.map((one) => one.codes.length))).toBeGreaterThan(0);
    for (const { engine: own } of heirs) own.close();
  });

  /** A node with a connection of its own that adopts what is A's, and notes it. */
  async function heir(name: string, memories: Memories) {
    const own = await dialled(shared.redis.url);
    const codes: string[] = [];
    const rooms: OwnRooms = {
      size: 0,
      places: ROOMS,
      has: () => false,
      all: () => [],
      news: () => [][Symbol.iterator](),
      again() {},
      whole: () => [],
      restore: ({ code }: RoomRecord) => codes.push(code) > 0,
    };
    const estate = new Estate({
      engine: own,
      scripts: await living(own, name),
      clock: systemClock,
      life: { isFrozen: false, dead: new Set(["A"]) },
      rooms,
      memories,
      hash: String,
      directory: { isReleased: () => false, release() {}, unclaim() {} },
      events: { letGo() {}, adopted() {}, fault: (error) => console.error(error) },
    });
    estate.adopt();
    return { codes, engine: own };
  }
});

test("[N6] a memory is bound to its room and to the secret; none is sealed alike twice", () => {
  const fixture = core();
  const { code } = fixture.create("tv");
  const record = fixture.rooms.at(code)?.record(false);
  if (record === undefined || record === null) throw new Error("no record");
  const memories = new Memories(KEY, () => 1_800_000_000_000);
  const [one, other] = [memories.seal(record), memories.seal(record)];
  expect(one).not.toBe(other);
  const reader = new Memories(KEY, Date.now);
  expect(reader.open(one, code)).toEqual(record);
  expect(reader.open(other, code)).toEqual(record);
  const flawOf = (text: string, of = code, key = KEY) => {
    const opened = new Memories(key, Date.now).open(text, of);
    return opened instanceof Flaw ? opened.reason : null;
  };
  expect(flawOf(one, "ELSE")).toBe("it is another room's");
  expect(flawOf(one, code, new Uint8Array(32).fill(8))).toBe("it is damaged, or of nodes with another secret");
  expect(flawOf(one.replace(/\n0 /, "\n1 "))).toBe("it is damaged, or of nodes with another secret");
  expect(flawOf(one.slice(0, -9))).toBe("it is damaged, or of nodes with another secret");
  expect(flawOf("")).toBe("it is no memory of this version");
  expect(flawOf(one.slice(0, one.indexOf("\n") + 1))).toBe("it is cut short");
});
