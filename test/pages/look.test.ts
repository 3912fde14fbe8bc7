// How the pages look to those who do not see them, or see little: no violation that axe knows of, in light and dark, in each state that lasts; and
// to those who hold a small phone.
import { expect } from "bun:test";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { browserNeeded, type Looks, type Size } from "../support/browser.ts";
import { codeOn } from "../support/party.ts";
import { parties, press, row, says, tap } from "./stage.ts";

const party = parties();
const { test } = browserNeeded;

/** What axe finds wrong, in words. Its own script is put into the page, which the policy would forbid: it is off in these tests alone. */
async function violations(page: Page, state: string): Promise<string[]> {
  // What is on its way has half of its colour.
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as axe.AxeResults;
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${state}: ${id} ${target} ${failureSummary}`),
  );
}

for (const scheme of ["light", "dark"] as const) {
  const looks: Looks = { scheme, isPolicyOff: true };
  const axed = async (page: Page, state: string) => expect(await violations(page, `${scheme} ${state}`)).toEqual([]);

  test(`axe finds nothing wrong with the first page and the TV, ${scheme}`, async () => {
    const { visitor, phone } = await party();
    const tv = await visitor("/", "tv", looks);
    await axed(tv.page, "first page");
    await press(tv.page, "Open a room on this screen");
    const code = await codeOn(tv.page);
    await axed(tv.page, "lobby");
    const ann = await phone(code, "Ann");
    const bob = await phone(code, "Bob");
    await row(tv.page, "Bob", "here");
    await axed(tv.page, "open round");
    for (let colour = 0; colour < 8; colour++) {
      await tap(ann.page, "Buzz!");
      await says(tv.page, "#standing", "Ann!");
      if (colour === 0) {
        await press(tv.page, "Start a vote");
        await says(bob.page, "#question", "How was");
        await tap(bob.page, "Good");
        await says(tv.page, "#ups", "1");
      }
      await tap(bob.page, "Wave");
      await says(tv.page, "#said", "Bob waves");
      await axed(tv.page, `won in colour ${colour}`);
      const was = await tv.page.locator("#stage").getAttribute("class");
      await tap(ann.page, "Colour");
      await tv.page.locator(`#stage:not([class="${was}"])`).waitFor();
      await press(tv.page, "New round");
      await says(ann.page, "#buzz", "Buzz!");
    }
    await press(tv.page, "Hide the code");
    await press(tv.page, "Lock the room");
    await says(tv.page, "#lock", "Unlock");
    await press(tv.page, "Kick Bob");
    await bob.context.setOffline(true);
    await row(tv.page, "Bob", "away");
    await axed(tv.page, "hidden, locked, one away");
    await press(tv.page, "Close the room");
    await axed(tv.page, "about to close");
    await press(tv.page, "Close it for all?");
    await says(tv.page, "#notice", "over");
    await axed(tv.page, "over");
  });

  test(`axe finds nothing wrong with the phone's page, ${scheme}`, async () => {
    const { tv: openTv, phone, visitor } = await party();
    const tv = await openTv();
    const wrong = await visitor("/ZZZZ", "phone", looks);
    await axed(wrong.page, "door");
    await wrong.page.getByLabel("Your name").fill("Dan");
    await wrong.page.locator("#join").tap();
    await says(wrong.page, "#notice", "No such room");
    await axed(wrong.page, "wrong code");
    const ann = await phone(tv.code, "Ann", "phone", looks);
    const bob = await phone(tv.code, "Bob", "sideways", looks);
    await axed(ann.page, "open round");
    await press(tv.page, "Start a vote");
    await says(ann.page, "#question", "How was");
    await tap(ann.page, "Bad");
    await tap(ann.page, "Buzz!");
    await says(bob.page, "#buzz", "Too late");
    await axed(ann.page, "won");
    await axed(bob.page, "lost, sideways");
    await press(tv.page, "New round");
    await says(bob.page, "#buzz", "Buzz!");
    await bob.context.setOffline(true);
    await says(bob.page, "#words", "Coming back");
    await tap(bob.page, "Buzz!");
    await axed(bob.page, "away, buzzed");
    await press(tv.page, "Kick Ann");
    await press(tv.page, "Sure? Kick Ann");
    await says(ann.page, "#notice", "put out");
    await axed(ann.page, "kicked");
    const full = await openTv("tv", looks, "?phones=1");
    await phone(full.code, "Cem", "phone", looks);
    const eve = await phone(full.code, "Eve", "phone", looks);
    await says(eve.page, "#watch", "so you watch");
    await axed(eve.page, "watching");
    await press(full.page, "Start a vote");
    await says(eve.page, "#question", "How was");
    await tap(eve.page, "Good");
    await says(full.page, "#ups", "1");
    await says(full.page, "#who", "1 watching");
    await axed(eve.page, "watching, voted");
    await axed(full.page, "full, one watches");
  });
}

test("[H19] what a page may not do does not happen, and these tests would see it", async () => {
  const { people, origin } = await party();
  for (const [page, wrong] of Object.entries({
    "/": `document.body.innerHTML = "<b>text</b>"`,
    "/GXHB": `document.body.setAttribute("style", "color: red")`,
    "/home": `fetch("http://elsewhere.lan/").catch(() => 0)`,
    "/zzzz": `document.head.append(Object.assign(document.createElement("style"), { textContent: "b{}" }))`,
  })) {
    const { page: tab, faults, context } = await people.person("phone");
    await tab.goto(origin + page);
    expect([page, faults]).toEqual([page, []]);
    const told = tab.waitForEvent("console", (message) => /policy/i.test(message.text()));
    await tab.evaluate(`try { ${wrong} } catch {}`);
    await told;
    expect([page, faults.length > 0]).toEqual([page, true]);
    await context.close();
  }
});

test("without scripts the pages say what they need", async () => {
  const { visitor } = await party();
  for (const [path, text] of [
    ["/", "Rooms need JavaScript"],
    ["/GXHB", "This page needs JavaScript"],
  ] as const) {
    const { page } = await visitor(path, "phone", { hasScripts: false });
    // Playwright's search for a text passes over what is within <noscript>.
    await page.locator("noscript p").waitFor();
    expect(await page.locator("noscript p").textContent()).toContain(text);
    await page.locator("h1").filter({ visible: true }).first().waitFor();
  }
});

/** What a guest plays with. */
const PLAY = ["#buzz", "#up", "#down", "#wave", "#clap", "#paint", "#say", "#leave", "#chat button"];

test("a phone of 360 × 640 shows all that is played with, upright and sideways, each large enough for a thumb", async () => {
  const { tv: openTv, phone } = await party();
  const tv = await openTv();
  for (const size of ["phone", "sideways"] satisfies Size[]) {
    const { page } = await phone(tv.code, `Maximilian-Ferdinand zu ${size}`, size);
    if (size === "phone") await press(tv.page, "Start a vote");
    await says(page, "#question", "How was");
    await tap(page, "Good");
    await says(page, "#hint", "counted");
    const view = page.viewportSize() ?? { width: 0, height: 0 };
    for (const selector of PLAY) {
      const box = (await page.locator(selector).boundingBox()) ?? { x: -1, y: -1, width: 0, height: 0 };
      expect([selector, Math.round(box.height) >= 48 && Math.round(box.width) >= 48]).toEqual([selector, true]);
      const isIn = box.x >= 0 && box.y >= 0 && box.x + box.width <= view.width && box.y + box.height <= view.height;
      expect([size, selector, isIn ? "in sight" : box]).toEqual([size, selector, "in sight"]);
    }
    const buzzer = await page.locator("#buzz").boundingBox();
    expect(buzzer?.height).toBeGreaterThan(view.height / 3);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(view.width);
    expect(await page.evaluate("getComputedStyle(document.querySelector('#wave')).touchAction")).toBe("manipulation");
  }
});

test("who watches sees all there is to do, upright and sideways, each large enough for a thumb", async () => {
  const { tv: openTv, phone } = await party();
  const tv = await openTv("tv", {}, "?phones=1");
  await phone(tv.code, "Ann");
  await press(tv.page, "Start a vote");
  for (const size of ["phone", "sideways"] satisfies Size[]) {
    const { page } = await phone(tv.code, "Eve", size);
    await says(page, "#watch", "so you watch");
    await says(page, "#question", "How was");
    const view = page.viewportSize() ?? { width: 0, height: 0 };
    for (const selector of ["#up", "#down", "#seat", "#leave", "#left"]) {
      const box = (await page.locator(selector).boundingBox()) ?? { x: -1, y: -1, width: 0, height: 0 };
      const isLarge = selector === "#left" || (Math.round(box.height) >= 48 && Math.round(box.width) >= 48);
      expect([selector, isLarge]).toEqual([selector, true]);
      const isIn = box.x >= 0 && box.y >= 0 && box.x + box.width <= view.width && box.y + box.height <= view.height;
      expect([size, selector, isIn ? "in sight" : box]).toEqual([size, selector, "in sight"]);
    }
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(view.width);
  }
});

test("the TV fits its screen without scrolling, in each of its sizes and states", async () => {
  const { tv: openTv, phone } = await party();
  for (const size of ["tv", "largeTv"] satisfies Size[]) {
    const tv = await openTv(size);
    const fits = () =>
      tv.page.evaluate(
        "[document.documentElement.scrollHeight <= innerHeight, document.documentElement.scrollWidth <= innerWidth]",
      );
    expect(await fits()).toEqual([true, true]);
    const ann = await phone(tv.code, "W".repeat(32));
    await press(tv.page, "Start a vote");
    await says(ann.page, "#question", "How was");
    await tap(ann.page, "Buzz!");
    await says(tv.page, "#standing", "WWW");
    expect(await fits()).toEqual([true, true]);
    const name = await tv.page.locator("#standing").boundingBox();
    const stage = await tv.page.locator("#stage").boundingBox();
    expect((name?.x ?? 0) >= (stage?.x ?? 0) && (name?.width ?? 0) <= (stage?.width ?? 0)).toBe(true);
  }
});
