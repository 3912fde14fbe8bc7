// Whose request this is: the address that limits are counted by. A header is believed only where the settings say which
// proxies write it, and read from the right, because everything left of them is the client's own claim.
import { type BlockList, isIP } from "node:net";

/** Who may tell us a client's address: nobody, the last `hops` proxies, or proxies in these networks. */
export type Trust =
  | { readonly by: "nobody" }
  | { readonly by: "hops"; readonly hops: number }
  | { readonly by: "networks"; readonly networks: BlockList };

/** How many addresses' worth of a bound a network may use: a school, a carrier. */
export const ADDRESSES_PER_NETWORK = 8;

/** Proxies behind one another that are looked through, where their networks are named. */
const HOPS_LOOKED_AT_MAX = 32;

const MAPPED = "::ffff:";
const FOREIGN = "#page";

/** The last plain IPv4 peer, and the address that it is: the phones of a home come one after the other, and a proxy's all come from there. */
let lastPeer: string | null = null;
let lastAddress = "";
/** The same of the network around an address. */
let lastInside: string | null = null;
let lastAround = "";

/** The client's network address: an IPv4 address, or the /64 of an IPv6 one (what one home or phone is given) [L13]. */
export function clientAddress(peer: string, forwardedFor: string | null, trust: Trust): string {
  const isPlain = forwardedFor === null || trust.by === "nobody";
  if (isPlain && peer === lastPeer) return lastAddress;
  // Nearly every request: an IPv4 peer, plain or as a port for both families shows it, and nobody to ask about it.
  const bare = peer.startsWith(MAPPED) ? peer.slice(MAPPED.length) : peer;
  if (isPlain && isIP(bare) === 4) {
    lastPeer = peer;
    lastAddress = bare;
    return bare;
  }
  // On its own: it is kept as a key, and a slice would keep the whole header with it.
  return Buffer.from(networkOf(forwardedClient(plain(peer), forwardedFor, trust))).toString();
}

/** Whether whoever is at the other end of the socket may say whose request it is [L13]. */
export function isTrustedProxy(peer: string, trust: Trust): boolean {
  return trust.by === "networks" ? isWithin(trust.networks, plain(peer)) : trust.by === "hops";
}

/** The address as what is counted for pages that do not belong here, and not for their visitor [H11]. */
export function foreignPagesAt(address: string): string {
  return address + FOREIGN;
}

/** The network around an address that limits are counted by: the /24 of an IPv4 address, the /48 of an IPv6 one. */
export function networkAround(counted: string): string {
  if (counted === lastInside) return lastAround;
  const address = counted.endsWith(FOREIGN) ? counted.slice(0, -FOREIGN.length) : counted;
  lastAround = aroundOf(address);
  lastInside = counted;
  return lastAround;
}

function aroundOf(address: string): string {
  if (isIP(address) === 4) return `${address.slice(0, address.lastIndexOf("."))}.0/24`;
  const [a, b, c] = address.split(":");
  // Never the name of an address: tables keep both side by side.
  return c === undefined ? `${address}/network` : `${a}:${b}:${c}::/48`;
}

/** The block around an address, which a network's owner may have many networks of: the /16 of an IPv4 address, the /32 of an IPv6 one. */
export function blockAround(counted: string): string {
  const [a, b] = counted.split(counted.includes(":") ? ":" : ".");
  return b === undefined ? counted : `${a}.${b}/block`;
}

/** Adds an address or a network in CIDR notation; false when the text is neither. */
export function addNetwork(networks: BlockList, item: string): boolean {
  const [address = "", bits, ...rest] = item.split("/");
  const family = isIP(address);
  const widest = family === 4 ? 32 : 128;
  const prefix = bits === undefined ? widest : Number(bits);
  if (family === 0 || rest.length > 0 || bits === "" || !Number.isInteger(prefix) || prefix < 0 || prefix > widest)
    return false;
  networks.addSubnet(address, prefix, family === 4 ? "ipv4" : "ipv6");
  return true;
}

/** Reads from the right, and no further than it has to: the rest of the header may be as long as its sender likes. */
function forwardedClient(peer: string, forwardedFor: string | null, trust: Trust): string {
  if (trust.by === "nobody" || forwardedFor === null) return peer;
  const hopsMax = trust.by === "hops" ? trust.hops : HOPS_LOOKED_AT_MAX;
  let address = peer;
  let end = forwardedFor.length;
  for (let hop = 0; hop < hopsMax && end >= 0; hop++) {
    if (trust.by === "networks" && !isWithin(trust.networks, address)) break;
    // A comma at the very beginning has nothing before it: lastIndexOf would find it again.
    const comma = end === 0 ? -1 : forwardedFor.lastIndexOf(",", end - 1);
    const entry = plain(forwardedFor.slice(comma + 1, end).trim());
    // The hop right of an entry that is no address has let it through, so that hop is the client.
    if (trust.by === "networks" && isIP(entry) === 0) break;
    address = entry;
    end = comma;
  }
  return address || peer;
}

function isWithin(networks: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && networks.check(address, family === 4 ? "ipv4" : "ipv6");
}

/** Without port, brackets and the IPv4-in-IPv6 prefix. */
function plain(address: string): string {
  const bare = address.replace(/^\[(.*)\](:\d+)?$/, "$1").replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
  return bare.replace(/^::ffff:(\d+\.\d+\.\d+\.\d+)$/i, "$1");
}

function networkOf(address: string): string {
  const family = isIP(address);
  if (family === 0) return "unknown";
  return family === 4 ? address : networkOfGroups(groupsOf(address));
}

function networkOfGroups(groups: readonly number[]): string {
  const [, , , , , mark, high = 0, low = 0] = groups;
  // An IPv4 address in IPv6 dress is still that address.
  const isMapped = mark === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  if (isMapped) return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  const network = groups.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(":")}::/64`;
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  const [head = "", tail] = (address.split("%")[0] ?? "").split("::");
  const before = hexGroups(head);
  const after = hexGroups(tail ?? "");
  return [...before, ...Array<number>(Math.max(0, 8 - before.length - after.length)).fill(0), ...after];
}

function hexGroups(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
}
