// What is remembered of addresses that connect: nothing of those that have gone and whose buckets are full.
import { describe, expect, test } from "bun:test";
import { Connections } from "../../src/limits/connections.ts";

const LIMITS = { linesMax: 100, linesPerAddressMax: 4, connectsPerSecond: 1, addressMessagesPerSecond: 10 };
const ADDRESS = "192.0.2.1";

/** Comes and goes so often. */
function visit(connections: Connections, times: number, now: number): void {
  for (let n = 0; n < times; n++) {
    expect(connections.admit(ADDRESS, now)).toMatchObject({ address: ADDRESS });
    connections.release(ADDRESS);
  }
}

describe("what is remembered", () => {
  test("[L10] an address whose bucket is full again is forgotten, and not before", () => {
    const connections = new Connections(LIMITS);
    visit(connections, 5, 0);
    expect(connections.admit(ADDRESS, 0)).toBe("too_many_connects");
    connections.prune(4_999);
    expect(connections.size).toBeGreaterThan(0);
    connections.prune(5_000);
    expect(connections.size).toBe(0);
    visit(connections, 5, 5_000);
  });

  test("[L10] one with a line open is kept, or its place would be free for one more", () => {
    const connections = new Connections(LIMITS);
    for (let n = 0; n < 4; n++) connections.admit(ADDRESS, 0);
    connections.prune(3_600_000);
    expect(connections.admit(ADDRESS, 3_600_000)).toBe("too_many_lines");
    for (let n = 0; n < 4; n++) connections.release(ADDRESS);
    connections.prune(3_600_000);
    expect(connections.size).toBe(0);
  });

  test("[L10] a line that is refused takes no place and no connect", () => {
    const connections = new Connections({ ...LIMITS, linesPerAddressMax: 1 });
    connections.admit(ADDRESS, 0);
    for (let n = 0; n < 10; n++) expect(connections.admit(ADDRESS, 0)).toBe("too_many_lines");
    connections.release(ADDRESS);
    visit(connections, 4, 0);
    expect(connections.admit(ADDRESS, 0)).toBe("too_many_connects");
  });

  test("[L11] nor does one that finds the server full, and it leaves no trace", () => {
    const connections = new Connections({ ...LIMITS, linesMax: 1 });
    connections.admit("192.0.2.2", 0);
    const { size } = connections;
    for (let n = 0; n < 10; n++) expect(connections.admit(ADDRESS, 0)).toBe("server_full");
    expect(connections.size).toBe(size);
    connections.release("192.0.2.2");
    visit(connections, 5, 0);
  });
});

test("[L7] an address is a crowd with more than four lines, and for a minute after it was found to be one", () => {
  const connections = new Connections({ ...LIMITS, linesMax: 99, linesPerAddressMax: 99, connectsPerSecond: 99 });
  for (let line = 0; line < 4; line++) connections.admit("a", 0);
  expect([connections.isCrowd("a", 0), connections.isCrowd("nobody", 0)]).toEqual([false, false]);
  connections.admit("a", 0);
  expect(connections.isCrowd("a", 1_000)).toBe(true);
  for (let line = 0; line < 4; line++) connections.release("a");
  expect([connections.isCrowd("a", 60_999), connections.isCrowd("a", 61_000)]).toEqual([true, false]);
});

describe("a network", () => {
  const addresses = (count: number, from = 1) => Array.from({ length: count }, (_, n) => `192.0.2.${from + n}`);

  test("[L10] has eight times the lines of an address, whoever of it has them, and its neighbour has its own", () => {
    const connections = new Connections({ ...LIMITS, linesMax: 999, linesPerAddressMax: 2, connectsPerSecond: 99 });
    for (const address of addresses(8)) for (let n = 0; n < 2; n++) expect(connections.admit(address, 0)).toBeObject();
    expect(connections.admit("192.0.2.200", 0)).toBe("too_many_lines");
    expect(connections.admit("192.0.3.1", 0)).toBeObject();
    connections.release("192.0.2.1");
    expect(connections.admit("192.0.2.200", 0)).toBeObject();
    expect(connections.admit("192.0.2.201", 0)).toBe("too_many_lines");
  });

  test("[L10] has eight times the connects, a second and at once", () => {
    const connections = new Connections({ ...LIMITS, linesMax: 999, linesPerAddressMax: 99, connectsPerSecond: 1 });
    const comes = (address: string, now: number) => {
      const admission = connections.admit(address, now);
      if (typeof admission === "string") return admission;
      connections.release(address);
      return "in";
    };
    for (const address of addresses(40)) expect(comes(address, 0)).toBe("in");
    expect(comes("192.0.2.200", 0)).toBe("too_many_connects");
    expect(comes("192.0.3.1", 0)).toBe("in");
    const later: string[] = addresses(9, 100).map((address) => comes(address, 1_000));
    expect(later).toEqual([...Array<string>(8).fill("in"), "too_many_connects"]);
  });

  test("[L27] what is left of those that came and went has a cap", () => {
    const connections = new Connections({ ...LIMITS, linesMax: 999, linesPerAddressMax: 99, connectsPerSecond: 1 });
    for (let n = 0; n < 70_000; n++) {
      const address = `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
      if (typeof connections.admit(address, 0) !== "string") connections.release(address);
    }
    // 70,000 addresses are in 274 networks.
    expect(connections.size).toBeLessThanOrEqual(2 * (65_536 + 274));
  });
});
