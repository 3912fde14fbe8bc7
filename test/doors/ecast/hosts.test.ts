// Whom a room may send this server to, and how the settings say it.
import { describe, expect, test } from "bun:test";
import { readConfig } from "../../../src/config.ts";
import { allowed, rulesFor } from "../../../src/doors/ecast/hosts.ts";
import { configProblem } from "../../support/config.ts";

const REAL = "https://ecast.jackboxgames.com";
const rulesOf = (url: string, hosts = "") =>
  rulesFor(url, readConfig({ ECAST_URL: url, ECAST_HOSTS: hosts }).ecastHosts);
const isAllowed = (host: string, url = REAL, hosts = "") =>
  allowed(host, url.startsWith("https:") ? "https:" : "http:", rulesOf(url, hosts));

describe("hosts", () => {
  test.each(["ecast-prod-use2.jackboxgames.com", "ECAST.jackboxgames.com", "a.b.jackboxgames.com:443"])(
    "[E4] of the service's own are dialled: %s",
    (host) => expect(isAllowed(host)).toBe(host.toLowerCase().replace(":443", "")),
  );

  const hostile = [
    ...[
      "169.254.169.254",
      "evil.example",
      "ecast.jackboxgames.com.evil.example",
      "jackboxgames.com",
      ".jackboxgames.com",
    ],
    ...[
      "a@b.jackboxgames.com",
      "a:b@x.jackboxgames.com",
      "x.jackboxgames.com/x?",
      "x.jackboxgames.com#",
      "x.jackboxgames.com?",
    ],
    ...[
      "",
      " ",
      "x.jackboxgames.com ",
      "x.jackboxgames.com:80",
      "x.jackboxgames.com:0443",
      "x.jackboxgames.com:",
      "x.jackboxgames.com.",
    ],
    ...[
      "xjackboxgames.com",
      "evil.example\\.jackboxgames.com",
      "evil.example%2e.jackboxgames.com",
      "//x.jackboxgames.com",
    ],
    ...[
      "x\n.jackboxgames.com",
      "0x7f.1",
      "2130706433",
      "127.1",
      "[::1]",
      "localhost",
      `${"a".repeat(300)}.jackboxgames.com`,
    ],
    ...[
      "evil.example。jackboxgames.com/",
      "x.jackboxgames.com\u0000",
      "https://x.jackboxgames.com",
      "x.jackboxgames.com:99999",
    ],
  ];
  test.each(hostile)("[E4] of anybody else are not: %j", (host) => expect(isAllowed(host)).toBeNull());

  test("[E4] name and port count, and one that is listed takes the place of all that was allowed", () => {
    expect(isAllowed("127.0.0.1:3000", "http://127.0.0.1:3000")).toBe("127.0.0.1:3000");
    for (const host of [
      "127.0.0.1:3001",
      "127.0.0.1",
      "localhost:3000",
      "0x7f.1:3000",
      "2130706433:3000",
      "127.1:3000",
    ])
      expect(isAllowed(host, "http://127.0.0.1:3000")).toBeNull();
    expect(isAllowed("ecast.example", "https://ecast.example")).toBe("ecast.example");
    expect(isAllowed("a.ecast.example", "https://ecast.example")).toBeNull();
    const listed = "Game.example:8443, .inner.example, [::1]:9000";
    expect(isAllowed("game.example:8443", REAL, listed)).toBe("game.example:8443");
    expect(isAllowed("x.inner.example", REAL, listed)).toBe("x.inner.example");
    expect(isAllowed("[::1]:9000", REAL, listed)).toBe("[::1]:9000");
    for (const host of ["game.example", "x.inner.example:8443", "ecast.jackboxgames.com"])
      expect(isAllowed(host, REAL, listed)).toBeNull();
    expect(isAllowed("game.example", "http://d.example", "game.example")).toBe("game.example");
    expect(isAllowed("game.example:443", "http://d.example", "game.example")).toBeNull();
  });
});

describe("settings", () => {
  test("[E2] off, unless somebody says where the directory is", () => {
    const { ecastUrl, ecastHosts, ecastName, limits } = readConfig({});
    expect([ecastUrl, ecastHosts, ecastName, limits.ecastWatchesMax]).toEqual(["", [], "Partyline", 50]);
    expect(readConfig({ ECAST_URL: `${REAL}/` }).ecastUrl).toBe(REAL);
    expect(readConfig({ ECAST_URL: "http://127.0.0.1:3000" }).ecastUrl).toBe("http://127.0.0.1:3000");
  });

  test.each([
    "ecast.example",
    "ws://a.example",
    "https://a.example/x",
    "https://a.example?x",
    "https://a.example#x",
    "https://u@a.example",
    "https://a.example/?",
  ])("[E2] ECAST_URL is an origin and nothing else: %s", (url) =>
    expect(configProblem({ ECAST_URL: url })).toContain("ECAST_URL must be an address like"),
  );

  test.each(["https://a.example", "a.example/x", "*.a.example", "a_b", "a:0", "a:70000", "a b", "a@b", "..a", "["])(
    "[E2] ECAST_HOSTS are hosts: %s",
    (hosts) => expect(configProblem({ ECAST_HOSTS: hosts })).toContain("ECAST_HOSTS must be hosts like"),
  );

  test("[E2] ECAST_NAME is what a watcher may be called there, ECAST_WATCHES_MAX how many there are", () => {
    expect(readConfig({ ECAST_NAME: "Our Night 2" }).ecastName).toBe("Our Night 2");
    for (const name of ["  ", "thirteen char", "Ünï", "a-b"])
      expect(configProblem({ ECAST_NAME: name })).toContain("ECAST_NAME must be 1 to 12 letters");
    expect(readConfig({ ECAST_WATCHES_MAX: "0" }).limits.ecastWatchesMax).toBe(0);
    expect(configProblem({ ECAST_WATCHES_MAX: "1001" })).toContain(
      "ECAST_WATCHES_MAX must be a whole number from 0 to 1000",
    );
  });
});
