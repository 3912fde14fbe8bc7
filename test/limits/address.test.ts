// Whose request it is, row by row: peer, header and trust → the address that limits count by.

import { heapStats } from "bun:jsc";
import { describe, expect, test } from "bun:test";
import { readConfig } from "../../src/config.ts";
import { clientAddress, foreignPagesAt, networkAround } from "../../src/limits/address.ts";
import { randomFrom } from "../support/random.ts";

type Row = readonly [trust: string, peer: string, header: string | null, address: string];

const ROWS: Readonly<Record<string, readonly Row[]>> = {
  "nobody is trusted": [
    ["", "203.0.113.1", null, "203.0.113.1"],
    ["", "203.0.113.1", "198.51.100.1", "203.0.113.1"],
    ["0", "203.0.113.1", "198.51.100.1", "203.0.113.1"],
    ["", "::ffff:203.0.113.1", null, "203.0.113.1"],
    ["", "", null, "unknown"],
  ],
  "a number of hops, from the right": [
    ["1", "10.0.0.1", "203.0.113.1", "203.0.113.1"],
    ["1", "10.0.0.1", "198.51.100.1, 203.0.113.1", "203.0.113.1"],
    ["2", "10.0.0.1", "198.51.100.1, 203.0.113.1, 10.0.0.2", "203.0.113.1"],
    ["2", "10.0.0.1", "203.0.113.1", "203.0.113.1"],
    ["1", "10.0.0.1", null, "10.0.0.1"],
    ["1", "10.0.0.1", "", "10.0.0.1"],
    ["1", "10.0.0.1", "203.0.113.1, ", "10.0.0.1"],
    ["1", "10.0.0.1", " 203.0.113.1:4711 ", "203.0.113.1"],
    ["1", "10.0.0.1", "no address", "unknown"],
    ["1", "10.0.0.1", "999.1.1.1", "unknown"],
  ],
  "networks, from the right to the first that is not one of them": [
    ["10.0.0.0/8", "203.0.113.1", "198.51.100.1", "203.0.113.1"],
    ["10.0.0.0/8", "10.0.0.1", "203.0.113.1", "203.0.113.1"],
    ["10.0.0.0/8", "10.0.0.1", "198.51.100.1, 203.0.113.1, 10.9.9.9", "203.0.113.1"],
    ["10.0.0.0/8", "::ffff:10.0.0.1", "203.0.113.1", "203.0.113.1"],
    ["10.0.0.0/8,fd00::/8", "fd00::1", "203.0.113.1, 10.0.0.1", "203.0.113.1"],
    ["192.0.2.1", "192.0.2.1", "203.0.113.1", "203.0.113.1"],
    ["192.0.2.1", "192.0.2.2", "203.0.113.1", "192.0.2.2"],
    ["10.0.0.0/8", "10.0.0.1", null, "10.0.0.1"],
    ["10.0.0.0/8", "10.0.0.1", "10.0.0.2", "10.0.0.2"],
    ["10.0.0.0/8", "10.0.0.1", "203.0.113.1, junk", "10.0.0.1"],
    ["10.0.0.0/8", "10.0.0.1", "203.0.113.1, junk, 10.0.0.2", "10.0.0.2"],
    ["fe80::/10", "fe80::1%eth0", "203.0.113.1", "203.0.113.1"],
  ],
  "IPv6 counts by /64": [
    ["", "2001:db8:1:2::1", null, "2001:db8:1:2::/64"],
    ["", "2001:DB8:1:2:3:4:5:6", null, "2001:db8:1:2::/64"],
    ["", "2001:0db8:0001:0002::", null, "2001:db8:1:2::/64"],
    ["", "2001:db8::1", null, "2001:db8:0:0::/64"],
    ["", "::1", null, "0:0:0:0::/64"],
    ["", "fe80::1%eth0", null, "fe80:0:0:0::/64"],
    ["1", "10.0.0.1", "[2001:db8:1:2::1]:443", "2001:db8:1:2::/64"],
    ["1", "10.0.0.1", "[2001:db8:1:2::1]", "2001:db8:1:2::/64"],
    ["1", "10.0.0.1", "2001:db8:1:2::1", "2001:db8:1:2::/64"],
  ],
  "one IPv4 address is one address, however it is spelt": [
    ["1", "10.0.0.1", "::ffff:203.0.113.1", "203.0.113.1"],
    ["1", "10.0.0.1", "::FFFF:203.0.113.1", "203.0.113.1"],
    ["1", "10.0.0.1", "[::ffff:203.0.113.1]:443", "203.0.113.1"],
    ["1", "10.0.0.1", "::ffff:cb00:7101", "203.0.113.1"],
  ],
};

for (const [name, rows] of Object.entries(ROWS)) {
  describe(name, () => {
    test.each(rows)("[L13] trust '%s', peer '%s', header '%s' → %s", (trust, peer, header, address) => {
      expect(clientAddress(peer, header, readConfig({ TRUSTED_PROXIES: trust }).trust)).toBe(address);
    });
  });
}

describe("an address that is kept", () => {
  test("[L13] does not keep the header that it stood in", () => {
    const { trust } = readConfig({ TRUSTED_PROXIES: "1" });
    const held = () => {
      Bun.gc(true);
      const { heapSize, extraMemorySize } = heapStats();
      return heapSize + extraMemorySize;
    };
    const before = held();
    const kept = Array.from({ length: 2_000 }, (_, n) =>
      clientAddress("10.0.0.1", `${"x".repeat(16_000)}${n}, 203.0.${n >> 8}.${n & 255}`, trust),
    );
    expect(held() - before).toBeLessThan(4 * 1024 * 1024);
    expect(kept[257]).toBe("203.0.1.1");
  });

  test("[L13] who asks twice, and who asks in between, are told what they would be told alone", () => {
    const nobody = readConfig({}).trust;
    const proxies = readConfig({ TRUSTED_PROXIES: "1" }).trust;
    for (const peer of ["203.0.113.1", "203.0.113.1", "", "::ffff:203.0.113.2", "203.0.113.2", "203.0.113.1"]) {
      const alone = peer.replace("::ffff:", "") || "unknown";
      expect([peer, clientAddress(peer, null, nobody)]).toEqual([peer, alone]);
      expect([peer, clientAddress(peer, "198.51.100.7", proxies)]).toEqual([peer, "198.51.100.7"]);
      expect([peer, clientAddress(peer, "198.51.100.7", nobody)]).toEqual([peer, alone]);
    }
    const networks = { "203.0.113.1": "203.0.113.0/24", "198.51.100.7": "198.51.100.0/24", unknown: "unknown/network" };
    for (let round = 0; round < 2; round++)
      for (const [address, network] of Object.entries(networks))
        expect([networkAround(address), networkAround(address)]).toEqual([network, network]);
  });

  test("[H11] with the pages of others beside it is of the same network", () => {
    for (const address of ["203.0.113.9", "2001:db8:1:2::/64"]) {
      expect(foreignPagesAt(address)).not.toBe(address);
      expect(networkAround(foreignPagesAt(address))).toBe(networkAround(address));
    }
  });
});

describe("[L13] a header of any length", () => {
  const trusted = (text: string) => readConfig({ TRUSTED_PROXIES: text }).trust;
  const PIECES = ["203.0.113.1", "10.0.0.1", "10.0.0.2", "", " ", "junk", "2001:db8::1", "[fd00::1]:80", "10.0.0.3:99"];

  /** The same said as plainly as can be: all of the chain, then from its right. */
  function plainly(peer: string, header: string, trust: string): string {
    const bare = (text: string) =>
      text
        .trim()
        .replace(/^\[(.*)\](:\d+)?$/, "$1")
        .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
    const chain = [...header.split(",").map(bare), peer];
    const address = (text: string) => clientAddress(text, null, trusted(""));
    if (trust === "1" || trust === "2") return address(chain[Math.max(0, chain.length - 1 - Number(trust))] || peer);
    let at = chain.length - 1;
    const isOurs = (text = "") => text.startsWith("10.") || text.startsWith("fd00:");
    while (at > 0 && isOurs(chain[at]) && address(chain[at - 1] ?? "") !== "unknown") at--;
    return address(chain[at] ?? peer);
  }

  test.each(["1", "2", "10.0.0.0/8,fd00::/8"])(
    "is read from the right as all of it would be (TRUSTED_PROXIES=%s)",
    (trust) => {
      const random = randomFrom(7);
      for (let n = 0; n < 2_000; n++) {
        const header = Array.from({ length: 1 + random.below(6) }, () => random.pick(PIECES)).join(",");
        const peer = random.pick(["10.0.0.9", "203.0.113.9"]);
        expect(`${header}: ${clientAddress(peer, header, trusted(trust))}`).toBe(
          `${header}: ${plainly(peer, header, trust)}`,
        );
      }
    },
  );

  test("is not read to its end where that would take long: 32 proxies behind one another are looked through", () => {
    const header = `203.0.113.1,${Array(40).fill("10.0.0.1").join(",")}`;
    expect(clientAddress("10.0.0.9", header, trusted("10.0.0.0/8"))).toBe("10.0.0.1");
    expect(clientAddress("10.0.0.9", `203.0.113.1${",10.0.0.1".repeat(31)}`, trusted("10.0.0.0/8"))).toBe(
      "203.0.113.1",
    );
  });
});
