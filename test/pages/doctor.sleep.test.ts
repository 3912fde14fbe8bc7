// The doctor's sleep test in a real browser: a phone that is locked, as the kernel stops a renderer; one that lost its network; one that lived.
import { expect } from "bun:test";
import type { Page } from "playwright-core";
import { browserNeeded, LAN_HOST, openBrowser } from "../support/browser.ts";
import { looking, type Onlooker, onlooker, shoot, wrongWith } from "./onlooker.ts";

/** Whoever is lost is found out soon. */
const SOON = { DEAD_SECONDS: "5", PING_SECONDS: "1", TICK_SECONDS: "1" };

const { serve, ends } = looking();

/** A phone on which the test has been started and has heard two numbers. */
async function started(env: Record<string, string>, prepare = async (_: Page) => {}) {
  const server = serve(env);
  // One of its own: its renderers are stopped.
  const browser = await openBrowser();
  ends(browser.close);
  const me = await onlooker(browser, "phone");
  await prepare(me.page);
  await me.page.goto(`http://${LAN_HOST}:${server.port}/doctor`);
  await me.page.getByRole("button", { name: "Start", exact: true }).tap();
  await me.page.getByText("Lock the phone for 20 seconds").waitFor();
  await me.page.getByText(/^2 numbers heard/).waitFor();
  return { server, browser, me };
}

/** The rows of the result. */
async function result({ page }: Onlooker): Promise<Record<string, string>> {
  await page.locator(".sleep dl").waitFor();
  const [what, how] = [page.locator(".sleep dt"), page.locator(".sleep dd")];
  const [names, values] = [await what.allTextContents(), await how.allTextContents()];
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""]));
}

/** All that were said, and how many these are at the least. */
function expectAll(rows: Record<string, string>): void {
  const [, came, said] = /^(\d+) of (\d+)/.exec(rows["Numbers that came"] ?? "") ?? [];
  expect(Number(said)).toBeGreaterThanOrEqual(5);
  expect(came).toBe(said ?? "");
  expect(rows["Came twice"]).toBe("none");
}

browserNeeded.test(
  "[H26] a phone whose page stood still is told that its line was closed, and that nothing is lost",
  async () => {
    const { server, browser, me } = await started(SOON);
    await shoot(me.page, "doctor-phone-sleep");
    await browser.suspend();
    // The server gives up both members, which takes longer than what counts as a sleep.
    await server.logs(/"code":4104,.*"line closed"/, 2);
    browser.wake();
    const rows = await result(me);
    expect(rows["The line on waking"]).toBe("closed (4104)");
    expectAll(rows);
    await me.page.getByText(/The line was lost, which was found .* none twice/).waitFor();
    await me.page.locator(".sleep").scrollIntoViewIfNeeded();
    await shoot(me.page, "doctor-phone-slept");
    await me.page.getByRole("button", { name: "Copy as text" }).tap();
    expect(await me.page.getByRole("textbox").inputValue()).toContain("The line on waking: closed (4104)");
    expect(await wrongWith(me)).toEqual([]);
    expect([...me.faults, ...me.strays]).toEqual([]);
  },
);

browserNeeded.test("[H26] a phone whose network went is told that its line was silent", async () => {
  const { me } = await started({}, (page) => page.clock.install());
  await me.context.setOffline(true);
  const dials = me.page.waitForEvent("websocket");
  await me.page.clock.fastForward(20_000);
  await me.page.getByText(/^Awake again after/).waitFor();
  await dials;
  await me.context.setOffline(false);
  const rows = await result(me);
  expect(rows["The line on waking"]).toBe("open, and dead");
  expectAll(rows);
  expect([...me.faults, ...me.strays]).toEqual([]);
});

browserNeeded.test("[H26] a phone whose line lived is told so", async () => {
  const { me } = await started({}, (page) => page.clock.install());
  await me.page.clock.fastForward(5_000);
  const rows = await result(me);
  expect(rows["The line on waking"]).toBe("still good");
  expectAll(rows);
  await me.page.getByText("The line lived through it").waitFor();
  expect([...me.faults, ...me.strays]).toEqual([]);
});

browserNeeded.test("[H26] the sleep test can be stopped, and says where no room can be opened for it", async () => {
  const { server, me } = await started({}, (page) => page.clock.install());
  await me.page.getByRole("button", { name: "Stop" }).tap();
  await server.stop();
  const dials = me.page.waitForEvent("websocket");
  await me.page.getByRole("button", { name: "Start", exact: true }).tap();
  await dials;
  await me.page.clock.fastForward(30_000);
  await me.page.getByText(/^Broken No room could be opened for it/).waitFor();
  await me.page.getByRole("button", { name: "Start again" }).waitFor();
  expect([...me.faults, ...me.strays]).toEqual([]);
});
