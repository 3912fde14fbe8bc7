// A game in which each phone says one thing, for many bots.
import type { Room } from "../../clients/js/src/index.ts";

export async function player(room: Room): Promise<void> {
  await room.send("hello", { to: room.host ?? "" });
}
