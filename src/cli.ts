// What `bun server.ts` says to a person: every setting, how a running server is, where the one that just started is found, and why it did not.
import { resolve } from "node:path";
import { type Config, settingRows } from "./config.ts";
import { type Here, isLoopback, originOf } from "./doors/here.ts";

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
    "  bun start                         install what is locked, and serve",
    "  bun run server.ts                 serve",
    "  bun run server.ts --health        ask the server that HOST and PORT name how it is: exit 0 if it lives",
    "  bun run server.ts --backup FILE   take a backup of the server that runs on DATA_DIR, while it runs",
    "  bun run server.ts --restore FILE  put it into DATA_DIR; -: from stdin; with --over what is there is moved aside",
    "  bun run server.ts --help          this page",
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

/** What the lines of the start say. */
export interface Started {
  readonly here: Here;
  readonly host: string;
  readonly port: number;
  /** The key of the API that was made at this start; null: ADMIN_KEY is set. */
  readonly madeKey: string | null;
  readonly dataDir: string;
}

/** Addresses for phones that are said: more would only be looked through. */
const URLS_SAID_MAX = 4;

/** The four lines of a start, for whoever sits before it [L43]. */
export function startLines({ here, host, port, madeKey, dataDir }: Started): string[] {
  const own = here.bound === "everywhere" || host.toLowerCase() === "localhost" ? "localhost" : host;
  const key =
    madeKey === null
      ? "the ADMIN_KEY of the environment"
      : `${madeKey} (until this server stops; set ADMIN_KEY to keep one)`;
  return [
    `  This machine  ${originOf(own, port)}`,
    `  Phones        ${here.urls.slice(0, URLS_SAID_MAX).join("  or  ") || whyNoPhones(here, host)}`,
    `  Admin key     ${key}`,
    `  Data          ${resolve(dataDir)}`,
  ];
}

function whyNoPhones({ bound, contained }: Here, host: string): string {
  if (bound === "loopback")
    return `none: with HOST=${host} only this machine can reach the server; start it without HOST`;
  if (contained)
    return "not known in a container: set PUBLIC_URL to the address that they reach it by, like http://192.168.1.20:3000";
  return "none: this machine is in no network; if phones reach it all the same, set PUBLIC_URL to that address";
}

/** From a port that only root may take to one that anybody may, as 80 and 8080 or 443 and 8443. */
const UNRESERVED_FROM = 8_000;

/** Why the ports could not be had, in words for the operator. */
export function whyNoPort(
  error: unknown,
  config: Pick<Config, "host" | "port" | "sessionserverPort" | "metrics">,
): string {
  const { code, message } =
    error instanceof Error ? (error as NodeJS.ErrnoException) : { code: "", message: String(error) };
  const { host, port, sessionserverPort, metrics } = config;
  // Bun names the port in its message and nowhere else: "Is port 80 in use?", "permission denied 0.0.0.0:80".
  const [, inUse, denied = port] = /\bport (\d+)|:(\d+)$/.exec(message) ?? [];
  const named = Number(inUse ?? denied);
  const name = named === sessionserverPort ? "SESSIONSERVER_PORT" : named === metrics ? "METRICS" : "PORT";
  const start = `${name}=${named < 65_535 ? named + 1 : named - 1} bun start`;
  if (code === "EADDRINUSE")
    return `port ${named} is in use, perhaps by another Partyline; \`${start}\` takes another port`;
  if (code === "EACCES")
    return `port ${named} may not be taken by this user; \`${name}=${named + UNRESERVED_FROM} bun start\` takes another port`;
  if (code === "EADDRNOTAVAIL") return `HOST ${host} is no address of this machine`;
  return `port ${port} cannot be served on${isLoopback(host) || host === "::" ? "" : ` at HOST ${host}`}: ${message}`;
}
