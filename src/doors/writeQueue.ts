// The writes of members to the sessions' log that wait for their turn [L19]. The line's game goes on meanwhile [L39]: only what would write
// as well, or changes who may, waits behind them. It knows whose turn it is; what a write does, the intake knows.

import type { Clock } from "../clock.ts";
import type { WriteLimit } from "../limits/writes.ts";
import type { Counts } from "../metrics.ts";
import type { Command } from "../protocol/commands.ts";
import type { Faults } from "./faults.ts";
import type { Pause, SocketLine } from "./line.ts";
import type { Pacing } from "./pacing.ts";

/** Writes of one line that wait while its reads go on: more than a person taps within the wait; past it the reads pause. */
const WAITING_MAX = 16;

/** Carries out what has waited. */
export interface Writer {
  carryOut(line: SocketLine, command: Command): void;
  carryOutInTurn(line: SocketLine, command: Command): void;
  carryOutLast(line: SocketLine, command: Command): void;
}

interface WriteQueueDeps {
  readonly writes: WriteLimit;
  readonly pacing: Pacing;
  readonly counts: Counts;
  readonly clock: Clock;
  readonly faults: Faults;
}

interface Waiting {
  /** In the order they came; the first is paid for, and waits for its time. */
  readonly commands: Command[];
  cancel: () => void;
  /** What waits until none of them is left, with the line's reads paused. */
  behind: { readonly pause: Pause; readonly command: Command } | null;
}

export class WriteQueue {
  /** Beside the lines: ten thousand of them never wait. */
  readonly #waiting = new WeakMap<SocketLine, Waiting>();

  constructor(
    private readonly deps: WriteQueueDeps,
    private readonly writer: Writer,
  ) {}

  /** Whether a write of this line waits. */
  holds(line: SocketLine): boolean {
    return this.#waiting.has(line);
  }

  /** The write is paid for, and is carried out after `ms`. */
  wait(line: SocketLine, command: Command, ms: number): void {
    this.deps.counts.waits++;
    const waiting: Waiting = { commands: [command], cancel: this.#after(line, ms), behind: null };
    this.#waiting.set(line, waiting);
  }

  /** Puts a command behind the writes that wait. @param isWrite whether it is one itself, and waits with them while the line is read on */
  follow(line: SocketLine, command: Command, isWrite: boolean): void {
    const waiting = this.#waiting.get(line);
    if (waiting === undefined) return;
    if (isWrite && waiting.commands.length < WAITING_MAX) {
      this.deps.counts.waits++;
      waiting.commands.push(command);
      return;
    }
    const pause = this.deps.pacing.park(line);
    pause.pending = command;
    waiting.behind = { pause, command };
  }

  /** The line has closed: the write whose turn it was is carried out, the others as far as there is room for them [L19]. */
  flush(line: SocketLine): void {
    const waiting = this.#waiting.get(line);
    if (waiting === undefined) return;
    this.#waiting.delete(line);
    waiting.cancel();
    const [first, ...others] = waiting.commands;
    const { writes, clock, counts } = this.deps;
    if (!line.isHeardOut || writes.isDeepInDebt(line.address, clock.now())) {
      counts.abandoned += waiting.commands.length;
      return;
    }
    if (first !== undefined) this.writer.carryOut(line, first);
    for (const command of others) this.writer.carryOutLast(line, command);
  }

  #after(line: SocketLine, ms: number): () => void {
    return this.deps.clock.after(ms, () =>
      this.deps.faults.guard(line.socket, "a write that waited", () => this.#go(line)),
    );
  }

  /** Carries out the write whose turn has come, and those behind it that need not wait. */
  #go(line: SocketLine): void {
    const waiting = this.#waiting.get(line);
    if (waiting === undefined) return;
    const { commands, behind } = waiting;
    for (let command = commands.shift(); command !== undefined && line.isOpen; command = commands.shift()) {
      this.writer.carryOut(line, command);
      if (commands.length === 0 || !line.isOpen) break;
      const ms = this.deps.writes.take(line.address, this.deps.clock.now());
      if (ms === 0) continue;
      waiting.cancel = this.#after(line, ms);
      return;
    }
    this.#waiting.delete(line);
    if (behind !== null)
      this.deps.pacing.resume(line, behind.pause, () => this.writer.carryOutInTurn(line, behind.command));
  }
}
