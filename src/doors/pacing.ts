// What comes too fast, or before its turn, waits here with its line's reads paused: nothing is lost, and nobody else feels it. Knows
// when a frame or a request goes on; what either means is its reader's.

import type { Clock } from "../clock.ts";
import type { Guesses } from "../limits/guesses.ts";
import type { Metrics } from "../metrics.ts";
import type { Command } from "../protocol/commands.ts";
import type { Faults } from "./faults.ts";
import type { SocketLine } from "./line.ts";
import type { LineRates } from "./rates.ts";

/** Past this much flooding without a break a line is closed with 4101: pausing has not helped [L5]. */
const FLOOD_MS_MAX = 10_000;
/** A pause that begins this soon after the last one continues the same flood. */
const FLOOD_BREAK_MS = 1_000;

/** The frames of a paused line. Bun still hands over what it had read before the pause: one receive buffer at most. */
export interface Held {
  readonly frames: string[];
  next: number;
  /** A request of its own waits for its turn; nothing of the line is read before that. */
  isParked: boolean;
  /** What waits only for its turn to be written: it was said in time, and counts if the line closes meanwhile [R21]. */
  owed: Command | null;
  /** Since when it floods without a break, in ms. */
  floodFrom: number;
  cancel: (() => void) | null;
}

/** Where what has waited goes on. */
export interface Reader {
  read(line: SocketLine, text: string): void;
  carryOut(line: SocketLine, command: Command): void;
}

export interface PacingDeps {
  readonly rates: LineRates;
  readonly guesses: Guesses;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly faults: Faults;
}

export class Pacing {
  /** When a line's last flood paused, for those that flood again at once. */
  readonly #calmedAt = new WeakMap<SocketLine, { floodFrom: number; at: number }>();

  constructor(
    private readonly deps: PacingDeps,
    private readonly reader: Reader,
  ) {}

  /** The frame came too fast: it waits until there is room for it. */
  hold(line: SocketLine, text: string): void {
    const held = this.#pause(line);
    held.frames.push(text);
    this.#releaseLater(line, held);
  }

  /** Nothing more of the line is read until `resume`. */
  park(line: SocketLine): Held {
    const held = line.held ?? this.#pause(line);
    held.isParked = true;
    return held;
  }

  /** The line's request waits so long; so does everything it says after it. */
  parkFor(line: SocketLine, command: Command, ms: number): Held {
    const held = this.park(line);
    held.cancel = this.deps.clock.after(ms, () => this.#unpark(line, held, command));
    return held;
  }

  /**
   * The line's join waits for its turn among the guesses; so does everything it says after it.
   * @param refuse answers it, when too many wait already
   */
  parkAsGuess(line: SocketLine, command: Command, refuse: () => void): void {
    const wasHeld = line.held !== null;
    const held = this.park(line);
    if (this.deps.guesses.wait(line.address, () => this.#unpark(line, held, command))) return;
    held.isParked = false;
    refuse();
    if (!wasHeld && line.isOpen) this.#release(line, held);
  }

  /** Ends a wait, and reads on; false when there is nobody left to answer. */
  resume(line: SocketLine, held: Held, carryOut: () => void): boolean {
    if (!line.isOpen) return false;
    this.deps.faults.guard(line.socket, "a request that waited", () => {
      held.cancel = null;
      held.isParked = false;
      held.owed = null;
      carryOut();
      // Its wait was no flood.
      held.floodFrom = this.deps.clock.now();
      if (line.isOpen && !held.isParked) this.#release(line, held);
    });
    return true;
  }

  /**
   * The line has closed. What it had sent before still counts (`leave` and `close_room` come right before a page hides),
   * as far as one burst goes.
   */
  flush(line: SocketLine): void {
    const { held } = line;
    if (held === null) return;
    held.cancel?.();
    line.held = null;
    // Who is sent away by a server that goes has done nothing wrong: what it said before is said.
    const isHeard = line.closedAs === null || line.closedAs === "goingAway";
    if (isHeard && held.owed !== null) this.reader.carryOut(line, held.owed);
    // Behind a request that waits for its turn nothing was said by a member yet.
    const burst = isHeard && (held.owed !== null || !held.isParked) ? this.deps.rates.burst(line) : 0;
    const end = Math.min(held.frames.length, held.next + burst);
    for (let at = held.next; at < end; at++) this.reader.read(line, held.frames[at] ?? "");
    this.deps.metrics.counts.abandoned += held.frames.length - end;
  }

  #pause(line: SocketLine): Held {
    const now = this.deps.clock.now();
    const last = this.#calmedAt.get(line);
    const isSameFlood = last !== undefined && now - last.at < FLOOD_BREAK_MS;
    const floodFrom = isSameFlood ? last.floodFrom : now;
    const held: Held = { frames: [], next: 0, isParked: false, owed: null, floodFrom, cancel: null };
    line.held = held;
    line.socket.pause();
    this.deps.metrics.counts.pauses++;
    return held;
  }

  #releaseLater(line: SocketLine, held: Held): void {
    const bytes = Buffer.byteLength(held.frames[held.next] ?? "");
    held.cancel = this.deps.clock.after(this.deps.rates.waitMs(line, bytes), () =>
      this.deps.faults.guard(line.socket, "a paused line", () => this.#release(line, held)),
    );
  }

  /** Reads what waits, as far as the bucket goes; then reads on, or waits again, or ends a flood that does not. */
  #release(line: SocketLine, held: Held): void {
    held.cancel = null;
    const now = this.deps.clock.now();
    while (held.next < held.frames.length) {
      const text = held.frames[held.next] ?? "";
      if (!this.deps.rates.take(line, Buffer.byteLength(text), now)) {
        if (now - held.floodFrom > FLOOD_MS_MAX) line.close("tooFast");
        else this.#releaseLater(line, held);
        return;
      }
      held.next++;
      this.reader.read(line, text);
      if (!line.isOpen || held.isParked) return;
    }
    line.held = null;
    line.heardAt = now;
    this.#calmedAt.set(line, { floodFrom: held.floodFrom, at: now });
    line.socket.resume();
  }

  #unpark(line: SocketLine, held: Held, command: Command): boolean {
    return this.resume(line, held, () => this.reader.carryOut(line, command));
  }
}
