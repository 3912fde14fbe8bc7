// The engine as a node dials it: a pair of connections, one that speaks and one that listens, and a fresh pair whenever either of them
// closes or falls silent. What travels on it, it does not know.

import type { Clock } from "../clock.ts";
import { Pair } from "./pair.ts";
import { type Answer, type Engine, EngineAway } from "./ports.ts";

/** Until a fresh pair is tried, for as long as the engine is away. */
const AGAIN_MS = 100;
/** A pair that is not ready by then is given up. */
const READY_MS = 2_000;

/** Who is told how the engine is, and what came on the channels. */
export interface EngineEvents {
  /** Every channel is subscribed to and every script is loaded. */
  up(): void;
  /** Once each time it goes away, and once where it is not there at the start. */
  down(reason: string): void;
  heard(channel: string, text: string): void;
  /** What one of the others threw: a bug. */
  fault(error: unknown): void;
}

export interface EngineOptions {
  /** `redis://` or `rediss://`. */
  readonly url: string;
  /** A channel that nobody else has: what the node says there it has to hear. */
  readonly echoChannel: string;
  /** Loaded before the engine counts as up: one that had to be sent again later could be overtaken by another. */
  readonly scripts: readonly string[];
  readonly events: EngineEvents;
  readonly clock: Clock;
}

/** Redis, or what speaks like it. */
export class RedisEngine implements Engine {
  readonly #channels = new Set<string>();
  #pair: Pair | null = null;
  #isUp = false;
  #isToldDown = false;
  #isClosed = false;
  #cancel: (() => void) | null = null;

  constructor(private readonly options: EngineOptions) {}

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Dials from now on, for ever. */
  start(): void {
    void this.#open();
  }

  /** Ends both connections; nobody is told, and what was asked is answered with EngineAway. */
  close(): void {
    this.#isClosed = true;
    this.#isUp = false;
    this.#cancel?.();
    this.#pair?.close();
    this.#pair = null;
  }

  /** Hears these channels too, now and on each pair that comes after. */
  subscribe(channels: readonly string[]): void {
    for (const channel of channels) this.#channels.add(channel);
    const pair = this.#pair;
    if (this.#isUp && pair !== null) pair.listen(channels).catch((error) => this.#lost(pair, reasonOf(error)));
  }

  async run(script: string, args: readonly string[]): Promise<Answer> {
    const pair = this.#pair;
    if (!this.#isUp || pair === null) throw new EngineAway("the engine is away");
    try {
      return await pair.run(script, args);
    } catch (error) {
      // A primary that has become a replica, or reads its file, answers and is none: the next pair may find another.
      if (error instanceof EngineAway) this.#lost(pair, error.message);
      throw error;
    }
  }

  publish(channel: string, text: string): void {
    if (this.#isUp) this.#pair?.publish(channel, text);
  }

  async #open(): Promise<void> {
    const { url, echoChannel, scripts, clock } = this.options;
    let pair: Pair;
    try {
      pair = new Pair(url, echoChannel, clock, {
        heard: (channel, text) => this.#guard(() => this.options.events.heard(channel, text)),
        lost: (reason) => this.#lost(pair, reason),
      });
    } catch (error) {
      this.#later(reasonOf(error));
      return;
    }
    this.#pair = pair;
    const giveUp = clock.after(READY_MS, () => this.#lost(pair, "it does not answer"));
    try {
      await pair.ready([...this.#channels], scripts);
    } catch (error) {
      this.#lost(pair, reasonOf(error));
    } finally {
      giveUp();
    }
    if (this.#pair !== pair) return;
    this.#isUp = true;
    this.#isToldDown = false;
    pair.watch();
    this.#guard(() => this.options.events.up());
  }

  /** Leaves a pair, whatever is wrong with it. */
  #lost(pair: Pair, reason: string): void {
    if (this.#pair !== pair) return;
    this.#pair = null;
    this.#isUp = false;
    pair.close();
    this.#later(reason);
  }

  #later(reason: string): void {
    if (this.#isClosed) return;
    this.#cancel = this.options.clock.after(AGAIN_MS, () => void this.#open());
    if (this.#isToldDown) return;
    this.#isToldDown = true;
    this.#guard(() => this.options.events.down(reason));
  }

  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.options.events.fault(error);
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
