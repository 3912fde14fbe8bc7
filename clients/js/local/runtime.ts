// What the core takes from Bun and Node and other runtimes lack, as far as it uses it: the build puts it in the place of theirs, so that the
// local server runs in a browser as well (scripts/client.ts).

/** UTF-8 bytes of a text. */
export function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** A copy of a text is only worth something where the text would keep a longer one in memory: a test has no such worries. */
export const Buffer = { byteLength: utf8Bytes, from: (text: string): string => text };

/** All lines are of one address, and that is none of the net's. */
export const isIP = (_address: string): number => 0;
