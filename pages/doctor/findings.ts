// What the doctor says about one thing: how it stands, one sentence of what it is and what to do, and what helps to do it.

/** `note`: worth knowing, and nothing to mend. `skipped`: it could not be looked at, or nobody wanted to. */
export type Standing = "waiting" | "checking" | "good" | "note" | "look" | "broken" | "skipped";

export interface Finding {
  readonly standing: Standing;
  readonly says: string;
  /** Lines for a file of somebody else's, by whose file it is. */
  readonly lines?: readonly { readonly of: string; readonly text: string }[];
  /** Addresses to open instead. */
  readonly links?: readonly string[];
  /** Round trips in ms, in the order they were made. */
  readonly trips?: readonly number[];
}

/** Beside a colour always stands a word. */
export const WORDS: Readonly<Record<Standing, string>> = {
  waiting: "Waiting",
  checking: "Checking",
  good: "Fine",
  note: "Good to know",
  look: "Look here",
  broken: "Broken",
  skipped: "Not checked",
};

export const TONES: Readonly<Record<Standing, string>> = {
  waiting: "none",
  checking: "none",
  good: "good",
  note: "none",
  look: "warn",
  broken: "bad",
  skipped: "none",
};

type Made = (says: string, more?: Omit<Finding, "standing" | "says">) => Finding;
const make =
  (standing: Standing): Made =>
  (says, more) => ({ standing, says, ...more });
export const good = make("good");
export const note = make("note");
export const look = make("look");
export const broken = make("broken");
export const skipped = make("skipped");
