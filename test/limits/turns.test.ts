// Guesses without a socket: who is answered when, on a clock that stands still until the test moves it.
import { describe, expect, test } from "bun:test";
import { type Guess, Guesses, type GuessRing } from "../../src/limits/guesses.ts";
import { DEFAULT_LIMITS } from "../../src/limits/table.ts";
import { ManualClock } from "../support/clock.ts";

// As SPEC.md says it.
const FREE = DEFAULT_LIMITS.failedJoinsPerMinute;
const FIRST_SAVED = 30;
const PROBES_SAVED = 10;
const PER_SERVER = DEFAULT_LIMITS.wrongCodesPerSecond;
const WAITING_MAX = 32;
const HOME = "192.0.2.1";

type Asked = Partial<Guess> & { readonly isRight?: boolean };

function stage(limits: Partial<typeof DEFAULT_LIMITS> = {}, keysMax?: number) {
  const clock = new ManualClock();
  const start = clock.now();
  const dry: GuessRing[] = [];
  const guesses = new Guesses({ ...DEFAULT_LIMITS, ...limits }, clock, (ring) => dry.push(ring), keysMax);
  let codes = 0;
  const newCode = () => (++codes).toString(36).padStart(4, "A").toUpperCase();
  /** Names a code as a door does; the answer: when it came, in ms from the start, or that it was refused. */
  function say({ isRight = false, ...asked }: Asked = {}): { at: number | "refused" | null } {
    const guess: Guess = { address: HOME, code: newCode(), wrong: 0, isNeighbour: false, ...asked };
    const said: { at: number | "refused" | null } = { at: null };
    const go = () => {
      said.at = clock.now() - start;
      if (!isRight) guesses.failed(guess.address, guess.code);
    };
    const refuse = () => {
      said.at = "refused";
    };
    if (!guesses.isCrowded(guess.address) || guesses.isFree(guess)) go();
    else guesses.ask(guess, { go, refuse });
    return said;
  }
  const sayMany = (count: number, asked: Asked | ((n: number) => Asked) = {}) =>
    Array.from({ length: count }, (_, n) => say(typeof asked === "function" ? asked(n) : asked));
  /** All that an address may be answered at once, on every kind of turn. */
  function exhaust(address = HOME): void {
    sayMany(FREE, { address });
    sayMany(FIRST_SAVED, { address });
    sayMany(PROBES_SAVED, { address, wrong: "probe" });
    say({ address, wrong: 1 });
  }
  return { clock, guesses, dry, say, sayMany, exhaust, newCode };
}

const times = (said: readonly { at: number | "refused" | null }[]) => said.map(({ at }) => at);
const answered = (said: readonly { at: number | "refused" | null }[]) =>
  said.filter(({ at }) => typeof at === "number").length;
/** So many addresses, each in a block of its own. */
const block = (n: number) => `${10 + (n >> 8)}.${n & 255}.0.1`;
/** So many /64s of one /48. */
const ofOneNetwork = (n: number) => `2001:db8:1:${n.toString(16)}::/64`;

describe("the share of an address", () => {
  test("[L9] is so many different codes in a minute; one typed again and again is one", () => {
    const { clock, guesses, say, sayMany } = stage();
    sayMany(100, { code: "WRNG", wrong: 1 });
    sayMany(FREE - 2, { wrong: 1 });
    expect(guesses.isCrowded(HOME)).toBe(false);
    say({ wrong: 1 });
    expect(guesses.isCrowded(HOME)).toBe(true);
    clock.advance(59_999);
    expect(guesses.isCrowded(HOME)).toBe(true);
    clock.advance(1);
    expect(guesses.isCrowded(HOME)).toBe(false);
  });

  test("[L9] past it a line that was wrong before is answered at once, and then every two seconds", () => {
    const { clock, say, exhaust } = stage();
    exhaust();
    const said = [1, 2, 3].map((wrong) => say({ wrong }));
    clock.advance(10_000);
    expect(times(said)).toEqual([2_000, 4_000, 6_000]);
  });

  test("[L9] a code that was told as wrong within the minute has its answer at once", () => {
    const { say, exhaust } = stage();
    say({ code: "WRNG" });
    exhaust();
    // The ten latest are remembered.
    expect(say({ code: "WRNG", wrong: 5 }).at).toBeNull();
    const { say: sayElsewhere, sayMany } = stage();
    sayMany(FREE - 1);
    sayElsewhere({ code: "WRNG" });
    sayMany(1, { wrong: 1 });
    expect(sayElsewhere({ code: "WRNG", wrong: 5 }).at).toBe(0);
  });

  test("[L9] each wrong secret counts, however often it is the same room's", () => {
    const { guesses, sayMany } = stage();
    sayMany(FREE, { code: null });
    expect(guesses.isCrowded(HOME)).toBe(true);
  });

  test("[L9] 32 of a kind may wait; past that whoever waits longest of those who were wrong most is refused", () => {
    const { clock, say, sayMany, exhaust } = stage();
    exhaust();
    const worst = sayMany(2, { wrong: 9 });
    const better = sayMany(WAITING_MAX - 2, { wrong: 2 });
    expect(times(worst)).toEqual([null, null]);
    say({ wrong: 1 });
    expect(times(worst)).toEqual(["refused", null]);
    expect(say({ wrong: 10 }).at).toBe("refused");
    expect(answered(better)).toBe(0);
    clock.advance(2_000);
    expect(times(worst)).toEqual(["refused", null]);
  });

  test("[L9] whoever waits for 64 s is refused", () => {
    const { clock, say, exhaust } = stage();
    exhaust();
    const old = say({ wrong: 9 });
    for (let seconds = 0; seconds < 66; seconds += 2) {
      say({ wrong: 1 });
      clock.advance(2_000);
    }
    expect(old.at).toBe("refused");
  });

  test("[L9] is kept while somebody waits, and forgotten a minute later", () => {
    const { clock, guesses, sayMany, exhaust } = stage();
    exhaust();
    sayMany(20, { wrong: 1 });
    clock.advance(30_000);
    guesses.prune(clock.now());
    expect(guesses.isCrowded(HOME)).toBe(true);
    clock.advance(120_000);
    guesses.prune(clock.now());
    expect([guesses.size, guesses.isCrowded(HOME)]).toEqual([0, false]);
  });

  test("[L9] whoever comes while others wait waits behind them, though the minute is over", () => {
    const { clock, guesses, sayMany } = stage({ failedJoinsPerMinute: 100, wrongCodesPerSecond: 1_000 });
    sayMany(100);
    sayMany(WAITING_MAX + 1, { wrong: 1 });
    clock.advance(61_000);
    expect(guesses.isCrowded(HOME)).toBe(true);
    clock.advance(4_000);
    expect(guesses.isCrowded(HOME)).toBe(false);
  });

  test("[L1] a turn that throws does not stop those behind it", () => {
    const { clock, guesses, say, exhaust, newCode } = stage();
    exhaust();
    const said = say({ wrong: 1 });
    const go = () => {
      throw new Error("a bug");
    };
    const guess = { address: HOME, code: newCode(), wrong: 1, isNeighbour: false };
    guesses.ask(guess, { go, refuse: () => {} });
    expect(() => clock.advance(2_000)).toThrow("a bug");
    clock.advance(2_000);
    expect(typeof said.at).toBe("number");
  });

  test("[L16] lifted nobody is remembered", () => {
    const lifted = Number.POSITIVE_INFINITY;
    const { guesses, sayMany } = stage({ failedJoinsPerMinute: lifted, wrongCodesPerSecond: lifted });
    sayMany(1_000);
    guesses.knows(HOME, "ABCD");
    expect([guesses.size, guesses.isCrowded(HOME)]).toEqual([0, false]);
  });

  test("[L27] no more addresses are remembered than fit", () => {
    const { guesses, sayMany } = stage({}, 3);
    sayMany(50, (n) => ({ address: block(n) }));
    for (let n = 0; n < 50; n++) guesses.knows(block(n), "ABCD");
    // Of each kind: addresses, networks, blocks, and those that know a code.
    expect(guesses.size).toBeLessThanOrEqual(12);
  });
});

describe("the share of a network", () => {
  test("[L34] an IPv6 /48 is answered at most 480 wrong codes in a minute, however many addresses it has", () => {
    const { clock, sayMany } = stage();
    const said = [];
    for (let second = 0; second < 60; second++) {
      said.push(...sayMany(100, (n) => ({ address: ofOneNetwork(second * 100 + n) })));
      clock.advance(1_000);
    }
    expect(answered(said)).toBeGreaterThan(400);
    expect(answered(said)).toBeLessThanOrEqual(481);
  });

  test("[L34] a /24 likewise, pages of foreign origins at its addresses included", () => {
    const { clock, sayMany } = stage();
    const said = [];
    for (let second = 0; second < 60; second++) {
      said.push(...sayMany(200, (n) => ({ address: `192.0.2.${n}${n % 2 === 0 ? "#page" : ""}` })));
      clock.advance(1_000);
    }
    expect(answered(said)).toBeLessThanOrEqual(481);
  });

  test("[L36] of a network that is dry an address that was never wrong goes first", () => {
    const { clock, dry, say, sayMany } = stage();
    const guessers = (n: number) => ({ address: ofOneNetwork(n % 60) });
    sayMany(600, guessers);
    clock.advance(5_000);
    sayMany(600, guessers);
    expect(dry).toContain("guesses_network");
    const right = say({ address: ofOneNetwork(1_000), isRight: true });
    sayMany(600, guessers);
    clock.advance(200);
    expect(typeof right.at).toBe("number");
  });

  test("[L36] who is refused there gets the turn of its address back", () => {
    const { clock, dry, sayMany } = stage();
    sayMany(FREE);
    sayMany(400, (n) => ({ address: `192.0.2.${2 + (n % 250)}` }));
    const neighbour = (n: number) => ({ address: `192.0.2.${2 + (n % 250)}#page` });
    sayMany(250, neighbour);
    const refused = sayMany(FIRST_SAVED);
    expect(new Set(times(refused))).toEqual(new Set(["refused"]));
    clock.advance(45_000);
    sayMany(FIRST_SAVED);
    expect(dry).not.toContain("guesses");
  });

  test("[L36] a turn given back is the next one's at once, also where it was given back further on", () => {
    const { clock, say, sayMany, exhaust } = stage();
    exhaust();
    const right = [say({ isRight: true }), say({ isRight: true })];
    clock.advance(1_990);
    // Five too many for the network: they go before whoever comes from an address that is throttled.
    const spare = Math.floor((8 * FREE - 51 + (400 / 60) * 1.99) / 1) + 5;
    sayMany(spare, (n) => ({ address: `192.0.2.${2 + n}` }));
    clock.advance(1_900);
    expect(right.every(({ at }) => typeof at === "number" && at > 2_000)).toBe(true);
  });
});

describe("the share of all strangers", () => {
  test("[L34] is 50 wrong codes a second, with a burst of twice that, wherever they come from", () => {
    const { clock, dry, sayMany } = stage();
    const said = [];
    for (let second = 0; second < 20; second++) {
      said.push(...sayMany(500, (n) => ({ address: block((second * 500 + n) % 8_192), wrong: "probe" as const })));
      clock.advance(1_000);
    }
    expect(dry).toContain("guesses_server");
    expect(answered(said)).toBeGreaterThan(19 * PER_SERVER);
    expect(answered(said)).toBeLessThanOrEqual(22 * PER_SERVER);
  });

  test("[L36] nobody locks the others out with it: who comes from where nothing was wrong goes first", () => {
    const { clock, say, sayMany } = stage();
    const right = [];
    for (let second = 0; second < 20; second++) {
      // Someone who owns an IPv6 /32, and guesses from a new network each time.
      const guess = (n: number) => ({ address: `2001:db8:${(second * 1_000 + n).toString(16)}:1::/64` });
      sayMany(500, guess);
      const said = say({ address: block(second), isRight: true });
      sayMany(500, (n) => guess(500 + n));
      clock.advance(100);
      right.push(typeof said.at);
      clock.advance(900);
    }
    expect(right).toEqual(right.map(() => "number"));
  });

  test("[L35] nor wait those who are no strangers", () => {
    const { guesses, say, sayMany } = stage();
    guesses.knows(block(9_000), "ROOM");
    sayMany(5_000, (n) => ({ address: block(n) }));
    expect(say({ address: block(9_001) }).at).toBeNull();
    expect(say({ address: block(9_000), code: "ROOM", isRight: true }).at).toBe(0);
    expect(say({ address: block(9_002), isNeighbour: true, isRight: true }).at).toBe(0);
  });
});

describe("no guess", () => {
  test("[L35] is a code that the address knows: it is neither counted nor does it wait", () => {
    const { guesses, say, sayMany, exhaust } = stage();
    guesses.knows(HOME, "ROOM");
    sayMany(50, { code: "ROOM", wrong: 3 });
    expect(guesses.isCrowded(HOME)).toBe(false);
    exhaust();
    expect(guesses.failed(HOME, "ROOM")).toBe(false);
    expect(say({ code: "ROOM", wrong: 3 }).at).toBe(0);
    expect(say({ isNeighbour: true, wrong: 3 }).at).toBe(0);
  });

  test("[L35] the 16 that it knew last are remembered, for an hour", () => {
    const { clock, guesses } = stage();
    for (let n = 0; n < 17; n++) guesses.knows(HOME, `ROO${n}`);
    expect([guesses.failed(HOME, "ROO0"), guesses.failed(HOME, "ROO1")]).toEqual([true, false]);
    clock.advance(3_599_999);
    guesses.prune(clock.now());
    expect(guesses.failed(HOME, "ROO1")).toBe(false);
    clock.advance(1);
    guesses.prune(clock.now());
    expect(guesses.failed(HOME, "ROO1")).toBe(true);
  });

  test("[L35] after 60 unknown ones it waits as well: who is answered at once is no way to find a neighbour's room", () => {
    const { guesses, say, sayMany, exhaust } = stage();
    guesses.knows(HOME, "ROOM");
    exhaust();
    sayMany(60, { wrong: 2 });
    expect(say({ code: "ROOM", wrong: 2 }).at).toBeNull();
    expect(say({ isNeighbour: true, wrong: 2 }).at).toBeNull();
  });

  test("[L35] a wrong secret is one, whatever is known of the room", () => {
    const { guesses, say, exhaust } = stage();
    guesses.knows(HOME, "ROOM");
    exhaust();
    expect(say({ code: null, isNeighbour: true, wrong: 2 }).at).toBeNull();
  });
});

describe("right codes", () => {
  test.each([
    [20, 0],
    [200, 2_000],
  ])("[L36] of a line that was never wrong get in beside %i lines that guess within %i ms", (lines, ms) => {
    const { clock, say, sayMany } = stage();
    sayMany(lines);
    for (let round = 1; round <= 10; round++) {
      sayMany(lines, { wrong: round });
      const right = say({ isRight: true });
      clock.advance(ms);
      expect([round, typeof right.at]).toEqual([round, "number"]);
    }
  });

  test("[L36] of a line that was wrong once get in within four seconds", () => {
    const { clock, say, sayMany } = stage();
    const guests = sayMany(30);
    expect(answered(guests)).toBe(30);
    sayMany(30, { wrong: 1 });
    clock.advance(1_000);
    const mistyped = say();
    const right = say({ wrong: 1, isRight: true });
    clock.advance(4_000);
    expect([mistyped.at, typeof right.at]).toEqual([1_000, "number"]);
  });

  test("[L36] are not refused where 32 guessers wait", () => {
    const { clock, say, sayMany, exhaust } = stage();
    exhaust();
    sayMany(2 * WAITING_MAX, { wrong: 1 });
    sayMany(2 * WAITING_MAX, { wrong: 0 });
    const right = [say({ isRight: true }), say({ wrong: 1, isRight: true })];
    clock.advance(2_000);
    expect(times(right)).toEqual([2_000, 2_000]);
  });

  test("[L36] cost nothing: all who wait with one get in together", () => {
    const { clock, sayMany, exhaust } = stage();
    exhaust();
    const said = sayMany(20, { isRight: true });
    expect(answered(said)).toBe(0);
    clock.advance(2_100);
    expect(answered(said)).toBe(20);
  });

  test("[L36] wait as long as wrong ones of the same line: the wait tells nothing", () => {
    const waits = [true, false].map((isRight) => {
      const { clock, say, exhaust } = stage();
      exhaust();
      const said = [say({ isRight }), say({ isRight, wrong: 1 }), say({ isRight, wrong: "probe" as const })];
      clock.advance(2_000);
      return times(said);
    });
    expect(waits[0]).toEqual(waits[1] ?? []);
    expect(waits[0]).toEqual([2_000, 2_000, 2_000]);
  });

  test("[L9] a school of 40 phones that join five rooms, ten of them with a mistyped code first, feels nothing", () => {
    const { clock, say, newCode } = stage();
    const rooms = Array.from({ length: 5 }, newCode);
    const said = [];
    for (let phone = 0; phone < 40; phone++) {
      const hasMistyped = phone < 10;
      if (hasMistyped) said.push(say());
      said.push(say({ wrong: hasMistyped ? 1 : 0, code: rooms[phone % 5] ?? "", isRight: true }));
      if (phone % 4 === 3) clock.advance(1_000);
    }
    expect(said.map(({ at }) => typeof at)).toEqual(said.map(() => "number"));
    // Each at the moment it was said.
    expect(new Set(times(said)).size).toBe(10);
  });
});
