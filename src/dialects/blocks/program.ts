// What the parts of the first look share: the block that is looked at, and how sets of its places are made and moved. A set is 64 bits, and
// its name says what stands at its places.
import {
  answer,
  any,
  areEqual,
  type Code,
  int,
  intOr,
  intShl,
  isSmaller,
  type Local,
  later,
  least,
  Program,
  places,
  plus,
  put,
  set,
  sixteen,
  sooner,
  toSet,
  without,
} from "./wasm.ts";

/** Bytes that are looked at together. */
export const BLOCK = 64;
/** Where the text stands; before it, what each byte may be: a letter of an escape, a hexadecimal digit, what may stand behind a word. */
export const TEXT_AT = 256;
export const ESCAPE = 1;
export const HEX = 2;
export const BEHIND_WORD = 4;
export const KINDS = [
  [ESCAPE, '"\\/bfnrt'],
  [HEX, "0123456789abcdefABCDEF"],
  [BEHIND_WORD, ",]} "],
] as const;

export const program = new Program(2);
export const [at, end] = [program.parameter(0), program.parameter(1)];
export const ints = () => program.local("i32");
export const sets = () => program.local("i64");
export const code = (letter: string) => letter.charCodeAt(0);

export const vectors = [0, 16, 32, 48].map((offset) => ({
  offset,
  bytes: program.local("v128"),
  lower: program.local("v128"),
}));
export type Vector = (typeof vectors)[number];
/** All that is wrong. */
export const wrong = sets();
export const left = sets();
export const some = sets();
export const place = ints();
export const byte = ints();
export const NOT_KNOWN = answer(int(-1));

export const refute = (bits: Code) => put(wrong, any(wrong, bits));

/** The places whose bytes are so. */
export function placesOf(isSo: (vector: Vector) => Code): Code {
  const [a = [], b = [], c = [], d = []] = vectors.map((vector) => places(isSo(vector)));
  const half = (low: Code, high: Code) => toSet(intOr(low, intShl(high, int(16))));
  return any(half(a, b), later(half(c, d), set(32n)));
}

export const placesOfByte = (letter: string) => placesOf(({ bytes }) => areEqual(bytes, sixteen(code(letter))));
/** Of a byte, and of the one that is it but for the bit 0x20: a capital letter, or a bracket for a brace. */
export const placesOfEither = (letter: string) => placesOf(({ lower }) => areEqual(lower, sixteen(code(letter))));
export const isAtMost = (bytes: Code, most: number) => areEqual(least(bytes, sixteen(most)), bytes);

/** The places right behind those of a set, the last block's last place included. */
export function behind(target: Local, bits: Local, carry = sets()): Code {
  return [...put(target, any(later(bits, set(1n)), carry)), ...put(carry, sooner(bits, set(63n)))];
}

/** Where runs of places end that begin with one of `starts`: an addition carries through each of them, and on into the next block. */
export function runEnds(target: Local, runs: Local, starts: Code, carry: Local): Code {
  const sum = sets();
  return [
    ...put(sum, plus(runs, starts)),
    ...put(target, plus(sum, carry)),
    ...put(carry, toSet(intOr(isSmaller(sum, runs), isSmaller(target, sum)))),
    ...put(target, without(target, runs)),
  ];
}
