// An operator with a token. Knows the HTTP API as documented, and nothing of the server's inside.

export class Operator {
  private constructor(
    private readonly http: string,
    readonly token: string,
  ) {}

  /** Shows the key to the server there. */
  static async login(http: string, key: string): Promise<Operator> {
    const { token } = JSON.parse(await new Operator(http, "").post("/api/auth/login", { key }));
    return new Operator(http, token);
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

  async #call(path: string, init: RequestInit): Promise<string> {
    const answer = await fetch(this.http + path, { ...init, headers: { authorization: `Bearer ${this.token}` } });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
    return text;
  }
}
