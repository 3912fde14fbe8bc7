// Somebody who looks at a page as strictly as a page can be looked at: every error, every request to another origin, every violation that axe knows.
import { afterAll, afterEach } from "bun:test";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { type Browser, openBrowser, type Person } from "../support/browser.ts";
import { startServer, type TestServer } from "../support/server.ts";

export interface Onlooker extends Person {
  /** Requests that went anywhere but to the page's own origin. */
  readonly strays: readonly string[];
}

/** Where screenshots go, for who wants to look at them. */
const SHOTS = process.env.SCREENSHOTS;
const SCREENS = { tv: { width: 1280, height: 800 }, phone: { width: 360, height: 640 } } as const;
const AXE = await Bun.file(Bun.resolveSync("axe-core/axe.min.js", import.meta.dir)).text();

/** What the tests of a file look with: one browser for all of them, opened by the first, and what ends with each. */
export interface Looking {
  serve(env?: Record<string, string>): TestServer;
  visitor(size?: keyof typeof SCREENS): Promise<Onlooker>;
  /** Ends with the test, the last one first. */
  ends(end: () => Promise<unknown>): void;
}

export function looking(): Looking {
  const ended: (() => Promise<unknown>)[] = [];
  let browser: Browser | undefined;
  afterEach(async () => {
    for (const end of ended.splice(0).reverse()) await end();
  });
  afterAll(async () => {
    await browser?.close();
  });
  const ends = (end: () => Promise<unknown>) => void ended.push(end);
  return {
    ends,
    serve(env) {
      const server = startServer(env);
      ends(server.stop);
      return server;
    },
    async visitor(size = "tv") {
      browser ??= await openBrowser();
      const me = await onlooker(browser, size);
      ends(() => me.context.close());
      return me;
    },
  };
}

export async function onlooker(browser: Browser, size: keyof typeof SCREENS): Promise<Onlooker> {
  const person = await browser.person(size);
  const { page } = person;
  await page.setViewportSize(SCREENS[size]);
  const strays: string[] = [];
  page.on("request", (request) => {
    const [asked, own] = [new URL(request.url()), new URL(page.url(), "http://nowhere.example")];
    const isOwn = asked.protocol === "data:" || own.protocol === "about:" || asked.host === own.host;
    if (!isOwn) strays.push(request.url());
  });
  return { ...person, strays };
}

/** Looks at the page in light and in dark. @returns what axe finds wrong: which rule, where, in which of them */
export async function wrongWith({ page }: Onlooker): Promise<string[]> {
  await page.evaluate(AXE);
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const broken: string[] = await page.evaluate(
      "axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map((node) => [id, node.target, node.failureSummary].join(' '))))",
    );
    found.push(...broken.map((line) => `${colorScheme}: ${line}`));
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  return found;
}

/** Keeps how the page looks, in light and in dark, where SCREENSHOTS names a folder. */
export async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return;
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(SHOTS, `${name}-${colorScheme}.png`) });
    await page.screenshot({ path: join(SHOTS, `${name}-${colorScheme}-whole.png`), fullPage: true });
  }
  await page.emulateMedia({ colorScheme: null });
}
