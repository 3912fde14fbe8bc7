// Who sent what, and who heard it. Every member numbers what it sends; every receiver must hear the numbers of each sender in
// order, each once. A number that is skipped is excused by one thing alone: that the receiver was told so (`resumed: false`, or
// `Room not found`) after it was sent. Anything else was lost in silence, which must never happen. Knows no sockets.

/** What one member has sent: when it was last sent, and how often (more than once: no ack came before its line was lost). */
interface Sender {
  readonly sentAt: number[];
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

/** Everything that is counted, as the tables print it. */
export interface Sums {
  sent: number;
  /** Messages heard for the first time, one for each receiver. */
  received: number;
  /** Heard again, because their sender had no ack and sent them again: expected, and told apart by their number. */
  again: number;
  /** Messages a receiver missed and was told so, one for each; and those whose sender knows that no ack came. */
  lostWithNotice: number;
  lostInSilence: number;
  resumedWhole: number;
  resumedAnew: number;
  /** Lines that were open and closed, by code. */
  closes: Record<string, number>;
  /** Connects that were not let in. */
  refused: number;
  /** Members that stopped for good, by reason. */
  over: Record<string, number>;
  backP50Ms: number;
  backMaxMs: number;
}

const EXAMPLES_MAX = 5;

export class Accountant {
  /** The first few losses in silence, in words. */
  readonly examples: string[] = [];
  readonly #senders = new Map<string, Sender>();
  readonly #receivers = new Map<string, Receiver>();
  readonly #backMs: number[] = [];
  readonly #sums: Sums = {
    ...{ sent: 0, received: 0, again: 0, lostWithNotice: 0, lostInSilence: 0, resumedWhole: 0, resumedAnew: 0 },
    ...{ closes: {}, refused: 0, over: {}, backP50Ms: 0, backMaxMs: 0 },
  };

  /** `swallows`: how many messages to keep from the receivers' record, to see that a loss is found (`--sabotage`). */
  constructor(private swallows = 0) {}

  /** Whether this one is to be lost on purpose. */
  swallow(): boolean {
    if (this.swallows === 0 || this.#sums.received < 100) return false;
    this.swallows--;
    return true;
  }

  /** A member sends its n-th message, for the first time or again. */
  sent(from: string, n: number, at: number): void {
    const sender = this.#senders.get(from) ?? { sentAt: [], times: [], ackedUpTo: 0 };
    this.#senders.set(from, sender);
    if (sender.times[n] === undefined) this.#sums.sent++;
    sender.sentAt[n] = at;
    sender.times[n] = (sender.times[n] ?? 0) + 1;
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
    if (whole) this.#sums.resumedWhole++;
    else {
      this.#sums.resumedAnew++;
      this.noticed(receiver, at);
    }
    this.#backMs.push(awayMs);
  }

  /** It was told that it does not know everything that was sent until now. */
  noticed(receiver: string, at: number): void {
    const record = this.#receivers.get(receiver);
    if (record !== undefined) record.noticeAt = at;
  }

  heard(receiver: string, from: string, n: number): void {
    const record = this.#receivers.get(receiver);
    if (record === undefined) {
      this.#silent(`${receiver} heard ${from} before it had joined`);
      return;
    }
    const last = record.lastOf.get(from) ?? 0;
    if (n > last) {
      this.#judge(receiver, record, from, last + 1, n - 1);
      record.lastOf.set(from, n);
      this.#sums.received++;
    } else if ((this.#senders.get(from)?.times[n] ?? 0) > 1) this.#sums.again++;
    else this.#silent(`${receiver} heard ${n} of ${from} after ${last}, though it was sent once`);
  }

  /**
   * At the end, when all that is under way has arrived: whoever has not heard the last that a sender has an ack for has lost it.
   * `rooms` are the members of each room; `unacked` of each what it has no ack for.
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
    this.#sums.lostWithNotice += messages;
  }

  closed(code: number): void {
    count(this.#sums.closes, `${code}`);
  }

  refusedConnect(): void {
    this.#sums.refused++;
  }

  over(reason: string): void {
    count(this.#sums.over, reason);
  }

  sums(): Sums {
    const backMs = this.#backMs.toSorted((a, b) => a - b);
    return { ...this.#sums, backP50Ms: backMs[(backMs.length - 1) >> 1] ?? 0, backMaxMs: backMs.at(-1) ?? 0 };
  }

  /** Numbers first to last of a sender never reached the receiver: each was before its time, or told of, or lost in silence. */
  #judge(receiver: string, record: Receiver, from: string, first: number, last: number): void {
    const sender = this.#senders.get(from);
    for (let n = first; n <= last; n++) {
      const at = sender?.sentAt[n] ?? Number.POSITIVE_INFINITY;
      if (at <= record.noticeAt) this.#sums.lostWithNotice++;
      else if (at > record.joinedAt) this.#silent(`${receiver} never heard ${n} of ${from}`);
    }
  }

  #silent(example: string): void {
    this.#sums.lostInSilence++;
    if (this.examples.length < EXAMPLES_MAX) this.examples.push(example);
  }
}

function count(counts: Record<string, number>, what: string): void {
  counts[what] = (counts[what] ?? 0) + 1;
}
