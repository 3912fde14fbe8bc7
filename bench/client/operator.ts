// An operator with a token. Knows the HTTP API and the live socket as documented, and nothing of the server's inside.

import { Line } from "./line.ts";

export class Operator {
  private constructor(
    private readonly http: string,
    readonly token: string,
  ) {}

  static async login(http: string, key: string): Promise<Operator> {
    const { token } = JSON.parse(await new Operator(http, "").post("/api/auth/login", { key }));
    return new Operator(http, token);
  }

  /** Answers the text of a 2xx. @throws {Error} on any other, and when the server is gone */
  post(path: string, body: object = {}): Promise<string> {
    return this.#call(path, { method: "POST", body: JSON.stringify(body) });
  }

  async make(path: string, body: object = {}): Promise<number> {
    return (JSON.parse(await this.post(path, body)) as { id: number }).id;
  }

  async get<T>(path: string): Promise<T> {
    return JSON.parse(await this.#call(path, {})) as T;
  }

  /**
   * Follows sessions, each since the event with that id; resolves when it follows all of them.
   * @param hear gets every event as it was told, letter by letter
   */
  async subscribe(since: ReadonlyMap<number, number | undefined>, hear: (text: string, line: Line) => void) {
    const line = await Line.open(`${this.http.replace("http", "ws")}/api/sessions/live`, "a subscriber");
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let awaited = since.size;
    line.onFault = (reason) => reject(new Error(reason));
    line.onText = (text) => {
      const isEvent = /"id":\d+}$/.test(text);
      if (isEvent) hear(text, line);
      else if (text.startsWith('{"type":"auth_success"')) {
        for (const [sessionId, from] of since) line.say({ type: "subscribe", sessionId, since: from });
      } else if (text.startsWith('{"type":"subscribed"')) {
        if (--awaited === 0) resolve();
      } else reject(new Error(text));
    };
    line.say({ type: "auth", token: this.token });
    await promise;
    return line;
  }

  async #call(path: string, init: RequestInit): Promise<string> {
    const answer = await fetch(this.http + path, { ...init, headers: { authorization: `Bearer ${this.token}` } });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
    return text;
  }
}
