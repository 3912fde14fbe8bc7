// A server in this process on a free port, with a clock of the test's own where one is given. What a throw does to the process
// is tested in a child process instead (see child.ts): in here the test runner would catch it.
import { type Partyline, serve } from "../../src/app.ts";
import type { Clock } from "../../src/clock.ts";
import { systemClock } from "../../src/clock.ts";
import { readConfig } from "../../src/config.ts";
import type { JoinNodes } from "../../src/doors/parts.ts";
import { openLog } from "../../src/log.ts";
import { Store } from "../../src/sessions/store/store.ts";
import type { SnapshotFile } from "../../src/snapshot/file.ts";

export const ADMIN_KEY = "a key for tests, 31 characters";
/** What tokens are signed with. */
export const SECRET = new TextEncoder().encode("a secret for tests, of 40 characters or so");

export interface TestServer extends Partyline {
  /** ws://host:port */
  readonly url: string;
  /** http://host:port */
  readonly http: string;
  /** The log lines so far. */
  readonly logged: string[];
  /** Resolves when so many lines of the log hold this, those so far among them. */
  logs(pattern: RegExp, times: number): Promise<void>;
  /** A figure of /metrics; labels as they are printed. */
  metric(name: string): Promise<number>;
}

/** Serves with these settings on top of the defaults; what it keeps is in memory unless a store is given. */
export function startServer(
  env: Record<string, string> = {},
  clock: Clock = systemClock,
  store: Store = Store.open(":memory:", 64 * 1024 * 1024),
  snapshot: SnapshotFile | null = null,
  join?: JoinNodes,
): TestServer {
  const logged: string[] = [];
  const waiting = new Set<() => void>();
  const write = (line: string) => {
    logged.push(line);
    for (const look of [...waiting]) look();
  };
  const log = openLog("debug", { write });
  // All tests come from one address, and many on a clock that stands still: what a test does not say about requests does not hold it up.
  const own = { PORT: "0", HOST: "127.0.0.1", HTTP_REQUESTS_PER_SECOND: "1000000" };
  const server = serve(readConfig({ ...own, ...env }), log, clock, {
    ...{ store, secret: SECRET, adminKey: ADMIN_KEY, snapshot },
    ...(join !== undefined && { join }),
  });
  const http = `http://127.0.0.1:${server.port}`;
  return {
    ...server,
    url: `ws://127.0.0.1:${server.port}`,
    http,
    logged,
    logs: (pattern, times) =>
      new Promise((came) => {
        const look = () => {
          if (logged.filter((line) => pattern.test(line)).length < times) return;
          waiting.delete(look);
          came();
        };
        waiting.add(look);
        look();
      }),
    async metric(name) {
      // A round trip first: whatever was written to the server before has been read when it ends.
      await (await fetch(`${http}/health`)).text();
      const text = await server.figures();
      const row = text.split("\n").find((line) => line.startsWith(`${name} `));
      return Number(row?.slice(name.length + 1) ?? Number.NaN);
    },
  };
}

/** One that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const port = probe.port ?? 0;
  await probe.stop(true);
  return port;
}
