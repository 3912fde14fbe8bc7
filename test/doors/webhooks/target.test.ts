// What may be typed as the address of a webhook, and which of the addresses that its name has may be called.
import { describe, expect, test } from "bun:test";
import { BlockList } from "node:net";
import { addressesOf, pinned, systemLookup, targetOf } from "../../../src/doors/webhooks/target.ts";
import type { Reachable } from "../../../src/limits/reach.ts";

const NOTHING: Reachable = { names: new Set(), networks: new BlockList() };
const LISTED: Reachable = { names: new Set(["hooks.lan", "localhost"]), networks: new BlockList() };
LISTED.networks.addSubnet("10.1.0.0", 16, "ipv4");

describe("an address that is typed", () => {
  test.each([
    "https://hooks.example/path?key=1",
    "https://hooks.example:8443/",
    "https://hooks.example.",
    "https://8.8.8.8/",
    "https://[2606:4700::1111]/",
    "https://bücher.example/",
    "HTTPS://HOOKS.EXAMPLE/",
  ])("[W10] %s is taken", (text) => {
    expect(targetOf(text, NOTHING)?.protocol).toBe("https:");
  });

  test.each([
    ...["http://hooks.example/", "ftp://hooks.example/", "file:///etc/passwd", "javascript:1", "https:", "", "x"],
    ...[
      "https://user@hooks.example/",
      "https://:secret@hooks.example/",
      "https://hooks.example/#x",
      "https://hooks.example/#",
    ],
    ...[
      "https://hooks.example/\r\nx: y",
      "https://hooks.example/\tx",
      "https://hooks.example/a b",
      " https://hooks.example/",
    ],
    ...[
      "https://hooks.example/\u0000",
      "https://hooks.example/\u200b",
      "https://hooks.example/\u202e",
      "https://a\u00adb.example/",
    ],
    `https://hooks.example/${"x".repeat(2_048)}`,
    // The ways to write this machine, or one of its network.
    ...["https://localhost/", "https://LOCALHOST./", "https://a.localhost/", "https://127.0.0.1/", "https://127.1/"],
    ...["https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://0177.0.0.1/", "https://0/"],
    ...[
      "https://127.0.0.1./",
      "https://１２７.0.0.1/",
      "https://[::1]/",
      "https://[::]/",
      "https://[::ffff:127.0.0.1]/",
    ],
    ...["https://[::ffff:7f00:1]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://[fe80::1]/"],
    ...[
      "https://10.0.0.1/",
      "https://169.254.169.254/latest/meta-data/",
      "https://192.168.1.1/",
      "https://100.64.0.1/",
    ],
  ])("[W10] %j is not", (text) => {
    expect(targetOf(text, NOTHING)).toBeNull();
  });

  test("[W10] what WEBHOOK_HOSTS names is taken, by http too, and nothing beside it", () => {
    for (const text of ["http://hooks.lan/", "https://localhost:3000/", "http://10.1.2.3/", "http://HOOKS.lan./"])
      expect([text, targetOf(text, LISTED) !== null]).toEqual([text, true]);
    for (const text of ["http://other.lan/", "http://a.hooks.lan/", "http://10.2.0.1/", "https://127.0.0.1/"])
      expect([text, targetOf(text, LISTED)]).toEqual([text, null]);
  });
});

describe("a name", () => {
  const resolve = (...addresses: string[]) =>
    addressesOf(new URL("https://x.example/"), NOTHING, async () => addresses);

  test("[W10] is called at what it stands for, where all of that is public", async () => {
    expect(await resolve("8.8.8.8", "2606:4700::1111")).toEqual(["8.8.8.8", "2606:4700::1111"]);
  });

  test("[W10] is called nowhere where any of that is not", async () => {
    for (const address of ["127.0.0.1", "10.0.0.1", "::1", "::ffff:8.8.8.8", "2002:808:808::", "fe80::1%eth0", "x"]) {
      for (const both of [[address], ["8.8.8.8", address], [address, "8.8.8.8"]])
        await expect(resolve(...both)).rejects.toThrow("its address may not be called");
    }
  });

  test("[W10] that stands for nothing, or that nobody knows, is called nowhere", async () => {
    await expect(resolve()).rejects.toThrow("its name is not known");
    const rejecting = () => Promise.reject(new Error("ENOTFOUND"));
    await expect(addressesOf(new URL("https://x.example/"), NOTHING, rejecting)).rejects.toThrow(
      "its name is not known",
    );
  });

  test("[W10] in a network of WEBHOOK_HOSTS is called there, by http there alone", async () => {
    const at = (url: string, address: string) => addressesOf(new URL(url), LISTED, async () => [address]);
    expect(await at("https://x.example/", "10.1.2.3")).toEqual(["10.1.2.3"]);
    expect(await at("http://hooks.lan/", "192.168.0.1")).toEqual(["192.168.0.1"]);
    await expect(at("https://x.example/", "10.2.0.1")).rejects.toThrow("may not be called");
    await expect(at("http://x.example/", "8.8.8.8")).rejects.toThrow("may not be called");
  });
});

test("[W10] the system's resolver knows this machine, and says no of a name that is none", async () => {
  expect(await systemLookup("localhost")).toContain("127.0.0.1");
  await expect(systemLookup("a-name-that-is-none.invalid")).rejects.toThrow();
});

test("[W10] the call goes to the address that was looked at, with all else as it was typed", () => {
  const url = new URL("https://hooks.example:8443/a%0d%0ab?c=%0a&d=1");
  expect(pinned(url, "8.8.8.8")).toBe("https://8.8.8.8:8443/a%0d%0ab?c=%0a&d=1");
  expect(pinned(new URL("https://hooks.example"), "2600::1")).toBe("https://[2600::1]/");
});
