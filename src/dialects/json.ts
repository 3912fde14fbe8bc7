// Finds where a member's value stands inside a JSON text, and how deep it nests, without building it. This is what lets a
// body pass through as the text it was: parsing it and writing it again doubles the cost of a message and loses 2^53+1,
// 1e400, key order and escapes. The walk trusts nothing: its answer only counts once JSON.parse has taken both the piece
// and the rest (see party/codec.ts), so a text that fools it is refused and never relayed.

export interface Span {
  readonly start: number;
  readonly end: number;
  /** Levels of [] and {} in the piece: 0 for a plain value. */
  readonly depth: number;
}

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const OPEN_MAP = 123;
const CLOSE_MAP = 125;

/** The value of the last top-level member of that name (the one JSON.parse keeps), or null where there is none. */
export function memberSpan(text: string, name: string): Span | null {
  let found: Span | null = null;
  let at = skipSpace(text, 0);
  if (text.charCodeAt(at) !== OPEN_MAP) return null;
  at = skipSpace(text, at + 1);
  while (text.charCodeAt(at) === QUOTE) {
    const keyEnd = stringEnd(text, at);
    const isNamed = keyIs(text, at + 1, keyEnd - 1, name);
    at = skipSpace(text, keyEnd);
    if (text.charCodeAt(at) !== COLON) return null;
    const value = valueSpan(text, skipSpace(text, at + 1));
    if (isNamed) found = value;
    at = skipSpace(text, value.end);
    if (text.charCodeAt(at) !== COMMA) break;
    at = skipSpace(text, at + 1);
  }
  return found;
}

/** What the text stands for, or undefined (which no JSON text means) when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Where the value that begins at `start` ends, if the text is JSON there; some place within the text if it is not. */
export function valueSpan(text: string, start: number): Span {
  let depth = 0;
  let deepest = 0;
  let at = start;
  for (; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) {
      at = stringEnd(text, at) - 1;
      if (depth === 0) return { start, end: at + 1, depth: deepest };
    } else if (char === OPEN_MAP || char === OPEN_LIST) {
      if (++depth > deepest) deepest = depth;
    } else if (char === CLOSE_MAP || char === CLOSE_LIST) {
      if (depth === 0) break;
      if (--depth === 0) return { start, end: at + 1, depth: deepest };
    } else if (depth === 0 && (char === COMMA || isSpace(char))) break;
  }
  return { start, end: at, depth: deepest };
}

/** One past the closing quote of the string that begins at `open`; the text's length if it never closes. */
function stringEnd(text: string, open: number): number {
  let at = text.indexOf('"', open + 1);
  while (at !== -1 && isEscaped(text, at, open)) at = text.indexOf('"', at + 1);
  return at === -1 ? text.length : at + 1;
}

/** A quote is escaped when an odd run of backslashes stands before it. */
function isEscaped(text: string, quote: number, open: number): boolean {
  let at = quote - 1;
  while (at > open && text.charCodeAt(at) === BACKSLASH) at--;
  return (quote - at) % 2 === 0;
}

/** A key may be spelt with escapes ("d\u0061ta"), and is the same key then. */
function keyIs(text: string, start: number, end: number, name: string): boolean {
  if (end - start === name.length) return text.startsWith(name, start);
  if (end - start < name.length) return false;
  // Cut first: searching the whole text for each of ten thousand long keys would make one frame quadratic.
  const key = text.slice(start - 1, end + 1);
  if (!key.includes("\\")) return false;
  return parseJson(key) === name;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

function isSpace(char: number): boolean {
  return char === 32 || char === 10 || char === 13 || char === 9;
}
