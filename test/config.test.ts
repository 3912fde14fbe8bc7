// The environment as the operator writes it: what is taken, what is refused, and that one line tells all of it.
import { afterAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureFolder, KeyError, newAdminKey, signingSecret } from "../src/auth/keys.ts";
import { readConfig, settingRows } from "../src/config.ts";
import { BOUNDS, DEFAULT_LIMITS } from "../src/limits/table.ts";
import { startChild } from "./support/child.ts";
import { configProblem } from "./support/config.ts";
import { randomFrom } from "./support/random.ts";

describe("settings", () => {
  test("[L15] an empty environment is the defaults", () => {
    expect(readConfig({})).toMatchObject({ port: 3000, host: "::", roomCodeLength: 4, drainSeconds: 10 });
    expect(readConfig({}).limits).toEqual(DEFAULT_LIMITS);
  });

  test("[L15] a setting that is empty counts as unset", () => {
    expect(readConfig({ PORT: "", MAX_LINES: "" })).toEqual(readConfig({}));
  });

  test("[L15] every bound is read from its own variable", () => {
    for (const [name, bound] of Object.entries(BOUNDS)) {
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
      "addressMessagesPerSecond",
      "addressOutBytesPerSecond",
      "audiencePerAddressMax",
      "bytesPerSecond",
      "connectsPerSecond",
      "failedJoinsPerMinute",
      "hostMessagesPerSecond",
      "joinsPerSecond",
      "keptPerAddressMiB",
      "linesPerAddressMax",
      "messagesPerSecond",
      "requestsPerSecond",
      "roomJoinsPerSecond",
      "roomOutBytesPerSecond",
      "roomsPerAddressMax",
      "sessionWritesPerSecond",
      "wrongCodesPerSecond",
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
    ["METRICS", "off"],
    ["METRICS", "0"],
    ["METRICS", "65536"],
    ["PUBLIC_URL", "party.example"],
    ["PUBLIC_URL", "party.example:3000"],
    ["PUBLIC_URL", "https://party.example/game"],
    ["PUBLIC_URL", "https://party.example/?a"],
    ["PUBLIC_URL", "https://ann@party.example"],
    ["PUBLIC_URL", "ws://party.example"],
    ["PUBLIC_URL", "javascript:alert(1)"],
    ["PUBLIC_DIR", "/nowhere/at/all"],
    ["PUBLIC_DIR", import.meta.path],
    ["LOG_FORMAT", "pretty"],
    ["ENGINE_URL", "10.0.0.5:6379"],
    ["ENGINE_URL", "http://10.0.0.5:6379"],
    ["ENGINE_URL", "redis://"],
    ["CLUSTER", "my cluster"],
    ["LEASE_SECONDS", "2"],
    ["LEASE_SECONDS", "61"],
  ];
  test.each(WRONG)("[L15] %s=%s is named, with what it takes", (name, value) => {
    expect(configProblem({ [name]: value })).toStartWith(`${name} must be `);
    expect(configProblem({ [name]: value })).not.toContain("\n");
  });

  test("[L15] all of them at once, on one line", () => {
    const text = configProblem({ PORT: "x", MAX_DEPTH: "y", LIMITS: "z", ALLOWED_ORIGINS: "w\nv" });
    for (const name of ["PORT", "MAX_DEPTH", "LIMITS", "ALLOWED_ORIGINS"]) expect(text).toContain(`${name} must be`);
    expect(text).not.toContain("\n");
  });

  test("[L15] a value that is a page long is cut", () => {
    expect(configProblem({ PORT: "9".repeat(5_000) })?.length).toBeLessThan(200);
  });

  const CONFLICTS: readonly [Record<string, string>, string][] = [
    [{ DEAD_SECONDS: "10" }, "DEAD_SECONDS must be greater than PING_SECONDS"],
    [{ BYTES_PER_SECOND: "1000" }, "MAX_FRAME_BYTES must be at most twice BYTES_PER_SECOND"],
    [{ HOST_MESSAGES_PER_SECOND: "59" }, "HOST_MESSAGES_PER_SECOND must be at least MESSAGES_PER_SECOND"],
    [{ MAX_UNSENT_BYTES: "4096" }, "MAX_UNSENT_BYTES must be at least MAX_FRAME_BYTES"],
    [{ MAX_ROOMS: "600000" }, "MAX_ROOMS must be at most 524288"],
  ];
  const TOO_LARGE = "are too large together: with a `joined` of a full room a line could leave more than 16 MiB unread";
  test.each<[Record<string, string>, boolean]>([
    [{}, true],
    [{ MAX_CLIENTS: "1000" }, true],
    [{ MAX_CLIENTS: "2392" }, true],
    [{ MAX_CLIENTS: "2393" }, false],
    [{ MAX_CLIENTS: "10000" }, false],
    // A smaller bound leaves room for more members, and more members for a smaller one.
    [{ MAX_CLIENTS: "2550", MAX_UNSENT_BYTES: "65536" }, true],
    [{ MAX_UNSENT_BYTES: "16777216" }, false],
    [{ MAX_UNSENT_BYTES: "12000000" }, true],
    [{ MAX_FRAME_BYTES: "6400000", BYTES_PER_SECOND: "6400000", MAX_UNSENT_BYTES: "6400000" }, true],
    [{ MAX_FRAME_BYTES: "8000000", BYTES_PER_SECOND: "8000000", MAX_UNSENT_BYTES: "8000000" }, false],
    [{ LIMITS: "off", MAX_CLIENTS: "10000" }, false],
  ])("[L37] settings by which a line could be told more than Bun keeps for it stop the start: %j", (env, isTaken) => {
    const problem = configProblem(env);
    if (isTaken) expect(problem).toBeNull();
    else {
      expect(problem).toContain(TOO_LARGE);
      for (const name of ["MAX_UNSENT_BYTES", "MAX_FRAME_BYTES", "MAX_CLIENTS"]) expect(problem).toContain(name);
    }
  });

  test.each(CONFLICTS)("[L15] limits that do not fit together: %j", (env, text) => {
    expect(configProblem(env)).toContain(text);
  });
});

describe("the host's own address and folder", () => {
  const root = mkdtempSync(join(tmpdir(), "partyline-public-"));
  afterAll(() => rmSync(root, { recursive: true }));

  describe("[N12] a node of a cluster", () => {
    const NODE = {
      ENGINE_URL: "rediss://ann:Xq7vT2mZr9@redis.example:6380",
      INSTANCE: "one",
      JWT_SECRET: "Jq2-mT7x_Vr4-Zk9wLp6-Nc3sDf8-Hb1g",
      ADMIN_KEY: "Xq7-vT2m_Zr9-Lk4w",
    };

    test("has an engine, a name and a lease", () => {
      const { engineUrl, cluster, leaseSeconds } = readConfig(NODE);
      expect([engineUrl, cluster, leaseSeconds]).toEqual([NODE.ENGINE_URL, "partyline", 6]);
      expect(readConfig({}).engineUrl).toBe("");
    });

    test("[N11] keeps the sessions unless another node does, and alone in any case", () => {
      expect(readConfig(NODE).sessions).toBe("here");
      expect(readConfig({ ...NODE, SESSIONS: "elsewhere" }).sessions).toBe("elsewhere");
      const said = "SESSIONS is elsewhere, and without ENGINE_URL there is no other node";
      expect(configProblem({ ...NODE, ENGINE_URL: "", SESSIONS: "elsewhere" })).toBe(said);
    });

    test.each(["INSTANCE", "JWT_SECRET", "ADMIN_KEY"])("does not start without %s, and alone it does", (name) => {
      expect(configProblem({ ...NODE, [name]: "" })).toBe(`${name} must be set where ENGINE_URL is`);
      expect(() => readConfig({ ...NODE, ENGINE_URL: "", [name]: "" })).not.toThrow();
    });

    test("takes no frames that a link could not carry beside others", () => {
      const most = { MAX_FRAME_BYTES: "1048576", BYTES_PER_SECOND: "1048576", MAX_UNSENT_BYTES: "4194304" };
      expect(() => readConfig({ ...NODE, ...most })).not.toThrow();
      const more = { MAX_FRAME_BYTES: "1048577", BYTES_PER_SECOND: "1048577", MAX_UNSENT_BYTES: "4194304" };
      expect(configProblem({ ...NODE, ...more })).toBe("MAX_FRAME_BYTES must be at most 1048576 where ENGINE_URL is");
      expect(() => readConfig(more)).not.toThrow();
    });

    test("keeps the password of its engine out of what it says of it", () => {
      const said = configProblem({ ...NODE, ENGINE_URL: "redis:/ann:Xq7vT2mZr9@10.0.0.5" });
      expect(said).toStartWith("ENGINE_URL must be an address like redis://");
      expect(said).not.toContain("Xq7vT2mZr9");
    });
  });

  test("[L43] PUBLIC_URL is an origin, as browsers write it", () => {
    expect(readConfig({}).publicUrl).toBe("");
    for (const text of ["https://party.example", "https://party.example/", "HTTPS://Party.Example:443"]) {
      expect([text, readConfig({ PUBLIC_URL: text }).publicUrl]).toEqual([text, "https://party.example"]);
    }
    expect(readConfig({ PUBLIC_URL: "http://192.168.1.20:3000" }).publicUrl).toBe("http://192.168.1.20:3000");
  });

  test("[H20] PUBLIC_DIR is a folder, and is refused in words where it is none", () => {
    expect(readConfig({}).publicDir).toBe("");
    expect(readConfig({ PUBLIC_DIR: root }).publicDir).toBe(root);
    expect(readConfig({ PUBLIC_DIR: "examples/quiz" }).publicDir).toBe(join(process.cwd(), "examples/quiz"));
    expect(configProblem({ PUBLIC_DIR: join(root, "no") })).toContain("is not there");
    expect(configProblem({ PUBLIC_DIR: import.meta.path })).toContain("is no folder");
  });

  test("[H20] PUBLIC_DIR holds no DATA_DIR, wherever links lead and whether it is there yet", () => {
    const [game, data] = ["game", "data"].map((name) => join(root, name)) as [string, string];
    for (const folder of [game, data, join(game, "in")]) mkdirSync(folder);
    symlinkSync(game, join(root, "link"));
    const holds = (PUBLIC_DIR: string, DATA_DIR: string) =>
      configProblem({ PUBLIC_DIR, DATA_DIR })?.includes("DATA_DIR");
    for (const dataDir of [
      game,
      join(game, "in"),
      join(game, "made/at/the/start"),
      join(root, "link/in"),
      `${game}/..in`,
    ]) {
      expect([dataDir, holds(game, dataDir)]).toEqual([dataDir, true]);
    }
    expect(holds(join(root, "link"), join(game, "in"))).toBe(true);
    for (const dataDir of [data, join(root, "made/at/the/start"), `${game}2`, root]) {
      expect([dataDir, holds(game, dataDir)]).toEqual([dataDir, undefined]);
    }
    // The default DATA_DIR is a folder of the working one.
    expect(configProblem({ PUBLIC_DIR: "." })).toContain("PUBLIC_DIR must not hold DATA_DIR");
  });
});

describe("keys that are set", () => {
  const GOOD_KEY = "Xq7-vT2m_Zr9-Lk4w";
  const GOOD_SECRET = "gH4zTq9LbW2nRx7Kp0VmYc5JdF8sUe1A";

  test("[S30] none are set, unless they are", () => {
    expect(readConfig({})).toMatchObject({ dataDir: "./data", adminKey: "", jwtSecret: "" });
    const env = { DATA_DIR: "/srv/partyline", ADMIN_KEY: GOOD_KEY, JWT_SECRET: GOOD_SECRET };
    expect(readConfig(env)).toMatchObject({ dataDir: "/srv/partyline", adminKey: GOOD_KEY, jwtSecret: GOOD_SECRET });
  });

  const SHORT: readonly [string, string, number][] = [
    ["ADMIN_KEY", GOOD_KEY.slice(0, 15), 16],
    ["ADMIN_KEY", "Q", 16],
    ["JWT_SECRET", GOOD_SECRET.slice(0, 31), 32],
    ["JWT_SECRET", GOOD_KEY, 32],
  ];
  test.each(SHORT)("[S30] %s=%s is too short", (name, value, charsMin) => {
    expect(configProblem({ [name]: value })).toBe(`${name} must have ${charsMin} characters or more`);
  });

  test("[S30] as short as may be", () => {
    expect(configProblem({ ADMIN_KEY: GOOD_KEY.slice(0, 16), JWT_SECRET: GOOD_SECRET.slice(0, 32) })).toBeNull();
  });

  /** Each is long enough as a key, and twice as a secret. */
  const WEAK = [
    "aaaaaaaaaaaaaaaa",
    "                ",
    "----------------",
    "abababababababab",
    "aabbccddeeaabbccd",
    "abcdefghijklmnop",
    "zyxwvutsrqponmlk",
    "0123456789abcdef",
    "9876543210987654",
    "3141592653589793",
    "passwordpassword",
    "PasswordPassword",
    "password12345678",
    "Password-2026-!!",
    "admin-admin-admin",
    "adminadmin123456",
    "AdMiN_9182736450",
    "changeme-changeme",
    "change-me-change-me",
    "secretsecretsecret",
    "partyline-secret",
    "partyline-admin-key-1",
    "letmeinletmein99",
    "example-test-default",
    "qwertyqwertyqwerty",
    "qwertyuiopasdfghjkl",
    "hunter2hunter2hunter",
    "x7Kq9mX7x7Kq9mX7x7",
    "abcabcabcabcabcabc",
  ];
  test.each(WEAK)("[S30] %s is too easy to guess, and is not repeated", (weak) => {
    for (const [name, value] of Object.entries({ ADMIN_KEY: weak, JWT_SECRET: weak + weak })) {
      const text = configProblem({ [name]: value });
      expect(text).toStartWith(`${name} is too easy to guess: take one at random`);
      expect(text).not.toContain(weak);
      expect(text).not.toContain("\n");
    }
  });

  test("[S30] a secret takes more different characters than a key", () => {
    const seven = "qkzqwkzwmkqzmrqmzrkwqrmzxqwkxrmqzwxk";
    expect(new Set(seven).size).toBe(7);
    expect(configProblem({ ADMIN_KEY: seven })).toBeNull();
    expect(configProblem({ JWT_SECRET: seven })).toContain("too easy to guess");
    expect(configProblem({ JWT_SECRET: `${seven}v` })).toBeNull();
  });

  const STRONG = [
    "correct horse battery staple",
    "Xq7-vT2m_Zr9-Lk4w",
    "Пароль для друзей",
    "my-key:Wz4Tn8Qj2Xv6",
    "b6f0c1d97e3a4825",
  ];
  test.each(STRONG)("[S30] %s is taken", (key) => {
    expect(readConfig({ ADMIN_KEY: key }).adminKey).toBe(key);
  });

  test("[S30] what a generator makes is taken", () => {
    const random = randomFrom(30);
    const text = (alphabet: string, chars: number) =>
      Array.from({ length: chars }, () => alphabet[random.below(alphabet.length)]).join("");
    const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    for (let n = 0; n < 2_000; n++) {
      const env = { ADMIN_KEY: text(`${LETTERS}-_`, 16), JWT_SECRET: text(`${LETTERS}+/`, 43) };
      expect([env, configProblem(env)]).toEqual([env, null]);
      const hex = { ADMIN_KEY: text("0123456789abcdef", 32), JWT_SECRET: text("0123456789abcdef", 64) };
      expect([hex, configProblem(hex)]).toEqual([hex, null]);
    }
  }, 60_000);

  test("[S30] a text of a page is looked at quickly", () => {
    expect(configProblem({ ADMIN_KEY: "ab".repeat(50_000), JWT_SECRET: "admin".repeat(20_000) })).toContain(
      "JWT_SECRET is",
    );
  });
});

describe("keys that are made", () => {
  const folder = mkdtempSync(join(tmpdir(), "partyline-keys-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  let made = 0;

  /** A path where nothing is yet. */
  function nowhere(): string {
    made += 1;
    return join(folder, String(made), "data");
  }

  /** A data folder with this in it. */
  function holding(secret: string | null): { dataDir: string; file: string } {
    const dataDir = nowhere();
    const file = join(dataDir, "jwt.secret");
    mkdirSync(dataDir, { recursive: true });
    if (secret !== null) writeFileSync(file, secret, { mode: 0o644 });
    return { dataDir, file };
  }

  function modeOf(path: string): string {
    return (statSync(path).mode & 0o777).toString(8);
  }

  /** What the operator is told. */
  function keyProblem(work: () => unknown): string {
    try {
      work();
    } catch (error) {
      if (error instanceof KeyError) return error.message;
      throw error;
    }
    return "";
  }

  test("[S30] the secret is the setting, and then nothing is written", () => {
    const dataDir = nowhere();
    expect(new TextDecoder().decode(signingSecret("s".repeat(32), dataDir))).toBe("s".repeat(32));
    expect(existsSync(dataDir)).toBe(false);
  });

  test("[S30] without one it is made once, for its owner alone, and kept", () => {
    const dataDir = nowhere();
    ensureFolder(dataDir);
    const secret = new TextDecoder().decode(signingSecret("", dataDir));
    const file = join(dataDir, "jwt.secret");
    expect(secret).toMatch(/^[\w-]{43,}$/);
    expect([modeOf(dataDir), modeOf(file), readFileSync(file, "utf8")]).toEqual(["700", "600", secret]);
    expect(new TextDecoder().decode(signingSecret("", dataDir))).toBe(secret);
  });

  test("[S30] each folder has its own", () => {
    const secrets = [holding(null), holding(null)].map(({ dataDir }) => String(signingSecret("", dataDir)));
    expect(secrets[0]).not.toBe(secrets[1]);
  });

  test("[S30] one that others can read is used, and closed to them", () => {
    const { dataDir, file } = holding("kept-by-hand-".repeat(3));
    chmodSync(file, 0o644);
    expect(new TextDecoder().decode(signingSecret("", dataDir))).toBe("kept-by-hand-".repeat(3));
    expect(modeOf(file)).toBe("600");
  });

  test("[S30] the end of the line that an editor leaves is none of it", () => {
    const { dataDir } = holding(`${"kept-by-hand-".repeat(3)}\n`);
    expect(new TextDecoder().decode(signingSecret("", dataDir))).toBe("kept-by-hand-".repeat(3));
  });

  test.each(["", "\n", "too short, far too short", " ".repeat(64), `${"x".repeat(31)}\n`])(
    "[S30] a file with %j is no secret; one line, and it is left as it is",
    (text) => {
      const { dataDir, file } = holding(text);
      const told = keyProblem(() => signingSecret("", dataDir));
      expect(told).toContain(file);
      expect(told).toContain("32 characters or more");
      expect(told).not.toContain("\n");
      if (text.trim() !== "") expect(told).not.toContain(text.trim());
      expect(readFileSync(file, "utf8")).toBe(text);
    },
  );

  test("[S30] a folder in its place, or none for it: one line", () => {
    const { dataDir, file } = holding(null);
    mkdirSync(file);
    expect(keyProblem(() => signingSecret("", dataDir))).toMatch(/^.*jwt\.secret cannot be read: EISDIR$/);
    expect(keyProblem(() => signingSecret("", nowhere()))).toMatch(/^.*jwt\.secret cannot be written: ENOENT$/);
  });

  test("[S30] a data folder that is a file, or lies in one: one line that names it", () => {
    const { file } = holding("a file");
    for (const dataDir of [file, join(file, "data")]) {
      const told = keyProblem(() => ensureFolder(dataDir));
      expect(told).toStartWith(`DATA_DIR ${JSON.stringify(dataDir)} cannot be used as a folder: `);
      expect(told).not.toContain("\n");
    }
  });

  test("[S30] a data folder that is there stays as it is", () => {
    const { dataDir, file } = holding("kept");
    chmodSync(dataDir, 0o755);
    ensureFolder(dataDir);
    expect([modeOf(dataDir), readFileSync(file, "utf8")]).toEqual(["755", "kept"]);
  });

  test("[S30] an admin key that is made is another each time, and would be taken as a setting", () => {
    const keys = Array.from({ length: 100 }, newAdminKey);
    expect(new Set(keys).size).toBe(100);
    for (const key of keys) expect(configProblem({ ADMIN_KEY: key })).toBeNull();
  });
});

describe("the start", () => {
  const folder = mkdtempSync(join(tmpdir(), "partyline-config-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Everything a server that does not start prints, and how it ends. */
  async function failedStart(env: Record<string, string>, ...args: string[]) {
    const child = Bun.spawn([process.execPath, "server.ts", ...args], {
      cwd: `${import.meta.dir}/..`,
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
  }, 60_000);

  test("[L15] a port that is taken: exit 1, one line that names it", async () => {
    await using child = await startChild();
    const port = new URL(child.http).port;
    const { code, lines } = await failedStart({ PORT: port });
    expect([code, lines.length]).toEqual([1, 1]);
    expect(lines[0]).toContain(port);
  }, 60_000);

  test("[S30] keys that are too weak: exit 1, one line, and no word of them", async () => {
    const { code, out, lines } = await failedStart({ ADMIN_KEY: "hunter2hunter2hunter2", JWT_SECRET: "hunter2" });
    expect([code, out, lines.length]).toEqual([1, "", 1]);
    expect(lines[0]).toMatch(/ADMIN_KEY is too easy .*; JWT_SECRET must have 32 /);
    expect(lines[0]).not.toContain("hunter2");
  }, 60_000);

  test("[S30] --help says nothing of the keys that are set", async () => {
    const env = { ADMIN_KEY: "Xq7-vT2m_Zr9-Lk4w", JWT_SECRET: "gH4zTq9LbW2nRx7Kp0VmYc5JdF8sUe1A" };
    const { code, out, lines } = await failedStart(env, "--help");
    expect([code, lines]).toEqual([0, []]);
    expect(out).toContain("ADMIN_KEY");
    for (const key of Object.values(env)) expect(out).not.toContain(key);
  }, 60_000);

  test("[L15] an argument nobody knows: exit 1, one line", async () => {
    const { code, lines } = await failedStart({}, "--verbose");
    expect([code, lines.length]).toEqual([1, 1]);
    expect(lines[0]).toContain("--verbose");
  }, 60_000);
});
