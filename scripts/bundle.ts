// A source of ours and all it imports as one ES module: what the server hands out, and what the package for npm holds. The same sources
// give the same text in any folder.
import { join } from "node:path";
import type { BunPlugin } from "bun";

export const ROOT = join(import.meta.dir, "..");

interface Wanted {
  /** The source that is imported, from the root of the repository. */
  readonly entry: string;
  /** Whether it is made as small as it can be: for a phone, and not for people who step through it. */
  readonly isSmall: boolean;
  readonly plugins?: BunPlugin[];
  /** Names that stand for what is only known when it is built, as JSON. */
  readonly define?: Readonly<Record<string, string>>;
}

/** @throws {Error} on a source that cannot be built, with what is wrong */
export async function bundle({ entry, isSmall, plugins = [], define = {} }: Wanted): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [join(ROOT, entry)],
    root: ROOT,
    // Where a page loads it there is nothing of Bun or Node, and nowhere else is more needed.
    target: "browser",
    format: "esm",
    minify: isSmall,
    sourcemap: "none",
    // Unless both are said, what JSX becomes depends on the environment of whoever builds.
    define: { ...define, "process.env.NODE_ENV": JSON.stringify("production") },
    jsx: { runtime: "automatic", importSource: "preact", development: false },
    plugins,
  });
  const [output, ...others] = outputs;
  if (output === undefined || others.length > 0) throw new Error(`${entry} gives ${outputs.length} files, not one`);
  return await output.text();
}
