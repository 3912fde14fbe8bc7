// The README and the pages of the manual, and the lines in them that somebody copies and runs.
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");

export const README = await Bun.file(join(ROOT, "README.md")).text();

const PAGES = [...new Bun.Glob("docs/*.md").scanSync(ROOT)].sort();

/** The README, and after it every page of the manual. */
export const MANUAL = [README, ...(await Promise.all(PAGES.map((path) => Bun.file(join(ROOT, path)).text())))].join(
  "\n",
);

/** @throws {Error} where the manual has no lines of this name */
export function snippet(name: string): string {
  const code = new RegExp(`<!-- run: ${name} -->\\n\`\`\`\\w+\\n([\\s\\S]*?)\`\`\``).exec(MANUAL)?.[1];
  if (code === undefined) throw new Error(`the manual has no ${name}`);
  return code;
}
