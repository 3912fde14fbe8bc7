// What a game hears of its room, by name, with what comes with each.
import type { JoinedFrame, ResetFrame, SessionEvent } from "./wire.ts";

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
