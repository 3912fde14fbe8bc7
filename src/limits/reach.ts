// Which addresses the server itself may call. What an operator types must lead to nothing that only this machine, or its network, can reach: not by
// its name, not by another way to write an address, and not by IPv6 that leads to IPv4 [W10]. Knows addresses, no socket.
import { BlockList, isIP } from "node:net";

/** What is reached whatever it is: hosts by their names, and networks. */
export interface Reachable {
  /** In lower case. */
  readonly names: ReadonlySet<string>;
  readonly networks: BlockList;
}

/** Of IPv4: what is not the public internet, as IANA lists it. */
const IPV4_CLOSED = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
];
/** Of IPv6 all that is given out, which leaves out mapped addresses (::ffff:0:0/96), NAT64 (64:ff9b::), private and link-local ones … */
const IPV6_OPEN = "2000::/3";
/** … but Teredo and its like, documentation, and 6to4, which lead to IPv4 or nowhere. */
const IPV6_CLOSED = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

const CLOSED = blockList([...IPV4_CLOSED, ...IPV6_CLOSED]);
const OPEN = blockList([IPV6_OPEN]);

/** Whether an address is of the public internet. @param address as a resolver writes it; a zone (`%eth0`) is none of that */
export function isPublic(address: string): boolean {
  const family = isIP(address);
  if (family === 0 || address.includes("%")) return false;
  if (family === 4) return !CLOSED.check(address, "ipv4");
  return OPEN.check(address, "ipv6") && !CLOSED.check(address, "ipv6");
}

/** Whether an address is in a network that is reached whatever it is. */
export function isListed(address: string, { networks }: Reachable): boolean {
  const family = isIP(address);
  return family !== 0 && networks.check(address, family === 4 ? "ipv4" : "ipv6");
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    list.addSubnet(address, Number(bits), isIP(address) === 4 ? "ipv4" : "ipv6");
  }
  return list;
}
