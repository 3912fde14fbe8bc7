// What `bun server.ts` can do besides serving: print every setting, and ask a running server how it is.
import { type Config, settingRows } from "./config.ts";

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
    "  bun run server.ts --health  ask the server that HOST and PORT name how it is: exit 0 if it lives",
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

/** Where a server that listens there is reached from this machine: of a server that listens everywhere, by IPv4 or else by IPv6. */
export function reachedAt(host: string): readonly string[] {
  if (host === "::") return ["127.0.0.1", "[::1]"];
  if (host === "0.0.0.0") return ["127.0.0.1"];
  return [host.includes(":") ? `[${host}]` : host];
}

/** Whether a server answers where the settings say that it listens. */
export async function isHealthy({ host, port }: Pick<Config, "host" | "port">): Promise<boolean> {
  for (const name of reachedAt(host)) if (await answers(`http://${name}:${port}/health`)) return true;
  return false;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(HEALTH_PATIENCE_MS) })).ok;
  } catch {
    return false;
  }
}
