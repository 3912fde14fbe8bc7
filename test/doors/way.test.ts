// What pages are told about the way to the server: the machine's addresses, for who sits at it and for nobody else; and what the server sees
// of a request.
import { describe, expect, test } from "bun:test";
import { networkInterfaces } from "node:os";
import type { z } from "zod";
import openApi from "../../docs/openapi.json";
import { systemClock } from "../../src/clock.ts";
import { readConfig } from "../../src/config.ts";
import { here, isContained } from "../../src/doors/here.ts";
import { DoctorView, doctorFor, HereView, hereFor, type WayDeps } from "../../src/doors/http/way.ts";
import { configProblem } from "../support/config.ts";
import { headersOf, rawHttp } from "../support/http.ts";
import type { TestServer } from "../support/server.ts";
import { stages } from "../support/stage.ts";

const stage = stages();
const LAN = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ family, internal }) => family === "IPv4" && !internal)?.address;
/** A GET by hand. @param from the address of this machine that it comes from */
async function ask(at: string, path: string, headers: Record<string, string>, from?: string) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const answer = await rawHttp(at, `GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`, from);
  expect([path, headers, answer.status]).toEqual([path, headers, 200]);
  expect(headersOf(answer)).toContainEqual(["content-type", "application/json; charset=utf-8"]);
  expect(headersOf(answer)).toContainEqual(["cache-control", "no-store"]);
  expect(headersOf(answer).map(([name]) => name)).not.toContain("access-control-allow-origin");
  return JSON.parse(answer.text.slice(answer.text.indexOf("\r\n\r\n")));
}

async function askHere(at: string, headers: Record<string, string>, from?: string): Promise<z.infer<typeof HereView>> {
  return HereView.parse(await ask(at, "/api/here", headers, from));
}

/** What somebody at this machine is told. */
function mine({ port }: TestServer, host: string, publicUrl = "") {
  return here({ interfaces: networkInterfaces(), host, port, publicUrl, contained: isContained() });
}

/** Somebody at the other end of a socket. */
const callerAt = (peer: string) => ({ address: () => peer, peer: () => peer, isGone: () => false, holdMs: () => {} });
const NOTHING = { urls: [] };

describe("[H24] /api/here", () => {
  test("tells who asks from this machine, by a name that only it has", async () => {
    const { server } = stage({ HOST: "0.0.0.0" });
    const whole = mine(server, "0.0.0.0");
    const names = ["localhost", "LOCALHOST", "127.0.0.1", "127.0.0.2", "[::1]"];
    for (const host of names.flatMap((name) => [name, `${name}:${server.port}`]))
      expect([host, await askHere(server.http, { Host: host })]).toEqual([host, whole]);
    const browser = { Host: "localhost", Connection: "keep-alive" };
    for (const site of ["same-origin", "none"])
      expect(await askHere(server.http, { ...browser, "Sec-Fetch-Site": site })).toEqual(whole);
    expect(await askHere(server.http, { Host: "localhost" }, "127.0.0.2")).toEqual(whole);
    expect(await askHere(`http://127.0.0.9:${server.port}`, { Host: "127.0.0.9" })).toEqual(whole);
  });

  test("tells a page of another name nothing, whatever that name leads to", async () => {
    const { server } = stage({ HOST: "0.0.0.0" });
    const names = ["evil.example", "party.lan", "127.0.0.1.evil.example", "localhost.evil.example", "evil-localhost"];
    const others = [
      "192.168.1.20",
      "0.0.0.0",
      "[::]",
      "[::ffff:127.0.0.1]",
      "1270.0.0.1",
      "0x7f.1",
      "127.1.evil",
      "x.localhost",
    ];
    for (const host of [...names, ...others].flatMap((name) => [name, `${name}:${server.port}`]))
      expect([host, await askHere(server.http, { Host: host })]).toEqual([host, NOTHING]);
  });

  test("tells no page of another site, by the word of the browser", async () => {
    const { server } = stage();
    for (const site of ["cross-site", "same-site", "", "Same-Origin", "x"]) {
      const headers = { Host: "localhost", "Sec-Fetch-Site": site };
      expect([site, await askHere(server.http, headers)]).toEqual([site, NOTHING]);
    }
    const crossOrigin = { Host: "localhost", Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" };
    expect(await askHere(server.http, crossOrigin)).toEqual(NOTHING);
    const preflight = await rawHttp(
      server.http,
      "OPTIONS /api/here HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\nAccess-Control-Request-Method: GET\r\n\r\n",
    );
    expect([preflight.status, preflight.text.toLowerCase().includes("access-control")]).toEqual([405, false]);
  });

  test("tells no proxy on this machine, and nobody behind it", async () => {
    const { server } = stage({ TRUSTED_PROXIES: "127.0.0.0/8" });
    const forwarding: [name: string, value: string][] = [
      ...["Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Proto"],
      ...["X-Forwarded-Server", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP", "CDN-Loop"],
    ].map((name) => [name, "127.0.0.1"]);
    // nginx without a line about headers, and one that passes a WebSocket on.
    for (const [name, value] of [
      ...forwarding,
      ["X-Forwarded-For", ""],
      ["Connection", "close"],
      ["Connection", "upgrade"],
    ])
      expect([name, await askHere(server.http, { Host: "localhost", [String(name)]: String(value) })]).toEqual([
        name,
        NOTHING,
      ]);
  });

  const byLan = LAN === undefined ? " (needs an IPv4 address besides the loopback's)" : "";
  test.skipIf(LAN === undefined)(
    `tells nobody who comes by the machine's own address in its network${byLan}`,
    async () => {
      const { server } = stage({ HOST: "0.0.0.0" });
      const far = `http://${LAN}:${server.port}`;
      const { contained } = mine(server, "0.0.0.0");
      // In a container the name alone does, and there is no address to tell.
      const told = contained ? mine(server, "0.0.0.0") : NOTHING;
      expect(await askHere(far, { Host: "localhost" })).toEqual(told);
      expect(told.urls).toEqual([]);
      for (const host of [`${LAN}:${server.port}`, String(LAN)])
        expect(await askHere(far, { Host: host })).toEqual(NOTHING);
    },
  );

  test("tells everyone PUBLIC_URL, and who is at the machine the rest besides", async () => {
    const publicUrl = "https://party.example";
    const { server } = stage({ HOST: "0.0.0.0", PUBLIC_URL: `${publicUrl}/` });
    expect(await askHere(server.http, { Host: "localhost" })).toEqual(mine(server, "0.0.0.0", publicUrl));
    for (const more of [
      { Host: "evil.example" },
      { Host: "localhost", Via: "1.1 x" },
      { Host: "localhost", "Sec-Fetch-Site": "cross-site" },
    ])
      expect(await askHere(server.http, more)).toEqual({ urls: [publicUrl] });
  });

  test("says that HOST lets nobody else in", async () => {
    const { server } = stage({ HOST: "127.0.0.1" });
    expect(await askHere(server.http, { Host: "localhost" })).toMatchObject({ urls: [], bound: "loopback" });
  });

  test("is only to be read, and costs what every request costs [H11]", async () => {
    const { server } = stage({ HTTP_REQUESTS_PER_SECOND: "1" });
    for (const path of ["/api/here", "/api/doctor"]) {
      const { status, headers } = await fetch(server.http + path, { method: "POST", body: "{}" });
      expect([path, status, headers.get("allow")]).toEqual([path, 405, "GET, HEAD"]);
      expect((await fetch(server.http + path, { method: "HEAD" })).status).toBe(200);
    }
    expect((await fetch(`${server.http}/api/here`)).status).toBe(200);
    expect((await fetch(`${server.http}/api/doctor`)).status).toBe(429);
  });
});

describe("[H24] in a container, and in none", () => {
  const deps = (contained: boolean, publicUrl = ""): WayDeps => ({
    place: { ...readConfig({ PUBLIC_URL: publicUrl, HOST: "::" }), port: () => 3000, contained },
    files: null,
    arePagesOn: true,
    clock: systemClock,
    isDraining: () => false,
  });
  const told = async (host: string, at: WayDeps, headers = {}, peer = "172.17.0.1") => {
    const request = new Request(`http://${host}/api/here`, { headers: { host, ...headers } });
    return HereView.parse(await (await hereFor(request, callerAt(peer), at)).json());
  };

  test("who asks by its machine's own name is told that it is one, though the gateway is all that it sees", async () => {
    const whole: z.infer<typeof HereView> = { urls: [], bound: "everywhere", contained: true };
    expect(await told("localhost:3000", deps(true))).toEqual(whole);
    expect(await told("localhost:3000", deps(false))).toEqual(NOTHING);
    expect(await told("evil.example", deps(true))).toEqual(NOTHING);
    expect(await told("localhost:3000", deps(true), { via: "1.1 x" })).toEqual(NOTHING);
    const url = "https://party.example";
    expect(await told("localhost:3000", deps(true, url))).toEqual({ ...whole, urls: [url] });
  });

  test("and in none the addresses are told to the loopback's peers alone, of both families", async () => {
    const place = { interfaces: networkInterfaces(), host: "::", port: 3000, publicUrl: "", contained: false };
    for (const peer of ["127.0.0.1", "127.9.9.9", "::1"])
      expect([peer, await told("localhost:3000", deps(false), {}, peer)]).toEqual([peer, here(place)]);
    for (const peer of ["", "10.0.0.1", "192.168.1.20", "::", "fe80::1", "1127.0.0.1", "127.0.0.1.2"])
      expect([peer, await told("localhost:3000", deps(false), {}, peer)]).toEqual([peer, NOTHING]);
  });
});

describe("[H25] /api/doctor", () => {
  const askDoctor = async ({ http }: TestServer, headers: Record<string, string> = {}) =>
    DoctorView.parse(await ask(http, "/api/doctor", { Host: "party.lan", ...headers }));
  const FAR = { "X-Forwarded-For": "198.51.100.7" };

  test("says what came", async () => {
    const { server, clock } = stage();
    const seen = {
      at: clock.wall(),
      address: "127.0.0.1",
      proxy: "none",
      forwarded: [],
      host: "party.lan",
      scheme: "http",
    };
    expect(await askDoctor(server)).toEqual({ ...seen, draining: false, limits: "on" } as z.infer<typeof DoctorView>);
    const { server: unlimited } = stage({ LIMITS: "off" });
    expect((await askDoctor(unlimited)).limits).toBe("off");
    // What counts a page that does not belong here is no address [H11].
    expect((await askDoctor(server, { "Sec-Fetch-Site": "cross-site" })).address).toBe("127.0.0.1");
    expect((await askDoctor(server, { Host: `${"a".repeat(400)}` })).host).toHaveLength(300);
  });

  const KINDS: [set: string, headers: Record<string, string>, proxy: string, address: string][] = [
    ["", {}, "none", "127.0.0.1"],
    ["", FAR, "unnamed", "127.0.0.1"],
    ["", { Via: "1.1 x" }, "unnamed", "127.0.0.1"],
    ["1", {}, "none", "127.0.0.1"],
    ["1", FAR, "named", "198.51.100.7"],
    ["1", { "X-Forwarded-For": "10.1.1.1, 198.51.100.7" }, "named", "198.51.100.7"],
    ["2", { "X-Forwarded-For": "10.1.1.1, 198.51.100.7" }, "named", "10.1.1.1"],
    ["127.0.0.0/8", {}, "none", "127.0.0.1"],
    ["127.0.0.0/8", FAR, "named", "198.51.100.7"],
    // A guest at the proxy's own machine.
    ["127.0.0.0/8", { "X-Forwarded-For": "127.0.0.1" }, "named", "127.0.0.1"],
    // It names itself with another header, and says of nobody for whom it asks.
    ["127.0.0.0/8", { "X-Real-IP": "198.51.100.7" }, "named", "127.0.0.1"],
    ["127.0.0.0/8", { "X-Forwarded-For": "nonsense" }, "named", "127.0.0.1"],
    ["10.0.0.0/8", {}, "none", "127.0.0.1"],
    ["10.0.0.0/8", FAR, "unnamed", "127.0.0.1"],
    ["127.0.0.0/8, 10.0.0.0/8", { "X-Forwarded-For": "198.51.100.7, 10.0.0.1" }, "named", "198.51.100.7"],
    ["127.0.0.0/8", { "X-Forwarded-For": "2001:db8:1:2:3::4" }, "named", "2001:db8:1:2::/64"],
  ];
  test.each(KINDS)(
    "with TRUSTED_PROXIES=%s and %j a proxy is %s, and it counts for %s",
    async (set, headers, proxy, address) => {
      const { server } = stage({ TRUSTED_PROXIES: set });
      const seen = await askDoctor(server, headers);
      expect([seen.proxy, seen.address]).toEqual([proxy as typeof seen.proxy, address]);
      expect(seen.forwarded).toEqual(Object.keys(headers).map((name) => name.toLowerCase()));
    },
  );

  test("says the scheme that the outermost proxy saw", async () => {
    const { server } = stage({ TRUSTED_PROXIES: "1" });
    const rows: [proto: string, scheme: "http" | "https"][] = [
      ["https", "https"],
      ["HTTPS", "https"],
      ["https, http", "https"],
      ["http", "http"],
      ["http, https", "http"],
      ["", "http"],
      ["ftp", "http"],
      ["https;x", "http"],
    ];
    for (const [proto, scheme] of rows)
      expect([proto, (await askDoctor(server, { "X-Forwarded-Proto": proto })).scheme]).toEqual([proto, scheme]);
  });

  test("says that the server drains", async () => {
    const place = { ...readConfig({}), port: () => 3000, contained: false };
    const deps: WayDeps = { place, files: null, arePagesOn: true, clock: systemClock, isDraining: () => true };
    const { draining, address } = DoctorView.parse(
      await doctorFor(new Request("http://x/"), callerAt(""), deps).json(),
    );
    // A socket that is gone has none.
    expect([draining, address]).toEqual([true, "unknown"]);
  });
});

describe("[H24][L15] PUBLIC_URL", () => {
  const GOOD: [set: string, origin: string][] = [
    ["", ""],
    ["https://party.example", "https://party.example"],
    ["https://party.example/", "https://party.example"],
    ["HTTPS://Party.Example:443", "https://party.example"],
    ["http://192.168.1.20:3000", "http://192.168.1.20:3000"],
    ["http://[fd00::2]:3000/", "http://[fd00::2]:3000"],
    ["http://party.lan", "http://party.lan"],
    ["https://b\u00fccher.example", "https://xn--bcher-kva.example"],
  ];
  test.each(GOOD)("%s is %s", (set, origin) => {
    expect(readConfig({ PUBLIC_URL: set }).publicUrl).toBe(origin);
  });

  const BAD = [
    ...[
      "party.example",
      "party.example:3000",
      "//party.example",
      "ftp://party.example",
      "ws://party.example",
      "https://",
      "x",
    ],
    ...[
      "https://party.example/play",
      "https://party.example/?x",
      "https://party.example?",
      "https://party.example/#",
      "/",
    ],
    ...[
      "https://user@party.example",
      "https://user:secret@party.example",
      "javascript:alert(1)",
      "https://a b",
      "https://a,https://b",
    ],
    ...[" https://party.example", "https://party.example\r", "https://party.example:99999"],
  ];
  test.each(BAD)("%j stops the start with what it takes", (set) => {
    expect(configProblem({ PUBLIC_URL: set })).toMatch(/^PUBLIC_URL must be /);
  });

  const NOBODYS = [
    "localhost",
    "localhost:3000",
    "party.localhost",
    "127.0.0.1:3000",
    "127.1",
    "[::1]:3000",
    "0.0.0.0:3000",
    "[::]",
    "0",
  ];
  test.each(NOBODYS)("http://%s would lead each phone to itself, and stops the start", (host) => {
    expect(configProblem({ PUBLIC_URL: `http://${host}` })).toMatch(
      /^PUBLIC_URL must be an address that phones reach: ".+" leads each of them to itself$/,
    );
  });

  test("[L14] is a place of the server's own pages, which ALLOWED_ORIGINS need not hold", async () => {
    const { server } = stage({ ALLOWED_ORIGINS: "https://game.example", PUBLIC_URL: "https://party.example" });
    const login = async (origin: string) => {
      const init = { method: "POST", body: "{}", headers: { origin } };
      return (await fetch(`${server.http}/api/auth/login`, init)).status;
    };
    expect(await login("https://party.example")).toBe(400);
    for (const origin of ["https://other.example", "https://party.example.evil", "http://party.example", "null", ""])
      expect([origin, await login(origin)]).toEqual([origin, 403]);
    const { server: without } = stage({ ALLOWED_ORIGINS: "https://game.example" });
    const empty = await fetch(`${without.http}/api/auth/login`, {
      method: "POST",
      body: "{}",
      headers: { origin: "" },
    });
    expect(empty.status).toBe(403);
  });
});

test("[H24][H25] both are in docs/openapi.json as they are answered", async () => {
  const { server } = stage();
  const paths: Readonly<Record<string, unknown>> = openApi.paths;
  for (const path of ["/api/here", "/api/doctor"]) {
    const answer = await ask(server.http, path, { Host: "localhost" });
    const properties = Object.keys(answer);
    expect(paths[path]).toMatchObject({
      get: { responses: { 200: { content: { "application/json": { schema: { additionalProperties: false } } } } } },
    });
    const text = JSON.stringify(paths[path]);
    for (const name of properties) expect([path, text.includes(`"${name}":{`)]).toEqual([path, true]);
  }
});
