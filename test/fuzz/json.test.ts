// The house's own JSON walk, and the first look at a large body, against JSON.parse: they must take exactly what JSON.parse takes, or a broken body could reach a
// receiver. Texts are made at random and then damaged; the seed is printed on failure, and FUZZ_SEED repeats it.
import { expect, test } from "bun:test";
import { depthInside } from "../../src/dialects/blocks/look.ts";
import { mayHaveBody } from "../../src/dialects/envelope.ts";
import { memberSpan, parseJson, valueSpan } from "../../src/dialects/json.ts";
import { randomFrom, seedOf } from "../support/random.ts";

const TEXTS = Number(process.env.FUZZ_TEXTS ?? 60_000);
const DAMAGE = [
  ...'{}[]",:\\/ \n\t\r0123456789+-.eEtrufalsn',
  "\u0000",
  "\u001f",
  "é",
  "\u2028",
  "\ud800",
  "😀",
  "\\u00",
  "\\ud83d",
  "null",
];
const PLAIN = [
  "0",
  "-0",
  "1e400",
  "-1.5E-7",
  "9007199254740993",
  "true",
  "false",
  "null",
  '""',
  '"a"',
  '"\\u0041\\n\\""',
  '"é😀"',
];

type Random = ReturnType<typeof randomFrom>;

function space(random: Random): string {
  return random.chance(0.2) ? random.pick([" ", "\n", "\t ", "\r\n"]) : "";
}

function make(random: Random, levels: number): string {
  const pad = space(random);
  if (levels === 0 || random.chance(0.4)) return pad + random.pick(PLAIN) + space(random);
  const items = Array.from({ length: random.below(4) }, () => make(random, levels - 1));
  if (random.chance(0.5)) return `${pad}[${space(random)}${items.join(",")}]${space(random)}`;
  const members = items.map(
    (item) => `${space(random)}${random.pick(['"data"', '"x"', '"d\\u0061ta"', '""'])}${space(random)}:${item}`,
  );
  return `${pad}{${space(random)}${members.join(",")}}${space(random)}`;
}

function damage(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  const cut = random.chance(0.5) ? 1 + random.below(2) : 0;
  return text.slice(0, at) + (random.chance(0.7) ? random.pick(DAMAGE) : "") + text.slice(at + cut);
}

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

function isSpaceOnly(text: string): boolean {
  return /^[ \n\r\t]*$/.test(text);
}

test("[P7] the walk takes what JSON.parse takes, no more and no less", () => {
  const seed = seedOf("FUZZ_SEED");
  const random = randomFrom(seed);
  let taken = 0;
  for (let n = 0; n < TEXTS; n++) {
    let text = make(random, random.below(6));
    for (let hits = random.below(3); hits > 0; hits--) text = damage(random, text);
    const span = valueSpan(text, 0);
    const isWhole = span !== null && isSpaceOnly(text.slice(span.end));
    const value = parseJson(text);
    if (isWhole !== (value !== undefined)) throw new Error(`seed ${seed}: ${JSON.stringify(text)} taken: ${isWhole}`);
    if (span === null) continue;
    const piece = text.slice(span.start, span.end);
    if (parseJson(piece) === undefined) throw new Error(`seed ${seed}: a broken piece of ${JSON.stringify(text)}`);
    if (!isWhole) continue;
    taken++;
    // Of repeated members JSON.parse keeps one, and the others' depth is gone with them.
    if (!text.includes('"data"') && !text.includes('""')) expect(span.depth).toBeGreaterThanOrEqual(depthOf(value));
  }
  // Half of them at least were JSON, and many were not: else this test shows nothing.
  expect(taken).toBeGreaterThan(TEXTS / 4);
  expect(taken).toBeLessThan(TEXTS * 0.9);
}, 60_000);

test("[P7] the member found is the one that JSON.parse keeps", () => {
  const seed = seedOf("FUZZ_SEED");
  const random = randomFrom(seed);
  let found = 0;
  let bare = 0;
  for (let n = 0; n < TEXTS / 4; n++) {
    const text = make(random, 4);
    const value = parseJson(text);
    const span = memberSpan(text, "data");
    const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
    const kept = isMap && Object.hasOwn(value, "data") ? (value as { data: unknown }).data : undefined;
    const piece = span === null ? undefined : parseJson(text.slice(span.start, span.end));
    if (!Bun.deepEquals(piece, kept)) throw new Error(`seed ${seed}: ${JSON.stringify(text)}`);
    // Where the look for its name finds nothing, the walk would not have either.
    if (span !== null && !mayHaveBody(text)) throw new Error(`seed ${seed}, overlooked: ${JSON.stringify(text)}`);
    if (kept !== undefined) found++;
    if (!mayHaveBody(text)) bare++;
  }
  expect([found > 100, bare > 100]).toEqual([true, true]);
}, 60_000);

test("[L3] depth is counted, however deep", () => {
  for (const levels of [1, 32, 33, 64, 65, 1000, 30_000]) {
    expect(valueSpan("[".repeat(levels) + "]".repeat(levels), 0)?.depth).toBe(levels);
    expect(valueSpan(`${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`, 0)?.depth).toBe(levels);
    expect(valueSpan("[".repeat(levels) + "]".repeat(levels - 1), 0)).toBeNull();
    expect(valueSpan(`${"[".repeat(levels)}}`, 0)).toBeNull();
  }
});

/** Pieces of which two to four stand side by side: much of it is JSON, and what is not is often wrong in one place alone. */
const PIECES = [
  ...'{}[],:"-0159.eE+ \\'.split(""),
  ...[
    '"a":',
    '"b"',
    "true",
    "false",
    "null",
    "12.5",
    "-3",
    "1e5",
    "-0.25e-07",
    '"\\""',
    '"\\u00e9"',
    '"é"',
    "{}",
    "[]",
    '{"a":',
    "],",
    "},",
  ],
];

test("[P7] the first look takes nothing that JSON.parse does not, wherever in a block it stands", () => {
  const seed = seedOf("FUZZ_SEED");
  const random = randomFrom(seed);
  let [known, taken, broken] = [0, 0, 0];
  for (let n = 0; n < TEXTS; n++) {
    let inside = "";
    if (random.chance(0.5)) {
      inside = make(random, random.below(6));
      for (let hits = random.below(3); hits > 0; hits--) inside = damage(random, inside);
    } else for (let pieces = 1 + random.below(6); pieces > 0; pieces--) inside += random.pick(PIECES);
    const filler = "x".repeat(random.below(70));
    const text = random.chance(0.5) ? `["${filler}",${inside}]` : `{"${filler}":${inside}}`;
    const span = valueSpan(text, 0);
    const isWhole = span?.end === text.length;
    const depth = depthInside(`${text}}`, 0);
    if (isWhole) taken++;
    else broken++;
    if (depth === -1) continue;
    known++;
    if (!isWhole || depth !== span.depth || parseJson(text) === undefined)
      throw new Error(`seed ${seed}: ${JSON.stringify(text)} taken: ${depth}`);
  }
  expect(broken).toBeGreaterThan(TEXTS / 4);
  expect(taken).toBeGreaterThan(TEXTS / 4);
  // What it leaves to the walk has white space in it, mostly.
  expect(known).toBeGreaterThan(taken / 3);
}, 60_000);
