// What a guest is told when something is not as it should be, in words that need no explanation, and what there is to do about it. Knows no
// page: a notice is what it says.
import type { ErrorCode, Over } from "../../clients/js/src/index.ts";

/** What a notice says, what its button says, and what else the door shows. */
export type Notice = readonly [title: string, text: string, button: string, more?: More];

/** `mend`: the code, in a field, may be wrong. `blank`: another one is needed. `doctor`: who may know more. */
type More = "mend" | "blank" | "doctor";

/** Why somebody is not in: the server's no, how the room ended, no network, a name that the server does not take, or what could be no code. */
export type No = ErrorCode | Over["why"] | "offline" | "name" | "typo";

const AGAIN = "Try again";
const OVER: Notice = ["The room is over", "Thank you for playing! Another one? Type its code.", "Join", "blank"];
const PUT_OUT: Notice = ["You were put out of the room", "Have a word with whoever sits at the TV.", "Join again"];

const NOTICES: Partial<Record<No, Notice>> = {
  room_not_found: ["No such room", "Compare the code with the TV. If it is right, the room is over.", "Join", "mend"],
  typo: ["That is no code", "Compare it with the TV: it has no I, O, 0 or 1.", "Join", "mend"],
  room_full: ["The room is full", "Once somebody leaves, the seat is yours.", AGAIN],
  room_locked: ["The room is locked", "Ask whoever sits at the TV to unlock it.", AGAIN],
  kicked: PUT_OUT,
  banned: PUT_OUT,
  closed: OVER,
  gone: OVER,
  replaced: ["You play in another tab", "Your seat is there now.", "Play here"],
  left: ["You have left", "You are welcome back.", "Join again"],
  draining: ["The server is restarting", "It is back in a moment.", AGAIN],
  server_full: ["The server is full", "Wait a minute.", AGAIN],
  too_many_attempts: ["Too many wrong codes", "Wait a minute.", AGAIN, "mend"],
  refused: ["The room does not let you in", "Ask whoever sits at the TV.", AGAIN],
  name: ["Another name, please", "This one has signs that cannot be shown.", "Join"],
  offline: ["Your phone is offline", "Switch on Wi-Fi, the one that the TV is in.", AGAIN, "doctor"],
};

/** What a guest is told, whatever it is. */
export function noticeOf(no: No): Notice {
  return NOTICES[no] ?? ["The TV cannot be reached", "Is your phone in the same Wi-Fi as the TV?", AGAIN, "doctor"];
}
