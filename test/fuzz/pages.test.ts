// The paths of pages and what comes with them in no order at all, as bytes that no client library would write: never a 5xx, never a header
// that a stranger chose, and on a page always its policy. FUZZ_SEED repeats a run, FUZZ_STEPS lengthens it.
import { expect, test } from "bun:test";
import assets from "../../pages/built/assets.json";
import { headersOf, type RawAnswer, rawHttp } from "../support/http.ts";
import { type Random, randomFrom, seedOf } from "../support/random.ts";
import { openRoom, range, stages } from "../support/stage.ts";

/** A few to begin with. */
const SEEDS = [1, 2, 433_141_651];
const STEPS = Number(process.env.FUZZ_STEPS ?? 3_000);

const METHODS = ["GET", "GET", "GET", "GET", "HEAD", "POST", "OPTIONS", "PUT", "TRACE", "get", "PROPFIND"];
const PARTS = [
  ...[
    "/",
    "/",
    "/home",
    "/doctor",
    "/monitor",
    "/playground",
    "/docs/",
    "/docs/openapi.json",
    "/GXHB",
    "/api/here",
    "/api/doctor",
    "/partyline.js",
    "/pages/",
    "//",
    "/..",
    "/.",
  ],
  ...[
    "GX",
    "hb",
    "gxhb",
    "-",
    "%2d",
    "%2f",
    "%5c",
    "%00",
    "%0d%0a",
    "%0d%0aX-Evil:%201",
    "%20",
    "%zz",
    "%ff",
    "%",
    "%EF%BC%A7",
    "%E2%80%8B",
  ],
  ...[
    "\uff27\uff38",
    "\u2013",
    "\u00e4",
    "\u{1f389}",
    ";",
    "?",
    "?accept=text/html",
    "#",
    "&",
    "'",
    '"',
    "<",
    ">",
    "\\",
    "|",
    "*",
    "@",
    ":",
    "~",
  ],
  ...[
    "http://evil.example",
    "/room/",
    "/v2/",
    "/v1/",
    "/ready",
    "__proto__",
    "constructor",
    ".",
    ".html",
    "x".repeat(300),
    "A".repeat(64),
  ],
  ...Object.keys(assets),
];
const NAMES = [
  ...[
    "Accept",
    "Accept-Encoding",
    "If-None-Match",
    "Host",
    "Origin",
    "Sec-Fetch-Site",
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "Via",
  ],
  ...[
    "Connection",
    "Range",
    "If-Modified-Since",
    "Upgrade",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Version",
    "X-Evil",
    "Authorization",
  ],
];
const VALUES = [
  ...[
    "text/html",
    "*/*",
    "text/html;q=0",
    "text/html;q=0.5, text/plain",
    "gzip",
    "gzip;q=0",
    "identity",
    "*",
    "W/*",
    ",",
    ";",
    ";;q=,",
    "",
  ],
  ...[
    'W/"0123456789"',
    `W/"${assets["phone.html"].hash}"`,
    `"x", "${assets["home.html"].hash}"`,
    "localhost",
    "localhost:3000",
    "[::1]:1",
  ],
  ...[
    "a'b",
    "a;script-src *",
    "a\tb",
    "a b",
    "evil.example, x",
    "b\u00fccher",
    "\u0001",
    "\u007f",
    "\u0080\u00ff",
    "none",
    "cross-site",
    "same-origin",
  ],
  ...[
    "127.0.0.1",
    "1, 2, 3",
    "::1",
    ",".repeat(500),
    "https",
    "websocket",
    "keep-alive, Upgrade",
    "close",
    "bytes=0-1",
    "bytes=5-2",
    "13",
  ],
  ...["dGhlIHNhbXBsZSBub25jZQ==", "Bearer x", `${"q=0;".repeat(200)}`, "x".repeat(4_000), "a".repeat(253), "X-Evil: 1"],
];
/** Of these half of the requests are made, so that much is answered with a page. */
const PLAIN_PATHS = [
  "/",
  "/home",
  "/doctor",
  "/monitor",
  "/playground",
  "/docs",
  "/GXHB",
  "/gx-hb",
  "/api/here",
  "/api/doctor",
  "/pages/x",
  "/room/GXHB",
];
const PLAIN_HEADERS: readonly (readonly [name: string, value: string])[] = [
  ["Accept", "text/html"],
  ["Accept", "text/html;q=0.9,*/*;q=0.8"],
  ["Accept-Encoding", "gzip, br"],
  ["If-None-Match", "*"],
  ["If-None-Match", `W/"${assets["phone.html"].hash}", W/"${assets["home.html"].hash}"`],
  ["Sec-Fetch-Site", "same-origin"],
  ["Sec-WebSocket-Version", "13"],
];
/** All that answers of this server ever say. */
const KNOWN = new Set([
  ...[
    "cache-control",
    "vary",
    "content-security-policy",
    "referrer-policy",
    "etag",
    "content-type",
    "x-content-type-options",
  ],
  ...[
    "connection",
    "date",
    "content-length",
    "content-encoding",
    "access-control-allow-origin",
    "access-control-allow-methods",
  ],
  ...["access-control-allow-headers", "allow", "upgrade", "www-authenticate", "retry-after", "sec-websocket-version"],
  ...["sec-websocket-accept", "accept-encoding", "location"],
]);
/** Answers of Bun's own to what never reaches the server's code. */
const BUNS = new Set(["", "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"]);
const POLICY =
  /^default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'(?: ws:\/\/([a-zA-Z0-9.-]+(?::\d+)?) wss:\/\/\1)?; base-uri 'none'; form-action 'none'; frame-ancestors (?:'none'|\*); require-trusted-types-for 'script'; trusted-types (?:'none'|partyline)$/;
/** Of a Worker's script [H33]. */
const WORKER_POLICY = /^default-src 'none'; connect-src 'self'(?: ws:\/\/([a-zA-Z0-9.-]+(?::\d+)?) wss:\/\/\1)?$/;

function pathFrom(random: Random): string {
  if (random.chance(0.5)) return random.pick(PLAIN_PATHS) + (random.chance(0.2) ? random.pick(PARTS) : "");
  const path = range(0, 1 + random.below(4))
    .map(() => random.pick(PARTS))
    .join("");
  return path.startsWith("/") || random.chance(0.05) ? path : `/${path}`;
}

function headerFrom(random: Random): readonly [name: string, value: string] {
  return random.chance(0.5) ? random.pick(PLAIN_HEADERS) : [random.pick(NAMES), random.pick(VALUES)];
}

function requestFrom(random: Random): string {
  const headers = range(0, random.below(5)).map(() => headerFrom(random));
  if (random.chance(0.9)) headers.unshift(["Host", random.chance(0.6) ? "localhost" : random.pick(VALUES)]);
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `${random.pick(METHODS)} ${pathFrom(random)} HTTP/1.${random.chance(0.9) ? 1 : 0}\r\n${lines}\r\n`;
}

/** What is wrong with an answer. */
function faultsOf(answer: RawAnswer): string[] {
  const { status, text } = answer;
  const headers = headersOf(answer);
  const found = new Map(headers);
  const faults = headers.filter(([name]) => !KNOWN.has(name)).map(([name]) => `a header ${name}`);
  if (found.size !== headers.length) faults.push("a header twice");
  if (text.slice(0, text.indexOf("\r\n\r\n")).toLowerCase().includes("evil: 1"))
    faults.push("a header of the stranger's");
  // Bun itself refuses what is no HTTP, and says nothing more.
  const isBuns = !found.has("x-content-type-options") && status !== 101;
  if (isBuns && !BUNS.has(text)) faults.push(`no answer of ours: ${text}`);
  if (!isBuns && status >= 500) faults.push(`status ${status}`);
  const location = found.get("location");
  // A path of this origin: two slashes, or a backslash for one of them, would lead to another.
  if (location !== undefined && !/^\/(?:[A-Z0-9%?][^\\\s]*)?$/i.test(location)) faults.push(`the location ${location}`);
  const policy = found.get("content-security-policy");
  const isHtml = found.get("content-type")?.startsWith("text/html") === true;
  if (isHtml && policy === undefined) faults.push("a page without a policy");
  const isKnown = POLICY.test(policy ?? "") || (!isHtml && WORKER_POLICY.test(policy ?? ""));
  if (policy !== undefined && !isKnown) faults.push(`the policy ${policy}`);
  if (policy !== undefined && found.get("referrer-policy") !== "no-referrer") faults.push("no referrer policy");
  if (status >= 400 && found.has("x-content-type-options") && found.get("content-length") !== "0") {
    const body = text.slice(text.indexOf("\r\n\r\n") + 4);
    if (body !== "" && !/^\{"error":"[^"]+"\}$/.test(body)) faults.push(`the error ${body.slice(0, 100)}`);
  }
  return faults;
}

const stage = stages();

test.each([...SEEDS, seedOf("FUZZ_SEED")])(
  "[H7][H18][H19] no path and no header makes a 5xx, a header or a page without its policy (seed %d)",
  async (seed) => {
    const { server } = stage({ LIMITS: "off" });
    await openRoom(server.url);
    const random = randomFrom(seed);
    const seen = new Map<string, number>();
    for (const step of range(0, STEPS)) {
      const request = requestFrom(random);
      const answer = await rawHttp(server.http, Buffer.from(request));
      const shown = `seed ${seed}, step ${step}: ${JSON.stringify(request.slice(0, 600))}`;
      expect([shown, faultsOf(answer)]).toEqual([shown, []]);
      const isPage = answer.text.includes("\r\nContent-Security-Policy: ");
      const kind = isPage ? `page ${answer.status}` : String(answer.status);
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }
    // Or it has shown nothing.
    for (const kind of ["page 200", "page 304", "200", "400", "404", "405", "426"])
      expect([seed, kind, seen.has(kind)]).toEqual([seed, kind, true]);
    expect(await server.metric("partyline_faults_total")).toBe(0);
    const labels = (await server.figures()).matchAll(/partyline_http_requests_total\{route="([^"]*)"/g);
    const routes = new Set([...labels].map(([, route]) => route));
    for (const route of routes)
      expect(route).toMatch(
        /^(\/|\/home|\/doctor|\/monitor|\/playground|\/docs(?:\/(?:[a-z0-9]+(?:\.schema)?\.json)?)?|\/:code|\/home\/:code|\/pages\/:asset|\/partyline\.js|\/(ready|health)|\/api\/[a-z/]+|(\/v2)?\/room\/:code|other|websocket)$/,
      );
  },
  // A long run by hand.
  600_000,
);
