// Which addresses phones are told: from what the operating system says of this machine, and from settings.
import { describe, expect, test } from "bun:test";
import { networkInterfaces } from "node:os";
import { here, isContained, type Place } from "../../src/doors/here.ts";

type Interfaces = Record<string, string[]>;

/** As `os.networkInterfaces()` gives it, of names and addresses alone. */
function interfacesOf(interfaces: Interfaces): Place["interfaces"] {
  const info = (address: string) => {
    const rest = { netmask: "", mac: "", internal: /^(127\.|::1$)/.test(address), cidr: null };
    return address.includes(":")
      ? { address, family: "IPv6" as const, scopeid: 0, ...rest }
      : { address, family: "IPv4" as const, ...rest };
  };
  return Object.fromEntries(Object.entries(interfaces).map(([name, addresses]) => [name, addresses.map(info)]));
}

const LO: Interfaces = { lo: ["127.0.0.1", "::1"] };

function urlsOf(interfaces: Interfaces, more: Partial<Place> = {}): string[] {
  const place = { host: "::", port: 3000, publicUrl: "", contained: false, ...more };
  return here({ interfaces: interfacesOf({ ...LO, ...interfaces }), ...place }).urls;
}

describe("[L43] the addresses that phones are told", () => {
  test("are those of the machine in its network, not its own loopback", () => {
    expect(urlsOf({ eth0: ["192.168.1.20", "fe80::1"] })).toEqual(["http://192.168.1.20:3000"]);
    expect(urlsOf({})).toEqual([]);
  });

  test("a home's first, whatever order the machine says them in", () => {
    const home = { a0: ["203.0.113.9"], a1: ["172.20.0.4"], a2: ["10.0.0.7"], wlan0: ["192.168.1.20"] };
    const order = ["192.168.1.20", "10.0.0.7", "172.20.0.4", "203.0.113.9"];
    expect(urlsOf(home)).toEqual(order.map((address) => `http://${address}:3000`));
  });

  test("hold nothing of containers, virtual machines and tunnels, and no address that a machine gave itself", () => {
    const names = ["docker0", "br-0123456789ab", "veth12ab", "virbr0", "vboxnet0", "vmnet8", "tun0", "tap0", "utun3"];
    const others = ["wg0", "tailscale0", "zt5u4", "cni0", "cali1", "bridge100", "vEthernet (WSL)", "lxdbr0", "podman1"];
    for (const name of [...names, ...others]) {
      expect([name, urlsOf({ [name]: ["192.168.56.1"] })]).toEqual([name, []]);
    }
    expect(urlsOf({ eth0: ["169.254.7.7"], eth1: ["fe80::1", "febf::1"] })).toEqual([]);
    for (const name of ["eth0", "enp3s0", "wlan0", "wlp2s0", "en0", "br0", "br-lan", "Wi-Fi", "Ethernet 2", "bond0"]) {
      expect([name, urlsOf({ [name]: ["192.168.1.20"] })]).toEqual([name, ["http://192.168.1.20:3000"]]);
    }
  });

  test("are of IPv6 only where there is no IPv4, and where HOST is for IPv6", () => {
    const six = ["fd00::20", "2001:db8::20"];
    expect(urlsOf({ eth0: six })).toEqual(["http://[fd00::20]:3000", "http://[2001:db8::20]:3000"]);
    expect(urlsOf({ eth0: ["192.168.1.20", ...six] })).toEqual(["http://192.168.1.20:3000"]);
    expect(urlsOf({ eth0: six }, { host: "0.0.0.0" })).toEqual([]);
  });

  test("say no port that every browser knows, and the same address once", () => {
    expect(urlsOf({ eth0: ["192.168.1.20"], eth1: ["192.168.1.20"] }, { port: 80 })).toEqual(["http://192.168.1.20"]);
  });

  test("are the one of HOST, where it is one; none where only this machine gets in", () => {
    const interfaces = { eth0: ["192.168.1.20"] };
    const at = (host: string) => {
      const { urls, bound } = here({
        ...{ interfaces: interfacesOf(interfaces), host, port: 3000, publicUrl: "", contained: false },
      });
      return [bound, urls];
    };
    expect(at("::")).toEqual(["everywhere", ["http://192.168.1.20:3000"]]);
    expect(at("0.0.0.0")).toEqual(["everywhere", ["http://192.168.1.20:3000"]]);
    expect(at("192.168.1.7")).toEqual(["address", ["http://192.168.1.7:3000"]]);
    expect(at("fd00::7")).toEqual(["address", ["http://[fd00::7]:3000"]]);
    for (const host of ["127.0.0.1", "127.1.2.3", "::1", "localhost", "LOCALHOST"]) {
      expect(at(host)).toEqual(["loopback", []]);
    }
  });

  test("are none in a container, whose addresses nobody outside knows; PUBLIC_URL goes before everything", () => {
    const interfaces = { eth0: ["172.17.0.2"] };
    expect(urlsOf(interfaces, { contained: true })).toEqual([]);
    const publicUrl = "https://party.example";
    for (const more of [{ contained: true }, { host: "127.0.0.1" }, {}]) {
      expect(urlsOf(interfaces, { ...more, publicUrl })).toEqual([publicUrl]);
    }
  });

  test("can be had of this very machine", () => {
    const { urls } = here({ interfaces: networkInterfaces(), host: "::", port: 1, publicUrl: "", contained: false });
    for (const url of urls) expect(new URL(url).origin).toBe(url);
  });
});

test("[L43] a container is known by the files of Docker and Podman, and by the name of its group", () => {
  const none = () => false;
  const group = (text: string) => isContained(none, () => text);
  expect(group("0::/init.scope\n")).toBe(false);
  expect(group("12:cpu:/docker/0123\n")).toBe(true);
  expect(group("0::/kubepods.slice/pod1\n")).toBe(true);
  for (const sign of ["/.dockerenv", "/run/.containerenv"]) {
    expect(isContained((path) => path === sign, String)).toBe(true);
  }
  const unreadable = () => {
    throw new Error("no such file");
  };
  expect(isContained(none, unreadable)).toBe(false);
});
