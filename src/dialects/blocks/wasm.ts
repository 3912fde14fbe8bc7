// The few words of WebAssembly that the first look is written in. Each is a function from the code of its operands to the code of what it
// makes, so that a program reads as expressions do, and no build step and no binary stands between its source and what runs.

/** Instructions, as the bytes of a module. */
export type Code = readonly number[];
/** A local variable: the code that reads it. */
export type Local = readonly [get: number, index: number];
type ValueType = keyof typeof VALUE_TYPE;

const VALUE_TYPE = { i32: 0x7f, i64: 0x7e, v128: 0x7b };
const EMPTY = 0x40;
const END = 0x0b;
const PAGE_BYTES = 64 * 1024;

const unary = (op: number) => (a: Code) => [...a, op];
const binary = (op: number) => (a: Code, b: Code) => [...a, ...b, op];
const vectors =
  (op: number) =>
  (...operands: Code[]) => [...operands.flat(), 0xfd, op];

// Numbers of 32 bits: addresses, bytes, and truth.
export const int = (value: number): Code => [0x41, ...signed(BigInt(value))];
export const byteAt = (address: Code, offset = 0): Code => [...address, 0x2d, 0, ...unsigned(offset)];
export const fourBytesAt = (address: Code): Code => [...address, 0x28, 0, 0];
export const intAdd = binary(0x6a);
export const intSub = binary(0x6b);
export const intAnd = binary(0x71);
export const intOr = binary(0x72);
export const intShl = binary(0x74);
export const intShr = binary(0x76);
export const isLess = binary(0x48);
export const areSame = binary(0x46);
export const areDifferent = binary(0x47);
export const isZero = unary(0x45);

// Sets of 64 places, a bit a place.
export const set = (bits: bigint): Code => [0x42, ...signed(BigInt.asIntN(64, bits))];
export const NONE = set(0n);
export const ALL = set(-1n);
export const plus = binary(0x7c);
export const minus = binary(0x7d);
export const times = binary(0x7e);
export const both = binary(0x83);
export const differ = binary(0x85);
export const later = (bits: Code, places: Code): Code => [...bits, ...places, 0x86];
export const sooner = (bits: Code, places: Code): Code => [...bits, ...places, 0x88];
/** All places or none, as the last of these has it. */
export const lastOfAll = (bits: Code): Code => [...bits, ...set(63n), 0x87];
export const any = (first: Code, ...others: Code[]): Code => [...first, ...others.flatMap((other) => [...other, 0x84])];
export const not = (bits: Code) => differ(bits, ALL);
export const without = (bits: Code, others: Code) => both(bits, not(others));
export const isEmpty = unary(0x50);
export const isNotEmpty = (bits: Code): Code => [...bits, ...NONE, 0x52];
export const isSameSet = binary(0x51);
export const isBelowZero = (bits: Code): Code => [...bits, ...NONE, 0x53];
export const isSmaller = binary(0x54);
export const firstPlace = unary(0x7a);
export const emptyPlacesAbove = unary(0x79);
export const firstOf = (bits: Code) => both(bits, minus(NONE, bits));
export const withoutFirst = (bits: Code) => both(bits, minus(bits, set(1n)));
export const toInt = unary(0xa7);
export const toSet = unary(0xad);

// Sixteen bytes at once.
export const sixteenAt = (address: Code, offset: number): Code => [...address, 0xfd, 0, 0, ...unsigned(offset)];
export const sixteen = (byte: number): Code => [0xfd, 0x0c, ...new Array<number>(16).fill(byte)];
export const areEqual = vectors(0x23);
export const least = vectors(0x77);
export const less = vectors(0x71);
export const either = vectors(0x50);
export const isAnyTrue = vectors(0x53);
export const places = vectors(0x64);

// What is done.
export const put = ([, index]: Local, value: Code): Code => [...value, 0x21, index];
export const choose = (yes: Code, no: Code, condition: Code): Code => [...yes, ...no, ...condition, 0x1b];
export const when = (condition: Code, ...body: Code[]): Code => [...condition, 0x04, EMPTY, ...body.flat(), END];
export const whenElse = (condition: Code, yes: readonly Code[], no: readonly Code[]): Code => [
  ...[...condition, 0x04, EMPTY, ...yes.flat(), 0x05],
  ...[...no.flat(), END],
];
export const answer = (value: Code): Code => [...value, 0x0f];
/** Does the body for as long as the condition holds; a `next` directly in it goes on with what stands `after` it. */
export const loop = (condition: Code, body: readonly Code[], after: Code): Code => [
  ...[0x03, EMPTY, ...condition, 0x04, EMPTY],
  ...[0x02, EMPTY, ...body.flat(), END],
  ...[...after, 0x0c, 1, END, END],
];
export const nextWhen = (condition: Code): Code => [...condition, 0x0d, 0];
/** Does the body once for each place in the set, which it has to make smaller. */
export const forEach = (left: Local, ...body: Code[]): Code =>
  when(isNotEmpty(left), [0x03, EMPTY, ...body.flat(), ...isNotEmpty(left), 0x0d, 0, END]);

/** A function of so many numbers that answers a number, with its memory. */
export class Program {
  readonly #locals: ValueType[] = [];

  constructor(private readonly parameters: number) {}

  /** A parameter, from 0. */
  parameter(index: number): Local {
    return [0x20, index];
  }

  /** A new variable, which begins as 0. */
  local(type: ValueType): Local {
    return [0x20, this.parameters + this.#locals.push(type) - 1];
  }

  /** The function, ready to be called. @throws {WebAssembly.CompileError} where the machine has no vectors, or none are allowed */
  start(body: Code, memoryBytes: number): { call(...values: number[]): number; memory: Uint8Array<ArrayBuffer> } {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(this.#module(body, memoryBytes / PAGE_BYTES)));
    const { call, memory } = exports as { call(...values: number[]): number; memory: WebAssembly.Memory };
    return { call, memory: new Uint8Array(memory.buffer) };
  }

  #module(body: Code, pages: number): Uint8Array<ArrayBuffer> {
    const code = [...list(this.#locals.map((type) => [1, VALUE_TYPE[type]])), ...body, END];
    return new Uint8Array([
      ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(1, [[0x60, ...list(new Array(this.parameters).fill([VALUE_TYPE.i32])), 1, VALUE_TYPE.i32]]),
      ...section(3, [[0]]),
      ...section(5, [[1, ...unsigned(pages), ...unsigned(pages)]]),
      ...section(7, [
        [...named("call"), 0, 0],
        [...named("memory"), 2, 0],
      ]),
      ...section(10, [[...unsigned(code.length), ...code]]),
    ]);
  }
}

function section(id: number, items: readonly Code[]): Code {
  const content = list(items);
  return [id, ...unsigned(content.length), ...content];
}

function list(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function named(name: string): Code {
  return list([...name].map((letter) => [letter.charCodeAt(0)]));
}

/** LEB128: seven bits a byte, the lowest first. */
function unsigned(value: number): Code {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

function signed(value: bigint): Code {
  const low = Number(value & 127n);
  const rest = value >> 7n;
  const isWhole = rest === (low < 64 ? 0n : -1n);
  return isWhole ? [low] : [low | 128, ...signed(rest)];
}
