// What an operator writes and does not see: characters without a shape, names that are nearly right, origins with a star; and where the
// server then listens.
import { describe, expect, test } from "bun:test";
import { reachedAt } from "../src/cli.ts";
import { namesToCheck, readConfig } from "../src/config.ts";
import { startChild } from "./support/child.ts";
import { configProblem } from "./support/config.ts";
import { startServer } from "./support/server.ts";

const KEY = "Xq7-vT2m_Zr9-Lk4w";

describe("what cannot be seen", () => {
  const ROWS: readonly [name: string, value: string, shown: string][] = [
    ["ADMIN_KEY", `${KEY}\r`, "U+000D (a carriage return, as files with Windows line ends have) at its end"],
    ["ADMIN_KEY", `\ufeff${KEY}`, "U+FEFF (a byte-order mark) at its beginning"],
    ["ADMIN_KEY", `${KEY} `, "U+0020 (a blank) at its end"],
    ["ADMIN_KEY", ` ${KEY}`, "U+0020 (a blank) at its beginning"],
    ["JWT_SECRET", `${KEY}\u200b${KEY}`, "U+200B (a zero-width space) as character 18"],
    ["JWT_SECRET", `${KEY}${KEY}\u3164`, "U+3164 at its end"],
    ["DATA_DIR", "./data\r", "U+000D"],
    ["HOST", "127.0.0.1\u00a0", "U+00A0 (a no-break space) at its end"],
    ["PORT", "3000\r", "U+000D"],
    ["MAX_ROOMS", "10\t", "U+0009 (a tab)"],
    ["LIMITS", "off\n", "U+000A (a line end)"],
    ["REGION", "\u2066local\u2069", "U+2066"],
    ["ALLOWED_ORIGINS", "https://a.example,\u200bhttps://b.example", "U+200B"],
    ["TRUSTED_PROXIES", "1\r", "U+000D"],
  ];
  test.each(ROWS)("[L28] %s=%j is refused, and shown as %s", (name, value, shown) => {
    const told = configProblem({ [name]: value });
    expect(told).toStartWith(`${name} must be written without what cannot be seen: it has ${shown}`);
    expect(told).not.toContain(KEY);
    expect(told).toMatch(/^[ -~]+$/);
  });

  test("[L28] blanks within a key or a folder, and around the items of a list, are taken", () => {
    const env = { ADMIN_KEY: "correct horse battery staple", DATA_DIR: "./my data", TRUSTED_PROXIES: " 1 " };
    expect(readConfig(env)).toMatchObject({ adminKey: env.ADMIN_KEY, dataDir: env.DATA_DIR, trust: { hops: 1 } });
    expect(configProblem({ ALLOWED_ORIGINS: " https://a.example , https://b.example " })).toBeNull();
  });
});

describe("names that are nearly right", () => {
  const NEAR: readonly [is: string, meant: string][] = [
    ["MAX_ROOM", "MAX_ROOMS"],
    ["ALLOWED_ORIGIN", "ALLOWED_ORIGINS"],
    ["ALLOW_ORIGINS", "ALLOWED_ORIGINS"],
    ["TRUST_PROXIES", "TRUSTED_PROXIES"],
    ["TRUSTED_PROXY", "TRUSTED_PROXIES"],
    ["LOGLEVEL", "LOG_LEVEL"],
    ["LIMIT", "LIMITS"],
    ["max_rooms", "MAX_ROOMS"],
    ["ADMIN-KEY", "ADMIN_KEY"],
    ["DRIAN_SECONDS", "DRAIN_SECONDS"],
    ["MESSAGE_PER_SECOND", "MESSAGES_PER_SECOND"],
  ];
  test.each(NEAR)("[L29] %s is told, with %s", (is, meant) => {
    expect(namesToCheck({ [is]: "1" })).toEqual([`"${is}" is no setting: is ${meant} meant?`]);
  });

  test("[L29] settings themselves, and what every machine has, are not", () => {
    const usual =
      "PATH HOME USER SHELL PWD OLDPWD LANG LC_ALL TERM HOSTNAME HOSTTYPE PORTAGE_CONFIGROOT PORTS HOSTS TZ TMPDIR MAIL EDITOR PAGER " +
      "LOGNAME DISPLAY XDG_DATA_DIRS XDG_RUNTIME_DIR DATABASE_URL NODE_ENV NODE_OPTIONS BUN_INSTALL CI DEBUG LS_COLORS SSH_AUTH_SOCK " +
      "AWS_REGION AWS_DEFAULT_REGION INSTANCE_ID PARTYLINE_PORT PARTYLINE_SERVICE_HOST KUBERNETES_PORT REDIS_PORT HTTP_PROXY https_proxy " +
      "NO_PROXY MAX_JOBS MAKEFLAGS CONTAINER_ID DATA_DIRECTORY_LISTING LOG_DIR JWT_ISSUER ADMIN_EMAIL SECRET_KEY MALLOC_ARENA_MAX";
    const env = Object.fromEntries(usual.split(" ").map((name) => [name, "x"]));
    expect(namesToCheck({ ...env, MAX_ROOMS: "5", HOST: "::1", PORT: "80" })).toEqual([]);
    // One that is empty sets nothing.
    expect(namesToCheck({ MAX_ROOM: "" })).toEqual([]);
  });

  test("[L29] once in the log of the start", async () => {
    await using child = await startChild({ MAX_ROOM: "5" });
    const told = child.logged.map((line) => JSON.parse(line)).filter(({ level }) => level === "warn");
    expect(told.map(({ msg }) => msg)).toEqual(['"MAX_ROOM" is no setting: is MAX_ROOMS meant?']);
  }, 60_000);
});

describe("origins with a star", () => {
  const allows = (setting: string, origin: string) => {
    const { allowedOrigins } = readConfig({ ALLOWED_ORIGINS: setting });
    return allowedOrigins === "*" || allowedOrigins.has(origin);
  };

  test("[L14] each name below the domain, and nothing else", () => {
    const setting = "https://*.game.example, https://other.example,http://*.lan.example:8080";
    for (const origin of ["https://a.game.example", "https://a.b-c.game.example", "http://tv.lan.example:8080"])
      expect([origin, allows(setting, origin)]).toEqual([origin, true]);
    for (const origin of [
      "https://game.example",
      "https://.game.example",
      "https://evilgame.example",
      "https://a.game.example.evil.example",
      "https://evil.example/.game.example",
      "https://evil.example#.game.example",
      "https://evil.example?.game.example",
      "https://user@a.game.example",
      "https://a..game.example",
      "https://*.game.example",
      "http://a.game.example",
      "https://a.game.example:444",
      "http://tv.lan.example",
      "https://a.other.example",
      "null",
      "",
    ])
      expect([origin, allows(setting, origin)]).toEqual([origin, false]);
  });

  const BAD = [
    "https://*",
    "https://*.example",
    "*.game.example",
    "https://a.*.example",
    "https://game-*.example.com",
    "https://*.*.example.com",
    "https://*.game.example/",
    "https://*.game.example:443",
    "https://*.game.example:*",
    "wss://*.game.example",
    "https://*.Game.example",
  ];
  test.each(BAD)("[L14] %s is refused in words", (setting) => {
    expect(configProblem({ ALLOWED_ORIGINS: setting })).toBe(
      `ALLOWED_ORIGINS must be * or origins like https://game.example or https://*.game.example by commas, not "${setting}"`,
    );
  });
});

describe("where it listens", () => {
  test("[L30] by default on every address, and an IPv4 client is known by its IPv4 address", async () => {
    const server = startServer({ HOST: "" });
    try {
      expect((await fetch(`http://127.0.0.1:${server.port}/health`)).status).toBe(200);
      const is6 = await fetch(`http://[::1]:${server.port}/health`).then(
        ({ status }) => status === 200,
        () => false,
      );
      // A machine without IPv6 has no ::1 to be asked at.
      const has6 =
        (await Bun.file("/proc/net/if_inet6").exists()) && (await Bun.file("/proc/net/if_inet6").text()) !== "";
      expect(is6).toBe(has6);
    } finally {
      await server.stop();
    }
  });

  test("[L30] --health asks there", async () => {
    expect(["::", "0.0.0.0", "127.0.0.2", "fd00::1", "box.lan"].map(reachedAt)).toEqual([
      ["127.0.0.1", "[::1]"],
      ["127.0.0.1"],
      ["127.0.0.2"],
      ["[fd00::1]"],
      ["box.lan"],
    ]);
    await using child = await startChild({ HOST: "127.0.0.2" });
    const port = await portOf(child.logged);
    const asks = async (HOST: string) => {
      const env = { PATH: process.env.PATH ?? "", HOST, PORT: port };
      const asking = Bun.spawn([process.execPath, "server.ts", "--health"], { cwd: `${import.meta.dir}/..`, env });
      return asking.exited;
    };
    expect([await asks("127.0.0.2"), await asks("127.0.0.1")]).toEqual([0, 1]);
  }, 60_000);
});

async function portOf(logged: readonly string[]): Promise<string> {
  const { port } = logged.map((line) => JSON.parse(line)).find(({ msg }) => msg === "listening");
  return String(port);
}
