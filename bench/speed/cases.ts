// Every case, in the order they are played; `--only` picks them by name. Each has a goal.

import { neighbours, subscribers } from "./beside.ts";
import { connect, rejoin, start } from "./connect.ts";
import type { Case } from "./measure.ts";
import { idle, kept } from "./memory.ts";
import { moderateDisplay, moderateRooms } from "./moderate.ts";
import { monitor } from "./monitor.ts";
import { relay } from "./relay.ts";
import { sessionserver } from "./sessionserver.ts";

export const CASES: readonly Case[] = [
  relay("broadcast", 8, "64B"),
  relay("broadcast", 8, "64B", 256),
  relay("broadcast", 8, "16KiB"),
  relay("broadcast", 4, "16KiB"),
  relay("broadcast", 1000, "64B"),
  relay("display", 9, "512B"),
  ...[
    moderateRooms,
    moderateDisplay,
    connect,
    rejoin,
    idle,
    kept,
    start,
    neighbours,
    subscribers,
    sessionserver,
    monitor,
  ],
];

/** Those whose name has one of these words in it; all for null. @throws {Error} when a word fits none */
export function pick(only: string | null): Case[] {
  const words = only?.split(",") ?? [""];
  for (const word of words) {
    if (CASES.some(({ name }) => name.includes(word))) continue;
    throw new Error(`no case is called ${word}; there are ${CASES.map(({ name }) => name).join(", ")}`);
  }
  return CASES.filter(({ name }) => words.some((word) => name.includes(word)));
}
