// What is sent. JSON as games send it: small inputs, a state of numbers and short names, and for 16 KiB a nested world
// and not one long string, because a parser runs through a long string many times faster than through real state.

import { STAMP_BLANK } from "../client/frames.ts";

export const SIZE_BYTES = { "64B": 64, "512B": 512, "16KiB": 16 * 1024 };
export type PayloadName = keyof typeof SIZE_BYTES;

const INPUT = '"x":-0.52,"y":0.98,"a":1,"q":204';
const ROOM_FOR_THE_REST_BYTES = 80;

/** The stamp stands last, so that a receiver reads it when the whole frame is there, and finds it from the end. */
function withStamp(fields: string, sizeBytes: number): string {
  const tail = `"t":"${STAMP_BLANK}"}`;
  const filler = sizeBytes - `{${fields},"n":"",`.length - tail.length;
  return `{${fields},"n":"${"abcdefgh".repeat(Math.ceil(filler / 8)).slice(0, filler)}",${tail}`;
}

/** One thing in the world: about 110 bytes, three levels deep, integers and fractions, booleans, a null. */
function thing(i: number): string {
  return JSON.stringify({
    ...{ id: `e${i}`, pos: { x: Math.round(i * 7919) / 100, y: ((i * 104_729) % 9973) / 10 } },
    ...{ vel: [((i * 31) % 17) - 8, ((i * 37) % 13) / 4], hp: 100 - (i % 100), alive: i % 7 !== 0 },
    ...{ owner: i % 3 === 0 ? null : `p000${i % 8}`, tags: ["solid", "red"].slice(0, i % 3) },
  });
}

function world(sizeBytes: number): string {
  let things = thing(1);
  for (let i = 2; things.length + thing(i).length + ROOM_FOR_THE_REST_BYTES < sizeBytes; i++) things += `,${thing(i)}`;
  return withStamp(`"round":3,"phase":"play","things":[${things}]`, sizeBytes);
}

export function sendMessage(name: PayloadName, to: string | null): string {
  const target = to === null ? "" : `"to":${JSON.stringify(to)},`;
  const body = name === "64B" ? withStamp(INPUT, SIZE_BYTES[name]) : world(SIZE_BYTES[name]);
  return `{"type":"send",${target}"data":${body}}`;
}
