// A lease on a clock that stands still: when a node holds its rooms still, what it needs to go on, and whom it takes for dead. The engine is
// an answer that the test gives.
import { describe, expect, test } from "bun:test";
import { Life, LOST_MS } from "../../src/cluster/life.ts";
import { EngineAway } from "../../src/cluster/ports.ts";
import type { LeaseState, Renewed, Seen } from "../../src/cluster/scripts.ts";
import { ManualClock } from "../support/clock.ts";

const LEASE_MS = 6_000;
const FROZEN_MS = 4_000;
const RENEW_MS = 1_000;
const BOTH: readonly Seen[] = ["A", "B"].map((node) => ({ node, boot: `boot-${node}`, rooms: 1 }));

/** Two clocks that need not agree, as those of a machine that was suspended or put right. */
class TwoClocks extends ManualClock {
  aheadMs = 0;

  override wall(): number {
    return super.wall() + this.aheadMs;
  }
}

/** Lets what was answered be heard. */
async function settle() {
  for (let turns = 0; turns < 20; turns++) await Promise.resolve();
}

/** Node A. The engine answers as it is told to, at once or when `answer` is called. */
async function node({ leaseMs = LEASE_MS, lastLife = "" } = {}) {
  const clock = new TwoClocks();
  const told: string[] = [];
  const asked: { life: string; had: boolean; replaced: string }[] = [];
  const calls: PromiseWithResolvers<"agreed" | "fenced">[] = [];
  const waiting: PromiseWithResolvers<Renewed>[] = [];
  let lives = 0;
  const engine = { isUp: true };
  const world = { state: null as LeaseState | null, seen: BOTH, isSlow: false, callsWait: false };
  const scripts = {
    node: "A",
    life: "",
    resign: async () => "resigned" as const,
    renew(had: boolean, replaced: string) {
      if (!engine.isUp) return Promise.reject(new EngineAway("away"));
      asked.push({ life: scripts.life, had, replaced });
      const state = world.state ?? (had ? "ours" : "begun");
      world.state = null;
      const answer = { state, seen: state === "gone" || state === "taken" ? [] : world.seen, sessions: null };
      if (!world.isSlow) return Promise.resolve(answer);
      const slow = Promise.withResolvers<Renewed>();
      waiting.push(slow);
      return slow.promise;
    },
  };
  const life = new Life({
    scripts,
    engine,
    clock,
    leaseMs,
    newLife: () => `life${++lives}`,
    rollCall: {
      call() {
        const call = Promise.withResolvers<"agreed" | "fenced">();
        told.push("call");
        calls.push(call);
        if (!world.callsWait) call.resolve("agreed");
        return call.promise;
      },
    },
    events: {
      began: (word) => told.push(`began ${word}`),
      frozen: () => told.push("frozen"),
      thawed: () => told.push("thawed"),
      lost: () => told.push("lost"),
      taken: () => told.push("taken"),
      dead: (name, boot) => told.push(`dead ${name} ${boot}`),
      fault: (error) => told.push(`fault ${error}`),
    },
  });
  expect(life.isFrozen).toBe(true);
  // The engine is up before there is a life to renew.
  life.ask();
  expect(asked).toEqual([]);
  expect(await life.begin(lastLife)).toBe("begun");
  life.start();
  return {
    clock,
    life,
    engine,
    world,
    asked,
    calls,
    scripts,
    waiting,
    /** What happened since it was asked last. */
    told: () => told.splice(0),
    /** So many ms, each renewal heard before the next. */
    async pass(ms: number) {
      for (let left = ms; left > 0; left -= RENEW_MS / 4) {
        clock.advance(Math.min(left, RENEW_MS / 4));
        await settle();
      }
    },
  };
}

describe("a lease", () => {
  test("[N9] is begun once and renewed every second for as long as the engine answers", async () => {
    const { life, asked, told, pass } = await node();
    expect(life.isFrozen).toBe(false);
    await pass(10 * RENEW_MS);
    expect(asked.length).toBe(11);
    expect(asked[0]).toEqual({ life: "life1", had: false, replaced: "" });
    expect(new Set(asked.slice(1).map((one) => JSON.stringify(one)))).toEqual(
      new Set([JSON.stringify({ life: "life1", had: true, replaced: "" })]),
    );
    expect(told()).toEqual(["began life1"]);
  });

  test("[N9] of a name that lives is not begun; the last life in the same folder is named", async () => {
    const { asked } = await node({ lastLife: "before" });
    expect(asked[0]?.replaced).toBe("before");
    const other = await node();
    other.world.state = "taken";
    expect(await other.life.begin("")).toBe("taken");
  });

  test("[N8] 4 s without a renewal: frozen; the engine is back and the life stands: it goes on", async () => {
    const { life, engine, told, pass } = await node();
    told();
    engine.isUp = false;
    await pass(FROZEN_MS - 250);
    expect(life.isFrozen).toBe(false);
    await pass(250);
    expect(life.isFrozen).toBe(true);
    expect(told()).toEqual(["frozen"]);
    engine.isUp = true;
    life.ask();
    await settle();
    expect(life.isFrozen).toBe(false);
    expect(told()).toEqual(["thawed"]);
  });

  test("[N8] counted from when it was asked for, not from the answer", async () => {
    const { life, world, waiting, clock, told } = await node();
    told();
    world.isSlow = true;
    clock.advance(RENEW_MS);
    clock.advance(2_500);
    waiting[0]?.resolve({ state: "ours", seen: BOTH, sessions: null });
    await settle();
    expect(life.leaseAgeMs).toBe(2_500);
    clock.advance(1_499);
    expect(life.isFrozen).toBe(false);
    clock.advance(1);
    expect(life.isFrozen).toBe(true);
  });

  test("[N9] a process that was stopped is frozen before it reads anything, and an old answer does not thaw it", async () => {
    const { life, world, waiting, clock, told } = await node();
    told();
    world.isSlow = true;
    clock.advance(RENEW_MS);
    // As a stop is: no timer runs, and the clocks have gone on.
    clock.aheadMs += 20_000;
    expect(life.isFrozen).toBe(true);
    waiting[0]?.resolve({ state: "ours", seen: BOTH, sessions: null });
    await settle();
    expect(life.isFrozen).toBe(true);
    expect(told()).toEqual(["frozen"]);
  });

  test("[N9] of two clocks the one that has gone further counts", async () => {
    const suspended = await node();
    suspended.clock.aheadMs = FROZEN_MS;
    expect(suspended.life.isFrozen).toBe(true);
    const putBack = await node();
    putBack.engine.isUp = false;
    putBack.clock.aheadMs = -3_600_000;
    await putBack.pass(FROZEN_MS - 250);
    expect(putBack.life.isFrozen).toBe(false);
    await putBack.pass(250);
    expect(putBack.life.isFrozen).toBe(true);
    // A clock that was put forward costs one renewal.
    await suspended.pass(RENEW_MS);
    expect(suspended.life.isFrozen).toBe(false);
  });

  test("[N8] a short lease is renewed more often than it freezes", async () => {
    const { life, told, clock } = await node({ leaseMs: 3_000 });
    for (let at = 0; at < 40; at++) {
      clock.advance(250);
      await settle();
    }
    expect(life.isFrozen).toBe(false);
    expect(told()).toEqual(["began life1"]);
  });

  test("[N8] frozen for 60 s: lost, once; what comes after starts anew", async () => {
    const { life, engine, told, pass } = await node();
    told();
    engine.isUp = false;
    await pass(FROZEN_MS + LOST_MS - 1_000);
    expect(told()).toEqual(["frozen"]);
    await pass(3_000);
    expect(told()).toEqual(["lost"]);
    engine.isUp = true;
    life.ask();
    await settle();
    expect(told()).toEqual(["thawed"]);
    engine.isUp = false;
    await pass(FROZEN_MS + LOST_MS + 2_000);
    expect(told()).toEqual(["frozen", "lost"]);
  });
});

describe("a life that is gone", () => {
  test("[N9] frozen at once; a new life, the roll call, and only then on", async () => {
    const { life, world, asked, calls, told, pass } = await node();
    told();
    world.state = "gone";
    world.callsWait = true;
    await pass(RENEW_MS);
    expect(told()).toEqual(["frozen", "began life2", "call"]);
    expect(asked.at(-1)).toEqual({ life: "life2", had: false, replaced: "" });
    await pass(3 * RENEW_MS);
    expect(life.isFrozen).toBe(true);
    expect(calls.length).toBe(1);
    calls[0]?.resolve("agreed");
    await settle();
    expect(told()).toEqual(["thawed"]);
    expect(life.isFrozen).toBe(false);
    expect(asked.at(-1)).toEqual({ life: "life2", had: true, replaced: "" });
  });

  test("[N9] a roll call of a life that has ended meanwhile counts for nothing", async () => {
    const { life, world, calls, told, pass } = await node();
    told();
    world.state = "gone";
    world.callsWait = true;
    await pass(RENEW_MS);
    world.state = "gone";
    await pass(RENEW_MS);
    calls[0]?.resolve("agreed");
    await settle();
    expect(life.isFrozen).toBe(true);
    await pass(RENEW_MS);
    expect(told()).toEqual(["frozen", "began life2", "call", "began life3", "call"]);
    calls[1]?.resolve("fenced");
    await settle();
    expect(life.isFrozen).toBe(true);
    await pass(RENEW_MS);
    calls[2]?.reject(new EngineAway("away"));
    await settle();
    await pass(RENEW_MS);
    expect(told()).toEqual(["call", "call"]);
    calls[3]?.resolve("agreed");
    await settle();
    expect(told()).toEqual(["thawed"]);
  });

  test("[N9] a roll call that took longer than the lease waits for the next renewal", async () => {
    const { life, world, engine, calls, told, pass } = await node();
    told();
    world.state = "gone";
    world.callsWait = true;
    await pass(RENEW_MS);
    engine.isUp = false;
    await pass(FROZEN_MS);
    calls[0]?.resolve("agreed");
    await settle();
    expect(life.isFrozen).toBe(true);
    engine.isUp = true;
    life.ask();
    await settle();
    expect(life.isFrozen).toBe(false);
    expect(told()).toEqual(["frozen", "began life2", "call", "thawed"]);
  });

  test("[N9] its name is another's: frozen for good", async () => {
    const { life, world, asked, told, pass } = await node();
    told();
    world.state = "taken";
    await pass(RENEW_MS);
    const before = asked.length;
    await pass(10 * RENEW_MS);
    life.ask();
    expect(told()).toEqual(["frozen", "taken"]);
    expect(asked.length).toBe(before);
    expect(life.isFrozen).toBe(true);
  });
});

describe("who is dead", () => {
  const gone = (node: string): Seen => ({ node, boot: null, rooms: 3 });
  const self = { node: "A", boot: "boot-A", rooms: 1 };

  test("[N6] a life that is missed in two looks, by a node that has held its own for a whole lease", async () => {
    const { life, world, told, pass } = await node();
    await pass(LEASE_MS);
    told();
    world.seen = [self, gone("B")];
    await pass(RENEW_MS);
    expect([told(), life.dead.size]).toEqual([[], 0]);
    world.seen = BOTH;
    await pass(RENEW_MS);
    world.seen = [self, gone("B")];
    await pass(RENEW_MS);
    expect([told(), life.dead.size]).toEqual([[], 0]);
    await pass(RENEW_MS);
    expect(told()).toEqual(["dead B boot-B"]);
    expect([...life.dead]).toEqual(["B"]);
    await pass(5 * RENEW_MS);
    expect(told()).toEqual([]);
    world.seen = [self];
    await pass(RENEW_MS);
    expect([told(), life.dead.size]).toEqual([[], 0]);
  });

  test("[N6] a node that has begun a moment ago judges nobody, nor one that was frozen", async () => {
    const young = await node();
    young.world.seen = [self, gone("B")];
    await young.pass(LEASE_MS);
    expect(young.told()).toEqual(["began life1"]);
    await young.pass(2 * RENEW_MS);
    expect(young.told()).toEqual(["dead B boot-B"]);

    const { life, engine, world, told, pass } = await node();
    await pass(2 * LEASE_MS);
    told();
    engine.isUp = false;
    await pass(FROZEN_MS);
    engine.isUp = true;
    world.seen = [self, gone("B")];
    await pass(LEASE_MS);
    expect([told(), life.dead.size]).toEqual([["frozen", "thawed"], 0]);
    await pass(2 * RENEW_MS);
    expect(told()).toEqual(["dead B boot-B"]);
  });

  test("[N6] an outage in which a dead node came back does not leave it dead", async () => {
    const { life, engine, world, told, pass } = await node();
    await pass(LEASE_MS);
    world.seen = [self, gone("B")];
    await pass(2 * RENEW_MS);
    expect([...life.dead]).toEqual(["B"]);
    engine.isUp = false;
    await pass(FROZEN_MS);
    expect(life.dead.size).toBe(0);
    engine.isUp = true;
    await pass(RENEW_MS);
    expect(life.dead.size).toBe(0);
    world.seen = BOTH;
    await pass(2 * LEASE_MS);
    expect(life.dead.size).toBe(0);
    expect(told()).toEqual(["began life1", "dead B boot-B", "frozen", "thawed"]);
  });

  test("[N6] what was missed before an outage, or is missed while the roll is called, counts for nothing", async () => {
    const { life, engine, world, calls, told, pass } = await node();
    await pass(LEASE_MS);
    world.seen = [self, gone("B")];
    await pass(2 * RENEW_MS);
    engine.isUp = false;
    await pass(FROZEN_MS);
    engine.isUp = true;
    await pass(LEASE_MS);
    expect([told(), life.dead.size]).toEqual([["began life1", "dead B boot-B", "frozen", "thawed"], 0]);
    await pass(2 * RENEW_MS);
    expect([told(), life.dead.size]).toEqual([["dead B null"], 1]);

    world.seen = BOTH;
    await pass(RENEW_MS);
    world.state = "gone";
    world.callsWait = true;
    world.seen = [self, gone("B")];
    await pass(4 * RENEW_MS);
    expect(told()).toEqual(["frozen", "began life2", "call"]);
    calls[0]?.resolve("agreed");
    await settle();
    expect(told()).toEqual(["thawed"]);
  });

  test("[N6] one that others have adopted to the end, and a process whose name another has taken up, are dead too", async () => {
    const { life, world, told, pass } = await node();
    await pass(LEASE_MS);
    told();
    world.seen = [self, { node: "B", boot: "next", rooms: 0 }];
    await pass(RENEW_MS);
    expect(told()).toEqual(["dead B boot-B"]);
    world.seen = [self];
    await pass(3 * RENEW_MS);
    expect(told()).toEqual(["dead B next"]);
    expect(life.dead.size).toBe(0);
  });
});
