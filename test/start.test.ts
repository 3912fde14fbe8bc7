// What a person sees who starts the server: four lines on a terminal, a log that reads, or JSON where nobody looks on; and why it did not start.
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Started, startLines, whyNoPort } from "../src/cli.ts";
import { readConfig } from "../src/config.ts";
import type { Here } from "../src/doors/here.ts";
import { DRAIN_FAILS, WITH_BUGS } from "./support/bugs.ts";
import { startChild } from "./support/child.ts";
import { linesOf } from "./support/lines.ts";
import { needs } from "./support/needs.ts";

const ROOT = join(import.meta.dir, "..");
const KEY = "Xq7-vT2m_Zr9-Lk4w";
const HOME: Here = { urls: ["http://192.168.1.20:3000"], bound: "everywhere", contained: false };

function lines(here: Partial<Here>, more: Partial<Started> = {}): string[] {
  return startLines({ here: { ...HOME, ...here }, host: "::", port: 3000, madeKey: null, dataDir: "/data", ...more });
}

const fullDisk = await needs("/dev/full", () => (existsSync("/dev/full") ? "/dev/full" : null));

/** Colours, the carriage returns of a terminal, and the keys that it shows. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what a terminal's colours begin with.
const DRESS = /\u001b\[\d*m|\r|\^C/g;

/** Presses Ctrl-C. */
function interrupt(terminal: Bun.Terminal): void {
  terminal.write("\u0003");
}

/** The server on a terminal, until it has said this; then it is told to stop. Answers all that the terminal showed, and what is kept. */
async function onTerminal(env: Record<string, string>, until: string, stop = interrupt) {
  const dataDir = await mkdtemp(join(tmpdir(), "partyline-start-"));
  let shown = "";
  const child = Bun.spawn([process.execPath, join(ROOT, "server.ts")], {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? "", PORT: "0", DATA_DIR: dataDir, DRAIN_SECONDS: "0", ...env },
    terminal: {
      cols: 200,
      data(terminal, bytes) {
        const had = shown.includes(until);
        shown += Buffer.from(bytes).toString();
        if (!had && shown.includes(until)) stop(terminal);
      },
    },
  });
  const status = await child.exited;
  const kept = await readdir(dataDir);
  await rm(dataDir, { recursive: true });
  return { shown: shown.replaceAll(DRESS, "").replaceAll(dataDir, "/data"), status, kept };
}

describe("[L43] the lines of a start", () => {
  test("are four: this machine, phones, the key, the data folder", () => {
    expect(lines({})).toEqual([
      "  This machine  http://localhost:3000",
      "  Phones        http://192.168.1.20:3000",
      "  Admin key     the ADMIN_KEY of the environment",
      "  Data          /data",
    ]);
  });

  test("say the likeliest address for phones first, and a few of them at most", () => {
    const urls = [1, 2, 3, 4, 5, 6].map((n) => `http://10.0.0.${n}:3000`);
    expect(lines({ urls })[1]).toBe(`  Phones        ${urls.slice(0, 4).join("  or  ")}`);
  });

  test("say what to do where no phone can reach it, or nobody here knows how", () => {
    const none = (here: Partial<Here>, host = "::") => lines({ urls: [], ...here }, { host })[1];
    expect(none({ bound: "loopback" }, "127.0.0.1")).toContain("with HOST=127.0.0.1 only this machine");
    expect(none({ bound: "loopback" }, "127.0.0.1")).toContain("start it without HOST");
    expect(none({ contained: true })).toContain("set PUBLIC_URL");
    expect(none({})).toContain("in no network");
  });

  test("say where this machine itself finds it", () => {
    const own = (host: string, bound: Here["bound"]) => lines({ bound }, { host })[0]?.split(" ").at(-1);
    expect(own("0.0.0.0", "everywhere")).toBe("http://localhost:3000");
    expect(own("localhost", "loopback")).toBe("http://localhost:3000");
    expect(own("127.0.0.2", "loopback")).toBe("http://127.0.0.2:3000");
    expect(own("::1", "loopback")).toBe("http://[::1]:3000");
    expect(own("192.168.1.20", "address")).toBe("http://192.168.1.20:3000");
    expect(lines({}, { port: 80 })[0]).toEndWith(" http://localhost");
  });

  test("hold the key that was made, and never one that was set", () => {
    expect(lines({}, { madeKey: KEY })[2]).toContain(KEY);
    expect(lines({}).join("")).not.toContain(KEY);
  });
});

describe("on a terminal", () => {
  test("[L43][L44] the four lines stand before a log that reads", async () => {
    const env = { PUBLIC_URL: "https://party.example", ADMIN_KEY: KEY };
    const { shown, status } = await onTerminal(env, "listening");
    expect(status).toBe(0);
    const said = shown.split("\n");
    const at = said.findIndex((line) => line.startsWith("  This machine  http://localhost:"));
    expect(said.slice(at + 1, at + 4)).toEqual([
      "  Phones        https://party.example",
      "  Admin key     the ADMIN_KEY of the environment",
      "  Data          /data",
    ]);
    expect(said.findIndex((line) => line.includes("listening"))).toBeGreaterThan(at);
    const logged = said.filter((line) => /^\[\d\d:\d\d:\d\d\] (INFO|WARN|ERROR): /.test(line));
    expect(logged.map((line) => /: ([a-z ]+)/.exec(line)?.[1]?.trim())).toEqual(["listening", "draining", "stopped"]);
    // Fifty limits are for machines.
    expect(shown).not.toContain("frameBytesMax");
    expect(shown).not.toContain('"level"');
  }, 60_000);

  test("[L44] LOG_FORMAT=json is JSON all the same, and nothing else", async () => {
    const { shown } = await onTerminal({ LOG_FORMAT: "json", ADMIN_KEY: KEY }, "listening");
    const said = shown.trim().split("\n");
    expect(said.map((line) => JSON.parse(line).msg)).toEqual(["listening", "draining", "stopped"]);
  }, 60_000);

  test.each(["json", "text"])(
    "[L17][L44] that is closed: what the log cannot say any more (%s) keeps no room from being kept",
    async (form) => {
      const { status, kept } = await onTerminal({ LOG_FORMAT: form, ADMIN_KEY: KEY }, "listening", (terminal) =>
        terminal.close(),
      );
      expect(status).toBe(0);
      expect(kept).toContain("rooms.snapshot");
    },
    60_000,
  );
});

describe("where no terminal is", () => {
  /** What a start says on each of its streams, up to its end. */
  async function said(env: Record<string, string>): Promise<{ stdout: string; stderr: string }> {
    const dataDir = await mkdtemp(join(tmpdir(), "partyline-start-"));
    const child = Bun.spawn([process.execPath, join(ROOT, "server.ts")], {
      cwd: ROOT,
      env: { PATH: process.env.PATH ?? "", PORT: "0", DATA_DIR: dataDir, DRAIN_SECONDS: "0", ...env },
      stdout: "pipe",
      stderr: "pipe",
    });
    let stdout = "";
    for await (const line of linesOf(child.stdout)) {
      stdout += `${line}\n`;
      // Once: a second signal would end it in the middle of its stop.
      if (line.includes("listening")) child.kill("SIGTERM");
    }
    const stderr = await new Response(child.stderr).text();
    await child.exited;
    await rm(dataDir, { recursive: true });
    return { stdout, stderr };
  }

  test("[L44] LOG_FORMAT=text reads as on a terminal, without colours; the key that was made is on stderr alone", async () => {
    const { stdout, stderr } = await said({ LOG_FORMAT: "text" });
    expect(stdout).toContain("INFO: listening");
    expect(stdout).not.toContain("\u001b");
    const key = /Admin key {5}(\S+) \(until/.exec(stderr)?.[1] ?? "none";
    expect(key.length).toBeGreaterThanOrEqual(16);
    expect(stdout).not.toContain(key);
    expect(stderr.trim().split("\n").length).toBe(4);
  }, 60_000);

  test("[L44] unless set the log is JSON, and there are no four lines", async () => {
    const { stdout, stderr } = await said({});
    for (const line of stdout.trim().split("\n")) expect(JSON.parse(line)).toHaveProperty("level");
    expect(stderr).toStartWith("ADMIN_KEY is not set. Until this server stops, the key of its API is ");
    expect(stderr).not.toContain("This machine");
  }, 60_000);

  fullDisk.describe("[L44] a log on a disk that is full", () => {
    test.each(["json", "text"])(
      "ends nobody's game (%s): the server starts, and stops well",
      async (form) => {
        const dataDir = await mkdtemp(join(tmpdir(), "partyline-start-"));
        const child = Bun.spawn([process.execPath, join(ROOT, "server.ts")], {
          cwd: ROOT,
          env: { PATH: process.env.PATH ?? "", PORT: "0", DATA_DIR: dataDir, DRAIN_SECONDS: "0", LOG_FORMAT: form },
          stdout: Bun.file(fullDisk.get()),
          stderr: "pipe",
        });
        // The key that was made, just before the log says that it listens.
        for await (const line of linesOf(child.stderr)) if (/until this server stops/i.test(line)) child.kill();
        expect(await child.exited).toBe(0);
        await rm(dataDir, { recursive: true });
      },
      60_000,
    );
  });

  test("[L44] the last line before an end is there, in either form", async () => {
    await using json = await startChild({ ...WITH_BUGS, ...DRAIN_FAILS, DRAIN_SECONDS: "0" });
    json.process.kill("SIGTERM");
    await json.ended;
    expect(JSON.parse(json.logged.at(-1) ?? "{}").msg).toBe("drain failed");
    const { stdout } = await said({ ...WITH_BUGS, ...DRAIN_FAILS, LOG_FORMAT: "text" });
    expect(stdout).toContain("ERROR: drain failed");
    expect(stdout).toContain("the disk is on fire");
  }, 60_000);
});

describe("[L15] a port that cannot be had is told in words", () => {
  const why = (env: Record<string, string>, error: unknown) => whyNoPort(error, readConfig(env));
  const inUse = (port: number) =>
    Object.assign(new Error(`Failed to start server. Is port ${port} in use?`), { code: "EADDRINUSE" });

  test("in use: which one, and how to take another", () => {
    expect(why({}, inUse(3000))).toBe(
      "port 3000 is in use, perhaps by another Partyline; `PORT=3001 bun start` takes another port",
    );
    expect(why({ PORT: "65535" }, inUse(65_535))).toContain("PORT=65534 bun start");
    expect(why({ SESSIONSERVER_PORT: "4000" }, inUse(4000))).toContain("SESSIONSERVER_PORT=4001 bun start");
    expect(why({ METRICS: "9100" }, inUse(9100))).toContain("METRICS=9101 bun start");
  });

  test("no address of this machine, no right to it, and what nobody thought of", () => {
    const coded = (code: string) => Object.assign(new Error("listen"), { code });
    expect(why({ HOST: "192.0.2.1" }, coded("EADDRNOTAVAIL"))).toBe("HOST 192.0.2.1 is no address of this machine");
    expect(why({ PORT: "80" }, coded("EACCES"))).toContain(
      "port 80 may not be taken by this user; `PORT=8080 bun start`",
    );
    const denied = Object.assign(new Error("permission denied :::443"), { code: "EACCES" });
    expect(why({ SESSIONSERVER_PORT: "443" }, denied)).toBe(
      "port 443 may not be taken by this user; `SESSIONSERVER_PORT=8443 bun start` takes another port",
    );
    expect(why({}, new Error("strange"))).toBe("port 3000 cannot be served on: strange");
    expect(why({ HOST: "192.168.1.20" }, "odd")).toBe("port 3000 cannot be served on at HOST 192.168.1.20: odd");
  });

  test("by the real thing", async () => {
    using taken = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
    const start = startChild({ PORT: String(taken.port) });
    await expect(start).rejects.toThrow(`partyline cannot start: port ${taken.port} is in use`);
  }, 60_000);
});
