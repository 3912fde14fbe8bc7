// What makes a snapshot due: a room's version goes up with whatever a record of it holds, told or not, and with nothing else.
import { describe, expect, test } from "bun:test";
import type { Want } from "../support/core.ts";
import { core } from "../support/core.ts";
import { NotebookLine } from "../support/notebook.ts";

/** A room of a host, a guest and one that is away, and by how much the version of all rooms goes up meanwhile. */
function stage() {
  const fixture = core();
  const { rooms, relay, join } = fixture;
  const host = fixture.create("host", { rules: { awayMs: 60_000, historyMax: 8 } });
  const ann = join(host.code, "ann", { secret: "ann's" });
  const bob = join(host.code, "bob");
  relay.gone(bob.line, "lost");
  const grows = (work: () => unknown): number => {
    const before = rooms.version;
    work();
    return rooms.version - before;
  };
  return { ...fixture, host: host.line, code: host.code, ann: ann.line, grows };
}

describe("[R48] the version of the rooms", () => {
  test("stays where somebody is told a message, or nothing at all", () => {
    const { ask, ann, host, grows } = stage();
    const targets = [null, "host", ["host", "bob"], "nobody"] as const;
    for (const to of targets) expect(grows(() => ask(ann, { kind: "send", to, body: "1" }))).toBe(0);
    expect(grows(() => ask(host, { kind: "ping" }))).toBe(0);
    expect(grows(() => ask(ann, { kind: "lock", locked: true }))).toBe(0);
  });

  const changes: readonly [string, Want][] = [
    ["state", { kind: "setState", body: "{}" }],
    ["a member's data", { kind: "setPlayer", body: "{}", shape: null }],
    ["the lock", { kind: "lock", locked: true }],
    ["a ban", { kind: "kick", clientId: "ann", reason: null, ban: true }],
    ["the host", { kind: "makeHost", clientId: "ann" }],
    ["a session", { kind: "sessionStart", notes: null }],
    ["a seat that is given up", { kind: "leave" }],
    ["the end of the room", { kind: "closeRoom", reason: null }],
  ];
  test.each(changes)("goes up with %s", (_, want) => {
    const { ask, host, grows } = stage();
    expect(grows(() => ask(host, want))).toBeGreaterThan(0);
  });

  test("goes up with who opens, comes, goes away, comes back and takes over", () => {
    const { create, join, relay, code, ann, clock, grows } = stage();
    expect(grows(() => create("another"))).toBeGreaterThan(0);
    expect(grows(() => join(code, "cleo"))).toBeGreaterThan(0);
    expect(grows(() => relay.gone(ann, "lost"))).toBeGreaterThan(0);
    expect(grows(() => join(code, "ann", { secret: "ann's", name: "Ann" }))).toBeGreaterThan(0);
    expect(grows(() => join(code, "ann", { secret: "ann's", name: "Anna" }))).toBeGreaterThan(0);
    expect(grows(() => clock.advance(60_000))).toBeGreaterThan(0);
  });

  test("goes up with a seat that waits though seats of its room never do: the server goes", () => {
    const { create, relay, grows } = stage();
    const { line } = create("tv");
    expect(grows(() => relay.gone(line, "held"))).toBeGreaterThan(0);
  });

  test("so it does when it is a guest's, of which nobody is told a word", () => {
    const { create, join, relay, grows } = stage();
    const { code } = create("tv");
    const { line } = join(code, "guest");
    expect(grows(() => relay.gone(line, "held"))).toBeGreaterThan(0);
  });

  test("never comes back to where it was when a room with a version of its own ends", () => {
    const { create, ask, rooms } = stage();
    const seen = new Set<number>([rooms.version]);
    for (let n = 0; n < 20; n++) {
      const { line } = create(`tv-${n}`, { line: new NotebookLine("party", `192.0.2.${n + 10}`) });
      for (let changes = 0; changes < n; changes++) ask(line, { kind: "setState", body: String(changes) });
      expect(seen.has(rooms.version)).toBe(false);
      seen.add(rooms.version);
      ask(line, { kind: "leave" });
      expect(seen.has(rooms.version)).toBe(false);
      seen.add(rooms.version);
    }
  });
});
