// What was asked and is not answered yet, in order, over any number of lines. Each request has a number; the server says of a member that comes
// back which of its requests was the last it handled, so each of the others is known to have happened or not [P16].
import { PartylineError } from "./errors.ts";
import type { AckFrame, ErrorFrame, JoinedFrame, Request } from "./wire.ts";

/** What came of a request: how many lines it was handed to, and its number in the room. Neither is known where the answer itself was lost. */
export interface Sent {
  readonly seq?: number | undefined;
  readonly delivered?: number | undefined;
}

interface Pending {
  readonly request: string;
  readonly text: string;
  readonly timer: ReturnType<typeof setTimeout> | 0 | undefined;
  /** On how many lines it has been said. */
  said: number;
  resolve(sent: Sent): void;
  reject(error: PartylineError): void;
}

/** How much may wait for a line. */
export interface QueueLimits {
  readonly requests?: number;
  readonly bytes?: number;
}

/** A request as a game asks for it: its id is given here. */
export type Asked = Request extends infer R ? (R extends Request ? Omit<R, "id"> : never) : never;

export interface Requests {
  /** @param happened runs before anything later is told  @param ackMs how long to wait for the answer; as long as it takes unless said */
  ask(asked: Asked, happened?: () => unknown, ackMs?: number): Promise<Sent>;
  /** An answer has come. */
  answered(answer: AckFrame | ErrorFrame): void;
  /**
   * There is a line again, and the room has answered on it: what was not handled is said again, and the rest is settled.
   * @param isKnown whether the answer tells of this very seat: else of those that were sent nobody knows whether they happened
   */
  resume(answer: Pick<JoinedFrame, "done" | "undone">, isKnown: boolean): void;
  /** None of them will be answered. */
  end(error: PartylineError): void;
}

enum Limit {
  /** Lines that a request is said on again, when none of them lived to handle it. */
  said = 4,
}

/** @param say says it on a line, and answers on how many: 0 where there is none, and it waits */
export function keepRequests(say: (text: string) => number, limits: QueueLimits = {}): Requests {
  const { requests: requestsMax = 64, bytes: bytesMax = 65_536 } = limits;
  const pendings = new Map<number, Pending>();
  let last = 0;

  const settle = (id: number) => {
    const pending = pendings.get(id);
    pendings.delete(id);
    clearTimeout(pending?.timer as ReturnType<typeof setTimeout>);
    return pending;
  };

  return {
    ask: (asked, happened, ackMs) =>
      new Promise((resolve, reject) => {
        const request = asked.type;
        const id = ++last;
        const text = JSON.stringify({ ...asked, id });
        const said = say(text);
        const waiting = [...pendings.values()].flatMap((pending) => (pending.said ? [] : pending.text));
        if (!said && (waiting.length >= requestsMax || (waiting.join("") + text).length > bytesMax)) {
          reject(new PartylineError("queue_full", { request }));
          return;
        }
        const late = () => settle(id)?.reject(new PartylineError("timeout", { request }));
        const timer = ackMs && setTimeout(late, ackMs);
        const answered = (sent: Sent) => {
          happened?.();
          resolve(sent);
        };
        pendings.set(id, { request, text, timer, said, resolve: answered, reject });
      }),
    answered(answer) {
      const pending = settle(answer.id as number);
      if (answer.type === "error") pending?.reject(new PartylineError(answer.code, answer));
      else pending?.resolve({ seq: answer.seq, delivered: answer.delivered });
    },
    resume({ done, undone = [] }, isKnown) {
      // Numbers go on where those of the page before ended, which had the same seat.
      last ||= (done as number) | 0;
      let again = 0;
      for (const [id, pending] of [...pendings]) {
        const { request, text, said } = pending;
        if (said && !isKnown) settle(id)?.reject(new PartylineError("unknown", { request }));
        else if (said && id <= (done as number) && !undone.includes(id)) settle(id)?.resolve({});
        // The first of those that end each line they are said on is too large for the server, and would end the next one as well.
        else if (said > Limit.said && !again++) settle(id)?.reject(new PartylineError("unknown", { request }));
        else again = pending.said += say(text);
      }
    },
    end(error) {
      for (const id of [...pendings.keys()]) settle(id)?.reject(error);
    },
  };
}
