// What a game hears of its room, by name, with what comes with each.
import type { AnswerRequest, JoinedFrame, ResetFrame, SessionEvent } from "./wire.ts";

/** One member of the room. The same object as long as it is one; its fields follow what happens. */
export interface Member {
  readonly id: string;
  readonly name: string | undefined;
  /** Whether it has a line now; else its seat waits for it. */
  readonly here: boolean;
  /** What it keeps about itself (`setData`), or the host about it (`setPlayer`). */
  readonly data: unknown;
  /** What only it and the host see (`setPrivate`): of another than `me` undefined, but for the host. */
  readonly private: unknown;
  readonly isMe: boolean;
  readonly isHost: boolean;
}

/** A timer as it stands; another object as soon as it stands otherwise. */
export interface Timer {
  readonly name: string;
  readonly label: string | undefined;
  /** How long it has to go, in ms, by the server's clock: ask at each picture that you draw. */
  readonly leftMs: number;
  /** When it will be over, by that clock; null while it stands still. */
  readonly endsAt: number | null;
  readonly isPaused: boolean;
  /** The host has ended it before its time. */
  readonly isStopped: boolean;
}

/** A question that is asked; the same object until it is closed. */
export interface Poll {
  readonly name: string;
  readonly ask: "choice" | "many" | "number" | "text" | "first";
  readonly options?: readonly string[] | undefined;
  readonly who: "members" | "players" | "audience" | "all";
  /** Whether an answer may be replaced. */
  readonly changes: boolean;
  readonly show: "live" | "end" | "host";
  /** When it closes by itself, by the server's clock: `endsAt - room.now()` is what is left. */
  readonly endsAt?: number | undefined;
  /** My own answer. */
  readonly answered?: Pick<AnswerRequest, "choice" | "choices" | "number" | "text"> | undefined;
  /** How often each option was chosen, or each tenth of 0 to 1000; undefined while that is not for me. */
  readonly counts?: readonly number[] | undefined;
  readonly total?: number | undefined;
  readonly sum?: number | undefined;
  readonly mean?: number | null | undefined;
  /** Of `first`, once it is closed: the id of who was. */
  readonly first?: string | undefined;
  /** To the host, of `text`: what came, by the id of who answered. */
  readonly answers: Map<string, string>;
}

/** What `reset` may leave as it is. */
export type Kept = NonNullable<ResetFrame["keep"]>;

/** How the session of the room stands. */
export type Session = NonNullable<JoinedFrame["session"]>;

/** `joining`: no answer yet. `here`: on a line. `away`: coming back. `over`: for good. */
export type Status = "joining" | "here" | "away" | "over";

/** Why the room is over for this client. */
export interface Over {
  /**
   * `left`: it asked for it. `closed`: the host ended the room. `kicked`: the host put it out. `replaced`: another page has taken the seat.
   * `gone`: the room is not there any more, or was not reached for half an hour. `refused`: the server lets it in no more.
   */
  readonly why: "left" | "closed" | "kicked" | "replaced" | "gone" | "refused";
  /** The close code, where the server gave one. */
  readonly code?: number | undefined;
  /** For people, in the server's words. */
  readonly reason: string;
}

export interface Events {
  /** Something was sent to me, alone or with others. `missed`: it was sent while I was away. */
  message: [data: unknown, from: Member, meta: { readonly seq: number | undefined; readonly missed: boolean }];
  joined: [member: Member];
  left: [member: Member, reason: "left" | "lost" | "kicked" | "timeout"];
  /** Its line is lost; its seat waits for so many ms, where the server has said how long. */
  away: [member: Member, ms: number | null];
  back: [member: Member];
  renamed: [member: Member];
  /** Something else is kept about it now. */
  data: [member: Member, data: unknown];
  /** The room's state is another now. */
  state: [state: unknown];
  /** What only it and the host see is another now. */
  private: [member: Member, data: unknown];
  /** A timer has begun, stands still, goes on, or was stopped. */
  timer: [timer: Timer];
  /** Its time is over: once. */
  timerDone: [name: string];
  /** A question is asked. */
  poll: [poll: Poll];
  /** Its counts are others now. */
  tally: [poll: Poll];
  /** Nobody can answer it any more; with its counts, where they are for me. After a reload with `messages` of one that was closed meanwhile: its name and those alone. */
  pollClosed: [poll: Poll];
  /** To the host: a text that somebody answered. */
  answered: [poll: Poll, text: string, from: string];
  /** So many watch now. */
  audience: [count: number];
  /** The host has let go of state, data, private data and timers, but for what is kept: draw anew. */
  reset: [keep: Kept];
  host: [member: Member | null];
  locked: [locked: boolean];
  session: [event: SessionEvent];
  status: [status: Status, line: { readonly tries: number; readonly code: number | undefined }];
  /** What was drawn may be wrong: draw anew. After joining, and when what was missed could not be told whole. */
  fresh: [];
  latency: [ms: number];
  /** Once, and after it nothing more. */
  over: [over: Over];
}
