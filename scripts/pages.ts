// Builds what the server hands out to browsers into pages/built/assets.json, which is committed: nothing is bundled when a server starts.
// `--check` writes nothing, and fails when the committed file is not what the sources give.
import { join } from "node:path";
import type { BunPlugin } from "bun";
import { bundle, ROOT } from "./bundle.ts";
import { formsOf } from "./forms.ts";

const BUILT = "pages/built/assets.json";
const HASH_CHARS = 10;
const JAVASCRIPT = "text/javascript; charset=utf-8";
const CSS = "text/css; charset=utf-8";
const HTML = "text/html; charset=utf-8";
const PLAIN = "text/plain; charset=utf-8";
/** Packages that pages take in, all of them free to be handed on with their licence. */
const TAKEN = ["preact", "lean-qr"] as const;
/** Each is a folder of pages/ with index.html, main.css and main.tsx. */
export const PAGES = ["home", "phone", "doctor", "monitor", "playground", "overlay", "docs"] as const;

/** Those of them that load the client when they find that they need it: few do who open them. */
const LATE: ReadonlySet<string> = new Set(["overlay"]);

interface Asset {
  /** Its Content-Type. */
  readonly type: string;
  /** Of the text: another text has another path, so a browser may keep it for ever. */
  readonly hash: string;
  readonly text: string;
}

/** Each asset, by the path at which it is served; a page by its name, since where a page is found its server knows. */
export async function assets(): Promise<Record<string, Asset>> {
  const client = await bundle({ entry: "clients/js/src/index.ts", isSmall: true });
  const licences = served("licences", "txt", PLAIN, await licencesOf(TAKEN));
  const made: [Entry, ...Entry[]] = [served("partyline-client", "js", JAVASCRIPT, client), licences];
  for (const name of PAGES) made.push(...(await page(name, licences[0], made[0][0])));
  return Object.fromEntries(made);
}

type Entry = readonly [path: string, asset: Asset];

/** A page with what it loads: one script and one sheet, since each file more is a way there and back for a phone; and a Worker's, if it has one. */
async function page(name: string, licencesPath: string, clientPath: string): Promise<Entry[]> {
  const taken = new Set<string>();
  const plugins = [notingPackages(taken), ...(LATE.has(name) ? [clientAt(clientPath)] : [])];
  const define = name === "playground" ? { PLAYGROUND_FORMS: JSON.stringify(await forms()) } : {};
  const code = await bundle({ entry: `pages/${name}/main.tsx`, isSmall: true, plugins, define });
  const note = taken.size === 0 ? "" : `/*! with ${[...taken].sort().join(" and ")}: ${licencesPath} */\n`;
  const script = served(name, "js", JAVASCRIPT, note + code);
  const sheet = served(name, "css", CSS, await bundle({ entry: `pages/${name}/main.css`, isSmall: true }));
  const worker = (await Bun.file(join(ROOT, `pages/${name}/worker.ts`)).exists())
    ? [served(`${name}-worker`, "js", JAVASCRIPT, await bundle({ entry: `pages/${name}/worker.ts`, isSmall: true }))]
    : [];
  const icon = (await Bun.file(join(ROOT, "pages/shared/icon.svg")).text()).trim();
  const links: Readonly<Record<string, string>> = {
    "main.tsx": script[0],
    "main.css": sheet[0],
    ...(worker[0] !== undefined && { "worker.ts": worker[0][0] }),
    // Within the page: of the icon alone a phone would ask once more, and of none at all every console starts with a 404.
    "../shared/icon.svg": `data:image/svg+xml,${icon
      .replace(/<title>.*<\/title>/, "")
      .replaceAll('"', "'")
      .replaceAll("#", "%23")}`,
  };
  const source = await Bun.file(join(ROOT, `pages/${name}/index.html`)).text();
  const bare = source.replace(/<!-- .*? -->\n?/gs, "").replace(/>\n\s*</g, "><");
  const linked = bare.replace(/(src|href|data-worker)="([^"]+)"/g, (all, attribute, link) => {
    const built = links[link];
    return built === undefined ? all : `${attribute}="${built}"`;
  });
  // HTML needs no quotes around a plain word, but before a slash.
  const html = linked.replace(/ ([a-z-]+)="([\w.-]+)"(?=[ >])/gi, " $1=$2");
  return [[`${name}.html`, { type: HTML, hash: hashOf(html), text: html }], script, sheet, ...worker];
}

/** A form for each request of the wire: what `bun run docs` wrote is what is shown. */
async function forms() {
  return formsOf(await Bun.file(join(ROOT, "docs/party.schema.json")).json());
}

/** The client stays a file of its own, at the path where it is served. */
function clientAt(path: string): BunPlugin {
  return {
    name: "client",
    setup(build) {
      build.onResolve({ filter: /\/clients\/js\/src\/index\.ts$/ }, () => ({ path, external: true }));
    },
  };
}

/** Hears which packages a page imports. @throws {Error} on one whose licence would not be handed on */
function notingPackages(taken: Set<string>): BunPlugin {
  return {
    name: "packages",
    setup(build) {
      build.onResolve({ filter: /^[a-z]/ }, ({ path }) => {
        const found = TAKEN.find((name) => path === name || path.startsWith(`${name}/`));
        if (found === undefined) throw new Error(`${path} is no package whose licence is handed on`);
        taken.add(found);
        return undefined;
      });
    },
  };
}

async function licencesOf(names: readonly string[]): Promise<string> {
  const texts = names.map(async (name) => {
    const folder = join(ROOT, "node_modules", name);
    const { version } = await Bun.file(join(folder, "package.json")).json();
    return `${name} ${version}\n\n${(await Bun.file(join(folder, "LICENSE")).text()).trim()}\n`;
  });
  return (await Promise.all(texts)).join("\n\n");
}

function served(name: string, extension: string, type: string, text: string): Entry {
  const hash = hashOf(text);
  return [`/pages/${name}.${hash}.${extension}`, { type, hash, text }];
}

function hashOf(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, HASH_CHARS);
}
/** What two versions of the file differ in, one line each: by name, since the path of what has changed is another. */
function differences(committed: Record<string, Asset>, made: Record<string, Asset>): string[] {
  const named = (assets: Record<string, Asset>) =>
    new Map(Object.entries(assets).map(([path, asset]) => [path.replace(`.${asset.hash}`, ""), asset]));
  const [before, after] = [named(committed), named(made)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const [was, is] = [before.get(name), after.get(name)];
    if (was === undefined) return [`${name} is missing`];
    if (is === undefined) return [`${name} is built by nobody any more`];
    return was.text === is.text ? [] : [`${name} was ${was.text.length} characters and is ${is.text.length} now`];
  });
}

async function main(isCheck: boolean): Promise<void> {
  const made = await assets();
  const text = `${JSON.stringify(made, null, 2)}\n`;
  const file = Bun.file(join(ROOT, BUILT));
  const committed = (await file.exists()) ? await file.text() : "{}";
  if (committed === text) {
    console.log("pages are up to date");
    return;
  }
  if (!isCheck) {
    await Bun.write(file, text);
    console.log(`wrote ${BUILT}`);
    return;
  }
  console.error(
    `${BUILT} is not what the sources give; \`bun run pages\` makes it anew, and it is committed with them.`,
  );
  console.error(
    "The server hands that file out as it is, so what has changed in pages or clients/js would not reach a browser:",
  );
  for (const line of differencesOf(committed, made)) console.error(`  ${line}`);
  process.exit(1);
}

/** Of a file that a merge has left in pieces nothing can be said. */
export function differencesOf(committed: string, made: Record<string, Asset>): string[] {
  try {
    const found = differences(JSON.parse(committed), made);
    return found.length > 0 ? found : ["the same assets, written in another way"];
  } catch {
    return ["it is no JSON: a merge left its marks in it"];
  }
}

if (import.meta.main) await main(Bun.argv.includes("--check"));
