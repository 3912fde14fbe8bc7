// A room as a game has it: one object over any number of lines. It takes its seat up again on each, tells each thing once and in order, and
// settles what was asked; the line knows when to dial, the roster who is here, the requests what is not answered yet.
import { Emitter, report } from "./emitter.ts";
import { type ErrorCode, PartylineError, refused } from "./errors.ts";
import type { Events, Over, Status } from "./events.ts";
import { Line, type LineOptions } from "./line.ts";
import { type Asked, Requests, type Sent } from "./requests.ts";
import { type Member, Roster, type Session } from "./roster.ts";
import type { Seat } from "./seats.ts";
import type { CreatedFrame, CreateRequest, ErrorFrame, Frame, GameAddRequest, JoinedFrame } from "./wire.ts";

/** To whom: everyone else unless said; a member, its id, or several. */
export type To = Member | string | readonly (Member | string)[];

export interface RoomOptions extends LineOptions {
  /** How to open a room; null: only join one. */
  readonly create: Omit<CreateRequest, "type" | "clientId" | "secret" | "id"> | null;
  readonly seat: Seat;
  /** Whether the seat may be somebody's already: then it is taken up, before a room is opened. */
  readonly isKept: boolean;
  readonly keep: (seat: Seat | null) => void;
  readonly ackMs: number;
  readonly queue: { readonly requests: number; readonly bytes: number };
}

/** How long a room that nobody could be reached for is tried, before the first answer and after it, in ms. */
const FIRST_ANSWER_MS = 20_000;
const UNREACHABLE_MS = 1_800_000;
/** How long the answer to `leave` is waited for. */
const LEAVE_MS = 1_000;
/** Bytes that wait in the socket past which a cast is worth nothing any more. */
const CAST_UNSENT_MAX = 16_384;
/** Nos that are over after a while: the room is asked again. */
const WAITS = ["draining", "server_full", "too_many_attempts"];
const WHY: Readonly<Record<number, Over["why"]>> = { 4000: "replaced", 4001: "closed", 4002: "kicked" };

/** A room. Made by `createRoom` and `joinRoom`, when the room has answered. */
export class Room {
  /** @see Emitter.on */
  readonly on: Emitter<Events>["on"];
  readonly once: Emitter<Events>["once"];
  readonly next: Emitter<Events>["next"];
  /** What `cast` has sent, and what it dropped. */
  readonly casts = { sent: 0, dropped: 0 };
  readonly #emitter = new Emitter<Events>();
  readonly #roster: Roster;
  readonly #requests: Requests;
  readonly #line: Line;
  #seat: Seat;
  #status: Status = "joining";
  #latencyMs: number | null = null;
  /** The room was asked for with this id on the line that is open now. */
  #askedFor = "";
  #asks = 0;
  #hasSeat: boolean;
  /** What is told before the game could begin to listen; null once it could. */
  #held: (() => void)[] | null = [];
  #settled: { resolve: (room: Room) => void; reject: (error: Error) => void } | null = null;
  #giveUpTimer: ReturnType<typeof setTimeout> | undefined;
  #lastError: PartylineError | null = null;

  private constructor(private readonly options: RoomOptions) {
    const { seat, isKept, queue } = options;
    this.#seat = seat;
    this.#hasSeat = isKept || options.create === null;
    const emitter = this.#emitter;
    this.on = emitter.on.bind(emitter);
    this.once = emitter.once.bind(emitter);
    this.next = emitter.next.bind(emitter);
    this.#roster = new Roster(seat.clientId, emitter.emit.bind(emitter) as Emitter<Events>["emit"]);
    this.#requests = new Requests(`${Math.random().toString(36).slice(2, 6)}.`, queue);
    this.#giveUpIn(FIRST_ANSWER_MS);
    this.#line = new Line(options, {
      opened: () => this.#ask(),
      told: (frame) => this.#told(frame),
      lost: (code) => this.#lost(code),
      ended: (code, reason) => this.#end({ why: WHY[code] ?? "refused", code, reason }),
      sleeps: () => this.#keep(),
      latency: (ms) => {
        this.#latencyMs = ms;
        emitter.emit("latency", ms);
      },
    });
  }

  /** @throws {PartylineError} the server's no, or `unreachable` */
  static open(options: RoomOptions): Promise<Room> {
    const room = new Room(options);
    return new Promise((resolve, reject) => {
      room.#settled = { resolve, reject };
    });
  }

  get code(): string {
    return this.#seat.room;
  }
  get me(): Member {
    return this.#roster.member(this.#seat.clientId);
  }
  get host(): Member | null {
    return this.#roster.host;
  }
  /** All members in the order they joined, me included, by their ids. */
  get members(): ReadonlyMap<string, Member> {
    return this.#roster.members;
  }
  get status(): Status {
    return this.#status;
  }
  get isHost(): boolean {
    return this.#roster.hostId === this.#seat.clientId;
  }
  get locked(): boolean {
    return this.#roster.locked;
  }
  /** What the host keeps for all (`setState`). */
  get state(): unknown {
    return this.#roster.state;
  }
  /** How the session of the room stands; null while none runs. */
  get night(): Session | null {
    return this.#roster.session;
  }
  /** Of the last round trip, in ms. */
  get latencyMs(): number | null {
    return this.#latencyMs;
  }
  /** The server's clock, in ms since 1970. */
  serverTime(): number {
    return Date.now() + this.#line.clockMs;
  }

  /**
   * Sends to everyone else, to one or to some: exactly once, also over a line that is lost. While away it waits.
   * @returns how many lines it was handed to, and its number in a room with history
   * @throws {PartylineError} `target_not_found`, `queue_full`, `timeout`, `unknown`, `over` and what the server says
   */
  send(data: unknown, { to, ackMs }: { to?: To; ackMs?: number } = {}): Promise<Sent> {
    return this.#request({ type: "send", data, ...target(to) }, ackMs);
  }

  /** Sends now or never: false, and nothing is sent, while away or while much waits. For what is worth nothing a moment later. */
  cast(data: unknown, to?: To): boolean {
    const isSent =
      this.#status === "here" &&
      this.#line.unsent <= CAST_UNSENT_MAX &&
      this.#line.send({ type: "send", data, ...target(to) });
    this.casts[isSent ? "sent" : "dropped"]++;
    return isSent;
  }

  /** Replaces what the room keeps for all, and for those who come later (host; 16 KiB). */
  async setState(data: unknown): Promise<void> {
    await this.#request({ type: "set_state", data });
    this.#roster.state = data;
  }
  /** Replaces what I keep about myself (4 KiB). */
  async setData(data: unknown): Promise<void> {
    await this.#request({ type: "set_player", data });
    this.#roster.setData(this.#seat.clientId, data);
  }
  /** Lets nobody new in, or does again (host). */
  async lock(locked = true): Promise<void> {
    await this.#request({ type: "lock", locked });
  }
  /** Puts a member out (host). `ban: false`: it may come back. */
  async kick(member: Member | string, { reason, ban }: { reason?: string; ban?: boolean } = {}): Promise<void> {
    await this.#request({ type: "kick", clientId: idOf(member), reason, ban });
  }
  /** Hands the host's role over (host). */
  async makeHost(member: Member | string): Promise<void> {
    await this.#request({ type: "make_host", clientId: idOf(member) });
  }
  /** Votes for the game that is played, or was last. */
  async vote(vote: "up" | "down"): Promise<void> {
    await this.#request({ type: "vote", vote });
  }
  /** The session of the room (host). */
  readonly session = {
    start: (more: { notes?: string; token?: string } = {}) => this.#request({ type: "session.start", ...more }),
    addGame: (game: Omit<GameAddRequest, "type" | "id">) => this.#request({ type: "game.add", ...game }),
    lobby: (lobbyState: "WaitingForMore" | "CanStart" | "Full" | "Countdown") =>
      this.#request({ type: "lobby.update", lobbyState }),
    startGame: () => this.#request({ type: "game.start" }),
    endGame: () => this.#request({ type: "game.end" }),
    end: () => this.#request({ type: "session.end" }),
  };

  /** Ends the room for everyone (host). */
  async close(reason?: string): Promise<void> {
    // The room is closed before its answer can come, and then it is no error that none came.
    await this.#request({ type: "close_room", reason }).catch((error) => {
      if (this.#status !== "over") throw error;
    });
  }

  /** Gives the seat up. While away the server cannot be told: it gives the seat up when its time is over. */
  async leave(): Promise<void> {
    if (this.#status === "over") return;
    const over = new Promise((resolve) => this.once("over", resolve));
    if (this.#line.send({ type: "leave" })) setTimeout(() => this.#leave(), LEAVE_MS);
    else this.#leave();
    await over;
  }

  #leave(): void {
    this.#end({ why: "left", reason: "left" });
  }

  #request(request: Asked, ackMs = this.options.ackMs): Promise<Sent> {
    if (this.#status === "over")
      return Promise.reject(new PartylineError("over", "the room is over", { request: request.type }));
    return this.#requests.ask(request, this.#status === "here" ? (text) => this.#line.send(text) : null, ackMs);
  }

  /** A line is open: the seat is taken on it, or the room opened. */
  #ask(): void {
    const { clientId, secret, name, room, since, epoch } = this.#seat;
    this.#askedFor = `join.${++this.#asks}`;
    const seat = { clientId, secret, name, tick: "answer" as const, id: this.#askedFor };
    const { create } = this.options;
    if (this.#hasSeat || create === null) this.#line.send({ type: "join", ...seat, room, since, epoch });
    else this.#line.send({ type: "create", ...create, ...seat });
  }

  #told(frame: Frame): void {
    if ("id" in frame && frame.id === this.#askedFor) {
      if (frame.type === "joined") this.#joined(frame);
      else if (frame.type === "created") this.#created(frame);
      else if (frame.type === "error") this.#notIn(frame);
      return;
    }
    if (frame.type === "ack" || frame.type === "error") {
      if (!this.#requests.answered(frame) && frame.type === "error" && frame.id === undefined) report(refused(frame));
    } else if (frame.type === "left") this.#leave();
    else this.#later(() => this.#follow(frame, false));
  }

  /** Each numbered thing once, and in order. */
  #follow(frame: Frame, missed: boolean): void {
    const seq = "seq" in frame ? frame.seq : undefined;
    if (seq !== undefined) {
      if (seq <= (this.#seat.since ?? 0)) return;
      this.#seat = { ...this.#seat, since: seq };
    }
    this.#roster.follow(frame, missed);
  }

  #created({ room, clientId, host, epoch, seq }: CreatedFrame): void {
    const { name, state } = { state: this.options.create?.state, ...this.#seat };
    const peers = [{ clientId, name }];
    this.#joined({ type: "joined", room, host, epoch, seq, peers, clients: [clientId], locked: false, state });
  }

  #joined(frame: JoinedFrame): void {
    const { room, epoch, seq, resumed = false, missed = [] } = frame;
    const isFirst = this.#status === "joining";
    const isSameSeat = epoch === this.#seat.epoch && frame.done !== undefined;
    this.#seat = { ...this.#seat, room, epoch, ...(!resumed && { since: seq }) };
    this.#hasSeat = true;
    this.#line.settled();
    clearTimeout(this.#giveUpTimer);
    this.#keep();
    this.#later(() => {
      for (const one of missed) this.#follow(one as Frame, true);
      this.#roster.redraw(frame, isFirst);
      if (!resumed) this.#emitter.emit("fresh");
    });
    if (isFirst) this.#roster.redraw(frame, true);
    this.#setStatus("here", undefined);
    this.#requests.resume(frame, isFirst || isSameSeat, (text) => this.#line.send(text));
    if (!isFirst) return;
    this.#settled?.resolve(this);
    // Whoever waits for the room listens in the next task: until then nothing is told.
    setTimeout(() => {
      const held = this.#held ?? [];
      this.#held = null;
      for (const tell of held) if (this.#status !== "over") tell();
    });
  }

  /** The server does not let it in: for now, or for good. */
  #notIn(frame: ErrorFrame): void {
    const { code, message, retryAfterMs = 0 } = frame;
    this.#lastError = refused(frame);
    if (WAITS.includes(code)) this.#line.again(retryAfterMs);
    else if (this.#status === "joining" && this.options.create !== null && this.#hasSeat) {
      // The room of the kept seat is over: a new one is opened.
      this.#hasSeat = false;
      const { clientId, secret, name } = this.#seat;
      this.#seat = { room: "", clientId, secret, name };
      this.#ask();
    } else this.#end({ why: code === "room_not_found" ? "gone" : "refused", reason: message }, code);
  }

  #lost(code: number | undefined): void {
    if (this.#status === "here") this.#giveUpIn(UNREACHABLE_MS);
    if (this.#status !== "joining") this.#setStatus("away", code);
  }

  #giveUpIn(ms: number): void {
    this.#giveUpTimer = setTimeout(() => this.#end({ why: "gone", reason: "unreachable" }, "unreachable"), ms);
  }

  #setStatus(status: Status, code: number | undefined): void {
    this.#status = status;
    this.#later(() => this.#emitter.emit("status", status, { tries: this.#line.tries, code }));
  }

  #later(tell: () => void): void {
    if (this.#held === null) tell();
    else this.#held.push(tell);
  }

  #keep(): void {
    if (this.#hasSeat && this.#status !== "over") this.options.keep(this.#seat);
  }

  /** Once: it is over, and nothing of it is left. */
  #end(over: Over, code: ErrorCode = "over"): void {
    if (this.#status === "over") return;
    const wasJoining = this.#status === "joining";
    this.#line.end();
    clearTimeout(this.#giveUpTimer);
    // Another page has the seat now: it is that page's to keep.
    if (over.why !== "replaced" && over.reason !== "unreachable") this.options.keep(null);
    this.#status = "over";
    const error = new PartylineError(code, over.reason);
    if (wasJoining) this.#settled?.reject(this.#lastError ?? error);
    this.#requests.end(new PartylineError("over", over.reason));
    this.#later(() => {
      this.#emitter.emit("status", "over", { tries: 0, code: over.code });
      this.#emitter.emit("over", over);
      this.#emitter.end(new PartylineError("over", over.reason));
    });
  }
}

function idOf(member: Member | string): string {
  return typeof member === "string" ? member : member.id;
}

function target(to: To | undefined): { to?: string | string[] } {
  if (to === undefined) return {};
  return { to: Array.isArray(to) ? to.map(idOf) : idOf(to as Member | string) };
}
