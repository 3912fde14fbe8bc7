// A first look at a large body, 64 bytes at a time: it says how deep a list or a map nests that is surely one whole JSON value, or that it
// does not know. It only ever says yes to what the walk of json.ts would take, and the walk is asked wherever it does not know: texts
// with white space but a blank behind , and :, depths past 62, and all that is no JSON.
//
// Why WebAssembly: only there has JavaScript vectors. Sixteen bytes are compared at once, and what is found becomes sets of 64 places, on
// which the grammar is a handful of rules of the kind "no comma stands right behind a colon". So the time hardly depends on what stands
// in the body: no branch is taken a character. For 16 KiB of game state on Bun 1.4.4 the walk takes 19 µs (45 where each body is another,
// since the processor cannot learn its branches by heart), this 10 (13); of one long string 4.6 and 1.3. Names of sets are what is in them.
import { at, BLOCK, code, end, KINDS, NOT_KNOWN, placesOfByte, program, TEXT_AT, vectors, wrong } from "./program.ts";
import { scalars } from "./scalars.ts";
import {
  brackets,
  colonBefore,
  escapes,
  everOpen,
  goesOn,
  neighbours,
  open,
  quotes,
  strings,
  timesClosed,
} from "./structure.ts";
import {
  any,
  areDifferent,
  type Code,
  emptyPlacesAbove,
  int,
  intAdd,
  intOr,
  intSub,
  isBelowZero,
  isEmpty,
  isLess,
  isNotEmpty,
  isSameSet,
  isZero,
  loop,
  nextWhen,
  not,
  put,
  set,
  sixteenAt,
  toInt,
  when,
} from "./wasm.ts";

const MEMORY_BYTES = 256 * 1024;

/** The rules, block by block; at the first that is broken −1, else how deep it nests. A function: a client that never says anything large never makes it. */
function look(): Code {
  return [
    ...put(open, set(1n)),
    // The value stands as if behind a colon.
    ...put(colonBefore, set(1n)),
    ...loop(
      isLess(at, end),
      [
        ...vectors.map(({ bytes, offset }) => put(bytes, sixteenAt(at, offset))),
        put(quotes, placesOfByte('"')),
        escapes(),
        nextWhen(isEmpty(any(quotes, not(goesOn)))),
        ...strings(),
        ...neighbours(),
        ...brackets(),
        ...scalars(),
        when(isNotEmpty(wrong), NOT_KNOWN),
      ],
      put(at, intAdd(at, int(BLOCK))),
    ),
    // Closed once, and nothing left open: then the last byte, which closes, is what closed it.
    ...when(isNotEmpty(goesOn), NOT_KNOWN),
    ...when(intOr(areDifferent(timesClosed, int(1)), isZero(isSameSet(open, set(1n)))), NOT_KNOWN),
    ...when(isBelowZero(everOpen), NOT_KNOWN),
    ...intSub(int(63), toInt(emptyPlacesAbove(everOpen))),
  ];
}

const ENCODER = new TextEncoder();
const BLANK = 32;
const OPENS = new Set([..."{["].map(code));
const CLOSES = new Set([..."}]"].map(code));

interface Looker {
  readonly call: (at: number, end: number) => number;
  /** Where the text is put. */
  readonly text: Uint8Array<ArrayBuffer>;
}

/** Undefined until it is first needed; null where it cannot be had. */
let looker: Looker | null | undefined;

/**
 * How deep the list or map nests that the text is from `start` to its last character but one, if that is surely one whole JSON value;
 * −1: the walk has to say. The text before `start` must be ASCII, and so must its last character.
 */
export function depthInside(text: string, start: number): number {
  warm();
  if (!looker) return -1;
  const { call, text: bytes } = looker;
  const { read, written } = ENCODER.encodeInto(text, bytes);
  const last = written - 1;
  if (read !== text.length || last + BLOCK > bytes.length) return -1;
  if (!OPENS.has(bytes[start] ?? 0) || !CLOSES.has(bytes[last - 1] ?? 0)) return -1;
  bytes.fill(BLANK, last, last + BLOCK);
  return call(TEXT_AT + start, TEXT_AT + last);
}

/** Makes all ready that a first large message would wait for: some 6 ms, and 3 MB. */
export function warm(): void {
  if (looker === undefined) looker = newLooker();
}

/** Null where the machine has no vectors, or a browser allows no WebAssembly: the walk alone is as good, and slower. */
function newLooker(): Looker | null {
  try {
    const { call, memory } = program.start(look(), MEMORY_BYTES);
    for (const [kind, letters] of KINDS)
      for (const letter of letters) memory[code(letter)] = (memory[code(letter)] ?? 0) | kind;
    return { call, text: memory.subarray(TEXT_AT) };
  } catch {
    return null;
  }
}
