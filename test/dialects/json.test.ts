// The JSON walk at every edge of every range it compares bytes with: texts with one hole, filled with each ASCII character and some
// beyond, must be taken exactly where JSON.parse takes them. The fuzz next door finds what nobody thought of; this finds each bound.
import { describe, expect, test } from "bun:test";
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
