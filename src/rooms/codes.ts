// Room codes: what a TV shows and a guest types. Which ones exist, how one is drawn, what is never handed out.
import { customAlphabet } from "nanoid";

/** No I, O, 0 or 1: read across a living room they are each other [R3]. */
export const CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
export const CODE_LENGTH_MIN = 4;
export const CODE_LENGTH_MAX = 8;

/** Words that no code may hold, since it stands on a family's TV; only such as the alphabet can spell. */
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

/** Folds case, so that a phone keyboard's habits do not matter. Any string may be folded; not every string is a code. */
export function foldCode(text: string): string {
  return text.toUpperCase();
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
