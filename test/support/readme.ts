// The README, and the lines in it that somebody copies and runs.
import { join } from "node:path";

export const README = await Bun.file(join(import.meta.dir, "../../README.md")).text();

/** @throws {Error} where the README has no lines of this name */
export function snippet(name: string): string {
  const code = new RegExp(`<!-- run: ${name} -->\\n\`\`\`\\w+\\n([\\s\\S]*?)\`\`\``).exec(README)?.[1];
  if (code === undefined) throw new Error(`README.md has no ${name}`);
  return code;
}
