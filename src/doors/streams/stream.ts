// One answer that goes on: it is asked for the next piece when the last is on its way, so that nothing is kept here for who reads slowly. Knows
// no session; where its pieces come from is its source's business.

export type Piece = Uint8Array | null | "end" | "gone";

/** Where the pieces of a stream come from. */
export interface Source {
  /** Whether `next` has an answer at hand: else it reads the log, in a turn of its own. */
  readonly isAtHand: boolean;
  /** What comes next; null: nothing yet; `end`: nothing any more; `gone`: there is more, and it cannot be had. */
  next(): Piece;
}

interface StreamDeps {
  readonly source: Source;
  /** What is said first. */
  readonly greeting: Uint8Array | null;
  /** Said where there has been nothing for a while; null: nothing is. */
  readonly heartbeat: Uint8Array | null;
  /** When its token ends, in ms since 1970. */
  readonly expiresAtMs: number;
  /** Has its next page read in a turn of its own. */
  readonly inTurn: (work: () => void) => void;
  readonly now: () => number;
  /** It has ended, whoever ended it; called once. */
  readonly onEnd: (stream: Stream) => void;
  /** Hears what its source threw, which is a bug. */
  readonly onFault: (error: unknown) => void;
}

export class Stream {
  readonly body: ReadableStream<Uint8Array>;
  /** When it was last handed something, in ms. */
  toldAt: number;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  /** Whether all it was handed is on its way. */
  #isHungry = false;
  #hasEnded = false;
  readonly #readPage = () => this.#feed();

  constructor(private readonly deps: StreamDeps) {
    this.toldAt = deps.now();
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
          if (deps.greeting !== null) controller.enqueue(deps.greeting);
        },
        pull: () => {
          this.#isHungry = true;
          this.offer();
        },
        cancel: () => this.#ended(),
      },
      { highWaterMark: 0 },
    );
  }

  get isHungry(): boolean {
    return this.#isHungry;
  }

  get expiresAtMs(): number {
    return this.deps.expiresAtMs;
  }

  /** There may be something for it. */
  offer(): void {
    if (!this.#isHungry || this.#hasEnded) return;
    if (this.deps.source.isAtHand) this.#feed();
    else this.deps.inTurn(this.#readPage);
  }

  /** Says that it is alive, if nothing was told for so long; false: it takes nothing, for longer than is waited. */
  beat(now: number, everyMs: number, patienceMs: number): boolean {
    if (!this.#isHungry) return now - this.toldAt < patienceMs;
    const { heartbeat } = this.deps;
    if (heartbeat !== null && now - this.toldAt >= everyMs) this.#hand(heartbeat);
    return true;
  }

  /** Ends it as one that is whole. @param last what is said last */
  close(last: Uint8Array | null = null): void {
    if (this.#hasEnded) return;
    if (last !== null) this.#controller?.enqueue(last);
    this.#controller?.close();
    this.#ended();
  }

  /** Breaks it off, so that nobody takes a part for the whole. */
  cut(reason: string): void {
    if (this.#hasEnded) return;
    this.#controller?.error(new Error(reason));
    this.#ended();
  }

  #feed(): void {
    if (!this.#isHungry || this.#hasEnded) return;
    let piece: Piece = "gone";
    try {
      piece = this.deps.source.next();
    } catch (error) {
      this.deps.onFault(error);
    }
    if (piece === "gone") this.cut("it cannot be read");
    else if (piece === "end") this.close();
    else if (piece !== null) this.#hand(piece);
    // A page in which nothing was for it: there is a next one.
    else if (!this.deps.source.isAtHand) this.offer();
  }

  #hand(piece: Uint8Array): void {
    this.#isHungry = false;
    this.toldAt = this.deps.now();
    this.#controller?.enqueue(piece);
  }

  #ended(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#controller = null;
    this.deps.onEnd(this);
  }
}
