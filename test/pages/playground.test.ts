// The playground in a real browser, at an origin that is not secure: its members' lines in Workers, its forms, its list, and what it does to lines.
import { expect } from "bun:test";
import type { Page } from "playwright-core";
import { browserNeeded, LAN_HOST } from "../support/browser.ts";
import { Client } from "../support/client.ts";
import type { TestServer } from "../support/server.ts";
import { looking, type Onlooker, shoot, wrongWith } from "./onlooker.ts";

const { serve, visitor } = looking();
const { test } = browserNeeded;
const DONE = "That was it";

async function open(server: TestServer, size: "tv" | "phone" = "tv"): Promise<Onlooker> {
  const me = await visitor(size);
  await me.page.goto(`http://${LAN_HOST}:${server.port}/playground`);
  return me;
}

async function press(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).click();
}

async function plays(page: Page, preset: string): Promise<void> {
  await press(page, preset);
  await page.getByRole("status").filter({ hasText: DONE }).waitFor();
}

const card = (page: Page, name: string) => page.getByRole("article", { name, exact: true });
const rows = (page: Page) => page.locator(".frames li");
/** The newest row of somebody with this in it. */
const row = (page: Page, whose: string, text: string | RegExp) =>
  rows(page)
    .filter({ has: page.locator(".of", { hasText: new RegExp(`^${whose}$`) }) })
    .filter({ hasText: text })
    .first();
const frame = (page: Page) => page.getByLabel(/The frame, as it goes out/);

/** Says a frame of one's own as whoever speaks. */
async function say(page: Page, text: string): Promise<void> {
  await frame(page).fill(text);
  await page.getByRole("button", { name: /^Send as/ }).click();
}

/** Waits until the frame that would go out is this. */
async function holds(page: Page, text: string): Promise<void> {
  while ((await frame(page).inputValue()) !== text);
}

const clean = (me: Onlooker) => expect([...me.faults, ...me.strays]).toEqual([]);

test("[H33] two phones talk: each frame stands in the list, is filtered, and had as JSON lines and as code", async () => {
  const me = await open(serve());
  const { page } = me;
  await shoot(page, "playground-start");
  expect(await wrongWith(me)).toEqual([]);
  await plays(page, "Two phones talking");
  for (const name of ["TV", "Ann", "Bob"]) await card(page, name).getByText("Open").waitFor();
  await row(page, "TV", "guess").filter({ hasText: "message" }).waitFor();
  await shoot(page, "playground-talk");
  expect(await wrongWith(me)).toEqual([]);
  await page.getByLabel("Filter by words").fill("peer_joined");
  await rows(page).nth(3).waitFor({ state: "detached" });
  expect(await rows(page).count()).toBe(3);
  await page.getByLabel("Whose frames").selectOption("TV");
  await rows(page).nth(2).waitFor({ state: "detached" });
  await press(page, ".jsonl");
  const lines = (await page.getByLabel("2 rows as .jsonl").inputValue()).split("\n").map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    { member: "TV", direction: "in", seq: 1, frame: { type: "peer_joined" } },
    { member: "TV", direction: "in", seq: 2, frame: { type: "peer_joined" } },
  ]);
  await press(page, "Copy");
  await page.getByRole("button", { name: "Copied" }).waitFor();
  await press(page, "As code");
  expect(await page.getByLabel("TV as code").inputValue()).toContain(
    'say({"type":"set_state","data":{"round":2},"id":2});',
  );
  await shoot(page, "playground-code");
  expect(await wrongWith(me)).toEqual([]);
  clean(me);
});

test("[H33] a room is opened and joined by forms, and what they send reaches who it is for", async () => {
  const server = serve();
  const me = await open(server);
  const { page } = me;
  await press(page, "Add a member");
  await page.getByRole("heading", { name: "TV says" }).waitFor();
  expect(await page.getByLabel("Request").inputValue()).toBe("create");
  await card(page, "TV").getByText("Open").waitFor();
  await shoot(page, "playground-form");
  expect(await wrongWith(me)).toEqual([]);
  await press(page, "Send as TV");
  await card(page, "TV").getByText("host").waitFor();
  await press(page, "Add a member");
  await page.getByRole("heading", { name: "Ann says" }).waitFor();
  expect(await page.getByLabel("Request").inputValue()).toBe("join");
  await card(page, "Ann").getByText("Open").waitFor();
  await press(page, "Send as Ann");
  await row(page, "Ann", "joined").waitFor();
  await page.getByLabel("Request").selectOption("send");
  await page.getByLabel("data", { exact: true }).fill('{"from":"the form"}');
  await holds(page, '{"type":"send","data":{"from":"the form"}}');
  await press(page, "Send as Ann");
  await row(page, "TV", "the form").waitFor();
  // A frame of one's own, and back to the form.
  await say(page, '{"type":"send","data":"by hand"}');
  await row(page, "TV", "by hand").waitFor();
  await press(page, "Back to the form");
  await holds(page, '{"type":"send","data":{"from":"the form"}}');
  clean(me);
});

test("[H33] nonsense gets its typed error or its close code, and the page lives on", async () => {
  const server = serve();
  const me = await open(server);
  const { page } = me;
  await plays(page, "Two phones talking");
  for (const [what, code] of [
    ["null", "unknown_type"],
    ["No JSON", "invalid_json"],
    ["Unknown type", "unknown_type"],
    ["Nested 100 deep", "too_deep"],
  ] as const) {
    await press(page, "Empty");
    await page.getByLabel("Nonsense from Ann").selectOption(what);
    await row(page, "Ann", `"code":"${code}"`).waitFor();
  }
  await press(page, "Empty");
  await page.getByLabel("Nonsense from Ann").selectOption("A key twice");
  // Of a key that stands there twice the last counts.
  await row(page, "Ann", "pong").waitFor();
  await page.getByLabel("Nonsense from Ann").selectOption("100 KB");
  await card(page, "Ann").getByText("Closed: 1009").waitFor();
  // The editor holds what is no JSON as well.
  await say(page, "this is no frame");
  await row(page, "TV", '"code":"invalid_json"').waitFor();
  expect(await page.getByText("This is no JSON. It may be sent all the same.").count()).toBe(1);
  await shoot(page, "playground-nonsense");
  expect(await wrongWith(me)).toEqual([]);
  clean(me);
});

test("[H33] a seat that is taken by another line of its member closes the first with 4000", async () => {
  const me = await open(serve());
  const { page } = me;
  await plays(page, "Two phones talking");
  await page.getByRole("button", { name: "Take the seat: Ann" }).click();
  await row(page, "Ann", "closed with 4000: replaced").waitFor();
  await card(page, "Ann").getByText("Open").waitFor();
  await row(page, "Ann", /"resumed": ?true/).waitFor();
  clean(me);
});

test("[H33] who is dropped is away, and comes back to what it missed", async () => {
  const me = await open(serve());
  const { page } = me;
  await plays(page, "Coming back");
  await row(page, "TV", "peer_away").waitFor();
  await row(page, "Ann", /"missed": ?\[/).waitFor();
  await row(page, "Ann", "is dropped").waitFor();
  // By hand, too.
  await page.getByRole("button", { name: "Drop: Ann" }).click();
  await card(page, "Ann").getByText("Dropped").waitFor();
  await page.getByRole("button", { name: /^Come back to/ }).click();
  await card(page, "Ann").getByText("Open").waitFor();
  await rows(page).filter({ hasText: "peer_back" }).nth(1).waitFor();
  await shoot(page, "playground-back");
  expect(await wrongWith(me)).toEqual([]);
  clean(me);
});

test("[H33] a host that is gone is followed by the next, and a night is told", async () => {
  const me = await open(serve());
  const { page } = me;
  await plays(page, "Host gone");
  await card(page, "Ann").getByText("host").waitFor();
  await row(page, "Bob", "room_locked").waitFor();
  await plays(page, "A night");
  await row(page, "Ann", "vote.received").first().waitFor();
  await row(page, "Bob", "session.ended").waitFor();
  clean(me);
});

test("[H33] a Worker that is blocked reads nothing, and is closed with 4102 when enough waits", async () => {
  const server = serve({ LIMITS: "off" });
  const me = await open(server);
  const { page } = me;
  await plays(page, "Two phones talking");
  const code = /^\w+/.exec(`${await card(page, "TV").locator(".figure").textContent()}`)?.[0] ?? "";
  const loud = await Client.connect(`${server.url}/v1`);
  expect(await loud.ask({ type: "join", room: code, clientId: "loud" })).toMatchObject({ type: "joined" });
  await row(page, "Ann", "loud").waitFor();
  await page.getByRole("button", { name: "Sleep 60 s: Ann" }).click();
  await card(page, "Ann").getByText("Asleep").waitFor();
  const data = "x".repeat(60_000);
  const closed = 'partyline_closes_total{code="4102"}';
  while (!((await server.metric(closed)) >= 1)) {
    for (let n = 0; n < 10; n++) loud.send({ type: "send", to: await idOf(page, "Ann"), data });
    await loud.upToFence();
  }
  expect(await server.metric(closed)).toBe(1);
  // The page lives, and the others with it.
  await press(page, "Send as TV");
  await row(page, "Bob", "hello").waitFor();
  await page.getByRole("button", { name: "Drop: Ann" }).click();
  await card(page, "Ann").getByText("Dropped").waitFor();
  clean(me);
});

async function idOf(page: Page, name: string): Promise<string> {
  return `${await page.locator(`#members option:text-is("${name}")`).getAttribute("value")}`;
}

test("[H33] eight members and no more, and on a phone nothing is wider than the screen", async () => {
  const me = await open(serve(), "phone");
  const { page } = me;
  const width = () => page.evaluate("document.documentElement.scrollWidth");
  expect(await width()).toBe(360);
  await shoot(page, "playground-phone-start");
  expect(await wrongWith(me)).toEqual([]);
  for (let n = 1; n <= 8; n++) {
    await page.getByRole("button", { name: "Add a member" }).tap();
    await page
      .getByRole("article")
      .nth(n - 1)
      .waitFor();
  }
  expect(await page.getByRole("button", { name: "Add a member" }).isDisabled()).toBe(true);
  await card(page, "Gia").getByText("Open").waitFor();
  expect(await width()).toBe(360);
  await shoot(page, "playground-phone-eight");
  expect(await wrongWith(me)).toEqual([]);
  await page.getByRole("button", { name: "Two phones talking" }).tap();
  await page.getByRole("status").filter({ hasText: DONE }).waitFor();
  expect(await width()).toBe(360);
  // Its list scrolls by itself, and nothing is below it.
  expect(
    await page.evaluate(
      "document.documentElement.scrollHeight - document.querySelector('.frames').getBoundingClientRect().bottom - scrollY",
    ),
  ).toBeLessThan(60);
  await shoot(page, "playground-phone-talk");
  expect(await wrongWith(me)).toEqual([]);
  clean(me);
});

test("[H33] the page's policy lets its Worker's path through and no other, and the Worker reaches nobody else", async () => {
  const server = serve();
  const me = await open(server);
  const { page } = me;
  const tried = await page.evaluate(`(() => {
    const found = [];
    for (const make of [
      () => new Worker("/partyline.js"),
      () => new Worker(document.documentElement.dataset.worker),
      () => trustedTypes.createPolicy("partyline", { createScriptURL: (path) => path }),
      () => trustedTypes.createPolicy("other", { createScriptURL: (path) => path }),
    ]) try { make(); found.push(String(make)); } catch {}
    return found;
  })()`);
  expect(tried).toEqual([]);
  expect(me.strays).toEqual([]);
});

test("[H33] the first page leads to it", async () => {
  const me = await visitor();
  const { page } = me;
  await page.goto(`http://${LAN_HOST}:${serve().port}/`);
  await page.getByRole("link", { name: "Playground" }).click();
  await page.getByRole("heading", { name: "Playground" }).waitFor();
  clean(me);
});
