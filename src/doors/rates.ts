// What a line may say now: a bucket of messages and one of bytes, at the rates of members or the wider ones of hosts. Taking from them
// is the first thing that happens to a frame, before it is parsed. Knows nothing of what becomes of a frame that comes too fast.

import { type Rate, refilled, waitMs } from "../limits/bucket.ts";
import { BURST_SECONDS, type Limits } from "../limits/table.ts";
import type { Relay } from "../relay.ts";
import type { SocketLine } from "./line.ts";

/** A host speaks for everyone, so its bytes are four times a member's. */
const HOST_BYTES_FACTOR = 4;
/** A message counts as one at its address, and as one more for each so many bytes: that is what it takes to read them [L41]. */
const MESSAGE_BYTES = 4096;
/** The host's part of what a room may hand out while something is owed; the other half is for all others alike [L38]. */
const HOST_PART = 1 / 2;

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
    const weight = weightOf(bytes);
    if (!addressTakes(line, weight, now) || !this.roomTakes(line, bytes, now)) return false;
    line.shared.speakers.budget.left -= weight;
    line.messagesLeft -= 1;
    line.bytesLeft -= bytes;
    return true;
  }

  /** The line has been answered with so many bytes: they are taken from what it may say, ahead of time where they are not there [L21]. */
  charge(line: SocketLine, bytes: number): void {
    line.bytesLeft -= bytes;
    line.shared.speakers.budget.left -= weightOf(bytes);
  }

  /** A frame has been taken that there was no room for: what comes next waits for it as well. */
  owe(line: SocketLine, bytes: number): void {
    line.shared.speakers.budget.left -= weightOf(bytes);
    line.messagesLeft -= 1;
    line.bytesLeft -= bytes;
  }

  /** Whether more was taken than there was room for. */
  isOwing(line: SocketLine, now: number): boolean {
    this.#fill(line, now);
    return line.messagesLeft < 0 || line.bytesLeft < 0;
  }

  /** Milliseconds until neither what is handed out in the line's room nor what is said at its address stands in the way; 0: now [L26][L41]. */
  sharedWaitMs(line: SocketLine, bytes: number, now: number): number {
    return Math.max(addressWaitMs(line, weightOf(bytes), now), this.#roomWaitMs(line, bytes, now));
  }

  /** Whether it is what is said at the line's address that stands in the way of so many bytes [L41]. */
  isAddressInTheWay(line: SocketLine, bytes: number, now: number): boolean {
    return addressWaitMs(line, weightOf(bytes), now) > 0;
  }

  #roomWaitMs(line: SocketLine, bytes: number, now: number): number {
    const { seat } = line;
    if (seat === null || seat.index < 0) return 0;
    const { outgoing, here } = seat.room;
    const ms = outgoing.waitMs(now);
    return ms === 0 ? 0 : Math.min(ms, outgoing.shareWaitMs(seat, this.#partOf(line), bytes * here, now));
  }

  /** Milliseconds until a message of that many bytes can be taken, as far as it is the line's own to wait; 0: now. */
  waitMs(line: SocketLine, bytes: number): number {
    const rates = this.#ratesOf(line);
    return Math.max(waitMs(line.messagesLeft, 1, rates.messages), waitMs(line.bytesLeft, bytes, rates.bytes));
  }

  /** How many messages of a line that has closed still count. */
  burst(line: SocketLine): number {
    return this.#ratesOf(line).messages.burst;
  }

  /** Whether the line's room, or the line's own share of it, lets so many bytes be handed out to all who are here. */
  roomTakes(line: SocketLine, bytes: number, now: number): boolean {
    const { seat } = line;
    // Who watches has nothing handed out but counts, four times a second at most [C15], and texts that are told by and by [C16].
    if (seat === null || seat.index < 0) return true;
    const { outgoing, here } = seat.room;
    if (outgoing.left >= outgoing.askAt && outgoing.filledAt === now && !outgoing.isAroundOwing) return true;
    return outgoing.waitMs(now) === 0 || outgoing.takeShare(seat, this.#partOf(line), bytes * here, now);
  }

  #partOf(line: SocketLine): number {
    if (this.relay.isHost(line)) return HOST_PART;
    return HOST_PART / Math.max(1, line.seat?.room.here ?? 1);
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
    const isHost = line.far === null ? this.relay.isHost(line) : line.far.isHost;
    return isHost ? this.#ofHosts : this.#ofMembers;
  }
}

/** Whether what is said at the line's address, or the line's own share of it, lets a message of that weight be read. Nothing is taken yet. */
function addressTakes(line: SocketLine, weight: number, now: number): boolean {
  const { budget, lines } = line.shared.speakers;
  if (budget.left >= budget.askAt && budget.filledAt === now && !budget.isAroundOwing) return true;
  return budget.waitMs(now) === 0 || budget.takeShare(line, 1 / lines, weight, now);
}

function addressWaitMs(line: SocketLine, weight: number, now: number): number {
  const { budget, lines } = line.shared.speakers;
  const ms = budget.waitMs(now);
  return ms === 0 ? 0 : Math.min(ms, budget.shareWaitMs(line, 1 / lines, weight, now));
}

/** What a message of so many bytes counts as at its address. */
export function weightOf(bytes: number): number {
  return 1 + bytes / MESSAGE_BYTES;
}

function rate(perSecond: number): Rate {
  return { perSecond, burst: perSecond * BURST_SECONDS };
}
