// Pictures of the first page, the TV and the phone in every state that a guest can see, for who changes a page: `bun scripts/shots.ts FOLDER`.
// `--readme` makes the picture of the README instead.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Person, Size } from "../test/support/browser.ts";
import { openParty } from "../test/support/party.ts";

const SCHEMES = (["light", "dark"] as const).filter((scheme) => (process.env.ONLY ?? scheme) === scheme);
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
      await bob.page.getByRole("button", { name: "Not so" }).tap();
      await cy.page.getByRole("button", { name: "Good" }).tap();
      await shot(tv, `tv-won-${size}`);
      await shot(ann, `phone-won-${size}`);
      await shot(bob, `phone-lost-${size}`);
      await shot(cy, `phone-sideways-vote-${size}`);
      await tv.page.getByRole("button", { name: "Hide the code" }).click();
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
  const small = await party.visitor("/", "phone", looks);
  await shot(small, "home-phone");
  for (const { context } of [door, sideways, wrong, small]) await context.close();
}

await shots(Bun.argv[2] ?? "shots");
process.exit();
