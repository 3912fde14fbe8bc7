// The policy of the pages in a real browser: what it lets a page do, what it does not, and that no console has anything to say about it.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { browserNeeded, LAN_HOST, openBrowser } from "../support/browser.ts";
import { startServer, type TestServer } from "../support/server.ts";

const PATHS = ["/", "/home", "/doctor", "/monitor", "/playground", "/docs", "/GXHB"];
/** An origin that is not secure, one that is, and one that no policy can name. */
const HOSTS = [LAN_HOST, "localhost", "[::1]"];

/** Tries what the policy says no to; gives what went through. Runs in a page, whose words the server's types do not have. */
const ESCAPES = `(async (other) => {
  const found = [];
  const attempt = (name, run) => {
    try {
      run();
      found.push(name);
    } catch {}
  };
  attempt("markup", () => { document.body.innerHTML = "<b>x</b>"; });
  attempt("a policy of its own", () => trustedTypes.createPolicy("x", {}));
  await fetch(other + "/health", { mode: "no-cors" }).then(() => found.push("a call"), () => {});
  // Not by eval, which a browser that is driven from outside does not hold back.
  try { setTimeout("globalThis.ran = true"); } catch {}
  await new Promise((resolve) => setTimeout(resolve, 1));
  if (globalThis.ran) found.push("code");
  const image = new Image();
  const loaded = new Promise((resolve) => {
    image.onload = () => resolve(true);
    image.onerror = () => resolve(false);
  });
  image.src = other + "/pixel";
  if (await loaded) found.push("an image");
  const sheet = document.createElement("style");
  sheet.textContent = "body { outline: 7px solid }";
  document.head.append(sheet);
  if (getComputedStyle(document.body).outlineWidth === "7px") found.push("a style");
  return found;
})`;
/** The first frame that a ping brings, or that there is no line. */
const PING = `new Promise((resolve) => {
  const socket = new WebSocket("ws://" + location.host + "/v1");
  socket.onopen = () => socket.send('{"type":"ping"}');
  socket.onmessage = ({ data }) => resolve(JSON.parse(data).type);
  socket.onerror = () => resolve("refused");
})`;
const HERE = `fetch("/api/here").then((answer) => answer.json()).then(Object.keys)`;
/** One that any page may load. */
const PIXEL = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>';

browserNeeded.describe("[H19] in a browser", () => {
  let server: TestServer;
  let browser: Awaited<ReturnType<typeof openBrowser>>;
  beforeAll(async () => {
    server = startServer({ HOST: "::" });
    browser = await openBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  test("every page loads without a word in its console, and from nowhere else", async () => {
    const { page, faults, context } = await browser.person("phone");
    const asked = new Set<string>();
    page.on("request", (request) => asked.add(new URL(request.url()).origin));
    const errors: string[] = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) errors.push(message.text());
    });
    for (const host of HOSTS) {
      asked.clear();
      for (const path of PATHS) {
        const answer = await page.goto(`http://${host}:${server.port}${path}`, { waitUntil: "load" });
        expect([host, path, answer?.status()]).toEqual([host, path, 200]);
        expect([host, path, [...errors, ...faults]]).toEqual([host, path, []]);
      }
      asked.delete("null");
      expect([...asked]).toEqual([`http://${host}:${server.port}`]);
    }
    await context.close();
  }, 60_000);

  test("it opens its WebSocket by every kind of name, and nothing else gets out", async () => {
    const { page, context } = await browser.person("phone");
    let asked = 0;
    const elsewhere = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch() {
        asked++;
        return new Response(PIXEL, {
          headers: { "content-type": "image/svg+xml", "access-control-allow-origin": "*" },
        });
      },
    });
    const tried = `${ESCAPES}("http://${LAN_HOST}:${elsewhere.port}")`;
    // Where nothing forbids it, all of it goes through.
    await page.goto(`http://${LAN_HOST}:${server.port}/health`);
    expect(await page.evaluate(tried)).toEqual([
      "markup",
      "a policy of its own",
      "a call",
      "code",
      "an image",
      "a style",
    ]);
    asked = 0;
    for (const host of HOSTS) {
      await page.goto(`http://${host}:${server.port}/GXHB`);
      expect([host, await page.evaluate(PING)]).toEqual([host, "pong"]);
      expect([host, await page.evaluate(tried)]).toEqual([host, []]);
    }
    expect(asked).toBe(0);
    await elsewhere.stop(true);
    await context.close();
  }, 60_000);

  test("no other page has it in a frame", async () => {
    const { page, context } = await browser.person("tv");
    const framing = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () =>
        new Response(`<iframe src="http://${LAN_HOST}:${server.port}/monitor"></iframe>`, {
          headers: { "content-type": "text/html" },
        }),
    });
    await page.goto(`http://${LAN_HOST}:${framing.port}/`, { waitUntil: "load" });
    const [, frame] = page.frames();
    expect(frame?.url()).toStartWith("chrome-error:");
    await framing.stop(true);
    await context.close();
  }, 60_000);

  test("[H24] the machine's own page is told where phones reach it, and one of another name is not", async () => {
    const { page, context } = await browser.person("tv");
    for (const [host, told] of [
      ["localhost", ["urls", "bound", "contained"]],
      [LAN_HOST, ["urls"]],
    ] as const) {
      await page.goto(`http://${host}:${server.port}/doctor`);
      expect([host, await page.evaluate(HERE)]).toEqual([host, [...told]]);
    }
    await context.close();
  }, 60_000);
});
