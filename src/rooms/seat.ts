// One member's place in a room. It is a thing of its own, apart from the line, because a seat may outlive a connection:
// taking it up again swaps the line and nobody else notices.
import type { ClientId, Peer, Speaker } from "../vocabulary.ts";
import type { Line } from "./ports.ts";
import type { Room } from "./room.ts";

/** Where the member is. Seats that wait for their owner will be a third case here. */
export type Presence = { readonly at: "here"; readonly line: Line } | { readonly at: "gone" };

const GONE: Presence = Object.freeze({ at: "gone" });

export class Seat implements Speaker {
  presence: Presence = GONE;
  messageHead: string | null = null;

  constructor(
    readonly room: Room,
    readonly clientId: ClientId,
    public name: string | null,
  ) {}

  /** The line of a member that is here, else null. */
  get line(): Line | null {
    return this.presence.at === "here" ? this.presence.line : null;
  }

  /** Puts this line on the seat; answers the one that sat there before. */
  sit(line: Line): Line | null {
    const before = this.line;
    this.presence = { at: "here", line };
    line.seat = this;
    if (before !== null) before.seat = null;
    return before;
  }

  /** Empties the seat for good. */
  clear(): void {
    const { line } = this;
    this.presence = GONE;
    if (line !== null) line.seat = null;
  }

  /** The member as others see it. */
  peer(): Peer {
    return { clientId: this.clientId, name: this.name };
  }
}
