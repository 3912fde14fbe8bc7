// How much a line may say: a token bucket of messages and one of bytes, filled by the beat's clock. Taking a token is the
// first thing that happens to a frame, before it is parsed, and costs two comparisons.

export interface Rates {
  readonly messagesPerSecond: number;
  readonly bytesPerSecond: number;
}

export class Bucket {
  #messages: number;
  #bytes: number;
  /** When it was last filled, in ms. */
  filledAt: number;

  constructor(rates: Rates, burstSeconds: number, now: number) {
    this.#messages = rates.messagesPerSecond * burstSeconds;
    this.#bytes = rates.bytesPerSecond * burstSeconds;
    this.filledAt = now;
  }

  fill(now: number, rates: Rates, burstSeconds: number): void {
    const seconds = (now - this.filledAt) / 1000;
    if (seconds <= 0) return;
    this.#messages = Math.min(
      rates.messagesPerSecond * burstSeconds,
      this.#messages + seconds * rates.messagesPerSecond,
    );
    this.#bytes = Math.min(rates.bytesPerSecond * burstSeconds, this.#bytes + seconds * rates.bytesPerSecond);
    this.filledAt = now;
  }

  /** Takes one message of that many bytes, if there is room for it. */
  take(bytes: number): boolean {
    if (this.#messages < 1 || this.#bytes < bytes) return false;
    this.#messages -= 1;
    this.#bytes -= bytes;
    return true;
  }

  /** Milliseconds until a message of that many bytes can be taken; at least 1. */
  waitMs(bytes: number, rates: Rates): number {
    const messages = (1 - this.#messages) / rates.messagesPerSecond;
    const volume = (bytes - this.#bytes) / rates.bytesPerSecond;
    return Math.max(1, Math.ceil(Math.max(messages, volume) * 1000));
  }
}
