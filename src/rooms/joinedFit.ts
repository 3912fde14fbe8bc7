// Whether what a join is answered with fits into the largest frame that its client takes [P13]. A frame is measured only where a look at
// lengths does not show that it fits, since measuring one is making it. Knows no bytes of a wire: the outlet makes the frame.
import type { Asked, Guest, Since } from "../protocol/commands.ts";
import type { Event, Numbered, Peer, Picture } from "../protocol/events.ts";
import { type Refusal, refuse } from "../protocol/refusals.ts";
import { toldChars } from "./history.ts";
import type { Outlet, RoomFace } from "./ports.ts";
import type { Retained } from "./retained.ts";
import type { Seat } from "./seat.ts";

type Joined = Extract<Event, { kind: "joined" }>;

/** UTF-8 bytes that a character of a text takes at most, escaped or not: ids and names hold no controls, and bodies stay as they are. */
const CHAR_BYTES_MAX = 3;
/** What stands around a member in `joined`, and around all of them: the session and the request's id included. */
const AROUND_MEMBER_BYTES = 64;
const AROUND_BYTES = 8 * 1024;
/** What a missed frame has besides its body: a name and an id of 256 bytes, its type, its number. */
const AROUND_MISSED_BYTES = 640;
/** Numbers that the room gives while a member arrives: it is back, is called otherwise, is host. */
const SEQS_OF_ARRIVAL = 3;

/**
 * Whether the picture of a room that keeps so many bytes in all [L31] fits its client, whatever of it is state and what is a member's. A seat
 * counts there as 600 bytes and its texts, so what stands around it is in that. For nearly every join this is all that is looked at.
 */
export function fitsSurely(keptBytes: number, { clientId, name, frameBytesMax }: Guest): boolean {
  const own = AROUND_MEMBER_BYTES + CHAR_BYTES_MAX * charsOf(clientId, name, null);
  return AROUND_BYTES + CHAR_BYTES_MAX * keptBytes + own <= (frameBytesMax ?? Number.POSITIVE_INFINITY);
}

export class JoinedFit {
  readonly #bytesMax: number;
  /** No more bytes than this has the picture with the guest in it; 0 where that does not matter. */
  #atMost = 0;

  constructor(
    private readonly room: RoomFace,
    private readonly outlet: Pick<Outlet, "sizeOf">,
    private readonly guest: Guest,
    private readonly since: Since | null,
    private readonly asked: Asked,
  ) {
    this.#bytesMax = guest.frameBytesMax ?? Number.POSITIVE_INFINITY;
  }

  /** Whether the picture could be too large, by the lengths of what is in it. */
  isDoubtful(
    seats: Iterable<Seat>,
    { state, defaults }: Retained,
    crowd: { readonly charsAtMost: number } | null,
  ): boolean {
    if (this.#bytesMax === Number.POSITIVE_INFINITY) return false;
    const { clientId, name } = this.guest;
    let chars = (crowd?.charsAtMost ?? 0) + (state?.length ?? 0) + charsOf(clientId, name, defaults?.body ?? null);
    let members = 1;
    for (const seat of seats) {
      chars += charsOf(seat.clientId, seat.name, seat.player);
      members++;
    }
    this.#atMost = AROUND_BYTES + members * AROUND_MEMBER_BYTES + chars * CHAR_BYTES_MAX;
    return this.#atMost > this.#bytesMax;
  }

  /** Why the guest cannot be told the room: the picture alone, as it will be with the guest in it, is larger than its client takes. */
  misfit(before: Picture, firstPlayer: string | null, kept: Seat | undefined): Refusal | null {
    const { clientId, name } = this.guest;
    const own = before.peers.find((peer) => peer.clientId === clientId);
    const peer: Peer = {
      ...(own ?? { clientId, index: before.peers.length, player: firstPlayer }),
      name: this.longestName(name ?? own?.name ?? null),
      isAway: false,
    };
    const others = before.peers.filter((other) => other !== own);
    // Who has no host may get this one, and numbers go on: both may make the frame larger, and neither smaller.
    const host = before.host ?? clientId;
    const seq = before.seq + SEQS_OF_ARRIVAL;
    const picture = { ...before, peers: [...others, peer], host, seq, ...this.nameTold(peer) };
    const isBack = own !== undefined || this.since !== null;
    const needs = this.sizeOf({
      kind: "joined",
      picture,
      index: peer.index,
      missed: isBack ? null : undefined,
      done: kept?.done,
    });
    return needs > this.#bytesMax ? refuse("max_frame_too_small", { needs }) : null;
  }

  /** The answer with what was missed, if all of that fits; else the picture alone. */
  fitted(joined: Joined): Joined {
    const { missed } = joined;
    const ofMissed = Array.isArray(missed) ? bytesAtMost(missed) : 0;
    if (this.#atMost + ofMissed <= this.#bytesMax || this.sizeOf(joined) <= this.#bytesMax) return joined;
    const alone = ofMissed === 0 ? joined : { ...joined, missed: null };
    // Requests of a line that this join has just closed may be more to tell than was foreseen.
    return joined.done === undefined || this.sizeOf(alone) <= this.#bytesMax ? alone : { ...alone, done: undefined };
  }

  /** The name with a number behind it, which it may get where names are unique [C36]. */
  private longestName(name: string | null): string | null {
    return name === null || this.room.rules.names !== "unique" ? name : `${name} ${this.room.maxClients + 1}`;
  }

  private nameTold({ name }: Peer): Pick<Picture, "name"> {
    return this.room.rules.names === "unique" ? { name } : {};
  }

  private sizeOf(joined: Joined): number {
    return this.outlet.sizeOf(this.room, joined, this.asked);
  }
}

/** The lengths of what `joined` has of a member: its id twice. */
function charsOf(clientId: string, name: string | null, player: string | null): number {
  return 2 * clientId.length + (name?.length ?? 0) + (player?.length ?? 0);
}

function bytesAtMost(missed: readonly Numbered[]): number {
  let sum = 0;
  for (const { event } of missed) sum += AROUND_MISSED_BYTES + CHAR_BYTES_MAX * toldChars(event);
  return sum;
}
