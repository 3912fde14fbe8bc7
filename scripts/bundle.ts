// A source of ours and all it imports as one ES module: what the server hands out, and what the package for npm holds. The same sources
// give the same text in any folder.
import { join } from "node:path";

export const ROOT = join(import.meta.dir, "..");

interface Wanted {
  /** The source that is imported, from the root of the repository. */
  readonly entry: string;
  /** `browser`: what a page loads. `node`: it may import what Node and Bun have, which stays an import. */
  readonly target: "browser" | "node";
  /** Whether it is made as small as it can be: for a phone, and not for people who step through it. */
  readonly isSmall: boolean;
}

/** @throws {Error} on a source that cannot be built, with what is wrong */
export async function bundle({ entry, target, isSmall }: Wanted): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [join(ROOT, entry)],
    root: ROOT,
    target,
    format: "esm",
    minify: isSmall,
    sourcemap: "none",
  });
  const [output, ...others] = outputs;
  if (output === undefined || others.length > 0) throw new Error(`${entry} gives ${outputs.length} files, not one`);
  return await output.text();
}
