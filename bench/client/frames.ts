// WebSocket frames made before the clock starts. A load generator that masks and serializes for each message spends more
// than the server it measures, so every frame is built once, and a timestamp is the only thing written into it later.

/** Any fixed key is legal, and a zero key would spare the server its unmasking. */
const MASK = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);
const MASK_BYTES = 4;
const LENGTH_16_BIT = 126;
const LENGTH_64_BIT = 127;
const MASK_BIT = 0x80;
const FIN = 0x80;

export const OPCODE_TEXT = 0x1;
export const OPCODE_CLOSE = 0x8;
export const OPCODE_PING = 0x9;
export const OPCODE_PONG = 0xa;

export const STAMP_DIGITS = 12;
/** Stands in a payload where the time goes; no other run of zeros in a payload is as long. */
export const STAMP_BLANK = "0".repeat(STAMP_DIGITS);
const HEX = new TextEncoder().encode("0123456789abcdef");

const encoder = new TextEncoder();

export function frame(opcode: number, payload: Uint8Array): Uint8Array {
  const size = payload.length;
  const lengthBytes = size < LENGTH_16_BIT ? 0 : size <= 0xffff ? 2 : 8;
  const head = 2 + lengthBytes + MASK_BYTES;
  const bytes = new Uint8Array(head + size);
  const view = new DataView(bytes.buffer);
  bytes[0] = FIN | opcode;
  bytes[1] = MASK_BIT | (lengthBytes === 0 ? size : lengthBytes === 2 ? LENGTH_16_BIT : LENGTH_64_BIT);
  if (lengthBytes === 2) view.setUint16(2, size);
  if (lengthBytes === 8) view.setBigUint64(2, BigInt(size));
  bytes.set(MASK, head - MASK_BYTES);
  for (let i = 0; i < size; i++) bytes[head + i] = (payload[i] ?? 0) ^ (MASK[i & 3] ?? 0);
  return bytes;
}

export function textFrame(text: string): Uint8Array {
  return frame(OPCODE_TEXT, encoder.encode(text));
}

export function repeated(bytes: Uint8Array, times: number): Uint8Array {
  const all = new Uint8Array(bytes.length * times);
  for (let i = 0; i < times; i++) all.set(bytes, i * bytes.length);
  return all;
}

export interface StampedFrame {
  bytes: Uint8Array;
  stamp(timeUs: number): void;
}

export function stampedFrame(text: string): StampedFrame {
  const bytes = textFrame(text);
  const blankAt = encoder.encode(text.slice(0, text.lastIndexOf(STAMP_BLANK))).length;
  const start = bytes.length - encoder.encode(text).length + blankAt;
  return {
    bytes,
    stamp(timeUs) {
      let rest = timeUs;
      for (let i = STAMP_DIGITS - 1; i >= 0; i--) {
        bytes[start + i] = (HEX[rest % 16] ?? 0) ^ (MASK[(blankAt + i) & 3] ?? 0);
        rest = Math.floor(rest / 16);
      }
    },
  };
}

const QUOTE = 0x22;
/** What follows the stamp in every delivered frame: the quote, the end of `data`, the end of the message. */
const AFTER_STAMP_BYTES = 3;

/** The time a frame that ends at `end` was sent, or -1: cut in two by the network, or no stamp where it should be. */
export function readStamp(buffer: Uint8Array, end: number): number {
  const start = end - AFTER_STAMP_BYTES - STAMP_DIGITS;
  if (start < 1 || buffer[start - 1] !== QUOTE || buffer[start + STAMP_DIGITS] !== QUOTE) return -1;
  let time = 0;
  for (let i = 0; i < STAMP_DIGITS; i++) {
    const c = buffer[start + i] ?? 0;
    time = time * 16 + (c <= 0x39 ? c - 0x30 : c - 0x57);
  }
  return time;
}
