// The listeners of one session. A thousand writes in one turn would hold up every room of the server (measured: 2.9 ms, 200 times a
// second with that many votes), so a large audience listens in parts, and each turn serves one of them: what comes meanwhile goes out in
// the same write. A small one is served at once.

import type { Clock } from "../clock.ts";
import { FIXED } from "../limits/table.ts";
import type { SocketLine } from "./line.ts";
import type { SocketOutlet } from "./outlet.ts";

interface Part {
  readonly topic: string;
  listeners: number;
  /** What its listeners have not been told yet, oldest first. */
  owed: string[];
}

export class Channel {
  readonly #parts: readonly Part[];
  #size = 0;
  #isServing = false;
  /** When the first part was served last, in ms: the next round begins a while after it. */
  #roundBegan = 0;

  constructor(
    topic: string,
    private readonly outlet: SocketOutlet,
    private readonly clock: Clock,
  ) {
    this.#parts = Array.from({ length: FIXED.channelParts }, (_, at) => {
      return { topic: `${topic}/${at}`, listeners: 0, owed: [] };
    });
  }

  /** How many listen. */
  get size(): number {
    return this.#size;
  }

  /** Tells everyone a frame: in the order of these calls, each once. */
  tell(text: string): void {
    for (const part of this.#parts) if (part.listeners > 0) part.owed.push(text);
    if (this.#isServing) return;
    if (this.#size <= FIXED.channelAtOnceMax) for (const part of this.#parts) this.#serve(part);
    else this.#beginRound();
  }

  /** The line hears what is told from now on, and nothing of what was told before. */
  enter(line: SocketLine, at: number): void {
    const part = this.#part(at);
    this.#serve(part);
    line.socket.subscribe(part.topic);
    part.listeners++;
    this.#size++;
  }

  /** The line hears nothing more, or is gone. */
  quit(line: SocketLine, at: number): void {
    const part = this.#part(at);
    if (line.isOpen) line.socket.unsubscribe(part.topic);
    part.listeners--;
    this.#size--;
    // A channel that is empty is let go, but its round goes on: it would tell this to whoever listens to a new one of the same topic,
    // and has it from the log already.
    if (part.listeners === 0) part.owed = [];
  }

  /** At once after a pause, else a while after the round before: what comes until then shares its writes. */
  #beginRound(): void {
    this.#isServing = this.#parts.some(({ owed }) => owed.length > 0);
    if (!this.#isServing) return;
    const holdMsMin = this.#roundBegan + FIXED.channelRoundMs - this.clock.now();
    if (holdMsMin > 0) this.clock.after(holdMsMin, () => this.#serveInTurn(0));
    else this.#serveInTurn(0);
  }

  #serveInTurn(at: number): void {
    if (at === 0) this.#roundBegan = this.clock.now();
    if (at + 1 < this.#parts.length) this.clock.soon(() => this.#serveInTurn(at + 1));
    else this.clock.soon(() => this.#beginRound());
    this.#serve(this.#part(at));
  }

  #serve(part: Part): void {
    if (part.owed.length === 0) return;
    const { owed } = part;
    part.owed = [];
    for (const text of owed) this.outlet.publishTo(part.topic, text, part.listeners);
  }

  #part(at: number): Part {
    const part = this.#parts[at % this.#parts.length];
    if (part === undefined) throw new Error(`a channel has no part ${at}`);
    return part;
  }
}
