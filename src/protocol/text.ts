// What of a text nobody sees: parts of character classes, for whoever looks at what people type or are called. Unicode's own classes are
// used where there are any; the rest are characters that are drawn as nothing although no class says so.

/** Blanks, and what is drawn as nothing: no-break spaces, zero widths, marks of direction, fillers of Hangul, tags, the empty Braille cell. */
export const UNSEEN = "\\p{Z}\\p{Cc}\\p{Cf}\\p{Cs}\\p{Default_Ignorable_Code_Point}\\u2800\\u{1D159}";

/** Dashes of all kinds, and what keyboards have in their place: minus signs, bullets, the long vowel of Japanese, a ruled line. */
export const DASHES = "\\p{Pd}\\u02D7\\u2043\\u2212\\u2500\\u30FC\\uFF70";

/** A text in which something is left when a typed code is read [R4]. */
export const NOT_ONLY_BETWEEN = new RegExp(`[^${UNSEEN}${DASHES}]`, "u");
