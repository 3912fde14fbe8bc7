// The rules of what stands around values: strings and their escapes, what may stand behind what, and brackets.
import {
  at,
  BLOCK,
  behind,
  byte,
  code,
  ESCAPE,
  end,
  HEX,
  ints,
  isAtMost,
  left,
  NOT_KNOWN,
  place,
  placesOf,
  placesOfByte,
  placesOfEither,
  refute,
  runEnds,
  sets,
  some,
  type Vector,
  vectors,
} from "./program.ts";
import {
  any,
  areEqual,
  areSame,
  both,
  byteAt,
  type Code,
  choose,
  differ,
  either,
  firstOf,
  firstPlace,
  forEach,
  int,
  intAdd,
  intAnd,
  intOr,
  intShr,
  intSub,
  isAnyTrue,
  isLess,
  isNotEmpty,
  isSameSet,
  isZero,
  type Local,
  lastOfAll,
  later,
  less,
  minus,
  NONE,
  not,
  plus,
  put,
  set,
  sixteen,
  sooner,
  times,
  toInt,
  toSet,
  when,
  whenElse,
  without,
  withoutFirst,
} from "./wasm.ts";

export const quotes = sets();
const inString = sets();
/** All places where the block before ended within a string. */
export const goesOn = sets();
export const outside = sets();
const opens = sets();
const closes = sets();

/** Each backslash that is not escaped itself escapes what stands behind it, which must be a letter of an escape. */
export function escapes(): Code {
  const [escaped, escapedNext, backslashes] = [sets(), sets(), sets()];
  const isHex = (offset: number) => byteAt(byteAt(place, offset));
  const areHex = intAnd(intAnd(intAnd(isHex(2), isHex(3)), intAnd(isHex(4), isHex(5))), int(HEX));
  const isSpecial = ({ bytes }: Vector) => either(areEqual(bytes, sixteen(code("\\"))), isAtMost(bytes, 31));
  return when(
    intOr(isAnyTrue(vectors.map(isSpecial).reduce((a, b) => either(a, b))), isNotEmpty(escapedNext)),
    when(isNotEmpty(placesOf(({ bytes }) => isAtMost(bytes, 31))), NOT_KNOWN),
    put(backslashes, placesOfByte("\\")),
    put(escaped, escapedNext),
    put(escapedNext, NONE),
    put(left, without(backslashes, escaped)),
    forEach(
      left,
      put(place, intAdd(at, toInt(firstPlace(left)))),
      put(byte, byteAt(place, 1)),
      whenElse(
        areSame(byte, int(code("u"))),
        [when(isZero(areHex), NOT_KNOWN)],
        [when(isZero(intAnd(byteAt(byte), int(ESCAPE))), NOT_KNOWN)],
      ),
      put(some, firstOf(left)),
      put(escaped, any(escaped, later(some, set(1n)))),
      put(escapedNext, any(escapedNext, sooner(some, set(63n)))),
      put(left, without(withoutFirst(left), later(some, set(1n)))),
    ),
    put(quotes, without(quotes, escaped)),
  );
}

/** A string is where an odd number of quotes stands before: its opening quote is in it, its closing one is not. */
export function strings(): Code[] {
  return [
    put(inString, quotes),
    ...[1n, 2n, 4n, 8n, 16n, 32n].map((by) => put(inString, differ(inString, later(inString, set(by))))),
    put(inString, differ(inString, goesOn)),
    put(goesOn, lastOfAll(inString)),
    put(opens, both(quotes, inString)),
    put(closes, without(quotes, inString)),
    put(outside, not(any(inString, quotes))),
  ];
}

const [openers, closers, commas, colons, blanks] = [sets(), sets(), sets(), sets(), sets()];
export const digits = sets();
/** Numbers and words. */
export const plain = sets();
export const plainStarts = sets();
/** Right behind a comma or an opening bracket: where a list has its items, and a map its keys. */
const itemPlaces = sets();
const listOnly = sets();

/** Whether the block before ended with a colon. */
export const colonBefore = sets();

/** What may stand behind what. */
export function neighbours(): Code[] {
  const [commaEnds, colonEnds, behindComma, behindColon, behindOpener, behindPlain] = [
    ...[sets(), sets(), sets()],
    ...[sets(), sets(), sets()],
  ] as [Local, Local, Local, Local, Local, Local];
  const [keyEnds, behindKey, keyCarry] = [sets(), sets(), sets()];
  const blanksBehind = (bits: Local, letter: string) =>
    both(blanks, any(later(bits, set(1n)), toSet(areSame(byteAt(intSub(at, int(1))), int(code(letter))))));
  return [
    ...vectors.map(({ bytes, lower }) => put(lower, either(bytes, sixteen(0x20)))),
    put(openers, both(outside, placesOfEither("{"))),
    put(closers, both(outside, placesOfEither("}"))),
    put(commas, both(outside, placesOfByte(","))),
    put(colons, both(outside, placesOfByte(":"))),
    put(blanks, both(outside, placesOfByte(" "))),
    put(
      digits,
      both(
        outside,
        placesOf(({ bytes }) => isAtMost(less(bytes, sixteen(code("0"))), 9)),
      ),
    ),
    put(commaEnds, commas),
    put(colonEnds, colons),
    when(
      isNotEmpty(blanks),
      put(commaEnds, blanksBehind(commas, ",")),
      put(colonEnds, blanksBehind(colons, ":")),
      put(some, without(blanks, any(commaEnds, colonEnds))),
      // Past the end of the text stand blanks as well.
      put(place, intSub(end, at)),
      when(isLess(place, int(BLOCK)), put(some, both(some, minus(later(set(1n), toSet(place)), set(1n))))),
      refute(some),
      put(commaEnds, any(commaEnds, commas)),
      put(colonEnds, any(colonEnds, colons)),
    ),
    put(plain, without(outside, any(openers, closers, commas, colons, blanks))),
    behind(behindComma, commaEnds),
    behind(behindColon, colonEnds, colonBefore),
    behind(behindOpener, openers),
    behind(behindPlain, plain),
    put(plainStarts, without(plain, behindPlain)),
    put(some, any(behindComma, behindColon)),
    refute(both(closers, some)),
    put(some, any(some, behindOpener)),
    refute(both(commas, some)),
    refute(without(any(opens, openers, plainStarts), some)),
    put(itemPlaces, any(behindComma, behindOpener)),
    // A string that begins where a key may, and ends before a colon, is a key.
    runEnds(keyEnds, inString, both(opens, itemPlaces), keyCarry),
    put(keyEnds, both(keyEnds, closes)),
    behind(behindKey, keyEnds),
    refute(without(colons, behindKey)),
    put(listOnly, any(both(any(commas, closers), behindKey), both(any(plainStarts, openers), itemPlaces))),
  ];
}

/** What is open, a bit a level: 1 for a map. Above them stands a bit of its own, so that this is 1 where nothing is open. */
export const open = sets();
/** All that was ever open at once: its highest bit tells the depth. */
export const everOpen = sets();
export const timesClosed = ints();

/** Each bracket is closed by its own; colons stand in maps alone, and items without a key in lists alone. */
export function brackets(): Code[] {
  const [inMap, mapsBefore, all, isMap, isClosing] = [sets(), sets(), sets(), sets(), ints()];
  return [
    put(all, any(openers, closers)),
    put(left, all),
    put(inMap, NONE),
    put(mapsBefore, both(open, set(1n))),
    forEach(
      left,
      put(byte, byteAt(intAdd(at, toInt(firstPlace(left))))),
      put(some, firstOf(left)),
      put(left, withoutFirst(left)),
      // Of { } [ ] the bit 0x20 tells braces from brackets, and 0x04 what closes from what opens.
      put(isMap, toSet(intAnd(intShr(byte, int(5)), int(1)))),
      put(isClosing, intAnd(byte, int(4))),
      refute(both(later(differ(open, isMap), set(2n)), toSet(isClosing))),
      put(open, choose(sooner(open, set(1n)), any(later(open, set(1n)), isMap), isClosing)),
      put(everOpen, any(everOpen, open)),
      put(timesClosed, intAdd(timesClosed, isSameSet(open, set(1n)))),
      put(inMap, any(inMap, times(some, both(open, set(1n))))),
    ),
    // From behind each bracket that leaves a map open up to the next bracket, and with it.
    put(inMap, differ(not(all), plus(not(all), any(later(inMap, set(1n)), mapsBefore)))),
    refute(any(both(listOnly, inMap), without(colons, inMap))),
  ];
}
