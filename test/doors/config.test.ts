// The environment as the operator writes it: what is taken, what is refused, and that one line tells all of it.
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError, readConfig, settingRows } from "../../src/config.ts";
import { BOUNDS, DEFAULT_LIMITS } from "../../src/limits.ts";
import { startChild } from "../support/child.ts";

/** What readConfig says of this environment, or null where it takes it. */
function problem(env: Record<string, string>): string | null {
  try {
    readConfig(env);
    return null;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

describe("settings", () => {
  test("[L15] an empty environment is the defaults", () => {
    expect(readConfig({})).toMatchObject({ port: 3000, host: "0.0.0.0", roomCodeLength: 4, drainSeconds: 10 });
    expect(readConfig({}).limits).toEqual(DEFAULT_LIMITS);
  });

  test("[L15] a setting that is empty counts as unset", () => {
    expect(readConfig({ PORT: "", MAX_LINES: "" })).toEqual(readConfig({}));
  });

  test("[L15] every bound is read from its own variable", () => {
    for (const [name, bound] of Object.entries(BOUNDS)) {
      if (bound.env === null) continue;
      // Twice the default still fits with every other default.
      const value = bound.value * 2;
      const conflicts = ["pingSeconds", "roomsMax"].includes(name);
      const limits = readConfig({
        [bound.env]: String(conflicts ? bound.value + 1 : value),
        ROOM_CODE_LENGTH: "5",
      }).limits;
      expect([name, limits[name as keyof typeof limits]]).toEqual([name, conflicts ? bound.value + 1 : value]);
    }
  });

  test("[L15] it is frozen", () => {
    const config = readConfig({});
    expect([Object.isFrozen(config), Object.isFrozen(config.limits)]).toEqual([true, true]);
  });

  test("[L16] LIMITS=off lifts what is a second, a minute or an address, and nothing else", () => {
    const { limits } = readConfig({ LIMITS: "off" });
    const lifted = Object.keys(limits).filter(
      (name) => limits[name as keyof typeof limits] === Number.POSITIVE_INFINITY,
    );
    expect(lifted.sort()).toEqual([
      "bytesPerSecond",
      "connectsPerSecond",
      "failedJoinsPerMinute",
      "hostMessagesPerSecond",
      "linesPerAddressMax",
      "messagesPerSecond",
      "roomsPerAddressMax",
      "sessionWritesPerSecond",
    ]);
  });

  test("[L15] every setting is listed for --help, once", () => {
    const { settings, bounds } = settingRows();
    const names = [...settings, ...bounds].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain("TRUSTED_PROXIES");
    expect(names).toContain("MAX_FRAME_BYTES");
  });
});

describe("problems", () => {
  const WRONG: readonly [string, string][] = [
    ["PORT", "http"],
    ["PORT", "65536"],
    ["PORT", "-1"],
    ["PORT", "80.5"],
    ["PORT", " 80"],
    ["PORT", "0x50"],
    ["PORT", "1e3"],
    ["MAX_LINES", "0"],
    ["MAX_LINES", "many"],
    ["MAX_FRAME_BYTES", "64k"],
    ["MAX_FRAME_BYTES", "99999999999999999999"],
    ["ROOM_CODE_LENGTH", "3"],
    ["ROOM_CODE_LENGTH", "9"],
    ["LIMITS", "no"],
    ["LIMITS", "OFF"],
    ["REQUIRE_ORIGIN", "true"],
    ["LOG_LEVEL", "loud"],
    ["ALLOWED_ORIGINS", "game.example"],
    ["ALLOWED_ORIGINS", "https://game.example/"],
    ["ALLOWED_ORIGINS", "https://a.example,*"],
    ["ALLOWED_ORIGINS", ","],
    ["TRUSTED_PROXIES", "10.0.0.0/33"],
    ["TRUSTED_PROXIES", "10.0.0.0/"],
    ["TRUSTED_PROXIES", "10.0.0.0/8/8"],
    ["TRUSTED_PROXIES", "10.0.0.0/-1"],
    ["TRUSTED_PROXIES", "10.0.0.0/8.5"],
    ["TRUSTED_PROXIES", "proxy.example"],
    ["TRUSTED_PROXIES", "-1"],
    ["DRAIN_SECONDS", "601"],
  ];
  test.each(WRONG)("[L15] %s=%s is named, with what it takes", (name, value) => {
    expect(problem({ [name]: value })).toStartWith(`${name} must be `);
    expect(problem({ [name]: value })).not.toContain("\n");
  });

  test("[L15] all of them at once, on one line", () => {
    const text = problem({ PORT: "x", MAX_DEPTH: "y", LIMITS: "z", ALLOWED_ORIGINS: "w\nv" });
    for (const name of ["PORT", "MAX_DEPTH", "LIMITS", "ALLOWED_ORIGINS"]) expect(text).toContain(`${name} must be`);
    expect(text).not.toContain("\n");
  });

  test("[L15] a value that is a page long is cut", () => {
    expect(problem({ PORT: "9".repeat(5_000) })?.length).toBeLessThan(200);
  });

  const CONFLICTS: readonly [Record<string, string>, string][] = [
    [{ DEAD_SECONDS: "10" }, "DEAD_SECONDS must be greater than PING_SECONDS"],
    [{ BYTES_PER_SECOND: "1000" }, "MAX_FRAME_BYTES must be at most twice BYTES_PER_SECOND"],
    [{ HOST_MESSAGES_PER_SECOND: "59" }, "HOST_MESSAGES_PER_SECOND must be at least MESSAGES_PER_SECOND"],
    [{ MAX_UNSENT_BYTES: "4096" }, "MAX_UNSENT_BYTES must be at least MAX_FRAME_BYTES"],
    [{ MAX_ROOMS: "600000" }, "MAX_ROOMS must be at most 524288"],
  ];
  test.each(CONFLICTS)("[L15] limits that do not fit together: %j", (env, text) => {
    expect(problem(env)).toContain(text);
  });
});

describe("the start", () => {
  const folder = mkdtempSync(join(tmpdir(), "partyline-config-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Everything a server that does not start prints, and how it ends. */
  async function failedStart(env: Record<string, string>, ...args: string[]) {
    const child = Bun.spawn([process.execPath, "server.ts", ...args], {
      cwd: `${import.meta.dir}/../..`,
      env: { PATH: process.env.PATH ?? "", PORT: "0", HOST: "127.0.0.1", DATA_DIR: folder, ...env },
      stdout: "pipe",
      stderr: "pipe",
      // One that starts after all is ended, so that its exit code tells.
      timeout: 4_000,
      killSignal: "SIGKILL",
    });
    const [code, out, err] = await Promise.all([
      child.exited,
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    return { code, out, lines: err.split("\n").filter((line) => line !== "") };
  }

  test("[L15] a setting that cannot be read: exit 1, one line, nothing else", async () => {
    const { code, out, lines } = await failedStart({ PORT: "http", MAX_LINES: "many" });
    expect([code, out, lines.length]).toEqual([1, "", 1]);
    expect(lines[0]).toMatch(/PORT must be .*; MAX_LINES must be /);
  });

  test("[L15] a port that is taken: exit 1, one line that names it", async () => {
    await using child = await startChild();
    const port = new URL(child.http).port;
    const { code, lines } = await failedStart({ PORT: port });
    expect([code, lines.length]).toEqual([1, 1]);
    expect(lines[0]).toContain(port);
  });

  test("[L15] an argument nobody knows: exit 1, one line", async () => {
    const { code, lines } = await failedStart({}, "--verbose");
    expect([code, lines.length]).toEqual([1, 1]);
    expect(lines[0]).toContain("--verbose");
  });
});
