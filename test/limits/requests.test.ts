// What a request costs its address by plain HTTP: which bucket pays, how much, and what is left of the others.
import { describe, expect, test } from "bun:test";
import { type Asked, Requests } from "../../src/limits/requests.ts";

// As SPEC.md says it, for a rate of 20.
const PER_SECOND = 20;
const BURST = 100;

function start(perSecond = PER_SECOND) {
  const requests = new Requests(perSecond);
  const ask = (by: Asked["by"], now = 0, more: Partial<Asked> = {}) =>
    requests.take({ address: "a", foreign: null, by, ...more }, now);
  /** How many pass before the first no. */
  const passes = (by: Asked["by"], now = 0, more: Partial<Asked> = {}) => {
    for (let count = 0; count < 10_000; count++) if (ask(by, now, more) !== null) return count;
    return Number.POSITIVE_INFINITY;
  };
  return { requests, ask, passes };
}

describe("requests", () => {
  test("[H11] a stranger has a burst of a hundred and twenty a second", () => {
    const { ask, passes } = start();
    expect(passes("stranger")).toBe(BURST);
    expect(ask("stranger")).toEqual({ bucket: "http", retryAfterMs: 50 });
    expect(passes("stranger", 1_000)).toBe(PER_SECOND);
    expect(passes("stranger", 1_000, { address: "b" })).toBe(BURST);
  });

  test("[H11] who brings a token five times that, from a bucket of its own", () => {
    const { ask, passes } = start();
    passes("stranger");
    expect(passes("token")).toBe(5 * BURST);
    expect(ask("token")?.bucket).toBe("http_token");
    expect(passes("token", 1_000)).toBe(5 * PER_SECOND);
  });

  test("[H11] tokens that are none gain nothing", () => {
    const { requests, ask } = start();
    const bad = (now: number) => {
      if (ask("token", now) !== null) return 0;
      requests.badToken("a", now);
      return 1;
    };
    let count = 0;
    while (bad(0) === 1) count++;
    expect(count).toBe(BURST);
    // Nor who asks again as soon as there is one.
    let later = 0;
    for (let now = 1; now <= 10_000; now++) later += bad(now);
    expect(later).toBeLessThanOrEqual(10 * PER_SECOND + 1);
  });

  test("[H11] a network has eight addresses' worth: a /24, or the /48 of an IPv6 /64", () => {
    for (const at of [(n: number) => `203.0.113.${n}`, (n: number) => `2001:db8:7:${n.toString(16)}::/64`]) {
      const { ask, passes } = start();
      const passed = Array.from({ length: 20 }, (_, n) => passes("stranger", 0, { address: at(n + 1) }));
      expect(passed.reduce((sum, count) => sum + count)).toBe(8 * BURST);
      expect(ask("stranger", 0, { address: at(100) })).toEqual({ bucket: "http", retryAfterMs: 7 });
      expect(passes("stranger", 0, { address: "198.51.100.1" })).toBe(BURST);
    }
  });

  test("[H11] who asks for a token pays apart from its neighbours' pages", () => {
    const { ask, passes } = start();
    passes("stranger");
    expect(passes("login")).toBe(BURST);
    expect(ask("login")?.bucket).toBe("http_login");
  });

  test("[H23] what a browser loads has ten times that, apart from all else", () => {
    const { ask, passes } = start();
    passes("stranger");
    expect(passes("browser")).toBe(10 * BURST);
    expect(ask("browser")).toEqual({ bucket: "http_files", retryAfterMs: 5 });
    expect(passes("browser", 1_000)).toBe(10 * PER_SECOND);
    const network = Array.from({ length: 20 }, (_, n) => passes("browser", 0, { address: `203.0.113.${n}` }));
    expect(network.reduce((sum, count) => sum + count)).toBe(80 * BURST);
    expect(passes("login")).toBe(BURST);
    expect(passes("token")).toBe(5 * BURST);
    expect(start().passes("browser", 0, { foreign: "https://evil.example" })).toBe(BURST);
  });

  test("[H23] who comes no more is forgotten", () => {
    const { requests, passes } = start();
    passes("browser");
    requests.prune(60_000);
    expect(passes("browser", 0)).toBe(10 * BURST);
  });

  test("[H11] a page that does not belong here pays by its origin, and never from its visitor's bucket", () => {
    const { ask, passes } = start();
    expect(passes("stranger", 0, { foreign: "https://evil.example" })).toBe(BURST);
    expect(ask("stranger", 0, { foreign: "https://evil.example", address: "b" })?.bucket).toBe("http_foreign");
    // A script that says another origin each time has an address all the same.
    expect(ask("stranger", 0, { foreign: "https://other.example" })?.bucket).toBe("http_foreign");
    expect(ask("stranger", 0, { foreign: "" })?.bucket).toBe("http_foreign");
    expect(passes("stranger")).toBe(BURST);
  });

  test("[L16] LIMITS=off refuses nobody", () => {
    expect(start(Number.POSITIVE_INFINITY).passes("stranger")).toBe(Number.POSITIVE_INFINITY);
  });
});
