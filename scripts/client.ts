// Builds the package partyline-client for npm into clients/js/dist: the client and the local server, each as one ES module with its types.
// `npm pack` runs it.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BunPlugin, Glob } from "bun";
import { bundle, ROOT } from "./bundle.ts";

const PACKAGE = join(ROOT, "clients/js");
const DIST = join(PACKAGE, "dist");
/** Whose code the local server has in it; all of it may be handed on with its licence. */
const INSIDE_LOCAL = ["zod", "nanoid"];

/** Gives the core what it takes from Bun and Node, so that it runs where they are not. */
const anyRuntime: BunPlugin = {
  name: "any runtime",
  setup(build) {
    const path = join(PACKAGE, "local/runtime.ts");
    build.onResolve({ filter: /^node:net$/ }, () => ({ path }));
    build.onLoad({ filter: /\/src\/.*\.ts$/ }, async (source) => {
      const text = await Bun.file(source.path).text();
      const contents = /\bBuffer\./.test(text) ? `import { Buffer } from ${JSON.stringify(path)};\n${text}` : text;
      return { contents, loader: "ts" };
    });
  },
};

async function modules(): Promise<Map<string, string>> {
  const local = await bundle({ entry: "clients/js/local.ts", isSmall: false, plugins: [anyRuntime] });
  const imports = new Bun.Transpiler({ loader: "js" }).scanImports(local).map(({ path }) => path);
  if (imports.length > 0) throw new Error(`the local server would run in some runtimes only: it imports ${imports}`);
  return new Map([
    ["index.js", await bundle({ entry: "clients/js/src/index.ts", isSmall: false })],
    ["local.js", local],
  ]);
}

/** The types of the sources of a project, by their path below a folder of it. */
async function types(project: string, below: string): Promise<Map<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), "partyline-types-"));
  try {
    const options = [
      "--noEmit",
      "false",
      "--declaration",
      "--emitDeclarationOnly",
      "--outDir",
      folder,
      "--rootDir",
      ROOT,
    ];
    const tsc = Bun.spawn([join(ROOT, "node_modules/.bin/tsc"), "-p", join(PACKAGE, project), ...options], {
      stdout: "pipe",
      stderr: "inherit",
    });
    const said = await new Response(tsc.stdout).text();
    if ((await tsc.exited) !== 0) throw new Error(`no types of ${project}: ${said}`);
    const from = join(folder, below);
    const found = new Map<string, string>();
    for await (const path of new Glob("**/*.d.ts").scan(from)) found.set(path, await Bun.file(join(from, path)).text());
    return found;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A resolver looks for `x.d.ts` where `x.js` is imported. */
function asPublished(types: string): string {
  return types.replaceAll(/(from ")(\.[^"]*)\.ts(")/g, "$1$2.js$3");
}

async function licences(): Promise<string> {
  const texts = INSIDE_LOCAL.map(async (name) => {
    const { version } = await Bun.file(join(ROOT, "node_modules", name, "package.json")).json();
    return `${name} ${version}\n\n${await Bun.file(join(ROOT, "node_modules", name, "LICENSE")).text()}`;
  });
  return `dist/local.js has code of these packages in it; dist/index.js has none.\n\n${(await Promise.all(texts)).join("\n\n")}`;
}

const local = [...(await types("tsconfig.local.json", "clients/js"))].filter(([path]) =>
  /^local(\.|\/socket\.)/.test(path),
);
const declared = new Map([...(await types("tsconfig.json", "clients/js/src")), ...local]);
const files = new Map([...(await modules()), ["LICENSES.txt", await licences()]]);
for (const [path, text] of declared) files.set(path, asPublished(text));
await rm(DIST, { recursive: true, force: true });
for (const [path, text] of files) await Bun.write(join(DIST, path), text);
console.error(`wrote ${files.size} files to clients/js/dist`);
