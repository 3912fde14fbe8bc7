// A reader of server-sent events that owns a queue: what came, piece by piece, as the text that it was and as what it says.

export interface Piece {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
  readonly retry?: string;
  /** A comment, such as a heartbeat. */
  readonly comment?: string;
}

export class Sse implements AsyncDisposable {
  #text = "";
  readonly #reader: { read(): Promise<{ value?: Uint8Array | undefined; done: boolean }> };
  readonly #utf8 = new TextDecoder();

  private constructor(
    readonly answer: Response,
    private readonly ending: AbortController,
  ) {
    if (answer.body === null) throw new Error("an answer without a body");
    this.#reader = answer.body.getReader();
  }

  /** @throws {Error} where the answer is no stream */
  static async open(url: string, headers: Record<string, string>): Promise<Sse> {
    const ending = new AbortController();
    const answer = await fetch(url, { headers, signal: ending.signal });
    if (answer.headers.get("content-type") !== "text/event-stream") throw new Error(await answer.text());
    return new Sse(answer, ending);
  }

  /** The next piece; null: the stream has ended. @throws {Error} where it broke off */
  async next(): Promise<Piece | null> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end !== -1) {
        const piece = read(this.#text.slice(0, end));
        this.#text = this.#text.slice(end + 2);
        return piece;
      }
      const { value, done } = await this.#reader.read();
      if (done) return null;
      this.#text += this.#utf8.decode(value, { stream: true });
    }
  }

  /** The next so many events; what stands between them is passed over. */
  async events(count: number): Promise<Record<string, unknown>[]> {
    const found: Record<string, unknown>[] = [];
    while (found.length < count) {
      const piece = await this.next();
      if (piece === null) throw new Error(`it ended after ${found.length} of ${count} events`);
      if (piece.data !== undefined) found.push(JSON.parse(piece.data));
    }
    return found;
  }

  /** Goes away, as a client does whose page is closed. */
  leave(): void {
    this.ending.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.leave();
  }
}

function read(text: string): Piece {
  const fields = text.split("\n").map((line) => {
    const [, name = "", value = ""] = /^([^:]*): ?(.*)$/s.exec(line) ?? [];
    return [name === "" ? "comment" : name, value];
  });
  return Object.fromEntries(fields);
}
