// The house itself: which way imports run, and what the core must not know. Reads the sources; a fixture shows that each of
// its checks can fail.
import { describe, expect, test } from "bun:test";
import { join, posix } from "node:path";
import { Glob } from "bun";
import { firstThatRuns, needs } from "./support/needs.ts";

/** Path from the root → source text. */
type Sources = ReadonlyMap<string, string>;

/** One import, of values or of types alone: a reader does not erase types, so both count. */
interface Import {
  readonly from: string;
  readonly to: string;
}

/** Top to bottom; imports run down, or stay on their floor. */
const FLOORS = [
  /^server\.ts$/,
  /^src\/(app|cli)\.ts$/,
  /^src\/cluster\//,
  /^src\/backup\//,
  /^src\/doors\//,
  /^src\/config(\.ts$|\/)/,
  /^src\/snapshot\//,
  /^src\/auth\//,
  /^src\/dialects\//,
  /^src\/relay(Rules)?\.ts$/,
  /^src\/sessions\//,
  /^src\/rooms\//,
  /^src\/limits\//,
  /^src\/metrics(\.ts$|\/)/,
  /^src\/log\.ts$/,
  /^src\/protocol\//,
  /^src\/clock\.ts$/,
];
/** Pages, but for what is built of them. */
const PAGES = /^pages\/(?!built\/)/;
/** Beside the house: what looks at it. A file of one may import the house, its own folder, and the folders it names. */
const BESIDE: readonly { readonly at: RegExp; readonly mayUse: RegExp }[] = [
  { at: /^bench\/speed\//, mayUse: /^(src|bench\/(?!drills\/))/ },
  { at: /^bench\/drills\//, mayUse: /^(src|clients\/(js\/src|bots)|bench\/(?!speed\/))/ },
  { at: /^bench\//, mayUse: /^(src|bench\/(?!speed\/|drills\/))/ },
  { at: /^scripts\//, mayUse: /^(src|scripts|test\/support|clients\/js\/src|pages)\// },
  // The local server is the core over lines in memory: what a server has besides is not its business.
  {
    at: /^clients\/js\/local(\.ts$|\/)/,
    mayUse: /^(src\/((protocol|limits|rooms|dialects)\/|(relay|relayRules|clock)\.ts$)|clients\/js\/local\/)/,
  },
  // Players are made of the client, and know the server by its address alone.
  { at: /^clients\/bots\//, mayUse: /^clients\/(js\/src|bots)\// },
  // What a game takes along knows nothing of the server.
  { at: /^clients\//, mayUse: /^clients\/js\/src\// },
  // What browsers are shown knows the client and nothing of the server, which hands it out as text; what is built of it is the server's.
  { at: PAGES, mayUse: /^(pages|clients\/js\/src)\/|^(preact|lean-qr)(\/|$)/ },
  // The benches' own tests.
  { at: /^test\/bench\//, mayUse: /^(test|bench)\// },
  { at: /^test\//, mayUse: /^(src|test|bench\/drills|scripts|clients|pages)\/|^server\.ts$|^bench\/lines\.ts$/ },
];
/** The core. */
const CORE = /^src\/(rooms\/|relay(Rules)?\.ts$)/;
const LINES_MAX = 300;
const NOT_IN_THE_CORE = /^(zod|bun)\b|^node:/;

const ROOT = join(import.meta.dir, "..");

async function readHouse(): Promise<Sources> {
  const globs = ["{src,bench,scripts,test,pages}/**/*.{ts,tsx}", "clients/js/local/**/*.ts", "clients/bots/**/*.ts"];
  const paths = ["server.ts", "clients/js/local.ts"]
    .concat(globs.flatMap((glob) => [...new Glob(glob).scanSync({ cwd: ROOT })]))
    // Its own examples of what is wrong stand in here.
    .filter((path) => path !== "test/house.test.ts")
    .sort();
  return new Map(
    await Promise.all(paths.map(async (path) => [path, await Bun.file(join(ROOT, path)).text()] as const)),
  );
}

/** Everything that is wrong with the house, in words. */
function faultsOf(sources: Sources): string[] {
  const imports = [...sources].flatMap(([path, source]) => importsOf(path, source));
  const homeless = [...sources.keys()].filter((path) => floorOf(path) === -1 && besideOf(path) === undefined);
  return [
    ...homeless.map((path) => `${path} stands on no floor`),
    ...imports.flatMap(directionFault),
    ...circles(imports),
    ...[...sources].flatMap(([path, source]) => coreFaults(path, source)),
    ...[...sources].flatMap(([path, source]) => sizeFaults(path, source)),
  ];
}

function floorOf(path: string): number {
  return FLOORS.findIndex((floor) => floor.test(path));
}

function besideOf(path: string) {
  return BESIDE.find(({ at }) => at.test(path));
}

function directionFault({ from, to }: Import): string[] {
  // A package: the floors may use those of package.json, and a page only those that may go to a phone.
  if (floorOf(to) === -1 && besideOf(to) === undefined && !PAGES.test(from)) return [];
  const fault = [`${from} must not import ${to}`];
  const beside = besideOf(from);
  if (beside !== undefined) return beside.mayUse.test(to) ? [] : fault;
  if (besideOf(to) !== undefined) return fault;
  if (floorOf(to) < floorOf(from)) return fault;
  const [dialect, other] = [dialectOf(from), dialectOf(to)];
  return dialect !== null && other !== null && dialect !== other ? fault : [];
}

function dialectOf(path: string): string | null {
  return /^src\/dialects\/([^/]+)\//.exec(path)?.[1] ?? null;
}

function circles(imports: readonly Import[]): string[] {
  const edges = new Map<string, string[]>();
  for (const { from, to } of imports) edges.set(from, [...(edges.get(from) ?? []), to]);
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

/** One idea a file: in the house none is longer than can be read in one sitting. */
function sizeFaults(path: string, source: string): string[] {
  const lines = source.split("\n").length - 1;
  return (floorOf(path) !== -1 || PAGES.test(path)) && lines > LINES_MAX ? [`${path} has ${lines} lines`] : [];
}

function importsOf(path: string, source: string): Import[] {
  const pattern =
    /\b(?:import|export)\s+(?:type\s)?(?:[^;"'()]*?\sfrom\s+)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/g;
  return Array.from(code(source).matchAll(pattern), ([, named, called]) => {
    const to = named ?? called ?? "";
    const target = to.startsWith(".") ? posix.normalize(posix.join(posix.dirname(path), to)) : to;
    return { from: path, to: target };
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
    for (const path of [
      "server.ts",
      "clients/js/local.ts",
      "clients/js/local/line.ts",
      "clients/bots/cli.ts",
      "pages/phone/main.tsx",
    ]) {
      expect([path, sources.has(path)]).toEqual([path, true]);
    }
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
    ["a bench that imports a test", { "bench/a.ts": 'import { b } from "../test/support/b.ts";' }, "must not import"],
    [
      "a test that imports a bench of speed",
      { "test/a.ts": 'import { b } from "../bench/speed/b.ts";' },
      "must not import",
    ],
    ["a room that imports a test", { "src/rooms/a.ts": 'import { b } from "../../test/b.ts";' }, "must not import"],
    [
      "a client that knows the server",
      { "clients/js/src/room.ts": 'import type { E } from "../../../src/protocol/events.ts";' },
      "must not import",
    ],
    [
      "a local server with a door",
      { "clients/js/local.ts": 'import { L } from "../../src/doors/line.ts";' },
      "must not import",
    ],
    [
      "a server that knows a client",
      { "src/app.ts": 'import { r } from "../clients/js/src/room.ts";' },
      "must not import",
    ],
    [
      "a page that knows the server",
      { "pages/home/a.ts": 'import { c } from "../../src/config.ts";' },
      "must not import",
    ],
    ["even a type of it", { "pages/home/a.tsx": 'import type { C } from "../../src/config.ts";' }, "must not import"],
    [
      "a bot that knows the server",
      { "clients/bots/a.ts": 'import { c } from "../../src/config.ts";' },
      "must not import",
    ],
    ["a client that knows a bot", { "clients/js/src/a.ts": 'import "../../bots/b.ts";' }, "must not import"],
    ["a page with the local server", { "pages/a.ts": 'import "../clients/js/local.ts";' }, "must not import"],
    ["a page with a package of the server's", { "pages/a.ts": 'import { z } from "zod";' }, "must not import zod"],
    ["a server that knows a page", { "src/doors/a.ts": 'import "../../pages/home/main.tsx";' }, "must not import"],
    ["a page of 301 lines", { "pages/home/a.tsx": "\n".repeat(301) }, "has 301 lines"],
    ["a file of 301 lines", { "src/rooms/a.ts": "\n".repeat(301) }, "has 301 lines"],
    [
      "a circle, even of types",
      {
        "src/rooms/a.ts": 'import { b } from "./b.ts";',
        "src/rooms/b.ts": 'import type { A } from "./a.ts";',
      },
      "circle: src/rooms/a.ts → src/rooms/b.ts → src/rooms/a.ts",
    ],
    [
      "a circle among tests",
      {
        "test/a.ts": 'import { b } from "./support/b.ts";',
        "test/support/b.ts": 'import type { A } from "../a.ts";',
      },
      "circle: test/a.ts → test/support/b.ts → test/a.ts",
    ],
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
      "src/config.ts": 'import { code } from "./rooms/codes.ts";\nimport { z } from "zod";',
      "src/doors/d.ts": 'import type { C } from "../config.ts";\nimport { x } from "../dialects/x/y.ts";',
      "src/dialects/x/y.ts": 'import { z } from "zod";\nimport type { D } from "../dialect.ts";',
      "src/rooms/r.ts": '// JSON.parse is not ours\nimport type { S } from "./s.ts";',
      "src/rooms/s.ts": 'import { nanoid } from "nanoid";',
      "bench/drills/kill.ts":
        'import { c } from "../client/c.ts";\nimport { CLOSES } from "../../src/protocol/refusals.ts";',
      "test/rooms/r.test.ts":
        'import { r } from "../../src/rooms/r.ts";\nimport { k } from "../../bench/drills/kill.ts";',
      "scripts/docs.ts": 'import { c } from "../src/config.ts";',
      "src/doors/http/p.ts": 'import assets from "../../../pages/built/assets.json";',
      "pages/home/qr.tsx":
        'import { generate } from "lean-qr/nano";\nimport { at } from "../shared/dom.ts";\nimport { joinRoom } from "../../clients/js/src/index.ts";',
    };
    expect(faults(files)).toEqual([]);
  });
});

const git = await needs("git, in a checkout", () =>
  firstThatRuns([["git", "ls-files", "--error-unmatch", "server.ts"]]),
);
git.test("every tracked file has a name that any system can check out", async () => {
  const child = Bun.spawn([git.get(), "ls-files", "-z"], { cwd: join(import.meta.dir, "..") });
  const names = (await new Response(child.stdout).text()).split("\0");
  expect(names).toContain("server.ts");
  expect(names.filter((name) => /[<>:"\\|?*]/.test(name))).toEqual([]);
});
