// What a guest is told when something is not as it should be, in words that need no explanation, and what there is to do about it. Knows no
// page: a notice is what it says.
import type { ErrorCode, Over } from "../../clients/js/src/index.ts";

export interface Notice {
  readonly title: string;
  readonly text: string;
  /** What the button says. */
  readonly button: string;
  /** Whether the code may be wrong, and stands in a field to be mended; `blank`: another one is needed. */
  readonly code?: "mend" | "blank";
  /** Whether the doctor may know more. */
  readonly doctor?: boolean;
}

/** `name`: the server does not take it. */
export type No = ErrorCode | "offline" | "name" | Over["why"];

const AGAIN = "Try again";
const OVER: Notice = {
  title: "The room is over",
  text: "Thank you for playing! For another round, type the code that the TV shows now.",
  button: "Join",
  code: "blank",
};
const PUT_OUT: Notice = {
  title: "You were put out of the room",
  text: "Whoever sits at the TV did that. Have a word, then come in again.",
  button: "Join again",
};

const NOTICES: Partial<Record<No, Notice>> = {
  room_not_found: {
    title: "No such room",
    text: "Compare the code with the TV, letter by letter. If it is right, that room is over.",
    button: "Join",
    code: "mend",
  },
  room_full: {
    title: "The room is full",
    text: "Every seat is taken. As soon as somebody leaves, you can have theirs.",
    button: AGAIN,
  },
  room_locked: {
    title: "The room is locked",
    text: "Nobody new gets in now. Ask whoever sits at the TV to unlock it.",
    button: AGAIN,
  },
  kicked: PUT_OUT,
  banned: PUT_OUT,
  closed: OVER,
  gone: OVER,
  replaced: {
    title: "You play in another tab",
    text: "Your seat is there now. Only one tab can have it.",
    button: "Play here",
  },
  left: { title: "You have left", text: "Your seat is free. You are welcome back.", button: "Join again" },
  draining: {
    title: "The server is restarting",
    text: "It is back in a moment, and so is the room.",
    button: AGAIN,
  },
  server_full: {
    title: "The server is full",
    text: "More people want to play than it can take. Try again in a minute.",
    button: AGAIN,
  },
  too_many_attempts: {
    title: "Too many tries",
    text: "Too many wrong codes came from your network. Wait a minute, then try again.",
    button: AGAIN,
    code: "mend",
  },
  wrong_secret: {
    title: "That seat is somebody else's",
    text: "Join anew, and you get one of your own.",
    button: "Join",
  },
  refused: {
    title: "The room does not let you in",
    text: "Ask whoever sits at the TV, or try again.",
    button: AGAIN,
  },
  name: {
    title: "Another name, please",
    text: "This one has signs in it that cannot be shown.",
    button: "Join",
  },
  offline: {
    title: "Your phone is offline",
    text: "Switch on Wi-Fi, the same one that the TV is in, then try again.",
    button: AGAIN,
    doctor: true,
  },
};

/** What a guest is told, whatever it is. */
export function noticeOf(no: No): Notice {
  return (
    NOTICES[no] ?? {
      title: "The TV cannot be reached",
      text: "Is your phone in the same Wi-Fi as the TV? Then try again.",
      button: AGAIN,
      doctor: true,
    }
  );
}
