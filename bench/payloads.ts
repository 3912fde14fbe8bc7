// What is sent. JSON as games send it: small inputs, a state of numbers and short names, and for 16 KiB a nested world
// and not one long string, because a parser runs through a long string many times faster than through real state.

import { STAMP_BLANK } from "./wire.ts";

export type PayloadName = "64 B" | "512 B" | "16 KiB";

const SIZE_BYTES: Record<PayloadName, number> = { "64 B": 64, "512 B": 512, "16 KiB": 16 * 1024 };

/** The stamp stands last, so that a receiver reads it when the whole frame is there, and finds it from the end. */
function withStamp(fields: string, sizeBytes: number): string {
  const tail = `"t":"${STAMP_BLANK}"}`;
  const filler = sizeBytes - `{${fields},"n":"",`.length - tail.length;
  if (filler < 0) throw new Error(`a payload of ${sizeBytes} bytes cannot hold its fields`);
  return `{${fields},"n":"${"abcdefgh".repeat(Math.ceil(filler / 8)).slice(0, filler)}",${tail}`;
}

/** One thing in the world: about 110 bytes, three levels deep, integers and fractions, booleans, a null. */
function thing(i: number): string {
  return JSON.stringify({
    id: `e${i}`,
    pos: { x: Math.round(i * 7919) / 100, y: ((i * 104_729) % 9973) / 10 },
    vel: [((i * 31) % 17) - 8, ((i * 37) % 13) / 4],
    hp: 100 - (i % 100),
    alive: i % 7 !== 0,
    owner: i % 3 === 0 ? null : `p000${i % 8}`,
    tags: ["solid", "red"].slice(0, i % 3),
  });
}

function world(sizeBytes: number): string {
  const ROOM_FOR_THE_REST_BYTES = 80;
  const things: string[] = [];
  let bytes = ROOM_FOR_THE_REST_BYTES;
  for (let i = 1; ; i++) {
    const next = thing(i);
    if (bytes + next.length + 1 > sizeBytes) break;
    things.push(next);
    bytes += next.length + 1;
  }
  return withStamp(`"round":3,"phase":"play","things":[${things.join(",")}]`, sizeBytes);
}

export function payload(name: PayloadName): string {
  const sizeBytes = SIZE_BYTES[name];
  const text = name === "64 B" ? withStamp('"x":-0.52,"y":0.98,"a":1,"q":204', sizeBytes) : world(sizeBytes);
  JSON.parse(text);
  if (text.length !== sizeBytes) throw new Error(`payload ${name} has ${text.length} bytes`);
  return text;
}

export function payloadBytes(name: PayloadName): number {
  return SIZE_BYTES[name];
}

export function sendMessage(name: PayloadName, to: string | null): string {
  const target = to === null ? "" : `"to":${JSON.stringify(to)},`;
  return `{"type":"send",${target}"data":${payload(name)}}`;
}
