// Where a room may send us: the bound of what a stranger's code can make this server connect to [E4]. Pure.
import type { HostRule } from "../../config/ecast.ts";

const JACKBOX = /(?:^|\.)jackboxgames\.com$/;
const HOST_CHARS_MAX = 255;
/** A name or an address, and a port, with nothing around them. */
const HOST = /^([a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(?::([1-9]\d{0,4}))?$/;

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
  const [text, name, digits] = HOST.exec(host.length > HOST_CHARS_MAX ? "" : host.toLowerCase()) ?? [];
  const url = text === undefined ? null : URL.parse(`${scheme}//${text}`);
  // Equal, so that nothing is read as another host than it looks like: an address in octal is one that no rule shows.
  if (url === null || url.hostname !== name) return null;
  const ownPort = scheme === "https:" ? 443 : 80;
  const port = digits === undefined ? ownPort : Number(digits);
  const isAllowed = rules.some((rule) => fits(url.hostname, rule.name) && port === (rule.port ?? ownPort));
  return isAllowed ? url.host : null;
}

function fits(hostname: string, name: string): boolean {
  return name.startsWith(".") ? hostname.endsWith(name) : hostname === name;
}
