// What is missing on a machine is skipped with its reason, and fails under CI; and no test runs a foreign program without saying so.
import { describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firstThatRuns, isCiOf, needs } from "./needs.ts";

const TESTS = join(import.meta.dir, "..");

describe("a need", () => {
  test("that is met changes nothing", async () => {
    for (const isCi of [false, true]) {
      const need = await needs("bread", () => "rye", isCi);
      expect({ ...need, value: need.get() }).toMatchObject({ isSkipped: false, note: "", value: "rye" });
    }
  });

  test.each([
    ["null", () => null],
    ["a throw", () => Promise.reject(new Error("no bakery"))],
  ])("that is not met (%s) skips with the reason, and fails under CI", async (_, probe) => {
    const [here, ci] = [await needs("bread", probe, false), await needs("bread", probe, true)];
    expect([here.isSkipped, here.note]).toEqual([true, " (needs bread)"]);
    expect([ci.isSkipped, ci.note]).toEqual([false, " (needs bread)"]);
    expect(() => ci.get()).toThrow("this machine does not have bread");
  });

  test("CI is whatever the environment calls so", () => {
    expect([{ CI: "true" }, { CI: "1" }, { CI: "false" }, { CI: "0" }, { CI: "" }, {}].map(isCiOf)).toEqual([
      ...[true, true],
      ...[false, false, false, false],
    ]);
  });

  test("the first program that runs is taken, past one that fails and one that is not there", async () => {
    const bun = process.execPath;
    const fails = [bun, "-e", "process.exit(3)"] as const;
    expect(await firstThatRuns([["partyline-no-such-program"], fails, [bun, "--version"]])).toBe(bun);
    expect(await firstThatRuns([["partyline-no-such-program"], fails])).toBeNull();
  });
});

test("the runner skips with the reason, and fails where CI is true", async () => {
  const folder = await mkdtemp(join(tmpdir(), "partyline-needs-"));
  try {
    await Bun.write(
      join(folder, "one.test.ts"),
      `import { expect, test } from "bun:test";
         import { needs } from ${JSON.stringify(join(import.meta.dir, "needs.ts"))};
         const bread = await needs("bread", () => null);
         bread.test("toast", () => expect(bread.get()).toBe("rye"));
         bread.describe("all of breakfast", () => test("tea", () => expect(bread.get()).toBe("rye")));`,
    );
    const run = async (env: Record<string, string>) => {
      const child = Bun.spawn([process.execPath, "test", "one.test.ts"], {
        cwd: folder,
        env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...env },
        stdout: "ignore",
        stderr: "pipe",
      });
      const text = await new Response(child.stderr).text();
      return { exit: await child.exited, text };
    };
    const here = await run({});
    expect(here.exit).toBe(0);
    expect(here.text).toContain("(skip) toast (needs bread)");
    expect(here.text).toContain("(skip) all of breakfast (needs bread) > tea");
    const ci = await run({ CI: "true" });
    expect(ci.exit).toBe(1);
    expect(ci.text).toContain("(fail) toast (needs bread)");
    expect(ci.text).toContain("(fail) all of breakfast (needs bread) > tea");
    expect(ci.text).toContain("this machine does not have bread");
  } finally {
    await rm(folder, { recursive: true });
  }
}, 60_000);

/** The files that start a program which is not the Bun they run on, and do not ask whether it is there. */
function unasked(sources: ReadonlyMap<string, string>): string[] {
  const foreign = /Bun\.spawn(?:Sync)?\(\s*(?!\[\s*process\.execPath\b)|Bun\.\$`|from "node:child_process"/;
  return [...sources].filter(([, text]) => foreign.test(text) && !text.includes("/needs.ts")).map(([path]) => path);
}

describe("a test that starts a foreign program", () => {
  test("says what it needs", async () => {
    const sources = new Map<string, string>();
    for await (const path of new Bun.Glob("**/*.ts").scan(TESTS)) {
      if (!path.startsWith("support/needs")) sources.set(path, await Bun.file(join(TESTS, path)).text());
    }
    expect(sources.size).toBeGreaterThan(50);
    expect(unasked(sources)).toEqual([]);
  });

  test("is found when it does not", () => {
    const found = (text: string) => unasked(new Map([["a.test.ts", text]]));
    expect(found('Bun.spawn(["python3", "a.py"]);')).toEqual(["a.test.ts"]);
    expect(found('Bun.spawnSync(\n  ["bash", "-c", x]);')).toEqual(["a.test.ts"]);
    expect(found("Bun.spawn(command);")).toEqual(["a.test.ts"]);
    expect(found('Bun.spawn(command); import { needs } from "./support/needs.ts";')).toEqual([]);
    expect(found("Bun.spawn([process.execPath, path]);")).toEqual([]);
  });
});
