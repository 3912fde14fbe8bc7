// Room codes: what a TV shows and a guest types. Which ones exist, how one is drawn, what is never handed out.
import { customAlphabet } from "nanoid";
import { DASHES, UNSEEN } from "../protocol/text.ts";

/** No I, O, 0 or 1: read across a living room they are each other [R3]. */
export const CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
export const CODE_LENGTH_MIN = 4;
export const CODE_LENGTH_MAX = 8;

/** What codes of party2 are made of: letters of both cases but I, O and l, and digits but 0. Case tells two codes apart [Q11]. */
export const BASE58_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** Never on a family's TV, in whatever case, nor inside a longer code. The last ones only base58 can spell, which has a small i and o. */
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
  ...[
    "BOOB",
    "CLIT",
    "COCK",
    "COON",
    "DICK",
    "DILD",
    "GOOK",
    "HOMO",
    "JIZZ",
    "KIKE",
    "KILL",
    "NAZI",
    "NIGG",
    "PISS",
    "POOF",
  ],
  ...["POOP", "PORN", "SHIT", "SLIT", "SPIC", "TITS", "WHOR"],
]);

/** How many codes of this length there are; of base58 there are more, so that MAX_ROOMS fits them whenever it fits these. */
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

/** Each digit of base58 by its character code, 1 to 58; 0: it is none. The capitals of the other codes are among them. */
const DIGITS = Uint8Array.from({ length: 128 }, (_, char) => BASE58_ALPHABET.indexOf(String.fromCharCode(char)) + 1);

/** A code as a number, with which nothing has to be allocated; 0: it is none. Eight characters of 58 stay below 2^53. */
export function packed(code: string): number {
  let number = 0;
  for (let at = 0; at < code.length; at++) {
    const digit = DIGITS[code.charCodeAt(at)] ?? 0;
    if (digit === 0 || at === CODE_LENGTH_MAX) return 0;
    number = number * BASE58_ALPHABET.length + digit;
  }
  return number;
}

/** The code that was packed. No digit is 0, so its length is told too. */
export function unpacked(number: number): string {
  const digits: string[] = [];
  for (let rest = number; rest > 0; ) {
    const digit = (rest - 1) % BASE58_ALPHABET.length;
    digits.push(BASE58_ALPHABET.charAt(digit));
    rest = (rest - 1 - digit) / BASE58_ALPHABET.length;
  }
  return digits.reverse().join("");
}

export function isRude(code: string): boolean {
  const capitals = code.toUpperCase();
  return RUDE.some((word) => capitals.includes(word));
}

/** A function that draws a random code of that length from the system's CSPRNG. */
export function codeDrawer(length: number, alphabet = CODE_ALPHABET): () => string {
  return customAlphabet(alphabet, length);
}

/** The codes of a wire: what they are made of, how one is drawn, and how one that was typed is read. */
export class Codes {
  /** Draws one at random. */
  readonly draw: () => string;

  private constructor(
    readonly alphabet: string,
    readonly length: number,
    /** Reads a code that was typed. */
    readonly read: (typed: string) => string,
    /** Whether capitals and small letters are the same. */
    readonly foldsCase: boolean,
  ) {
    this.draw = codeDrawer(length, alphabet);
  }

  /** Codes to be read across a living room [R3]. */
  static capitals(length: number): Codes {
    return new Codes(CODE_ALPHABET, length, foldCode, true);
  }

  /** Codes that are mostly scanned [Q11]. */
  static base58(length: number): Codes {
    return new Codes(BASE58_ALPHABET, length, typedCode, false);
  }

  isCode(text: string): boolean {
    return text.length === this.length && [...text].every((char) => this.alphabet.includes(char));
  }
}
