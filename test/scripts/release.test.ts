// A release, made in a copy of this very repository: what it changes, what it leaves, and what it refuses.
import { afterAll, expect, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { version as current } from "../../package.json";
import { isNewer, rewritten, type Standing, whyNot } from "../../scripts/release.ts";
import { firstThatRuns, needs } from "../support/needs.ts";

const ROOT = join(import.meta.dir, "../..");
const NEXT = "99.1.0";
const git = await needs("git, in a checkout, npm and tar", async () => {
  for (const words of [
    ["npm", "--version"],
    ["tar", "--version"],
  ] as const)
    if ((await firstThatRuns([words])) === null) return null;
  return firstThatRuns([["git", "ls-files", "--error-unmatch", "server.ts"]]);
});
/** Checks, builds and packs all there is, three times. */
const SLOW_MS = 400_000;
const slowly = (title: string, run: () => Promise<void>) => test.skipIf(git.isSkipped)(title + git.note, run, SLOW_MS);
const GOOD: Standing = {
  ...{ version: "1.2.3", current: "1.2.2", status: "", tags: ["v1.2.2"] },
  ...{ changelog: "# Changelog\n\n## Unreleased\n\nNews.\n\n## 1.2.2\n", upgrading: "## Unreleased\n\nDo it.\n" },
};

test("[O10] a release is refused for each thing that is wrong, all told at once", () => {
  expect(whyNot(GOOD)).toEqual([]);
  const wrong: [Partial<Standing>, string][] = [
    [{ version: "1.2" }, "is no version"],
    [{ version: "v1.2.3" }, "is no version"],
    [{ version: "1.2.2", tags: [] }, "is not newer than 1.2.2"],
    [{ version: "1.1.9" }, "is not newer"],
    [{ tags: ["v1.2.3"] }, "there is a tag v1.2.3"],
    [{ status: " M server.ts\n" }, "the tree is not clean"],
    [{ changelog: "## 1.2.2\n\nOld.\n" }, "CHANGELOG.md says nothing"],
    [{ changelog: "## Unreleased\n\n## 1.2.2\n\nOld.\n" }, "CHANGELOG.md says nothing"],
    [{ upgrading: "## 1.2.2\n" }, "docs/upgrading.md says nothing"],
  ];
  for (const [change, words] of wrong) {
    const problems = whyNot({ ...GOOD, ...change });
    expect([words, problems.length, problems[0]?.includes(words)]).toEqual([words, 1, true]);
  }
  expect(whyNot({ ...GOOD, version: "x", status: "?? a", changelog: "" })).toHaveLength(3);
});

test("[O10] versions go by their numbers, and stand where they belong", () => {
  expect([isNewer("0.10.0", "0.9.9"), isNewer("1.0.0", "0.99.99"), isNewer("0.3.0", "0.3.0")]).toEqual([
    true,
    true,
    false,
  ]);
  const tagged = `image: "partyline:\${TAG:-0.2.0}"\n`.repeat(2);
  expect(rewritten("compose.yaml", tagged, "0.3.0", "2026-12-01")).toBe(tagged.replaceAll("0.2.0", "0.3.0"));
  expect(rewritten("CHANGELOG.md", "## Unreleased\n\nx\n", "0.3.0", "2026-12-01")).toBe("## 0.3.0 (2026-12-01)\n\nx\n");
  expect(rewritten("docs/upgrading.md", "## Unreleased\n", "0.3.0", "2026-12-01")).toBe("## 0.3.0\n");
  const manifest = '{\n  "name": "a",\n  "version": "0.2.0",\n  "dependencies": {\n    "version": "1.0.0"\n  }\n}\n';
  expect(JSON.parse(rewritten("package.json", manifest, "0.3.0", ""))).toMatchObject({
    version: "0.3.0",
    dependencies: { version: "1.0.0" },
  });
});

const folder = await mkdtemp(join(tmpdir(), "partyline-release-test-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(...command: string[]): Promise<{ code: number; out: string; problem: string }> {
  const who = {
    GIT_AUTHOR_NAME: "a",
    GIT_AUTHOR_EMAIL: "a@b.example",
    GIT_COMMITTER_NAME: "a",
    GIT_COMMITTER_EMAIL: "a@b.example",
  };
  const env = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...who };
  const child = Bun.spawn(command, { cwd: folder, env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [out, problem] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, out, problem };
}

const release = (...words: string[]) => run(process.execPath, "run", "release", ...words);

/** What a release would change of a repository. */
const looks = async () => {
  const parts = await Promise.all([
    run("git", "rev-parse", "HEAD"),
    run("git", "tag"),
    run("git", "status", "--porcelain"),
  ]);
  return parts.map(({ out }) => out);
};

async function copyOfThis(): Promise<void> {
  const listed = Bun.spawn([git.get(), "ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: ROOT });
  for (const path of (await new Response(listed.stdout).text()).split("\0")) {
    if (path === "" || !existsSync(join(ROOT, path))) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(ROOT, path), join(folder, path));
  }
  for (const path of ["CHANGELOG.md", "docs/upgrading.md"]) {
    const text = await Bun.file(join(folder, path)).text();
    // Right after a release there is nothing under it.
    if (!text.includes("## Unreleased"))
      await Bun.write(join(folder, path), text.replace(/^## /m, "## Unreleased\n\nNews.\n\n## "));
  }
  for (const words of [
    ["init", "--quiet"],
    ["add", "--all"],
    ["commit", "--quiet", "--message", "all"],
  ]) {
    expect([words[0], (await run("git", ...words)).code]).toEqual([words[0], 0]);
  }
}

git.test(
  "[O10] a dry run changes nothing, a release changes all that it must, and a second one is refused",
  async () => {
    await copyOfThis();
    const before = await looks();
    const dry = await release(NEXT, "--dry-run");
    expect([dry.code, dry.problem.includes("error:")]).toEqual([0, false]);
    expect(dry.out).toContain("A dry run");
    expect(await looks()).toEqual(before);

    const { code, out, problem } = await release(NEXT);
    expect([code, code === 0 ? "" : problem]).toEqual([0, ""]);
    expect(await looks()).toEqual([expect.not.stringMatching(before[0] ?? ""), `v${NEXT}\n`, ""]);
    const read = (path: string) => Bun.file(join(folder, path)).text();
    expect(JSON.parse(await read("package.json")).version).toBe(NEXT);
    expect(JSON.parse(await read("docs/openapi.json")).info.version).toBe(NEXT);
    expect(await read("compose.proxy.yaml")).toContain(`TAG:-${NEXT}`);
    expect(await read("CHANGELOG.md")).toMatch(new RegExp(`^## ${NEXT} \\(\\d{4}-\\d{2}-\\d{2}\\)$`, "m"));
    expect(await read("docs/upgrading.md")).toContain(`\n## ${NEXT}\n`);
    const made = readdirSync(join(folder, "dist", `release-${NEXT}`)).sort();
    expect(made).toEqual([
      expect.stringMatching(/^partyline-99\.1\.0-image\.tar\.gz$/),
      expect.stringMatching(/^partyline-99\.1\.0-server\.js$/),
      expect.stringMatching(/^partyline-client-.*\.tgz$/),
    ]);
    for (const words of [`git push origin HEAD v${NEXT}`, `docker build -t partyline:${NEXT}`, "npm publish"])
      expect(out).toContain(words);
    const listed = await run("tar", "-tzf", `dist/release-${NEXT}/partyline-${NEXT}-image.tar.gz`);
    const inImage = listed.out.split("\n");
    expect(inImage).toEqual(
      expect.arrayContaining(["Dockerfile", "server.ts", "pages/built/assets.json", "docs/openapi.json"]),
    );
    expect(inImage.filter((path) => /^(test|bench|node_modules|docs\/.*\.md)/.test(path))).toEqual([]);

    const again = await release(NEXT);
    expect([again.code, again.problem.includes(`${NEXT} is not newer than ${NEXT}`)]).toEqual([1, true]);
    expect(isNewer(NEXT, current)).toBe(true);
  },
);

slowly("[O10] a dirty tree and a red check are refused, by a dry run too", async () => {
  await Bun.write(join(folder, "CHANGELOG.md"), `## Unreleased\n\nMore.\n`);
  for (const words of [["99.2.0"], ["99.2.0", "--dry-run"]]) {
    const { code, problem } = await release(...words);
    expect([words, code, problem.includes("the tree is not clean")]).toEqual([words, 1, true]);
  }
  await Bun.write(join(folder, "docs/upgrading.md"), `## Unreleased\n\nMore.\n`);
  await Bun.write(
    join(folder, "src/clock.ts"),
    `${await Bun.file(join(folder, "src/clock.ts")).text()}\nexport const red: string = 1;\n`,
  );
  expect((await run("git", "commit", "--quiet", "--all", "--message", "red")).code).toBe(0);
  const before = await looks();
  const { code, problem } = await release("99.2.0");
  expect([code, problem.includes("run check` ended badly"), problem.includes("src/clock.ts")]).toEqual([1, true, true]);
  expect(await looks()).toEqual(before);
});

test("[O10] what is not said right is told in a line", async () => {
  for (const words of [[], ["1.2.3", "--force"]]) {
    const child = Bun.spawn([process.execPath, join(ROOT, "scripts/release.ts"), ...words], { stderr: "pipe" });
    expect([await child.exited, await new Response(child.stderr).text()]).toEqual([
      2,
      "usage: bun run release X.Y.Z [--dry-run]\n",
    ]);
  }
});

test("[O10] docs/upgrading.md has a part for each version that CHANGELOG.md has", async () => {
  const headings = async (path: string) =>
    [...(await Bun.file(join(ROOT, path)).text()).matchAll(/^## (\d+\.\d+\.\d+|Unreleased)/gm)].map(([, name]) => name);
  expect(await headings("docs/upgrading.md")).toEqual(await headings("CHANGELOG.md"));
});
