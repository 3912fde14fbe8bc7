// The contract of a wire format: bytes to Command, Event to bytes. Pure: no socket, no clock, no state. A new wire is a new
// folder beside party/ that exports a Wire, and one line in index.ts.
import type { Asked, Command } from "../protocol/commands.ts";
import type { Event } from "../protocol/events.ts";
import { type CloseName, type Refusal, type RefusalName, refuse } from "../protocol/refusals.ts";

/** A frame that could not be read as any request. */
export interface Unreadable {
  readonly kind: "unreadable";
  /** `broken`: no client of this wire could have meant it; ten in a row close the line with 4004 [L12]. */
  readonly broken: boolean;
  readonly refusal: Refusal;
  readonly asked: Asked | undefined;
}

/** `asked`: what can be said of the request all the same. */
export function unreadable(name: RefusalName, broken: boolean, asked?: Asked): Unreadable {
  return { kind: "unreadable", broken, refusal: refuse(name), asked };
}

export interface Dialect {
  /** Its name in logs, topics and metrics. */
  readonly name: string;
  /**
   * Whether a line has to say something now and then to be kept (LIVE_SILENCE_SECONDS), and the pongs its client's library gives by
   * itself are no sign of life [T9].
   */
  readonly onlySpeechCounts?: true;
  /** Whether its lines are counted, and known by that number [R47]. */
  readonly isCounted?: true;
  /** Reads one frame. Never throws, whatever the text is. `depthMax`: JSON nesting allowed in a body. */
  decode(text: string, depthMax: number): Command | Unreadable;
  /**
   * The frame for an event, or null where this wire has none. `asked`: the request it answers directly. `seq`: its number in a room
   * with history. `wireData`: what the dialect wanted to remember of the room that is told.
   */
  encode(event: Event, asked?: Asked, seq?: number | null, wireData?: string | null): string | null;
  /** The frames that follow a direct answer, where other wires have it all in the answer itself. */
  followUps?(answer: Event): readonly string[];
  /** How the line ends instead of a refusal that this wire has no words for; null where it has. */
  closesOn?(refusal: Refusal): CloseName | null;
  /** The link to the room of that code, of the template its creator left with it. */
  link?(wireData: string, code: string): string;
}
