// The rules of numbers and words.
import {
  at,
  BEHIND_WORD,
  behind,
  code,
  ints,
  left,
  place,
  placesOfByte,
  placesOfEither,
  refute,
  runEnds,
  sets,
  some,
} from "./program.ts";
import { digits, outside, plain, plainStarts } from "./structure.ts";
import {
  any,
  areSame,
  both,
  byteAt,
  type Code,
  firstPlace,
  forEach,
  fourBytesAt,
  int,
  intAdd,
  intAnd,
  intOr,
  isEmpty,
  isNotEmpty,
  type Local,
  later,
  minus,
  NONE,
  plus,
  put,
  set,
  sooner,
  times,
  toInt,
  toSet,
  when,
  whenElse,
  without,
  withoutFirst,
} from "./wasm.ts";

const [covered, coveredNext, wordPlaces] = [sets(), sets(), sets()];
const [minuses, dots, exponents, pluses] = [sets(), sets(), sets(), sets()];

const word = (letters: string) => int([...letters].reduceRight((sum, letter) => sum * 256 + code(letter), 0));

/** Covers each true, false and null, also where it reaches into the next block; of anything else that begins so nothing is covered. */
function words(): Code {
  const [letters, isFalse, isWord] = [ints(), ints(), ints()];
  return [
    ...put(left, without(plainStarts, any(digits, minuses))),
    ...forEach(
      left,
      put(some, firstPlace(left)),
      put(place, intAdd(at, toInt(some))),
      put(letters, fourBytesAt(place)),
      put(isFalse, intAnd(areSame(letters, word("fals")), areSame(byteAt(place, 4), int(code("e"))))),
      put(isWord, intOr(intOr(areSame(letters, word("true")), areSame(letters, word("null"))), isFalse)),
      put(isWord, intAnd(isWord, areSame(byteAt(byteAt(intAdd(place, isFalse), 4)), int(BEHIND_WORD)))),
      // Four places, or five.
      put(wordPlaces, times(toSet(isWord), plus(set(15n), later(toSet(isFalse), set(4n))))),
      put(covered, any(covered, later(wordPlaces, some))),
      put(coveredNext, any(coveredNext, sooner(sooner(wordPlaces, set(1n)), minus(set(63n), some)))),
      put(left, withoutFirst(left)),
    ),
  ];
}

/** Numbers: -? (0 | 1-9 0-9*) (. 0-9+)? ([eE] [+-]? 0-9+)? */
export function scalars(): Code[] {
  const [starts, signs, behindSign, leadingZeros, behindZero] = [sets(), sets(), sets(), sets(), sets()];
  const [behindDot, fractionEnds, fractionCarry] = [sets(), sets(), sets()];
  return [
    put(covered, coveredNext),
    put(coveredNext, NONE),
    put(minuses, both(outside, placesOfByte("-"))),
    put(dots, both(outside, placesOfByte("."))),
    put(exponents, NONE),
    put(pluses, NONE),
    when(
      isNotEmpty(without(plain, any(digits, minuses, dots))),
      words(),
      put(some, without(plain, any(digits, minuses, dots, covered))),
      when(
        isNotEmpty(some),
        put(exponents, both(some, placesOfEither("e"))),
        put(pluses, both(some, placesOfByte("+"))),
        refute(without(some, any(exponents, pluses))),
      ),
    ),
    put(starts, without(plainStarts, covered)),
    put(signs, both(minuses, starts)),
    // No dot and no exponent has to be looked at for what it stands behind: whatever it may not stand behind wants a digit after it.
    refute(without(starts, any(digits, minuses))),
    behind(behindSign, signs),
    refute(without(behindSign, digits)),
    put(leadingZeros, both(both(digits, any(starts, behindSign)), placesOfByte("0"))),
    behind(behindZero, leadingZeros),
    refute(both(behindZero, digits)),
    behind(behindDot, dots),
    refute(without(behindDot, digits)),
    runEnds(fractionEnds, digits, both(behindDot, digits), fractionCarry),
    refute(both(fractionEnds, dots)),
    withExponents(signs),
  ];
}

function withExponents(signs: Local): Code {
  const [behindExponent, exponentBefore, ends, carry, itsSigns] = [sets(), sets(), sets(), sets(), sets()];
  return whenElse(
    isEmpty(any(exponents, pluses, exponentBefore, carry)),
    [refute(without(minuses, signs))],
    [
      put(behindExponent, any(later(exponents, set(1n)), exponentBefore)),
      put(exponentBefore, sooner(exponents, set(63n))),
      refute(without(any(pluses, without(minuses, signs)), behindExponent)),
      refute(without(behindExponent, any(digits, pluses, minuses))),
      put(itsSigns, both(behindExponent, any(pluses, minuses))),
      // An exponent whose sign is the last of its block is left to the walk.
      refute(sooner(itsSigns, set(63n))),
      refute(without(later(itsSigns, set(1n)), digits)),
      runEnds(ends, digits, both(digits, any(without(behindExponent, itsSigns), later(itsSigns, set(1n)))), carry),
      refute(both(ends, any(dots, exponents))),
    ],
  );
}
