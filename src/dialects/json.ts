// Checks a piece of JSON text and finds where it ends and how deep it nests, without building it. This is what lets a body pass
// through as the text it was: writing it again would lose 2^53+1, 1e400, key order and escapes, and double the cost of a message.
//
// Why not JSON.parse for the check: it builds every object only to throw it away. Why bytes and one long loop: for 16 KiB of game
// state on Bun 1.4.4, JSON.parse takes 37 µs, a walk by charCodeAt in small functions 23 µs, this one 10 µs (and 40 ns for
// 64 bytes), because the character stays in a register. It takes exactly what JSON.parse takes: test/fuzz/json.test.ts and
// test/dialects/json.test.ts hold one against the other.

/** A piece of a text, in the text's own indices. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** Levels of [] and {} in the piece: 0 for a plain value. */
  readonly depth: number;
}

const QUOTE = 34;
const PLUS = 43;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;
const SLASH = 47;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const UPPER_A = 65;
const UPPER_E = 69;
const UPPER_F = 70;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const LOWER_A = 97;
const LOWER_B = 98;
const LOWER_E = 101;
const LOWER_F = 102;
const LOWER_L = 108;
const LOWER_N = 110;
const LOWER_R = 114;
const LOWER_S = 115;
const LOWER_T = 116;
const LOWER_U = 117;
const OPEN_MAP = 123;
const CLOSE_MAP = 125;
const SPACE = 32;

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** The text that is walked, as UTF-8, with a zero behind it, which ends every loop since no JSON has one. Shared: one text at a time. */
let bytes = new Uint8Array(64 * 1024);
/** How many bytes of it are the text's. */
let length = 0;
/** For each open container: 1 where the container around it is a map. */
let around = new Uint8Array(64);
/** How deep the last value nests that was walked. */
let deepest = 0;

/**
 * The JSON value that begins at `start` (white space before it is passed over), or null when none does. What stands after the
 * value is the caller's business. The text before `start` must be ASCII.
 */
export function valueSpan(text: string, start: number): Span | null {
  load(text);
  const begin = skipSpace(start);
  const end = valueEnd(begin);
  return end === -1 ? null : span(text, begin, end, deepest);
}

/**
 * The value of the last top-level member of that name (the one JSON.parse keeps), or null where there is none, or where the text
 * stops being JSON before one. `name` must be ASCII.
 */
export function memberSpan(text: string, name: string): Span | null {
  load(text);
  let begin = -1;
  let end = -1;
  let depth = 0;
  let at = skipSpace(0);
  if (bytes[at] !== OPEN_MAP) return null;
  at = skipSpace(at + 1);
  while (bytes[at] === QUOTE) {
    const keyEnd = valueEnd(at);
    if (keyEnd === -1) break;
    const isNamed = keyIs(at, keyEnd, name);
    at = skipSpace(keyEnd);
    if (bytes[at] !== COLON) break;
    const valueBegin = skipSpace(at + 1);
    at = valueEnd(valueBegin);
    if (at === -1) break;
    if (isNamed) {
      begin = valueBegin;
      end = at;
      depth = deepest;
    }
    at = skipSpace(at);
    if (bytes[at] !== COMMA) break;
    at = skipSpace(at + 1);
  }
  return begin === -1 ? null : span(text, begin, end, depth);
}

/** What the text stands for, or undefined (which no JSON text means) when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a parsed value is an object with members: a list is none, nor is null. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * One past the value that begins at this byte, or −1; its depth is left in `deepest`. One loop and no recursion: depth costs a
 * byte, not a stack frame. While a value is read, `byte` is the one at `at`.
 */
function valueEnd(begin: number): number {
  let at = begin;
  let depth = 0;
  let isMap = false;
  let wantsKey = false;
  deepest = 0;
  for (;;) {
    let byte = bytes[at] as number;
    if (byte <= SPACE) {
      at = skipSpace(at);
      byte = bytes[at] as number;
    }
    if (byte === QUOTE) {
      for (;;) {
        byte = bytes[++at] as number;
        if (byte > BACKSLASH) continue;
        if (byte === QUOTE) break;
        if (byte === BACKSLASH) {
          at = escapeEnd(at + 1);
          if (at === -1) return -1;
        } else if (byte < SPACE) return -1;
      }
      byte = bytes[++at] as number;
      if (wantsKey) {
        at = skipSpace(at);
        if (bytes[at] !== COLON) return -1;
        at++;
        wantsKey = false;
        continue;
      }
    } else if (wantsKey) return -1;
    else if (byte <= NINE) {
      if (byte === MINUS) byte = bytes[++at] as number;
      if (byte < ZERO || byte > NINE) return -1;
      const isZero = byte === ZERO;
      do byte = bytes[++at] as number;
      while (byte >= ZERO && byte <= NINE && !isZero);
      if (byte === DOT) {
        byte = bytes[++at] as number;
        if (byte < ZERO || byte > NINE) return -1;
        do byte = bytes[++at] as number;
        while (byte >= ZERO && byte <= NINE);
      }
      if (byte === LOWER_E || byte === UPPER_E) {
        byte = bytes[++at] as number;
        if (byte === PLUS || byte === MINUS) byte = bytes[++at] as number;
        if (byte < ZERO || byte > NINE) return -1;
        do byte = bytes[++at] as number;
        while (byte >= ZERO && byte <= NINE);
      }
    } else if (byte === OPEN_MAP || byte === OPEN_LIST) {
      if (depth === around.length) around = twice(around);
      around[depth++] = isMap ? 1 : 0;
      if (depth > deepest) deepest = depth;
      isMap = byte === OPEN_MAP;
      at = skipSpace(at + 1);
      if (bytes[at] !== (isMap ? CLOSE_MAP : CLOSE_LIST)) {
        wantsKey = isMap;
        continue;
      }
      isMap = around[--depth] === 1;
      byte = bytes[++at] as number;
    } else {
      at = wordEnd(at, byte);
      if (at === -1) return -1;
      byte = bytes[at] as number;
    }
    // A value has ended, and each closing bracket after it ends the container around it.
    for (;;) {
      if (depth === 0) return at;
      if (byte <= SPACE) {
        at = skipSpace(at);
        byte = bytes[at] as number;
      }
      at++;
      if (byte === COMMA) break;
      if (byte !== (isMap ? CLOSE_MAP : CLOSE_LIST)) return -1;
      isMap = around[--depth] === 1;
      byte = bytes[at] as number;
    }
    wantsKey = isMap;
  }
}

/** One past true, false or null, or −1. */
function wordEnd(at: number, first: number): number {
  const [second, third, fourth] = [bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  if (first === LOWER_T) return second === LOWER_R && third === LOWER_U && fourth === LOWER_E ? at + 4 : -1;
  if (first === LOWER_N) return second === LOWER_U && third === LOWER_L && fourth === LOWER_L ? at + 4 : -1;
  if (first !== LOWER_F || second !== LOWER_A || third !== LOWER_L || fourth !== LOWER_S) return -1;
  return bytes[at + 4] === LOWER_E ? at + 5 : -1;
}

/** The last byte of the escape whose letter stands at `at`, or −1. */
function escapeEnd(at: number): number {
  switch (bytes[at]) {
    case QUOTE:
    case BACKSLASH:
    case SLASH:
    case LOWER_B:
    case LOWER_F:
    case LOWER_N:
    case LOWER_R:
    case LOWER_T:
      return at;
    case LOWER_U: {
      for (let digit = at + 1; digit <= at + 4; digit++) if (!isHex(bytes[digit] as number)) return -1;
      return at + 4;
    }
    default:
      return -1;
  }
}

/** Whether the key from its quote at `open` to `end` is `name`, which it also is when spelt with escapes ("d\u0061ta"). */
function keyIs(open: number, end: number, name: string): boolean {
  const keyLength = end - open - 2;
  if (keyLength < name.length) return false;
  let isEscaped = false;
  let isSame = keyLength === name.length;
  for (let at = 0; at < keyLength; at++) {
    const byte = bytes[open + 1 + at];
    if (byte === BACKSLASH) isEscaped = true;
    if (isSame && byte !== name.charCodeAt(at)) isSame = false;
  }
  return isSame || (isEscaped && parseJson(DECODER.decode(bytes.subarray(open, end))) === name);
}

function skipSpace(start: number): number {
  let at = start;
  let byte = bytes[at] as number;
  while (byte === SPACE || byte === 10 || byte === 13 || byte === 9) byte = bytes[++at] as number;
  return at;
}

function isHex(byte: number): boolean {
  if (byte <= NINE) return byte >= ZERO;
  return byte >= UPPER_A && (byte <= UPPER_F || (byte >= LOWER_A && byte <= LOWER_F));
}

function load(text: string): void {
  // A UTF-16 unit is three bytes at most.
  const most = text.length * 3 + 1;
  if (bytes.length < most) bytes = new Uint8Array(most);
  length = ENCODER.encodeInto(text, bytes).written;
  bytes[length] = 0;
}

/** The bytes from `begin` to `end` as a span of the text: the same numbers, unless the text is more than ASCII. */
function span(text: string, begin: number, end: number, depth: number): Span {
  if (length === text.length) return { start: begin, end, depth };
  return { start: unitsBefore(begin), end: unitsBefore(end), depth };
}

function unitsBefore(byteIndex: number): number {
  return DECODER.decode(bytes.subarray(0, byteIndex)).length;
}

function twice(list: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const more = new Uint8Array(list.length * 2);
  more.set(list);
  return more;
}
