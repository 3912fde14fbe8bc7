// Which addresses of this server phones can reach: asked by the lines of the start, and by the page that shows a QR. Pure, but for the one
// function that looks whether a container is around; knows no request and no page.
import { existsSync, readFileSync } from "node:fs";
import type { NetworkInterfaceInfo } from "node:os";

/** What the answer depends on. */
export interface Place {
  /** What `os.networkInterfaces()` gives. */
  readonly interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;
  /** HOST. */
  readonly host: string;
  /** The one that is listened on. */
  readonly port: number;
  /** PUBLIC_URL, an origin; "" where nobody set it. */
  readonly publicUrl: string;
  /** Whether a container is around, whose addresses are nobody's but its own. */
  readonly contained: boolean;
}

export interface Here {
  /** Origins that phones can reach, the likeliest first; none: this server knows of none. */
  readonly urls: string[];
  /** What HOST lets in: whoever reaches any address of the machine, one of its addresses, or nobody but the machine itself. */
  readonly bound: "everywhere" | "address" | "loopback";
  readonly contained: boolean;
}

/**
 * Interfaces that lead to no phone: containers, virtual machines, tunnels. A bridge of another name (`br0`) is left in: where somebody set one
 * up by hand, it has the address that the machine has in its network.
 */
const LEADS_NOWHERE =
  /^(lo\d*$|docker|br-[0-9a-f]{12}$|bridge\d|veth|vethernet|virbr|vmnet|vboxnet|virtualbox|vmware|lxc|lxd|incus|podman|cni|flannel|cali|kube|nerdctl|tun|tap|utun|wg|tailscale|zt|ham|ppp|ipsec|awdl|llw|gif|stf|anpi|dummy|sit|ip6tnl)/i;

const EVERYWHERE: ReadonlySet<string> = new Set(["::", "0.0.0.0"]);
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i;

/** Networks that homes have, in the order of how likely a phone is there: Docker's own are in the last one. */
const PRIVATE = [/^192\.168\./, /^10\./, /^172\.(1[6-9]|2\d|3[01])\./];
const LINK_LOCAL = /^(169\.254\.|fe[89ab][0-9a-f]:)/i;

/** Which addresses phones can reach. */
export function here({ interfaces, host, port, publicUrl, contained }: Place): Here {
  const bound = EVERYWHERE.has(host) ? "everywhere" : isLoopback(host) ? "loopback" : "address";
  // What the operator says is right whatever this machine looks like: a proxy may stand before a server on 127.0.0.1.
  if (publicUrl !== "") return { urls: [publicUrl], bound, contained };
  const url = (address: string) => originOf(address, port);
  if (bound === "loopback" || contained) return { urls: [], bound, contained };
  if (bound === "address") return { urls: [url(host)], bound, contained };
  return { urls: reachable(interfaces, host === "0.0.0.0").map(url), bound, contained };
}

/** Whether only the machine itself reaches what listens there. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** The origin of a name or an address and a port, as browsers write it. */
export function originOf(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}${port === 80 ? "" : `:${port}`}`;
}

/** Whether a container of Docker, Podman or Kubernetes is around. Where none of the signs can be read, none is. */
export function isContained(exists = existsSync, read = (path: string) => readFileSync(path, "utf8")): boolean {
  if (exists("/.dockerenv") || exists("/run/.containerenv")) return true;
  try {
    return /docker|kubepods|containerd|libpod/.test(read("/proc/1/cgroup"));
  } catch {
    return false;
  }
}

/** Addresses of this machine in the networks of people: IPv4, private ones first; IPv6 where there is no IPv4 at all. */
function reachable(interfaces: Place["interfaces"], isIpv4Alone: boolean): string[] {
  const infos = Object.entries(interfaces)
    .filter(([name]) => !LEADS_NOWHERE.test(name))
    .flatMap(([, list]) => list ?? [])
    .filter(({ address, internal }) => !internal && !LINK_LOCAL.test(address));
  const of = (family: "IPv4" | "IPv6") => infos.filter((info) => info.family === family).map(({ address }) => address);
  const ipv4 = of("IPv4").sort((one, other) => rank(one) - rank(other));
  // A phone has IPv4 wherever the machine has, and nobody types an address of IPv6.
  return [...new Set(ipv4.length > 0 || isIpv4Alone ? ipv4 : of("IPv6"))];
}

function rank(address: string): number {
  const at = PRIVATE.findIndex((network) => network.test(address));
  return at === -1 ? PRIVATE.length : at;
}
