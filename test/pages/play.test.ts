// The buzzer of the pages, played by a TV and phones in a real browser while everything happens to them that happens to phones.
import { expect } from "bun:test";
import { joinRoom } from "../../clients/js/src/index.ts";
import { browserNeeded } from "../support/browser.ts";
import { codeOn, isIn } from "../support/party.ts";
import { parties, press, row, says, tap } from "./stage.ts";

const party = parties();
const { test } = browserNeeded;

test("[H18] a room in one click: two phones join, the first to buzz wins, and a vote is counted", async () => {
  const { tv: openTv, phone, origin } = await party();
  const tv = await openTv();
  expect(await tv.page.evaluate("[isSecureContext, typeof crypto.randomUUID]")).toEqual([false, "undefined"]);
  expect(tv.code).toMatch(/^[A-Z2-9]{4}$/);
  await says(tv.page, "#address", `${origin.replace("http://", "")}/${tv.code}`);
  const ann = await phone(tv.code, "Ann");
  const bob = await phone(tv.code.toLowerCase(), "Bob");
  expect(bob.page.url()).toBe(`${origin}/${tv.code}`);
  await says(tv.page, "#who", "2 phones here");

  await tap(ann.page, "Buzz!");
  await says(tv.page, "#standing", "Ann!");
  await says(ann.page, "#round", "You were first!");
  await says(bob.page, "#round", "Ann was first");
  await says(bob.page, "#buzz", "Too late");
  await bob.page.locator("#buzz").tap({ force: true });
  await says(ann.page, "#points", "1 point");
  await row(tv.page, "Ann", "1");

  await press(tv.page, "New round");
  await says(bob.page, "#round", "Round 2");
  await tap(bob.page, "Buzz!");
  await says(tv.page, "#standing", "Bob!");
  await row(tv.page, "Bob", "1");

  await press(tv.page, "Start a vote");
  await says(ann.page, "#question", "How was round 2?");
  await tap(ann.page, "Good");
  await tap(bob.page, "Bad");
  await says(tv.page, "#downs", "1");
  await says(tv.page, "#ups", "1");
  await says(ann.page, "#hint", "Your vote is counted.");
  expect(await ann.page.locator("#up").getAttribute("aria-pressed")).toBe("true");
  const part = (bar: string) => tv.page.locator(bar).evaluate((element) => element.style.getPropertyValue("--part"));
  expect(await Promise.all([part("#upBar"), part("#downBar")])).toEqual(["0.5", "0.5"]);
  // The result stays until there is something else to look at, over a reload too.
  await press(tv.page, "End the vote");
  await ann.page.locator("#ballot").waitFor({ state: "hidden" });
  await says(tv.page, "#question", "Result: How was round 2?");
  await tv.page.reload();
  await says(tv.page, "#question", "Result: How was round 2?");
  await says(tv.page, "#ups", "1");
  await says(tv.page, "#downs", "1");
  await press(tv.page, "New round");
  await tv.page.locator("#ballot").waitFor({ state: "hidden" });
  await tv.page.reload();
  await says(tv.page, "#roundNo", "Round 3");
  expect(await tv.page.locator("#ballot").isVisible()).toBe(false);
});

test("a vote that is changed within a second counts as it was meant last, and words of what is done go again", async () => {
  const { tv: openTv, phone } = await party();
  const tv = await openTv();
  const ann = await phone(tv.code, "Ann");
  await press(tv.page, "Start a vote");
  await says(ann.page, "#question", "How was");
  await tap(ann.page, "Good");
  await says(tv.page, "#ups", "1");
  await tap(ann.page, "Bad");
  await tap(ann.page, "Good");
  await tap(ann.page, "Bad");
  await says(tv.page, "#downs", "1");
  await says(tv.page, "#ups", "0");
  await says(ann.page, "#hint", "Your vote is counted.");
  await ann.page.locator("#hint:empty").waitFor({ state: "attached" });
  expect(await ann.page.locator("#down").getAttribute("aria-pressed")).toBe("true");
});

test("nobody has another's colour while there is a free one, and what somebody said has the new one too", async () => {
  const { tv: openTv, phone, server } = await party();
  const tv = await openTv();
  const guests = await Promise.all(
    Array.from({ length: 5 }, (_, n) => joinRoom({ url: server.url, room: tv.code, name: `Guest ${n}`, seats: null })),
  );
  await Promise.all(guests.map((guest, colour) => guest.setData({ colour })));
  const ann = await phone(tv.code, "Ann");
  const bob = await phone(tv.code, "Bob");
  const colour = async (selector: string) =>
    /c\d/.exec((await tv.page.locator(selector).getAttribute("class")) ?? "")?.[0];
  const of = (name: string) => colour(`#roster li:has-text("${name}")`);
  await tap(ann.page, "Wave");
  await says(tv.page, "#said", "Ann waves");
  for (let touches = 0; touches < 3; touches++) {
    const was = await of("Ann");
    await tap(ann.page, "Colour");
    await tv.page.locator(`#roster li:has-text("Ann"):not(.${was})`).waitFor();
    expect(["c5", "c6", "c7"]).toContain((await of("Ann")) ?? "");
    expect(await of("Bob")).not.toBe(await of("Ann"));
    expect(await colour("#said .face")).toBe(await of("Ann"));
  }
  await isIn(bob.page);
  for (const guest of guests) await guest.leave();
});

test("one phone that says everything again and again takes one place of each list, and breaks no character", async () => {
  const { tv: openTv, server } = await party();
  const tv = await openTv();
  const [ann, bob, eve] = await Promise.all(
    ["Ann", "Bob", "Eve"].map((name) => joinRoom({ url: server.url, room: tv.code, name, seats: null })),
  );
  await says(tv.page, "#who", "3 phones here");
  await bob?.send({ say: "hello" });
  await ann?.answer("Round 1");
  for (const _ of [1, 2, 3, 4]) {
    await eve?.send({ act: "wave" });
    await eve?.send({ late: 1 });
  }
  await bob?.send({ late: 1 });
  await says(tv.page, "#late", /^Eve was a moment later\s*Bob was a moment later$/);
  await says(tv.page, "#said", /Bob: hello.*Eve waves$/);
  await eve?.send({ say: `a${"😀".repeat(100)}` });
  await says(tv.page, "#said", new RegExp(`Eve: a${"😀".repeat(59)}$`));
  for (const room of [ann, bob, eve]) await room?.leave();
});

test("[C17] the first buzz in the server's order wins, and who was a moment later is named", async () => {
  const { tv: openTv, phone, server } = await party();
  const tv = await openTv();
  const [ann, bob] = await Promise.all(
    ["Ann", "Bob"].map((name) => joinRoom({ url: server.url, room: tv.code, name, seats: null })),
  );
  const cy = await phone(tv.code, "Cy");
  await says(tv.page, "#who", "3 phones here");
  // Cy's phone does not know yet that Bob was faster, and means it.
  await cy.context.setOffline(true);
  await tap(cy.page, "Buzz!");
  await bob?.answer("Round 1");
  await expect(ann?.answer("Round 1")).rejects.toMatchObject({ code: "poll_closed" });
  await bob?.send({ late: 1 });
  await ann?.send({ late: 2 });
  await says(tv.page, "#standing", "Bob!");
  await cy.context.setOffline(false);
  await says(cy.page, "#round", "Bob was first");
  await says(tv.page, "#late", /^Cy was a moment later$/);
  await row(tv.page, "Bob", "1");
  await row(tv.page, "Ann", "0");
  // A buzz for a round that is over is none.
  const asked = bob?.next("poll");
  await press(tv.page, "New round");
  await asked;
  await expect(ann?.answer("Round 1")).rejects.toMatchObject({ code: "poll_closed" });
  await bob?.answer("Round 2");
  await says(tv.page, "#standing", "Bob!");
  await row(tv.page, "Bob", "2");
  for (const room of [ann, bob]) await room?.leave();
});

test("what phones say and do is seen on the TV, whatever it is made of", async () => {
  const { tv: openTv, phone } = await party();
  const tv = await openTv();
  const name = "נועה 👩‍👩‍👧 <b>";
  const ann = await phone(tv.code, name);
  await row(tv.page, name, "here");
  await tap(ann.page, "Wave");
  await says(tv.page, "#said", `${name} waves`);
  await tap(ann.page, "Clap");
  await says(tv.page, "#said", `${name} claps`);
  const text = `שלום <img src=x onerror=alert(1)> 🎉 ${"long ".repeat(30)}`.slice(0, 120);
  await ann.page.locator("#say").fill(text);
  await tap(ann.page, "Send");
  await says(tv.page, "#said", text.trim());
  expect(await tv.page.locator("#said img, #said b b, #roster b b").count()).toBe(0);
  const colour = await tv.page.locator("#roster li").getAttribute("class");
  await tap(ann.page, "Colour");
  await tv.page.locator(`#roster li:not([class="${colour}"])`).waitFor();
  await row(tv.page, name, /here, \d+ ms/);
});

test("a reload of a phone or of the TV keeps seat, round and points, and asks nothing", async () => {
  const { tv: openTv, phone } = await party();
  const tv = await openTv();
  const ann = await phone(tv.code, "Ann");
  await tap(ann.page, "Buzz!");
  await says(tv.page, "#standing", "Ann!");
  await ann.page.reload();
  await isIn(ann.page);
  await says(ann.page, "#points", "1 point");
  await says(ann.page, "#round", "You were first!");
  await tv.page.reload();
  await says(tv.page, "#standing", "Ann!");
  expect(await codeOn(tv.page)).toBe(tv.code);
  await row(tv.page, "Ann", "1");
  await press(tv.page, "New round");
  await says(ann.page, "#round", "Round 2");
  // The first touch of a page that has just been loaded.
  await ann.page.reload();
  await isIn(ann.page);
  await tap(ann.page, "Buzz!");
  await row(tv.page, "Ann", "2");
  // Who comes late has the picture.
  const bob = await phone(tv.code, "Bob");
  await says(bob.page, "#round", "Ann was first");
});

test("[C17] a phone that buzzes while the TV is reloaded was first: it and the others hear it at once, the TV when it is back", async () => {
  const { tv: openTv, phone } = await party();
  const tv = await openTv();
  const ann = await phone(tv.code, "Ann");
  const bob = await phone(tv.code, "Bob");
  await says(tv.page, "#who", "2 phones here");
  const url = tv.page.url();
  await tv.page.goto("about:blank");
  await says(ann.page, "#round", "The TV is away");
  await tap(ann.page, "Buzz!");
  await says(ann.page, "#round", "You were first!");
  await says(bob.page, "#round", "Ann was first");
  await tv.page.goto(url);
  await says(tv.page, "#standing", "Ann!");
  await row(tv.page, "Ann", "1");
  await says(ann.page, "#points", "1 point");
  // It is written down, so another reload counts it no second time.
  await tv.page.reload();
  await says(tv.page, "#standing", "Ann!");
  await row(tv.page, "Ann", "1");
});

test("a phone without a network says so, and its buzz counts when it is back", async () => {
  const { tv: openTv, phone } = await party();
  const tv = await openTv();
  const ann = await phone(tv.code, "Ann");
  await row(tv.page, "Ann", "here");
  await ann.context.setOffline(true);
  await row(tv.page, "Ann", /away \d+ s/);
  await says(ann.page, "#words", "No network. Coming back…");
  await ann.page.locator("#help").waitFor();
  await tap(ann.page, "Buzz!");
  await says(ann.page, "#buzz", "Waiting");
  await ann.context.setOffline(false);
  await says(tv.page, "#standing", "Ann!");
  await isIn(ann.page);
  await row(tv.page, "Ann", "here");
});

test("a locked phone is away on the TV, and back when it is unlocked", async () => {
  const { tv: openTv, phone } = await party();
  const other = await party({}, "alone");
  // The phone's browser is another one than the TV's, whose renderers go on.
  const tv = await openTv();
  await phone(tv.code, "Ann");
  const pocket = await other.people.person("phone");
  await pocket.page.goto(tv.page.url() + tv.code);
  await pocket.page.getByLabel("Your name").fill("Cy");
  await pocket.page.locator("#join").tap();
  await row(tv.page, "Cy", "here");
  await other.people.suspend();
  await row(tv.page, "Cy", /away \d+ s/);
  await press(tv.page, "New round");
  other.people.wake();
  await row(tv.page, "Cy", "here");
  await says(pocket.page, "#round", "Round 2");
  expect(pocket.faults).toEqual([]);
});

test("?player=2 is another seat in the same browser", async () => {
  const { tv: openTv, phone, origin } = await party();
  const tv = await openTv();
  const ann = await phone(tv.code, "Ann");
  const second = await ann.context.newPage();
  await second.goto(`${origin}/${tv.code}?player=2`);
  await second.getByLabel("Your name").fill("Ben");
  await second.locator("#join").tap();
  await says(tv.page, "#who", "2 phones here");
  await isIn(ann.page);
  await second.reload();
  await says(second, "#myName", "Ben");
  await isIn(second);
  await says(tv.page, "#who", "2 phones here");
});

test("a buzzer is pressed by a keyboard, too, and once", async () => {
  const { tv: openTv, phone } = await party();
  const tv = await openTv();
  const ann = await phone(tv.code, "Ann");
  await ann.page.locator("#buzz").focus();
  await ann.page.keyboard.press("Enter");
  await ann.page.keyboard.press("Enter");
  await says(tv.page, "#standing", "Ann!");
  await row(tv.page, "Ann", "1");
});

test("at a desk the space bar buzzes where nothing has the focus", async () => {
  const { tv: openTv, phone } = await party();
  const tv = await openTv();
  const ann = await phone(tv.code, "Ann");
  await ann.page.reload();
  await isIn(ann.page);
  // In a field it is a blank.
  await ann.page.locator("#say").focus();
  await ann.page.keyboard.press("Space");
  await ann.page.locator("#say").blur();
  await says(ann.page, "#buzz", "Buzz!");
  await ann.page.keyboard.press("Space");
  await says(tv.page, "#standing", "Ann!");
  await row(tv.page, "Ann", "1");
});
