// A room as a game has it: one object over any number of lines. It takes its seat up again on each, tells each thing once and in order, and
// settles what was asked; the line knows when to dial, the roster who is here, the requests what is not answered yet.
import { PartylineError } from "./errors.ts";
import type { Over, Status } from "./events.ts";
import { type Line, type LineOptions, openLine } from "./line.ts";
import { idsOf, Requesting, type To } from "./requesting.ts";
import { type Asked, keepRequests, type QueueLimits, type Requests, type Sent } from "./requests.ts";
import type { Picture, Told, Writable } from "./roster.ts";
import { randomId, type Seat, type SeatStore } from "./seats.ts";
import { isHidden } from "./wake.ts";
import type { CreateRequest, ErrorFrame, Frame, JoinedFrame } from "./wire.ts";

export interface RoomOptions extends LineOptions {
  /** How to open a room; null: only join one. */
  readonly create: Omit<CreateRequest, "type" | "clientId" | "secret" | "id"> | null;
  /** The code, where there is one. */
  readonly room: string;
  readonly name?: string;
  readonly seats?: SeatStore | null;
  readonly key: string;
  readonly reload?: "picture" | "messages" | undefined;
  readonly as?: "audience" | undefined;
  readonly ackMs?: number;
  readonly queue?: QueueLimits;
  /** Hears of the first answer: there is a room, or there will be none. */
  readonly opened: (room: Room) => void;
  readonly failed: (error: PartylineError) => void;
}

type Arrival = Picture & Omit<JoinedFrame, "type" | "clients">;

/** An enum and no constants, since its values stand in the bundle where they are used. */
enum Max {
  /** How long a room that cannot be reached is tried for, before the first answer and after it, in ms. */
  FirstAnswerMs = 20_000,
  UnreachableMs = 1_800_000,
  /** How long the answer to `leave` is waited for. */
  LeaveMs = 1_000,
  RoundTrips = 5,
  /** What may wait in the socket: behind more than that a cast is worth nothing any more. */
  CastUnsentBytes = 16_384,
}
const LEFT: Over = { why: "left", reason: "left" };

/** A room. Made by `createRoom` and `joinRoom`, when the room has answered. */
export class Room extends Requesting {
  code = "";
  status: Status = "joining";
  /** Of the last round trip, in ms. */
  latencyMs: number | null = null;
  /** What `cast` has sent, and what it dropped. */
  readonly casts = { sent: 0, dropped: 0 };
  readonly #options: RoomOptions;
  readonly #requests: Requests;
  readonly #line: Line;
  readonly #seat: Writable<Seat>;
  /** Whether the seat is taken up before a room is opened. */
  #hasSeat: boolean;
  #isLeaving = false;
  /** How many more in a row the server's clock is asked for. */
  #roundTrips = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What the server said last when it did not let it in. */
  #no: PartylineError | undefined;

  constructor(options: RoomOptions) {
    const { seats, key, room, create, reload, name } = options;
    const kept = seats?.load(key);
    const seat: Seat = kept ?? { room, clientId: randomId(), secret: randomId() };
    super(seat.clientId);
    this.#options = options;
    // The picture is all that a page needs that has just been loaded: what it had drawn is gone.
    const { since, epoch } = reload === "messages" ? seat : {};
    this.#seat = { ...seat, since, epoch, name: name ?? seat.name };
    this.#hasSeat = !create || !!kept;
    this.#requests = keepRequests((text) => +(this.status === "here" && this.#line.send(text)), options.queue);
    this.#endIn(Max.FirstAnswerMs);
    this.#line = openLine(options, {
      opened: () => this.#ask(),
      told: (frame) => this.#told(frame),
      lost: (code, tries) => this.#lost(code, tries),
      ended: (code, reason) =>
        this.#end({ why: (["replaced", "closed", "kicked"] as const)[code - 4000] ?? "refused", code, reason }),
      sleeps: () => this.#keep(),
      timed: (ms, aheadMs) => {
        this.timed(ms, aheadMs);
        if (--this.#roundTrips > 0) this.#line.ping();
        this.latencyMs = ms;
        this.emit("latency", ms);
      },
    });
  }

  /**
   * Sends to everyone else, to one or to some: exactly once, also over a line that is lost. While away it waits.
   * @returns how many lines it was handed to, and its number in a room with history
   * @throws {PartylineError} `target_not_found`, `queue_full`, `timeout`, `unknown`, `over` and what the server says
   */
  send(data: unknown, { to, ackMs }: { to?: To; ackMs?: number } = {}): Promise<Sent> {
    return this.request({ type: "send", data, to: idsOf(to) }, undefined, ackMs);
  }

  /** Sends now or never: false, and nothing is sent, while away or while much waits. For what is worth nothing a moment later. */
  cast(data: unknown, to?: To): boolean {
    const isSent =
      this.status === "here" &&
      this.#line.send(JSON.stringify({ type: "send", data, to: idsOf(to) }), Max.CastUnsentBytes);
    this.casts[isSent ? "sent" : "dropped"]++;
    return isSent;
  }

  /** Ends the room for everyone (host). */
  async close(reason?: string): Promise<void> {
    // The room is closed before its answer can come, and then it is no error that none came.
    await this.request({ type: "close_room", reason }).catch((error) => {
      if (this.status !== "over") throw error;
    });
  }

  /** Gives the seat up. While away the server cannot be told: it gives the seat up when its time is over. */
  async leave(): Promise<void> {
    if (this.status === "over") return;
    const over = this.next("over");
    this.#isLeaving = true;
    if (this.#line.send('{"type":"leave"}')) this.#endIn(Max.LeaveMs);
    else this.#end(LEFT);
    await over;
  }

  protected async request(request: Asked, happened?: () => unknown, ackMs = this.#options.ackMs): Promise<Sent> {
    if (this.status === "over") throw new PartylineError("over", { request: request.type });
    return this.#requests.ask(request, happened, ackMs);
  }

  /** A line is open: the seat is taken on it, or the room opened. */
  #ask(): void {
    const { room, since, epoch, ...seat } = this.#seat;
    const [type, more] = this.#hasSeat
      ? ["join", { room, since, epoch, as: this.#options.as }]
      : ["create", this.#options.create];
    this.#line.send(JSON.stringify({ type, id: "join", tick: "answer", ...seat, ...more }));
  }

  #told(frame: Frame): void {
    const { type } = frame;
    if (type === "joined") this.#joined(frame);
    else if (type === "created") {
      const { state, audience: max } = this.#options.create ?? {};
      const audience = max ? { count: 0, max } : undefined;
      this.#joined({ ...frame, peers: [this.#seat], locked: false, state: state ?? undefined, audience });
    } else if (type === "error" && frame.id === "join") this.#notIn(frame);
    else if (type === "ack" || type === "error") this.#requests.answered(frame);
    else if (type === "left") this.#end(LEFT);
    else this.follow(frame);
  }

  /** Each numbered thing once, and in order. */
  protected override follow(frame: Told, missed?: boolean): void {
    const { seq } = frame as { seq?: number };
    if (seq) {
      if (seq <= (this.#seat.since ?? 0)) return;
      this.#seat.since = seq;
    }
    super.follow(frame, missed);
    // Of the clock a countdown has to be sure.
    if (frame.type === "timer") this.#askClock();
  }

  /** One of several round trips will have been fast. */
  #askClock(): void {
    this.#roundTrips = Max.RoundTrips;
    this.#line.ping();
  }

  #joined(frame: Arrival): void {
    const { room, epoch, seq, resumed, missed = [], done } = frame;
    const isFirst = this.status === "joining";
    const isSameSeat = epoch === this.#seat.epoch && done !== undefined;
    this.code = room;
    this.status = "here";
    Object.assign(this.#seat, { room, epoch });
    this.#hasSeat = true;
    this.#line.settled();
    clearTimeout(this.#timer);
    this.#keep();
    if (isFirst) {
      this.redraw(frame);
      // Nobody had a picture before, so there is no difference to tell.
      this.held = [];
    }
    // Before the picture: what has happened with these is in it.
    this.#requests.resume(frame, isSameSeat);
    this.#become("here");
    // A page that has just been loaded has the picture as it is now: of what it missed only messages are news, and how polls came out.
    for (const one of missed as Frame[]) if (!isFirst || /ge$|_cl/.test(one.type)) this.follow(one, true);
    this.#seat.since = seq;
    this.redraw(frame);
    if (this.timers.size) this.#askClock();
    if (isFirst || !resumed) this.emit("fresh");
    if (!isFirst) return;
    this.#options.opened(this);
    // Whoever waits for the room listens in the next task.
    setTimeout(() => this.release());
  }

  /** The server does not let it in: for now, or for good. */
  #notIn(frame: ErrorFrame): void {
    const { code, message, retryAfterMs = 0 } = frame;
    this.#no = new PartylineError(code, frame);
    // These are over after a while.
    if (/draining|server_full|many_attempts/.test(code)) this.#line.again(retryAfterMs);
    else if (this.status === "joining" && this.#options.create && this.#hasSeat) {
      // The room of the kept seat is over: a new one is opened.
      this.#hasSeat = false;
      this.#ask();
    } else this.#end({ why: code === "room_not_found" ? "gone" : "refused", reason: message });
  }

  #lost(code: number | undefined, tries: number): void {
    if (this.#isLeaving) this.#end(LEFT);
    else if (this.status !== "joining") {
      if (this.status === "here") this.#endIn(Max.UnreachableMs);
      this.#become("away", tries, code);
    }
  }

  #endIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#isLeaving) this.#end(LEFT);
      // Nobody looks at the page, so it has not dialled: that is no reason to give up.
      else if (isHidden()) this.#endIn(ms);
      else this.#end({ why: "gone", reason: "unreachable" });
    }, ms);
  }

  #become(status: Status, tries = 0, code?: number): void {
    this.status = status;
    this.emit("status", status, { tries, code });
  }

  #keep(): void {
    this.#options.seats?.save(this.#options.key, this.#seat);
  }

  /** Once: it is over, and nothing of it is left. */
  #end(over: Over): void {
    if (this.status === "over") return;
    const { why, reason } = over;
    const error = new PartylineError(reason === "unreachable" ? reason : "over", { message: reason });
    this.#line.end();
    clearTimeout(this.#timer);
    // Another page has the seat now, or this one may have it yet, or come to watch as the same: it stays kept.
    if (why !== "replaced" && !(why === "refused" ? this.#no : error)?.retry)
      this.#options.seats?.clear(this.#options.key);
    this.#options.failed(this.#no ?? error);
    this.#requests.end(error);
    this.#become("over", 0, over.code);
    this.emit("over", over);
  }
}
