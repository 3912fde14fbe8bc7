// What other nodes are awaited to answer: a set of nodes for each question, until all have, or the time is over.
import type { Clock } from "../clock.ts";

interface Question {
  readonly open: Set<string>;
  /** Those that will never answer. */
  readonly mute: Set<string>;
  readonly done: () => void;
}

export class Answers {
  readonly #questions = new Map<string, Question>();

  constructor(private readonly clock: Clock) {}

  /** Resolves when all have answered, or after `ms`, to those that have not. Never rejects. */
  async await(question: string, nodes: Iterable<string>, ms: number): Promise<ReadonlySet<string>> {
    const open = new Set(nodes);
    const mute = new Set<string>();
    if (open.size === 0) return mute;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#questions.set(question, { open, mute, done: resolve });
    const cancel = this.clock.after(ms, resolve);
    await promise;
    cancel();
    this.#questions.delete(question);
    return mute.union(open);
  }

  came(question: string, node: string): void {
    const asked = this.#questions.get(question);
    if (asked?.open.delete(node) === true && asked.open.size === 0) asked.done();
  }

  /** That node answers nothing any more. */
  lost(node: string): void {
    for (const { open, mute, done } of this.#questions.values()) {
      if (!open.delete(node)) continue;
      mute.add(node);
      if (open.size === 0) done();
    }
  }
}
