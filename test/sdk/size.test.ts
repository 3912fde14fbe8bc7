// What the client costs a page, and what it takes along.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { Glob } from "bun";
import { PartylineError } from "../../clients/js/src/index.ts";
import { REFUSALS, type RefusalName } from "../../src/protocol/refusals.ts";

const SOURCES = join(import.meta.dir, "../../clients/js/src");
const GZIPPED_MAX = 6_360;
const LINES_MAX = 300;

test("the client has at most 6,360 bytes, minified and gzipped", async () => {
  const { outputs } = await Bun.build({ entrypoints: [join(SOURCES, "index.ts")], minify: true, format: "esm" });
  const text = await outputs[0]?.arrayBuffer();
  expect(Bun.gzipSync(new Uint8Array(text ?? []), { level: 9 }).length).toBeLessThanOrEqual(GZIPPED_MAX);
});

test("its sources import nothing but each other, and are short", async () => {
  for (const path of new Glob("**/*.ts").scanSync({ cwd: SOURCES })) {
    const source = await Bun.file(join(SOURCES, path)).text();
    for (const [, from] of source.matchAll(/\bfrom "([^"]+)"/g))
      expect(`${path}: ${from}`).toMatch(/: \.\/[a-z]+\.ts$/);
    if (path !== "wire.ts") expect(`${path}: ${source.split("\n").length <= LINES_MAX}`).toBe(`${path}: true`);
  }
});

test("an error says whether to try again as the server's own table does", () => {
  for (const [code, { retry }] of Object.entries(REFUSALS)) {
    expect([code, new PartylineError(code as RefusalName).retry]).toEqual([code, retry]);
  }
  const own = (["timeout", "queue_full", "over", "unknown", "unreachable"] as const).map(
    (code) => new PartylineError(code).retry,
  );
  expect(own).toEqual([false, true, false, false, true]);
});
