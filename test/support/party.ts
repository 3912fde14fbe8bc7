// A party in a real browser: a server with its pages, a TV that has opened a room, phones that join it. Everyone has a browser context of his own, and
// what went wrong in any of them is kept, so that a test ends with nothing of it.
import type { Page } from "playwright-core";
import { type Browser, LAN_HOST, type Looks, openBrowser, type Person, type Size } from "./browser.ts";
import { startServer, type TestServer } from "./server.ts";

export interface Party {
  readonly server: TestServer;
  readonly people: Browser;
  /** http://party.lan and the server's port: no secure origin. */
  readonly origin: string;
  /** Somebody in front of a page of the server. */
  visitor(path: string, size?: Size, looks?: Looks): Promise<Person>;
  /** A TV that has opened a room, and the room's code. */
  tv(size?: Size, looks?: Looks, query?: string): Promise<Person & { readonly code: string }>;
  /** A phone that has joined under this name, and is seen on no TV yet. */
  phone(code: string, name: string, size?: Size, looks?: Looks): Promise<Person>;
  /** What went wrong with anybody so far, requests to other servers included. */
  faults(): string[];
  end(): Promise<void>;
}

/**
 * Starts one. Whoever is lost is found out soon.
 * @param shared a browser that others use as well, and that is not closed at the end
 */
export async function openParty(env: Record<string, string> = {}, shared?: Browser): Promise<Party> {
  const server = startServer({ DEAD_SECONDS: "3", PING_SECONDS: "1", TICK_SECONDS: "1", DRAIN_SECONDS: "0", ...env });
  const people = shared ?? (await openBrowser());
  const origin = `http://${LAN_HOST}:${server.port}`;
  const all: Person[] = [];
  const visitor: Party["visitor"] = async (path, size = "tv", looks) => {
    const person = await people.person(size, looks);
    all.push(person);
    await person.page.goto(origin + path);
    return person;
  };
  return {
    server,
    people,
    origin,
    visitor,
    async tv(size, looks, query = "") {
      const tv = await visitor(`/${query}`, size, looks);
      await tv.page.getByRole("button", { name: "Open a room on this screen" }).click();
      return { ...tv, code: await codeOn(tv.page) };
    },
    async phone(code, name, size = "phone", looks) {
      const phone = await visitor(`/${code}`, size, looks);
      await join(phone.page, name);
      return phone;
    },
    faults: () => all.flatMap(({ faults, origins }) => [...faults, ...[...origins].filter((one) => one !== origin)]),
    async end() {
      for (const { context } of all) await context.close();
      if (shared === undefined) await people.close();
      await server.stop();
    },
  };
}

/** The code that a TV shows. */
export async function codeOn(page: Page): Promise<string> {
  const code = page.locator('#tv:not([hidden]) #code[aria-label^="Room code"]');
  return ((await code.getAttribute("aria-label")) ?? "").replace(/Room code|\s/g, "");
}

/** Joins at a phone's door, and is in when this is done. */
export async function join(page: Page, name: string): Promise<void> {
  await page.getByLabel("Your name").fill(name);
  await page.locator("#join").click();
  await isIn(page);
}

/** Waits until a phone has its seat and its line. */
export async function isIn(page: Page): Promise<void> {
  await page.locator("#words").filter({ hasText: "Connected" }).waitFor();
}
