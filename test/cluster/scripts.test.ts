// What the engine does for the nodes, against a real Redis: who has a life, who owns a code, what becomes of a dead node's rooms; and that a
// node whose life is over changes nothing.
import { expect } from "bun:test";
import { addressHasher, differences } from "../../src/cluster/alike.ts";
import type { Kin, Scripts } from "../../src/cluster/scripts.ts";
import { dialled, living, SharedRedis, scriptsOf } from "../support/engine.ts";
import { redisServer } from "../support/redis.ts";

const CLAIMS = 1_000;
const shared = new SharedRedis();

redisServer.describe("the scripts", () => {
  shared.register();

  const claim = (node: Scripts, code: string, address = "a", roomsMax = 100, ofAddress = 100) =>
    node.claim(code, address, roomsMax, ofAddress);
  const keep = (node: Scripts, code: string, memory: string | null, isWhole = false) =>
    node.keep([{ code, address: "a", memory }], isWhole);
  const endLife = (node: string) => shared.redis.ask("DEL", `{pl:test}:life:${node}`);
  const addresses = () => shared.redis.ask("HGETALL", "{pl:test}:addr");
  /** Everything that a dead node has, in the order of the codes. */
  const adoptAll = async (node: Scripts, dead: string, count = 32) => {
    const all: Kin[] = [];
    for (let left = 1; left > 0; ) {
      const adopted = await node.adopt(dead, count);
      if (typeof adopted === "string") throw new Error(adopted);
      all.push(...adopted.kin);
      left = adopted.left;
    }
    return all.sort((one, other) => (one.code < other.code ? -1 : 1));
  };

  redisServer.test("[N4] one code claimed by two nodes, 1,000 times: one has it each time", async () => {
    const second = await dialled(shared.redis.url);
    const nodes = [await living(shared.engine, "A"), await living(second, "B")];
    const winners = { A: 0, B: 0 };
    for (let at = 0; at < CLAIMS; at++) {
      const order = at % 2 === 0 ? nodes : nodes.toReversed();
      const claims = await Promise.all(order.map((node) => node.claim(`C${at}`, "a", 2 * CLAIMS, 2 * CLAIMS)));
      expect(claims.toSorted()).toEqual(["ours", "taken"]);
      const winner = order[claims.indexOf("ours")]?.node as "A" | "B";
      winners[winner]++;
      expect(await order[0]?.find(`C${at}`)).toEqual({ node: winner, boot: `boot-${winner}`, isAlive: true });
    }
    expect(winners.A + winners.B).toBe(CLAIMS);
    expect(await addresses()).toEqual({ a: String(CLAIMS) });
    second.close();
  });

  redisServer.test(
    "[N4] a code that was released rests for all nodes; one without a room is free at once",
    async () => {
      const [a, b] = [await living(shared.engine, "A"), await living(shared.engine, "B")];
      await claim(a, "REST");
      await claim(a, "FREE");
      expect(await b.release(["REST"], 60_000)).toBe("released");
      expect((await a.find("REST"))?.node).toBe("A");
      await a.release(["REST"], 60_000);
      await a.release(["FREE"], 0);
      expect(await a.find("REST")).toBeNull();
      expect([await claim(b, "REST"), await claim(a, "REST"), await claim(b, "FREE")]).toEqual([
        "resting",
        "resting",
        "ours",
      ]);
      await shared.redis.ask("DEL", "{pl:test}:rest:REST");
      expect(await claim(b, "REST")).toBe("ours");
    },
  );

  redisServer.test("[N5] rooms, and rooms of an address, are counted over all nodes", async () => {
    const [a, b] = [await living(shared.engine, "A"), await living(shared.engine, "B")];
    expect(await claim(a, "C1", "x", 3, 2)).toBe("ours");
    expect(await claim(b, "C2", "x", 3, 2)).toBe("ours");
    expect(await claim(a, "C3", "x", 3, 2)).toBe("tooManyOfAddress");
    expect(await claim(a, "C3", "y", 3, 2)).toBe("ours");
    expect(await claim(b, "C4", "z", 3, 2)).toBe("tooMany");
    await b.release(["C2"], 0);
    expect(await claim(a, "C4", "x", 3, 2)).toBe("ours");
    await a.release(["C1", "C3", "C4"], 0);
    expect(await addresses()).toEqual({});
  });

  redisServer.test("[N9] a node whose life is over, or another's, changes nothing", async () => {
    const [a, b] = [await living(shared.engine, "A"), await living(shared.engine, "B")];
    await claim(a, "CODE");
    await endLife("A");
    const before = await shared.redis.ask("HGETALL", "{pl:test}:dir");
    for (const life of ["life-A", "life-of-another"]) {
      a.life = life;
      if (life === "life-of-another") await shared.redis.ask("SET", "{pl:test}:life:A", "life-A boot-A");
      expect(await claim(a, "NEWC")).toBe("fenced");
      expect(await keep(a, "CODE", "m")).toBe("fenced");
      expect(await a.release(["CODE"], 1)).toBe("fenced");
      expect(await a.adopt("B", 32)).toBe("fenced");
      expect(await a.give("CODE", "B", "m")).toBe("fenced");
      expect(await a.take(["CODE"])).toBe("fenced");
      expect(await a.estate(0)).toBe("fenced");
      expect(await a.sweep("0")).toBe("fenced");
      expect(await a.resign()).toBe("fenced");
    }
    expect(await shared.redis.ask("HGETALL", "{pl:test}:dir")).toEqual(before);
    expect(await shared.redis.ask("HGETALL", "{pl:test}:rooms:A")).toEqual({ CODE: "p" });
    expect((await b.find("CODE"))?.isAlive).toBe(true);
  });

  redisServer.test(
    "[N9] a life is renewed, not begun again; a name that lives is not had twice, but by who held it",
    async () => {
      const a = scriptsOf(shared.engine, "A");
      a.life = "one";
      expect((await a.renew(false, "")).state).toBe("begun");
      expect((await a.renew(true, "")).state).toBe("ours");
      const other = scriptsOf(shared.engine, "A");
      other.life = "two";
      expect((await other.renew(false, "")).state).toBe("taken");
      expect((await other.renew(false, "one")).state).toBe("begun");
      // One that had a life never replaces another, whatever it may have held before.
      expect((await a.renew(true, "two")).state).toBe("taken");
      await endLife("A");
      expect((await other.renew(true, "")).state).toBe("gone");
      expect(await a.find("NONE")).toBeNull();
    },
  );

  redisServer.test("[N9] a lease ends by itself, and a renewal says who lives and has rooms", async () => {
    const [a, b] = [await living(shared.engine, "A"), await living(shared.engine, "B", 1)];
    await claim(a, "CODE");
    while ((await shared.redis.ask("EXISTS", "{pl:test}:life:B")) === 1);
    const { seen } = await a.renew(true, "");
    expect(seen.toSorted((one, other) => (one.node < other.node ? -1 : 1))).toEqual([
      { node: "A", boot: "boot-A", rooms: 1 },
      { node: "B", boot: null, rooms: 0 },
    ]);
    expect(await b.resign()).toBe("fenced");
    for (const key of ["rooms:A", "life:A"])
      expect(await shared.redis.ask("PTTL", `{pl:test}:${key}`)).toBeGreaterThan(0);
  });

  redisServer.test("[N2] KEEP answers what is another's, and tells again what the engine has forgotten", async () => {
    const [a, b] = [await living(shared.engine, "A"), await living(shared.engine, "B")];
    await claim(a, "OURS");
    await claim(b, "HERS");
    await shared.redis.ask("SET", "{pl:test}:rest:ENDS", "");
    const called = ["OURS", "HERS", "LOST", "ENDS"].map((code) => ({ code, address: "a", memory: "m" }));
    expect(await a.keep(called, false)).toEqual({ lost: ["HERS", "ENDS"], again: ["LOST"] });
    expect(await shared.redis.ask("HGETALL", "{pl:test}:rooms:A")).toEqual({ OURS: "pm", LOST: "pm" });
    expect(await addresses()).toEqual({ a: "3" });
    // Called over without memories: what is kept stays.
    expect(
      await a.keep(
        called.slice(0, 1).map((one) => ({ ...one, memory: null })),
        false,
      ),
    ).toEqual({ lost: [], again: [] });
    expect((await a.take(["OURS"])) as unknown).toEqual({
      kin: [{ code: "OURS", memory: "m", isWhole: false }],
      empty: [],
    });
    await shared.redis.ask("FLUSHALL");
    await a.renew(false, "");
    expect(await a.keep([{ code: "OURS", address: "a", memory: null }], false)).toEqual({ lost: [], again: ["OURS"] });
    expect(await a.find("OURS")).toEqual({ node: "A", boot: "boot-A", isAlive: true });
  });

  redisServer.test(
    "[N6] a dead node's rooms are adopted in bites by two, each once; none of one that lives",
    async () => {
      const [a, b, c] = [
        await living(shared.engine, "A"),
        await living(shared.engine, "B"),
        await living(shared.engine, "C"),
      ];
      const codes = Array.from({ length: 100 }, (_, at) => `C${String(at).padStart(3, "0")}`);
      for (const code of codes) {
        await claim(a, code, "a", 1_000, 1_000);
        // The last one was claimed and never kept.
        if (code !== codes.at(-1)) await keep(a, code, `m${code}`, code === "C007");
      }
      expect(await b.adopt("A", 32)).toBe("alive");
      expect(await b.adopt("B", 32)).toBe("alive");
      await endLife("A");
      const [one, other] = await Promise.all([adoptAll(b, "A", 10), adoptAll(c, "A", 10)]);
      const all = [...one, ...other].sort((left, right) => (left.code < right.code ? -1 : 1));
      expect(one.length * other.length).toBeGreaterThan(0);
      expect(all.map(({ code }) => code)).toEqual(codes.slice(0, -1));
      expect(all.every(({ code, memory }) => memory === `m${code}`)).toBe(true);
      expect(all.filter(({ isWhole }) => isWhole).map(({ code }) => code)).toEqual(["C007"]);
      for (const { code } of one) expect((await b.find(code))?.node).toBe("B");
      expect(await b.find("C099")).toBeNull();
      expect(await addresses()).toEqual({ a: "99" });
      expect((await b.renew(true, "")).seen.map(({ node }) => node).toSorted()).toEqual(["B", "C"]);
      // Whole counts once: who adopted it may tell more.
      const [owner] = one.some(({ code }) => code === "C007") ? [b] : [c];
      expect(await owner?.take(["C007"])).toEqual({
        kin: [{ code: "C007", memory: "mC007", isWhole: false }],
        empty: [],
      });
    },
  );

  redisServer.test("[N2] a room is given whole to a node that lives, and taken there once as whole", async () => {
    const [a, b] = [await living(shared.engine, "A"), await living(shared.engine, "B")];
    await claim(a, "CODE");
    expect(await b.give("CODE", "B", "x")).toBe("notOurs");
    expect(await a.give("CODE", "C", "x")).toBe("away");
    expect(await a.give("CODE", "B", "x")).toBe("given");
    expect((await a.find("CODE"))?.node).toBe("B");
    expect(await a.estate(1)).toEqual([]);
    expect(await b.estate(0)).toEqual(["CODE"]);
    expect(await b.estate(1)).toEqual([]);
    expect(await b.take(["CODE", "NONE"])).toEqual({ kin: [{ code: "CODE", memory: "x", isWhole: true }], empty: [] });
    expect(await b.take(["CODE"])).toEqual({ kin: [{ code: "CODE", memory: "x", isWhole: false }], empty: [] });
  });

  redisServer.test("[N6] an entry whose node and estate are gone is swept away; those of others stay", async () => {
    const [a, b] = [await living(shared.engine, "A"), await living(shared.engine, "B")];
    for (let at = 0; at < 600; at++) await claim(at % 2 === 0 ? a : b, `C${at}`, "a", 1_000, 1_000);
    await endLife("A");
    const through = async () => {
      for (let cursor = "0"; ; ) {
        cursor = await b.sweep(cursor);
        if (cursor === "0") return Number(await shared.redis.ask("HLEN", "{pl:test}:dir"));
      }
    };
    expect(await through()).toBe(600);
    await shared.redis.ask("SREM", "{pl:test}:nodes", "A");
    expect(await through()).toBe(300);
    expect(await addresses()).toEqual({ a: "300" });
  });

  redisServer.test("[N6] who resigns is gone, and what it leaves can be adopted", async () => {
    const [a, b] = [await living(shared.engine, "A"), await living(shared.engine, "B")];
    await claim(a, "CODE");
    await keep(a, "CODE", "m", true);
    expect(await a.resign()).toBe("resigned");
    expect((await b.find("CODE"))?.isAlive).toBe(false);
    expect(await adoptAll(b, "A")).toEqual([{ code: "CODE", memory: "m", isWhole: true }]);
    expect(await b.resign()).toBe("resigned");
    expect(await shared.redis.ask("SMEMBERS", "{pl:test}:nodes")).toEqual(["B"]);
  });

  redisServer.test("[N12] a node is told what differs from those that live, and no secret", async () => {
    const secret = new Uint8Array(32).fill(1);
    const alike = { version: 3, codeLength: 4, rootDialect: "party", secret, adminKey: "key one" };
    const [a, b] = [await living(shared.engine, "A"), scriptsOf(shared.engine, "B")];
    expect(await differences(a, alike)).toEqual([]);
    expect(await differences(b, alike)).toEqual([]);
    expect(await differences(b, { ...alike, version: 4 })).toEqual([]);
    expect(await differences(b, { ...alike, adminKey: "key two" })).toEqual(["ADMIN_KEY is another"]);
    const own = { secret: new Uint8Array(32).fill(2), adminKey: "key one" };
    const other = { version: 5, codeLength: 6, rootDialect: "party2", ...own };
    expect(await differences(b, other)).toEqual([
      "they speak version 3 to each other, and this one 5",
      "ROOM_CODE_LENGTH is 4 there and 6 here",
      "RELAY_DIALECT is party there and party2 here",
      "JWT_SECRET is another",
    ]);
    // Nobody else lives: what is set now stands.
    await endLife("A");
    expect(await differences(b, other)).toEqual([]);
    const kept = JSON.stringify(await shared.redis.ask("HGETALL", "{pl:test}:conf"));
    expect(kept).not.toContain("key one");
    expect(kept).not.toContain(Buffer.from(other.secret).toString("base64url").slice(0, 8));
  });

  redisServer.test("[N5] an address stands in the engine as a hash that takes the secret", () => {
    const [one, other] = [addressHasher(new Uint8Array(32).fill(1)), addressHasher(new Uint8Array(32).fill(2))];
    expect(one("192.0.2.1")).toBe(one("192.0.2.1"));
    expect(one("192.0.2.1")).not.toBe(one("192.0.2.2"));
    expect(one("192.0.2.1")).not.toBe(other("192.0.2.1"));
    expect(one("192.0.2.1")).toMatch(/^[\w-]{16}$/);
  });
});
