// What was asked and is not answered yet, in order, over any number of lines. Each request has an id; the server says of a member that comes
// back which of its requests was the last it handled, so each of the others is known to have happened or not [P16].
import { PartylineError, refused } from "./errors.ts";
import type { AckFrame, ErrorFrame, JoinedFrame, Request } from "./wire.ts";

/** What came of a request: how many lines it was handed to, and its number in the room. Neither is known where the answer itself was lost. */
export interface Sent {
  readonly seq?: number | undefined;
  readonly delivered?: number | undefined;
}

interface Pending {
  readonly type: string;
  readonly id: string;
  readonly text: string;
  isSent: boolean;
  readonly timer: ReturnType<typeof setTimeout> | undefined;
  resolve(sent: Sent): void;
  reject(error: PartylineError): void;
}

/** A request as a game asks for it: its id is given here. */
export type Asked = Request extends infer R ? (R extends Request ? Omit<R, "id"> : never) : never;

export class Requests {
  readonly #pending = new Map<string, Pending>();
  #asked = 0;
  /** Characters of those that have not been sent. */
  #unsentChars = 0;
  #unsent = 0;

  constructor(
    /** Tells the ids of this page from those of the page before it, which had the same seat. */
    private readonly tag: string,
    private readonly limits: { readonly requests: number; readonly bytes: number },
  ) {}

  /** @param send says it on a line; null while there is none, and it waits  @param ackMs how long to wait for the answer; 0: as long as it takes */
  ask(request: Asked, send: ((text: string) => boolean) | null, ackMs: number): Promise<Sent> {
    const id = `${this.tag}${++this.#asked}`;
    const text = JSON.stringify({ ...request, id });
    const { type } = request;
    if (send === null && (this.#unsent >= this.limits.requests || this.#unsentChars + text.length > this.limits.bytes))
      return Promise.reject(new PartylineError("queue_full", "too much waits for the line", { request: type }));
    return new Promise((resolve, reject) => {
      const late = () => this.#settle(id)?.reject(new PartylineError("timeout", "no answer", { request: type }));
      const timer = ackMs > 0 ? setTimeout(late, ackMs) : undefined;
      const pending = { type, id, text, isSent: false, timer, resolve, reject };
      this.#pending.set(id, pending);
      this.#unsent++;
      this.#unsentChars += text.length;
      if (send !== null) this.#say(pending, send);
    });
  }

  /** An answer has come; whether it was to one of these. */
  answered(answer: AckFrame | ErrorFrame): boolean {
    const pending = this.#settle(String(answer.id));
    if (answer.type === "error") pending?.reject(refused(answer));
    else pending?.resolve({ seq: answer.seq, delivered: answer.delivered });
    return pending !== undefined;
  }

  /**
   * There is a line again, and the room has answered on it: what was not handled is said again, and the rest is settled.
   * @param isKnown whether the answer tells of this very seat: else of those that were sent nobody knows whether they happened
   */
  resume({ done, undone = [] }: JoinedFrame, isKnown: boolean, send: (text: string) => boolean): void {
    const doneAt = this.#numberOf(done);
    for (const pending of [...this.#pending.values()]) {
      const { id, type, isSent } = pending;
      if (isSent && !isKnown) {
        this.#settle(id)?.reject(new PartylineError("unknown", "nobody knows whether it happened", { request: type }));
      } else if (isSent && this.#numberOf(id) <= doneAt && !undone.includes(id)) this.#settle(id)?.resolve({});
      else this.#say(pending, send);
    }
  }

  /** None of them will be answered. */
  end(error: PartylineError): void {
    for (const { id } of [...this.#pending.values()]) this.#settle(id)?.reject(error);
  }

  #say(pending: Pending, send: (text: string) => boolean): void {
    if (!send(pending.text) || pending.isSent) return;
    pending.isSent = true;
    this.#unsent--;
    this.#unsentChars -= pending.text.length;
  }

  #settle(id: string): Pending | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) return undefined;
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    if (!pending.isSent) {
      this.#unsent--;
      this.#unsentChars -= pending.text.length;
    }
    return pending;
  }

  #numberOf(id: unknown): number {
    return typeof id === "string" && id.startsWith(this.tag) ? Number(id.slice(this.tag.length)) : 0;
  }
}
