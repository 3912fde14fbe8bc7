// Folders that a setting names: whether one can be read, and whether another lies in it. Knows no setting.
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { z } from "zod";
import { quote } from "./readers.ts";

/** The absolute path of a folder that can be read; "" where none is set [H20]. */
export function folder(): z.ZodType<string> {
  return z.string().transform((text, context) => {
    if (text === "") return "";
    const path = resolve(text);
    const problem = problemOf(path);
    if (problem === null) return path;
    context.addIssue(`must be a folder that can be read: ${quote(text)} ${problem}`);
    return z.NEVER;
  });
}

/** Whether a path, which need not be there yet, is that folder or lies in it, wherever links lead. */
export function holds(folder: string, path: string): boolean {
  return wayDown(realpathSync(folder), truePath(resolve(path))) !== null;
}

/** The way from a folder to what is in it, "" for itself; null: it is elsewhere. Both are paths without links. */
export function wayDown(folder: string, path: string): string | null {
  const way = relative(folder, path);
  return way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way) ? null : way;
}

function problemOf(path: string): string | null {
  try {
    if (!statSync(path).isDirectory()) return "is no folder";
    accessSync(path, constants.R_OK | constants.X_OK);
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? "is not there" : `cannot be read (${code})`;
  }
}

/** Where a path leads to, of which the last parts may not be there yet. */
function truePath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : join(truePath(above), basename(path));
  }
}
