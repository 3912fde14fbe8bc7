// A member that follows "Coming back" of docs/clients.md to the letter, numbers what it sends and tells the accountant what it hears.
// What a sender can know: acked means that the server has it; anything else is sent again, with its old number, when the member
// is back, before anything new. So what reaches the others is in order, and what comes twice can be told by its number.

import { Line } from "../client/line.ts";
import type { Accountant } from "./accountant.ts";

export interface Frame {
  readonly type: string;
  readonly id?: number | string;
  readonly seq?: number;
  readonly epoch?: string;
  readonly room?: string;
  readonly from?: string;
  readonly clientId?: string;
  readonly data?: { readonly n?: number };
  readonly missed?: readonly Frame[];
  readonly resumed?: boolean;
  readonly code?: string;
  readonly retryAfterMs?: number;
  readonly state?: unknown;
}

export interface MemberOptions {
  /** Where it connects, asked each time where it is a function. */
  readonly url?: string | (() => string);
  /** The rules of the room that it opens, when it has none to join. */
  readonly opening?: Opening;
  /** Nothing heard for so long: the line is dead. The manual says 30 s with ticks every 15 s. 0: never looks. */
  readonly deafMs?: number;
  readonly onFrame?: (frame: Frame, clientId: string) => void;
}

export interface Opening {
  readonly maxClients: number;
  readonly away: number;
  readonly history: number;
  readonly state?: unknown;
}

/** The manual's numbers; another there is another here. */
const BACK_OFF_FIRST_MS = 250;
const BACK_OFF_MAX_MS = 2_000;
/** Refusals of a join that will not do better later. */
const FINAL = ["room_not_found", "wrong_secret", "banned", "room_locked", "room_full", "server_full"];

export class Member {
  state: "outside" | "here" | "away" | "over" = "outside";
  /** Says nothing: a phone that sleeps, or one that only listens. */
  isMute = false;
  /** What is kept over a lost line. */
  readonly place: { room: string; clientId: string; secret: string; since?: number; epoch?: string };
  #line: Line | null = null;
  #tries = 0;
  #pauseMs = 0;
  #lostAt = 0;
  #heardAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;
  #sentCount = 0;
  readonly #unacked = new Set<number>();
  #fence = () => {};

  /** @param room empty for the member that opens it */
  constructor(
    private readonly url: string,
    room: string,
    readonly clientId: string,
    private readonly accountant: Accountant,
    private readonly options: MemberOptions = {},
  ) {
    this.place = { room, clientId, secret: crypto.randomUUID() };
    const { deafMs = 0 } = options;
    const isDeaf = () => this.state === "here" && performance.now() - this.#heardAt > deafMs;
    if (deafMs > 0) this.#watch = setInterval(() => isDeaf() && this.#line?.drop(), deafMs / 4);
  }

  /** When it lost its line last while it was in its room, in ms of performance.now(); 0: never. */
  get lostAt(): number {
    return this.#lostAt;
  }

  get unacked(): number {
    return this.#unacked.size;
  }

  connect(): void {
    if (this.state === "over") return;
    const { url = this.url } = this.options;
    const line = new Line(typeof url === "string" ? url : url(), this.clientId);
    line.onOpen = () => this.#greet();
    line.onText = (text) => this.#take(JSON.parse(text));
    line.onClosed = (code, wasOpen) => this.#lost(code, wasOpen);
    this.#line = line;
  }

  /** Sends its next message to everyone else; only from a member that is here. */
  speak(padding = ""): void {
    const n = ++this.#sentCount;
    this.#unacked.add(n);
    this.#send(n, padding);
  }

  say(frame: object): void {
    this.#line?.say(frame);
  }

  /** Loses its line without a goodbye, and comes back: after so long at the least, if it is in a tunnel. */
  drop(tunnelMs = 0): void {
    this.#pauseMs = tunnelMs;
    this.#line?.drop();
  }

  sleep(): void {
    this.#line?.sleep();
  }

  wake(): void {
    this.#line?.wake();
  }

  leave(): void {
    this.say({ type: "leave" });
    this.stop();
  }

  /** Resolves when all that the server had told it by now has been heard, or that takes too long. */
  async fenced(patienceMs: number): Promise<void> {
    if (this.state !== "here") return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, patienceMs);
    this.#fence = resolve;
    this.say({ type: "ping", id: "fence" });
    await promise.finally(() => clearTimeout(timer));
  }

  /** Stops for good; what it has no ack for is lost, and it knows it. */
  stop(reason: string | null = null): void {
    if (this.state === "over") return;
    this.state = "over";
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
    if (reason !== null) {
      this.accountant.over(reason);
      this.accountant.noticed(this.clientId, performance.now());
    }
    this.accountant.gaveUp(this.#unacked.size);
    this.#line?.drop();
    this.#line = null;
  }

  #greet(): void {
    const tick = this.options.deafMs !== undefined;
    if (this.place.room !== "") this.say({ type: "join", ...this.place, tick });
    else this.say({ type: "create", ...this.place, room: undefined, ...this.options.opening, tick });
  }

  #take(frame: Frame): void {
    this.#heardAt = performance.now();
    if (frame.type === "bye") this.#pauseMs = frame.retryAfterMs ?? 0;
    if (frame.type === "created") this.place.room = frame.room ?? "";
    if (frame.type === "created" || frame.type === "joined") this.#arrive(frame);
    this.#hear(frame);
    if (frame.type === "ack" && typeof frame.id === "number") {
      this.#unacked.delete(frame.id);
      this.accountant.acked(this.clientId, frame.id);
    }
    if (frame.type === "pong" && frame.id === "fence") this.#fence();
    if (frame.type !== "error" || this.state === "here") return;
    if (FINAL.includes(`${frame.code}`)) this.stop(frame.code);
    else this.#line?.drop();
  }

  #arrive(frame: Frame): void {
    this.#tries = 0;
    if (frame.epoch !== undefined) this.place.epoch = frame.epoch;
    const now = performance.now();
    // Whether it is whole is noted first: what is missed stands behind that word.
    if (this.state === "away") this.accountant.back(this.clientId, frame.resumed === true, now, now - this.#lostAt);
    else this.accountant.joined(this.clientId, now);
    for (const missed of frame.missed ?? []) this.#hear(missed);
    this.state = "here";
    for (const n of this.#unacked) this.#send(n, "");
  }

  #hear(frame: Frame): void {
    if (frame.seq !== undefined) this.place.since = frame.seq;
    const n = frame.data?.n;
    if (frame.type === "message" && frame.from !== undefined && n !== undefined) {
      this.accountant.heard(this.clientId, frame.from, n);
    }
    this.options.onFrame?.(frame, this.clientId);
  }

  #send(n: number, padding: string): void {
    this.accountant.sent(this.clientId, n, performance.now());
    this.say({ type: "send", id: n, data: { n, padding: padding || undefined } });
  }

  #lost(code: number, wasOpen: boolean): void {
    this.#line = null;
    if (this.state === "over") return;
    this.accountant.closed(code, wasOpen);
    if (this.state === "here") {
      this.state = "away";
      this.#lostAt = performance.now();
    }
    if (code >= 4000 && code < 4100) {
      this.stop(`closed with ${code}`);
      return;
    }
    const backOffMs = Math.min(BACK_OFF_MAX_MS, BACK_OFF_FIRST_MS * 2 ** this.#tries++);
    this.#timer = setTimeout(() => this.connect(), Math.max(this.#pauseMs, backOffMs * (0.5 + Math.random())));
    this.#pauseMs = 0;
  }
}
