// The API as an enemy meets it: whatever comes in, a 4xx in one shape goes out, nothing of the machine is told, and the server plays on.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { CALLS } from "../../src/doors/http/api.ts";
import { Api, pathOf } from "../support/api.ts";
import { type RawAnswer, rawHttp } from "../support/http.ts";
import { startServer, type TestServer } from "../support/server.ts";

const KiB = 1024;
/** Nothing of this may be in an answer: where the server lives, what it is written in, where it fell. */
const TELLTALE =
  /\/work|\/home|\/root|\/tmp|node_modules|\.ts\b|\.js\b|\bat [\w<]+ ?\(|Error:|SQLITE|sqlite|Bun|bun|jose|zod|Zod/;

let server: TestServer;
let api: Api;
let token: string;
beforeAll(async () => {
  server = startServer({ LIMITS: "off" });
  api = await Api.admitted(server);
  token = String(api.headers.authorization);
  await api.make("/api/sessions");
  await api.make("/api/sessions/1/games", { title: "Quiz" });
});
afterAll(() => server.stop());

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly headers?: readonly string[];
  readonly body?: string | Uint8Array;
}

/** One request by hand, with the token. */
function ask({ method = "GET", path, headers = [], body = "" }: Asked): Promise<RawAnswer> {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const length = method === "GET" && bytes.length === 0 ? [] : [`Content-Length: ${bytes.length}`];
  const auth = headers.some((header) => /^authorization/i.test(header)) ? [] : [`Authorization: ${token}`];
  const head = [`${method} ${path} HTTP/1.1`, "Host: x", ...auth, ...length, ...headers].join("\r\n");
  return rawHttp(server.http, Buffer.concat([Buffer.from(`${head}\r\n\r\n`, "latin1"), bytes]));
}

const contentOf = ({ text }: RawAnswer) => text.slice(text.indexOf("\r\n\r\n") + 4);

/** Holds an answer against what every no must be. */
function expectNo(answer: RawAnswer, name: string): void {
  expect([name, answer.status >= 400 && answer.status < 500 ? "4xx" : answer.status]).toEqual([name, "4xx"]);
  const { error, ...more } = JSON.parse(contentOf(answer));
  expect([name, typeof error, more]).toEqual([name, "string", {}]);
  expect(answer.text).not.toMatch(TELLTALE);
}

const short = (text: string) => (text.length > 60 ? `${text.slice(0, 60)}… (${text.length})` : text);

describe("bodies", () => {
  const deep = (open: string, close: string, levels: number) => open.repeat(levels) + close.repeat(levels);
  const BODIES: readonly (string | Uint8Array)[] = [
    "[".repeat(100_000),
    "[".repeat(60_000),
    deep("[", "]", 30_000),
    `{"title":${deep("[", "]", 30_000)},"username":${deep('{"a":', "}", 3).replace("}", "1}")}}`,
    `{"title":${'{"a":'.repeat(9_000)}1${"}".repeat(9_000)}}`,
    ...["1", "-0", "1e999", "9".repeat(60_000), "null", "true", '""', '"x"', "[]", "[{}]", "NaN", "undefined"],
    ...[
      '{"a":1',
      "{'a':1}",
      '{"a":01}',
      '{"a":1,}',
      "\ufeff{}",
      "{}{}",
      "{} x",
      '{"a":"\n"}',
      '{"a":"\\ud800"',
      "\u0000",
    ],
    ...[
      '{"title":1e999}',
      '{"title":{"toString":1}}',
      '{"__proto__":{"title":"x","player_count":1,"username":"x","vote":"up"}}',
    ],
    ...['{"constructor":{"prototype":{"title":"x"}}}', '{"title":"\\u0000"}', '{"title":"\\ud800"}', '{"title":["x"]}'],
    Uint8Array.of(0xff, 0xfe, 0x7b, 0x7d),
    Uint8Array.of(0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d),
    Uint8Array.of(0xc0, 0x80),
    new Uint8Array(KiB),
  ];
  const TAKERS = CALLS.filter(
    ({ body, path }) => body !== null && path !== "/api/sessions" && !path.endsWith("-check"),
  );

  test.each(TAKERS.map((call) => [`${call.method} ${call.path}`, call] as const))(
    "[H8] %s: none is taken",
    async (_, call) => {
      for (const body of BODIES) {
        const answer = await ask({ method: call.method, path: pathOf(call), body });
        expectNo(answer, typeof body === "string" ? short(body) : String(body.slice(0, 4)));
      }
      for (const type of [
        "",
        "text/html",
        "application/xml",
        "multipart/form-data; boundary=x",
        "\u00ff",
        "a".repeat(4_000),
      ]) {
        expectNo(
          await ask({ method: call.method, path: pathOf(call), headers: [`Content-Type: ${type}`], body: "--x" }),
          type,
        );
      }
    },
  );

  test("[H8] what is twice too long is a 413 of Bun's own, without a word", async () => {
    const { status, text } = await ask({ method: "POST", path: "/api/votes/live", body: deep("[", "]", 100_000) });
    expect(status).toBe(413);
    expect(text).not.toMatch(TELLTALE);
  });

  test("[H8] wrong lengths and codings hang nobody up for long, and break nothing", async () => {
    const heads = [
      ["Content-Length: -1"],
      ["Content-Length: x"],
      ["Content-Length: 5", "Content-Length: 6"],
      ["Content-Length: 99999999999999999999"],
      ["Transfer-Encoding: chunked", "Content-Length: 5"],
      ["Transfer-Encoding: gzip"],
    ];
    for (const headers of heads) {
      const head = [`POST /api/votes/live HTTP/1.1`, "Host: x", `Authorization: ${token}`, ...headers].join("\r\n");
      const { status, text } = await rawHttp(server.http, `${head}\r\n\r\nzz\r\n\r\n`);
      expect([headers, status === 0 || (status >= 400 && status < 500)]).toEqual([headers, true]);
      expect(text).not.toMatch(TELLTALE);
    }
  });

  test("[H8] a body where none belongs is no matter", async () => {
    for (const path of ["/api/sessions", "/api/sessions/1", "/api/sessions/1/events"]) {
      for (const body of ["{}", "nonsense", "x".repeat(100 * KiB)]) {
        const { status, text } = await ask({ path, headers: [`Content-Length: ${body.length}`], body });
        expect([path, body.length, status]).toEqual([path, body.length, 200]);
        expect(text).not.toMatch(TELLTALE);
      }
    }
    for (const call of ["start", "end"]) {
      expect((await ask({ method: "POST", path: `/api/sessions/1/games/1/${call}`, body: "nonsense[[" })).status).toBe(
        200,
      );
    }
  });
});

describe("paths", () => {
  const PATHS = [
    ...[
      "/api/sessions/1e3",
      "/api/sessions/-1",
      "/api/sessions/0",
      "/api/sessions/+1",
      "/api/sessions/1.0",
      "/api/sessions/٣",
    ],
    ...["/api/sessions/999999999999999", "/api/sessions/999999999999999999", `/api/sessions/${"9".repeat(4_000)}`],
    ...[
      "/api//sessions",
      "//api/sessions",
      "/api/./",
      "/api/sessions/",
      "/api/sessions//games",
      "/api/sessions/1/games/",
    ],
    ...["/api/sessions%2f1", "/api%2fsessions", "/api/sessions/%31", "/api/sessions/1%00", "/api/sessions/1%2e%2e%2f2"],
    ...["/api/sessions/1/games/0x1/status-live", "/api/sessions/1/games/0x1", "/api/sessions/1/games/1"],
    ...[
      "/api/sessions/1/games/-1/status-live",
      "/api/sessions/1/games/%201/status-live",
      "/api/sessions/NaN",
      "/api/sessions/null",
    ],
    ...[
      "/api/sessions/__proto__",
      "/api/sessions/constructor",
      "/api/sessions/1;drop",
      "/api/sessions/1'",
      "/api/sessions/%zz",
    ],
    ...[
      "/api/sessions/live/x",
      "/API/sessions",
      "/api/sessions/1/../../../../etc/passwd",
      "/api/sessions/1\\..\\2",
      "/api/*",
    ],
  ];
  test.each(PATHS.map((path) => [short(path), path] as const))("[H7] %s leads nowhere", async (_, path) => {
    for (const method of ["GET", "POST", "PATCH", "DELETE", "PUT"]) {
      expectNo(await ask({ method, path, body: method === "GET" ? "" : "{}" }), `${method} ${short(path)}`);
    }
  });

  test("[H7] a path with dots is the path it leads to", async () => {
    const { status, text } = await ask({ path: "/api/sessions/9/../1" });
    expect([status, text.includes('"id":1')]).toEqual([200, true]);
    expectNo(await ask({ path: "/api/sessions/1/../9" }), "to no session");
  });

  test("[H7] other methods and the live socket by plain HTTP", async () => {
    for (const method of ["DELETE", "PUT", "TRACE", "CONNECT", "PROPFIND"]) {
      const answer = await ask({ method, path: "/api/sessions" });
      expect([method, answer.status >= 400 && answer.status < 500]).toEqual([method, true]);
      expect(answer.text).not.toMatch(TELLTALE);
    }
    expect((await ask({ path: "/api/sessions/live" })).status).toBe(426);
    expectNo(await ask({ method: "POST", path: "/api/sessions/live", body: "{}" }), "POST live");
  });
});

describe("queries", () => {
  const BAD = [
    "limit=NaN",
    "limit=-1",
    "limit=1e9",
    "limit=501",
    "limit=[]",
    "limit=%00",
    "limit=1;2",
    "before=-1",
    "before=x",
  ];
  test.each(BAD)("[H10] ?%s is a 400", async (query) => {
    expectNo(await ask({ path: `/api/sessions?${query}` }), query);
  });

  const ODD = [
    "limit=1&limit=x",
    "",
    "?",
    "&&&",
    "=",
    "%",
    "%zz=1",
    "limit",
    "__proto__=1",
    "limit[]=x",
    `x=${"y".repeat(8 * KiB)}`,
  ];
  test.each(ODD.map((query) => [short(query), query] as const))("[H10] ?%s is no matter", async (_, query) => {
    expect((await ask({ path: `/api/sessions?${query}` })).status).toBe(200);
  });

  test("[H7] 64 KiB of it are refused by Bun itself, without a word", async () => {
    const { status, text } = await ask({ path: `/api/sessions?x=${"y".repeat(64 * KiB)}` });
    expect([414, 431]).toContain(status);
    expect(text).not.toMatch(TELLTALE);
  });
});

describe("headers", () => {
  const LOG = "/api/sessions/1/events";
  test("[H8] what is no token is a 401", async () => {
    const rows = [
      [`Authorization: ${"Bearer"}`],
      ["Authorization: Bearer "],
      ["Authorization: bearer x"],
      ["Authorization: Basic YTpi"],
      [`Authorization: Bearer ${"x".repeat(12 * KiB)}`],
      [`Authorization: Bearer ${".".repeat(4 * KiB)}`],
      ["Authorization: Bearer \u00ff\u00fe"],
      ["Authorization: Bearer eyJhbGciOiJub25lIn0.e30."],
      [`Authorization: ${token.replace("Bearer ", "Bearer")}`],
      [`Authorization: ${token}.x`],
      // Two are joined to what is none.
      ["Authorization: Bearer x", `Authorization: ${token}`],
      [`Authorization: ${token}`, "Authorization: Bearer x"],
    ];
    for (const headers of rows) {
      const answer = await ask({ path: LOG, headers });
      expectNo(answer, short(headers.join()));
      expect([short(headers.join()), answer.status]).toEqual([short(headers.join()), 401]);
    }
  });

  test("[H8] a token of 16 KiB is refused, by us or by Bun", async () => {
    const { status, text } = await ask({ path: LOG, headers: [`Authorization: Bearer ${"x".repeat(16 * KiB)}`] });
    expect([401, 431]).toContain(status);
    expect(text).not.toMatch(TELLTALE);
  });

  test("[H7] odd hosts and forwarded addresses", async () => {
    for (const header of [
      "X-Forwarded-For: x, y",
      "X-Forwarded-For: ::::",
      `X-Forwarded-For: ${"1,".repeat(4_000)}`,
      "Origin: \u0001",
    ]) {
      const { status, text } = await ask({
        method: "POST",
        path: "/api/auth/login",
        headers: [header],
        body: '{"key":"x"}',
      });
      expect([short(header), status >= 400 && status < 500]).toEqual([short(header), true]);
      expect(text).not.toMatch(TELLTALE);
    }
  });
});

describe("after all that", () => {
  test("[L1] the server is well", async () => {
    expect((await ask({ path: "/health" })).status).toBe(200);
    expect(await server.metric("partyline_faults_total")).toBe(0);
    expect((await api.list("/api/sessions/1/games")).length).toBeGreaterThan(0);
    expect(({} as Record<string, unknown>).title).toBeUndefined();
  });
});
