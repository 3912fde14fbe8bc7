// The listeners of one session. A thousand writes in one turn would hold up every room of the server (measured: 2.9 ms, 200 times a
// second with that many votes), so a large audience listens in parts, and each turn serves one of them: what comes meanwhile goes out in
// the same write. A small one is served at once.
import { FIXED } from "../limits.ts";
import type { Clock } from "../rooms/ports.ts";
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
  /** The part whose turn is next. */
  #next = 0;
  #isServing = false;

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
    else this.#serveInTurn();
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
  }

  #serveInTurn(): void {
    this.#isServing = this.#parts.some(({ owed }) => owed.length > 0);
    if (!this.#isServing) return;
    while (this.#part(this.#next).owed.length === 0) this.#next++;
    this.clock.after(FIXED.channelTurnMs, () => this.#serveInTurn());
    this.#serve(this.#part(this.#next++));
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
