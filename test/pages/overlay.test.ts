// The overlay in a real browser, as a streaming program shows it: over nothing, beside a server that goes and comes back.
import { expect } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { createRoom, joinRoom, type Room } from "../../clients/js/src/index.ts";
import { Api } from "../support/api.ts";
import { browserNeeded, LAN_HOST, serveFolder } from "../support/browser.ts";
import { startChild } from "../support/child.ts";
import { Client } from "../support/client.ts";
import { until } from "../support/far.ts";
import { readQr } from "../support/qr.ts";
import { ADMIN_KEY, freePort, type TestServer } from "../support/server.ts";
import { looking, shoot, wrongWith } from "./onlooker.ts";

const { serve, visitor, ends } = looking();

/** A night with a game, as an operator has begun it. */
async function night(server: Pick<TestServer, "http">, title = "Quiz of the year") {
  const api = await Api.admitted(server);
  const session = await api.make("/api/sessions");
  const game = await api.make(`/api/sessions/${session}/games`, { title, pack_name: "Pack One", max_players: 8 });
  const vote = (username: string, vote: string) => api.ask("POST", "/api/votes/live", { username, vote });
  /** A viewer's, which is all that the overlay is to have [S38]. */
  const { token } = await api.ask("POST", "/api/auth/links", { role: "viewer" });
  return { api, session, game, vote, token: String(token) };
}

const open = (page: Page, server: { readonly port: number }, query = "", host = LAN_HOST) =>
  page.goto(`http://${host}:${server.port}/overlay${query}`);
const says = (page: Page, id: string, text: string) => page.locator(`#${id}`).filter({ hasText: text }).waitFor();
const shown = (page: Page) => page.locator("#overlay").textContent();

/** Counts from now on what is drawn anew. */
async function drawn(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(`(() => {
    globalThis.drawn = 0;
    const all = { subtree: true, childList: true, characterData: true, attributes: true };
    new MutationObserver((seen) => { globalThis.drawn += seen.length; }).observe(document.documentElement, all);
  })()`);
  return () => page.evaluate("globalThis.drawn");
}

/** Waits for so many answers to what the page reads. */
async function reads(page: Page, times: number): Promise<void> {
  for (let read = 0; read < times; read++) await page.waitForResponse(/status-live|\/active/);
}

browserNeeded.test("[H28] what strangers may read is shown without a token, and follows what happens", async () => {
  const server = serve();
  const { api, session, vote } = await night(server);
  const { page, faults, strays } = await visitor();
  await open(page, server);
  await says(page, "name", "Quiz of the year");
  await says(page, "pack", "Pack One");
  await vote("ann", "up");
  await vote("bob", "up");
  await vote("cem", "down");
  await says(page, "up", "2");
  await says(page, "down", "1");
  expect(await page.evaluate("document.getElementById('share').style.getPropertyValue('--share')")).toStartWith("0.66");
  await api.make(`/api/sessions/${session}/games`, { title: "The next one" });
  await says(page, "name", "The next one");
  await says(page, "up", "0");
  expect(await page.locator("#pack").isVisible()).toBe(false);
  await api.ask("POST", `/api/sessions/${session}/close`);
  await page.locator("#overlay").waitFor({ state: "hidden" });
  expect(faults).toEqual([]);
  expect(strays).toEqual([]);
});

browserNeeded.test("[H28] players of the game's room are shown by their names, many as a number", async () => {
  const server = serve();
  const tv = await Client.connect(`${server.url}/v1`);
  const { room } = await tv.ask({ type: "create", clientId: "tv", secret: "of the tv", maxClients: 41 });
  const join = async (name: string) => {
    const phone = await Client.connect(`${server.url}/v1`);
    await phone.ask({ type: "join", room, clientId: name, secret: `of ${name}`, name });
  };
  await join("Ann");
  await join("<b>Bob</b>");
  const { api, session } = await night(server);
  await api.make(`/api/sessions/${session}/games`, { title: "Together", room_code: room });
  const { page, faults } = await visitor();
  await open(page, server, "?show=players,title");
  await says(page, "count", "2 of 40 players");
  expect(await page.locator("#names li").allInnerTexts()).toEqual(["Ann", "<b>Bob</b>"]);
  expect(await page.locator("#votes").isVisible()).toBe(false);
  // A code that the address does not name is on no stream.
  expect(await page.content()).not.toContain(String(room));
  for (let n = 0; n < 13; n++) await join(`Guest ${n}`);
  await says(page, "count", "15 of 40 players");
  expect(await page.locator("#names li").allInnerTexts()).toHaveLength(13);
  expect(await page.locator("#names li").last().textContent()).toBe("and 3 more");
  expect(faults).toEqual([]);
});

browserNeeded.test("[H28] with a token it reads when something happens, and the token is in no address", async () => {
  const server = serve();
  const { vote, token } = await night(server);
  const { page, faults } = await visitor();
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("websocket", (socket) => asked.push(socket.url()));
  const live = page.waitForEvent("websocket");
  await open(page, server, `#t=${token}`);
  await live;
  await says(page, "name", "Quiz of the year");
  await vote("ann", "up");
  await says(page, "up", "1");
  expect(asked.some((url) => url.endsWith("/api/sessions/live"))).toBe(true);
  expect(asked.filter((url) => url.includes(token))).toEqual([]);
  expect(server.logged.filter((line) => line.includes(token))).toEqual([]);
  expect(faults).toEqual([]);
});

browserNeeded.test("[H28] a token that is none is worth no word: it goes on as a stranger would", async () => {
  const server = serve();
  const { vote } = await night(server);
  const { page } = await visitor();
  await open(page, server, "#t=nonsense");
  await says(page, "name", "Quiz of the year");
  await vote("ann", "up");
  await says(page, "up", "1");
});

browserNeeded.test(
  "[H28] a restart of the server is not seen: nothing is drawn, and then what has changed",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "partyline-overlay-"));
    ends(() => rm(folder, { recursive: true }));
    const port = await freePort();
    const start = () => startChild({ PORT: `${port}`, HOST: "127.0.0.1", DATA_DIR: folder, ADMIN_KEY });
    const first = await start();
    ends(first.stop);
    const { vote, token } = await night(first);
    await vote("ann", "up");
    const me = await visitor();
    const { page } = me;
    await open(page, { port }, `#t=${token}`);
    await says(page, "up", "1");
    const before = await shown(page);
    const count = await drawn(page);
    await first.stop();
    // It has dialled in vain, more than once.
    await page.waitForEvent("websocket");
    await page.waitForEvent("websocket");
    expect([await shown(page), await count()]).toEqual([before, 0]);
    const read = reads(page, 2);
    const second = await start();
    ends(second.stop);
    await read;
    expect([await shown(page), await count()]).toEqual([before, 0]);
    const again = await Api.admitted(second);
    await again.ask("POST", "/api/votes/live", { username: "bob", vote: "up" });
    await says(page, "up", "2");
  },
);

browserNeeded.test("[H28] a code and its QR lead to the room, and are there before any night", async () => {
  const server = serve({ PUBLIC_URL: "https://party.example" });
  const { page, faults, strays } = await visitor();
  await open(page, server, "?show=qr,title&room=gxhb&scale=2");
  await says(page, "code", "GXHB");
  await page.locator("#plate svg").waitFor();
  expect(await readQr(page, "#plate")).toBe("https://party.example/gxhb");
  expect(await page.locator("#address").textContent()).toBe("https://party.example");
  expect(await page.locator("#title").isVisible()).toBe(false);
  expect([faults, strays]).toEqual([[], []]);
});

/** A room with an audience, and somebody who votes in it. */
async function polled(server: Pick<TestServer, "url">) {
  const [tv, ann] = await rooms(server);
  await tv.poll("Which one?").open("choice", { options: ["<b>Tea</b>", "Coffee"], show: "live", who: "all" });
  await tv.poll("Hidden").open("first");
  return { tv, ann };
}

async function rooms(server: Pick<TestServer, "url">, code?: string): Promise<[tv: Room, ann: Room]> {
  const tv = await createRoom({ url: server.url, maxClients: 3, audience: 5, name: "TV", ...(code && { room: code }) });
  ends(() => tv.leave());
  const ann = await joinRoom({ url: server.url, room: tv.code, name: "Ann" });
  ends(() => ann.leave());
  return [tv, ann];
}

browserNeeded.test(
  "[H28][C3][C15] the poll that is open in a room is shown with its tally, and how it came out",
  async () => {
    const server = serve();
    const { tv, ann } = await polled(server);
    const me = await visitor();
    const { page, faults, strays } = me;
    await open(page, server, `?show=poll&room=${tv.code.toLowerCase()}`);
    await says(page, "ask", "Which one?");
    expect(await page.locator("#tally li").allInnerTexts()).toEqual(["<b>Tea</b>\n0", "Coffee\n0"]);
    await until(() => ann.polls.size === 2);
    await ann.answer("Which one?", 1);
    await says(page, "total", "1 answer");
    expect(await page.locator("#tally li").allInnerTexts()).toEqual(["<b>Tea</b>\n0", "Coffee\n1"]);
    expect(await page.evaluate("document.querySelectorAll('#tally li')[1].style.getPropertyValue('--part')")).toBe("1");
    // It watches, and takes nobody's seat; its page loads the client from where it may be kept for ever.
    expect([tv.audience?.count, tv.members.size]).toEqual([1, 2]);
    expect(await page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name).join()")).toMatch(
      /\/pages\/partyline-client\.[0-9a-f]{10}\.js/,
    );
    await shoot(page, "overlay-poll");
    expect(await wrongWith(me)).toEqual([]);
    await tv.poll("Which one?").close();
    await says(page, "total", "1 answer, closed");
    // One whose counts are the host's alone is asked all the same; and then the room is over.
    await tv.poll("And now?").open("choice", { options: ["A", "B"], show: "host" });
    await says(page, "ask", "And now?");
    expect(await page.locator("#tally li").allInnerTexts()).toEqual(["A", "B"]);
    expect(await page.locator("#total").textContent()).toBe("");
    await tv.close();
    await page.locator("#overlay").waitFor({ state: "hidden" });
    expect([faults, strays]).toEqual([[], []]);
  },
);

browserNeeded.test(
  "[H28] a room that is not there yet is tried again; who asks for no poll loads no client",
  async () => {
    const server = serve();
    const { page } = await visitor();
    await page.clock.install();
    const refused = page.waitForEvent("websocket").then((socket) => socket.waitForEvent("framereceived"));
    await open(page, server, "?show=poll,qr&room=GXHB");
    await says(page, "code", "GXHB");
    expect(String((await refused).payload)).toContain("room_not_found");
    const [tv] = await rooms(server, "GXHB");
    await tv.poll("Who?").open("choice", { options: ["A", "B"], who: "audience" });
    await page.clock.runFor(21_000);
    await says(page, "ask", "Who?");
    const other = await visitor();
    await open(other.page, server, "?show=qr&room=GXHB");
    await says(other.page, "code", "GXHB");
    const loaded = "performance.getEntriesByType('resource').map(({ name }) => name).join()";
    expect(await other.page.evaluate(loaded)).not.toContain("partyline-client");
  },
);

browserNeeded.test("[H28] it fades after so long without a change, and is back with the next", async () => {
  const server = serve();
  const { vote } = await night(server);
  const { page } = await visitor();
  await page.clock.install();
  await open(page, server, "?hide=20");
  await says(page, "name", "Quiz of the year");
  await page.clock.runFor(21_000);
  await page.locator("#overlay.faded").waitFor({ state: "attached" });
  await vote("ann", "up");
  await page.clock.runFor(2_000);
  await page.locator("#overlay:not(.faded)").waitFor();
});

browserNeeded.test("[H28] nothing is behind it, and it may stand in a frame", async () => {
  const server = serve();
  await night(server);
  const { page } = await visitor();
  await open(page, server);
  await says(page, "name", "Quiz of the year");
  const png = await page.screenshot({ omitBackground: true, clip: { x: 0, y: 0, width: 40, height: 40 } });
  const alpha = await page.context().newPage();
  expect(
    await alpha.evaluate(`(async () => {
      const picture = new Image();
      picture.src = "data:image/png;base64,${png.toString("base64")}";
      await picture.decode();
      const context = document.createElement("canvas").getContext("2d");
      context.drawImage(picture, 0, 0);
      return Math.max(...context.getImageData(0, 0, 40, 40).data);
    })()`),
  ).toBe(0);
  const folder = await mkdtemp(join(tmpdir(), "partyline-frame-"));
  ends(() => rm(folder, { recursive: true }));
  const frame = `<!doctype html><title>a scene</title><iframe src="http://${LAN_HOST}:${server.port}/overlay"></iframe>`;
  await Bun.write(join(folder, "scene.html"), frame);
  const scenes = serveFolder(folder);
  ends(scenes.stop);
  const around = await page.context().newPage();
  await around.goto(`http://${LAN_HOST}:${scenes.port}/scene.html`);
  await around.frameLocator("iframe").locator("#name").filter({ hasText: "Quiz of the year" }).waitFor();
});

browserNeeded.test("[H28] axe finds nothing wrong with it, in either theme", async () => {
  const server = serve();
  const { vote } = await night(server);
  await vote("ann", "up");
  for (const theme of ["dark", "light"]) {
    const me = await visitor();
    await open(me.page, server, `?show=title,votes,players,qr&room=GXHB&theme=${theme}`);
    await says(me.page, "up", "1");
    await shoot(me.page, `overlay-${theme}`);
    expect(await wrongWith(me)).toEqual([]);
  }
});
