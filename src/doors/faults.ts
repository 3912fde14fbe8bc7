// The fault wall: where a throw from inside ends up. It is a bug; it is logged once and counted, and the line it happened on is
// closed, because nobody knows what became of its request. Every other room plays on [L1].
import type { Log } from "../log.ts";
import type { Counts } from "../metrics/tally.ts";
import type { Socket, SocketLine } from "./line.ts";
import type { Recorder } from "./recorder.ts";

const INTERNAL_ERROR = 1011;

export class Faults {
  constructor(
    private readonly counts: Pick<Counts, "faults">,
    private readonly log: Log,
    private readonly recorder: Pick<Recorder, "fault">,
  ) {}

  /** Counts, records and logs a throw; `where` says what was going on, `line` on which line; null: on none. */
  caught(error: unknown, where: string, line: SocketLine | null = null): void {
    this.counts.faults++;
    this.recorder.fault(line);
    this.log.error({ err: error }, `fault in ${where}`);
  }

  /** Calls what a socket or its timer asks for; a throw closes that socket with 1011. */
  guard(socket: Socket, where: string, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.close(socket, where, error);
    }
  }

  /** Counts and logs a throw, and closes the socket it happened on. */
  close(socket: Socket, where: string, error: unknown): void {
    this.caught(error, where, socket.data);
    socket.close(INTERNAL_ERROR, "internal error");
  }
}
