// Every no of the sessionserver wire is a number, and what it means depends on the notice it stands in. What this wire has no number
// for is 9: a request that cannot be taken.
import type { Asked } from "../../protocol/commands.ts";
import type { CloseName, Refusal, RefusalName } from "../../protocol/refusals.ts";
import type { RequestType } from "./schema.ts";

const UNREADABLE = 9;

/** The notice that answers each command. */
export const ANSWERS: Readonly<Record<RequestType, string>> = {
  createSession: "sessionJoin",
  joinSession: "sessionJoin",
  updateSession: "sessionUpdate",
  updatePlayer: "playerUpdate",
  leaveSession: "sessionLeave",
};

const IN_ONE: Readonly<Partial<Record<string, number>>> = { createSession: 4, joinSession: 5 };
const NUMBERS: Readonly<Partial<Record<RefusalName, number>>> = {
  no_room: 6,
  room_not_found: 7,
  // To the client both are the same: this session cannot be joined.
  room_full: 7,
  not_in_room: 2,
  wrong_shape: 4,
};

/** The number of a refusal in the notice that answers the request. */
export function numberOf(name: RefusalName, asked: Asked | undefined): number {
  if (name === "already_in_room") return IN_ONE[asked?.type ?? ""] ?? UNREADABLE;
  return NUMBERS[name] ?? UNREADABLE;
}

/** What no number would tell ends the line: there is no room to be had now [V19]. */
export function closesOn({ name }: Refusal): CloseName | null {
  switch (name) {
    case "server_full":
    case "too_many_rooms":
      return "serverFull";
    case "draining":
      return "goingAway";
    default:
      return null;
  }
}
