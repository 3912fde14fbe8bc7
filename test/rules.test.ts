// The rules and those who name them: a comment or a test that names a rule names one that SPEC.md has, and every rule has a test.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { Glob } from "bun";

const ROOT = join(import.meta.dir, "..");

interface Mention {
  readonly rule: string;
  readonly where: string;
}

async function mentions(...patterns: readonly string[]): Promise<Mention[]> {
  const paths = patterns.flatMap((pattern) => [...new Glob(pattern).scanSync({ cwd: ROOT })]).sort();
  // This file names rules that are none.
  const found = paths
    .filter((path) => path !== "test/rules.test.ts")
    .map(async (path) => mentionsIn(path, await Bun.file(join(ROOT, path)).text()));
  return (await Promise.all(found)).flat();
}

function mentionsIn(path: string, text: string): Mention[] {
  return text.split("\n").flatMap((line, index) => {
    return Array.from(line.matchAll(/\[([A-Z]\d+)\]/g), ([, rule = ""]) => ({ rule, where: `${path}:${index + 1}` }));
  });
}

/** The rules of a text in the order they stand: each begins a line. */
function rulesOf(spec: string): string[] {
  return Array.from(spec.matchAll(/^- \*\*\[([A-Z]\d+)\]\*\* /gm), ([, rule = ""]) => rule);
}

function unknown(all: readonly Mention[], rules: readonly string[]): string[] {
  return all.filter(({ rule }) => !rules.includes(rule)).map(({ rule, where }) => `${where} names ${rule}`);
}

const spec = await Bun.file(join(ROOT, "SPEC.md")).text();

test("every rule that is named stands in SPEC.md, once", async () => {
  const rules = rulesOf(spec);
  expect(rules.length).toBeGreaterThan(100);
  expect(new Set(rules).size).toBe(rules.length);
  const named = await mentions("*.md", "server.ts", "{src,bench,scripts,test}/**/*.ts");
  expect(named.length).toBeGreaterThan(500);
  expect(unknown(named, rules)).toEqual([]);
});

test("every rule has a test that names it", async () => {
  const tested = new Set((await mentions("test/**/*.ts")).map(({ rule }) => rule));
  expect(rulesOf(spec).filter((rule) => !tested.has(rule))).toEqual([]);
});

test("the check can fail: a rule that is not there is found, with where it is named", () => {
  const rules = rulesOf("- **[A1]** One.\n- **[A2]** See [A1].\n");
  expect(rules).toEqual(["A1", "A2"]);
  const named = mentionsIn("a.ts", "// told [A1][A2]\n// and [A3]");
  expect(unknown(named, rules)).toEqual(["a.ts:2 names A3"]);
});
