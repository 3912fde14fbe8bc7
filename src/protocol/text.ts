// What of a text nobody sees: parts of character classes, for whoever looks at what people type or are called. Unicode's own classes are
// used where there are any; the rest are characters that are drawn as nothing although no class says so.

/** Blanks, and what is drawn as nothing: no-break spaces, zero widths, marks of direction, fillers of Hangul, tags, the empty Braille cell. */
export const UNSEEN = "\\p{Z}\\p{Cc}\\p{Cf}\\p{Cs}\\p{Default_Ignorable_Code_Point}\\u2800\\u{1D159}";

/** Dashes of all kinds, and what keyboards have in their place: minus signs, bullets, the long vowel of Japanese, a ruled line. */
export const DASHES = "\\p{Pd}\\u02D7\\u2043\\u2212\\u2500\\u30FC\\uFF70";

/** A text in which something is left when a typed code is read [R4]. */
export const NOT_ONLY_BETWEEN = new RegExp(`[^${UNSEEN}${DASHES}]`, "u");

/** What may enter no layout: controls, line breaks, lone surrogates, and what turns the direction of all that stands around it. */
export const NOT_IN_TEXT = "\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\u202A-\\u202E\\u2066-\\u2069";
/** What sets a piece of text apart from the direction around it: a phone's keyboard may put it around a name, and without it the name is the same. */
const ISOLATES = /[\u2066-\u2069]/g;

/** The text without isolates, which are taken out of a name and not refused [P12]. */
export function withoutIsolates(text: string): string {
  // One that is nothing else shows nothing, and is refused as such.
  return text.replace(ISOLATES, "") || text;
}

/** Nor, in a name, marks of direction, which belong in prose, and tags, which nobody sees: two names that look the same would be two. */
const NOT_IN_NAME = `${NOT_IN_TEXT}\\u061C\\u200E\\u200F\\u{E0000}-\\u{E007F}`;
/** Where tags are seen: the flags of England, Scotland and Wales, and of what else may get one so. */
const TAGGED_FLAG = "\\u{1F3F4}[\\u{E0030}-\\u{E0039}\\u{E0061}-\\u{E007A}]{3,6}\\u{E007F}";

/** A name of so many characters, on one line, of which at least one is seen: nobody on a TV is called nothing. Empty, where none is needed [P12]. */
export function nameOf(least: number, most: number): RegExp {
  const isLong = `(?=[\\s\\S]{${least},${most}}$)`;
  const isSeen = `(?:$|(?=[\\s\\S]*[^${UNSEEN}]))`;
  return new RegExp(`^${isLong}${isSeen}(?:${TAGGED_FLAG}|[^${NOT_IN_NAME}])*$`, "u");
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** Godot and Unity send text in binary frames. Bytes that are no UTF-8 become an empty text, which is unreadable in every dialect. */
export function utf8(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    return "";
  }
}
