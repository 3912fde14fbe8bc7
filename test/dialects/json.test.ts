// The JSON walk at every edge of every range it compares bytes with: texts with one hole, filled with each ASCII character and some
// beyond, must be taken exactly where JSON.parse takes them. The fuzz next door finds what nobody thought of; this finds each bound.
import { describe, expect, test } from "bun:test";
import { depthInside } from "../../src/dialects/blocks/look.ts";
import { memberSpan, parseJson, valueSpan } from "../../src/dialects/json.ts";

const HOLE = "◦";

const FILLINGS = [
  ...Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)),
  ...["", "\u0080", "\u00a0", "é", "\u2028", "\ufeff", "\ud800", "😀", "００"],
];

const STRINGS = [
  "\\u◦000",
  "\\u0◦00",
  "\\u00◦0",
  "\\u000◦",
  "\\uFfF◦",
  "\\◦",
  "\\◦0041",
  "a◦b",
  "◦",
  "\\\\◦",
  "\\u0041◦",
];

const NUMBERS = [
  "◦",
  "-◦",
  "0◦",
  "-0◦",
  "1◦",
  "9◦",
  "0.◦",
  "1.◦",
  "1.5◦",
  "1e◦",
  "1E◦",
  "1e+◦",
  "1E-◦",
  "1e5◦",
  "1.5e5◦",
  "◦1",
];

const WORDS = [
  ...["◦rue", "t◦ue", "tr◦e", "tru◦", "true◦"],
  ...["◦alse", "f◦lse", "fa◦se", "fal◦e", "fals◦", "false◦"],
  ...["◦ull", "n◦ll", "nu◦l", "nul◦", "null◦"],
];

const CONTAINERS = [
  ...["[◦]", "[1◦2]", "[1,◦]", "[◦1]", "[1◦", "[1]◦", "[[1]◦]", "[{}◦]", "◦[]"],
  ...[
    "{◦}",
    '{"a"◦1}',
    '{"a":◦}',
    '{"a":1◦"b":2}',
    '{"a":1,◦"b":2}',
    '{"a":1◦',
    '{"a":1}◦',
    '{◦"a":1}',
    '{"a":{}◦}',
    '{"a":[]◦}',
    '{"a":[1◦]}',
  ],
];

/** The text with each filling in its hole. */
function filled(template: string): string[] {
  return FILLINGS.map((filling) => template.replace(HOLE, () => filling));
}

/** Whether the text is one value with nothing but white space behind it. */
function isTaken(text: string): boolean {
  const span = valueSpan(text, 0);
  return span !== null && /^[ \n\r\t]*$/.test(text.slice(span.end));
}

/** The texts that the walk takes and JSON.parse does not, or the other way round. */
function differing(templates: readonly string[]): string[] {
  return templates.flatMap(filled).filter((text) => isTaken(text) !== (parseJson(text) !== undefined));
}

describe("the walk and JSON.parse take the same", () => {
  const strings = STRINGS.map((inside) => `"${inside}"`);
  test.each([
    ["in a string", strings],
    ["in a string in a list", strings.map((text) => `[1,${text}]`)],
    ["in the key of a map", strings.map((text) => `{${text}:1}`)],
    ["in a later key", strings.map((text) => `{"a":1,${text}:{}}`)],
    ["in a number", NUMBERS],
    ["in a number in a list", NUMBERS.map((text) => `[${text},1]`)],
    ["in a number in a map", NUMBERS.map((text) => `{"a":${text}}`)],
    ["in a word", WORDS],
    ["in a word in a map", WORDS.map((text) => `{"a":${text},"b":1}`)],
    ["between values", CONTAINERS],
    ["between values, further in", CONTAINERS.map((text) => `[{"a":${text}}]`)],
  ])("[P7] whatever character stands %s", (_, templates) => {
    expect(differing(templates)).toEqual([]);
    // Each hole takes something, or nothing was compared; none takes everything.
    for (const template of templates) {
      const taken = filled(template).filter(isTaken).length;
      expect([template, taken > 0, taken < FILLINGS.length]).toEqual([template, true, true]);
    }
  });

  test("[P7] a hexadecimal digit is one of twenty-two characters, in values and in keys", () => {
    const digits = "0123456789ABCDEFabcdef";
    // What stands right beside each range: / 0-9 : @ A-F G ` a-f g.
    for (const text of [...digits, ..."/:@G`g"]) {
      const isDigit = digits.includes(text);
      for (const escaped of [`\\u${text}000`, `\\u0${text}00`, `\\u00${text}0`, `\\u000${text}`]) {
        expect([escaped, isTaken(`"${escaped}"`)]).toEqual([escaped, isDigit]);
        expect([escaped, isTaken(`{"${escaped}":1}`)]).toEqual([escaped, isDigit]);
        expect([escaped, memberSpan(`{"${escaped}":1,"data":2}`, "data") !== null]).toEqual([escaped, isDigit]);
      }
    }
  });
});

describe("the first look by blocks", () => {
  /** So many characters before a hole that it stands around the end of a block, where what is found is carried into the next. */
  const FILLERS = Array.from({ length: 20 }, (_, n) => "x".repeat(46 + n));
  const strings = STRINGS.map((inside) => `"${inside}"`);
  const known = (text: string) => depthInside(`${text}}`, 0);

  test.each([
    ["in a string", (filler: string) => strings.map((text) => `["${filler}",${text}]`)],
    ["in a key", (filler: string) => strings.map((text) => `{"${filler}":1,${text}:1}`)],
    ["in a number", (filler: string) => NUMBERS.map((text) => `["${filler}",${text},1]`)],
    ["in the value of a key", (filler: string) => [...NUMBERS, ...WORDS].map((text) => `{"${filler}":${text},"b":1}`)],
    ["in a word", (filler: string) => WORDS.map((text) => `["${filler}",${text}]`)],
    ["between values", (filler: string) => CONTAINERS.map((text) => `[["${filler}"],${text}]`)],
    ["between values of a map", (filler: string) => CONTAINERS.map((text) => `{"${filler}":[{"a":${text}}]}`)],
  ])(
    "[P7] takes only what JSON.parse takes, whatever character stands %s",
    (_, templates) => {
      let [taken, all] = [0, 0];
      for (const text of FILLERS.flatMap((filler) => templates(filler).flatMap(filled))) {
        const depth = known(text);
        const isJson = parseJson(text) !== undefined;
        if (depth !== -1) expect([text, isJson, depth]).toEqual([text, true, valueSpan(text, 0)?.depth ?? -1]);
        // White space is the walk's, but for a blank behind a comma or a colon; and so is a sign that ends its block.
        if (!isJson || /[ \t\r\n]/.test(text)) continue;
        all++;
        if (depth !== -1) taken++;
      }
      expect(taken / all).toBeGreaterThan(0.99);
    },
    60_000,
  );

  test.each([
    ['{"a": 1, "b": [true, null, -0.5]}', 2],
    ['[{"a":"\\\\"},{"b":"\\""}]', 2],
    ["[]", 1],
    ["{}", 1],
    ["[]]", -1],
    ["[],[]", -1],
    ['{},"a":{}', -1],
    ["[}", -1],
    ["[[]", -1],
    ["[1,  2]", -1],
    ["[1,  ]", -1],
    ['{"a":  1}', -1],
    ['["a]', -1],
    ["[1.5.5]", -1],
    ["[1e5.5]", -1],
    ["[1e5e5]", -1],
    ['["\\u00g0"]', -1],
    ['["\u0001"]', -1],
    ["1", -1],
    ['"a"', -1],
    ["", -1],
  ] as const)("[P7] %s is %d deep, or not known", (text, depth) => {
    expect(known(text)).toBe(depth);
    // The same with a block before it.
    const further = `["${"x".repeat(64)}",${text}]`;
    if (parseJson(further) === undefined) expect(known(further)).toBe(-1);
    if (depth !== -1) expect(known(further)).toBe(depth + 1);
  });

  test("[L3] counts depth to 62, and leaves what is deeper to the walk", () => {
    const nest = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
    for (let levels = 1; levels <= 62; levels++) expect(known(nest(levels))).toBe(levels);
    for (const levels of [63, 64, 65, 66, 127, 128, 129, 1000]) expect(known(nest(levels))).toBe(-1);
    // Nothing of what is deeper is lost and found again as something else.
    expect(known(`${nest(64).slice(0, 64)}${"}".repeat(64)}`)).toBe(-1);
  });

  test("[P7] leaves to the walk what is larger than its room", () => {
    const text = (letters: number) => `["${"x".repeat(letters)}"]`;
    expect(known(text(200_000))).toBe(1);
    for (let over = 262_144 - 512; over < 262_144 + 8; over++) expect([1, -1]).toContain(known(text(over)));
    expect(known(text(262_144))).toBe(-1);
    expect(known(`["${"€".repeat(100_000)}"]`)).toBe(-1);
  });
});

describe("the walk has room for any text", () => {
  // Larger than any text another test has walked: the room for a text, and for what is open in it, is kept from one to the next.
  test("[P7] for three bytes a character", () => {
    const text = `"${"€".repeat(400_000)}"`;
    expect(valueSpan(text, 0)).toEqual({ start: 0, end: text.length, depth: 0 });
    expect(memberSpan(`{"data":${text},"a":1}`, "data")).toEqual({ start: 8, end: 8 + text.length, depth: 0 });
  });

  test.each([
    // First the one where the last container that finds room is a map: to forget that is to take it for a list.
    ["maps in lists", '[{"a":', "}]"],
    ["lists in maps", '{"a":[', "]}"],
  ])("[L3] for %s, each closed by its own", (_, open, close) => {
    const pairs = 131_073;
    const text = `${open.repeat(pairs)}1${close.repeat(pairs)}`;
    expect(valueSpan(text, 0)?.depth).toBe(2 * pairs);
    expect(valueSpan(text.slice(0, -1) + close.charAt(0), 0)).toBeNull();
  });
});
