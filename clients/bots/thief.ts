// Takes messages away from a line, frame by frame, as no network does: what the report says then is what it would say if the server lost them.
import type { Filter } from "./valve.ts";

const HEADERS_END = "\r\n\r\n";
const TEXT = 1;
const MESSAGE = '{"type":"message"';

/**
 * A filter for one line, which passes all the server says but the frames it takes.
 * @param takes whether this message, as text, is taken
 */
export function thiefOf(takes: (message: string) => boolean): Filter {
  let rest: Buffer = Buffer.alloc(0);
  let isUpgraded = false;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const passed: Buffer[] = [];
    if (!isUpgraded) {
      const end = rest.indexOf(HEADERS_END);
      if (end === -1) return Buffer.alloc(0);
      isUpgraded = true;
      passed.push(rest.subarray(0, end + HEADERS_END.length));
      rest = rest.subarray(end + HEADERS_END.length);
    }
    for (let size = sizeOf(rest); size !== null; size = sizeOf(rest)) {
      const frame = rest.subarray(0, size.whole);
      const text = (frame[0] ?? 0) % 16 === TEXT ? frame.subarray(size.head).toString() : "";
      if (!text.startsWith(MESSAGE) || !takes(text)) passed.push(frame);
      rest = rest.subarray(size.whole);
    }
    return Buffer.concat(passed);
  };
}

/** Of the first frame: a server's has no mask. null: it is not there whole. */
function sizeOf(bytes: Buffer): { head: number; whole: number } | null {
  if (bytes.length < 2) return null;
  const short = (bytes[1] ?? 0) & 0x7f;
  const head = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < head) return null;
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  return bytes.length < head + length ? null : { head, whole: head + length };
}
