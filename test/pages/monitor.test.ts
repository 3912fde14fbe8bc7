// The monitor's page in a real browser, at an origin that is not secure, in front of a server with rooms in which somebody is.
import { expect } from "bun:test";
import type { Page } from "playwright-core";
import { browserNeeded, LAN_HOST } from "../support/browser.ts";
import { Client } from "../support/client.ts";
import { ManualClock } from "../support/clock.ts";
import { ADMIN_KEY, startServer, type TestServer } from "../support/server.ts";
import { looking, type Onlooker, shoot, wrongWith } from "./onlooker.ts";

/** A click so soon after the first is the end of a double click: a person takes longer to read. */
const READ_MS = 500;
const NAMES = ["Ann", "Bob", "Cem"];

const { serve, visitor, ends } = looking();

interface Party {
  readonly code: string;
  readonly tv: Client;
  readonly guests: readonly Client[];
}

/** A TV and guests by these names. */
async function party({ url }: TestServer, names: readonly string[] = []): Promise<Party> {
  const tv = await Client.connect(`${url}/v1`);
  const create = {
    type: "create",
    maxClients: 9,
    clientId: "tv",
    secret: "of the tv",
    name: "TV",
    history: 64,
    away: 60,
  };
  const code = String((await tv.ask(create)).room);
  const guests: Client[] = [];
  for (const name of names) {
    const guest = await Client.connect(`${url}/v1`);
    await guest.ask({ type: "join", room: code, clientId: name, secret: `of ${name}`, name });
    guests.push(guest);
  }
  return { code, tv, guests };
}

/** With a clock that the test can move on. */
async function open({ page }: Onlooker, { port }: TestServer): Promise<void> {
  await page.clock.install();
  await page.goto(`http://${LAN_HOST}:${port}/monitor`);
}

async function logIn(page: Page, key = ADMIN_KEY): Promise<void> {
  await page.getByLabel("Admin key").fill(key);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** Logged in, with the list before its eyes. */
async function operator(server: TestServer, size: "tv" | "phone" = "tv"): Promise<Onlooker> {
  const me = await visitor(size);
  await open(me, server);
  await logIn(me.page);
  await me.page.getByRole("heading", { name: "Rooms" }).waitFor();
  return me;
}

/** The first click, then the second a moment later: time passes for the page alone. */
async function twice(page: Page, first: string, second: string): Promise<void> {
  await page.getByRole("button", { name: first, exact: true }).click();
  await page.clock.fastForward(READ_MS);
  await page.getByRole("button", { name: second }).click();
}

const rows = (page: Page) => page.locator(".rooms tbody tr");
const withoutFailed = (faults: readonly string[]) => faults.filter((fault) => !/Failed to load resource/.test(fault));

browserNeeded.test(
  "[H27] the admin key opens it, a wrong one and too many of them are told, and a token that is over asks anew",
  async () => {
    const server = serve();
    const me = await visitor();
    const { page } = me;
    await open(me, server);
    await shoot(page, "monitor-login");
    await logIn(page, "no such key as this one here");
    await page.getByText("That is not the admin key. Each start without ADMIN_KEY prints a new one.").waitFor();
    expect(await wrongWith(me)).toEqual([]);
    for (let tries = 0; tries < 10; tries++)
      await fetch(`${server.http}/api/auth/login`, { method: "POST", body: '{"key":"wrong"}' });
    await logIn(page, "no such key as this one here");
    await page.getByText(/Too many tries came from this address: wait \d+ s/).waitFor();
    // As it is pasted, with what came along.
    await logIn(page, `  ${ADMIN_KEY} `);
    await page.getByText("No room is open").waitFor();
    expect(page.url()).toBe(`http://${LAN_HOST}:${server.port}/monitor`);
    await page.reload();
    await page.getByText("No room is open").waitFor();
    expect(await wrongWith(me)).toEqual([]);
    await page.evaluate("sessionStorage.setItem('partyline:monitor', 'a.token.of-yesterday')");
    await page.reload();
    await page.getByText("Your login has ended").waitFor();
    await logIn(page);
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByText("You are logged out").waitFor();
    expect(await page.evaluate("sessionStorage.length")).toBe(0);
    expect([...withoutFailed(me.faults), ...me.strays]).toEqual([]);
  },
);

browserNeeded.test(
  "[S38] a link for the overlay is made by one click, shows the night, and is gone with the login",
  async () => {
    const server = serve();
    const me = await operator(server);
    const { page } = me;
    await page.getByRole("button", { name: "Overlay link" }).click();
    const field = page.getByLabel("Address for your streaming program");
    const url = await field.inputValue();
    expect(url).toMatch(new RegExp(`^http://${LAN_HOST}:${server.port}/overlay#t=ey`));
    expect(await page.evaluate("getSelection().toString() === document.activeElement.value")).toBe(true);
    await shoot(page, "monitor-link");
    expect(await wrongWith(me)).toEqual([]);
    const token = url.split("#t=")[1];
    const may = (method: string, path: string) =>
      fetch(server.http + path, { method, headers: { authorization: `Bearer ${token}` } }).then(({ status }) => status);
    expect([await may("GET", "/api/sessions"), await may("POST", "/api/sessions")]).toEqual([200, 403]);
    expect([await may("GET", "/api/monitor"), page.url().includes("ey")]).toEqual([403, false]);
    await page.getByRole("button", { name: "Done" }).click();
    await field.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Overlay link" }).click();
    await field.waitFor();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByText("You are logged out").waitFor();
    expect(await page.content()).not.toContain("#t=");
    expect([me.faults, me.strays]).toEqual([[], []]);
  },
);

browserNeeded.test("[C6][M6] the monitor says how many watch, of a room and of all", async () => {
  const server = serve();
  const tv = await Client.connect(`${server.url}/v1`);
  const { room } = await tv.ask({ type: "create", maxClients: 2, clientId: "tv", secret: "of the tv", audience: 9 });
  for (const clientId of ["eve", "dan"]) {
    const one = await Client.connect(`${server.url}/v1`);
    await one.ask({ type: "join", room, clientId, as: "audience" });
  }
  const { page } = await operator(server);
  await page.locator(".tile.members", { hasText: "2 watching" }).waitFor();
  await page.locator(".rooms tbody tr", { hasText: "+ 2 watching" }).waitFor();
  await page
    .locator(".rooms")
    .getByRole("link", { name: String(room) })
    .click();
  await page
    .locator("dl", { hasText: /Audience\s*2/ })
    .first()
    .waitFor();
});

browserNeeded.test(
  "[H27] a room is found, a member kicked, the room locked and closed, each by a second click, and its members hear it",
  async () => {
    const server = serve();
    const { code, tv, guests } = await party(server, NAMES);
    await party(server);
    const [ann, bob] = guests;
    const me = await operator(server);
    const { page } = me;
    await page.getByLabel("Search by code or number").fill(code.slice(0, 3).toLowerCase());
    await page.getByText("1 found of 2").waitFor();
    await page.getByRole("link", { name: code, exact: true }).first().click();
    await page.getByRole("rowheader", { name: "Ann" }).waitFor();
    await shoot(page, "monitor-room");
    expect(await wrongWith(me)).toEqual([]);

    await twice(page, "Kick Ann", `Put Ann out of ${code} for good`);
    expect((await ann?.closed)?.code).toBe(4002);
    await page.getByText(`Ann is put out of ${code}`).waitFor();
    await page.getByRole("rowheader", { name: "Ann" }).waitFor({ state: "detached" });
    const again = await Client.connect(`${server.url}/v1`);
    const join = { type: "join", room: code, clientId: "Ann", secret: "of Ann", name: "Ann" };
    expect((await again.ask(join)).code).toBe("banned");

    await twice(page, "Lock", `Lock ${code}: nobody new gets in`);
    await page.getByText(`${code} is locked`).waitFor();
    expect((await again.ask({ ...join, clientId: "Dan", secret: "of Dan" })).code).toBe("room_locked");
    await twice(page, "Unlock", `Unlock ${code}: newcomers get in again`);
    await page.getByText(`${code} is open again`).waitFor();

    await page.getByRole("button", { name: "Close room" }).click();
    await page.getByRole("button", { name: `Close ${code}: 3 people are put out` }).waitFor();
    await shoot(page, "monitor-close");
    expect(await wrongWith(me)).toEqual([]);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Close room" }).dblclick();
    await page.clock.fastForward(READ_MS);
    expect((await tv.upToFence()).map(({ type }) => type)).not.toContain("bye");
    await page.getByRole("button", { name: `Close ${code}: 3 people are put out` }).click();
    for (const member of [tv, bob]) expect((await member?.closed)?.code).toBe(4001);
    await page.getByText("This room is over").waitFor();
    await page.getByRole("cell", { name: "operator closes the room" }).first().waitFor();
    await shoot(page, "monitor-over");
    expect(await wrongWith(me)).toEqual([]);
    expect([...withoutFailed(me.faults), ...me.strays]).toEqual([]);
  },
);

browserNeeded.test(
  "[H27] a room that is not there is asked for once, and nothing is said to be recorded of it",
  async () => {
    const server = serve();
    const me = await operator(server);
    const { page } = me;
    let asked = 0;
    page.on("request", (request) => {
      if (request.url().includes("/api/rooms/")) asked++;
    });
    await page.evaluate("location.hash = '#ZZZZ/party'");
    await page.getByText("There is no such room, and nothing is recorded of one.").waitFor();
    expect(await page.getByText("this is what was recorded").count()).toBe(0);
    for (let rounds = 0; rounds < 3; rounds++) {
      const picture = page.waitForResponse(/api\/monitor/);
      await page.clock.runFor(2_100);
      await picture;
    }
    // The room, and its record.
    expect(asked).toBe(2);
    expect([...withoutFailed(me.faults), ...me.strays]).toEqual([]);
  },
);

browserNeeded.test(
  "[H27] of many rooms the first hundred stand there, in the order that was asked for, and it says so",
  async () => {
    const server = serve({ MAX_ROOMS_PER_ADDRESS: "200", LIMITS: "off" });
    const full = await party(server, NAMES);
    for (let rooms = 0; rooms < 100; rooms++) await party(server);
    const me = await operator(server);
    const { page } = me;
    await page.getByText("first 100 of 101").waitFor();
    expect(await rows(page).count()).toBe(100);
    await page.getByRole("button", { name: "Members" }).click();
    await rows(page).first().filter({ hasText: full.code }).waitFor();
    expect(await page.getByRole("columnheader", { name: "Members" }).getAttribute("aria-sort")).toBe("descending");
    expect(await page.getByRole("columnheader", { name: "Told" }).getAttribute("aria-sort")).toBe("none");
    await shoot(page, "monitor-list");
    expect(await wrongWith(me)).toEqual([]);
    await page.getByLabel("Kind of entries").selectOption("members");
    await page.getByLabel("Filter by words or room").fill(`joined ${full.code}`);
    await page.getByRole("cell", { name: "opened" }).first().waitFor({ state: "detached" });
    expect(await page.locator(".tail tbody tr").count()).toBe(NAMES.length);
    expect([...me.faults, ...me.strays]).toEqual([]);
  },
);

browserNeeded.test("[H27] a page that nobody looks at asks nothing, and asks at once when somebody does", async () => {
  const server = serve();
  const me = await visitor();
  const { page } = me;
  await open(me, server);
  await logIn(page);
  await page.getByText("No room is open").waitFor();
  const asked = () => page.waitForRequest(/\/api\/monitor/);
  const polled = asked();
  await page.clock.fastForward(2_000);
  await (await (await polled).response())?.finished();
  let asks = 0;
  page.on("request", () => {
    asks++;
  });
  const look = (visibility: "hidden" | "visible") =>
    page.evaluate(`
      Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "${visibility}" });
      Object.defineProperty(document, "hidden", { configurable: true, get: () => ${visibility === "hidden"} });
      document.dispatchEvent(new Event("visibilitychange"));`);
  await look("hidden");
  await page.clock.runFor(600_000);
  expect(asks).toBe(0);
  const back = asked();
  await look("visible");
  await back;
  expect([...me.faults, ...me.strays]).toEqual([]);
});

browserNeeded.test(
  "[H27] while the server is gone the last picture stays, grey, with since when; the next server's is another",
  async () => {
    const first = startServer();
    const { code } = await party(first, NAMES);
    const me = await operator(first);
    const { page } = me;
    await page.getByRole("link", { name: code, exact: true }).first().waitFor();
    await first.stop();
    await page.getByText(/No answer since \d\d:\d\d:\d\d: this is the last picture/).waitFor();
    await page.getByRole("rowheader", { name: code }).waitFor();
    await page.locator(".stale").waitFor();
    await shoot(page, "monitor-gone");
    expect(await wrongWith(me)).toEqual([]);
    const second = serve({ PORT: String(first.port) });
    await page.getByText("Running").waitFor();
    await page.getByText("No room is open").waitFor();
    expect(await page.locator(".stale").count()).toBe(0);
    const next = await party(second);
    await page.getByRole("link", { name: next.code, exact: true }).first().waitFor();
    // What the first server recorded is told no more.
    expect(await page.locator(".tail").getByText(code).count()).toBe(0);
    expect([...withoutFailed(me.faults), ...me.strays]).toEqual([]);
  },
);

browserNeeded.test(
  "[H27] that the server stops is told, and why an answer is none; the next one is as before",
  async () => {
    // Its clock stands still, so it goes on stopping as long as the test looks at it; without limits each answer is made anew [M5].
    const server = startServer({ LIMITS: "off" }, new ManualClock());
    ends(server.stop);
    await Client.connect(`${server.url}/v1`);
    const me = await operator(server);
    const { page } = me;
    await page.getByText("Running").waitFor();
    for (const [status, words] of [
      [429, "The server answers 429, too many requests: this is the last picture."],
      [500, "The server answers 500: this is the last picture."],
    ] as const) {
      await page.route(/api\/monitor/, (route) => route.fulfill({ status, json: { error: "no" } }));
      await page.getByText(words, { exact: true }).waitFor();
      await page.locator(".stale").waitFor();
      await page.getByText("No room is open").waitFor();
      await page.unrouteAll();
      await page.getByText("Running").waitFor();
      expect(await page.locator(".stale").count()).toBe(0);
    }
    void server.drain();
    await page.getByText("Stopping: nobody new gets in").waitFor();
    expect(await wrongWith(me)).toEqual([]);
    expect([...withoutFailed(me.faults), ...me.strays]).toEqual([]);
  },
);

browserNeeded.test(
  "[H27] the keyboard alone is enough, and what is asked for a second time can be taken back",
  async () => {
    const server = serve();
    const { code, tv } = await party(server);
    const me = await visitor();
    const { page } = me;
    const focused = () => page.evaluate("document.activeElement.textContent");
    async function tabTo(text: string): Promise<void> {
      for (let steps = 0; steps < 30; steps++) {
        if ((await focused()) === text) return;
        await page.keyboard.press("Tab");
      }
      throw new Error(`the keyboard does not get to ${text}`);
    }
    await open(me, server);
    await page.getByLabel("Admin key").focus();
    await page.keyboard.type(ADMIN_KEY);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Rooms" }).waitFor();
    await tabTo("Age");
    await page.keyboard.press("Enter");
    await page.locator('[aria-sort="descending"]').filter({ hasText: "Age" }).waitFor();
    await page.getByRole("rowheader", { name: code }).waitFor();
    await tabTo(code);
    await page.keyboard.press("Enter");
    await page.getByRole("rowheader", { name: "TV" }).waitFor();
    await tabTo("Close room");
    // A second press that comes with the first is none: time stands still for the page.
    await page.clock.pauseAt(Date.now() + 60_000);
    await page.keyboard.press("Enter");
    expect(await focused()).toBe(`Close ${code}: 1 person is put out`);
    await page.keyboard.press("Enter");
    expect((await tv.upToFence()).map(({ type }) => type)).not.toContain("bye");
    await page.keyboard.press("Escape");
    expect(await focused()).toBe("Close room");
    await page.keyboard.press("Enter");
    await page.clock.fastForward(READ_MS);
    await page.keyboard.press("Enter");
    expect((await tv.closed).code).toBe(4001);
    expect([...withoutFailed(me.faults), ...me.strays]).toEqual([]);
  },
);

browserNeeded.test("[H27] on a phone nothing is wider than the screen but what scrolls by itself", async () => {
  const server = serve();
  const { code } = await party(server, NAMES);
  const me = await operator(server, "phone");
  const { page } = me;
  await page.getByRole("link", { name: code, exact: true }).first().waitFor();
  await shoot(page, "monitor-phone-list");
  const width = () => page.evaluate("document.documentElement.scrollWidth");
  expect(await width()).toBe(360);
  expect(await wrongWith(me)).toEqual([]);
  await page.getByRole("link", { name: code, exact: true }).first().tap();
  await page.getByRole("button", { name: "Kick Bob" }).tap();
  await page.getByRole("button", { name: "Put Bob out, may come back" }).waitFor();
  await shoot(page, "monitor-phone-kick");
  expect(await width()).toBe(360);
  expect(await wrongWith(me)).toEqual([]);
  expect([...me.faults, ...me.strays]).toEqual([]);
});
