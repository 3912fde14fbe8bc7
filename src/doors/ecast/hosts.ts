// Where a room may send us: the bound of what a stranger's code can make this server connect to [E4]. Pure.
import type { HostRule } from "../../config/ecast.ts";

const JACKBOX = /(?:^|\.)jackboxgames\.com$/;
const HOST_CHARS_MAX = 255;

/** The hosts that are allowed where nobody says: all of the service's own, else the directory alone. */
export function rulesFor(url: string, rules: readonly HostRule[]): readonly HostRule[] {
  if (rules.length > 0) return rules;
  const { hostname, port } = new URL(url);
  if (JACKBOX.test(hostname)) return [{ name: ".jackboxgames.com", port: null }];
  return [{ name: hostname, port: port === "" ? null : Number(port) }];
}

/**
 * The host as it is dialled, or null: it is none that is allowed.
 * @param host as a room's directory says it: a name, and a port where it is not the scheme's own
 */
export function allowed(host: string, scheme: "https:" | "http:", rules: readonly HostRule[]): string | null {
  if (host.length > HOST_CHARS_MAX) return null;
  const url = URL.parse(`${scheme}//${host}`);
  // Equal, so that nothing stands in it that is read as a user, a path or another number: an address in octal is one that no rule shows.
  if (url === null || url.href !== `${scheme}//${host.toLowerCase()}/`) return null;
  const ownPort = scheme === "https:" ? 443 : 80;
  const port = url.port === "" ? ownPort : Number(url.port);
  const isAllowed = rules.some((rule) => fits(url.hostname, rule.name) && port === (rule.port ?? ownPort));
  return isAllowed ? url.host : null;
}

function fits(hostname: string, name: string): boolean {
  return name.startsWith(".") ? hostname.endsWith(name) && hostname.length > name.length : hostname === name;
}
