// Pauses the reads of a line whose frame comes too fast or whose request has to wait its turn. What the line sends meanwhile waits in its
// `pause`, so nothing is lost and no other line feels it. It knows when a frame or a request goes on; what either means, its Reader knows.

import type { Clock } from "../clock.ts";
import type { Guess, Guesses } from "../limits/guesses.ts";
import type { BucketName } from "../metrics/tally.ts";
import type { Metrics } from "../metrics.ts";
import type { Command } from "../protocol/commands.ts";
import type { Later } from "../protocol/events.ts";
import type { Faults } from "./faults.ts";
import type { Pause, SocketLine } from "./line.ts";
import type { LineRates } from "./rates.ts";
import type { Recorder } from "./recorder.ts";

/** Past this much flooding without a break a line is closed with 4101: pausing has not helped [L5]. */
const FLOOD_MS_MAX = 10_000;
/** A pause that begins this soon after the last one ended continues the same flood. */
const FLOOD_BREAK_MS = 1_000;

/**
 * Frames that wait on paused lines of one address, in bytes: Bun hands over what it had read before a pause, up to half a megabyte a line, and
 * tiny frames take several times that [L42].
 */
const KEPT_BYTES_MAX = 32 * 1024 * 1024;
/** What a kept frame takes besides its characters. */
const KEPT_FRAME_BYTES = 64;

/** From one look at a line that waits for other nodes to the next. */
const STILL_MS = 20;

/** Takes a frame or a request on when its wait is over. */
export interface Reader {
  read(line: SocketLine, text: string): void;
  /** Whether this node may serve nobody for now. */
  readonly isFrozen: boolean;
  /** Whether a frame of the line has to wait for other nodes. */
  isStill(line: SocketLine): boolean;
  carryOut(line: SocketLine, command: Command): void;
}

interface PacingDeps {
  readonly rates: LineRates;
  readonly guesses: Guesses;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly recorder: Pick<Recorder, "paused">;
}

export class Pacing {
  /** When a line's flood began, and when its reads were last resumed: one that floods again within FLOOD_BREAK_MS has not stopped. */
  readonly #floods = new WeakMap<SocketLine, { floodFrom: number; resumedAt: number }>();

  constructor(
    private readonly deps: PacingDeps,
    private readonly reader: Reader,
  ) {}

  /** The frame came too fast: it waits until the line's bucket has room for it [L4]. */
  delay(line: SocketLine, text: string): void {
    const now = this.deps.clock.now();
    const { rates } = this.deps;
    const pause = this.#begin(line, now);
    const bytes = Buffer.byteLength(text);
    if (rates.waitMs(line, bytes) > 0) this.#count(line, "messages");
    else this.#count(line, rates.isAddressInTheWay(line, bytes, now) ? "address_in" : "room_out");
    this.keep(line, pause, text);
    if (line.isOpen) this.#releaseLater(line, pause, now);
  }

  /** A frame came while the line is paused: it waits. Where too much waits at its address already, the line is closed [L42]. */
  keep(line: SocketLine, pause: Pause, text: string): void {
    const bytes = keptBytes(text);
    const { speakers } = line.shared;
    pause.frames.push(text);
    pause.keptBytes += bytes;
    speakers.keptBytes += bytes;
    if (speakers.keptBytes > KEPT_BYTES_MAX) line.close("tooFast");
  }

  /** The node is frozen, or the way to another one is full: the frame, and all behind it, wait until that is over [N3][N8]. */
  still(line: SocketLine, text: string): void {
    const now = this.deps.clock.now();
    const pause = this.#begin(line, now);
    this.keep(line, pause, text);
    if (line.isOpen) this.#releaseLater(line, pause, now);
  }

  /** A control frame came too fast: nothing more of the line is read until there is room for a message [L24]. */
  slow(line: SocketLine): void {
    if (line.pause !== null) return;
    const now = this.deps.clock.now();
    this.#count(line, "messages");
    this.#releaseLater(line, this.#begin(line, now), now);
  }

  /** Nothing more of the line is read until `resume`. */
  park(line: SocketLine): Pause {
    if (line.pause === null) this.deps.metrics.counts.waits++;
    const pause = line.pause ?? this.#begin(line, this.deps.clock.now());
    pause.isParked = true;
    return pause;
  }

  /** Nothing more of a far line is read until `goOn`: its owner has it wait, or the way there is full [N3]. */
  hold(line: SocketLine): void {
    const pause = this.park(line);
    pause.cancel?.();
    pause.cancel = null;
  }

  /** Reads it on. @param first frames that go before those that it sent meanwhile */
  goOn(line: SocketLine, first: readonly string[] = []): void {
    const { pause } = line;
    if (pause === null) return;
    const bytes = first.reduce((sum, text) => sum + keptBytes(text), 0);
    pause.frames.splice(pause.next, 0, ...first);
    pause.keptBytes += bytes;
    line.shared.speakers.keptBytes += bytes;
    this.resume(line, pause, () => {});
  }

  /** Parks the line with frames of its own before those that wait: they are read again when the line goes on, here or elsewhere. */
  putBack(line: SocketLine, ...texts: readonly string[]): void {
    const pause = this.park(line);
    pause.frames.splice(pause.next, 0, ...texts);
    const bytes = texts.reduce((sum, text) => sum + keptBytes(text), 0);
    pause.keptBytes += bytes;
    line.shared.speakers.keptBytes += bytes;
  }

  /** The line's room moves away: the frames that wait are handed over, and its reads with them [N7]. */
  handOver(line: SocketLine): string[] {
    const { pause } = line;
    if (pause === null) return [];
    pause.cancel?.();
    this.#end(line, pause);
    return pause.frames.slice(pause.next);
  }

  /** Goes on after `ms`; every later frame of the line waits behind it. */
  parkUntil(line: SocketLine, ms: number, goOn: () => void): Pause {
    const pause = this.park(line);
    pause.cancel = this.deps.clock.after(ms, () => this.resume(line, pause, goOn));
    return pause;
  }

  /** The request is carried out when the seat that it asks for is free, or after `ms` [R35]; every later frame waits behind it. */
  parkForSeat(line: SocketLine, command: Command, { ms, whenFree }: Later): void {
    const pause = this.park(line);
    const ask = () => {
      pause.cancel?.();
      this.#unpark(line, pause, command);
    };
    const stopTimer = this.deps.clock.after(ms, ask);
    const stopWaiting = whenFree(ask);
    pause.cancel = () => {
      stopTimer();
      stopWaiting();
    };
  }

  /**
   * The request takes its turns among the guesses [L9], at once where there are any; every later frame of the line waits behind it.
   * @param refuse answers the request when too many wait, which may be later
   */
  parkAsGuess(line: SocketLine, command: Command, guess: Guess, refuse: () => void): void {
    let pause: Pause | null = null;
    const waits = this.deps.guesses.ask(guess, {
      go: () => (pause === null ? this.reader.carryOut(line, command) : this.#unpark(line, pause, command)),
      refuse: () => (pause === null ? refuse() : this.resume(line, pause, refuse)),
    });
    if (waits) pause = this.park(line);
  }

  /** Carries out what a parked line waited for, then reads its frames on; false when the line has closed. */
  resume(line: SocketLine, pause: Pause, carryOut: () => void): boolean {
    if (!line.isOpen) return false;
    // What was asked before may be answered while the node is frozen: that answer waits as its frames do [N8].
    if (this.reader.isFrozen) {
      pause.cancel = this.deps.clock.after(STILL_MS, () => this.resume(line, pause, carryOut));
      return true;
    }
    this.deps.faults.guard(line.socket, "a request that waited", () => {
      pause.cancel = null;
      pause.isParked = false;
      pause.pending = null;
      carryOut();
      // The wait was the server's doing and no flood: without this a guest who waits its turn could be closed with 4101.
      pause.floodFrom = this.deps.clock.now();
      if (line.isOpen && !pause.isParked) this.#release(line, pause);
    });
    return true;
  }

  /**
   * The line has closed. What it had sent before still counts (`leave` and `close_room` come right before a page hides),
   * as far as one burst goes [R21].
   * @param isHeard whether that is so of this line
   */
  flush(line: SocketLine, isHeard = line.isHeardOut): void {
    const { pause } = line;
    if (pause === null) return;
    pause.cancel?.();
    this.#end(line, pause);
    if (isHeard && pause.pending !== null) this.reader.carryOut(line, pause.pending);
    // Behind a join or a token that waits, the frames come from a line that is in no room: none of them counts. One that is held is in one.
    const isInRoom = pause.pending !== null || !pause.isParked || line.far !== null;
    const burst = isHeard && isInRoom ? this.deps.rates.burst(line) : 0;
    const end = Math.min(pause.frames.length, pause.next + burst);
    for (let at = pause.next; at < end; at++) this.reader.read(line, pause.frames[at] ?? "");
    this.deps.metrics.counts.abandoned += pause.frames.length - end;
  }

  /** Its reads are paused for what is in that bucket. */
  #count(line: SocketLine, bucket: BucketName): void {
    const { metrics, recorder } = this.deps;
    metrics.counts.pauses++;
    metrics.limited(bucket);
    recorder.paused(line, bucket);
  }

  #end(line: SocketLine, pause: Pause): void {
    line.pause = null;
    line.shared.speakers.keptBytes -= pause.keptBytes;
  }

  #begin(line: SocketLine, now: number): Pause {
    const last = this.#floods.get(line);
    const isSameFlood = last !== undefined && now - last.resumedAt < FLOOD_BREAK_MS;
    const floodFrom = isSameFlood ? last.floodFrom : now;
    const pause: Pause = { frames: [], next: 0, keptBytes: 0, isParked: false, pending: null, floodFrom, cancel: null };
    line.pause = pause;
    line.socket.pause();
    return pause;
  }

  #releaseLater(line: SocketLine, pause: Pause, now: number): void {
    const { rates } = this.deps;
    const bytes = Buffer.byteLength(pause.frames[pause.next] ?? "");
    const ownMs = rates.waitMs(line, bytes);
    const sharedMs = rates.sharedWaitMs(line, bytes, now);
    // What others have handed out in its room, or said at its address, is no flood of its own.
    if (ownMs === 0) pause.floodFrom = now;
    // However much is owed: a flood is ended when it has lasted long enough.
    const floodMs = pause.floodFrom + FLOOD_MS_MAX + 1 - now;
    const ms = Math.min(Math.max(1, ownMs, sharedMs), Math.max(1, floodMs));
    this.#releaseIn(line, pause, ms);
  }

  #releaseIn(line: SocketLine, pause: Pause, ms: number): void {
    const { clock, faults } = this.deps;
    pause.cancel = clock.after(ms, () => faults.guard(line.socket, "a paused line", () => this.#release(line, pause)));
  }

  /** Reads the waiting frames as far as the bucket goes; then resumes the line, waits again, or closes one that floods for too long. */
  #release(line: SocketLine, pause: Pause): void {
    pause.cancel = null;
    const now = this.deps.clock.now();
    while (pause.next < pause.frames.length) {
      const text = pause.frames[pause.next] ?? "";
      if (this.reader.isStill(line)) {
        // No flood of its own.
        pause.floodFrom = now;
        this.#releaseIn(line, pause, STILL_MS);
        return;
      }
      if (!this.deps.rates.take(line, Buffer.byteLength(text), now)) {
        this.#waitOn(line, pause, now);
        return;
      }
      pause.next++;
      this.reader.read(line, text);
      if (!line.isOpen || pause.isParked) return;
    }
    if (this.deps.rates.isOwing(line, now)) {
      this.#waitOn(line, pause, now);
      return;
    }
    this.#end(line, pause);
    line.heardAt = now;
    this.#floods.set(line, { floodFrom: pause.floodFrom, resumedAt: now });
    line.socket.resume();
  }

  #waitOn(line: SocketLine, pause: Pause, now: number): void {
    if (now - pause.floodFrom > FLOOD_MS_MAX) line.close("tooFast");
    else this.#releaseLater(line, pause, now);
  }

  #unpark(line: SocketLine, pause: Pause, command: Command): boolean {
    return this.resume(line, pause, () => this.reader.carryOut(line, command));
  }
}

/** What a frame takes that waits. */
function keptBytes(text: string): number {
  return KEPT_FRAME_BYTES + 2 * text.length;
}
