// The contract of a wire format: bytes to Command, Event to bytes. Pure: no socket, no clock, no state. A new wire is a new
// folder beside party/ that exports a Wire, and one line in index.ts.
import type { Asked, Command } from "../protocol/commands.ts";
import type { Event } from "../protocol/events.ts";
import { type CloseName, type Refusal, type RefusalName, refuse } from "../protocol/refusals.ts";

/** A frame that could not be read as any request. */
export interface Unreadable {
  readonly kind: "unreadable";
  /** Whether no client of this wire could have meant it: ten of those in a row close the line with 4004 [L12]. */
  readonly broken: boolean;
  readonly refusal: Refusal;
  /** What can be said of the request all the same. */
  readonly asked: Asked | undefined;
}

export function unreadable(name: RefusalName, broken: boolean, asked?: Asked): Unreadable {
  return { kind: "unreadable", broken, refusal: refuse(name), asked };
}

export interface Dialect {
  /** Its name in logs, topics and metrics. */
  readonly name: string;
  /** Whether a line must say something every LIVE_SILENCE_SECONDS to be kept, and the pongs of its WebSocket library do not count [T9]. */
  readonly onlySpeechCounts?: true;
  /** Whether its lines are numbered as they connect, and a member is known by that number [R47]. */
  readonly isCounted?: true;
  /** Whether its lines are the business of the node that keeps the sessions, whichever node they are connected to [N11]. */
  readonly isOfSessions?: true;
  /** Whether the codes of its rooms are of base58, in which case counts, as its clients expect them [Q11]. */
  readonly hasBase58Codes?: true;
  /**
   * Reads one frame. Never throws, whatever the text is.
   * @param depthMax levels of [] and {} that a body may have; past it the request is flawed with `too_deep` [L3]
   */
  decode(text: string, depthMax: number): Command | Unreadable;
  /**
   * The frame for an event, or null where this wire has none.
   * @param asked the request that it answers directly
   * @param seq its number, in a room with history [R31]
   * @param wireData what this dialect keeps with the room that is told: see Opening
   */
  encode(event: Event, asked?: Asked, seq?: number | null, wireData?: string | null): string | null;
  /** The frames that go out right after a direct answer, where other wires have it all in the answer itself [Q6][V4]. */
  followUps?(answer: Event): readonly string[];
  /** How the line ends instead of a refusal that this wire has no words for [Q4][V19]; null where it has. */
  closesOn?(refusal: Refusal): CloseName | null;
  /** What a probe is told of a room of this wire; absent: what [H4] says [Q10]. */
  probe?(room: Found): Probed;
}

/** A room as a probe finds it. */
export interface Found {
  readonly code: string;
  readonly clients: number;
  readonly maxClients: number;
  readonly locked: boolean;
  readonly origin: string;
  /** As in Opening. */
  readonly wireData: string | null;
}

/** An answer to a probe. */
export interface Probed {
  readonly body: object;
  readonly headers: Readonly<Record<string, string>>;
}
