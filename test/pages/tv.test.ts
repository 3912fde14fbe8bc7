// The TV: which address it sends phones to, what it hides from a stream, and what becomes of it when it is reloaded, doubled or left alone.
import { expect } from "bun:test";
import type { Page } from "playwright-core";
import { joinRoom } from "../../clients/js/src/index.ts";
import { browserNeeded } from "../support/browser.ts";
import { folderOf } from "../support/folder.ts";
import { codeOn } from "../support/party.ts";
import { readQr } from "../support/qr.ts";
import { isLobby, parties, press, says, tap } from "./stage.ts";

const party = parties();
const { test } = browserNeeded;

/** What the server would say on another machine. */
const machine = (page: Page, here: object) => page.route("**/api/here", (route) => route.fulfill({ json: here }));
const openRoom = async (page: Page) => {
  await press(page, "Open a room on this screen");
  return await codeOn(page);
};

for (const scheme of ["light", "dark"] as const)
  test(`[H24] the QR code leads phones to the page's own address, read off a ${scheme} screen, large and in its corner`, async () => {
    const { tv: openTv, phone, origin } = await party();
    const tv = await openTv("tv", { scheme });
    expect(await readQr(tv.page, "#qr")).toBe(`${origin}/${tv.code}`);
    await says(tv.page, "#advice", "Same Wi-Fi as this screen");
    expect(await tv.page.locator("#code").getAttribute("aria-label")).toBe(`Room code ${[...tv.code].join(" ")}`);
    await phone(tv.code, "Ann");
    await says(tv.page, "#reach", "Reachable");
    expect(await readQr(tv.page, "#qr")).toBe(`${origin}/${tv.code}`);
  });

test("[H24] PUBLIC_URL is what phones are sent to, from wherever the page was opened", async () => {
  const { tv: openTv } = await party({ PUBLIC_URL: "https://party.example" });
  const tv = await openTv();
  await says(tv.page, "#address", `https://party.example/${tv.code}`);
  expect(await readQr(tv.page, "#qr")).toBe(`https://party.example/${tv.code}`);
  expect(await tv.page.locator("#advice").textContent()).toBe("");
});

test("[H24] on a loopback address there is no QR code as long as no other is known, and why", async () => {
  const { people, server } = await party();
  const { page, context, faults } = await people.person("tv");
  await page.goto(server.http);
  await openRoom(page);
  // Where the test runs in a container it is that which is said.
  await says(page, "#advice", /Only this machine can reach|Set PUBLIC_URL/);
  // In a container, too, it is HOST that keeps everybody else out.
  await machine(page, { urls: [], bound: "loopback", contained: true });
  await page.reload();
  await says(page, "#advice", "Only this machine can reach the server; start it without HOST.");
  expect(await page.locator("#qr").isVisible()).toBe(false);
  await machine(page, { urls: [], bound: "everywhere", contained: true });
  await page.reload();
  await says(page, "#advice", "Set PUBLIC_URL");
  await machine(page, { urls: [], bound: "everywhere", contained: false });
  await page.reload();
  await says(page, "#advice", "in no network");
  expect(await page.locator("#qr").isVisible()).toBe(false);
  expect(faults).toEqual([]);
  await context.close();
});

test("[H24] of several addresses of the machine a person picks one, and the next room remembers it", async () => {
  const { people, server } = await party();
  const { page, context, faults } = await people.person("tv");
  const urls = ["http://192.168.1.20:3000", "http://10.0.0.7:3000"];
  await machine(page, { urls, bound: "everywhere", contained: false });
  await page.goto(server.http);
  const code = await openRoom(page);
  await says(page, "#address", `192.168.1.20:3000/${code}`);
  await page.getByLabel("Phones find this machine at").selectOption("10.0.0.7:3000");
  await says(page, "#address", `10.0.0.7:3000/${code}`);
  expect(await readQr(page, "#qr")).toBe(`${urls[1]}/${code}`);
  // A phone on this very machine proves nothing to others.
  const { page: own } = await people.person("phone");
  await own.goto(`${server.http}/${code}`);
  await own.getByLabel("Your name").fill("Ann");
  await own.locator("#join").click();
  await says(page, "#who", "1 phone here");
  await says(page, "#roster", /\d ms/);
  expect(await page.locator("#reach").isVisible()).toBe(false);
  await press(page, "Close the room");
  await press(page, "Close it for all?");
  const next = await openRoom(page);
  expect(next).not.toBe(code);
  await says(page, "#address", `10.0.0.7:3000/${next}`);
  expect(faults).toEqual([]);
  await context.close();
});

test("a hidden code is nowhere on the screen, in its title or in its address, also after a reload", async () => {
  const { tv: openTv, phone } = await party();
  const tv = await openTv();
  await phone(tv.code, "Ann");
  await says(tv.page, "#reach", "Reachable");
  expect(await tv.page.title()).toContain(tv.code);
  await press(tv.page, "Hide the code");
  const shown = async () => {
    await says(tv.page, "#advice", "Hidden from the stream");
    expect(await tv.page.locator("#address").textContent()).toBe("");
    expect(await tv.page.locator("#reach").isVisible()).toBe(false);
    expect(await tv.page.title()).not.toContain(tv.code);
    expect(await tv.page.locator("body").textContent()).not.toContain(tv.code);
    expect(await tv.page.locator("body").ariaSnapshot()).not.toContain(tv.code);
    expect(await tv.page.locator("#qr").isVisible()).toBe(false);
  };
  await shown();
  await tv.page.reload();
  await says(tv.page, "#who", "1 phone here");
  await shown();
  await press(tv.page, "Show the code");
  await says(tv.page, "#address", tv.code);
  expect(await codeOn(tv.page)).toBe(tv.code);
});

test("no phone at hand: each tab that the TV opens is another player, until a real phone has come", async () => {
  const { people, server } = await party();
  const { page: tv, context, faults } = await people.person("tv");
  await tv.goto(server.http);
  const code = await openRoom(tv);
  for (const [n, name] of ["Ann", "Bob"].entries()) {
    const opened = context.waitForEvent("page");
    await tv.getByText("No phone at hand?").click();
    const page = await opened;
    await page.getByLabel("Your name").fill(name);
    await page.locator("#join").click();
    await says(page, "#words", "Connected");
    expect(page.url()).toBe(`${server.http}/${code}?player=${n + 1}`);
    await tv.bringToFront();
  }
  await says(tv, "#who", "2 phones here");
  expect(faults).toEqual([]);
  await context.close();
});

test("a TV that a second tab took over says so, and comes back when asked", async () => {
  const { tv: openTv, phone, origin } = await party();
  const tv = await openTv();
  await phone(tv.code, "Ann");
  const seat = (await tv.page.evaluate("JSON.stringify(sessionStorage)")) as string;
  // A browser copies a tab's storage when the tab is duplicated.
  const twin = await tv.context.newPage();
  await twin.addInitScript(`for (const [key, text] of Object.entries(${seat})) sessionStorage.setItem(key, text);`);
  await twin.goto(origin);
  await says(twin, "#who", "1 phone here");
  await says(tv.page, "#notice", "Another tab is the TV of that room now.");
  await press(tv.page, "Show the room here");
  await says(tv.page, "#who", "1 phone here");
  await says(twin, "#notice", "Another tab is the TV");
});

test("a TV whose room ended meanwhile says so, and opens another", async () => {
  const { tv: openTv, origin, server } = await party();
  const tv = await openTv();
  const seat = JSON.parse(
    (await tv.page.evaluate("Object.values(sessionStorage).find((x) => x.includes('secret'))")) as string,
  );
  await tv.page.goto("about:blank");
  const again = await joinRoom({
    url: server.url,
    room: tv.code,
    seats: { load: () => seat, save: () => undefined, clear: () => undefined },
  });
  await again.close();
  await tv.page.goto(origin);
  await says(tv.page, "#notice", "The room of this screen is over.");
  expect(await openRoom(tv.page)).not.toBe(tv.code);
});

test("a hundred members fit on the TV: the page does not grow, and each can be reached", async () => {
  const { tv: openTv, server } = await party({ LIMITS: "off" });
  const tv = await openTv("tv", {}, "?phones=99");
  const rooms = await Promise.all(
    Array.from({ length: 99 }, (_, n) => joinRoom({ url: server.url, room: tv.code, name: `Guest ${n}`, seats: null })),
  );
  await says(tv.page, "#who", "99 phones here");
  await Promise.all(rooms.map((room) => room.send({ say: "hello from everybody" })));
  await Promise.all(rooms.map((room) => room.answer("Round 1").catch(() => room.send({ late: 1 }))));
  await says(tv.page, "#standing", /Guest \d+!/);
  expect(await tv.page.locator("#said li").count()).toBeLessThanOrEqual(3);
  expect(await tv.page.evaluate("document.documentElement.scrollHeight <= innerHeight")).toBe(true);
  await tv.page.locator("#roster li").last().scrollIntoViewIfNeeded();
  for (const room of rooms) await room.leave();
  await isLobby(tv.page);
});

test("a code typed on the first page leads to the phone's; what could be none stays here", async () => {
  const { tv: openTv, visitor, origin } = await party();
  const tv = await openTv();
  const { page } = await visitor("/home", "phone");
  await page.getByLabel("Join a room").fill("gx0");
  await press(page, "Join");
  await says(page, "#joinForm #notice", "has no I, O, 0 or 1");
  await page.getByLabel("Join a room").fill(tv.code.toLowerCase());
  await page.keyboard.press("Enter");
  await page.getByLabel("Your name").waitFor();
  expect(page.url()).toBe(`${origin}/${tv.code}`);
});

test("[H22] where the game has the short addresses, the room of the first page is joined at the server's own, and near-codes are the game's", async () => {
  using folder = folderOf({ "phone.html": "<link rel='icon' href='data:,'><title>The game</title>" });
  const { tv: openTv, phone, visitor, origin } = await party({ PUBLIC_DIR: folder.path });
  const tv = await openTv();
  await says(tv.page, "#address", `/home/${tv.code}`);
  expect(await readQr(tv.page, "#qr")).toBe(`${origin}/home/${tv.code}`);
  expect(await tv.page.locator("#tryLink").getAttribute("href")).toBe(`/home/${tv.code}?player=1`);
  const { page } = await phone(`home/${tv.code.toLowerCase()}`, "Ann");
  expect(page.url()).toBe(`${origin}/home/${tv.code}`);
  await page.reload();
  await says(tv.page, "#who", "1 phone here");
  for (const code of [tv.code, "GXH0"]) {
    const { page: game } = await visitor(`/${code}`, "phone");
    expect([await game.title(), game.url()]).toEqual(["The game", `${origin}/phone.html#${code}`]);
  }
});

test("a room that takes nobody says so over its QR code: locked, or full", async () => {
  const { tv: openTv, phone } = await party();
  const tv = await openTv("tv", {}, "?phones=1");
  const stamp = (text: string) => tv.page.locator(`#qr[data-shut="${text}"]`).waitFor();
  await stamp("");
  await press(tv.page, "Lock the room");
  await stamp("Locked");
  expect(await tv.page.evaluate("getComputedStyle(document.querySelector('#qr'), '::after').content")).toBe('"Locked"');
  await press(tv.page, "Unlock the room");
  await stamp("");
  const ann = await phone(tv.code, "Ann");
  await stamp("To watch");
  await tap(ann.page, "Leave");
  await stamp("");
});

test("a TV without its server looks like it; what is pressed says that it waits, and happens once", async () => {
  const { tv: openTv, phone } = await party();
  const tv = await openTv();
  const ann = await phone(tv.code, "Ann");
  await says(tv.page, "#who", "1 phone here");
  await tv.context.setOffline(true);
  await tv.page.locator("#tv.adrift").waitFor();
  for (const part of ["#stage", "#people", "#corner"])
    expect([part, await tv.page.evaluate(`getComputedStyle(document.querySelector("${part}")).opacity`)]).toEqual([
      part,
      "0.4",
    ]);
  await press(tv.page, "Start a vote");
  await says(tv.page, "#poll", "Waits for the server");
  await press(tv.page, "Waits for the server…");
  await press(tv.page, "Lock the room");
  await says(tv.page, "#lock", "Waits for the server");
  await tv.context.setOffline(false);
  await says(ann.page, "#question", "How was");
  await says(tv.page, "#poll", "End the vote");
  await says(tv.page, "#lock", "Unlock the room");
  expect(await tv.page.locator("#tv.adrift").count()).toBe(0);
  expect(await tv.page.locator("#toast").textContent()).toBe("");
});

test("what is written on a TV can be read from a sofa, and its buttons stay where they are when a vote opens", async () => {
  const { tv: openTv, phone } = await party();
  const tv = await openTv();
  const ann = await phone(tv.code, "Ann");
  await says(tv.page, "#roster", /\d ms/);
  const sizes = (await tv.page.evaluate(
    `["#line", "#lock", "#poll", "#advice", "#reach", "#roster .muted", ".kick"].map((one) => parseFloat(getComputedStyle(document.querySelector(one)).fontSize))`,
  )) as number[];
  for (const size of sizes) expect(size).toBeGreaterThanOrEqual(16);
  const before = await tv.page.locator("#next").boundingBox();
  await press(tv.page, "Start a vote");
  await says(ann.page, "#question", "How was");
  expect((await tv.page.locator("#next").boundingBox())?.y).toBe(before?.y ?? 0);
});

test("[C1] a server that lets nobody watch has rooms as well, and a full one says so to who comes", async () => {
  const { tv: openTv, phone, visitor } = await party({ MAX_AUDIENCE: "0" });
  const tv = await openTv("tv", {}, "?phones=1");
  const ann = await phone(tv.code, "Ann");
  await tv.page.locator('#qr[data-shut="Full"]').waitFor();
  const { page } = await visitor(`/${tv.code}`, "phone");
  await page.getByLabel("Your name").fill("Eve");
  await page.locator("#join").tap();
  await says(page, "#notice", "The room is full");
  await ann.page.locator("#buzz").tap();
  await says(tv.page, "#standing", "Ann!");
});
