// Follows every link of the pages that people read, to files of the repository and to headings in them. `bun scripts/links.ts` names those that lead nowhere.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "./bundle.ts";

const PAGES = ["*.md", "docs/**/*.md", "clients/**/*.md", "examples/**/*.md", ".github/*.md"];

/** The pages, by their paths from the root, without those of packages. */
export function pagePaths(): string[] {
  const found = PAGES.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync({ cwd: ROOT, dot: true })]);
  return found.filter((path) => !path.includes("node_modules")).sort();
}

/**
 * Links to files of the repository, or to headings of its pages, that are not there.
 * @param path of the page, from the root
 */
export function deadLinks(path: string, text: string): string[] {
  return [...proseOf(text).matchAll(/\]\(([^)\s#]*)(?:#([^)\s]*))?\)/g)]
    .map(([, target = "", anchor]) => ({ target, anchor }))
    .filter(({ target, anchor }) => !/^[a-z]+:/.test(target) && isDead(path, text, target, anchor))
    .map(({ target, anchor }) => (anchor === undefined ? target : `${target}#${anchor}`));
}

function isDead(path: string, text: string, target: string, anchor: string | undefined): boolean {
  const file = join(ROOT, dirname(path), target);
  if (target !== "" && !existsSync(file)) return true;
  if (anchor === undefined || !(target || path).endsWith(".md")) return false;
  return !anchors(target === "" ? text : readFileSync(file, "utf8")).has(anchor);
}

/** What links to headings of a page are called: as GitHub makes them. */
function anchors(text: string): Set<string> {
  const titles = [...proseOf(text).matchAll(/^#+ (.*)$/gm)].map(([, title]) => String(title));
  return new Set(titles.map((title) => plain(title).trim().replaceAll(" ", "-")));
}

const plain = (title: string) => title.toLowerCase().replaceAll(/[^\p{L}\p{N}\- _]/gu, "");

const proseOf = (text: string) => text.replaceAll(/```[\s\S]*?```/g, "");

if (import.meta.main) {
  const paths = pagePaths();
  const dead = paths.flatMap((path) => {
    return deadLinks(path, readFileSync(join(ROOT, path), "utf8")).map((link) => `${path}: ${link} leads nowhere`);
  });
  for (const line of dead) console.error(line);
  if (dead.length > 0) process.exit(1);
  console.log(`the links of ${paths.length} pages lead somewhere`);
}
