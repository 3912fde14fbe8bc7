// An operator with a token, and a subscriber that keeps what it hears: what the load on game nights is made of. Knows the API and
// the live socket as documented, and nothing of the server's inside.

/** Every server that is started here is started with it. */
export const ADMIN_KEY = "7c2b91e04f: the key of the benches";

const CONNECT_TIMEOUT_MS = 10_000;
const PAGE_ROWS = 500;

/** An event as the log has it. */
export interface Logged {
  readonly id: number;
  readonly type: string;
  readonly timestamp: string;
  readonly data: object;
}

export interface SessionView {
  readonly id: number;
}

export class Api {
  private constructor(
    private readonly http: string,
    readonly token: string,
  ) {}

  /** Shows the key to the server on that port. */
  static async login(port: number): Promise<Api> {
    const http = `http://127.0.0.1:${port}`;
    const { token } = JSON.parse(await new Api(http, "").post("/api/auth/login", { key: ADMIN_KEY }));
    return new Api(http, token);
  }

  /** Answers the text of a 2xx. @throws {Error} on any other, and when the server is gone */
  post(path: string, body: object = {}): Promise<string> {
    return this.#call(path, { method: "POST", body: JSON.stringify(body) });
  }

  /** The id of what a call has made. */
  async make(path: string, body: object = {}): Promise<number> {
    return (JSON.parse(await this.post(path, body)) as { id: number }).id;
  }

  async get<T>(path: string): Promise<T> {
    return JSON.parse(await this.#call(path, {})) as T;
  }

  /** What the log has of a session after that event, a page at a time. */
  async *events(sessionId: number, after: number): AsyncGenerator<Logged> {
    for (let last = after; ; ) {
      const path = `/api/sessions/${sessionId}/events?after=${last}&limit=${PAGE_ROWS}`;
      const page = await this.get<Logged[]>(path);
      yield* page;
      if (page.length < PAGE_ROWS) return;
      last = page.at(-1)?.id ?? last;
    }
  }

  /** Every session there is, newest first, a page at a time. */
  async *sessions(): AsyncGenerator<SessionView> {
    for (let before = ""; ; ) {
      const page = await this.get<SessionView[]>(`/api/sessions?limit=${PAGE_ROWS}${before}`);
      yield* page;
      if (page.length < PAGE_ROWS) return;
      before = `&before=${page.at(-1)?.id}`;
    }
  }

  async #call(path: string, init: RequestInit): Promise<string> {
    const answer = await fetch(this.http + path, { ...init, headers: { authorization: `Bearer ${this.token}` } });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
    return text;
  }
}

/** An event as it was heard: its frame, letter by letter. */
export interface Heard {
  readonly id: number;
  readonly sessionId: number;
  readonly text: string;
}

/** The session that an event is about. */
export function sessionOf(data: { readonly sessionId?: number | string; readonly session?: SessionView }): number {
  return Number(data.sessionId ?? data.session?.id);
}

/**
 * Follows every night it hears of, from its beginning; when the server is back, from where it was. Everything stands in `heard` in
 * the order it came.
 */
export class Subscriber {
  readonly heard: Heard[] = [];
  onEvent: (heard: Heard) => void = () => {};
  /** Resolves when the line is gone and everything it carried is in `heard`. */
  closed: Promise<void> = Promise.resolve();
  /** Session → the id of its last event that was heard. */
  readonly #last = new Map<number, number>();

  /** Resolves when it hears all that it follows, this session too. */
  async connect(port: number, token: string, sessionId: number): Promise<void> {
    if (!this.#last.has(sessionId)) this.#last.set(sessionId, 0);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new Error("the live socket said nothing")), CONNECT_TIMEOUT_MS);
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/sessions/live`);
    let awaited = this.#last.size;
    socket.onopen = () => socket.send(JSON.stringify({ type: "auth", token }));
    this.closed = new Promise((gone) => {
      socket.onclose = () => {
        gone();
        reject(new Error("the live socket was closed"));
      };
    });
    socket.onmessage = ({ data }) => {
      const text = String(data);
      const frame = JSON.parse(text);
      if (frame.type === "auth_success") for (const [id, since] of this.#last) this.#follow(socket, id, since);
      else if (frame.type === "subscribed" && --awaited === 0) resolve();
      else if (frame.id !== undefined) this.#hear(socket, text, frame);
      else if (frame.type.endsWith("error")) reject(new Error(text));
    };
    await promise.finally(() => clearTimeout(timer));
  }

  #follow(socket: WebSocket, sessionId: number, since: number): void {
    socket.send(JSON.stringify({ type: "subscribe", sessionId, since }));
  }

  #hear(socket: WebSocket, text: string, { id, type, data }: Logged): void {
    const sessionId = sessionOf(data);
    const heard = { id, sessionId, text };
    this.heard.push(heard);
    // Not when its beginning is read from the log: subscribing again would start it over [T6].
    if (!this.#last.has(sessionId)) this.#follow(socket, sessionId, id);
    if (type === "session.ended") this.#last.delete(sessionId);
    else this.#last.set(sessionId, id);
    this.onEvent(heard);
  }
}
