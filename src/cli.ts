// What `bun server.ts` can do besides serving: print every setting, and ask a running server how it is.
import { settingRows } from "./config.ts";

/** The --help page. */
export function help(): string {
  const { settings, bounds } = settingRows();
  const all = [...settings, ...bounds];
  const nameWidth = Math.max(...all.map(({ name }) => name.length));
  const defaultWidth = Math.max(...all.map(({ fallback }) => fallback.length));
  const row = ({ name, fallback, meaning }: (typeof all)[number]) =>
    `  ${name.padEnd(nameWidth)}  ${fallback.padEnd(defaultWidth)}  ${meaning}`;
  return [
    "Partyline: the relay that a party game plugs into.",
    "",
    "  bun start                   install what is locked, and serve",
    "  bun run server.ts           serve",
    "  bun run server.ts --health  ask the server on this machine how it is: exit 0 if it lives",
    "  bun run server.ts --help    this page",
    "",
    "Settings, from the environment (name, default, meaning):",
    ...settings.map(row),
    "",
    "Limits:",
    ...bounds.map(row),
  ].join("\n");
}

const HEALTH_PATIENCE_MS = 2_000;

/** Whether a server answers on that port of this machine. */
export async function isHealthy(port: number): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(HEALTH_PATIENCE_MS);
    return (await fetch(`http://127.0.0.1:${port}/health`, { signal })).ok;
  } catch {
    return false;
  }
}
