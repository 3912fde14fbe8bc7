// The game of examples/bluff, played in a real browser by a TV, three phones and somebody who found no seat: what one phone is dealt nobody else is told,
// a reload forgets none of it, and who watches has a vote.
import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import { Glob } from "bun";
import { browserNeeded, LAN_HOST, openBrowser, type Person } from "../support/browser.ts";
import { startServer } from "../support/server.ts";

const BLUFF = join(import.meta.dir, "../../examples/bluff");
/** Where screenshots go, for who wants to look at them. */
const SHOTS = process.env.SCREENSHOTS;
const LINES_MAX = 150;

const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

test(`the game has at most ${LINES_MAX} lines in all, and takes nothing from anywhere but the server`, async () => {
  const paths = [...new Glob("*").scanSync({ cwd: BLUFF })];
  const texts = await Promise.all(paths.map((path) => Bun.file(join(BLUFF, path)).text()));
  expect(paths.length).toBeGreaterThan(1);
  expect(texts.join("").split("\n").length - 1).toBeLessThanOrEqual(LINES_MAX);
  expect(texts.join("").match(/https?:\/\/(?!\$)[^\s"'`]+/g)).toBeNull();
});

const says = ({ page }: Person, place: string, text: string | RegExp) =>
  page.locator(place).filter({ hasText: text, visible: true }).waitFor();
const next = ({ page }: Person, label: string) => page.locator("#next").filter({ hasText: label }).click();
const votes = ({ page }: Person, name: string) => page.locator("#choices").getByText(name, { exact: true }).click();
const shot = async ({ page }: Person, name: string) =>
  SHOTS === undefined ? undefined : await page.screenshot({ path: join(SHOTS, `${name}.png`) });

/** All that a page is told from now on. */
function toldTo({ page }: Person): string[] {
  const told: string[] = [];
  page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => told.push(String(payload))));
  return told;
}

browserNeeded.test(
  "[C1][C12][C23][C31][C32][C33] a TV, three phones and one who watches play a round through reloads, and another with no new code",
  async () => {
    const server = startServer({ PUBLIC_DIR: BLUFF });
    ended.push(server.stop);
    const people = await openBrowser();
    ended.push(people.close);
    const origin = `http://${LAN_HOST}:${server.port}`;
    const query = `server=${encodeURIComponent(origin)}`;
    const tv = await people.person("tv");
    await tv.page.goto(`${origin}/tv.html?${query}&seats=3`);
    await says(tv, "#where", "Join at");
    const code = (await tv.page.locator("#code").textContent()) ?? "";
    const heard = new Map<Person, string[]>();
    const joins = async (name: string) => {
      const one = await people.person("phone");
      heard.set(one, toldTo(one));
      await one.page.goto(`${origin}/${code}?${query}`);
      await one.page.locator("#who").fill(name);
      await one.page.getByText("Join", { exact: true }).click();
      return one;
    };
    const ann = await joins("Ann");
    await says(ann, "#line", "Ann · 0 points");
    await says(tv, "#next", "2 more, please");
    // Two of the same name are two all the same: a vote is by name.
    const second = await joins("ann");
    await says(second, "#line", "ann 2 · 0 points");
    const bob = await joins("Bob");
    await says(bob, "#line", "Bob · 0 points");
    const eve = await joins("Eve");
    await says(eve, "#line", "You watch");
    await says(tv, "#watching", "1 watching");
    await shot(tv, "bluff-lobby");

    await next(tv, "Deal");
    await says(tv, "#says", "One of you does not know the word");
    const hands = [ann, second, bob];
    for (const one of hands) await says(one, "#secret", /^(The word is|You bluff)/);
    const secrets = await Promise.all(hands.map(({ page }) => page.locator("#secret").textContent()));
    const [bluffer, ...others] = hands.filter((_, n) => secrets[n]?.startsWith("You bluff"));
    if (bluffer === undefined) throw new Error("nobody bluffs");
    expect(others).toEqual([]);
    const word = secrets.find((text) => text?.startsWith("The word is "))?.replace("The word is ", "") ?? "";
    await shot(bluffer, "bluff-bluffer");
    await says(eve, "#secret", "Listen well");
    for (const one of [...hands, tv, eve]) await says(one, "#left", /^\d\d$/);
    for (const one of [bluffer, eve])
      expect(heard.get(one)?.filter((frame) => frame.includes(word) || frame.includes("You bluff"))).toEqual([]);
    expect(heard.get(eve)?.filter((frame) => frame.includes("private"))).toEqual([]);

    // The TV and a phone are loaded anew: the hands are what they were, and so is who has to be found.
    await tv.page.reload();
    await bluffer.page.reload();
    await says(bluffer, "#secret", "You bluff");
    await says(tv, "#says", "One of you does not know the word");
    await next(tv, "To the vote");
    const name = ["Ann", "ann 2", "Bob"][hands.indexOf(bluffer)] ?? "";
    const wrong = name === "Bob" ? "Ann" : "Bob";
    await says(eve, "#choices", "ann 2");
    await shot(eve, "bluff-watching");
    // One and one: it is the vote of who watches that decides.
    for (const one of hands.filter((one) => one !== bluffer).slice(0, 1)) await votes(one, name);
    await votes(bluffer, wrong);
    await votes(eve, wrong);
    await says(tv, "#more", "3 have voted");
    await votes(eve, name);
    await eve.page.reload();
    await eve.page.locator("#choices .mine").filter({ hasText: name }).waitFor();
    await tv.page.reload();
    await says(tv, "#more", "3 have voted");
    await shot(tv, "bluff-vote");
    await next(tv, "Count the votes");
    await says(tv, "#says", `${name} bluffed, and was caught`);
    await says(tv, "#more", `The word was ${word}`);
    await says(eve, "#secret", `${name} bluffed, and was caught`);
    await shot(tv, "bluff-result");
    await shot(eve, "bluff-result-watching");
    await says(bluffer, "#line", "· 0 points");
    for (const one of hands.filter((one) => one !== bluffer)) await says(one, "#line", "· 1 points");

    await next(tv, "Deal again");
    for (const one of hands) await says(one, "#secret", /^(The word is|You bluff)/);
    await says(eve, "#secret", "Listen well");
    expect([tv, ...hands, eve].flatMap(({ faults }) => faults)).toEqual([]);
  },
);
