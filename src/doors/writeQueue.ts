// The writes of members to the sessions' log that wait for their turn [L19]. The line's game goes on meanwhile [L39]: only what would write
// as well, or changes who may, waits behind them. It knows whose turn it is; what a write does, the intake knows.

import type { Clock } from "../clock.ts";
import type { WriteLimit } from "../limits/writes.ts";
import type { Counts } from "../metrics/tally.ts";
import type { Command } from "../protocol/commands.ts";
import type { Faults } from "./faults.ts";
import type { Pause, SocketLine } from "./line.ts";
import type { Pacing } from "./pacing.ts";

/** Writes of one line that wait while its reads go on: more than a person taps within the wait; past it the reads pause. */
const WAITING_MAX = 16;

/** Carries out what has waited. */
export interface Writer {
  /** A write whose place among the line's requests was taken when it began to wait. */
  carryOutLate(line: SocketLine, command: Command): void;
  carryOutInTurn(line: SocketLine, command: Command): void;
}

interface WriteQueueDeps {
  readonly writes: WriteLimit;
  readonly pacing: Pacing;
  readonly counts: Counts;
  readonly clock: Clock;
  readonly faults: Faults;
}

interface Waiting {
  /** Whose writes they are: another line may have its seat before this one has closed. */
  readonly seat: SocketLine["seat"];
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
    const waiting: Waiting = { seat: line.seat, commands: [], cancel: this.#after(line, ms), behind: null };
    this.#waiting.set(line, waiting);
    this.#add(waiting, command);
  }

  /** Puts a command behind the writes that wait. @param isWrite whether it is one itself, and waits with them while the line is read on */
  follow(line: SocketLine, command: Command, isWrite: boolean): void {
    const waiting = this.#waiting.get(line);
    if (waiting === undefined) return;
    if (isWrite && waiting.commands.length < WAITING_MAX) {
      this.#add(waiting, command);
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
    const { seat, commands } = waiting;
    const { writes, clock } = this.deps;
    for (const [at, command] of commands.entries()) {
      const now = clock.now();
      // The first is paid for, but not where so much waits already. Of a line that has lost its seat to another nothing is carried out.
      const isPaid = at === 0 ? !writes.isDeepInDebt(line.address, now) : writes.tryTake(line.address, now);
      if (line.isHeardOut && isPaid) this.writer.carryOutLate(line, command);
      else this.#abandon(seat, command);
    }
  }

  #add({ seat, commands }: Waiting, command: Command): void {
    this.deps.counts.waits++;
    commands.push(command);
    const { ref } = command.asked;
    // What comes behind it may overtake it, so it has its place now, and is told to be undone if it comes to that [P16].
    if (ref !== undefined) seat?.markDone(ref);
  }

  #abandon(seat: SocketLine["seat"], { asked }: Command): void {
    this.deps.counts.abandoned++;
    if (asked.ref !== undefined) seat?.markUndone(asked.ref);
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
      this.writer.carryOutLate(line, command);
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
