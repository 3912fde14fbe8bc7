// The pages at their paths: who gets which, how it is kept and packed, and that a path of a code tells nothing of rooms.
import { describe, expect, test } from "bun:test";
import assets from "../../pages/built/assets.json";
import { DOCUMENT_PATHS } from "../../src/doors/http/documents.ts";
import { isPage, PAGE_PATHS } from "../../src/doors/http/pages.ts";
import { CODE_LENGTH_MAX, CODE_LENGTH_MIN, Codes } from "../../src/rooms/codes.ts";
import { Client } from "../support/client.ts";
import { wrongCode } from "../support/guesses.ts";
import { handshake, headersOf, rawHttp } from "../support/http.ts";
import { freePort, type TestServer } from "../support/server.ts";
import { openRoom, range, stages } from "../support/stage.ts";

const stage = stages();
const HTML = "text/html; charset=utf-8";
const CODE = "/GXHB";
/** Each page at each of its paths. */
const PAGES: readonly [path: string, file: keyof typeof assets][] = [
  ["/", "home.html"],
  ["/home", "home.html"],
  ["/doctor", "doctor.html"],
  ["/monitor", "monitor.html"],
  ["/playground", "playground.html"],
  ["/docs", "docs.html"],
  ["/docs/", "docs.html"],
  [CODE, "phone.html"],
];
const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/** As it comes over the wire: nothing unpacked, nothing followed, and no encoding taken but what is said. */
async function get(server: TestServer, path: string, headers: Record<string, string> = {}, method = "GET") {
  const own = { "accept-encoding": "identity", accept: BROWSER };
  const init = { method, headers: { ...own, ...headers }, decompress: false, redirect: "manual" as const };
  const answer = await fetch(server.http + path, init);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  return { status: answer.status, headers: answer.headers, bytes, text: new TextDecoder().decode(bytes) };
}

describe("[H18] a page", () => {
  test("is chosen by the first 1,000 characters of what its browser takes and has", async () => {
    const { server } = stage();
    const etag = (await get(server, "/home")).headers.get("etag") ?? "";
    const after = (length: number, text: string) => `${"x,".repeat(length / 2)}${text}`;
    const coding = async (list: string) =>
      (await get(server, "/home", { "accept-encoding": list })).headers.get("content-encoding");
    expect([await coding(after(900, "gzip")), await coding(after(12_000, "gzip"))]).toEqual(["gzip", null]);
    const has = async (list: string) => (await get(server, "/home", { "if-none-match": list })).status;
    expect([await has(after(900, etag)), await has(after(12_000, etag))]).toEqual([304, 200]);
  });

  test("is at each of its paths, asked after each time, and no page of another origin's business", async () => {
    const { server } = stage();
    for (const [path, file] of PAGES) {
      const { status, headers, text } = await get(server, path, { origin: "https://other.example" });
      expect([path, status, text]).toEqual([path, 200, assets[file].text]);
      expect([path, headers.get("content-type"), headers.get("cache-control")]).toEqual([path, HTML, "no-cache"]);
      expect([path, headers.get("access-control-allow-origin")]).toEqual([path, null]);
    }
  });

  test("loads only what is served, and kept", async () => {
    const { server } = stage();
    for (const [path, file] of PAGES) {
      const loaded = [...assets[file].text.matchAll(/<(?:link|script)[^>]* (?:src|href)="(\/[^"]+)"/g)].map(
        ([, link]) => String(link),
      );
      expect([path, loaded.length]).toEqual([path, 2]);
      for (const link of loaded) {
        const { status, headers } = await get(server, link);
        expect([link, status, headers.get("cache-control")]).toEqual([link, 200, expect.stringContaining("immutable")]);
      }
    }
  });

  test("is only to be read: HEAD has its headers and no body, other methods are a 405 in JSON", async () => {
    const { server } = stage();
    for (const [path] of PAGES) {
      const whole = await get(server, path);
      const { status, headers, text } = await get(server, path, {}, "HEAD");
      expect([path, status, text]).toEqual([path, 200, ""]);
      for (const name of ["content-type", "content-length", "etag", "vary", "cache-control", "content-security-policy"])
        expect([path, name, headers.get(name)]).toEqual([path, name, whole.headers.get(name)]);
      for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]) {
        const { status, text } = await rawHttp(
          server.http,
          `${method} ${path} HTTP/1.1\r\nHost: x\r\nAccept: ${BROWSER}\r\nContent-Length: 0\r\n\r\n`,
        );
        expect([method, path, status]).toEqual([method, path, 405]);
        expect(text.toLowerCase()).toContain("\r\nallow: get, head\r\n");
        expect(text).toEndWith('{"error":"Method not allowed"}');
      }
    }
  });

  test("is a 304 for who has it, and whole for who has another", async () => {
    const { server } = stage();
    for (const [path, file] of PAGES) {
      const etag = (await get(server, path)).headers.get("etag") ?? "";
      expect(etag).toBe(`W/"${assets[file].hash}"`);
      for (const tags of [etag, etag.slice(2), `"x", ${etag}`, "*"]) {
        const { status, headers, text } = await get(server, path, { "if-none-match": tags });
        expect([path, tags, status, text]).toEqual([path, tags, 304, ""]);
        expect([headers.get("etag"), headers.get("cache-control")]).toEqual([etag, "no-cache"]);
      }
      for (const tags of ['W/"0123456789"', "", assets[file].hash, "W/*"])
        expect([path, tags, (await get(server, path, { "if-none-match": tags })).status]).toEqual([path, tags, 200]);
    }
  });

  test("says by what its path answers differently, with a 304 too", async () => {
    const { server } = stage();
    for (const [path, file] of PAGES) {
      const vary = path === "/" ? "accept, accept-encoding" : "accept-encoding";
      const kept = { "if-none-match": `W/"${assets[file].hash}"` };
      for (const more of [{}, kept, { "accept-encoding": "gzip" }])
        expect([path, (await get(server, path, more)).headers.get("vary")]).toEqual([path, vary]);
    }
    expect((await get(server, "/", { accept: "*/*" })).headers.get("vary")).toBe("accept");
  });

  test("is packed for who takes gzip, and for nobody else", async () => {
    const { server } = stage();
    for (const [path, file] of PAGES) {
      for (const taken of ["gzip", "gzip, deflate, br, zstd", "*", "br;q=1, GZIP;q=0.1", "gzip;q=0.001"]) {
        const { headers, bytes } = await get(server, path, { "accept-encoding": taken });
        expect([path, taken, headers.get("content-encoding")]).toEqual([path, taken, "gzip"]);
        expect(new TextDecoder().decode(Bun.gunzipSync(bytes))).toBe(assets[file].text);
      }
      for (const taken of ["identity", "gzip;q=0", "gzip; q=0.000, *;q=0.5", "*;q=0", "br", "gzipped"])
        expect([path, taken, (await get(server, path, { "accept-encoding": taken })).text]).toEqual([
          path,
          taken,
          assets[file].text,
        ]);
    }
  });
});

describe("[H18] at /", () => {
  const PEOPLE = [
    // Chromium, Firefox, Safari, an old Internet Explorer, Lynx, w3m.
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "text/html, application/xhtml+xml, image/jxr, */*",
    "text/html, text/plain, text/sgml, text/css, application/xhtml+xml, */*;q=0.01",
    "text/html, text/*;q=0.5, image/*, application/*",
    "text/html",
    "TEXT/HTML;charset=utf-8",
    "application/json;q=0.2, text/html;q=0.3",
    "text/html;q=0.5, text/plain;q=0.5",
    "text/html;q=1.000",
    "text/html;q=",
  ];
  const PROGRAMS = [
    // curl and wget, Python, HTTPie, a browser's fetch, Node.
    "*/*",
    "*/*;q=0.8",
    "application/json, */*;q=0.5",
    "application/json, text/plain, */*",
    "text/*",
    "text/plain",
    "text/plain, text/html;q=0.5",
    "text/html;q=0",
    "text/html;q=0.000, */*",
    "text/html; q=0 ;x=y",
    "text/html5",
    "application/xhtml+xml",
    "image/avif,image/webp,*/*;q=0.8",
    "text/html/x",
    ",,;;,",
    "",
  ];
  test.each(PEOPLE)("who accepts `%s` gets the page", async (accept) => {
    const { server } = stage();
    const { status, headers } = await get(server, "/", { accept });
    expect([status, headers.get("content-type")]).toEqual([200, HTML]);
  });
  test.each(PROGRAMS)("who accepts `%s` gets the text [H5], which nobody keeps", async (accept) => {
    const { server } = stage();
    const { status, headers, text } = await get(server, "/", { accept });
    expect([status, headers.get("content-type")]).toEqual([200, "text/plain; charset=utf-8"]);
    expect(text).toContain("Open now: 0 lines, 0 rooms.");
    expect(headers.get("cache-control")).toBe("no-store");
  });
  test("who says nothing of it gets the text, and any other page is there for everyone", async () => {
    const { server } = stage();
    for (const version of ["1.0", "1.1"]) {
      const answer = await rawHttp(server.http, `GET / HTTP/${version}\r\nHost: x\r\n\r\n`);
      expect(headersOf(answer)).toContainEqual(["content-type", "text/plain; charset=utf-8"]);
    }
    for (const [path] of PAGES.slice(1))
      expect([path, (await get(server, path, { accept: "*/*" })).headers.get("content-type")]).toEqual([path, HTML]);
  });
});

describe("[H18] the phone's page", () => {
  const FORMS = [
    "gxhb",
    "GX-HB",
    "gx%2dhb",
    "%47%58%48%42",
    "GX%20HB",
    "GX+HB".replace("+", "%E3%80%80"),
    "%EF%BC%A7%EF%BC%B8%EF%BC%A8%EF%BC%A2",
    "GX%E2%80%94HB",
    "%E2%80%8BGXHB%0A",
    "GX\u2013HB",
    "\uff47\uff58\uff48\uff42",
    "./GXHB",
    "GXHB?player=2",
    "GXHB?",
    "ZZZZ",
    "8888",
    // A rude word is never handed out, but tells no more than any other name.
    "CRAP",
  ];
  test.each(FORMS)("[R4] is at /%s", async (typed) => {
    const { server } = stage();
    const answer = await rawHttp(server.http, Buffer.from(`GET /${typed} HTTP/1.1\r\nHost: x\r\n\r\n`));
    const text = Buffer.from(answer.text, "latin1").toString("utf8");
    expect([answer.status, text.endsWith(assets["phone.html"].text)]).toEqual([200, true]);
  });

  const NONE = [
    ...[
      "GXH",
      "GXHBB",
      "GXH0",
      "GXHI",
      "OXHB",
      "GXH1",
      "-",
      "%20",
      "%E2%80%8B",
      "GX/HB",
      "GX%2FHB",
      "GXHB/",
      "/GXHB",
      "x/GXHB",
    ],
    ...[
      "GX_HB",
      "GX.HB",
      "GXH%zz",
      "GXH%ff",
      "%",
      "GXHB%00%ff",
      "G\u00e4HB",
      "\u{1f389}",
      "GX%5CHB",
      "GXHB;x=1",
      "GXHB.html",
    ],
    ...[
      "favicon.ico",
      "robots.txt",
      "index.html",
      "phone",
      "Home",
      "DOCTOR",
      "pages",
      "v1",
      "v2",
      "v1/GXHB",
      `${"-".repeat(61)}GXHB`,
    ],
  ];
  test.each(NONE)("is not at /%s, which could be no code", async (typed) => {
    const { server } = stage();
    const answer = await rawHttp(server.http, Buffer.from(`GET /${typed} HTTP/1.1\r\nHost: x\r\n\r\n`));
    expect([answer.status, /\{"error":"Not found[^"]*"\}$/.test(answer.text)]).toEqual([404, true]);
  });

  test("is where a browser asks for what nobody but a guest types who mistook a letter or the length, so that he sees what to mend", async () => {
    const { server } = stage();
    for (const path of ["/GXH0", "/goib", "/0000", "/G", "/GX0", "/GXH", "/GXHO1", "/GXHBGXHB", "/v3"]) {
      const answer = await get(server, path);
      expect([path, answer.status, answer.text]).toEqual([path, 200, assets["phone.html"].text]);
      expect(answer.headers.get("vary")).toBe("accept, accept-encoding");
      for (const accept of ["*/*", "application/json"])
        expect([path, accept, (await get(server, path, { accept })).status]).toEqual([path, accept, 404]);
    }
    for (const path of ["/GXHBGXHBG", "/v1", "/v2", "/GX-0", "/.env", "/a.js", "/GX%30O", "/GXH0/x", "/"])
      expect([path, (await get(server, path)).text === assets["phone.html"].text]).toEqual([path, false]);
    expect((await get(stage({ PAGES: "off" }).server, "/GXH0")).status).toBe(404);
  });

  test("is one redirect away where a browser brings a slash at the end", async () => {
    const { server } = stage();
    const led = async (path: string, accept = BROWSER) => {
      const { status, headers } = await get(server, path, { accept });
      return [status, headers.get("location"), headers.get("vary")];
    };
    expect(await led("/gx-hb/?player=2")).toEqual([302, "/GXHB?player=2", "accept"]);
    expect(await led("/gxh0/")).toEqual([302, "/GXH0", "accept"]);
    for (const path of ["/GXHB//", "/doctor/", "/room/", "/v2/", "/GXHBGXHBG/"])
      expect([path, (await led(path))[0]]).toEqual([path, 404]);
    // Nobody is sent to another server.
    for (const path of ["//GXHB/", "//evil/", "/\\evil/", "/%2fevil/"]) {
      const { status } = await rawHttp(server.http, `GET ${path} HTTP/1.1\r\nHost: x\r\nAccept: ${BROWSER}\r\n\r\n`);
      expect([path, status]).toEqual([path, 404]);
    }
    expect((await led("/GXHB/", "*/*"))[0]).toBe(404);
    const off = stage({ PAGES: "off" }).server;
    expect((await get(off, "/GXHB/")).status).toBe(404);
  });

  test("is where a code of ROOM_CODE_LENGTH could be, and at no other length", async () => {
    for (const length of range(CODE_LENGTH_MIN, CODE_LENGTH_MAX + 1)) {
      const { server } = stage({ ROOM_CODE_LENGTH: String(length) });
      const found = [];
      for (const tried of range(1, CODE_LENGTH_MAX + 3))
        if ((await get(server, `/${"GXHBGXHBGXHB".slice(0, tried)}`, { accept: "*/*" })).status === 200)
          found.push(tried);
      expect(found).toEqual([length]);
      // What a load balancer asks goes before a code that is spelt so; links write codes in capitals.
      for (const word of ["ready", "health"]) {
        expect((await get(server, `/${word}`)).text).toBe('{"status":"ok"}');
        expect([word, (await get(server, `/${word.toUpperCase()}`, { accept: "*/*" })).status]).toEqual([
          word,
          word.length === length ? 200 : 404,
        ]);
      }
    }
  }, 60_000);

  test("is the same bytes whether the room is there or not, locked or full", async () => {
    const { server } = stage();
    const { host, code } = await openRoom(server.url, 1, {}, 2);
    const bytes = async (name: string) => {
      const { text } = await rawHttp(server.http, `GET /${name} HTTP/1.1\r\nHost: x\r\n\r\n`);
      return text.replace(/\r\nDate: [^\r]*/, "");
    };
    const none = await bytes(code === "ZZZZ" ? "YYYY" : "ZZZZ");
    expect(await bytes(code)).toBe(none);
    await host.ask({ type: "lock", locked: true });
    expect(await bytes(code)).toBe(none);
    expect(await bytes(code.toLowerCase())).toBe(none);
  });

  test("[L9] is no guess: a probe is, and has its turns for itself", async () => {
    const { server } = stage();
    for (const n of range(0, 100)) expect((await get(server, `/${wrongCode(n)}`)).status).toBe(200);
    // All that an address may name by HTTP without waiting; one more would wait for a clock that stands still.
    for (const n of range(100, 120)) expect((await fetch(`${server.http}/room/${wrongCode(n)}`)).status).toBe(404);
    expect(await server.metric('partyline_limited_total{bucket="guesses"}')).toBe(0);
  });

  test("leaves its path to the relay's WebSockets, of party and of RELAY_DIALECT=party2", async () => {
    for (const [env, type] of [
      [{}, "pong"],
      [{ RELAY_DIALECT: "party2" }, "error"],
    ] as const) {
      const { server } = stage(env);
      for (const path of [CODE, "/gx-hb", "/"]) {
        const client = await Client.connect(server.url + path);
        expect([path, (await client.ask({ type: "ping" })).type]).toEqual([path, type]);
        expect((await get(server, path)).headers.get("content-type")).toBe(HTML);
      }
      // The page's own way in, whatever the other paths speak.
      const phone = await Client.connect(`${server.url}/v1${CODE}`);
      expect((await phone.ask({ type: "ping" })).type).toBe("pong");
    }
  });

  test("[Q1] takes no path from party2", async () => {
    const { server } = stage({ RELAY_DIALECT: "party2", ROOM_CODE_LENGTH: "6" });
    const tv = await Client.connect(server.url);
    const { room } = await tv.ask({ type: "create", clientId: "display", maxClients: 4 });
    for (const path of [`/room/${room}`, `/v2/room/${room}`])
      expect([path, await (await fetch(server.http + path)).json()]).toMatchObject([path, { clients: 1 }]);
    const phone = await Client.connect(`${server.url}/v2/${room}`);
    expect((await phone.ask({ type: "join", clientId: "phone", room })).type).toBe("joined");
    // Of its codes no page is, but where party could have the same letters.
    expect((await get(server, "/abcdei", { accept: "*/*" })).status).toBe(404);
    expect((await get(server, "/v2")).status).toBe(404);
    expect((await get(server, `/v2/${room}`)).status).toBe(404);
  });
});

describe("the paths of pages", () => {
  test("[H18] could be no code, however long codes are, and so no WebSocket's [H7]", async () => {
    const { server } = stage();
    const paths = [
      ...PAGE_PATHS.keys(),
      ...DOCUMENT_PATHS,
      "/partyline.js",
      ...Object.keys(assets).filter((path) => path.startsWith("/")),
    ];
    expect(paths).toEqual(
      expect.arrayContaining([
        "/home",
        "/doctor",
        "/monitor",
        "/playground",
        "/overlay",
        "/docs",
        "/docs/openapi.json",
      ]),
    );
    for (const path of paths) {
      for (const length of range(CODE_LENGTH_MIN, CODE_LENGTH_MAX + 1)) {
        const codes = Codes.capitals(length);
        expect([path, length, codes.isCode(codes.read(path.slice(1)))]).toEqual([path, length, false]);
        expect([path, length, codes.isCode(codes.read(path.slice(1).split(/[./]/)[0] ?? ""))]).toEqual([
          path,
          length,
          path.startsWith("/pages/") && length === "pages".length,
        ]);
      }
      expect([path, isPage(path)]).toEqual([path, true]);
      expect([path, (await rawHttp(server.http, handshake(path))).status]).toEqual([path, 200]);
    }
    expect(await server.metric("partyline_lines")).toBe(0);
  });

  test("[H14] a handshake that lost its Upgrade is told so where the relay lives, and answered with the page elsewhere [H17]", async () => {
    const { server } = stage();
    for (const [path] of PAGES) {
      const lost = await rawHttp(server.http, handshake(path, { Upgrade: "", Connection: "close", Accept: BROWSER }));
      const isRelays = path === "/" || path === CODE;
      expect([path, lost.status]).toEqual([path, isRelays ? 426 : 200]);
      if (isRelays) expect(lost.text).toContain("came without its Upgrade header");
    }
  });

  test("[H14] with a slash too many, or behind a prefix, say so", async () => {
    const { server } = stage();
    for (const path of PAGE_PATHS.keys()) {
      // The folder of the documents is a page as well [O7].
      if (path === "/docs") continue;
      expect((await get(server, `${path}/`)).text).toBe(
        '{"error":"Not found: there is no slash at the end of this path"}',
      );
      expect((await get(server, `/party${path}`)).text).toContain(`Not found: ${path} begins at the root`);
    }
  });

  test("[H3] are labels, and all codes are one", async () => {
    const { server } = stage();
    for (const path of [
      "/",
      "/home",
      "/doctor",
      "/monitor",
      "/playground",
      "/docs",
      "/docs/",
      "/docs/openapi.json",
      "/docs/no.json",
      "/GXHB",
      "/zz-zz",
      "/%5a%5a%5a%5a",
      "/no-where",
      "/api/here",
      "/api/doctor",
    ])
      await get(server, path);
    await get(server, CODE, {}, "POST");
    await get(server, "/", { accept: "*/*" });
    const rows = (await server.figures()).split("\n").filter((row) => row.startsWith("partyline_http_requests_total{"));
    expect(rows.map((row) => row.slice("partyline_http_requests_total".length)).sort()).toEqual(
      [
        '{route="/",status="200"} 2',
        '{route="/home",status="200"} 1',
        '{route="/doctor",status="200"} 1',
        '{route="/monitor",status="200"} 1',
        '{route="/playground",status="200"} 1',
        '{route="/docs",status="200"} 1',
        '{route="/docs/",status="200"} 1',
        '{route="/docs/openapi.json",status="200"} 1',
        '{route="/:code",status="200"} 3',
        '{route="/:code",status="405"} 1',
        '{route="/api/here",status="200"} 1',
        '{route="/api/doctor",status="200"} 1',
        '{route="other",status="404"} 2',
      ].sort(),
    );
  });
});

describe("[H17] without pages", () => {
  async function isBare(server: TestServer, http = server.http): Promise<void> {
    const at = { ...server, http };
    for (const accept of [BROWSER, "*/*"]) {
      const { status, headers, text } = await get(at, "/", { accept });
      expect([status, headers.get("content-type"), headers.get("vary")]).toEqual([
        200,
        "text/plain; charset=utf-8",
        null,
      ]);
      expect(text).toContain("Open now: ");
    }
    for (const path of [
      "/home",
      "/doctor",
      "/monitor",
      "/playground",
      "/docs",
      "/docs/openapi.json",
      CODE,
      "/gx-hb",
      "/partyline.js",
      Object.keys(assets)[0] ?? "",
    ]) {
      for (const method of ["GET", "POST"])
        expect([path, method, (await get(at, path, {}, method)).text]).toEqual([path, method, '{"error":"Not found"}']);
      expect([path, (await get(at, path, { "if-none-match": "*" })).status]).toEqual([path, 404]);
    }
    const lost = await rawHttp(http, handshake(CODE, { Upgrade: "", Connection: "close" }));
    expect(lost.status).toBe(426);
    for (const path of PAGE_PATHS.keys())
      expect([path, (await rawHttp(http, handshake(path))).status]).toEqual([path, 404]);
    expect((await rawHttp(http, handshake(CODE))).status).toBe(101);
  }

  test("with PAGES=off all paths answer as they did before there were any", async () => {
    const { server } = stage({ PAGES: "off" });
    await isBare(server);
    expect(await server.metric('partyline_http_requests_total{route="/:code",status="404"}')).toBeNaN();
  });

  test("and so do those of SESSIONSERVER_PORT, while the other port has them", async () => {
    const port = await freePort();
    const { server } = stage({ SESSIONSERVER_PORT: String(port) });
    await isBare(server, `http://127.0.0.1:${port}`);
    expect((await get(server, CODE)).status).toBe(200);
  });
});
