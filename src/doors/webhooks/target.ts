// Where a webhook leads: which addresses may be typed, and which of those that its name has at the moment may be called [W10].
import { isIP } from "node:net";
import { dns } from "bun";
import { isListed, isPublic, type Reachable } from "../../limits/reach.ts";

const URL_CHARS_MAX = 2_048;
/** What stands in an address as it is: no control, no blank, nothing that cannot be seen. */
const SEEN = /^[^\p{C}\p{Z}]+$/u;

/** The addresses that a name has now; rejects where it has none. */
export type Lookup = (name: string) => Promise<readonly string[]>;

/**
 * By Bun's own resolver, which takes no thread. That of `node:dns` does: a dozen names whose server says nothing had every thread of the pool, and
 * for as long no token was checked and no file written (measured).
 */
export const systemLookup: Lookup = async (name) =>
  (await dns.lookup(name, { backend: "c-ares" })).map(({ address }) => address);

/** The address of a webhook, or null: it could never be called. */
export function targetOf(text: string, reachable: Reachable): URL | null {
  if (text.length > URL_CHARS_MAX || !SEEN.test(text)) return null;
  const url = URL.parse(text);
  if (url === null || url.hostname === "" || url.username !== "" || url.password !== "" || text.includes("#"))
    return null;
  const host = hostOf(url);
  const isKnown = reachable.names.has(host) || isListed(host, reachable);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isKnown)) return null;
  return isKnown || (isIP(host) === 0 ? !/(^|\.)localhost$/.test(host) : isPublic(host)) ? url : null;
}

/** Why a webhook cannot be called now. */
export class Unreachable extends Error {}

/**
 * The addresses that a webhook may be called at now, in the resolver's order.
 * @throws {Unreachable} where there is none, or one of them may not be called: a name that leads here and there leads here
 */
export async function addressesOf(url: URL, reachable: Reachable, resolve: Lookup): Promise<readonly string[]> {
  const host = hostOf(url);
  const found = isIP(host) === 0 ? await resolve(host).catch(() => []) : [host];
  if (found.length === 0) throw new Unreachable("its name is not known");
  if (reachable.names.has(host)) return found;
  const isAllowed = (address: string) =>
    isListed(address, reachable) || (url.protocol === "https:" && isPublic(address));
  if (!found.every(isAllowed)) throw new Unreachable("its address may not be called");
  return found;
}

/** The name or the address in it: without brackets, and without the dot that a name may end with. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}

/** The same address, with what its name stands for at the moment in the name's place. */
export function pinned({ protocol, port, pathname, search }: URL, address: string): string {
  const host = isIP(address) === 6 ? `[${address}]` : address;
  return `${protocol}//${host}${port === "" ? "" : `:${port}`}${pathname}${search}`;
}
