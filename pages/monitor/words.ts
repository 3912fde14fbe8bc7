// The server's names in words for people.
import type { Recorded } from "./answers.ts";

/** Close codes: the server's own, and those of every WebSocket. */
export const CLOSES: Readonly<Record<string, string>> = {
  1000: "left by its client",
  1001: "page left",
  1005: "left by its client",
  1006: "lost",
  1007: "no UTF-8",
  1009: "frame too large",
  1011: "fault of the server",
  4000: "seat taken over",
  4001: "room closed",
  4002: "kicked",
  4003: "not authorised",
  4004: "protocol violation",
  4100: "server full",
  4101: "too fast",
  4102: "too slow a reader",
  4103: "said nothing",
  4104: "no sign of life",
  4200: "server going away",
  4201: "token expired",
  other: "a client's own code",
};

export const TOTALS: Readonly<Record<string, string>> = {
  linesOpened: "lines opened",
  roomsOpened: "rooms opened",
  sessionsOpened: "sessions begun",
  resumesOk: "resumed whole",
  resumesFailed: "resumed anew",
  pauses: "reads paused",
  waits: "joins that waited",
  dropped: "messages dropped",
  abandoned: "answers abandoned",
  failedLogins: "wrong admin keys",
  faults: "faults",
};

export const GROUPS = {
  all: "All kinds",
  trouble: "Trouble",
  rooms: "Rooms",
  members: "Members",
  operators: "Operators",
} as const;
export type Group = keyof typeof GROUPS;

type Kind = readonly [group: Exclude<Group, "all">, words: string, tone: string];
export const KINDS: Readonly<Record<string, Kind>> = {
  opened: ["rooms", "opened", "plain"],
  restored: ["rooms", "restored", "plain"],
  ended: ["rooms", "ended", "plain"],
  host: ["rooms", "host now", "plain"],
  locked: ["rooms", "locked", "plain"],
  unlocked: ["rooms", "unlocked", "plain"],
  joined: ["members", "joined", "plain"],
  left: ["members", "left", "plain"],
  away: ["members", "away", "plain"],
  back: ["members", "back", "plain"],
  takenOver: ["members", "taken over by another page", "plain"],
  kicked: ["members", "kicked", "warn"],
  closed: ["members", "closed", "plain"],
  refused: ["trouble", "refused", "warn"],
  paused: ["trouble", "paused", "warn"],
  flooded: ["trouble", "closed, too fast", "bad"],
  unread: ["trouble", "closed, left too much unread", "bad"],
  fault: ["trouble", "fault of the server", "bad"],
  operatorClose: ["operators", "operator closes the room", "hot"],
  operatorLock: ["operators", "operator locks", "hot"],
  operatorUnlock: ["operators", "operator unlocks", "hot"],
  operatorKick: ["operators", "operator kicks", "hot"],
};

/** What happened, in words, and how it is coloured. A kind that this page does not know is told by its name. */
export function told({ kind, what, code }: Recorded): { readonly words: string; readonly tone: string } {
  const [, words, tone] = KINDS[kind] ?? ["rooms", kind, "plain"];
  const number = code === null ? "" : ` ${code}`;
  if (kind === "closed")
    return { words: `${words}${number}, ${what ?? CLOSES[code ?? 0] ?? "for a reason of its own"}`, tone };
  // Of these the kind says it all.
  if (kind === "flooded" || kind === "unread" || what === null || what === kind) return { words: words + number, tone };
  return { words: kind === "left" ? `${words} (${what})` : `${words} ${what}`, tone };
}

export function isIn(group: Group, { kind }: Recorded): boolean {
  return group === "all" || (KINDS[kind]?.[0] ?? "rooms") === group;
}

/** Time of day, by this device's clock. */
export function clock(at: number): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
