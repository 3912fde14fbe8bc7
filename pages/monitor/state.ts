// All that the monitor's page knows, in one value: what is drawn follows from it.
import type { Picture, Recorded, RoomAnswer } from "./answers.ts";
import type { Sample } from "./rates.ts";
import type { Group } from "./words.ts";

export const SORTS = ["busy", "members", "age", "quiet"] as const;
export type Sort = (typeof SORTS)[number];

/** Which room is looked at. */
export interface Place {
  readonly code: string;
  readonly dialect: string;
}

/** The address of an overlay, with a viewer's token. */
export interface Link {
  readonly url: string;
  /** Until when it is good, in ms since 1970. */
  readonly until: number;
}

/** What is asked for a second click. */
export type Asking = { readonly what: "close" | "lock" } | { readonly what: "kick"; readonly index: number };

export interface State {
  /** null: nobody is logged in. */
  readonly token: string | null;
  /** What is said about the login: why there is none, or why it failed. */
  readonly loginSays: string;
  readonly isLoggingIn: boolean;
  readonly picture: Picture | null;
  readonly samples: readonly Sample[];
  readonly roomRates: ReadonlyMap<string, number>;
  /** Since when there was no answer, by this device's clock; null: there is one. */
  readonly goneSince: number | null;
  /** What else is wrong with the answers. */
  readonly trouble: string;
  readonly sort: Sort;
  readonly q: string;
  /** What was recorded, newest first. */
  readonly tail: readonly Recorded[];
  /** Whether entries are missing from the tail, since more came than one answer holds. */
  readonly isTailTorn: boolean;
  readonly group: Group;
  readonly filter: string;
  readonly place: Place | null;
  readonly room: RoomAnswer | null;
  readonly isRoomOver: boolean;
  readonly record: readonly Recorded[];
  readonly asking: Asking | null;
  /** A link that has just been made, and is kept nowhere else. */
  readonly link: Link | null;
  /** What came of the last thing that was done. */
  readonly outcome: string;
}

export const EMPTY: Omit<State, "token" | "loginSays" | "place"> = {
  ...{ isLoggingIn: false, picture: null, samples: [], roomRates: new Map(), goneSince: null, trouble: "" },
  ...{ sort: "busy", q: "", tail: [], isTailTorn: false, group: "all", filter: "" },
  ...{ room: null, isRoomOver: false, record: [], asking: null, link: null, outcome: "" },
};

/** Reads and changes it; every change is drawn. */
export interface Store {
  get(): State;
  set(change: Partial<State>): void;
}

/** The place that the address names after its `#`; null: the list. */
export function placeOf(hash: string): Place | null {
  const [code = "", dialect = ""] = hash.slice(1).split("/").map(decoded);
  return code === "" || dialect === "" ? null : { code, dialect };
}

export function hashOf({ code, dialect }: Place): string {
  return `#${encodeURIComponent(code)}/${encodeURIComponent(dialect)}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
