// The path of a request as a label of a figure: always one of a table of our own, whatever the stranger asked for.
import { LIVE_PATH } from "../../dialects/index.ts";
import { CALLS } from "./api.ts";

const FIXED = new Set(["/", "/health", "/ready", "/metrics", LIVE_PATH]);
const PATTERNS: readonly (readonly [label: string, pattern: RegExp])[] = ["/room/:code", "/v2/room/:code"]
  .concat(CALLS.map(({ path }) => path))
  .map((path) => [path, new RegExp(`^${path.replaceAll(/:(\w*[iI]d)/g, "\\d{1,15}").replaceAll(":code", "[^/]+")}$`)]);

/** What stands for every other path. */
export const OTHER = "other";

export function labelOf(path: string): string {
  if (FIXED.has(path)) return path;
  return PATTERNS.find(([, pattern]) => pattern.test(path))?.[0] ?? OTHER;
}
