// A server as a process of its own whose timers run fifty times as fast as the world's clock: `bun test/support/hurried.ts <folder>`. For tests that
// kill it while it waits for things that take seconds.
import { join } from "node:path";
import { serve } from "../../src/app.ts";
import { type Clock, systemClock } from "../../src/clock.ts";
import { readConfig } from "../../src/config.ts";
import { openLog } from "../../src/log.ts";
import { Store } from "../../src/sessions/store/store.ts";
import { ADMIN_KEY, SECRET } from "./server.ts";

const HURRY = 50;

if (import.meta.main) {
  const hurried: Clock = { ...systemClock, after: (ms, call) => systemClock.after(ms / HURRY, call) };
  const store = Store.open(join(String(Bun.argv[2]), "sessions.sqlite"), 64 * 1024 * 1024);
  const env = { PORT: "0", HOST: "127.0.0.1", LIMITS: "off", ...process.env };
  const resources = { store, secret: SECRET, adminKey: ADMIN_KEY, snapshot: null };
  const { port } = serve(readConfig(env), openLog("silent"), hurried, resources);
  console.log(port);
}
