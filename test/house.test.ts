// The house itself: which way imports run, and what the core must not know. Reads the sources; a fixture shows that each of
// its checks can fail.
import { describe, expect, test } from "bun:test";
import { join, posix } from "node:path";
import { Glob } from "bun";

/** Path from the root → source text. */
type Sources = ReadonlyMap<string, string>;

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isTypeOnly: boolean;
}

/** Top to bottom; imports run down, or stay on their floor. */
const FLOORS = [
  /^server\.ts$/,
  /^src\/(app|cli)\.ts$/,
  /^src\/doors\//,
  /^src\/config\.ts$/,
  /^src\/snapshot\//,
  /^src\/auth\//,
  /^src\/dialects\//,
  /^src\/relay\.ts$/,
  /^src\/sessions\//,
  /^src\/rooms\//,
  /^src\/limits\//,
  /^src\/metrics\.ts$/,
  /^src\/log\.ts$/,
  /^src\/protocol\//,
  /^src\/clock\.ts$/,
];
/** The core. */
const CORE = /^src\/(rooms\/|relay\.ts$)/;
const NOT_IN_THE_CORE = /^(zod|bun)\b|^node:/;

const ROOT = join(import.meta.dir, "..");

async function readHouse(): Promise<Sources> {
  const paths = ["server.ts", ...new Glob("src/**/*.ts").scanSync({ cwd: ROOT })].sort();
  return new Map(
    await Promise.all(paths.map(async (path) => [path, await Bun.file(join(ROOT, path)).text()] as const)),
  );
}

/** Everything that is wrong with the house, in words. */
function faultsOf(sources: Sources): string[] {
  const imports = [...sources].flatMap(([path, source]) => importsOf(path, source));
  const homeless = [...sources.keys()].filter((path) => floorOf(path) === -1);
  return [
    ...homeless.map((path) => `${path} stands on no floor`),
    ...imports.flatMap(directionFault),
    ...circles(imports),
    ...[...sources].flatMap(([path, source]) => coreFaults(path, source)),
  ];
}

function floorOf(path: string): number {
  return FLOORS.findIndex((floor) => floor.test(path));
}

function directionFault({ from, to }: Import): string[] {
  if (!to.startsWith("src/") && to !== "server.ts") return [];
  const fault = [`${from} must not import ${to}`];
  if (floorOf(to) < floorOf(from)) return fault;
  const [dialect, other] = [dialectOf(from), dialectOf(to)];
  return dialect !== null && other !== null && dialect !== other ? fault : [];
}

function dialectOf(path: string): string | null {
  return /^src\/dialects\/([^/]+)\//.exec(path)?.[1] ?? null;
}

/** Types are erased, so a circle of types alone is none. */
function circles(imports: readonly Import[]): string[] {
  const edges = new Map<string, string[]>();
  for (const { from, to, isTypeOnly } of imports) if (!isTypeOnly) edges.set(from, [...(edges.get(from) ?? []), to]);
  const found = new Set<string>();
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]) => {
    const at = trail.indexOf(path);
    if (at !== -1) found.add(`circle: ${[...trail.slice(at), path].join(" → ")}`);
    if (at !== -1 || done.has(path)) return;
    for (const next of edges.get(path) ?? []) walk(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) walk(path, []);
  return [...found];
}

function coreFaults(path: string, source: string): string[] {
  if (!CORE.test(path)) return [];
  const faults = importsOf(path, source)
    .filter(({ to }) => NOT_IN_THE_CORE.test(to))
    .map(({ to }) => `${path} must not know ${to}`);
  for (const word of ["JSON.", "Bun."]) if (code(source).includes(word)) faults.push(`${path} must not use ${word}`);
  return faults;
}

function importsOf(path: string, source: string): Import[] {
  const pattern =
    /\b(?:import|export)\s+(type\s)?(?:[^;"'()]*?\sfrom\s+)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/g;
  return Array.from(code(source).matchAll(pattern), ([, type, named, called]) => {
    const to = named ?? called ?? "";
    const target = to.startsWith(".") ? posix.normalize(posix.join(posix.dirname(path), to)) : to;
    return { from: path, to: target, isTypeOnly: type !== undefined };
  });
}

/** The source without its comments. */
function code(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
}

describe("the house", () => {
  test("imports run down only, in no circle, and the core knows no zod, Bun, JSON or node", async () => {
    const sources = await readHouse();
    expect(sources.size).toBeGreaterThan(20);
    expect([...sources].flatMap(([path, source]) => importsOf(path, source)).length).toBeGreaterThan(50);
    expect(faultsOf(sources)).toEqual([]);
  });
});

describe("the check of the house can fail", () => {
  const faults = (files: Record<string, string>) => faultsOf(new Map(Object.entries(files)));
  const cases: readonly [string, Record<string, string>, string][] = [
    ["a room that imports a door", { "src/rooms/a.ts": 'import { b } from "../doors/b.ts";' }, "must not import"],
    ["even a type of it", { "src/rooms/a.ts": 'import type { B } from "../doors/b.ts";' }, "must not import"],
    ["a re-export", { "src/protocol/a.ts": 'export { b } from "../rooms/b.ts";' }, "must not import"],
    [
      "over several lines",
      { "src/relay.ts": 'import {\n  a,\n  type B,\n} from "./dialects/b.ts";' },
      "must not import",
    ],
    ["a dynamic import", { "src/relay.ts": 'const b = await import("./doors/b.ts");' }, "must not import"],
    ["the server", { "src/doors/a.ts": 'import { serve } from "../../server.ts";' }, "must not import"],
    ["two dialects", { "src/dialects/a/x.ts": 'import { y } from "../b/y.ts";' }, "must not import"],
    ["settings in the core", { "src/rooms/a.ts": 'import { c } from "../config.ts";' }, "must not import"],
    ["settings that know a door", { "src/config.ts": 'import { d } from "./doors/d.ts";' }, "must not import"],
    ["zod in a room", { "src/rooms/a.ts": 'import { z } from "zod";' }, "must not know zod"],
    ["Bun in a room", { "src/rooms/a.ts": 'import { test } from "bun:test";' }, "must not know bun:test"],
    ["node in the relay", { "src/relay.ts": 'import "node:fs";' }, "must not know node:fs"],
    ["JSON in a room", { "src/rooms/a.ts": "const a = JSON.parse(b);" }, "must not use JSON."],
    ["a file on no floor", { "src/utils.ts": "" }, "stands on no floor"],
    [
      "a circle",
      {
        "src/rooms/a.ts": 'import { b } from "./b.ts";',
        "src/rooms/b.ts": 'import { c } from "./c.ts";',
        "src/rooms/c.ts": 'import { a } from "./a.ts";',
      },
      "circle: src/rooms/a.ts → src/rooms/b.ts → src/rooms/c.ts → src/rooms/a.ts",
    ],
  ];
  test.each(cases)("on %s", (_, files, fault) => {
    expect(faults(files)).toHaveLength(1);
    expect(faults(files)[0]).toContain(fault);
  });

  test("and lets pass what is allowed", () => {
    const files = {
      "server.ts": 'import { c } from "./src/config.ts";\nimport { r } from "./src/rooms/r.ts";',
      "src/config.ts": 'import { code } from "./rooms/code.ts";\nimport { z } from "zod";',
      "src/doors/d.ts": 'import type { C } from "../config.ts";\nimport { x } from "../dialects/x/y.ts";',
      "src/dialects/x/y.ts": 'import { z } from "zod";\nimport type { D } from "../dialect.ts";',
      "src/rooms/r.ts": '// JSON.parse is not ours\nimport type { S } from "./s.ts";',
      "src/rooms/s.ts": 'import { r } from "./r.ts";\nimport { nanoid } from "nanoid";',
    };
    expect(faults(files)).toEqual([]);
  });
});
