// The engine as a node dials it, against a real Redis that is killed, stopped and cut off.
import { afterEach, describe, expect } from "bun:test";
import { type Clock, systemClock } from "../../src/clock.ts";
import { RedisEngine } from "../../src/cluster/engine.ts";
import { EngineAway } from "../../src/cluster/ports.ts";
import { ManualClock } from "../support/clock.ts";
import { EngineProxy, Redis, redisServer } from "../support/redis.ts";

const ECHO = "return ARGV[1]";
const WRITE = "return redis.call('SET', 'x', '1')";
const open: RedisEngine[] = [];
afterEach(() => {
  for (const engine of open.splice(0)) engine.close();
});

/** An engine whose events are a queue: `next` waits for the next one. */
function dial(url: string, scripts: readonly string[] = [ECHO], clock: Clock = systemClock) {
  const told: string[] = [];
  const waiting: ((event: string) => void)[] = [];
  const tell = (event: string) => {
    const first = waiting.shift();
    if (first === undefined) told.push(event);
    else first(event);
  };
  const engine = new RedisEngine({
    url,
    echoChannel: `pl:t:echo:${crypto.randomUUID()}`,
    scripts,
    clock,
    events: {
      up: () => tell("up"),
      down: () => tell("down"),
      heard: (channel, text) => tell(`${channel} ${text}`),
      fault: (error) => tell(`fault ${error}`),
    },
  });
  open.push(engine);
  engine.subscribe(["pl:t:a"]);
  engine.start();
  const next = () => {
    const event = told.shift();
    return event === undefined ? new Promise<string>((resolve) => waiting.push(resolve)) : Promise.resolve(event);
  };
  return { engine, next };
}

async function refusal(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (error) => error,
  );
}

redisServer.describe("the engine", () => {
  redisServer.test("[N8] is up with its channels subscribed, runs scripts and carries any text", async () => {
    await using redis = await Redis.start();
    const { engine, next } = dial(redis.url);
    expect(engine.isUp).toBe(false);
    expect(await refusal(engine.run(ECHO, ["a"]))).toBeInstanceOf(EngineAway);
    expect(await next()).toBe("up");
    expect(await engine.run(ECHO, ["déjà \u{1f600}\n"])).toBe("déjà \u{1f600}\n");
    engine.publish("pl:t:a", "one, ü\u0000");
    expect(await next()).toBe("pl:t:a one, ü\u0000");
  });

  redisServer.test(
    "[N8] a script that was not loaded is sent; one that fails is an error and not an absence",
    async () => {
      await using redis = await Redis.start();
      const { engine, next } = dial(redis.url);
      await next();
      await redis.ask("SCRIPT", "FLUSH");
      expect(await engine.run(ECHO, ["a"])).toBe("a");
      expect(await engine.run("return {1, false, {'b'}}", [])).toEqual([1, null, ["b"]]);
      const error = await refusal(engine.run("return redis.error_reply('NO such thing')", []));
      expect(error).toBeInstanceOf(Error);
      expect(error).not.toBeInstanceOf(EngineAway);
      expect(engine.isUp).toBe(true);
    },
  );

  redisServer.test(
    "[N8] one that may not write is away, said once, until it may: a replica, or a disk that it cannot write",
    async () => {
      await using redis = await Redis.start();
      const { engine, next } = dial(redis.url, [ECHO, WRITE]);
      expect(await next()).toBe("up");
      /** It is there all the time, and dialled some times meanwhile. */
      const away = async () => {
        expect(await refusal(engine.run(WRITE, []))).toBeInstanceOf(EngineAway);
        expect(await next()).toBe("down");
        const connections = async () =>
          Number(/total_connections_received:(\d+)/.exec(String(await redis.ask("INFO")))?.[1]);
        const before = await connections();
        while ((await connections()) < before + 6);
        expect(engine.isUp).toBe(false);
      };
      await redis.ask("REPLICAOF", "127.0.0.1", "1");
      await away();
      await redis.ask("REPLICAOF", "NO", "ONE");
      expect(await next()).toBe("up");
      await redis.breakDisk();
      await away();
      await redis.ask("CONFIG", "SET", "save", "");
      expect(await next()).toBe("up");
      expect(await engine.run(WRITE, [])).toBe("OK");
    },
  );

  redisServer.test("[N8] killed and back: a fresh pair, and every subscription is there before it is up", async () => {
    await using redis = await Redis.start();
    const { engine, next } = dial(redis.url);
    expect(await next()).toBe("up");
    engine.subscribe(["pl:t:b"]);
    for (let round = 0; round < 3; round++) {
      await redis.kill();
      expect(await next()).toBe("down");
      expect(engine.isUp).toBe(false);
      engine.publish("pl:t:a", "into nowhere");
      expect(await refusal(engine.run(ECHO, ["a"]))).toBeInstanceOf(EngineAway);
      await redis.restart();
      expect(await next()).toBe("up");
      expect(await engine.run(ECHO, ["again"])).toBe("again");
      engine.publish("pl:t:a", `a${round}`);
      expect(await next()).toBe(`pl:t:a a${round}`);
      engine.publish("pl:t:b", `b${round}`);
      expect(await next()).toBe(`pl:t:b b${round}`);
    }
  });

  redisServer.test("[N8] it is not there at the start: said once, and tried until it is", async () => {
    await using redis = await Redis.start();
    await using proxy = await EngineProxy.to(redis.port);
    proxy.cut();
    const { engine, next } = dial(proxy.url);
    expect(await next()).toBe("down");
    proxy.heal();
    expect(await next()).toBe("up");
    expect(engine.isUp).toBe(true);
  });

  redisServer.test("[N8] cut off: down at once; healed: up again, and it hears", async () => {
    await using redis = await Redis.start();
    await using proxy = await EngineProxy.to(redis.port);
    const { engine, next } = dial(proxy.url);
    await next();
    proxy.cut();
    expect(await next()).toBe("down");
    proxy.heal();
    expect(await next()).toBe("up");
    engine.publish("pl:t:a", "x");
    expect(await next()).toBe("pl:t:a x");
  });

  redisServer.test("[N8] a command that is not answered counts as a closed connection", async () => {
    await using redis = await Redis.start();
    const clock = new ManualClock();
    const { engine, next } = dial(redis.url, [ECHO], clock);
    await next();
    redis.pause();
    const asked = refusal(engine.run(ECHO, ["a"]));
    clock.advance(2_000);
    expect(engine.isUp).toBe(true);
    clock.advance(500);
    expect(engine.isUp).toBe(false);
    expect(await next()).toBe("down");
    expect(await asked).toBeInstanceOf(EngineAway);
    redis.resume();
    clock.advance(100);
    expect(await next()).toBe("up");
    expect(await engine.run(ECHO, ["b"])).toBe("b");
  });

  redisServer.test("[N8] a cable that is pulled is noticed though nobody asks anything", async () => {
    await using redis = await Redis.start();
    await using proxy = await EngineProxy.to(redis.port);
    const { next } = dial(proxy.url);
    await next();
    proxy.mute();
    expect(await next()).toBe("down");
    proxy.heal();
    expect(await next()).toBe("up");
  });

  redisServer.test("[N8] what is said is answered and nothing is heard: noticed too", async () => {
    await using redis = await Redis.start();
    await using proxy = await EngineProxy.to(redis.port);
    const { engine, next } = dial(proxy.url);
    await next();
    proxy.deafen();
    expect(await engine.run(ECHO, ["a"])).toBe("a");
    expect(await next()).toBe("down");
    proxy.heal();
    expect(await next()).toBe("up");
    engine.publish("pl:t:a", "heard");
    expect(await next()).toBe("pl:t:a heard");
  });

  redisServer.test("[N8] a throw of who is told ends neither the pair nor the process", async () => {
    await using redis = await Redis.start();
    const faults: unknown[] = [];
    const heard = Promise.withResolvers<string>();
    const engine = new RedisEngine({
      url: redis.url,
      echoChannel: "pl:t:echo",
      scripts: [],
      clock: systemClock,
      events: {
        up() {
          engine.publish("pl:t:a", "bad");
          engine.publish("pl:t:a", "good");
          throw new Error("up");
        },
        down() {},
        heard(_, text) {
          if (text === "bad") throw new Error("heard");
          heard.resolve(text);
        },
        fault: (error) => faults.push(error),
      },
    });
    open.push(engine);
    engine.subscribe(["pl:t:a"]);
    engine.start();
    expect(await heard.promise).toBe("good");
    expect(faults.map(String)).toEqual(["Error: up", "Error: heard"]);
  });
});

describe("an engine that cannot be dialled", () => {
  redisServer.test("[N8] what it was asked is answered with its absence when it is closed", async () => {
    await using redis = await Redis.start();
    const { engine, next } = dial(redis.url);
    await next();
    redis.pause();
    const asked = refusal(engine.run(ECHO, ["a"]));
    engine.close();
    expect(await asked).toBeInstanceOf(EngineAway);
    redis.resume();
  });
});
