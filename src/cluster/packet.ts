// What goes from node to node as text: frames, and the packets they travel in. Pure; whatever is read is a packet or null, and nothing throws
// for what another has sent.
import { type Frame, OPS, type Op } from "./ports.ts";

/** What is meant by all below. Of another version's packets only the first four words of a head can be read, and stay as they are for ever. */
export const VERSION = 1;

/** Each op on the wire: two releases agree on these and not on an order, so none is ever given to another op. */
const WORDS: Readonly<Record<Op, string>> = {
  open: "o",
  frame: "f",
  shut: "s",
  home: "h",
  tell: "t",
  hear: "e",
  deaf: "d",
  publish: "p",
  close: "c",
  hold: "w",
  go: "g",
  tick: "k",
  rates: "r",
  back: "b",
  return: "u",
  end: "z",
  guess: "y",
  ask: "a",
  answer: "n",
  mark: "i",
  marked: "j",
  holdRoom: "H",
  held: "D",
  takeRoom: "T",
  moved: "M",
  wantRoom: "W",
  wanted: "G",
};
const OP_OF: ReadonlyMap<string, Op> = new Map(OPS.map((op) => [WORDS[op], op]));

const RADIX = 36;
/** Numbers below are written from a table: `toString(36)` costs ten times as much, and most lengths and lines are small. */
const NUMERALS: readonly string[] = Array.from({ length: 4_096 }, (_, number) => number.toString(RADIX));
/** Digits of a number on the wire, at most: more is no safe integer. */
const DIGITS_MAX = 10;

/** One side of a link: a process, and which of the links it has begun; 0: none, or none that is known. */
export interface End {
  /** Of the process: a random word without spaces. */
  readonly boot: string;
  /** From 1; a process gives none twice. */
  readonly number: number;
}

/** What stands before a packet's frames. */
export interface Head {
  readonly version: number;
  /** Who says it: a name without spaces. */
  readonly node: string;
  /** Its side of the link; the number is 0 where it refuses the link that `to` is a side of. */
  readonly from: End;
  /** The other side, as the sender knows it; the number is 0 until the other has said something. */
  readonly to: End;
  /** From 1 for a packet that counts; 0: it says only what stands in its head. */
  readonly seq: number;
  /** The last packet taken in turn from the other side; 0: none. */
  readonly ack: number;
}

/** A head, and where in the text its frames begin. */
export interface Packet extends Head {
  readonly bodyAt: number;
}

/**
 * A frame as text. A lone surrogate in it is the packet's to mend: {@link wellFormed}.
 * @throws {RangeError} where `arg` has a comma or `line` is no whole number from 0: a bug of who says it
 */
export function frameText({ op, line, arg, text }: Frame): string {
  if (arg.includes(",") || !Number.isSafeInteger(line) || line < 0)
    throw new RangeError(`no frame: ${op} ${line} ${arg}`);
  return `${WORDS[op]},${numeral(line)},${arg},${numeral(text.length)}:${text}`;
}

/** The text as the engine will carry it: each lone surrogate becomes one U+FFFD, so that no length changes. */
export function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed();
}

/**
 * The same text, sharing nothing: what a frame brings is a piece of its packet and keeps all of it in memory, so whoever keeps a member's text
 * for long keeps this one, or sixty bytes would cost sixty thousand that nobody has counted [L31].
 */
export function unshared(text: string): string {
  return [text, ""].join("");
}

/** What a link's packets begin with; it is the same until the other side is known better. */
export function headOf(node: string, from: End, to: End): string {
  return `${VERSION} ${node} ${from.boot} ${numeral(from.number)} ${to.boot} ${numeral(to.number)} `;
}

/** @param head {@link headOf} @param body {@link frameText}s, one after another */
export function packetText(head: string, seq: number, ack: number, body: string): string {
  return `${head}${numeral(seq)} ${numeral(ack)}|${body}`;
}

/** The head of a packet; null: it is none. Of another version's only who says it can be relied on: the rest is 0 and empty. */
export function readPacket(text: string): Packet | null {
  const bar = text.indexOf("|");
  if (bar === -1) return null;
  const words = text.slice(0, bar).split(" ");
  const [version, node = "", boot = "", end, toBoot = "", toEnd, seq, ack] = words;
  const numbers = [read(version), read(end), read(toEnd), read(seq), read(ack)] as const;
  if (node === "" || boot === "" || numbers[0] === -1 || numbers[1] === -1) return null;
  const from = { boot, number: numbers[1] };
  if (numbers[0] !== VERSION) {
    return { version: numbers[0], node, from, to: { boot: "", number: 0 }, seq: 0, ack: 0, bodyAt: text.length };
  }
  if (words.length !== 8 || toBoot === "" || numbers.includes(-1)) return null;
  const to = { boot: toBoot, number: numbers[2] };
  return { version: VERSION, node, from, to, seq: numbers[3], ack: numbers[4], bodyAt: bar + 1 };
}

/** The frames of a text from there to its end; null: they are none, or one has an op nobody knows. */
export function readFrames(text: string, at: number): Frame[] | null {
  const frames: Frame[] = [];
  while (at < text.length) {
    const line = text.indexOf(",", at) + 1;
    const arg = line && text.indexOf(",", line) + 1;
    const length = arg && text.indexOf(",", arg) + 1;
    const body = length && text.indexOf(":", length) + 1;
    if (body === 0) return null;
    const op = OP_OF.get(text.slice(at, line - 1));
    const number = readBetween(text, line, arg - 1);
    const chars = readBetween(text, length, body - 1);
    if (op === undefined || number === -1 || chars === -1 || body + chars > text.length) return null;
    at = body + chars;
    frames.push({ op, line: number, arg: text.slice(arg, length - 1), text: text.slice(body, at) });
  }
  return frames;
}

function numeral(number: number): string {
  return NUMERALS[number] ?? number.toString(RADIX);
}

function read(word: string | undefined): number {
  return word === undefined ? -1 : readBetween(word, 0, word.length);
}

/** A number in base 36, lower case, as {@link numeral} writes it; −1: it is none. */
function readBetween(text: string, from: number, to: number): number {
  if (to <= from || to - from > DIGITS_MAX) return -1;
  let number = 0;
  for (let at = from; at < to; at++) {
    const char = text.charCodeAt(at);
    const digit = char <= 57 ? char - 48 : char - 87;
    if (digit < 0 || digit > 35 || (char > 57 && digit < 10)) return -1;
    number = number * RADIX + digit;
  }
  return number;
}
