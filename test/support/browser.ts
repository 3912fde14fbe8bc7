// A real browser: Debian's chromium without a window, driven by playwright-core. Pages are opened at http://party.lan, an origin that is not
// secure, as no page in somebody's Wi-Fi is: what browsers keep for secure pages is missing there, and a test finds out.
import { join, resolve, sep } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { firstThatRuns, needs } from "./needs.ts";

const PROGRAM = process.env.CHROMIUM ?? "chromium";
/** Every machine reaches it, and no browser takes it for a secure one, as it would 127.0.0.1 and localhost. */
export const LAN_HOST = "party.lan";
const SIZES = { tv: { width: 1280, height: 720 }, phone: { width: 360, height: 640 } } as const;

export const browserNeeded = await needs("chromium (Debian: chromium; CHROMIUM says where else it is)", async () => {
  const runs = await firstThatRuns([[PROGRAM, "--version"]]);
  return runs === null ? null : Bun.which(runs);
});

/** Somebody with a screen: a browser context of his own, so nothing is shared with the others. */
export interface Person {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors that the page threw or logged; not that a line was lost, which tests do on purpose. */
  readonly faults: readonly string[];
}

export interface Browser {
  person(size: keyof typeof SIZES): Promise<Person>;
  /** Stops every renderer, as a locked phone does: the pages stand still, and the browser lives. */
  suspend(): Promise<void>;
  /** Lets them go on. */
  wake(): void;
  close(): Promise<void>;
}

export async function openBrowser(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: browserNeeded.get(),
    // Chromium's sandbox does not work for root, which containers and CI run as.
    args: ["--no-sandbox", "--disable-dev-shm-usage", `--host-resolver-rules=MAP ${LAN_HOST} 127.0.0.1`],
  });
  const cdp = await browser.newBrowserCDPSession();
  let suspended: number[] = [];
  function wake(): void {
    for (const pid of suspended.splice(0)) process.kill(pid, "SIGCONT");
  }
  return {
    async person(size) {
      const isPhone = size === "phone";
      const context = await browser.newContext({ viewport: SIZES[size], hasTouch: isPhone, isMobile: isPhone });
      context.setDefaultTimeout(30_000);
      const page = await context.newPage();
      const faults: string[] = [];
      page.on("pageerror", (error) => faults.push(String(error)));
      page.on("console", (message) => {
        if (message.type() === "error" && !/WebSocket|ERR_INTERNET_DISCONNECTED/.test(message.text()))
          faults.push(message.text());
      });
      return { page, context, faults };
    },
    async suspend() {
      const { processInfo } = await cdp.send("SystemInfo.getProcessInfo");
      suspended = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
      for (const pid of suspended) process.kill(pid, "SIGSTOP");
    },
    wake,
    async close() {
      wake();
      await browser.close();
    },
  };
}

/** A folder by plain HTTP, as any static server gives it. */
export function serveFolder(folder: string) {
  const root = resolve(folder);
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const { pathname } = new URL(request.url);
      const file = Bun.file(join(root, decodeURIComponent(pathname)));
      if (file.name?.startsWith(root + sep) && (await file.exists())) return new Response(file);
      // Every browser asks for an icon, and is no fault of a page.
      return new Response(null, { status: pathname === "/favicon.ico" ? 204 : 404 });
    },
  });
  return { port: server.port ?? 0, stop: () => server.stop(true) };
}
