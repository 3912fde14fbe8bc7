// The doctor's page in a real browser, at an origin that is not secure, in front of servers and proxies that are well and that are not.
import { expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { CADDY, NGINX } from "../../pages/doctor/proxies.ts";
import { browserNeeded, LAN_HOST } from "../support/browser.ts";
import { startServer } from "../support/server.ts";
import { looking, type Onlooker, shoot, wrongWith } from "./onlooker.ts";
import { asksByItsOwnName, dropsUpgrade, type Edit, forwards, startProxy } from "./proxy.ts";

const SILENCE_MS = 75_000;

const { serve, visitor, ends } = looking();

async function proxied(env: Record<string, string>, edit: Edit) {
  const proxy = await startProxy(serve(env).port, edit);
  ends(proxy.stop);
  return proxy;
}

/** Opens the doctor with a clock that the test can move, and waits until all is said but how long a line may be silent. */
async function examined({ page }: Onlooker, port: number, host = LAN_HOST): Promise<void> {
  await page.clock.install();
  await page.goto(`http://${host}:${port}/doctor`);
  await page.getByText(/^1[23] of 13 looks are made|^All 13/).waitFor();
}

const row = (page: Page, title: string) =>
  page.locator(".finding").filter({ has: page.getByRole("heading", { name: title, exact: true }) });
/** How something stands, in a word, and what is said of it. */
async function said(page: Page, title: string): Promise<{ word: string; says: string }> {
  const found = row(page, title);
  const textOf = async (selector: string) => (await found.locator(selector).first().textContent()) ?? "";
  return { word: await textOf(".mark"), says: await textOf("div") };
}
const verdict = async (page: Page) => (await page.locator(".says").textContent()) ?? "";
const failedRequests = /Failed to load resource/;

test("[H26] the lines that the doctor shows for a proxy are those of the manual", async () => {
  const manual = await Bun.file(new URL("../../docs/operating.md", import.meta.url)).text();
  for (const lines of [NGINX, CADDY]) expect(manual).toContain(`\n${lines}\n`);
});

browserNeeded.test(
  "[H26] on a plain server every line is green, and the silence too when its 75 s are over",
  async () => {
    const me = await visitor();
    const { page } = me;
    await examined(me, serve().port);
    const words = await page.locator(".finding .mark").allInnerTexts();
    expect(words.map((word) => word.trim())).toEqual([
      ...Array(9).fill("Fine"),
      "Good to know",
      "Fine",
      "Fine",
      "Checking",
    ]);
    expect((await said(page, "Browser")).says).toContain("crypto.randomUUID");
    expect(await verdict(page)).toBe("Fine so far");
    await shoot(page, "doctor-tv");
    await page.clock.fastForward(SILENCE_MS);
    await page.getByText("Phones can play here").waitFor();
    expect((await said(page, "Silence")).word).toBe("Fine");
    expect(await wrongWith(me)).toEqual([]);
    expect([...me.faults, ...me.strays]).toEqual([]);
  },
);

browserNeeded.test("[H26] the silence can be skipped, and the result copied where there is no clipboard", async () => {
  const me = await visitor("phone");
  const { page } = me;
  await examined(me, serve().port);
  await shoot(page, "doctor-phone");
  await page.clock.fastForward(31_000);
  await page.getByText("31 of 75 s").waitFor();
  await page.getByRole("button", { name: "Skip" }).tap();
  await page.getByText("All 13 looks are made").waitFor();
  expect((await said(page, "Silence")).says).toStartWith("You skipped it after 31 s");
  await page.getByRole("button", { name: "Copy as text" }).tap();
  const text = await page.getByRole("textbox").inputValue();
  expect(text).toContain("[Fine] WebSocket: It opened");
  expect(text).toContain(`http://${LAN_HOST}:`);
  const width = await page.evaluate("document.documentElement.scrollWidth");
  expect(width).toBe(360);
  await shoot(page, "doctor-phone-copied");
  expect(await wrongWith(me)).toEqual([]);
  expect([...me.faults, ...me.strays]).toEqual([]);
});

browserNeeded.test("[H26] a proxy that drops the upgrade is named, with the lines that it lacks", async () => {
  const me = await visitor();
  const { page } = me;
  await examined(me, (await proxied({ TRUSTED_PROXIES: "1" }, (lines) => dropsUpgrade(forwards(lines)))).port);
  const { word, says } = await said(page, "WebSocket");
  expect(word).toBe("Broken");
  expect(says).toContain("the proxy does not pass the upgrade on");
  expect(says).toContain('proxy_set_header Connection "upgrade";');
  expect(says).toContain("reverse_proxy 127.0.0.1:3000");
  expect((await said(page, "HTTP")).word).toBe("Fine");
  expect((await said(page, "Your address")).says).toContain("you count as 203.0.113.7");
  expect((await said(page, "Silence")).word).toBe("Not checked");
  expect(await verdict(page)).toBe("1 thing is broken");
  await shoot(page, "doctor-tv-broken");
  expect(await wrongWith(me)).toEqual([]);
  expect(me.faults.filter((fault) => !failedRequests.test(fault))).toEqual([]);
});

browserNeeded.test(
  "[H26] a proxy that TRUSTED_PROXIES does not name is told, and one that asks by its own name",
  async () => {
    const me = await visitor();
    const { page } = me;
    await examined(me, (await proxied({}, (lines) => asksByItsOwnName(forwards(lines)))).port);
    const { word, says } = await said(page, "Your address");
    expect(word).toBe("Look here");
    expect(says).toContain("all players share one address (127.0.0.1) and its limits: set TRUSTED_PROXIES=1");
    expect((await said(page, "Host")).says).toContain("the server hears 127.0.0.1:3000");
    expect((await said(page, "WebSocket")).word).toBe("Fine");
    expect(await verdict(page)).toBe("2 things to look at");
    await shoot(page, "doctor-tv-look");
    expect(await wrongWith(me)).toEqual([]);
    expect(me.faults).toEqual([]);
  },
);

browserNeeded.test("[H26] a proxy that cuts a silent line is told, with after how long", async () => {
  const me = await visitor();
  const { page } = me;
  const proxy = await proxied({ TRUSTED_PROXIES: "1" }, forwards);
  await examined(me, proxy.port);
  await page.clock.runFor(60_000);
  await page.getByText("60 of 75 s").waitFor();
  proxy.cut();
  await page.getByText("All 13 looks are made").waitFor();
  const { word, says } = await said(page, "Silence");
  expect([word, says.slice(0, 64)]).toEqual([
    "Broken",
    "The line was cut after 60 s of silence: a proxy times out, or th",
  ]);
  expect(me.faults).toEqual([]);
});

browserNeeded.test(
  "[H26] a server that goes in the middle is told in words, and one that is back is found again",
  async () => {
    const me = await visitor();
    const { page } = me;
    const server = startServer();
    await examined(me, server.port);
    await server.stop();
    await page.getByText("All 13 looks are made").waitFor();
    expect((await said(page, "Silence")).word).toBe("Broken");
    await page.getByRole("button", { name: "Run again" }).click();
    await page.getByText("Nothing answered").waitFor();
    await page.getByText("All 13 looks are made").waitFor();
    expect(await verdict(page)).toBe("1 thing is broken");
    await shoot(page, "doctor-tv-gone");
    serve({ PORT: String(server.port) });
    await page.getByRole("button", { name: "Run again" }).click();
    await page.getByText("of 75 s").waitFor();
    expect(await verdict(page)).toBe("Fine so far");
    expect(me.faults.filter((fault) => !failedRequests.test(fault))).toEqual([]);
  },
);

browserNeeded.test(
  "[H26] what the operator has set is told: origins, limits, and an address that leads phones nowhere",
  async () => {
    const me = await visitor();
    const { page } = me;
    await examined(me, serve({ ALLOWED_ORIGINS: "https://game.example", LIMITS: "off" }).port);
    expect((await said(page, "WebSocket")).says).toContain("add it to ALLOWED_ORIGINS");
    expect((await said(page, "Limits")).word).toBe("Look here");
    await examined(me, serve({ PUBLIC_URL: "https://party.example" }).port, "localhost");
    expect((await said(page, "Phones")).says).toContain("open the page for the screen at this address instead");
    expect(await page.getByRole("link", { name: "https://party.example" }).getAttribute("href")).toBe(
      "https://party.example/home",
    );
    expect(me.faults.filter((fault) => !failedRequests.test(fault))).toEqual([]);
  },
);

browserNeeded.test("[H26] where no phone leads to this machine, the doctor says what to do for that", async () => {
  const me = await visitor();
  const { page } = me;
  const { port } = serve();
  const answers = [
    [{ bound: "loopback", contained: false }, "start the server without HOST"],
    [{ bound: "loopback", contained: true }, "start the server without HOST"],
    [{ bound: "everywhere", contained: true }, "set PUBLIC_URL to the machine's address"],
    [{ bound: "everywhere", contained: false }, "this machine is in no network"],
  ] as const;
  for (const [here, words] of answers) {
    // What a machine has differs from one that runs this test to the other.
    await page.route("**/api/here", (route) => route.fulfill({ json: { urls: [], ...here } }), { times: 1 });
    await examined(me, port, "localhost");
    expect((await said(page, "Phones")).says).toContain(words);
  }
  expect(me.faults).toEqual([]);
});
