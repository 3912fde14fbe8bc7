// Tells a line the direct answer to its request, and has it pay for that. Knows nothing of how the answer came about.
import type { Limits } from "../limits/table.ts";
import type { Metrics } from "../metrics.ts";
import type { Command } from "../protocol/commands.ts";
import type { Event } from "../protocol/events.ts";
import type { Elsewhere } from "./elsewhere.ts";
import type { SocketLine } from "./line.ts";
import type { Liveness } from "./liveness.ts";
import type { LineRates } from "./rates.ts";
import type { Recorder } from "./recorder.ts";

/** An answer that is so much of what a line may leave unread is not held against it at once [L6]. */
const LARGE_ANSWER_SHARE = 1 / 4;

interface AnswersDeps {
  readonly limits: Pick<Limits, "unsentBytesMax">;
  readonly rates: LineRates;
  readonly metrics: Metrics;
  readonly liveness: Liveness;
  readonly recorder: Recorder;
}

export class Answers {
  /** Where guests come from; null: there are none, at one node. */
  elsewhere: Elsewhere | null = null;
  readonly #largeBytes: number;

  constructor(private readonly deps: AnswersDeps) {
    this.#largeBytes = deps.limits.unsentBytesMax * LARGE_ANSWER_SHARE;
  }

  /** Tells a line its answer. @param room that a refusal is about */
  tell(line: SocketLine, answer: Event, asked: Command["asked"] | undefined, room = line.seat?.room ?? null): void {
    const isRefusal = answer.kind === "refusal";
    if (isRefusal) {
      this.deps.metrics.refused(answer.name);
      this.deps.recorder.refused(line, answer.name, room);
    }
    const close = isRefusal ? (line.dialect.closesOn?.(answer) ?? null) : null;
    if (close !== null) {
      line.close(close);
      return;
    }
    const bytes = line.tell(answer, asked);
    // A picture that does not fit was made all the same [P13].
    this.charge(line, bytes, isRefusal ? (answer.needs ?? bytes) : bytes);
    if (line.seat === null && line.isGuest) this.elsewhere?.goHome(line);
  }

  /** Passes on the answer of another node [N3]. */
  pass(line: SocketLine, text: string): void {
    const bytes = line.pass(text);
    this.charge(line, bytes, bytes);
  }

  /** What a client makes the server say is its own to pay for. A text has at least as many bytes as units. */
  private charge(line: SocketLine, bytes: number, cost: number): void {
    this.deps.rates.charge(line, cost);
    if (bytes >= this.#largeBytes) this.deps.liveness.answered(line, bytes);
  }
}
