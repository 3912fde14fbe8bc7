// What the parts of a cluster say to each other: frames between two nodes, who carries them, and what is asked of the engine. Types alone, so
// that each part is tested without the others.

/**
 * What one node says to another about a member's line or a room.
 * From the gateway, which has the socket: open, frame, shut, home. From the owner, which has the room: tell, hear, deaf, publish, close, hold, go,
 * tick, rates, back, return, end. To know what a line has read: mark, and the gateway's marked. Either: guess, ask, answer; and while a room moves: holdRoom, held, takeRoom, moved;
 * to have one: wantRoom, wanted.
 */
export const OPS = [
  ...["open", "frame", "shut", "home"],
  ...["tell", "hear", "deaf", "publish", "close", "hold", "go", "tick", "rates", "back", "return", "end"],
  ...["guess", "ask", "answer"],
  ...["mark", "marked"],
  ...["holdRoom", "held", "takeRoom", "moved"],
  ...["wantRoom", "wanted"],
] as const;
export type Op = (typeof OPS)[number];

/** One thing that a node says to another. */
export interface Frame {
  readonly op: Op;
  /** The line it is about, by the number that its gateway gave it on this link, from 1; 0: none. */
  readonly line: number;
  /** What else belongs to it; never a comma: a topic, a close's name. */
  readonly arg: string;
  /** A member's frame, an event as it is encoded, or JSON; never read by what carries it. */
  readonly text: string;
}

/** Carries frames to other nodes: each comes once and in order, or the link is broken and says so on either side [N3][N10]. */
export interface Carrier {
  /**
   * @returns whether it is on its way; false: the node has no link and is not to be had, and nothing was said
   */
  say(node: string, frame: Frame): boolean;
  /** Whether so much is under way to it that its lines' reads have to wait. */
  isFull(node: string): boolean;
  /** Whether so much more is under way that also those wait whose words would be published there. */
  isJammed(node: string): boolean;
  /** The other nodes that can be spoken to now: what concerns all is said to each of them. */
  nodes(): Iterable<string>;
}

/**
 * Why a link is no more: too much or too long unacknowledged, another process behind the name, the other side has ended it and knows it no more,
 * what it says cannot be read here, or its node is dead.
 */
export type Broken = "full" | "silent" | "anotherBoot" | "forgotten" | "version" | "dead";

/** Who is told what a carrier brings; never from within say(), so that who says something finds the world behind it as it was. */
export interface Carried {
  heard(node: string, frame: Frame): void;
  /** The way to that node is full, or has room again. */
  filled(node: string, isFull: boolean): void;
  /** Nothing more comes from what was before: the lines it carried have to be ended. */
  broken(node: string, why: Broken): void;
}

/** What the engine answers to a script: text, whatever it was. */
export type Answer = string | number | null | readonly Answer[];

/** The engine is away, or did not answer in time: whether it did what it was asked is not known. */
export class EngineAway extends Error {}

/** The engine that all nodes dial: Redis 7 or newer. */
export interface Engine {
  readonly isUp: boolean;
  /** Runs one of the scripts. @throws {EngineAway}; Error where the script itself failed */
  run(script: string, args: readonly string[]): Promise<Answer>;
  /** To whoever listens; what is published while the engine is away is gone, and who publishes has to keep it. */
  publish(channel: string, text: string): void;
}

/** Where a room lives. */
export interface Owner {
  readonly node: string;
  /** The process behind that name. */
  readonly boot: string;
  /** Whether its lease stands. */
  readonly isAlive: boolean;
}

/** What became of a claim of a code. */
export type Claimed = "ours" | "taken" | "resting" | "tooMany" | "tooManyOfAddress" | "fenced";

/** Who owns which code [N2][N4]. */
export interface Directory {
  /** null: nobody has that code. @throws {EngineAway} */
  find(code: string): Promise<Owner | null>;
  /** @throws {EngineAway} */
  claim(code: string, address: string): Promise<Claimed>;
  /** The room has ended: the code rests. What cannot be said now is said when the engine is back. */
  release(code: string): void;
}
