// Nodes with real leases over a real Redis: who is killed, cut off, started again, or left without an engine. Leases are as short as they may
// be; that each takes its time is waited for and not measured.
import { expect } from "bun:test";
import { join } from "node:path";
import { systemClock } from "../../src/clock.ts";
import { Membership, StartError } from "../../src/cluster/membership.ts";
import { FollowedRooms } from "../../src/cluster/ownRooms.ts";
import { DEFAULT_LIMITS } from "../../src/limits/table.ts";
import { core } from "../support/core.ts";
import { folderOf } from "../support/folder.ts";
import { EngineProxy, Redis, redisServer } from "../support/redis.ts";

const SECRET = new Uint8Array(32).fill(9);

interface Wish {
  readonly lifeFile?: string;
  readonly secret?: Uint8Array;
}

class Nodes implements Disposable {
  readonly #open: Membership[] = [];

  [Symbol.dispose](): void {
    for (const membership of this.#open) membership.close();
  }

  /** A and B, started. @param urlOfB where its engine is, if elsewhere than A's */
  async both(urlOfA: string, urlOfB = urlOfA) {
    const [a, b] = [this.of("A", urlOfA), this.of("B", urlOfB)];
    await Promise.all([a.membership.start(), b.membership.start()]);
    return [a, b] as const;
  }

  /** A node with rooms and an engine, not started yet. */
  of(name: string, url: string, { lifeFile, secret = SECRET }: Wish = {}) {
    const fixture = core();
    const { rooms } = fixture;
    const told: string[] = [];
    const waiting = new Set<() => void>();
    const tell = (event: string) => {
      told.push(event);
      for (const wake of waiting) wake();
    };
    const membership = new Membership({
      url,
      cluster: "test",
      node: name,
      leaseSeconds: 3,
      channels: [],
      lifeFile: lifeFile ?? null,
      version: 1,
      codeLength: 4,
      rootDialect: "party",
      secret,
      adminKey: "the key",
      roomsMax: DEFAULT_LIMITS.roomsMax,
      roomsPerAddressMax: DEFAULT_LIMITS.roomsPerAddressMax,
      keepsSessions: true,
      rooms: new FollowedRooms({ rooms, roomsMax: 1_000, isDraining: () => false, isWire: () => true }),
      clock: systemClock,
      events: {
        up: () => tell("up"),
        down: () => tell("down"),
        heard() {},
        frozen: () => tell("frozen"),
        thawed: () => tell("thawed"),
        lost: () => tell("lost"),
        taken: () => tell("taken"),
        dead: (node) => tell(`dead ${node}`),
        letGo: (codes) => tell(`letGo ${codes}`),
        adopted: (node, count) => tell(`adopted ${node} ${count}`),
        fault: (error) => tell(`fault ${error}`),
      },
    });
    this.#open.push(membership);
    /** Waits until it has happened, at any time. */
    const happened = async (event: string): Promise<void> => {
      while (!told.includes(event)) {
        await new Promise<void>((wake) => {
          waiting.add(wake);
        });
        waiting.clear();
      }
    };
    const open = async () => {
      const { code } = fixture.create("tv", { secret: "s", rules: { awayMs: 60_000 } });
      expect(await membership.directory.claim(code, "192.0.2.1")).toBe("ours");
      return code;
    };
    /** Waits until the engine has the records of so many rooms. */
    const isKept = async (redis: Redis) => {
      const sizes = async () => (await redis.ask("HVALS", `{pl:test}:rooms:${name}`)) as string[];
      while (!(await sizes()).every((memory) => memory.length > 1));
    };
    return { ...fixture, membership, told, happened, open, isKept };
  }
}

redisServer.describe("a node among others", () => {
  redisServer.test(
    "[N11] one that wished to keep the sessions, and found that another does, never does so later",
    async () => {
      await using redis = await Redis.start();
      using nodes = new Nodes();
      const [a, b] = [nodes.of("A", redis.url), nodes.of("B", redis.url)];
      await a.membership.start();
      await b.membership.start();
      expect(b.membership.life.sessions?.node).toBe("A");
      a.membership.close();
      await b.happened("dead A");
      expect(b.membership.life.sessions).toBeNull();
      await redis.ask("DEL", "{pl:test}:sessions");
      expect((await b.membership.scripts.renew(true, "")).sessions).toBeNull();
      // Its next start may.
      b.membership.close();
      const again = nodes.of("C", redis.url);
      await again.membership.start();
      expect(again.membership.life.sessions?.node).toBe("C");
    },
  );

  redisServer.test("[N6] one that is killed: its rooms come up on another after its lease", async () => {
    await using redis = await Redis.start();
    using nodes = new Nodes();
    const [a, b] = await nodes.both(redis.url);
    const code = await a.open();
    await a.isKept(redis);
    a.membership.close();
    await b.happened("adopted A 1");
    expect(b.rooms.at(code)?.code).toBe(code);
    expect((await b.membership.directory.find(code))?.node).toBe("B");
    expect(b.told).toEqual(["up", "dead A", "adopted A 1"]);
  });

  redisServer.test(
    "[N9] one that is cut off is still before another has its rooms, and lets go of them on return",
    async () => {
      await using redis = await Redis.start();
      await using proxy = await EngineProxy.to(redis.port);
      using nodes = new Nodes();
      const [a, b] = await nodes.both(proxy.url, redis.url);
      const code = await a.open();
      await a.isKept(redis);
      proxy.cut();
      let wasFrozen = false;
      await b.happened("dead A").then(() => {
        wasFrozen = a.membership.life.isFrozen;
      });
      expect(wasFrozen).toBe(true);
      await b.happened("adopted A 1");
      proxy.heal();
      await a.happened("thawed");
      expect(a.told).toEqual(["up", "down", "frozen", "up", `letGo ${code}`, "thawed"]);
    },
  );

  redisServer.test(
    "[N8] an engine that comes back empty is told everything again, and nothing is let go of",
    async () => {
      await using redis = await Redis.start();
      using nodes = new Nodes();
      const [a, b] = await nodes.both(redis.url);
      const codes = [await a.open(), await b.open()];
      await redis.kill();
      await Promise.all([a.happened("frozen"), b.happened("frozen")]);
      // Released while it was away: not told again.
      const ended = codes[1] ?? "";
      b.rooms.at(ended)?.close("roomClosed", null);
      b.membership.directory.release(ended);
      await redis.restart();
      await Promise.all([a.happened("thawed"), b.happened("thawed")]);
      expect((await b.membership.directory.find(codes[0] ?? ""))?.node).toBe("A");
      expect(await b.membership.directory.find(ended)).toBeNull();
      await a.isKept(redis);
      while (Number(await redis.ask("HLEN", "{pl:test}:conf")) < 5);
      for (const { told } of [a, b]) expect(told).toEqual(["up", "down", "frozen", "up", "thawed"]);
    },
  );

  redisServer.test(
    "[N9] a restart in the same folder takes its rooms up at once; a namesake elsewhere does not start",
    async () => {
      await using redis = await Redis.start();
      using folder = folderOf();
      using nodes = new Nodes();
      const lifeFile = join(folder.path, "life");
      const a = nodes.of("A", redis.url, { lifeFile });
      await a.membership.start();
      const code = await a.open();
      await a.isKept(redis);
      a.membership.close();
      const namesake = nodes.of("A", redis.url);
      const refusal = await namesake.membership.start().catch((error) => error);
      expect(refusal).toBeInstanceOf(StartError);
      expect(refusal.message).toBe("INSTANCE A is the name of a node of test that lives");
      const next = nodes.of("A", redis.url, { lifeFile });
      await next.membership.start();
      expect(next.rooms.at(code)?.code).toBe(code);
    },
  );

  redisServer.test("[N9] whose name is taken up by a restart in its folder is silent for good", async () => {
    await using redis = await Redis.start();
    using folder = folderOf();
    using nodes = new Nodes();
    const lifeFile = join(folder.path, "life");
    const a = nodes.of("A", redis.url, { lifeFile });
    await a.membership.start();
    await nodes.of("A", redis.url, { lifeFile }).membership.start();
    await a.happened("taken");
    expect(a.membership.life.isFrozen).toBe(true);
  });

  redisServer.test("[N6] who leaves keeps its rooms whole, and another goes on with their epochs", async () => {
    await using redis = await Redis.start();
    using nodes = new Nodes();
    const [a, b] = await nodes.both(redis.url);
    const code = await a.open();
    const epoch = String(a.rooms.at(code)?.epoch);
    expect(await a.membership.leave()).toBe(true);
    await b.happened("adopted A 1");
    expect(b.rooms.at(code)?.epoch).toBe(epoch);
  });

  redisServer.test("[N9] who leaves without a life keeps nothing, and says so", async () => {
    await using redis = await Redis.start();
    using nodes = new Nodes();
    const a = nodes.of("A", redis.url);
    await a.membership.start();
    await a.open();
    await redis.ask("DEL", "{pl:test}:life:A");
    expect(await a.membership.leave()).toBe(false);
  });

  redisServer.test("[N12] a node with another secret does not start, and says why", async () => {
    await using redis = await Redis.start();
    using nodes = new Nodes();
    await nodes.of("A", redis.url).membership.start();
    const other = nodes.of("B", redis.url, { secret: new Uint8Array(32).fill(1) });
    const refusal = await other.membership.start().catch((error) => error);
    expect(refusal).toBeInstanceOf(StartError);
    expect(refusal.message).toBe("not like the other nodes of test: JWT_SECRET is another");
  });
});
