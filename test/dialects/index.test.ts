// Which path speaks which wire, and that the wires get on with one another.
import { describe, expect, test } from "bun:test";
import { Dialects, WIRES } from "../../src/dialects/index.ts";

const PLACE = { instance: "i1", region: "fra" };
const OWNED = [
  ["/v1", "party"],
  ["/v1/", "party"],
  ["/v1/GXHB", "party"],
  ["/v2", "party2"],
  ["/v2/", "party2"],
  ["/v2/GXHB", "party2"],
  ["/sessionserver", "sessionserver"],
  ["/sessionserver/", "sessionserver"],
  ["/api/sessions/live", "live"],
] as const;
const OTHERS = [
  "/",
  "/GXHB",
  "/v11",
  "/x/v1",
  "/v2/GXHB/x",
  "/v22",
  "/x/v2",
  "/sessionserver/x",
  "/sessionservers",
  "/x/sessionserver",
];

describe.each(["party", "party2"])("with %s on /", (main) => {
  const dialects = new Dialects(main, PLACE);

  test.each(OWNED)("[Q1] %s speaks %s", (path, name) => {
    expect(dialects.at(path).name).toBe(name);
  });

  test.each([...OTHERS, "/api/sessions/live/", "/api/sessions/live/3"])("[Q1] %s is the main one's", (path) => {
    expect(dialects.at(path).name).toBe(main);
  });
});

test("each wire has a name of its own, by which it is found, and no path belongs to two", () => {
  const dialects = new Dialects("party", PLACE);
  const names = WIRES.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(dialects.named(name).name).toBe(name);
  expect(() => dialects.named("party3")).toThrow("no dialect is called party3");
  expect(() => new Dialects("party3", PLACE)).toThrow();
  for (const path of [...OWNED.map(([path]) => path), ...WIRES.map(({ address }) => address)]) {
    expect(WIRES.filter(({ owns }) => owns?.(path)).length).toBeLessThanOrEqual(1);
  }
});

test("the docs have a sentence on every request and every frame", async () => {
  for (const { name, requests, frames } of WIRES) {
    for (const [type, schema] of Object.entries({ ...requests, ...(await frames()).FRAMES })) {
      expect([name, type, schema.description ?? ""]).not.toEqual([name, type, ""]);
    }
  }
});
