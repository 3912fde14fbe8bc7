// One request to another node and its one answer, with a time limit [N11]: what HTTP asks where it cannot answer by itself. What is asked it does
// not read.
import type { Clock } from "../clock.ts";
import type { Question, Reply } from "../doors/elsewhere.ts";
import type { Carrier, Frame } from "./ports.ts";

/** So long a node may be silent about what it is asked; where it says that an answer takes longer, so long after that. */
export const ANSWER_MS_MAX = 5_000;
/** From one look to the next whether the way has room for an answer. */
const AGAIN_MS = 20;
/** What `answer` says before the answer itself: it takes longer, by so many ms. */
const HOLD = "hold";

interface AskingDeps {
  readonly carrier: Carrier;
  /** Never stands: who asks by HTTP does not wait for a node that is frozen. */
  readonly clock: Clock;
  /** Answers what is asked here. */
  readonly answer: (question: Question, hold: (ms: number) => void) => Promise<Reply>;
}

/** What one node was asked and has not answered. */
interface Waiting {
  readonly node: string;
  readonly done: (reply: Reply | null) => void;
  readonly hold: (ms: number) => void;
  cancel: () => void;
}

export class Asking {
  /** By the number that this node gave it; none is given twice, so a late answer is nobody's. */
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  constructor(private readonly deps: AskingDeps) {}

  /** How many questions are not answered yet. */
  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Resolves to what that node answers; null: it cannot be asked now, or has not answered. Never rejects.
   * @param hold hears in how many ms at most the answer comes, where that is later than usual
   */
  ask(node: string, question: Question, hold: (ms: number) => void): Promise<Reply | null> {
    const { carrier } = this.deps;
    // Strangers' questions must not break the link for the members that it carries.
    if (carrier.isFull(node)) return Promise.resolve(null);
    const id = ++this.#last;
    if (!carrier.say(node, { op: "ask", line: id, arg: "", text: JSON.stringify(question) }))
      return Promise.resolve(null);
    return new Promise((done) => {
      this.#waiting.set(id, { node, done, hold, cancel: this.#giveUpAfter(id, ANSWER_MS_MAX) });
    });
  }

  /** A node asks, or answers. */
  heard(node: string, { op, line: id, arg, text }: Frame): void {
    if (op === "ask") {
      void this.#answer(node, id, JSON.parse(text) as Question);
      return;
    }
    const waiting = this.#waiting.get(id);
    if (waiting?.node !== node) return;
    if (arg === HOLD) {
      const ms = Number(text);
      waiting.cancel();
      waiting.cancel = this.#giveUpAfter(id, ms + ANSWER_MS_MAX);
      waiting.hold(ms);
    } else this.#end(id, JSON.parse(text) as Reply);
  }

  /** Nothing comes from there any more. */
  broken(node: string): void {
    for (const [id, waiting] of [...this.#waiting]) if (waiting.node === node) this.#end(id, null);
  }

  async #answer(node: string, id: number, question: Question): Promise<void> {
    const { carrier, answer, clock } = this.deps;
    const say = (arg: string, text: string) => carrier.say(node, { op: "answer", line: id, arg, text });
    const reply = await answer(question, (ms) => say(HOLD, String(ms)));
    const until = clock.now() + ANSWER_MS_MAX;
    while (carrier.isFull(node)) {
      // Who asked does not wait for it any more, and the link has members to carry.
      if (clock.now() >= until) return;
      await new Promise<void>((resolve) => clock.after(AGAIN_MS, resolve));
    }
    say("", JSON.stringify(reply));
  }

  #giveUpAfter(id: number, ms: number): () => void {
    return this.deps.clock.after(ms, () => this.#end(id, null));
  }

  #end(id: number, reply: Reply | null): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.cancel();
    waiting?.done(reply);
  }
}
