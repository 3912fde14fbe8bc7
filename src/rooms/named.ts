// The code that a command names, as far as guessing is concerned [L9][L35]: whether it tells a stranger anything to hear that it is wrong.
// Counts nothing and makes nobody wait.
import type { Command, Guest } from "../protocol/commands.ts";
import type { Room } from "./room.ts";
import type { Rooms } from "./rooms.ts";
import type { Line } from "./seat.ts";

export interface Named {
  /** As it was meant; null where it is a seat's secret that is tried. */
  readonly code: string | null;
  /** Whether somebody from the line's address is in its room, or opened it. */
  readonly isNeighbour: boolean;
  /** Whether its room has ended a moment ago: that it is gone is no secret [R5]. */
  readonly isCooling: boolean;
}

const SECRET: Named = Object.freeze({ code: null, isNeighbour: false, isCooling: false });

/** What a guess is about. */
export function named(rooms: Rooms, line: Line<Room>, command: Command): Named {
  if (command.kind !== "join" && command.kind !== "create") return SECRET;
  if (typeof command.code !== "string") return SECRET;
  const code = rooms.codeOf(command.code, line.wire);
  const room = rooms.find(code, line.wire);
  if (room === null) return { code, isNeighbour: false, isCooling: rooms.isCooling(code) };
  if (command.kind === "join" && room.keepsFrom(command.guest ?? guestOf(line))) return SECRET;
  return { code, isNeighbour: room.isHomeOf(line.address), isCooling: false };
}

/** Whether the answer tells a stranger if a code exists. A room's number is no secret, since rooms are counted up [R47]. */
export function namesCode(command: Command): boolean {
  if (command.kind === "join") return typeof command.code === "string";
  return command.kind === "create" && command.code !== null;
}

/** Whether it proves by a secret that a seat is its own: then it is no guess [L9]. */
export function recognises(room: Room | null, command: Command): boolean {
  if (room === null || command.kind !== "join" || typeof command.guest?.secret !== "string") return false;
  return room.recognises(command.guest);
}

/** The guest that a line is where the wire knows its lines by number [R47]. */
export function guestOf({ number }: Line): Guest {
  return { clientId: String(number), name: null, secret: null, tick: false };
}
