// The README's pages and its lines for consoles, in a real browser: as a static server gives them at an origin that is not secure, and the TV's page
// opened as a file.
import { afterEach, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { browserNeeded, LAN_HOST, openBrowser, serveFolder } from "./support/browser.ts";
import { snippet } from "./support/readme.ts";
import { startServer } from "./support/server.ts";

const PAGES = ["tv.html", "phone.html"] as const;
const LINES_MAX = 40;

const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

/** A server, and the README's pages made for its port: as files, and served from a folder. */
async function table() {
  const server = startServer();
  ended.push(server.stop);
  const folder = await mkdtemp(join(tmpdir(), "partyline-pages-"));
  ended.push(() => rm(folder, { recursive: true }));
  for (const name of PAGES) {
    await Bun.write(join(folder, name), snippet(name).replace(":3000", `:${server.port}`));
  }
  await Bun.write(join(folder, "empty.html"), "<!doctype html><title>a console</title>");
  const files = serveFolder(folder);
  ended.push(files.stop);
  const browser = await openBrowser();
  ended.push(browser.close);
  return { server, folder, browser, lan: `http://${LAN_HOST}:${files.port}` };
}

/** Answers what a page asks with these, in order. */
function answers(page: Page, ...texts: readonly string[]): void {
  const left = [...texts];
  page.on("dialog", (dialog) => void dialog.accept(left.shift()));
}

const shown = (page: Page, selector: string, text: string) =>
  page.locator(selector).filter({ hasText: text }).waitFor();

test(`the README's first game has at most ${LINES_MAX} lines`, () => {
  const lines = PAGES.flatMap((name) => snippet(name).trimEnd().split("\n"));
  expect(lines.length).toBeLessThanOrEqual(LINES_MAX);
});

for (const where of ["served in a LAN", "opened as a file"]) {
  browserNeeded.test(
    `the README's first game is played, the TV's page ${where}, through a lost network and reloads`,
    async () => {
      const { folder, browser, lan } = await table();
      const [tv, ann, bob] = [await browser.person("tv"), await browser.person("phone"), await browser.person("phone")];
      await tv.page.goto(where === "opened as a file" ? pathToFileURL(join(folder, "tv.html")).href : `${lan}/tv.html`);
      await shown(tv.page, "h1", "Room ");
      const code = ((await tv.page.locator("h1").textContent()) ?? "").replace("Room ", "");
      answers(ann.page, code.toLowerCase(), "Ann");
      await ann.page.goto(`${lan}/phone.html`);
      expect(await ann.page.evaluate("[isSecureContext, typeof crypto.randomUUID]")).toEqual([false, "undefined"]);
      await shown(ann.page, "button", "Tap! 0 points, here");
      answers(bob.page, "Bob");
      await bob.page.goto(`${lan}/phone.html#${code}`);
      await shown(bob.page, "button", "Tap! 0 points, here");
      await ann.page.locator("button").click();
      await shown(ann.page, "button", "Tap! 1 points, here");
      await bob.context.setOffline(true);
      for (let taps = 0; taps < 3; taps++) await bob.page.locator("button").click();
      await bob.context.setOffline(false);
      await shown(bob.page, "button", "Tap! 3 points, here");
      await tv.page.reload();
      await shown(tv.page, "pre", "Bob: 3");
      await ann.page.reload();
      await shown(ann.page, "button", "Tap! 1 points, here");
      await ann.page.locator("button").click();
      await shown(ann.page, "button", "Tap! 2 points, here");
      await shown(tv.page, "h1", `Room ${code}`);
      expect(await tv.page.locator("pre").textContent()).toBe("Ann: 2\nBob: 3");
      expect([tv, ann, bob].flatMap(({ faults }) => faults)).toEqual([]);
    },
  );
}

browserNeeded.test(
  "the README's first phone says why it is not in, and the first TV why there is no room",
  async () => {
    const { server, browser, lan } = await table();
    const ann = await browser.person("phone");
    answers(ann.page, "QQQQ", "Ann");
    await ann.page.goto(`${lan}/phone.html`);
    await shown(ann.page, "button", "Room not found");
    await server.stop();
    const tv = await browser.person("tv");
    await tv.page.goto(`${lan}/tv.html`);
    await shown(tv.page, "h1", "Failed to fetch dynamically imported module");
  },
);

browserNeeded.test(
  "the README's raw lines talk to each other in the consoles of pages that are not secure",
  async () => {
    const { server, browser, lan } = await table();
    const said: string[] = [];
    const consoles = [await browser.person("tv"), await browser.person("phone")] as const;
    for (const { page } of consoles) {
      page.on("console", (message) => said.push(message.text()));
      await page.goto(`${lan}/empty.html`);
    }
    const [tv, phone] = consoles;
    const lines = (name: string) => ({
      content: snippet(name).replace("ws://localhost:3000", `ws://${LAN_HOST}:${server.port}`),
    });
    const code = tv.page.waitForEvent("console");
    await tv.page.addScriptTag(lines("host.js"));
    answers(phone.page, (await code).text().replace("Room code: ", ""));
    const points = phone.page.waitForEvent("console", (message) => message.text() === "I have 10 points");
    await phone.page.addScriptTag(lines("guest.js"));
    await points;
    expect(said).toContain("In the room with 1 others");
    expect([tv, phone].flatMap(({ faults }) => faults)).toEqual([]);
  },
);
