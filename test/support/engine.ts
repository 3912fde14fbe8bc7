// Nodes of a test that talk to one Redis: an engine that is up, and the scripts of a node with a life of its own.
import { afterAll, beforeAll, beforeEach } from "bun:test";
import { systemClock } from "../../src/clock.ts";
import { RedisEngine } from "../../src/cluster/engine.ts";
import { SCRIPTS } from "../../src/cluster/lua.ts";
import { Scripts } from "../../src/cluster/scripts.ts";
import { Redis } from "./redis.ts";

/** A lease that no test outlives. */
export const LONG_LEASE_MS = 600_000;

/** Dials, and waits until it is up. `onUp`: called each time that it is. */
export async function dialled(url: string, onUp = () => {}): Promise<RedisEngine> {
  const first = Promise.withResolvers<void>();
  const events = {
    up() {
      first.resolve();
      onUp();
    },
    down() {},
    heard() {},
    fault: (error: unknown) => first.reject(error),
  };
  const echoChannel = `pl:test:echo:${crypto.randomUUID()}`;
  const engine = new RedisEngine({ url, echoChannel, scripts: SCRIPTS, events, clock: systemClock });
  engine.start();
  await first.promise;
  return engine;
}

/** A node without a life. */
export function scriptsOf(engine: RedisEngine, node: string, leaseMs = LONG_LEASE_MS): Scripts {
  return new Scripts(engine, { cluster: "test", node, boot: `boot-${node}`, leaseMs });
}

/** A node that has begun a life. */
export async function living(engine: RedisEngine, node: string, leaseMs = LONG_LEASE_MS): Promise<Scripts> {
  const scripts = scriptsOf(engine, node, leaseMs);
  scripts.life = `life-${node}`;
  await scripts.renew(false, "");
  return scripts;
}

/** One Redis for all tests of a `describe`, with nothing in it before each. */
export class SharedRedis {
  /** Both are there once the tests run. */
  redis!: Redis;
  engine!: RedisEngine;

  /** To be called in that `describe`. */
  register(): void {
    beforeAll(async () => {
      this.redis = await Redis.start();
      this.engine = await dialled(this.redis.url);
    });
    afterAll(async () => {
      this.engine.close();
      await this.redis[Symbol.asyncDispose]();
    });
    beforeEach(async () => {
      await this.redis.ask("FLUSHALL");
    });
  }
}
