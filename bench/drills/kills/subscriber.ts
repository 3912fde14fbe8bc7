// A subscriber that keeps what it hears. Knows the live socket as documented, and nothing of the server's inside.

import { Line } from "../../client/line.ts";

const CONNECT_TIMEOUT_MS = 10_000;

/** An event as the log has it. */
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

/** The session that an event is about. */
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
  /** Session → the id of its last event that was heard. */
  readonly #last = new Map<number, number>();

  /** Resolves when it hears all that it follows, this session too. */
  async connect(url: string, token: string, sessionId: number): Promise<void> {
    if (!this.#last.has(sessionId)) this.#last.set(sessionId, 0);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new Error("the live socket said nothing")), CONNECT_TIMEOUT_MS);
    const line = new Line(`${url}/api/sessions/live`, "a subscriber");
    let awaited = this.#last.size;
    line.onOpen = () => line.say({ type: "auth", token });
    line.onFault = (reason) => reject(new Error(reason));
    this.closed = new Promise((gone) => {
      line.onClosed = () => gone();
    });
    line.onText = (text) => {
      const frame = JSON.parse(text);
      if (frame.type === "auth_success") for (const [id, since] of this.#last) follow(line, id, since);
      else if (frame.type === "subscribed" && --awaited === 0) resolve();
      else if (frame.id !== undefined) this.#hear(line, text, frame);
      else if (frame.type.endsWith("error")) reject(new Error(text));
    };
    await promise.finally(() => clearTimeout(timer));
  }

  #hear(line: Line, text: string, { id, type, data }: Logged): void {
    const sessionId = sessionOf(data);
    this.heard.push({ id, sessionId, text });
    // Not when its beginning is read from the log: subscribing again would start it over [T6].
    if (!this.#last.has(sessionId)) follow(line, sessionId, id);
    if (type === "session.ended") this.#last.delete(sessionId);
    else this.#last.set(sessionId, id);
    this.onEvent();
  }
}

function follow(line: Line, sessionId: number, since: number): void {
  line.say({ type: "subscribe", sessionId, since });
}
