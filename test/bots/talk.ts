// A game of nothing but talk, for the bots: each says numbers to all, and phones cast some.
import type { Bot } from "../../clients/bots/bot.ts";
import type { Room } from "../../clients/js/src/index.ts";

export function host(room: Room, { every }: Bot): void {
  every(20, () => room.send({ n: 1 }));
}

export function player(room: Room, { every }: Bot): void {
  every(30, () => room.send({ n: 2 }));
  every(30, () => room.cast({ n: 3 }));
}
