// What the tests of the pages begin with: one browser a file, a server a test, and that nothing went wrong in any page when it ends: no error
// on a console or thrown, nothing that the policy forbids, no request to anybody but the server.
import { afterAll, afterEach, beforeAll, expect } from "bun:test";
import type { Page } from "playwright-core";
import { type Browser, browserNeeded, openBrowser } from "../support/browser.ts";
import { openParty, type Party } from "../support/party.ts";

/** Parties that end with their test. `alone`: in a browser of its own, as who stops renderers needs. */
export function parties(): (env?: Record<string, string>, alone?: "alone") => Promise<Party> {
  const open: Party[] = [];
  let shared: Browser | undefined;
  beforeAll(async () => {
    if (!browserNeeded.isSkipped) shared = await openBrowser();
  });
  afterEach(async () => {
    const faults: string[] = [];
    for (const party of open.splice(0)) {
      faults.push(...party.faults());
      await party.end();
    }
    expect(faults).toEqual([]);
  });
  afterAll(async () => {
    await shared?.close();
  });
  return async (env, alone) => {
    const party = await openParty(env, alone === undefined ? shared : undefined);
    open.push(party);
    return party;
  };
}

/** Waits until an element that can be seen has this text. */
export async function says(page: Page, selector: string, text: string | RegExp): Promise<void> {
  await page.locator(selector).filter({ hasText: text, visible: true }).first().waitFor();
}

/** Waits until nobody is on the TV, which shows how to join, and nothing else. */
export async function isLobby(page: Page): Promise<void> {
  await page.locator('#tv[data-mode="lobby"]').waitFor();
}

/** Touches a button of a phone, also one that says it is disabled. */
export async function tap(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).tap({ force: true });
}

/** Presses a button of a TV. */
export async function press(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).click();
}

/** Waits for the row of a phone on the TV, with this in it. */
export async function row(page: Page, name: string, text: string | RegExp): Promise<void> {
  await page.locator("#roster li").filter({ hasText: name }).filter({ hasText: text }).waitFor();
}
