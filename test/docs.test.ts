// The pages that people read: their links lead somewhere, versions agree, rules that are named exist, and CI calls the one script.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { z } from "zod";
import asyncApi from "../docs/asyncapi.json";
import openApi from "../docs/openapi.json";
import { version } from "../package.json";
import { deadLinks, pagePaths } from "../scripts/links.ts";
import { fieldsOf } from "../scripts/reference.ts";

const ROOT = join(import.meta.dir, "..");
const read = (path: string) => Bun.file(join(ROOT, path)).text();

/** Every page, by its path. */
async function pages(): Promise<Map<string, string>> {
  return new Map(await Promise.all(pagePaths().map(async (path) => [path, await read(path)] as const)));
}

/** Rules that a page names and SPEC.md does not have. */
function unknownRules(text: string, spec: string): string[] {
  const rules = new Set([...spec.matchAll(/^- \*\*\[([A-Z]\d+)\]\*\*/gm)].map(([, rule]) => rule));
  return [...text.matchAll(/\[([A-Z]\d+)\](?!\()/g)].map(([, rule]) => String(rule)).filter((rule) => !rules.has(rule));
}

describe("the pages", () => {
  test("of the README are two minutes' reading: 200 lines at most", async () => {
    expect((await read("README.md")).trimEnd().split("\n").length).toBeLessThanOrEqual(200);
  });

  test("of the manual begin with what they are for, and the README leads to each", async () => {
    const readme = await read("README.md");
    for await (const file of new Bun.Glob("*.md").scan(join(ROOT, "docs"))) {
      expect(readme).toContain(`(docs/${file})`);
      expect((await read(`docs/${file}`)).split("\n").slice(1, 4).join(" ")).toMatch(/^ ?For /);
    }
  });

  test("lead nowhere that is not there, and name no rule that SPEC.md does not have", async () => {
    const spec = await read("SPEC.md");
    const found = await pages();
    expect(found.size).toBeGreaterThan(12);
    for (const [path, text] of found) {
      expect([path, deadLinks(path, text)]).toEqual([path, []]);
      expect([path, unknownRules(text, spec)]).toEqual([path, []]);
    }
  });

  test("would be found if they did", () => {
    expect(deadLinks("docs/a.md", "[a](b.md) [c](../README.md#the-manual) [d](https://x.example/y)")).toEqual(["b.md"]);
    expect(deadLinks("docs/a.md", "# One, *two*\n[a](#one-two) [b](#three) [c](../README.md#no-such)")).toEqual([
      "#three",
      "../README.md#no-such",
    ]);
    expect(unknownRules("so [R1] and [R9]", "- **[R1]** one")).toEqual(["R9"]);
  });

  test("list every decision", async () => {
    const index = await read("docs/decisions/README.md");
    for await (const file of new Bun.Glob("0*.md").scan(join(ROOT, "docs/decisions"))) expect(index).toContain(file);
  });
});

test("the version stands in package.json, and all else agrees with it", async () => {
  const newest = /^## (\S+) \((\d{4}-\d{2}-\d{2})\)$/m.exec(await read("CHANGELOG.md"));
  expect(newest?.[1]).toBe(version);
  expect([openApi.info.version, asyncApi.info.version]).toEqual([version, version]);
});

test("the workflow checks out and calls .ci/run, and no more", async () => {
  const workflow = Bun.YAML.parse(await read(".github/workflows/ci.yml")) as {
    readonly jobs: Readonly<Record<string, { readonly steps: readonly Readonly<Record<string, unknown>>[] }>>;
  };
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
  expect(steps.map(({ uses, run }) => uses ?? run)).toEqual([
    expect.stringMatching(/^actions\/checkout@v\d+$/),
    "bash .ci/run",
  ]);
});

test("the reference has every field of every frame, event and body, in words", async () => {
  const rows = fieldsOf(
    z.strictObject({
      one: z.int().describe("the first"),
      two: z.array(z.strictObject({ in: z.enum(["a", "b"]).nullable() })).optional(),
      any: z.unknown(),
      by: z.record(z.string(), z.number()),
    }),
  );
  expect(rows).toEqual([
    ["one", "a whole number", "the first"],
    ["two?", "a list of: an object", ""],
    ["two[].in", '`"a"`, `"b"` or null', ""],
    ["any", "any JSON value", ""],
    ["by", "an object", ""],
  ]);
  const page = await read("docs/reference.md");
  for (const field of ["`peers[].name?`", "`game.pack_name`", "`votes[].popularity_score`", "`lag.boundsMs`"])
    expect(page).toContain(`| ${field} |`);
});
