// What a line may say now: a bucket of messages and one of bytes, at the rates of members or the wider ones of hosts. Taking from them
// is the first thing that happens to a frame, before it is parsed. Knows nothing of what becomes of a frame that comes too fast.

import { type Rate, refilled, waitMs } from "../limits/bucket.ts";
import { BURST_SECONDS, type Limits } from "../limits/table.ts";
import type { Relay } from "../relay.ts";
import type { SocketLine } from "./line.ts";

/** A host speaks for everyone, so its bytes are four times a member's. */
const HOST_BYTES_FACTOR = 4;

interface Rates {
  readonly messages: Rate;
  readonly bytes: Rate;
}

export class LineRates {
  readonly #ofMembers: Rates;
  readonly #ofHosts: Rates;

  constructor(
    limits: Pick<Limits, "messagesPerSecond" | "hostMessagesPerSecond" | "bytesPerSecond">,
    private readonly relay: Pick<Relay, "isHost">,
  ) {
    const { messagesPerSecond, hostMessagesPerSecond, bytesPerSecond } = limits;
    this.#ofMembers = { messages: rate(messagesPerSecond), bytes: rate(bytesPerSecond) };
    this.#ofHosts = { messages: rate(hostMessagesPerSecond), bytes: rate(bytesPerSecond * HOST_BYTES_FACTOR) };
  }

  /** Takes a message of that many bytes, if there is room for it. */
  take(line: SocketLine, bytes: number, now: number): boolean {
    // `now` is the beat's, so a frame that follows another within a beat has nothing to fill.
    if (line.filledAt !== now) this.#fill(line, now);
    if (line.messagesLeft < 1 || line.bytesLeft < bytes) return false;
    line.messagesLeft -= 1;
    line.bytesLeft -= bytes;
    return true;
  }

  /** Milliseconds until a message of that many bytes can be taken; at least 1. */
  waitMs(line: SocketLine, bytes: number): number {
    const rates = this.#ratesOf(line);
    return Math.max(1, waitMs(line.messagesLeft, 1, rates.messages), waitMs(line.bytesLeft, bytes, rates.bytes));
  }

  /** How many messages of a line that has closed still count. */
  burst(line: SocketLine): number {
    return this.#ratesOf(line).messages.burst;
  }

  #fill(line: SocketLine, now: number): void {
    const { messages, bytes } = this.#ratesOf(line);
    const elapsedMs = now - line.filledAt;
    if (elapsedMs <= 0) return;
    line.messagesLeft = refilled(line.messagesLeft, elapsedMs, messages);
    line.bytesLeft = refilled(line.bytesLeft, elapsedMs, bytes);
    line.filledAt = now;
  }

  #ratesOf(line: SocketLine): Rates {
    return this.relay.isHost(line) ? this.#ofHosts : this.#ofMembers;
  }
}

function rate(perSecond: number): Rate {
  return { perSecond, burst: perSecond * BURST_SECONDS };
}
