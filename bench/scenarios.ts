// What is measured: a table. A stage is one set of connections (so many rooms of such a size, who talks to whom); a case
// is one payload and one way of driving it on those connections.

import { type CrowdPlan, DISPLAY, type Party } from "./crowd.ts";
import { type PayloadName, payloadBytes, sendMessage } from "./payloads.ts";
import type { Peer } from "./peer.ts";

/** "packed" is saturated too, with several messages in a packet. */
export type Drive = "saturated" | "packed" | "fixed rate";
export type Direction = "broadcast" | "to-host" | "display+phones";

export interface Speaker {
  peer: Peer;
  /** The frame as text: what one message of this speaker is. */
  message: string;
  deliveriesPerMessage: number;
}

export interface Stage {
  name: string;
  direction: Direction;
  plan: CrowdPlan;
  cases: Case[];
}

export interface Case {
  name: string;
  payload: PayloadName;
  drive: Drive;
  /** Judged by a goal: measured in longer windows. */
  goal: boolean;
  /** Who speaks in a room, and what. */
  speakers(party: Party): Speaker[];
  /** Messages a speaker writes at once in the closed loop. */
  packetMessages: number;
  /** Rounds of a room that may be on their way at a time in the closed loop. */
  roundsUnderWay: number;
  /** Deliveries a second over all rooms, at the fixed rate. */
  deliveriesPerSecond: number;
}

const SIZES = [2, 8, 100, 1000];
const PAYLOADS: PayloadName[] = ["64 B", "16 KiB"];

/** Enough rooms that the server always has work while one room waits for its slowest reader. */
const ROOMS: Record<number, number> = { 2: 64, 8: 16, 9: 16, 100: 2, 1000: 1 };

/**
 * How much one receiver may be behind within a round of the closed loop. Two rounds are under way at a time, and
 * Partyline closes a line that holds more than 1 MiB: half of that is the most a reader can owe.
 */
const ROUND_BYTES_PER_RECEIVER_MAX = 256 * 1024;
/** And how long a round may be for the slowest contestant: without this one window would be one round. */
const ROUND_DELIVERIES_MAX = 16_000;
const ROUND_BYTES_MAX = 32 * 1024 * 1024;

/** Far enough below what the slowest contestant can do that what is measured is latency and not a queue. */
const RATE_DELIVERIES_PER_SECOND: Record<PayloadName, number> = { "64 B": 20_000, "512 B": 20_000, "16 KiB": 4_000 };

/**
 * Saturated: one message a packet, as phones send them, and a round ends when everybody has heard everybody. So no turn
 * of any server can batch more than one message a member, however slow it is: with a deeper window the dearer server
 * gathers more a turn, its sends become cheaper a message, and all ratios drift to 1.
 * Packed: what is left when the network's share is small, a harder look at what a message costs to read and check.
 */
const PACKET_MESSAGES: Record<Drive, number> = { saturated: 1, packed: 4, "fixed rate": 1 };

/** Up to so many rooms, two rounds are under way: one alone would leave the server idle while its last reader reads. */
const FEW_ROOMS = 2;

function broadcasters(size: number, payload: PayloadName): number {
  const bytes = payloadBytes(payload);
  const most = Math.min(
    size,
    Math.floor(ROUND_BYTES_PER_RECEIVER_MAX / bytes),
    Math.floor(ROUND_DELIVERIES_MAX / (size - 1)),
    Math.floor(ROUND_BYTES_MAX / (bytes * (size - 1))),
  );
  return Math.max(1, most);
}

function talkersToDisplay(size: number, payload: PayloadName): number {
  return Math.min(size - 1, Math.floor(ROUND_BYTES_PER_RECEIVER_MAX / payloadBytes(payload)));
}

function speakersOf(direction: Direction, size: number, payload: PayloadName): Case["speakers"] {
  if (direction === "broadcast") {
    const message = sendMessage(payload, null);
    const count = broadcasters(size, payload);
    return ({ display, phones }) =>
      [display, ...phones].slice(0, count).map((peer) => ({ peer, message, deliveriesPerMessage: size - 1 }));
  }
  const input = sendMessage(direction === "to-host" ? payload : "64 B", DISPLAY);
  const state = sendMessage(payload, null);
  const count = talkersToDisplay(size, payload);
  return ({ display, phones }) => {
    const inputs = phones.slice(0, count).map((peer) => ({ peer, message: input, deliveriesPerMessage: 1 }));
    if (direction === "to-host") return inputs;
    return [...inputs, { peer: display, message: state, deliveriesPerMessage: size - 1 }];
  };
}

function drivesOf(size: number, payload: PayloadName): Drive[] {
  const few = (size === 8 || size === 9) && payload !== "16 KiB";
  return few ? ["saturated", "packed", "fixed rate"] : ["saturated", "fixed rate"];
}

function stage(direction: Direction, size: number, payloads: PayloadName[]): Stage {
  const rooms = ROOMS[size] ?? 1;
  const cases = payloads.flatMap((payload) =>
    drivesOf(size, payload).map((drive): Case => {
      const name = `${direction}, rooms of ${size}, ${payload}, ${drive}`;
      const speakers = speakersOf(direction, size, payload);
      return {
        name,
        payload,
        drive,
        goal: GOAL_CASES.has(name),
        speakers,
        packetMessages: PACKET_MESSAGES[drive],
        roundsUnderWay: rooms <= FEW_ROOMS ? 2 : 1,
        deliveriesPerSecond: RATE_DELIVERIES_PER_SECOND[payload],
      };
    }),
  );
  const plan = { rooms, size, phonesTalkToDisplay: direction !== "broadcast" };
  return { name: `${direction} ${size}`, direction, plan, cases };
}

/** The cases the goals speak of; goals.ts looks its figures up by these names. */
export const CASE = {
  broadcast8: "broadcast, rooms of 8, 64 B, saturated",
  broadcast8Large: "broadcast, rooms of 8, 16 KiB, saturated",
  broadcast1000: "broadcast, rooms of 1000, 64 B, saturated",
  displayAndPhones: "display+phones, rooms of 9, 512 B, saturated",
  connect: "connect, join, leave",
  idle: "idle connections, rooms of 8",
  start: "start of the process",
  alone: "a room alone, all limits on",
  beside: "the same beside four bad clients",
} as const;
const GOAL_CASES: Set<string> = new Set(Object.values(CASE));

/** A living room: a display and eight phones, ten messages a second from each. */
const LIVING_ROOM_DELIVERIES_PER_SECOND = 160;
export const LIVING_ROOM: Stage = livingRoom();

function livingRoom(): Stage {
  const { cases, ...rest } = stage("display+phones", 9, ["64 B"]);
  const rated = cases.filter(({ drive }) => drive === "fixed rate");
  const plan = { ...rest.plan, rooms: 1 };
  return {
    ...rest,
    plan,
    cases: rated.map((each) => ({ ...each, deliveriesPerSecond: LIVING_ROOM_DELIVERIES_PER_SECOND })),
  };
}

export const STAGES: Stage[] = [
  ...SIZES.map((size) => stage("broadcast", size, PAYLOADS)),
  stage("display+phones", 9, ["512 B"]),
  ...SIZES.map((size) => stage("to-host", size, PAYLOADS)),
];
