// Claims and releases of one node's directory, against a real Redis that is away at times.
import { expect } from "bun:test";
import { EngineDirectory } from "../../src/cluster/directory.ts";
import { EngineAway } from "../../src/cluster/ports.ts";
import type { Scripts } from "../../src/cluster/scripts.ts";
import { dialled, living } from "../support/engine.ts";
import { Redis, redisServer } from "../support/redis.ts";

redisServer.describe("the directory", () => {
  /** One node over a Redis that keeps what is written. `up`: resolves when the engine is back. */
  async function node() {
    const redis = await Redis.start({ isKept: true });
    let back = Promise.withResolvers<void>();
    const engine = await dialled(redis.url, () => back.resolve());
    const scripts = await living(engine, "A");
    const faults: unknown[] = [];
    const options = { roomsMax: 10, roomsPerAddressMax: 2, hash: (address: string) => `h${address}` };
    const directory = new EngineDirectory({ engine, scripts, ...options, onFault: (error) => faults.push(error) });
    return {
      redis,
      engine,
      scripts,
      directory,
      faults,
      /** Does what brings the engine back, and waits until it is. */
      async back(how: () => unknown) {
        back = Promise.withResolvers();
        await how();
        await back.promise;
      },
      async [Symbol.asyncDispose]() {
        engine.close();
        await redis[Symbol.asyncDispose]();
      },
    };
  }

  async function isReleased(scripts: Scripts, code: string) {
    // Each answer is what the next look waits for.
    while ((await scripts.find(code)) !== null);
  }

  redisServer.test("[N2] finds who has a code, and claims within the limits of all", async () => {
    await using one = await node();
    const { directory, redis } = one;
    expect(await directory.find("CODE")).toBeNull();
    expect(await directory.claim("CODE", "x")).toBe("ours");
    expect(await directory.find("CODE")).toEqual({ node: "A", boot: "boot-A", isAlive: true });
    expect(await directory.claim("CODE", "y")).toBe("taken");
    expect(await directory.claim("COD2", "x")).toBe("ours");
    expect(await directory.claim("COD3", "x")).toBe("tooManyOfAddress");
    expect(await redis.ask("HGETALL", "{pl:test}:addr")).toEqual({ hx: "2" });
  });

  redisServer.test(
    "[N5] an engine without memory has no place for a room; what has ended is released there",
    async () => {
      await using one = await node();
      const { directory, redis, scripts } = one;
      await directory.claim("CODE", "x");
      await redis.ask("CONFIG", "SET", "maxmemory", "1");
      expect(await directory.claim("COD2", "x")).toBe("tooMany");
      directory.release("CODE");
      await isReleased(scripts, "CODE");
      await redis.ask("CONFIG", "SET", "maxmemory", "0");
      expect(await directory.claim("COD2", "x")).toBe("ours");
    },
  );

  redisServer.test("[N4] what is released while the engine is away is released when it is back", async () => {
    await using one = await node();
    const { directory, redis, scripts, faults } = one;
    await directory.claim("CODE", "x");
    await directory.claim("NEVR", "x");
    await redis.kill();
    directory.release("CODE");
    directory.unclaim("NEVR");
    expect(directory.isReleased("CODE")).toBe(true);
    expect(await directory.claim("CODE", "x")).toBe("resting");
    await one.back(() => redis.restart());
    directory.flush();
    await isReleased(scripts, "CODE");
    await isReleased(scripts, "NEVR");
    expect(await redis.ask("EXISTS", "{pl:test}:rest:CODE", "{pl:test}:rest:NEVR")).toBe(1);
    expect(faults).toEqual([]);
  });

  redisServer.test("[N4] a claim that was not answered is taken back, whatever became of it", async () => {
    await using one = await node();
    const { directory, redis, scripts } = one;
    redis.pause();
    const claim = await directory.claim("CODE", "x").then(String, (error) => error);
    expect(claim).toBeInstanceOf(EngineAway);
    expect(directory.isReleased("CODE")).toBe(true);
    // Whoever asks once more is not told that somebody has it: nobody knows.
    expect(await directory.claim("CODE", "x").then(String, (error) => error)).toBeInstanceOf(EngineAway);
    await one.back(() => redis.resume());
    directory.flush();
    while (directory.isReleased("CODE")) await scripts.find("CODE");
    expect(await scripts.find("CODE")).toBeNull();
    expect(await directory.claim("CODE", "x")).toBe("ours");
  });

  redisServer.test("[N9] without a life it releases nothing, and does it in the next one", async () => {
    await using one = await node();
    const { directory, redis, scripts } = one;
    await directory.claim("CODE", "x");
    await redis.ask("DEL", "{pl:test}:life:A");
    directory.release("CODE");
    // A fence: what was asked before it is answered.
    await scripts.find("CODE");
    expect(directory.isReleased("CODE")).toBe(true);
    expect((await scripts.find("CODE"))?.node).toBe("A");
    scripts.life = "next";
    await scripts.renew(false, "");
    directory.flush();
    await isReleased(scripts, "CODE");
  });
});
