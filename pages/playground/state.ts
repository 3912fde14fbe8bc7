// The page as it stands: plain data, replaced and not changed, so that what has not changed is not drawn anew.
import type { Typed } from "./form.ts";

export type Standing = "out" | "opening" | "open" | "asleep" | "slow" | "dropped" | "closed";

/** Somebody with a line, or who had one. */
export interface Member {
  /** Its number, which is its colour too. */
  readonly n: number;
  readonly name: string;
  readonly standing: Standing;
  /** How its line was closed, in words; empty while none was. */
  readonly ended: string;
  /** What takes its seat up again. */
  readonly clientId: string;
  readonly secret: string;
  /** The room it is in, or was in last. */
  readonly room: string;
  readonly isHost: boolean;
  readonly since: number;
  readonly epoch: string;
  readonly heard: number;
  readonly said: number;
}

/** One row of the list. */
export interface Row {
  readonly id: number;
  readonly at: number;
  /** Since the row before, in ms. */
  readonly gapMs: number;
  readonly member: number;
  /** `note`: no frame, but what happened to a line. */
  readonly direction: "in" | "out" | "note";
  readonly text: string;
  readonly bytes: number;
  readonly type: string;
  readonly seq: number | null;
}

export interface State {
  readonly members: readonly Member[];
  /** Who speaks, by number. */
  readonly speaker: number;
  /** The type of the form that is shown. */
  readonly type: string;
  readonly typed: Readonly<Record<string, Typed>>;
  /** What stands in the raw editor; null: what the form gives. */
  readonly raw: string | null;
  readonly rows: readonly Row[];
  /** Rows that are not there any more, and frames that came faster than they are shown. */
  readonly goneRows: number;
  readonly untold: number;
  readonly filter: string;
  /** Whose rows are shown; 0: everybody's. */
  readonly whose: number;
  /** A text to be copied: which, and the text itself; null: none. */
  readonly shown: { readonly title: string; readonly text: string } | null;
  /** The preset that plays; empty: none. */
  readonly playing: string;
  readonly says: string;
}

export const MEMBERS_MAX = 8;
/** Rows that are kept, and of them those that are drawn. */
export const ROWS_MAX = 2_000;
export const DRAWN_MAX = 200;
/** Characters that all rows may hold: beyond, the oldest go. */
export const CHARS_MAX = 4_000_000;

export const EMPTY: State = {
  members: [],
  speaker: 0,
  type: "send",
  typed: {},
  raw: null,
  rows: [],
  goneRows: 0,
  untold: 0,
  filter: "",
  whose: 0,
  shown: null,
  playing: "",
  says: "",
};

export interface Store {
  get(): State;
  set(change: Partial<State>): void;
}

export function memberOf({ members }: State, n: number): Member | undefined {
  return members.find((member) => member.n === n);
}

/** Whether it has a line that takes what is said. */
export function isOn({ standing }: Member): boolean {
  return standing === "open" || standing === "slow" || standing === "asleep";
}

/** Rows that the filter and the choice of a member leave, newest last. */
export function rowsShown({ rows, filter, whose }: State): readonly Row[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter(
    ({ member, type, text }) =>
      (whose === 0 || member === whose) && words.every((word) => `${type} ${text}`.toLowerCase().includes(word)),
  );
}
