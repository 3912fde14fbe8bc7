// Which addresses are of the public internet: the first and the last of each block that is not, and their neighbours.
import { describe, expect, test } from "bun:test";
import { BlockList } from "node:net";
import { isListed, isPublic } from "../../src/limits/reach.ts";

const CLOSED = [
  ...["0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255"],
  ...["127.0.0.1", "127.255.255.255", "169.254.0.0", "169.254.169.254", "172.16.0.0", "172.31.255.255"],
  ...["192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.0", "192.168.255.255", "198.18.0.0", "198.19.255.255"],
  ...["198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"],
  ...["::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::808:808"],
  ...["64:ff9b:1::1", "100::1", "2001::1", "2001:0:7f00:1::", "2001:1ff:ffff::", "2001:db8::1", "2002:7f00:1::1"],
  ...["2002:a00:1::", "3fff::1", "3fff:fff::1", "4000::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1"],
  ...["fe80::1%eth0", "2600::1%eth0", "fec0::1", "ff02::1", "ff0e::1"],
];
const OPEN = [
  ...["1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0"],
  ...["169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.1", "192.167.255.255"],
  ...["192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "8.8.8.8"],
  ...["2000::1", "2001:200::1", "2001:4860:4860::8888", "2001:db7::1", "2001:db9::1", "2003::1", "2600::1", "3ffe::1"],
];

describe("an address", () => {
  test.each(CLOSED)("[W10] %s is not public", (address) => {
    expect(isPublic(address)).toBe(false);
  });

  test.each(OPEN)("[W10] %s is", (address) => {
    expect(isPublic(address)).toBe(true);
  });

  test.each(["", "localhost", "8.8.8", "8.8.8.8 ", "0x8.8.8.8", "08.8.8.8", "[2600::1]", "8.8.8.8/8"])(
    "[W10] %j is none",
    (text) => {
      expect(isPublic(text)).toBe(false);
    },
  );

  test("[W10] is listed by its network alone", () => {
    const networks = new BlockList();
    networks.addSubnet("192.168.1.0", 24, "ipv4");
    networks.addSubnet("fd00::", 8, "ipv6");
    const reachable = { names: new Set(["hooks.lan"]), networks };
    const listed = ["192.168.1.1", "192.168.2.1", "fd12::1", "fe80::1", "hooks.lan", ""];
    expect(listed.map((address) => isListed(address, reachable))).toEqual([true, false, true, false, false, false]);
  });
});
