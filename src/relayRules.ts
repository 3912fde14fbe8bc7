// Who may ask what: a table that says once for each command who may, and whether it appends to the log.
import type { Command, Flawed } from "./protocol/commands.ts";

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
