// A crowd that listens to one thing, over Bun's topics: it is served in pieces, one a turn of the loop, so that no room waits for all of it. Knows
// nothing of what is told.
import type { Clock } from "../clock.ts";
import type { SocketLine } from "./line.ts";

interface ChannelBounds {
  readonly shards: number;
  readonly atOnceMax: number;
  readonly roundMs: number;
}

export const CHANNEL_BOUNDS: ChannelBounds = {
  /** Topics that the subscribers are spread over. */
  shards: 16,
  /** Subscribers that are served in one turn; past it, one shard a turn. */
  atOnceMax: 64,
  /** From one round of the shards to the next, in ms: what comes meanwhile shares a write, and 200 votes a second take 40 % less of a core. */
  roundMs: 20,
};

interface Shard {
  readonly topic: string;
  subscribers: number;
  /** Frames that its subscribers have not been told yet, oldest first. */
  pending: string[];
}

/**
 * Those who listen to one thing: a session, or as the audience of a room. A thousand writes in one turn would hold up every room of the server
 * (measured: 2.9 ms, 200 times a second with that many votes), so a crowd is spread over shards, and each turn serves one of them: what is
 * published meanwhile goes out in the same write. A few subscribers are served at once.
 */
export class Channel {
  readonly #shards: readonly Shard[];
  #size = 0;
  #isInRound = false;
  /** When the last round began, in ms: the next one begins `roundMs` after it. */
  #roundBeganAt = 0;

  constructor(
    topic: string,
    private readonly publishTo: (topic: string, text: string, listeners: number) => void,
    private readonly clock: Clock,
    private readonly bounds: ChannelBounds = CHANNEL_BOUNDS,
  ) {
    this.#shards = Array.from({ length: bounds.shards }, (_, at) => {
      return { topic: `${topic}/${at}`, subscribers: 0, pending: [] };
    });
  }

  /** How many listen. */
  get size(): number {
    return this.#size;
  }

  /** Tells every subscriber a frame: in the order of these calls, each once. */
  publish(text: string): void {
    for (const shard of this.#shards) if (shard.subscribers > 0) shard.pending.push(text);
    if (this.#isInRound) return;
    if (this.#size <= this.bounds.atOnceMax) for (const shard of this.#shards) this.#serve(shard);
    else this.#beginRound();
  }

  /** The line hears what is published from now on, and nothing of what was published before. */
  subscribe(line: SocketLine, number: number): void {
    const shard = this.#shard(number);
    this.#serve(shard);
    line.socket.subscribe(shard.topic);
    shard.subscribers++;
    this.#size++;
  }

  /** The line hears what was published before and nothing more, or is gone. */
  unsubscribe(line: SocketLine, number: number): void {
    const shard = this.#shard(number);
    if (line.isOpen) {
      // It may be about to be closed, and then this is the last it is told.
      this.#serve(shard);
      line.socket.unsubscribe(shard.topic);
    }
    shard.subscribers--;
    this.#size--;
    // An empty channel is dropped while its round goes on: frames left here would reach the subscribers of a new channel of this topic, who
    // have read them from the log already.
    if (shard.subscribers === 0) shard.pending = [];
  }

  /** Begins a round `roundMs` after the last one began, so that all that is published in between shares its writes. */
  #beginRound(): void {
    this.#isInRound = this.#shards.some(({ pending }) => pending.length > 0);
    if (!this.#isInRound) return;
    const waitMs = this.#roundBeganAt + this.bounds.roundMs - this.clock.now();
    if (waitMs > 0) this.clock.after(waitMs, () => this.#serveInTurn(0));
    else this.#serveInTurn(0);
  }

  #serveInTurn(at: number): void {
    if (at === 0) this.#roundBeganAt = this.clock.now();
    if (at + 1 < this.#shards.length) this.clock.soon(() => this.#serveInTurn(at + 1));
    else this.clock.soon(() => this.#beginRound());
    this.#serve(this.#shard(at));
  }

  #serve(shard: Shard): void {
    if (shard.pending.length === 0) return;
    const { pending } = shard;
    shard.pending = [];
    for (const text of pending) this.publishTo(shard.topic, text, shard.subscribers);
  }

  #shard(number: number): Shard {
    const shard = this.#shards[number % this.#shards.length];
    if (shard === undefined) throw new Error(`a channel has no shard for line ${number}`);
    return shard;
  }
}
