// Who is in the room and how it stands, kept up from what the room tells. What was missed is told as it happened; what nobody told (a line was
// down, and the room's history did not reach back) is the difference between the picture before and the one now.
import type { Kept, Member, Session } from "./events.ts";
import { Polls } from "./polls.ts";
import type { Frame, JoinedFrame, SessionEvent } from "./wire.ts";

export type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Peer = NonNullable<JoinedFrame["peers"]>[number];
/** What the server tells, or what it would have told if it could: then it does not say for how long a seat waits. */
export type Told = Frame | { readonly type: "peer_away"; readonly clientId: string; readonly until: null };
type Change = Extract<Told, { type: "player" | "peer_left" | "peer_away" | "peer_back" | "peer_renamed" | "private" }>;
/** The room as it is now. */
export type Picture = Pick<
  JoinedFrame,
  "peers" | "host" | "locked" | "state" | "session" | "timers" | "private" | "privates" | "polls" | "audience"
>;

export class Roster extends Polls {
  readonly #members = new Map<string, Writable<Member>>();
  #hostId: string | null = null;
  /** All members in the order they joined, me included, by their ids. */
  readonly members: ReadonlyMap<string, Member> = this.#members;
  readonly me: Member;
  locked = false;
  /** What the host keeps for all (`setState`); undefined while nothing is kept. */
  state: unknown;
  /** How the session of the room stands; null while none runs. */
  night: Session | null = null;

  constructor(clientId: string) {
    super();
    this.me = this.#enter({ clientId });
  }

  get host(): Member | null {
    return this.members.get(this.#hostId ?? "") ?? null;
  }

  get isHost(): boolean {
    return this.me.isHost;
  }

  /** The picture as it is now; what differs from the one before is told. */
  protected redraw(picture: Picture): void {
    const { peers = [], host = null, locked, state, session, timers = [], private: own, privates = [] } = picture;
    const gone = new Map(this.#members);
    for (const peer of peers) {
      const { clientId, name, away, player: data } = peer;
      const member = gone.get(clientId);
      gone.delete(clientId);
      if (!member) {
        this.#join(peer);
        continue;
      }
      // Whoever has lost its seat and joined again is last in the order.
      this.#members.delete(clientId);
      this.#members.set(clientId, member);
      if (name && member.name !== name) this.follow({ type: "peer_renamed", clientId, name });
      if (member.here !== !away)
        this.follow(away ? { type: "peer_away", clientId, until: null } : { type: "peer_back", clientId });
      if (!isSame(member.data, data)) this.follow({ type: "player", clientId, data });
    }
    for (const clientId of gone.keys()) this.follow({ type: "peer_left", clientId, reason: "timeout" });
    if (this.#hostId !== host) this.follow({ type: "host_changed", clientId: host });
    if (this.locked !== locked) this.follow({ type: "room_locked", locked });
    if (!isSame(this.state, state)) this.follow({ type: "state", data: state });
    const hidden = new Map(privates.map(({ clientId, data }) => [clientId, data])).set(this.me.id, own);
    for (const clientId of this.members.keys()) this.follow({ type: "private", clientId, data: hidden.get(clientId) });
    this.retime(timers);
    this.repoll(picture.polls, picture.audience);
    this.night = session ?? null;
  }

  /** Follows one frame, and tells it. */
  protected follow(frame: Told, missed = false): void {
    const { type } = frame;
    if (type === "message") {
      const { from, data, seq } = frame;
      const member = this.members.get(from) ?? this.#made({ clientId: from, away: true });
      this.emit("message", data, member, { seq, missed });
    } else if (type === "state") {
      this.state = frame.data;
      this.emit("state", frame.data);
    } else if (type === "room_locked") {
      this.locked = frame.locked;
      this.emit("locked", frame.locked);
    } else if (type === "host_changed") {
      this.#hostId = frame.clientId;
      this.emit("host", this.host);
    } else if (type === "peer_joined") this.#join(frame);
    else if (type === "timer") this.time(frame);
    else if (type === "timer_done") this.done(frame.timer);
    else if (/^poll|^tally|^a/.test(type)) this.ask(frame as Parameters<Roster["ask"]>[0]);
    else if (type === "reset") this.#reset(frame.keep);
    else if (type.includes(".")) {
      this.night = after(this.night, frame as SessionEvent);
      this.emit("session", frame as SessionEvent);
    } else this.#change(frame as Change);
  }

  /** One member is not what it was. */
  #change(frame: Change): void {
    const { type, clientId } = frame;
    const member = this.#members.get(clientId);
    if (!member) return;
    if (type === "player") {
      member.data = frame.data;
      this.emit("data", member, frame.data);
    } else if (type === "private") {
      if (isSame(member.private, frame.data)) return;
      member.private = frame.data;
      this.emit("private", member, frame.data);
    } else if (type === "peer_left") {
      this.#members.delete(clientId);
      member.here = false;
      this.emit("left", member, frame.reason);
    } else if (type === "peer_away") {
      member.here = false;
      this.emit("away", member, frame.until);
    } else if (type === "peer_back") {
      member.here = true;
      this.emit("back", member);
    } else if (type === "peer_renamed") {
      member.name = frame.name;
      this.emit("renamed", member);
    }
  }

  #reset(keep: Kept): void {
    if (!keep.includes("state")) this.state = undefined;
    for (const member of this.#members.values()) {
      if (!keep.includes("players")) member.data = undefined;
      if (!keep.includes("private")) member.private = undefined;
    }
    if (!keep.includes("timers")) this.untime();
    if (!keep.includes("polls")) this.unpoll();
    this.emit("reset", keep);
  }

  #join(peer: Peer): void {
    const member = this.#enter(peer);
    this.emit("joined", member);
    if (!member.here) this.emit("away", member, null);
  }

  #enter(peer: Peer): Writable<Member> {
    const member = this.#made(peer);
    this.#members.set(member.id, member);
    return member;
  }

  #made({ clientId: id, name, away, player: data }: Peer): Writable<Member> {
    const isHost = () => this.#hostId === id;
    return {
      id,
      name,
      here: !away,
      data,
      private: undefined,
      isMe: !this.me,
      get isHost() {
        return isHost();
      },
    };
  }
}

/** How the session stands after an event of it. */
function after(night: Session | null, { type, data }: SessionEvent): Session | null {
  if (type === "session.started")
    return { id: data.session.id, notes: data.session.notes, games_played: 0, game: null };
  if (type === "session.ended" || !night) return null;
  if (type === "game.added") {
    const { id, title, pack_name } = data.game;
    const totals = { upvotes: 0, downvotes: 0, popularity_score: 0 };
    const game = { id, title, pack_name, gameState: "Lobby" as const, lobbyState: null, totals };
    return { ...night, games_played: data.session.games_played, game };
  }
  const { game } = night;
  if (!game) return night;
  const { lobbyState = game.lobbyState, totals = game.totals } = data as Partial<typeof game>;
  const gameState = type === "game.started" ? "Gameplay" : type === "game.ended" ? "Ended" : game.gameState;
  return { ...night, game: { ...game, lobbyState, totals, gameState } };
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
