// What a browser is told about a page: what it may load and call, and that nothing of a request can change that.
import { describe, expect, test } from "bun:test";
import assets from "../../pages/built/assets.json";
import { headersOf, rawHttp } from "../support/http.ts";
import { stages } from "../support/stage.ts";

const stage = stages();
const PATHS = ["/", "/home", "/doctor", "/monitor", "/playground", "/overlay", "/docs", "/GXHB"] as const;
const ACCEPT = "Accept: text/html\r\n";

/** The policy of a page, with what it may connect to besides `'self'`; the playground may make one policy, for its Worker's path [H33]. */
function policyWith(path: string, sockets: string): string {
  const frames = path === "/overlay" ? "*" : "'none'";
  const trusted = path === "/playground" ? "partyline" : "'none'";
  return `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'${sockets}; base-uri 'none'; form-action 'none'; frame-ancestors ${frames}; require-trusted-types-for 'script'; trusted-types ${trusted}`;
}

/** Those of a page that say something about it, whatever it was asked by. */
function expected(path: string, sockets: string, vary: string, etag: string): [string, string][] {
  return [
    ["cache-control", "no-cache"],
    ["vary", vary],
    ["content-security-policy", policyWith(path, sockets)],
    ["referrer-policy", "no-referrer"],
    ["etag", etag],
    ["x-content-type-options", "nosniff"],
  ];
}

describe("[H19] the headers of a page", () => {
  test("are all there, each once, with whole ones, packed ones, HEAD and 304", async () => {
    const { server } = stage();
    const host = "party.lan:3000";
    for (const path of PATHS) {
      const first = await rawHttp(server.http, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${ACCEPT}\r\n`);
      const etag = new Map(headersOf(first)).get("etag") ?? "";
      const asked: [method: string, more: string, status: number][] = [
        ["GET", "", 200],
        ["GET", "Accept-Encoding: gzip\r\n", 200],
        ["HEAD", "", 200],
        ["GET", `If-None-Match: ${etag}\r\n`, 304],
        ["HEAD", `If-None-Match: ${etag}\r\nAccept-Encoding: gzip\r\n`, 304],
      ];
      for (const [method, more, status] of asked) {
        const request = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${ACCEPT}${more}\r\n`;
        const answer = await rawHttp(server.http, request);
        expect([request, answer.status]).toEqual([request, status]);
        const vary = path === "/" ? "accept, accept-encoding" : "accept-encoding";
        const headers = headersOf(answer);
        for (const header of expected(path, ` ws://${host} wss://${host}`, vary, etag))
          expect([request, headers.filter(([name]) => name === header[0])]).toEqual([request, [header]]);
        // An error in every console on plain HTTP.
        expect(headers.map(([name]) => name)).not.toContain("cross-origin-opener-policy");
        expect(headers.map(([name]) => name)).not.toContain("set-cookie");
      }
    }
  });

  const PLAIN = [
    ...[
      "localhost",
      "localhost:3000",
      "192.168.1.20:3000",
      "party.example",
      "PARTY.Example:8443",
      "xn--bcher-kva.example",
    ],
    ...["a-b.c", "a.", `${"a".repeat(63)}.example:65535`],
  ];
  test.each(PLAIN)("name the WebSockets of %s", async (host) => {
    const { server } = stage();
    const answer = await rawHttp(server.http, `GET /doctor HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    const policy = new Map(headersOf(answer)).get("content-security-policy");
    expect([answer.status, policy]).toEqual([200, policyWith("/doctor", ` ws://${host} wss://${host}`)]);
  });

  const HOSTILE = [
    // No policy can name an address of IPv6, and browsers log an error over one that tries.
    ...["[::1]", "[::1]:3000", "[fe80::1%25eth0]", "[2001:db8::1]:3000"],
    ...["b\u00fccher.example", "\u30d1\u30fc\u30c6\u30a3.example", "\uff41.example"],
    ...[
      "a'b",
      'a"b',
      "a;b",
      "a; script-src *",
      "a;script-src'unsafe-inline'",
      "a,b",
      "a b",
      "a\tb",
      "a ws://evil.example",
    ],
    ...[
      "*",
      "*.evil.example",
      "'unsafe-eval'",
      "'none'",
      "evil.example/x",
      "evil.example?x",
      "evil.example#x",
      "u@evil.example",
    ],
    ...[
      "u:p@evil.example",
      "a\\b",
      "a%3bb",
      "a%0d%0aX-Evil:1",
      "a:b",
      "a:",
      ":3000",
      "a:3000:3000",
      "a:123456",
      "a_b",
      "a~b",
      "a|b",
    ],
    ...[
      "a<b>",
      "data:",
      "https:",
      "ws://evil.example",
      "https://evil.example",
      "localhost, evil.example",
      "a\u0000b",
      "a\u007fb",
    ],
    ...[
      "a".repeat(254),
      "a".repeat(10_000),
      `${"a.".repeat(5_000)}b`,
      `${";".repeat(10_000)}`,
      `a${" ".repeat(10_000)}b`,
    ],
    "",
  ];
  test("hold nothing of a Host that is no plain name", async () => {
    const { server } = stage();
    const statuses = new Set<number>();
    for (const host of HOSTILE) {
      for (const path of PATHS) {
        const answer = await rawHttp(
          server.http,
          Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${ACCEPT}\r\n`),
        );
        statuses.add(answer.status);
        const shown = [host.slice(0, 60), path];
        // Of some no URL can be made, and some are no HTTP.
        if (answer.status !== 200) {
          expect([...shown, answer.status]).toEqual([...shown, 400]);
          continue;
        }
        const policies = headersOf(answer).filter(([name]) => name === "content-security-policy");
        expect([...shown, policies]).toEqual([...shown, [["content-security-policy", policyWith(path, "")]]]);
        const etag = new Map(headersOf(answer)).get("etag");
        const again = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${ACCEPT}If-None-Match: ${etag}\r\n\r\n`;
        expect(headersOf(await rawHttp(server.http, Buffer.from(again)))).toContainEqual([
          "content-security-policy",
          policyWith(path, ""),
        ]);
      }
    }
    expect([...statuses].sort()).toEqual([200, 400]);
  }, 60_000);

  test("hold none where there is no Host (HTTP/1.0), or two", async () => {
    const { server } = stage();
    for (const path of PATHS) {
      const bare = await rawHttp(server.http, `GET ${path} HTTP/1.0\r\n${ACCEPT}\r\n`);
      expect([path, headersOf(bare)]).toEqual([
        path,
        expect.arrayContaining([["content-security-policy", policyWith(path, "")]]),
      ]);
      expect(bare.status).toBe(200);
      const two = await rawHttp(
        server.http,
        `GET ${path} HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n${ACCEPT}\r\n`,
      );
      if (two.status === 200) expect(two.text).not.toContain("b.example");
      else expect([path, two.status]).toEqual([path, 400]);
    }
  });
});

test("[H33] the playground's Worker comes with a policy of its own: it connects here, and does nothing else", async () => {
  const { server } = stage();
  const path = Object.keys(assets).find((one) => one.startsWith("/pages/playground-worker.")) ?? "";
  for (const [host, sockets] of [
    ["party.lan:3000", " ws://party.lan:3000 wss://party.lan:3000"],
    ["a;script-src *", ""],
  ] as const) {
    const answer = await rawHttp(server.http, Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`));
    if (answer.status === 400) continue;
    expect([host, new Map(headersOf(answer)).get("content-security-policy")]).toEqual([
      host,
      `default-src 'none'; connect-src 'self'${sockets}`,
    ]);
  }
  const other = Object.keys(assets).find((one) => one.startsWith("/pages/playground.")) ?? "";
  const plain = await rawHttp(server.http, `GET ${other} HTTP/1.1\r\nHost: party.lan\r\n\r\n`);
  expect([plain.status, headersOf(plain).map(([name]) => name)]).toEqual([
    200,
    expect.not.arrayContaining(["content-security-policy"]),
  ]);
});

/** Names of what is in a text that could be an address, and are none. */
const NAMESPACES =
  /http:\/\/www\.w3\.org\/(?:2000\/svg|1998\/Math\/MathML|1999\/(?:xhtml|xlink)|XML\/1998\/namespace)/g;

/** What is wrong with the HTML of a page. */
function faultsOf(html: string): string[] {
  // An icon within the page is a text of its own.
  const plain = decodeURIComponent(html).replaceAll(NAMESPACES, "");
  const faults: [fault: string, pattern: RegExp, within: string][] = [
    ["a script within it", /<script(?![^>]*\ssrc=")[^>]*>|<script[^>]*>[^<]/i, plain],
    ["a style within it", /<style[\s>]|\sstyle\s*=/i, plain],
    ["a handler within it", /\son[a-z]+\s*=/i, plain],
    ["what gets round a policy", /=\s*["']?\s*javascript:|<base[\s>]|<iframe|<object|<embed|http-equiv|srcdoc/i, plain],
    ["an address of another origin", /(?:[a-z]+:)?\/\/[a-z0-9[]/i, plain],
    [
      "a link to elsewhere",
      /(?:src|href|action|srcset|poster|data-worker)\s*=\s*(?!"(?:\/[^/]|\/"|data:image\/svg\+xml,|#))/i,
      html,
    ],
  ];
  return faults.filter(([, pattern, within]) => pattern.test(within)).map(([fault]) => fault);
}

describe("[H19] what pages hold", () => {
  test("is no script, style or handler within the HTML, and no address of another origin", () => {
    const pages = Object.entries(assets).filter(([path]) => path.endsWith(".html"));
    expect(pages.length).toBeGreaterThanOrEqual(4);
    for (const [path, { text }] of pages) expect([path, faultsOf(text)]).toEqual([path, []]);
  });

  test("would be found if it were there", () => {
    const rows: [html: string, fault: string][] = [
      ["<script>alert(1)</script>", "a script within it"],
      ['<script type="module">import "/x.js"</script>', "a script within it"],
      ['<script src="/x.js">1</script>', "a script within it"],
      ["<style>a{}</style>", "a style within it"],
      ['<p style="color:red">', "a style within it"],
      ['<img src="/x.png" onerror="x()">', "a handler within it"],
      ['<a href="javascript:x()">', "what gets round a policy"],
      ['<base href="/x/">', "what gets round a policy"],
      ['<a href="https://evil.example">', "an address of another origin"],
      ['<img src="//evil.example/x.png">', "an address of another origin"],
      ['<a href="x">', "a link to elsewhere"],
      ["<a href=/x>", "a link to elsewhere"],
      ['<link href="data:image/svg+xml,%3Csvg%20onload%3D%22x()%22%3E">', "a handler within it"],
    ];
    for (const [html, fault] of rows) expect([html, faultsOf(html)]).toEqual([html, expect.arrayContaining([fault])]);
    expect(faultsOf('<script type="module" src="/pages/x.js"></script><a href="/doctor">it is on</a>')).toEqual([]);
  });

  test("of scripts and sheets is no address either, but of nobody, of the machine itself, and the names of SVG and the like", () => {
    const nobodys = /https?:\/\/(?:127\.0\.0\.1|localhost|(?:[a-z0-9-]+\.)+example)(?![\w.-])/g;
    for (const [path, { text }] of Object.entries(assets)) {
      const loads = path.endsWith(".css") ? /url\((?!["']?data:)[^)]*\)|@import/gi : /\bimport\(|\bfrom\s*["']/g;
      const addresses =
        text
          .replaceAll(NAMESPACES, "")
          .replaceAll(nobodys, "")
          .match(/(?:https?|wss?):\/\/[a-z0-9][\w.-]*/gi) ?? [];
      // The doctor fetches the client once somebody wants its sleep test, the overlay once it is to show polls: from the paths that are the client's.
      const isLater =
        (/^\/pages\/doctor\..*js$/.test(path) && text.includes('import("/partyline.js")')) ||
        (/^\/pages\/overlay\..*js$/.test(path) && text.includes('import("/pages/partyline-client.'));
      const later = isLater ? ["import("] : [];
      const found: readonly string[] = text.match(loads) ?? [];
      expect({ path, addresses, found }).toEqual({ path, addresses: [], found: later });
    }
  });
});
