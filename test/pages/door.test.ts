// Every way not to be in a room, in the words that a guest is told, and what there is to do about it.
import { expect } from "bun:test";
import type { Page } from "playwright-core";
import { joinRoom } from "../../clients/js/src/index.ts";
import { browserNeeded } from "../support/browser.ts";
import { isIn, join } from "../support/party.ts";
import { isLobby, parties, press, row, says, tap } from "./stage.ts";

const party = parties();
const { test } = browserNeeded;

const notice = (page: Page, text: string) => says(page, "#noticeTitle", text);
const ask = async (page: Page, name: string) => {
  await page.getByLabel("Your name").fill(name);
  await page.locator("#join").tap();
};

test("a wrong code may be mended, and the next reload finds the right room", async () => {
  const { tv: openTv, visitor, origin } = await party();
  const tv = await openTv();
  const { page } = await visitor("/ZZZZ", "phone");
  await ask(page, "Ann");
  await notice(page, "No such room");
  expect(await page.getByLabel("Code on the TV").inputValue()).toBe("ZZZZ");
  await page.getByLabel("Code on the TV").fill(` ${tv.code.slice(0, 2).toLowerCase()}-${tv.code.slice(2)}`);
  await page.locator("#join").tap();
  await isIn(page);
  expect(page.url()).toBe(`${origin}/${tv.code}`);
  await page.reload();
  await isIn(page);
});

test("[H18] a code that could be none is told before anything is asked, and stands nowhere but where it is mended", async () => {
  const { tv: openTv, visitor, server, origin } = await party();
  const tv = await openTv();
  const { page } = await visitor("/gxh0", "phone");
  await notice(page, "That is no code");
  await says(page, "#noticeText", "it has no I, O, 0 or 1");
  const field = page.getByLabel("Code on the TV");
  expect(await field.inputValue()).toBe("GXH0");
  expect(await page.locator("#code").isVisible()).toBe(false);
  await field.fill("gx1b");
  await ask(page, "Ann");
  await notice(page, "That is no code");
  expect(await field.inputValue()).toBe("gx1b");
  expect(await server.metric("partyline_lines")).toBe(1);
  await field.fill(tv.code);
  await page.locator("#join").tap();
  await isIn(page);
  expect(page.url()).toBe(`${origin}/${tv.code}`);
  const { page: short } = await visitor("/GXH/", "phone");
  await notice(short, "That is no code");
});

test("a form without a name asks for one and sends nothing; a name that cannot be shown is another's turn", async () => {
  const { tv: openTv, visitor, server } = await party();
  const tv = await openTv();
  const { page } = await visitor(`/${tv.code}`, "phone");
  await ask(page, "   ");
  expect(await page.evaluate("document.activeElement.id")).toBe("name");
  // What is missing the browser says, in its own language.
  await page.locator("#name:invalid").waitFor();
  expect(await page.evaluate("document.getElementById('name').validationMessage")).not.toBe("");
  expect(await server.metric("partyline_lines")).toBe(1);
  await ask(page, "A\u202eB");
  await notice(page, "Another name, please");
  await join(page, "Ann");
  await row(tv.page, "Ann", "here");
});

test("a full room where nobody may watch takes nobody, until somebody leaves", async () => {
  const { tv: openTv, phone, visitor } = await party({ MAX_AUDIENCE: "0" });
  const tv = await openTv("tv", {}, "?phones=1");
  const ann = await phone(tv.code, "Ann");
  const { page } = await visitor(`/${tv.code}`, "phone");
  await ask(page, "Bob");
  await notice(page, "The room is full");
  await tap(ann.page, "Leave");
  await notice(ann.page, "You have left");
  await tap(page, "Try again");
  await isIn(page);
});

test("a locked room takes nobody new, and who is in stays in", async () => {
  const { tv: openTv, phone, visitor } = await party();
  const tv = await openTv();
  const ann = await phone(tv.code, "Ann");
  await press(tv.page, "Lock the room");
  await says(tv.page, "#lock", "Unlock the room");
  const { page } = await visitor(`/${tv.code}`, "phone");
  await ask(page, "Bob");
  await notice(page, "The room is locked");
  await ann.page.reload();
  await isIn(ann.page);
  await press(tv.page, "Unlock the room");
  await says(tv.page, "#lock", "Lock the room");
  await tap(page, "Try again");
  await isIn(page);
});

test("who is kicked is told so, at once or when he comes back; the first click kicks nobody", async () => {
  const { tv: openTv, phone } = await party();
  const tv = await openTv();
  const ann = await phone(tv.code, "Ann");
  await row(tv.page, "Ann", "here");
  await press(tv.page, "Kick Ann");
  await says(tv.page, ".kick", "Sure?");
  await isIn(ann.page);
  await press(tv.page, "Sure? Kick Ann");
  await notice(ann.page, "You were put out of the room");
  await says(tv.page, "#toast", "Ann is out.");
  await tap(ann.page, "Join again");
  await row(tv.page, "Ann", "here");
  expect(await tv.page.locator("#toast").textContent()).toBe("");
  await isIn(ann.page);
  // While he is away he hears it when he is back: his seat is banned.
  await ann.context.setOffline(true);
  await row(tv.page, "Ann", "away");
  await press(tv.page, "Kick Ann");
  await press(tv.page, "Sure? Kick Ann");
  await isLobby(tv.page);
  await ann.context.setOffline(false);
  await notice(ann.page, "You were put out of the room");
});

test("a room that is closed says thank you, also to who was offline, and a reload asks for another code", async () => {
  const { tv: openTv, phone } = await party();
  const tv = await openTv();
  const ann = await phone(tv.code, "Ann");
  const bob = await phone(tv.code, "Bob");
  await row(tv.page, "Bob", "here");
  await bob.context.setOffline(true);
  await row(tv.page, "Bob", "away");
  await press(tv.page, "Close the room");
  await isIn(ann.page);
  await press(tv.page, "Close it for all?");
  await notice(ann.page, "The room is over");
  await says(tv.page, "#notice", "The room is over");
  await bob.context.setOffline(false);
  await notice(bob.page, "The room is over");
  expect(await bob.page.getByLabel("Code on the TV").inputValue()).toBe("");
  await ann.page.reload();
  await ask(ann.page, "Ann");
  await notice(ann.page, "No such room");
});

test("a room that ended while the phone was closed is over, and no wrong code", async () => {
  const { tv: openTv, phone } = await party();
  const tv = await openTv();
  const ann = await phone(tv.code, "Ann");
  const url = ann.page.url();
  await ann.page.goto("about:blank");
  await press(tv.page, "Close the room");
  await press(tv.page, "Close it for all?");
  await says(tv.page, "#notice", "The room is over");
  await ann.page.goto(url);
  await notice(ann.page, "The room is over");
});

test("a second tab takes the seat; the first says so, does not fight, and takes it back when asked", async () => {
  const { tv: openTv, phone, server } = await party();
  const tv = await openTv();
  const ann = await phone(tv.code, "Ann");
  const other = await ann.context.newPage();
  await other.goto(ann.page.url());
  await isIn(other);
  await notice(ann.page, "You play in another tab");
  expect(await server.metric("partyline_lines")).toBe(2);
  await tap(ann.page, "Play here");
  await isIn(ann.page);
  await notice(other, "You play in another tab");
  await says(tv.page, "#who", "1 phone here");
});

test("a phone that cannot reach the server says why it waits, gets in when it can, and is one tap from the doctor", async () => {
  const { tv: openTv, visitor } = await party();
  const tv = await openTv();
  const { page, context } = await visitor(`/${tv.code}`, "phone");
  await context.setOffline(true);
  await ask(page, "Ann");
  await says(page, "#title", "Your phone is offline. Waiting for Wi-Fi…");
  await page.locator("#doctor").waitFor();
  await context.setOffline(false);
  await isIn(page);
});

test("a phone that never reached the server is told so after a while, and tries again", async () => {
  const { tv: openTv, visitor } = await party();
  const tv = await openTv();
  const { page, context } = await visitor(`/${tv.code}`, "phone");
  await page.clock.install();
  await context.setOffline(true);
  await ask(page, "Ann");
  await page.clock.fastForward(25_000);
  await notice(page, "Your phone is offline");
  expect(await page.locator("#doctor").getAttribute("href")).toBe("/doctor");
  await context.setOffline(false);
  await tap(page, "Try again");
  await isIn(page);
});

test("where storage is blocked a phone plays all the same, and is told what that means", async () => {
  const { tv: openTv, people, origin } = await party();
  const tv = await openTv();
  const { page, context, faults } = await people.person("phone");
  await context.addInitScript(
    'for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, { get() { throw new Error("blocked"); } });',
  );
  await page.goto(`${origin}/${tv.code}`);
  await join(page, "Ann");
  await says(page, "#hint", "This browser keeps nothing");
  await tap(page, "Buzz!");
  await says(tv.page, "#standing", "Ann!");
  expect(faults).toEqual([]);
  await context.close();
});

test("a server that lets nobody in for now says why, once that lasts", async () => {
  const { tv: openTv, visitor } = await party();
  const tv = await openTv();
  const { page } = await visitor(`/${tv.code}`, "phone");
  let no = "";
  await page.routeWebSocket("**/v1", (socket) => {
    socket.onMessage((text) => {
      if (String(text).includes('"join"'))
        socket.send(JSON.stringify({ type: "error", id: "join", code: no, message: no, retryAfterMs: 100 }));
    });
  });
  await page.reload();
  await page.clock.install();
  for (const [code, title] of [
    ["draining", "The server is restarting"],
    ["server_full", "The server is full"],
    ["too_many_attempts", "Too many wrong codes"],
  ] as const) {
    no = code;
    await ask(page, "Ann");
    await says(page, "#title", "Joining…");
    for (let seconds = 0; seconds < 25; seconds++) await page.clock.runFor(1_000);
    await notice(page, title);
  }
});

test("other clients in the room, with long names and data that no page understands, are no trouble", async () => {
  const { tv: openTv, phone, server } = await party();
  const tv = await openTv();
  const ann = await phone(tv.code, "Ann");
  // Somebody else, with a client of his own: long names and other data are no trouble to the pages.
  const guest = await joinRoom({ url: server.url, room: tv.code, name: "W".repeat(64), seats: null });
  await guest.setData({ colour: "red", nested: [1, { a: null }] });
  await guest.send([1, "buzz", null]);
  await guest.send({ buzz: "1", say: 5, act: {}, ms: -1 });
  await row(tv.page, "W".repeat(64), "here");
  await tap(ann.page, "Buzz!");
  await says(tv.page, "#standing", "Ann!");
  await guest.leave();
  await says(tv.page, "#who", "1 phone here");
});
