// Who may ask what: a table that says once for each command who may, and whether it appends to the log; and what a door has to know of one.
import type { JoinedRoom } from "./limits/joins.ts";
import type { Command, Flawed, Guest } from "./protocol/commands.ts";

export interface Rule {
  /** Which lines may ask: those in no room, members of one, members and who watches it, its host, or those that have shown a token. */
  readonly from: Flawed["from"] | "host";
  /**
   * Whether it appends to the log of the sessions [L19]. `yes`: it is counted as a write before it is carried out; `ifWatched`: so is a
   * join to a room that is watched; `aside`: it never waits, but what it causes is charged to its address; `no`: it appends nothing.
   */
  readonly appends: "yes" | "ifWatched" | "aside" | "no";
  /** Whether it may be carried out before a write that its line asked for earlier and that waits [L39]: it neither needs it nor undoes it. */
  readonly overtakes?: true;
}

export const RULES: Readonly<Record<Command["kind"], Rule>> = {
  send: { from: "inside", appends: "no", overtakes: true },
  create: { from: "outside", appends: "no" },
  join: { from: "outside", appends: "ifWatched" },
  leave: { from: "present", appends: "aside" },
  setPlayer: { from: "inside", appends: "no", overtakes: true },
  setShared: { from: "inside", appends: "no", overtakes: true },
  setState: { from: "host", appends: "no", overtakes: true },
  lock: { from: "host", appends: "no", overtakes: true },
  kick: { from: "host", appends: "aside", overtakes: true },
  makeHost: { from: "host", appends: "no" },
  setPrivate: { from: "host", appends: "no", overtakes: true },
  reset: { from: "host", appends: "no", overtakes: true },
  pollOpen: { from: "host", appends: "no", overtakes: true },
  pollClose: { from: "host", appends: "no", overtakes: true },
  answer: { from: "present", appends: "no", overtakes: true },
  timerSet: { from: "host", appends: "no", overtakes: true },
  timerPause: { from: "host", appends: "no", overtakes: true },
  timerGo: { from: "host", appends: "no", overtakes: true },
  timerStop: { from: "host", appends: "no", overtakes: true },
  closeRoom: { from: "host", appends: "aside" },
  sessionStart: { from: "host", appends: "yes" },
  gameAdd: { from: "host", appends: "yes" },
  lobbyUpdate: { from: "host", appends: "yes" },
  gameStart: { from: "host", appends: "yes" },
  gameEnd: { from: "host", appends: "yes" },
  sessionEnd: { from: "host", appends: "yes" },
  vote: { from: "present", appends: "yes" },
  auth: { from: "anywhere", appends: "no" },
  subscribe: { from: "authenticated", appends: "no" },
  unsubscribe: { from: "authenticated", appends: "no" },
  ping: { from: "anywhere", appends: "no", overtakes: true },
  flawed: { from: "anywhere", appends: "no", overtakes: true },
};

/** Whether it may be carried out before a write that its line asked for earlier and that waits for its turn [L39]. */
export function overtakes({ kind }: Command): boolean {
  return RULES[kind].overtakes === true;
}

/** What a newcomer joins. */
export interface Entrance extends JoinedRoom {
  /** Whether the guest would be refused now. */
  turnsAway(guest: Guest, address: string): boolean;
}

/** What a door has to know of a command before it is carried out. */
export interface Look {
  /** It names a room code, somebody may have to wait, and it brings no secret of a seat: it may have to take turns [L9]. */
  readonly isGuess: boolean;
  /** It counts against what its address may write to the log [L19]. */
  readonly appends: boolean;
  /** The room that it would join as a newcomer, or its audience; null: none, or it is no join, or one to the own seat [L22]. */
  readonly entrance: Entrance | null;
  /** Whether it joins a room that is there, as a newcomer or not. */
  readonly isJoin: boolean;
}
