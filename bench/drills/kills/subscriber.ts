// A subscriber that keeps what it hears.

import type { Line } from "../../client/line.ts";
import type { Operator } from "../../client/operator.ts";

export interface Logged {
  readonly id: number;
  readonly type: string;
  readonly timestamp: string;
  readonly data: object;
}

/** An event as it was heard: its frame, letter by letter. */
export interface Heard {
  readonly id: number;
  readonly sessionId: number;
  readonly text: string;
}

export function sessionOf(data: { readonly sessionId?: number | string; readonly session?: { readonly id: number } }) {
  return Number(data.sessionId ?? data.session?.id);
}

/**
 * Follows every session it hears of, from its beginning; when the server is back, from where it was. Everything stands in `heard` in
 * the order it came.
 */
export class Subscriber {
  readonly heard: Heard[] = [];
  onEvent: () => void = () => {};
  /** Resolves when the line is gone and everything it carried is in `heard`. */
  closed: Promise<void> = Promise.resolve();
  readonly #last = new Map<number, number>();

  async connect(operator: Operator, sessionId: number): Promise<void> {
    if (!this.#last.has(sessionId)) this.#last.set(sessionId, 0);
    const line = await operator.subscribe(this.#last, (text, line) => this.#hear(text, line));
    this.closed = new Promise((gone) => {
      line.onClosed = () => gone();
    });
  }

  #hear(text: string, line: Line): void {
    const { id, type, data } = JSON.parse(text) as Logged;
    const sessionId = sessionOf(data);
    this.heard.push({ id, sessionId, text });
    // Not when its beginning is read from the log: subscribing again would start it over [T6].
    if (!this.#last.has(sessionId)) line.say({ type: "subscribe", sessionId, since: id });
    if (type === "session.ended") this.#last.delete(sessionId);
    else this.#last.set(sessionId, id);
    this.onEvent();
  }
}
