// One countdown on ten phones whose clocks are up to a minute apart, in a real browser.
import { afterEach, expect } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRoom, type Room } from "../../clients/js/src/index.ts";
import { type Browser, browserNeeded, LAN_HOST, openBrowser, type Person, serveFolder } from "../support/browser.ts";
import { startServer } from "../support/server.ts";
import { PATIENCE_MS } from "./stage.ts";

const PHONES = 10;
const APART_MS = 60_000;
const ALIKE_MS = 50;

const PAGE = `<!doctype html><title>a countdown</title><script type="module">
import { joinRoom } from "./client.js";
const { port, code, name } = Object.fromEntries(new URLSearchParams(location.search));
globalThis.room = await joinRoom({ url: "ws://" + location.hostname + ":" + port, room: code, name });
document.title = "here";
</script>`;

/** Sets a page's clock: what it says for now is so much later. */
const setClock = (ms: number) => `{
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...given) {
      if (given.length === 0) super(Real.now() + ${ms});
      else super(...given);
    }
    static now() {
      return Real.now() + ${ms};
    }
  };
}`;

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

async function table(): Promise<{ browser: Browser; tv: Room; address: (name: string) => string }> {
  const server = startServer({ LIMITS: "off" });
  ended.push(server.stop);
  const folder = await mkdtemp(join(tmpdir(), "partyline-countdown-"));
  ended.push(() => rm(folder, { recursive: true }));
  const entry = join(import.meta.dir, "../../clients/js/src/index.ts");
  const { outputs } = await Bun.build({ entrypoints: [entry], format: "esm" });
  await Bun.write(join(folder, "client.js"), (await outputs[0]?.text()) ?? "");
  await Bun.write(join(folder, "phone.html"), PAGE);
  const files = serveFolder(folder);
  ended.push(files.stop);
  const browser = await openBrowser();
  ended.push(browser.close);
  const tv = await createRoom({ url: server.url, maxClients: PHONES + 1, name: "TV" });
  ended.push(() => tv.leave());
  const about = (name: string) => new URLSearchParams({ port: `${server.port}`, code: tv.code, name });
  return { browser, tv, address: (name) => `http://${LAN_HOST}:${files.port}/phone.html?${about(name)}` };
}

/** When each page's countdown ends, by the one clock that no page's own clock touches; and what its own clock says at that clock's zero. */
async function endsOf(phones: readonly Person[]): Promise<{ ends: number; own: number }[]> {
  const ask = `(() => {
    const at = performance.timeOrigin + performance.now();
    return { ends: at + room.timers.get("round").leftMs, own: Date.now() - at };
  })()`;
  return Promise.all(phones.map(({ page }) => page.evaluate<{ ends: number; own: number }>(ask)));
}

const spread = (numbers: readonly number[]) => Math.max(...numbers) - Math.min(...numbers);

browserNeeded.test(
  `[C25] ten phones with clocks ${APART_MS / 1000} s apart show one countdown within ${ALIKE_MS} ms of each other`,
  async () => {
    const { browser, tv, address } = await table();
    const phones: Person[] = [];
    for (let n = 0; n < PHONES; n++) {
      const phone = await browser.person("phone");
      await phone.context.addInitScript(setClock(Math.round((n / (PHONES - 1) - 0.5) * APART_MS)));
      phones.push(phone);
      // Half of them are there when it begins, and half come later.
      if (n === PHONES / 2) await tv.timer("round").set(300);
      await phone.page.goto(address(`phone ${n}`));
      await phone.page.waitForFunction('document.title === "here"');
    }
    for (const { page } of phones) await page.waitForFunction('room.timers.has("round")');
    const deadline = performance.now() + PATIENCE_MS;
    let found = await endsOf(phones);
    // A machine that is busy has slow round trips at first; each one more can only make it better.
    while (spread(found.map(({ ends }) => ends)) > ALIKE_MS && performance.now() < deadline) {
      await Promise.all(phones.map(({ page }) => page.waitForTimeout(100)));
      found = await endsOf(phones);
    }
    expect(spread(found.map(({ own }) => own))).toBeGreaterThan(APART_MS - 1_000);
    expect(spread(found.map(({ ends }) => ends))).toBeLessThanOrEqual(ALIKE_MS);
    if (process.env.SPREAD === "1") console.log(`spread: ${spread(found.map(({ ends }) => ends)).toFixed(1)} ms`);
    for (const { faults } of phones) expect(faults).toEqual([]);
  },
);
