// What the server hands out to browsers: the client, at a path of its own text and at one that can be pasted.
import { afterAll, describe, expect, spyOn, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import assets from "../../pages/built/assets.json";
import { type Clock, systemClock } from "../../src/clock.ts";
import { isPage } from "../../src/doors/http/pages.ts";
import { CODE_ALPHABET } from "../../src/rooms/codes.ts";
import { ManualClock } from "../support/clock.ts";
import { handshake, rawHttp } from "../support/http.ts";
import { startServer, type TestServer } from "../support/server.ts";

const CLIENT = "/partyline.js";
const HASHED = Object.keys(assets).find((path) => path.startsWith("/pages/partyline-client.")) ?? "";
const TEXT = Object.entries(assets).find(([path]) => path === HASHED)?.[1].text ?? "";
const ETAG = `W/"${HASHED.split(".")[1]}"`;

const folder = await mkdtemp(join(tmpdir(), "partyline-pages-"));
const servers: TestServer[] = [];
const start = (env: Record<string, string> = {}, clock: Clock = systemClock) => {
  const server = startServer(env, clock);
  servers.push(server);
  return server;
};
const server = start();
afterAll(async () => {
  for (const { stop } of servers) await stop();
  await rm(folder, { recursive: true });
});

/** As it comes over the wire: nothing unpacked, and no encoding taken but what is said. */
async function get(path: string, headers: Record<string, string> = {}, method = "GET", at = server) {
  const init = { method, headers: { "accept-encoding": "identity", ...headers }, decompress: false };
  const response = await fetch(at.http + path, init);
  return { status: response.status, headers: response.headers, bytes: new Uint8Array(await response.arrayBuffer()) };
}

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe("[H16] the client", () => {
  test("is one ES module, at both of its paths, for pages of any origin", async () => {
    for (const path of [CLIENT, HASHED]) {
      const { status, headers, bytes } = await get(path, { origin: "https://game.example" });
      expect([path, status, textOf(bytes)]).toEqual([path, 200, TEXT]);
      expect(headers.get("content-type")).toBe("text/javascript; charset=utf-8");
      expect(headers.get("access-control-allow-origin")).toBe("*");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("vary")).toBe("accept-encoding");
      expect(headers.get("etag")).toBe(ETAG);
      expect(headers.get("content-encoding")).toBeNull();
    }
  });

  test("is kept for a year where its text is in its path, and asked after where it is not", async () => {
    expect((await get(HASHED)).headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect((await get(CLIENT)).headers.get("cache-control")).toBe("no-cache");
  });

  test("is not sent again to who has it", async () => {
    for (const tags of [ETAG, ETAG.replace("W/", ""), `"other", ${ETAG}`, "*"]) {
      const { status, headers, bytes } = await get(CLIENT, { "if-none-match": tags });
      expect([tags, status, bytes.length, headers.get("etag")]).toEqual([tags, 304, 0, ETAG]);
      expect(headers.get("cache-control")).toBe("no-cache");
      expect(headers.get("vary")).toBe("accept-encoding");
    }
    for (const tags of ['"other"', `W/"${HASHED}"`, ""]) {
      expect([tags, (await get(CLIENT, { "if-none-match": tags })).status]).toEqual([tags, 200]);
    }
  });

  test("is packed for who takes that, and for nobody else", async () => {
    for (const accepted of ["gzip", "br;q=1, GZIP;q=0.5", "*", "gzip;q=0.01"]) {
      const { headers, bytes } = await get(CLIENT, { "accept-encoding": accepted });
      expect([accepted, headers.get("content-encoding")]).toEqual([accepted, "gzip"]);
      expect(headers.get("content-length")).toBe(String(bytes.length));
      expect(textOf(Bun.gunzipSync(bytes))).toBe(TEXT);
    }
    for (const accepted of ["br", "gzip;q=0", "*, gzip; q=0.0", "gzipped", ""]) {
      const { headers, bytes } = await get(CLIENT, { "accept-encoding": accepted });
      expect([accepted, headers.get("content-encoding"), textOf(bytes)]).toEqual([accepted, null, TEXT]);
    }
  });

  test("is packed once", async () => {
    await get(CLIENT, { "accept-encoding": "gzip" });
    const gzip = spyOn(Bun, "gzipSync");
    await get(CLIENT, { "accept-encoding": "gzip" });
    await get(HASHED, { "accept-encoding": "gzip" });
    expect(gzip).toHaveBeenCalledTimes(0);
    gzip.mockRestore();
  });

  test("is only to be read: HEAD has no body, other methods are a 405", async () => {
    const { status, headers, bytes } = await get(CLIENT, {}, "HEAD");
    expect([status, bytes.length, headers.get("etag")]).toEqual([200, 0, ETAG]);
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      const refused = await get(HASHED, {}, method);
      expect([method, refused.status, refused.headers.get("allow")]).toEqual([method, 405, "GET, HEAD"]);
    }
  });

  test("loads, and gives what a game imports", async () => {
    const file = join(folder, "partyline.js");
    await Bun.write(file, (await get(CLIENT)).bytes);
    const { createRoom, joinRoom, memorySeats } = await import(file);
    const seats = memorySeats();
    const tv = await createRoom({ url: server.url, maxClients: 2, seats });
    const phone = await joinRoom({ url: server.url, room: tv.code, seats });
    const heard = new Promise((resolve) => tv.on("message", resolve));
    await phone.send("buzz");
    expect(await heard).toBe("buzz");
    await tv.close();
  });

  test("[H23] costs what pages cost, and [H3] is counted by the pattern of its path", async () => {
    const slow = start({ HTTP_REQUESTS_PER_SECOND: "1" }, new ManualClock());
    const statuses: number[] = [];
    for (let n = 0; n < 26; n++) {
      for (const path of [CLIENT, HASHED]) statuses.push((await get(path, {}, "GET", slow)).status);
    }
    expect(statuses).toEqual([...Array(50).fill(200), 429, 429]);
    expect(await slow.metric('partyline_http_requests_total{route="/partyline.js",status="200"}')).toBe(25);
    expect(await slow.metric('partyline_http_requests_total{route="/pages/:asset",status="200"}')).toBe(25);
  });
});

describe("[H7][H17] the paths of pages", () => {
  test("are no rooms', and no code could be one", () => {
    for (const path of [CLIENT, ...Object.keys(assets).filter((name) => name.startsWith("/"))]) {
      expect([path, isPage(path)]).toEqual([path, true]);
      expect([path, [...path.slice(1).toUpperCase()].every((char) => CODE_ALPHABET.includes(char))]).toEqual([
        path,
        false,
      ]);
    }
    // Five letters that a code may be made of.
    expect(isPage("/PAGES")).toBe(false);
    expect(isPage("/pages")).toBe(false);
  });

  test("have nothing at any other name", async () => {
    for (const path of [
      "/pages/",
      "/pages/partyline-client.0000000000.js",
      "/pages/../x",
      `${HASHED}/`,
      `${CLIENT}/`,
      "/Partyline.js",
    ]) {
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    }
  });

  test("take no WebSocket: the handshake is answered as any other request", async () => {
    for (const path of [CLIENT, HASHED]) {
      const { status, text } = await rawHttp(server.http, handshake(path));
      expect([path, status]).toEqual([path, 200]);
      expect(text).toContain("createRoom");
    }
    expect((await rawHttp(server.http, handshake("/pages/GXHB"))).status).toBe(404);
  });

  test("[H14] behind a prefix that the proxy should have stripped say so", async () => {
    expect(textOf((await get(`/game${CLIENT}`)).bytes)).toContain("begins at the root");
  });

  test("PAGES=off serves none of it, and leaves them no rooms' all the same", async () => {
    const off = start({ PAGES: "off" });
    for (const path of [CLIENT, HASHED]) {
      expect([path, (await get(path, {}, "GET", off)).status]).toEqual([path, 404]);
      expect([path, (await rawHttp(off.http, handshake(path))).status]).toEqual([path, 404]);
    }
  });
});
