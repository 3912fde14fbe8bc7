// Pictures of the first page, the TV and the phone in every state that a guest can see, for who changes a page: `bun scripts/shots.ts FOLDER`.
// `--readme` makes the picture of the README instead.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { joinRoom, type Room } from "../clients/js/src/index.ts";
import type { Looks, Person, Size } from "../test/support/browser.ts";
import { openParty } from "../test/support/party.ts";

const SCHEMES = (["light", "dark"] as const).filter((scheme) => (process.env.ONLY ?? scheme) === scheme);
const NAMES = ["Ann", "Bob", "Cy", "Dora", "Ömer", "Élodie", "Zoë", "Maximilian-Ferdinand von und zu Hohenstein"];
const LONG = "Maximilian-Ferdinand von und zu Hohenstein 🎉";

async function shots(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const party = await openParty({ LIMITS: "off", PUBLIC_URL: "http://192.168.1.20:3000" });
  for (const scheme of SCHEMES) {
    const shot = async ({ page }: Person, name: string) => {
      await page.waitForTimeout(700);
      await page.screenshot({ path: join(folder, `${name}-${scheme}.png`) });
    };
    for (const size of (process.env.QUICK ? ["tv"] : ["tv", "largeTv"]) as Size[]) {
      const looks = { scheme };
      const home = await party.visitor("/", size, looks);
      await shot(home, `home-${size}`);
      const tv = await party.tv(size, looks);
      await shot(tv, `tv-lobby-${size}`);
      const ann = await party.phone(tv.code, "Ann", "phone", looks);
      const bob = await party.phone(tv.code, LONG, "phone", looks);
      const cy = await party.phone(tv.code, "نور", "sideways", looks);
      await shot(tv, `tv-open-${size}`);
      await shot(ann, `phone-open-${size}`);
      await shot(cy, `phone-sideways-${size}`);
      await ann.page.locator("#buzz").tap();
      await bob.page.locator("#buzz").tap({ force: true });
      await cy.page.getByRole("button", { name: "Wave" }).tap();
      await bob.page.locator("#say").fill("I was first, I swear! 😀 ".repeat(4));
      await bob.page.getByRole("button", { name: "Send" }).tap();
      await cy.page.locator("#say").fill("مرحبا!");
      await cy.page.getByRole("button", { name: "Send" }).tap();
      await tv.page.getByRole("button", { name: "Start a vote" }).click();
      await ann.page.getByRole("button", { name: "Good" }).tap();
      await bob.page.getByRole("button", { name: "Bad" }).tap();
      await cy.page.getByRole("button", { name: "Good" }).tap();
      await shot(tv, `tv-won-${size}`);
      await shot(ann, `phone-won-${size}`);
      await shot(bob, `phone-lost-${size}`);
      await shot(cy, `phone-sideways-vote-${size}`);
      await tv.page.getByRole("button", { name: "Lock the room" }).click();
      await shot(tv, `tv-locked-${size}`);
      await tv.page.getByRole("button", { name: "Hide the code" }).click();
      await tv.page.getByRole("button", { name: "End the vote" }).click();
      await shot(tv, `tv-hidden-${size}`);
      if (size === "tv") await others(party, tv.code, scheme, shot);
      await tv.page.getByRole("button", { name: "Close the room" }).click();
      await shot(tv, `tv-sure-${size}`);
      await tv.page.getByRole("button", { name: "Close it for all?" }).click();
      await shot(ann, `phone-over-${size}`);
      await shot(tv, `home-over-${size}`);
      for (const { context } of [home, tv, ann, bob, cy]) await context.close();
    }
  }
  console.log(party.faults().join("\n") || "no fault");
  await party.end();
}

async function others(
  party: Awaited<ReturnType<typeof openParty>>,
  code: string,
  scheme: (typeof SCHEMES)[number],
  shot: (person: Person, name: string) => Promise<void>,
): Promise<void> {
  const looks = { scheme };
  const door = await party.visitor(`/${code}`, "phone", looks);
  await shot(door, "phone-door");
  const sideways = await party.visitor(`/${code}`, "sideways", looks);
  await shot(sideways, "phone-door-sideways");
  const wrong = await party.visitor("/ZZZZ", "phone", looks);
  await wrong.page.getByLabel("Your name").fill("Dan");
  await wrong.page.locator("#join").tap();
  await shot(wrong, "phone-wrong");
  const typo = await party.visitor("/GXH0", "phone", looks);
  await shot(typo, "phone-typo");
  const small = await party.visitor("/", "phone", looks);
  await shot(small, "home-phone");
  await small.page.getByLabel("Join a room").fill("gxh0");
  await small.page.getByRole("button", { name: "Join" }).tap();
  await shot(small, "home-phone-typo");
  // A TV with all its eight phones, and one with a hundred members, which are no browsers.
  for (const phones of [8, 99]) {
    const tv = await party.tv("tv", looks, `?phones=${phones}`);
    const rooms = await Promise.all(
      Array.from({ length: phones }, (_, n) =>
        joinRoom({ url: party.server.url, room: tv.code, name: `${NAMES[n % NAMES.length]} ${n}`, seats: null }),
      ),
    );
    await Promise.all(rooms.map((room, n) => room.setData({ colour: n })));
    const buzz = (room: Room) => room.answer("Round 1").catch(() => room.send({ late: 1 }));
    await Promise.all(rooms.map(buzz));
    if (phones === 8) await watching(party, tv, looks, shot);
    await shot(tv, `tv-${phones}`);
    await tv.page.setViewportSize({ width: 1920, height: 1080 });
    await shot(tv, `tv-${phones}-large`);
    for (const room of rooms) await room.leave();
    await tv.context.close();
  }
  for (const { context } of [door, sideways, wrong, typo, small]) await context.close();
}

/** Who comes to a full room, before and in a vote. */
async function watching(
  party: Awaited<ReturnType<typeof openParty>>,
  tv: Person & { readonly code: string },
  looks: Looks,
  shot: (person: Person, name: string) => Promise<void>,
): Promise<void> {
  await tv.page.getByRole("button", { name: "New round" }).click();
  const eve = await party.phone(tv.code, "Eve", "phone", looks);
  const sideways = await party.phone(tv.code, "Dan", "sideways", looks);
  await shot(eve, "phone-watching");
  await tv.page.getByRole("button", { name: "Start a vote" }).click();
  await eve.page.getByRole("button", { name: "Good" }).tap();
  await shot(eve, "phone-watching-vote");
  await shot(sideways, "phone-watching-sideways");
  await shot(tv, "tv-watched");
  for (const { context } of [eve, sideways]) await context.close();
}

await shots(Bun.argv[2] ?? "shots");
process.exit();
