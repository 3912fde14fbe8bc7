// The page for operators, by its own lines: what can be run here is run, and what needs an engine says the same as the files that it stands for.
import { afterEach, expect, test } from "bun:test";
import { copyFileSync, existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { help } from "../../src/cli.ts";
import { settingRows } from "../../src/config.ts";
import { startChild } from "../support/child.ts";
import { folderOf } from "../support/folder.ts";
import { firstThatRuns, needs } from "../support/needs.ts";
import { ADMIN_KEY } from "../support/server.ts";

const ROOT = join(import.meta.dir, "../..");
const PAGE = await Bun.file(join(ROOT, "docs/deploying.md")).text();
const UNIT = await Bun.file(join(ROOT, "deploy/partyline.service")).text();
const shell = await needs("sh and date", () => firstThatRuns([["sh", "-c", "date +%u"]]));

/** Each line of the blocks to be typed, those that go on on the next one as one. */
const lines = [...PAGE.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = ""]) =>
  block
    .replaceAll("\\\n", " ")
    .split("\n")
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => line !== ""),
);
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

test("[O9] the one line of `docker run` gives what compose.yaml gives", async () => {
  const line = lines.find((text) => text.startsWith("docker run")) ?? "";
  const { services } = Bun.YAML.parse(await Bun.file(join(ROOT, "compose.yaml")).text()) as {
    services: { partyline: { ulimits: { nofile: number }; stop_grace_period: string; restart: string } };
  };
  const { ulimits, stop_grace_period, restart } = services.partyline;
  for (const flag of [
    ...["-d", "--init", "--read-only", "--tmpfs /tmp", "--cap-drop ALL", "--security-opt no-new-privileges:true"],
    ...[
      "-p 3000:3000",
      "--env-file .env",
      `--restart ${restart}`,
      `--stop-timeout ${Number.parseInt(stop_grace_period, 10)}`,
    ],
    `--ulimit nofile=${ulimits.nofile}:${ulimits.nofile}`,
  ]) {
    expect([flag, ` ${line} `.includes(` ${flag} `)]).toEqual([flag, true]);
  }
  // A volume with a name: one without is another one at each start.
  expect(line).toMatch(/ -v [a-z-]+:\/data /);
});

test("[O9][O1][O5] every file, script, option and setting that the page names is there", async () => {
  const { scripts } = await Bun.file(join(ROOT, "package.json")).json();
  const { settings, bounds } = settingRows();
  const known = new Set([...settings, ...bounds].map(({ name }) => name).concat("DOMAIN", "LISTEN", "TAG"));
  expect(lines.length).toBeGreaterThan(30);
  for (const line of lines) {
    for (const [, name = ""] of line.matchAll(/\bbun run ([a-z:]+)/g))
      expect([line, name in scripts]).toEqual([line, true]);
    for (const [, file = ""] of line.matchAll(/-f (compose\.[a-z.]+)/g))
      expect([line, existsSync(join(ROOT, file))]).toEqual([line, true]);
    for (const [, option = ""] of line.matchAll(/server\.(?:ts|js) (--[a-z]+)/g))
      expect([line, help().includes(option)]).toEqual([line, true]);
    for (const [, name = ""] of line.matchAll(/(?:^|[ "])([A-Z][A-Z_]+)=/g))
      expect([line, name, known.has(name)]).toEqual([line, name, true]);
  }
  for (const path of ["/opt/partyline/server.js", "/usr/local/bin/bun", "/etc/partyline.env", "/var/lib/partyline"]) {
    expect([path, PAGE.includes(path), UNIT.includes(path)]).toEqual([path, true, true]);
  }
});

shell.test("[O1][O5] its lines take a backup every night, put it back on another machine, and try it", async () => {
  const folder = folderOf();
  ends.push(() => folder[Symbol.dispose]());
  const machine = join(folder.path, "one");
  const server = await startChild({ DATA_DIR: machine, ADMIN_KEY });
  ends.push(server.stop);
  const run = async (line: string, env: Record<string, string>) => {
    const here = line
      .replaceAll("/var/backups", folder.path)
      .replaceAll(/\.\/(data|backup)/g, `${folder.path}/$1`)
      .replaceAll("/tmp/try", `${folder.path}/try`);
    const child = Bun.spawn([shell.get(), "-c", here], {
      cwd: ROOT,
      env: { PATH: process.env.PATH ?? "", ...env },
      stdout: "ignore",
      stderr: "pipe",
    });
    return { code: await child.exited, problem: await new Response(child.stderr).text() };
  };
  const nightly = lines.find((line) => line.includes("date +%u")) ?? "";
  expect(await run(nightly, { DATA_DIR: machine })).toEqual({ code: 0, problem: "" });
  const [night = ""] = readdirSync(folder.path).filter((name) => /^partyline-[1-7]$/.test(name));
  copyFileSync(join(folder.path, night), join(folder.path, "backup"));

  const restore = lines.find((line) => line.startsWith("DATA_DIR=./data")) ?? "";
  expect(await run(restore, {})).toEqual({ code: 0, problem: "" });
  expect(existsSync(join(folder.path, "data/sessions.sqlite"))).toBe(true);
  const next = await startChild({ DATA_DIR: join(folder.path, "data"), ADMIN_KEY });
  ends.push(next.stop);
  expect((await fetch(`${next.http}/ready`)).status).toBe(200);

  // By a pipe, as into a container; the one of before goes aside.
  const [, piped = ""] = lines.find((line) => line.includes("--restore - --over"))?.split("/app/server.js ") ?? [];
  const third = join(folder.path, "third");
  for (const count of [0, 1]) {
    expect(await run(`bun server.ts ${piped}`, { DATA_DIR: third })).toEqual({ code: 0, problem: "" });
    expect(readdirSync(third).filter((name) => name.startsWith("before-restore"))).toHaveLength(count);
  }
});

// Who is not root gives no file away: CI runs as either.
test.skipIf(process.getuid?.() !== 0)("[O5] what root restores belongs to whom the folder does", async () => {
  const folder = folderOf();
  ends.push(() => folder[Symbol.dispose]());
  const server = await startChild({ DATA_DIR: join(folder.path, "one"), ADMIN_KEY });
  ends.push(server.stop);
  const command = async (...args: string[]) => {
    const [dataDir = "", ...words] = args;
    const env = { PATH: process.env.PATH ?? "", DATA_DIR: join(folder.path, dataDir) };
    return Bun.spawn([process.execPath, join(ROOT, "server.ts"), ...words], { env, stdout: "ignore" }).exited;
  };
  const file = join(folder.path, "backup");
  expect(await command("one", "--backup", file)).toBe(0);
  const dataDir = join(folder.path, "two");
  expect(await Bun.spawn(["install", "-d", "-o", "1234", "-g", "1235", dataDir]).exited).toBe(0);
  expect(await command("two", "--restore", file)).toBe(0);
  for (const name of readdirSync(dataDir)) {
    const { uid, gid, mode } = statSync(join(dataDir, name));
    expect([name, uid, gid, mode & 0o777]).toEqual([name, 1234, 1235, 0o600]);
  }
});
