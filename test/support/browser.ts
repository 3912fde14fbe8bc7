// A real browser: Debian's chromium without a window, driven by playwright-core. Pages are opened at http://party.lan, an origin that is not
// secure, as no page in somebody's Wi-Fi is: what browsers keep for secure pages is missing there, and a test finds out.
import { join, resolve, sep } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { firstThatRuns, needs } from "./needs.ts";

const PROGRAM = process.env.CHROMIUM ?? "chromium";
/** Every machine reaches it, and no browser takes it for a secure one, as it would 127.0.0.1 and localhost. */
export const LAN_HOST = "party.lan";
const SIZES = {
  tv: { width: 1280, height: 720 },
  largeTv: { width: 1920, height: 1080 },
  phone: { width: 360, height: 640 },
  sideways: { width: 640, height: 360 },
} as const;
export type Size = keyof typeof SIZES;

/** Runs in each page before its own scripts: what the policy forbids is an error like any other. */
const TELL_VIOLATIONS =
  'addEventListener("securitypolicyviolation", (event) => console.error("policy: " + event.violatedDirective + " " + event.blockedURI));';

export const browserNeeded = await needs("chromium (Debian: chromium; CHROMIUM says where else it is)", async () => {
  const runs = await firstThatRuns([[PROGRAM, "--version"]]);
  return runs === null ? null : Bun.which(runs);
});

/** Somebody with a screen: a browser context of his own, so nothing is shared with the others. */
export interface Person {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors that the page threw or logged, and what its policy forbade; not that a line was lost, which tests do on purpose. */
  readonly faults: readonly string[];
  /** Everything that its pages asked, WebSockets included, as origins; a WebSocket's as that of a page. */
  readonly origins: ReadonlySet<string>;
}

export interface Looks {
  /** What the system's colours are. */
  readonly scheme?: "light" | "dark";
  /** Pixels of the picture for one of the page. */
  readonly scale?: number;
  /** Whether scripts may run: else it is a browser that does without. */
  readonly hasScripts?: boolean;
  /** Whether the page's policy binds what the test itself puts into the page: a test that looks at the policy says yes. */
  readonly isPolicyOff?: boolean;
}

export interface Browser {
  person(size: Size, looks?: Looks): Promise<Person>;
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
    async person(size, { scheme = "light", scale = 1, hasScripts = true, isPolicyOff = false } = {}) {
      const isPhone = size === "phone" || size === "sideways";
      const context = await browser.newContext({
        viewport: SIZES[size],
        hasTouch: isPhone,
        isMobile: isPhone,
        colorScheme: scheme,
        deviceScaleFactor: scale,
        javaScriptEnabled: hasScripts,
        bypassCSP: isPolicyOff,
      });
      context.setDefaultTimeout(60_000);
      await context.addInitScript(TELL_VIOLATIONS);
      const faults: string[] = [];
      const origins = new Set<string>();
      context.on("weberror", (error) => faults.push(String(error.error())));
      context.on("console", (message) => {
        if (message.type() === "error" && !/WebSocket|ERR_INTERNET_DISCONNECTED/.test(message.text()))
          faults.push(message.text());
      });
      const heard = (url: string) => {
        if (!url.startsWith("data:")) origins.add(new URL(url.replace(/^ws/, "http")).origin);
      };
      context.on("request", (request) => heard(request.url()));
      context.on("page", (page) => page.on("websocket", (socket) => heard(socket.url())));
      return { page: await context.newPage(), context, faults, origins };
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
