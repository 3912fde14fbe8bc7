// What a poll is, as it is asked for and told: plain values for commands, events and records alike. Knows no room and no count.

/** What is asked: one of some options, several of them, a number, a text, or nothing but who is first [C10]. */
export const ASKS = ["choice", "many", "number", "text", "first"] as const;
export type Ask = (typeof ASKS)[number];

/** Who is asked: the members, those of them that play, the audience, or everybody in the room [C11]. */
export const ASKED = ["members", "players", "audience", "all"] as const;
export type AskedWho = (typeof ASKED)[number];

/** Who sees the counts: everybody while it is open, everybody once it is closed, or the host alone [C14]. */
export const SHOWS = ["live", "end", "host"] as const;
export type Show = (typeof SHOWS)[number];

/** A poll as its host opens it. */
export interface Question {
  /** Its name among the open polls of its room. */
  readonly poll: string;
  readonly ask: Ask;
  /** Of `choice` and `many` 2 to 26 texts; else none. */
  readonly options: readonly string[];
  readonly who: AskedWho;
  /** Whether an answer may be replaced. */
  readonly changes: boolean;
  readonly show: Show;
}

/** What an answer says; which of the fields it must have, the poll knows. */
export interface Answer {
  /** The place of an option, from 0. */
  readonly choice?: number;
  readonly choices?: readonly number[];
  readonly number?: number;
  readonly text?: string;
}

/** How often each option was chosen, or of a number each tenth of its range; of `text` and `first` nothing. */
export interface Counts {
  readonly counts: readonly number[];
  /** Identities that have answered. */
  readonly total: number;
  /** Of a number alone: of all answers. */
  readonly sum?: number | undefined;
  /** Of `first` alone, once somebody was: its clientId. */
  readonly first?: string | undefined;
}

/** A poll that is open, as whoever comes finds it. */
export interface OpenPoll {
  readonly question: Question;
  /** When it closes by itself, by the server's clock; null: never. */
  readonly endsAt: number | null;
  /** The answer of the one who is told; null: none yet. */
  readonly answered: Answer | null;
  /** null: not for the one who is told. */
  readonly counts: Counts | null;
  /** To the host alone: the texts that came, with who sent each; null: none are for it. */
  readonly texts: readonly { readonly from: string; readonly text: string }[] | null;
}

/** A poll as it lies on disk. An `answer` is a choice, a mask of choices, a number or a text. */
export interface PollRecord extends Question {
  /** What was left of its time, in ms; null: it has none. */
  readonly leftMs: number | null;
  readonly answers: readonly (readonly [clientId: string, answer: number | string])[];
}
