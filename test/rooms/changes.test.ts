// What a file of rooms has to be told: a room is news with whatever changes of its record, told or not, and with nothing else; and a room
// that has ended stays ended.
import { describe, expect, test } from "bun:test";
import { Changes, type Word } from "../../src/rooms/changes.ts";
import type { Want } from "../support/core.ts";
import { core, PLAIN_RULES } from "../support/core.ts";
import { NotebookLine } from "../support/notebook.ts";

/** What is said of rooms by their codes: of one that has ended its id. */
function said(words: Iterable<Word>): string[] {
  return Array.from(words, ({ id, record }) => record?.code ?? `${id} has ended`);
}

/** A room of a host, a guest and one that is away, and how many rooms are news after that. */
function stage() {
  const fixture = core();
  const { rooms, relay, join } = fixture;
  const host = fixture.create("host", { rules: { awayMs: 60_000, historyMax: 8 } });
  const ann = join(host.code, "ann", { secret: "ann's" });
  const bob = join(host.code, "bob");
  relay.gone(bob.line, "lost");
  const grows = (work: () => unknown): number => {
    const changes = rooms.follow();
    work();
    return changes.size;
  };
  return { ...fixture, host: host.line, code: host.code, ann: ann.line, grows };
}

describe("[R48] a room is news", () => {
  test("not where somebody is told a message, or nothing at all", () => {
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
    ["a timer", { kind: "timerSet", timer: "round", ms: 1_000, label: null, pauses: false }],
    ["private data", { kind: "setPrivate", clientId: "ann", body: "1" }],
    ["another member's data", { kind: "setPlayer", clientId: "ann", body: "1", shape: null }],
    ["a reset", { kind: "reset", keep: [] }],
    ["the host", { kind: "makeHost", clientId: "ann" }],
    ["a session", { kind: "sessionStart", notes: null }],
    ["a seat that is given up", { kind: "leave" }],
    ["the end of the room", { kind: "closeRoom", reason: null }],
  ];
  test.each(changes)("with %s", (_, want) => {
    const { ask, host, grows } = stage();
    expect(grows(() => ask(host, want))).toBeGreaterThan(0);
  });

  test("with who opens, comes, goes away, comes back and takes over", () => {
    const { create, join, relay, code, ann, clock, grows } = stage();
    expect(grows(() => create("another"))).toBeGreaterThan(0);
    expect(grows(() => join(code, "cleo"))).toBeGreaterThan(0);
    expect(grows(() => relay.gone(ann, "lost"))).toBeGreaterThan(0);
    expect(grows(() => join(code, "ann", { secret: "ann's", name: "Ann" }))).toBeGreaterThan(0);
    expect(grows(() => join(code, "ann", { secret: "ann's", name: "Anna" }))).toBeGreaterThan(0);
    expect(grows(() => clock.advance(60_000))).toBeGreaterThan(0);
  });

  test("with a seat that waits though seats of its room never do: the server goes", () => {
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
});

describe("[R48] what is told of the rooms", () => {
  function followed() {
    const fixture = core({ roomsPerAddressMax: 100 });
    const changes: Changes = fixture.rooms.follow();
    const idOf = (code: string) => fixture.rooms.at(code)?.id ?? "";
    return { ...fixture, changes, idOf };
  }

  test("each room there is once, and the news alone after that", () => {
    const { create, ask, changes } = followed();
    const [a, b] = [create("a"), create("b")];
    expect(said(changes.rooms())).toEqual([a.code, b.code]);
    expect([changes.size, said(changes.news())]).toEqual([0, []]);
    ask(b.line, { kind: "setState", body: "1" });
    ask(b.line, { kind: "setState", body: "2" });
    expect(changes.size).toBe(1);
    const [word] = changes.news();
    expect(word?.record).toMatchObject({ code: b.code, state: "2" });
    expect(changes.size).toBe(0);
  });

  test("what changes while it is told is news again, and the telling ends", () => {
    const { create, ask, changes } = followed();
    const [a, b] = [create("a"), create("b")];
    const told: string[] = [];
    for (const { record } of changes.news()) {
      told.push(record?.code ?? "");
      for (const { line } of [a, b]) ask(line, { kind: "setState", body: String(told.length) });
      create(`c${told.length}`);
    }
    expect(told).toEqual([a.code, b.code]);
    // Both again, and the two that were opened meanwhile.
    expect(changes.size).toBe(4);
    const all: string[] = [];
    for (const { record } of changes.rooms()) {
      all.push(record?.code ?? "");
      create(`d${all.length}`);
    }
    expect(all).toHaveLength(4);
  });

  test("a room that ends is told of by its id, whatever was said of it before, and one that is opened with its code is another", () => {
    const { create, ask, clock, changes, idOf } = followed();
    const { code, line } = create("a");
    const id = idOf(code);
    ask(line, { kind: "setState", body: "1" });
    ask(line, { kind: "closeRoom", reason: null });
    expect(said(changes.news())).toEqual([`${id} has ended`]);
    clock.advance(60_001);
    const again = create("b", { code });
    expect(again.code).toBe(code);
    expect(Array.from(changes.news(), ({ id, record }) => [id, record?.creator])).toEqual([[idOf(code), "b"]]);
    expect(idOf(code)).not.toBe(id);
  });

  test("a room that ends while its session has a last word is not told of as one that goes on", () => {
    const { create, join, ask, changes } = followed();
    const { code, line } = create("a", { rules: { historyMax: 8 } });
    join(code, "ann");
    ask(line, { kind: "sessionStart", notes: null });
    expect(said(changes.news())).toEqual([code]);
    ask(line, { kind: "closeRoom", reason: null });
    expect(said(changes.news())).toEqual([expect.stringMatching(/ has ended$/)]);
    expect(changes.size).toBe(0);
  });

  test("one that ends between two words is told of as ended, not as it was", () => {
    const { create, ask, changes } = followed();
    const [a, b] = [create("a"), create("b")];
    const told: string[] = [];
    for (const word of changes.rooms()) {
      told.push(...said([word]));
      if (told.length === 1) ask(b.line, { kind: "closeRoom", reason: null });
    }
    expect(told).toEqual([a.code]);
    expect(said(changes.news())).toEqual([expect.stringMatching(/ has ended$/)]);
  });

  test("a word about a room after its end, or of another that has its code, brings neither back", () => {
    const all = new Map<string, { id: string; code: string; record: () => null }>();
    const [room, other] = [
      { id: "a", code: "AAAA", record: () => null },
      { id: "b", code: "AAAA", record: () => null },
    ];
    const changes = new Changes(all);
    all.set(room.code, room);
    changes.changed(room);
    expect(changes.size).toBe(1);
    all.delete(room.code);
    changes.ended(room);
    changes.changed(room);
    all.set(other.code, other);
    changes.changed(room);
    expect([changes.size, said(changes.news())]).toEqual([1, ["a has ended"]]);
  });

  test("[R49] nothing is said of rooms with numbers but their end", () => {
    const { create, ask, changes } = followed();
    const { line } = create("a", { rules: { ...PLAIN_RULES, isNumbered: true } });
    expect([said(changes.rooms()), said(changes.news())]).toEqual([[], []]);
    ask(line, { kind: "setState", body: "1" });
    expect(said(changes.news())).toEqual([]);
  });

  test("nobody follows, nobody is told: a second one begins anew, and the first hears no more", () => {
    const { create, rooms, changes } = followed();
    const { code } = create("a");
    const second = rooms.follow();
    expect([changes.size, second.size]).toEqual([1, 0]);
    create("b", { line: new NotebookLine() });
    expect([changes.size, second.size]).toEqual([1, 1]);
    rooms.unfollow();
    create("c");
    expect(second.size).toBe(1);
    expect(said(second.rooms())[0]).toBe(code);
  });
});
