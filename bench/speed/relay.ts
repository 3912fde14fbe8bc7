// Messages through rooms: so many rooms of such a size, who talks to whom, and what. JSON as games send it: small inputs, and for a
// state a nested world and not one long string, because a parser runs through a long string many times faster.
//
// One message a packet, as phones send them, and a round ends when everybody has heard everybody. So no turn of any server can batch
// more than one message a member, however slow it is: with a deeper window the dearer server gathers more a turn, its sends become
// cheaper a message, and all ratios drift to 1.

import { STAMP_BLANK } from "../client/frames.ts";
import type { Line } from "../client/line.ts";
import { startContestant } from "./contestants.ts";
import { DISPLAY, gather } from "./crowd.ts";
import { closedLoop, type Speaker } from "./loops.ts";
import type { Case } from "./measure.ts";

const SIZE_BYTES = { "64B": 64, "512B": 512, "16KiB": 16 * 1024 };
type PayloadName = keyof typeof SIZE_BYTES;
type Direction = "broadcast" | "display";

/** Enough rooms that the server always has work while one room waits for its slowest reader. */
const ROOMS = 16;
/** A room of so many is alone, and two rounds of it are under way: one would leave the server idle while its last reader reads. */
const CROWDED = 100;
/** What a reader may owe: two rounds are under way, and Partyline closes a line that holds more than 1 MiB. */
const ROUND_BYTES_PER_RECEIVER_MAX = 256 * 1024;
/** And how long a round may be for the slowest contestant: without this one window would be one round. */
const ROUND_DELIVERIES_MAX = 16_000;

export function relay(direction: Direction, size: number, payload: PayloadName, history = 0): Case {
  const rooms = size < CROWDED ? ROOMS : 1;
  const plan = { rooms, size, phonesTalkToDisplay: direction === "display", history };
  return {
    name: `${direction}-${size}-${payload}${history > 0 ? "-history" : ""}`,
    async open(contestant, machine) {
      const server = await startContestant(contestant, machine.serverPrefix);
      const crowd = await gather(contestant, server, plan);
      const run = closedLoop(crowd, speakersOf(direction, size, payload), rooms === 1 ? 2 : 1);
      return { pid: server.pid, run, close: () => server.kill() };
    },
  };
}

export function speakersOf(direction: Direction, size: number, payload: PayloadName) {
  const loud = Math.min(
    ROUND_BYTES_PER_RECEIVER_MAX / SIZE_BYTES[payload],
    Math.floor(ROUND_DELIVERIES_MAX / (size - 1)),
  );
  const state = sendMessage(payload, null);
  const input = sendMessage("64B", DISPLAY);
  return ([display, ...phones]: readonly Line[]): Speaker[] => {
    if (display === undefined) return [];
    const toAll = (line: Line) => ({ line, message: state, hearers: size - 1 });
    if (direction === "broadcast") return [display, ...phones].slice(0, loud).map(toAll);
    return [...phones.map((line) => ({ line, message: input, hearers: 1 })), toAll(display)];
  };
}

function sendMessage(name: PayloadName, to: string | null): string {
  const target = to === null ? "" : `"to":${JSON.stringify(to)},`;
  const fields = name === "64B" ? '"x":-0.52,"y":0.98,"a":1,"q":204' : world(SIZE_BYTES[name]);
  // The stamp stands last, so that a receiver reads it when the whole frame is there, and finds it from the end.
  const tail = `"t":"${STAMP_BLANK}"}`;
  const filler = SIZE_BYTES[name] - `{${fields},"n":"",${tail}`.length;
  return `{"type":"send",${target}"data":{${fields},"n":"${"abcdefgh".repeat(filler).slice(0, filler)}",${tail}}`;
}

const ROOM_FOR_THE_REST_BYTES = 80;

function world(sizeBytes: number): string {
  let things = thing(1);
  for (let i = 2; things.length + thing(i).length + ROOM_FOR_THE_REST_BYTES < sizeBytes; i++) things += `,${thing(i)}`;
  return `"round":3,"phase":"play","things":[${things}]`;
}

/** One thing in the world: about 110 bytes, three levels deep, integers and fractions, booleans, a null. */
function thing(i: number): string {
  return JSON.stringify({
    ...{ id: `e${i}`, pos: { x: Math.round(i * 7919) / 100, y: ((i * 104_729) % 9973) / 10 } },
    ...{ vel: [((i * 31) % 17) - 8, ((i * 37) % 13) / 4], hp: 100 - (i % 100), alive: i % 7 !== 0 },
    ...{ owner: i % 3 === 0 ? null : `p000${i % 8}`, tags: ["solid", "red"].slice(0, i % 3) },
  });
}
