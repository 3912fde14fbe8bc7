// All streams that are open: how many there may be, who is told in which turn, who is cut off, and how they end. What a stream says, its source
// knows.
import type { Pass } from "../../auth/tokens.ts";
import type { Clock } from "../../clock.ts";
import type { Dialect } from "../../dialects/dialect.ts";
import type { Connections } from "../../limits/connections.ts";
import type { Metrics } from "../../metrics.ts";
import type { SessionEvent } from "../../protocol/events.ts";
import { isRefusal } from "../../protocol/refusals.ts";
import { mayHear } from "../../protocol/sight.ts";
import type { EventLog } from "../../sessions/eventLog.ts";
import type { Store } from "../../sessions/store/store.ts";
import { withoutCodes } from "../../sessions/withoutCodes.ts";
import type { Faults } from "../faults.ts";
import { refused } from "../http/answer.ts";
import type { Caller } from "../http/rooms.ts";
import { NOT_ADMITTED } from "../upgrade.ts";
import { StreamChannel } from "./channel.ts";
import { readerOf } from "./logPages.ts";
import type { OneATurn } from "./oneATurn.ts";
import { type Piece, type Source, Stream } from "./stream.ts";

/** Streams that are told in one turn: half a millisecond's work [W3]. */
const AT_ONCE_MAX = 32;
/** From one look at them to the next, in ms. */
const LOOK_MS = 1_000;
/** So long nothing is told before a comment is, in ms: proxies take a connection for dead after 30 s or more. */
export const BEAT_EVERY_MS = 15_000;
/** So long a stream may take nothing, in ms. */
export const PATIENCE_MS = 60_000;
/** When a stream that a drain has ended comes back, in ms. */
const RETRY_MS = { least: 1_000, spread: 4_000 };
/** Sessions of which it is known who began them. */
const STARTERS_MAX = 1_000;

const utf8 = new TextEncoder();
const GREETING = utf8.encode("retry: 3000\n\n");
const HEARTBEAT = utf8.encode(":\n\n");

interface StreamsDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly eventLog: Pick<EventLog, "onTold" | "attempt">;
  readonly connections: Pick<Connections, "admit" | "release">;
  readonly metrics: Pick<Metrics, "limited">;
  readonly faults: Pick<Faults, "caught">;
  readonly turns: OneATurn;
  readonly dialect: Pick<Dialect, "encode">;
  readonly streamsMax: number;
  readonly isDraining: () => boolean;
  readonly random?: () => number;
}

/** Who opens a stream. */
export interface Opening {
  readonly pass: Pass;
  readonly caller: Caller;
}

export class Streams {
  readonly #channels = new Map<string, StreamChannel>();
  readonly #open = new Map<Stream, () => void>();
  /** Channels whose streams are to be told of something. */
  readonly #news = new Set<StreamChannel>();
  readonly #isOperators = new Map<number, boolean>();
  /** Hears what is told, as long as any stream does. */
  readonly #hear = (sessionId: number, event: SessionEvent) => this.#told(sessionId, event);
  #isTelling = false;
  #isLooking = false;

  constructor(private readonly deps: StreamsDeps) {}

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /** The events of a session, or of all that were begun with a token; from after that id on, or what is new [W1][W2]. */
  events(sessionId: number | null, after: number | null, opening: Opening): Response {
    const { store } = this.deps;
    const { pass } = opening;
    const codes = sessionId === null ? pass.codes : pass.codes && mayHear(pass, sessionId);
    const last = store.outward.lastEventId;
    const isNew = after === null || after > last;
    const key = `${sessionId ?? "all"}${codes ? "" : "/veiled"}`;
    const channel = this.#channels.get(key) ?? new StreamChannel(this.deps.dialect, readerOf(store, sessionId, codes));
    const source = channel.source(isNew ? last : after, isNew);
    const headers = { "content-type": "text/event-stream", "x-accel-buffering": "no" };
    return this.open(source, headers, opening, (stream) => {
      this.#channels.set(key, channel);
      this.deps.eventLog.onTold.add(this.#hear);
      channel.streams.add(stream);
      return () => {
        channel.streams.delete(stream);
        if (channel.streams.size === 0) this.#channels.delete(key);
        if (this.#channels.size === 0) this.deps.eventLog.onTold.delete(this.#hear);
      };
    });
  }

  /**
   * Opens a stream, or says why there is none.
   * @param begin has it take its place; answers what gives that up
   */
  open(
    source: Source,
    headers: Record<string, string>,
    { pass, caller }: Opening,
    begin?: (stream: Stream) => () => void,
  ): Response {
    const { connections, metrics, clock, faults, eventLog, turns } = this.deps;
    const retry = (seconds: number) => ({ "retry-after": String(seconds) });
    if (this.deps.isDraining()) return refused(503, "Server is draining", retry(5));
    if (this.#open.size >= this.deps.streamsMax) {
      metrics.limited("streams");
      return refused(503, "Too many streams", retry(10));
    }
    const admission = connections.admit(caller.address(), clock.now());
    if (typeof admission === "string") {
      const [bucket, status, text, seconds] = NOT_ADMITTED[admission];
      metrics.limited(bucket);
      return refused(status, text, retry(seconds));
    }
    caller.holdOpen?.();
    const isEvents = begin !== undefined;
    const next = (): Piece => {
      const piece = eventLog.attempt(() => source.next());
      return isRefusal(piece) ? "gone" : piece;
    };
    const stream = new Stream({
      source: {
        next,
        get isAtHand() {
          return source.isAtHand;
        },
      },
      greeting: isEvents ? GREETING : null,
      heartbeat: isEvents ? HEARTBEAT : null,
      expiresAtMs: isEvents ? pass.expiresAtMs : Number.POSITIVE_INFINITY,
      inTurn: (work) => turns.add(work),
      now: () => clock.now(),
      onEnd: (ended) => this.#ended(ended),
      onFault: (error) => faults.caught(error, "a stream"),
    });
    const giveUp = begin?.(stream);
    this.#open.set(stream, () => {
      giveUp?.();
      connections.release(admission.address);
      // Bun would keep the connection for ever: of who takes nothing, since what was handed to it last is not on its way, and of any other idle.
      caller.holdMs(0);
    });
    this.#look();
    return new Response(stream.body, { headers: { "cache-control": "no-store", ...headers } });
  }

  /** Ends all of them over so many ms; resolves when none is left. */
  drain(ms: number): Promise<void> {
    const slices = Math.max(1, Math.floor(ms / LOOK_MS));
    return new Promise((resolve) => {
      const endSome = (left: number) => {
        const streams = [...this.#open.keys()];
        if (streams.length === 0) return resolve();
        const { least, spread } = RETRY_MS;
        for (const stream of streams.slice(0, Math.ceil(streams.length / left))) {
          const retryMs = Math.round(least + spread * (this.deps.random ?? Math.random)());
          stream.close(utf8.encode(`retry: ${retryMs}\n\n`));
        }
        this.deps.clock.after(LOOK_MS, () => endSome(Math.max(1, left - 1)));
      };
      endSome(slices);
    });
  }

  #ended(stream: Stream): void {
    const giveUp = this.#open.get(stream);
    this.#open.delete(stream);
    giveUp?.();
  }

  #told(sessionId: number, event: SessionEvent): void {
    for (const key of [String(sessionId), "all"]) {
      const [plain, veiled] = [this.#channels.get(key), this.#channels.get(`${key}/veiled`)];
      if (plain === undefined && veiled === undefined) continue;
      if (key === "all" && !this.#isOfOperators(sessionId)) continue;
      this.#push(plain, event);
      if (veiled !== undefined) this.#push(veiled, withoutCodes(event));
    }
  }

  #push(channel: StreamChannel | undefined, event: SessionEvent): void {
    if (channel === undefined) return;
    channel.push(event);
    this.#news.add(channel);
    if (this.#isTelling) return;
    this.#isTelling = true;
    this.deps.clock.soon(() => this.#tell());
  }

  /** Offers what is new to those that wait for it, a slice a turn. */
  #tell(): void {
    const channels = [...this.#news];
    this.#news.clear();
    const streams = channels.flatMap((channel) => [...channel.streams]).filter(({ isHungry }) => isHungry);
    this.#inSlices(
      streams,
      (stream) => stream.offer(),
      () => {
        this.#isTelling = this.#news.size > 0;
        if (this.#isTelling) this.deps.clock.soon(() => this.#tell());
      },
    );
  }

  #inSlices(streams: readonly Stream[], work: (stream: Stream) => void, done: () => void): void {
    for (const stream of streams.slice(0, AT_ONCE_MAX)) work(stream);
    if (streams.length <= AT_ONCE_MAX) done();
    else this.deps.clock.soon(() => this.#inSlices(streams.slice(AT_ONCE_MAX), work, done));
  }

  /** Looks at them each second for as long as there are any: who is silent, who takes nothing, whose token has ended. */
  #look(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.deps.clock.after(LOOK_MS, () => {
      this.#inSlices(
        [...this.#open.keys()],
        (stream) => this.#lookAt(stream),
        () => {
          this.#isLooking = false;
          if (this.#open.size > 0) this.#look();
        },
      );
    });
  }

  #lookAt(stream: Stream): void {
    const { clock } = this.deps;
    if (stream.expiresAtMs <= clock.wall()) stream.close();
    else if (!stream.beat(clock.now(), BEAT_EVERY_MS, PATIENCE_MS)) stream.cut("it takes nothing");
  }

  /** Whether a session was begun with a token: who may hear them all hears no stranger's. */
  #isOfOperators(sessionId: number): boolean {
    const known = this.#isOperators.get(sessionId);
    if (known !== undefined) return known;
    if (this.#isOperators.size >= STARTERS_MAX) this.#isOperators.clear();
    const isOperators = this.deps.store.session(sessionId)?.startedBy === "token";
    this.#isOperators.set(sessionId, isOperators);
    return isOperators;
  }
}
