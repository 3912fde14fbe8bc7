// Who is in the room and how it stands, kept up from what the room tells. What was missed is told as it happened; what nobody told (a line was
// down, and the room's history did not reach back) is the difference between the picture before and the one now.
import type { Emitter } from "./emitter.ts";
import type { Events } from "./events.ts";
import type { Frame, JoinedFrame, SessionEvent } from "./wire.ts";

/** One member of the room. The same object as long as it is one; its fields follow what happens. */
export interface Member {
  readonly id: string;
  readonly name: string | undefined;
  /** Whether it has a line now; else its seat waits for it. */
  readonly here: boolean;
  /** What it keeps about itself (`setData`). */
  readonly data: unknown;
  readonly isMe: boolean;
  readonly isHost: boolean;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Peer = JoinedFrame["peers"][number];
/** How the session of the room stands. */
export type Session = NonNullable<JoinedFrame["session"]>;

export class Roster {
  readonly members = new Map<string, Writable<Member>>();
  hostId: string | null = null;
  locked = false;
  state: unknown;
  session: Session | null = null;

  constructor(
    private readonly meId: string,
    private readonly tell: Emitter<Events>["emit"],
  ) {}

  /** A member, or somebody who has been one: what it sent may still come. */
  member(id: string): Member {
    return this.members.get(id) ?? this.#made({ clientId: id, away: true });
  }

  get host(): Member | null {
    return this.hostId === null ? null : (this.members.get(this.hostId) ?? null);
  }

  /** The picture as it is now; what differs from the one before is told. @param isFirst nothing was known: nothing is told */
  redraw(picture: JoinedFrame, isFirst: boolean): void {
    const { peers, host, locked, state, session } = picture;
    const known = new Set(this.members.keys());
    for (const peer of peers) {
      const { clientId: id } = peer;
      if (!known.delete(id)) this.#add(peer, !isFirst);
      else this.#compare(this.members.get(id), peer);
    }
    for (const id of known) this.#drop(id, "timeout");
    this.#setHost(host, isFirst);
    if (this.locked !== locked) {
      this.locked = locked;
      if (!isFirst) this.tell("locked", locked);
    }
    if (!isSame(this.state, state)) {
      this.state = state;
      if (!isFirst) this.tell("state", state);
    }
    this.session = session ?? null;
  }

  /** Follows one frame, and tells it. */
  follow(frame: Frame, missed: boolean): void {
    switch (frame.type) {
      case "message":
        this.tell("message", frame.data, this.member(frame.from), { seq: frame.seq, missed });
        return;
      case "peer_joined":
        if (!this.members.has(frame.clientId)) this.#add(frame, true);
        return;
      case "peer_left":
        this.#drop(frame.clientId, frame.reason);
        return;
      case "peer_away":
        this.#setHere(frame.clientId, false, frame.until);
        return;
      case "peer_back":
        this.#setHere(frame.clientId, true, 0);
        return;
      case "peer_renamed":
        this.#rename(this.members.get(frame.clientId), frame.name);
        return;
      case "player":
        this.setData(frame.clientId, frame.data);
        return;
      case "state":
        this.state = frame.data;
        this.tell("state", frame.data);
        return;
      case "host_changed":
        this.#setHost(frame.clientId, false);
        return;
      case "room_locked":
        this.locked = frame.locked;
        this.tell("locked", frame.locked);
        return;
      default:
        if (/^[a-z-]+\.[a-z-]+$|^vote/.test(frame.type)) this.#followSession(frame as SessionEvent);
    }
  }

  setData(id: string, data: unknown): void {
    const member = this.members.get(id);
    if (member === undefined) return;
    member.data = data;
    if (!member.isMe) this.tell("data", member, data);
  }

  #made({ clientId: id, name, away, player }: Peer): Writable<Member> {
    const isHost = id === this.hostId;
    return { id, name, here: !away, data: player, isMe: id === this.meId, isHost };
  }

  #add(peer: Peer, isTold: boolean): void {
    const member = this.#made(peer);
    this.members.set(member.id, member);
    if (!isTold) return;
    this.tell("joined", member);
    if (!member.here) this.tell("away", member, null);
  }

  #drop(id: string, reason: Events["left"][1]): void {
    const member = this.members.get(id);
    if (member === undefined || member.isMe) return;
    this.members.delete(id);
    member.here = false;
    this.tell("left", member, reason);
  }

  #setHere(id: string, here: boolean, ms: number | null): void {
    const member = this.members.get(id);
    if (member === undefined || member.here === here) return;
    member.here = here;
    if (here) this.tell("back", member);
    else this.tell("away", member, ms);
  }

  #rename(member: Writable<Member> | undefined, name: string | undefined): void {
    if (member === undefined || member.name === name) return;
    member.name = name;
    this.tell("renamed", member);
  }

  #compare(member: Writable<Member> | undefined, peer: Peer): void {
    if (member === undefined) return;
    this.#rename(member, peer.name);
    this.#setHere(member.id, !peer.away, null);
    if (!isSame(member.data, peer.player)) this.setData(member.id, peer.player);
  }

  #setHost(id: string | null, isFirst: boolean): void {
    if (id === this.hostId && !isFirst) return;
    this.hostId = id;
    for (const member of this.members.values()) member.isHost = member.id === id;
    if (!isFirst) this.tell("host", this.host);
  }

  #followSession(event: SessionEvent): void {
    this.session = after(this.session, event);
    this.tell("session", event);
  }
}

/** How the session stands after an event of it. */
function after(session: Session | null, { type, data }: SessionEvent): Session | null {
  if (type === "session.started") return { ...data.session, games_played: 0, game: null };
  if (type === "session.ended" || session === null) return null;
  if (type === "game.added") {
    const totals = { upvotes: 0, downvotes: 0, popularity_score: 0 };
    const game = { ...data.game, gameState: "Lobby" as const, lobbyState: null, totals };
    return { ...session, games_played: data.session.games_played, game };
  }
  const { game } = session;
  if (game === null) return session;
  const changed = {
    ...("lobbyState" in data && { lobbyState: data.lobbyState }),
    ...("totals" in data && { totals: data.totals }),
    ...(type === "game.started" && { gameState: "Gameplay" as const }),
    ...(type === "game.ended" && { gameState: "Ended" as const }),
  };
  return { ...session, game: { ...game, ...changed } };
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
