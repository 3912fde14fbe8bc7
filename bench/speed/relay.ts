// Messages through rooms: so many rooms of such a size, who talks to whom, what payload, and one of two ways of driving it.

import type { Line } from "../client/line.ts";
import { startContestant } from "./contestants.ts";
import { DISPLAY, gather } from "./crowd.ts";
import { closedLoop, fixedRate, type Speaker } from "./loops.ts";
import type { Case } from "./measure.ts";
import { type PayloadName, SIZE_BYTES, sendMessage } from "./payloads.ts";

export type Direction = "broadcast" | "to-host" | "display";
/**
 * Saturated: one message a packet, as phones send them, and a round ends when everybody has heard everybody. So no turn
 * of any server can batch more than one message a member, however slow it is: with a deeper window the dearer server
 * gathers more a turn, its sends become cheaper a message, and all ratios drift to 1.
 * Packed: what is left when the network's share is small, a harder look at what a message costs to read and check.
 */
export type How = "saturated" | "packed" | "rate";

/** Enough rooms that the server always has work while one room waits for its slowest reader. */
const ROOMS: Record<number, number> = { 2: 64, 8: 16, 9: 16, 100: 2 };
/** Up to so many rooms, two rounds are under way: one alone would leave the server idle while its last reader reads. */
const FEW_ROOMS = 2;
const PACKET_MESSAGES = 4;
/**
 * How much one receiver may be behind within a round of the closed loop. Two rounds are under way at a time, and
 * Partyline closes a line that holds more than 1 MiB: half of that is the most a reader can owe.
 */
const ROUND_BYTES_PER_RECEIVER_MAX = 256 * 1024;
/** And how long a round may be for the slowest contestant: without this one window would be one round. */
const ROUND_DELIVERIES_MAX = 16_000;
const ROUND_BYTES_MAX = 32 * 1024 * 1024;
/** Far enough below what the slowest contestant can do that what is measured is latency and not a queue. */
const RATE_BYTES_PER_SECOND = 64 * 1024 * 1024;
const RATE_DELIVERIES_MAX = 20_000;

export function relay(
  direction: Direction,
  size: number,
  payload: PayloadName,
  how: How = "saturated",
  history = 0,
): Case {
  const suffix = `${how === "saturated" ? "" : `-${how}`}${history > 0 ? "-history" : ""}`;
  const rooms = ROOMS[size] ?? 1;
  const plan = { rooms, size, phonesTalkToDisplay: direction !== "broadcast", history };
  const rate = Math.min(RATE_DELIVERIES_MAX, RATE_BYTES_PER_SECOND / SIZE_BYTES[payload]);
  const speakers = speakersOf(direction, size, payload);
  return {
    name: `${direction}-${size}-${payload}${suffix}`,
    async open(contestant, machine) {
      const server = await startContestant(contestant, machine.serverPrefix);
      const crowd = await gather(contestant, server, plan);
      const run =
        how === "rate"
          ? fixedRate(crowd, speakers, rate, true)
          : closedLoop(crowd, speakers, how === "packed" ? PACKET_MESSAGES : 1, rooms <= FEW_ROOMS ? 2 : 1);
      return { pid: server.pid, run, close: () => server.kill() };
    },
  };
}

export function speakersOf(direction: Direction, size: number, payload: PayloadName) {
  const bytes = SIZE_BYTES[payload];
  const perReceiver = Math.floor(ROUND_BYTES_PER_RECEIVER_MAX / bytes);
  const perRound = Math.min(ROUND_DELIVERIES_MAX, ROUND_BYTES_MAX / bytes) / (size - 1);
  const loud = Math.max(1, Math.min(size, perReceiver, Math.floor(perRound)));
  const state = sendMessage(payload, null);
  const input = sendMessage(direction === "to-host" ? payload : "64B", DISPLAY);
  return ([display, ...phones]: readonly Line[]): Speaker[] => {
    if (display === undefined) return [];
    const toAll = (line: Line) => ({ line, message: state, hearers: size - 1 });
    if (direction === "broadcast") return [display, ...phones].slice(0, loud).map(toAll);
    const inputs = phones.slice(0, perReceiver).map((line) => ({ line, message: input, hearers: 1 }));
    return direction === "to-host" ? inputs : [...inputs, toAll(display)];
  };
}
