// Room codes: what a TV shows and a guest types. Which ones exist, how one is drawn, what is never handed out.
import { customAlphabet } from "nanoid";
import { DASHES, UNSEEN } from "../protocol/text.ts";

/** No I, O, 0 or 1: read across a living room they are each other [R3]. */
export const CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
export const CODE_LENGTH_MIN = 4;
export const CODE_LENGTH_MAX = 8;

/** Never on a family's TV, nor inside a longer code. Only words that the alphabet can spell. */
const RUDE = ["ARSE", "ANUS", "CRAP", "CUNT", "DAMN", "DYKE", "FAGS", "FART", "FUCK", "HATE", "KYKE", "PEDS"].concat([
  "PUSS",
  "RAPE",
  "SCUM",
  "SEXX",
  "SLAG",
  "SLUT",
  "SUCK",
  "TARD",
  "TURD",
  "TWAT",
  "WANK",
  "XXX",
]);

/** How many codes of this length there are. */
export function codeSpace(length: number): number {
  return CODE_ALPHABET.length ** length;
}

/** A text that is longer is no code, however it was typed, and is not worth the look: it may be as long as a frame. */
const TYPED_CHARS_MAX = 64;
const BETWEEN = new RegExp(`[${UNSEEN}${DASHES}]+`, "gu");

/**
 * A code without what people and keyboards put into it: `gx-hb` read in pairs, a blank after a word that was completed, the wide letters of
 * East Asian keyboards. Any string may be typed; not every string is a code [R4].
 */
export function typedCode(text: string): string {
  return text.length > TYPED_CHARS_MAX ? text : text.normalize("NFKC").replace(BETWEEN, "");
}

/** Folds case as well, so that a phone keyboard's habits do not matter. */
export function foldCode(text: string): string {
  return typedCode(text).toUpperCase();
}

export function isCode(text: string, length: number): boolean {
  return text.length === length && [...text].every((char) => CODE_ALPHABET.includes(char));
}

export function isRude(code: string): boolean {
  return RUDE.some((word) => code.includes(word));
}

/** A function that draws a random code of that length from the system's CSPRNG. */
export function codeDrawer(length: number): () => string {
  return customAlphabet(CODE_ALPHABET, length);
}
