// Who sent what, and who heard it. Every member numbers what it sends; every receiver must hear the numbers of each sender in
// order, each once. A number that is skipped is excused by one thing alone: that the receiver was told so (`resumed: false`, or
// `Room not found`) after it was sent. Anything else was lost in silence, which must never happen. Knows no sockets.

import { median } from "../stats.ts";

/** What one member has sent: when it was last sent, and how often (more than once: no ack came before its line was lost). */
interface Sender {
  readonly sentAt: number[];
  readonly firstAt: number[];
  readonly times: number[];
  ackedUpTo: number;
}

/** What one member has heard: the last number of each sender, and since when it can be held to what it was told. */
interface Receiver {
  readonly lastOf: Map<string, number>;
  readonly joinedAt: number;
  /** When it was last told that it has not been told all. */
  noticeAt: number;
}

const EXAMPLES_MAX = 5;
const COUNTS = {
  sent: 0,
  /** Messages heard for the first time, one for each receiver. */
  received: 0,
  /** Heard again, because their sender had no ack and sent them again: expected, and told apart by their number. */
  again: 0,
  /** Messages a receiver missed and was told so, one for each; and those whose sender knows that no ack came. */
  lostWithNotice: 0,
  lostInSilence: 0,
  resumedWhole: 0,
  resumedAnew: 0,
  /** Connects that were not let in. */
  refused: 0,
};

/** Everything that is counted, as the tables print it. */
export type Sums = ReturnType<Accountant["sums"]>;

export class Accountant {
  readonly examples: string[] = [];
  readonly #senders = new Map<string, Sender>();
  readonly #receivers = new Map<string, Receiver>();
  readonly #backMs: number[] = [];
  /** Of messages that were heard for the first time and had been sent once, from sending to hearing. */
  readonly #delaysMs: { readonly receiver: string; readonly sentAt: number; readonly ms: number }[] = [];
  readonly #counts = { ...COUNTS };
  /** Lines that were open and closed, by code; and members that stopped for good, by reason. */
  readonly #closes: Record<string, number> = {};
  readonly #over: Record<string, number> = {};

  sent(from: string, n: number, at: number): void {
    const sender = this.#senders.get(from) ?? { sentAt: [], firstAt: [], times: [], ackedUpTo: 0 };
    this.#senders.set(from, sender);
    if (sender.times[n] === undefined) this.#counts.sent++;
    sender.sentAt[n] = at;
    sender.firstAt[n] ??= at;
    sender.times[n] = (sender.times[n] ?? 0) + 1;
  }

  /** When it was sent first, in ms of performance.now(); 0: never. */
  sentAt(from: string, n: number): number {
    return this.#senders.get(from)?.firstAt[n] ?? 0;
  }

  /** The server has taken it: from here on it must reach everyone who is not told otherwise. */
  acked(from: string, n: number): void {
    const sender = this.#senders.get(from);
    if (sender !== undefined) sender.ackedUpTo = Math.max(sender.ackedUpTo, n);
  }

  /** A member is in its room for the first time: what was sent before is not for it. */
  joined(receiver: string, at: number): void {
    this.#receivers.set(receiver, { lastOf: new Map(), joinedAt: at, noticeAt: Number.NEGATIVE_INFINITY });
  }

  /** It is back, after so long; `whole`: it was told that it has missed nothing. */
  back(receiver: string, whole: boolean, at: number, awayMs: number): void {
    this.#counts[whole ? "resumedWhole" : "resumedAnew"]++;
    if (!whole) this.noticed(receiver, at);
    this.#backMs.push(awayMs);
  }

  /** It was told that it does not know everything that was sent until now. */
  noticed(receiver: string, at: number): void {
    const record = this.#receivers.get(receiver);
    if (record !== undefined) record.noticeAt = at;
  }

  heard(receiver: string, from: string, n: number, at = performance.now()): void {
    const record = this.#receivers.get(receiver);
    if (record === undefined) {
      this.#silent(`${receiver} heard ${from} before it had joined`);
      return;
    }
    const last = record.lastOf.get(from) ?? 0;
    if (n > last) {
      this.#judge(receiver, record, from, last + 1, n - 1);
      record.lastOf.set(from, n);
      this.#counts.received++;
      const sender = this.#senders.get(from);
      const sentAt = sender?.times[n] === 1 ? sender.sentAt[n] : undefined;
      if (sentAt !== undefined) this.#delaysMs.push({ receiver, sentAt, ms: at - sentAt });
    } else if ((this.#senders.get(from)?.times[n] ?? 0) > 1) this.#counts.again++;
    else this.#silent(`${receiver} heard ${n} of ${from} after ${last}, though it was sent once`);
  }

  /**
   * At the end, when all that is under way has arrived: whoever has not heard the last that a sender has an ack for has lost it.
   * @param rooms the members of each room
   */
  close(rooms: readonly (readonly string[])[]): void {
    for (const members of rooms) {
      for (const receiver of members) {
        const record = this.#receivers.get(receiver);
        if (record === undefined) continue;
        for (const from of members) {
          const acked = this.#senders.get(from)?.ackedUpTo ?? 0;
          if (from !== receiver) this.#judge(receiver, record, from, (record.lastOf.get(from) ?? 0) + 1, acked);
        }
      }
    }
  }

  /** A sender gives up on messages that it has no ack for, and knows it. */
  gaveUp(messages: number): void {
    this.#counts.lostWithNotice += messages;
  }

  closed(code: number, wasOpen: boolean): void {
    if (!wasOpen) this.#counts.refused++;
    else this.#closes[code] = (this.#closes[code] ?? 0) + 1;
  }

  over(reason: string): void {
    this.#over[reason] = (this.#over[reason] ?? 0) + 1;
  }

  /** Delays of what was sent between two moments and heard by some, in ms, least first. */
  delays(from = 0, to = Number.POSITIVE_INFINITY, by = (_receiver: string) => true): number[] {
    const some = this.#delaysMs.filter(({ receiver, sentAt }) => sentAt >= from && sentAt < to && by(receiver));
    return some.map(({ ms }) => ms).sort((one, other) => one - other);
  }

  sums() {
    const [backP50Ms, backMaxMs] = [median(this.#backMs) || 0, Math.max(0, ...this.#backMs)];
    return { ...this.#counts, closes: this.#closes, over: this.#over, backP50Ms, backMaxMs };
  }

  /** Numbers first to last of a sender never reached the receiver: each was before its time, or told of, or lost in silence. */
  #judge(receiver: string, record: Receiver, from: string, first: number, last: number): void {
    const sender = this.#senders.get(from);
    for (let n = first; n <= last; n++) {
      const at = sender?.sentAt[n] ?? Number.POSITIVE_INFINITY;
      if (at <= record.noticeAt) this.#counts.lostWithNotice++;
      else if (at > record.joinedAt) this.#silent(`${receiver} never heard ${n} of ${from}`);
    }
  }

  #silent(example: string): void {
    this.#counts.lostInSilence++;
    if (this.examples.length < EXAMPLES_MAX) this.examples.push(example);
  }
}
