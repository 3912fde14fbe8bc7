// What members are called in a room whose names are unique, on the core alone.
import { describe, expect, test } from "bun:test";
import { uniqueName } from "../../../src/rooms/names.ts";
import { type Answer, core } from "../../support/core.ts";
import { randomFrom, seedOf } from "../../support/random.ts";
import { reborn } from "../../support/restart.ts";

const UNIQUE = { names: "unique", awayMs: 60_000, historyMax: 16 } as const;

function house() {
  const it = core();
  const { line: tv, code } = it.create("tv", { rules: UNIQUE });
  const named = (clientId: string, name?: string) => {
    const { line, answer } = it.join(code, clientId, name === undefined ? {} : { name });
    return { line, name: nameIn(answer) };
  };
  return { ...it, tv, code, named };
}

function nameIn(answer: Answer): string | null | undefined {
  if (answer?.kind !== "joined") throw new Error(`it did not get in: ${JSON.stringify(answer)}`);
  const { picture, index } = answer;
  const own = picture.peers.find((peer) => peer.index === index);
  if (picture.name !== undefined) expect(picture.name).toBe(own?.name ?? null);
  return picture.name;
}

describe("[C36] unique names", () => {
  test("a second Ann is Ann 2, the others hear so, and she is told", () => {
    const { tv, named } = house();
    expect(named("a", "Ann").name).toBe("Ann");
    tv.heard();
    expect(named("b", "Ann").name).toBe("Ann 2");
    expect(tv.heard()).toMatchObject([{ kind: "peerJoined", peer: { clientId: "b", name: "Ann 2" } }]);
    expect(named("c", "Ann").name).toBe("Ann 3");
    expect(named("d").name).toBeNull();
  });

  test("the first number that is free, and one that was given up is", () => {
    const { named, ask } = house();
    named("a", "Ann");
    named("b", "Ann 2");
    const { line } = named("c", "Ann");
    expect(named("d", "Ann 2").name).toBe("Ann 2 2");
    ask(line, { kind: "leave" });
    expect(named("e", "Ann").name).toBe("Ann 3");
  });

  test.each([
    ["ANN", "ANN 2"],
    ["ａｎｎ", "ａｎｎ 2"],
    ["A nn", "A nn 2"],
    ["Ann\u200B", "Ann 2"],
    ["Anne", "Anne"],
  ])("%j beside Ann is called %j", (asked, given) => {
    const { named } = house();
    named("a", "Ann");
    expect(named("b", asked).name).toBe(given);
  });

  test("64 characters hold, cut between characters", () => {
    const { named } = house();
    const long = "🎲".repeat(64);
    named("a", long);
    expect(named("b", long).name).toBe(`${"🎲".repeat(62)} 2`);
    expect(named("c", long).name).toBe(`${"🎲".repeat(62)} 3`);
    const spaced = `${"x".repeat(61)} yz`;
    named("d", spaced);
    expect(named("e", spaced).name).toBe(`${"x".repeat(61)} 2`);
  });

  test("who comes back keeps the name that it was given, also when the first has gone", () => {
    const { named, relay, ask, tv } = house();
    const { line: first } = named("a", "Ann");
    const { line } = named("b", "Ann");
    relay.gone(line, "lost");
    ask(first, { kind: "leave" });
    tv.heard();
    expect(named("b", "Ann").name).toBe("Ann 2");
    expect(tv.heard().map(({ kind }) => kind)).toEqual(["peerBack"]);
    // Whoever brings no name keeps its own, and who brings another gets that.
    expect(named("b").name).toBe("Ann 2");
    tv.heard();
    expect(named("b", "Bea").name).toBe("Bea");
    expect(tv.heard()).toMatchObject([{ kind: "peerRenamed", clientId: "b", name: "Bea" }]);
  });

  test("who comes back under a name that another has is called so with a number", () => {
    const { named, tv } = house();
    named("a", "Ann");
    named("b", "Bea");
    tv.heard();
    expect(named("b", "Ann").name).toBe("Ann 2");
    expect(tv.heard()).toMatchObject([{ kind: "peerRenamed", clientId: "b", name: "Ann 2" }]);
  });

  test("[R48] a room that was restored still has them", () => {
    const it = house();
    it.named("a", "Ann");
    const next = reborn(it);
    expect(nameIn(next.join(it.code, "b", { name: "Ann" }).answer)).toBe("Ann 2");
  });

  test("in any other room two may be called the same, and nobody is told its own name", () => {
    const { create, join } = core();
    const { code } = create("tv");
    join(code, "a", { name: "Ann" });
    const { answer } = join(code, "b", { name: "Ann" });
    expect(answer).toMatchObject({ picture: { peers: [{}, { name: "Ann" }, { name: "Ann" }] } });
    expect(nameIn(answer)).toBeUndefined();
  });

  test("whoever comes, goes and comes back, no two look the same", () => {
    const seed = seedOf("NAMES_SEED");
    const random = randomFrom(seed);
    const { named, clock, code, rooms, relay, ask } = house();
    const names = ["Ann", "ann", "Ann 2", "ANN 2", "Ann 2 2", "x".repeat(64), "x".repeat(63)];
    for (let step = 0; step < 400; step++) {
      const clientId = `p${random.below(6)}`;
      const { line } = named(clientId, random.pick(names));
      const roll = random.below(3);
      if (roll === 0) ask(line, { kind: "leave" });
      if (roll === 1) relay.gone(line, "lost");
      // So that nobody fights over a seat.
      clock.advance(3_000);
      const seats = [...(rooms.at(code)?.seats ?? [])];
      const shown = seats.flatMap(({ name }) => name?.normalize("NFKC").toLowerCase().replaceAll(" ", "") ?? []);
      expect(`seed ${seed}, step ${step}: ${new Set(shown).size}`).toBe(`seed ${seed}, step ${step}: ${shown.length}`);
      for (const { name } of seats) expect([...(name ?? "")].length).toBeLessThanOrEqual(64);
    }
  });
});

test("[C37][R11] who is back is told with its name, also where it is another by now", () => {
  const { create, join, relay } = core();
  const { line: tv, code } = create("tv", { rules: { awayMs: 60_000 } });
  relay.gone(join(code, "a", { name: "Ann" }).line, "lost");
  tv.heard();
  relay.gone(join(code, "a", { name: "Bea" }).line, "lost");
  expect(tv.heard().slice(0, 2)).toMatchObject([
    { kind: "peerBack", clientId: "a", name: "Bea" },
    { kind: "peerRenamed", clientId: "a", name: "Bea" },
  ]);
});

test("[C36] nobody's name is looked at where none is asked for", () => {
  expect(uniqueName(null, [], null)).toBeNull();
});
