// What a line may say now: the rates of members, or the wider ones of hosts, and the line's own bucket. Knows nothing of what happens
// to a frame that comes too fast.

import type { Rates } from "../limits/bucket.ts";
import { FIXED, type Limits } from "../limits/table.ts";
import type { Relay } from "../relay.ts";
import type { SocketLine } from "./line.ts";

export class LineRates {
  /** What a line may say until it is host of a room. */
  readonly memberRates: Rates;
  readonly #hostRates: Rates;

  constructor(
    limits: Limits,
    private readonly relay: Relay,
  ) {
    const { messagesPerSecond, hostMessagesPerSecond, bytesPerSecond } = limits;
    this.memberRates = { messagesPerSecond, bytesPerSecond };
    const hostBytes = bytesPerSecond * FIXED.hostBytesFactor;
    this.#hostRates = { messagesPerSecond: hostMessagesPerSecond, bytesPerSecond: hostBytes };
  }

  /** Takes a message of that many bytes, if there is room for it. */
  take(line: SocketLine, bytes: number, now: number): boolean {
    if (line.filledAt !== now) line.fill(now, this.#ratesOf(line), FIXED.burstSeconds);
    return line.take(bytes);
  }

  /** Milliseconds until a message of that many bytes can be taken. */
  waitMs(line: SocketLine, bytes: number): number {
    return line.waitMs(bytes, this.#ratesOf(line));
  }

  /** How many messages of a line that has closed still count. */
  burst(line: SocketLine): number {
    return this.#ratesOf(line).messagesPerSecond * FIXED.burstSeconds;
  }

  #ratesOf(line: SocketLine): Rates {
    return this.relay.isHost(line) ? this.#hostRates : this.memberRates;
  }
}
