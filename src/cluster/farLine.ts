// A line here that is a member elsewhere. It knows what stands in its way; what is done about that, its gateway knows.
import type { Far, Gone, SocketLine } from "../doors/line.ts";
import { CLOSES, type CloseName } from "../protocol/refusals.ts";

/** Why a far line is not read. */
export type Hold = "owner" | "link" | "home";

/** Whom a far line hands over to. */
interface Way {
  say(far: FarLine, text: string): void;
  shut(far: FarLine, how: Gone, code: number): void;
}

export class FarLine implements Far {
  isHost = false;
  isSettled = true;
  /** Nobody is there to be told anything of it. */
  isBroken = false;
  readonly holds = new Set<Hold>();
  readonly topics = new Set<string>();
  /** Frames that its owner gave back, oldest first. */
  readonly returned: string[] = [];
  /** What it says while its room moves [N7]; null: it does not move. */
  held: string[] | null = null;
  /** How it has closed meanwhile. */
  shutAs: { readonly how: Gone; readonly code: number } | null = null;

  constructor(
    /** The owner of its room. */
    public node: string,
    readonly id: number,
    readonly line: SocketLine,
    private readonly way: Way,
  ) {}

  say(_: SocketLine, text: string): void {
    this.way.say(this, text);
  }

  shut(how: Gone, code: number): void {
    this.way.shut(this, how, code);
  }
}

/** The topic here of those who listen to one there: never one of this node's own, since no code has an @. */
export function topicOf(node: string, topic: string): string {
  return `${topic}@${node}`;
}

/** What a line is told of ticks, as it is said between nodes. */
export function ticksOf(arg: string): SocketLine["ticks"] {
  return arg === "answer" ? "answer" : arg === "true";
}

/** Whether a close by that name is known here. */
export function isCloseName(name: string): name is CloseName {
  return Object.hasOwn(CLOSES, name);
}
