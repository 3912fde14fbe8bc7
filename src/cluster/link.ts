// One side of a link: what is said is numbered and kept until the other side has acknowledged it, and what comes is taken in its turn, once.
// It knows no frame's meaning, nor whose packets are whose: links.ts hands it only those of its other side.
import type { Clock } from "../clock.ts";
import { LINK } from "./linkBounds.ts";
import { type Packet, readFrames, wellFormed } from "./packet.ts";
import type { Broken, Frame } from "./ports.ts";
import { Unacknowledged } from "./unacknowledged.ts";

/** What is counted over all links of a node since its start, for metrics. */
export interface LinkCounts {
  /** Packets with frames: taken, and said for the first time. */
  packetsIn: number;
  packetsOut: number;
  /** Said again because nobody had acknowledged them. */
  packetsAgain: number;
  /** Come once more, and dropped. */
  packetsTwice: number;
}

/** What a link needs. */
export interface Wire {
  readonly clock: Clock;
  readonly counts: LinkCounts;
  /** Whether the engine would carry a packet now. */
  isUp(): boolean;
  /** @param seq 0: the packet has no frames and is not kept */
  put(link: Link, seq: number, ack: number, body: string): void;
  heard(link: Link, frame: Frame): void;
  filled(link: Link, isFull: boolean): void;
  /** The link can do no more, and has to be broken. */
  failed(link: Link, why: Broken): void;
}

export class Link {
  /** The other side's number; 0: it has not been heard yet. */
  peerEnd = 0;
  /** What its packets begin with. */
  head = "";
  /** More than LINK.fullBytes are unacknowledged, with what is said in this turn, and since then never less than LINK.roomBytes. */
  isFull = false;
  /** Whether that was told, as it is at the end of the turn. */
  #isToldFull = false;
  isBroken = false;
  /** What was said in this turn and has no number yet. */
  #body = "";
  #isToFlush = false;
  readonly #kept = new Unacknowledged();
  #said = 0;
  /** The last packet that was put on the wire. */
  #put = 0;
  #taken = 0;
  /** Come in turn while nothing may be taken. */
  #waiting: { readonly text: string; readonly bodyAt: number }[] = [];
  #isHeld = false;
  /** Since when something taken is not acknowledged; null: all is. */
  #owedSince: number | null = null;
  #isAckTimed = false;
  #putAt: number;
  /** Since when the wait for an acknowledgement runs: it begins again with each one, and when all is said again. */
  #askedAt = 0;
  /** The same, but for what is said again. */
  #silentSince = 0;
  #againMs: number = LINK.againMs;
  #cancelAgain: (() => void) | null = null;

  /** @param end its own number, which no other link of this process has */
  constructor(
    readonly node: string,
    readonly end: number,
    private readonly wire: Wire,
  ) {
    this.#putAt = wire.clock.now();
  }

  /** What is not acknowledged, without what is said in this turn. */
  get bytes(): number {
    return this.#kept.bytes;
  }

  /** When the oldest packet that is not acknowledged was said, in ms of the clock; null: all is acknowledged. */
  get oldestAt(): number | null {
    return this.#kept.oldest?.at ?? null;
  }

  /** More than LINK.jammedBytes, and the other side has acknowledged something not long ago. */
  get isJammed(): boolean {
    if (!this.isFull || this.bytes + this.#body.length <= LINK.jammedBytes) return false;
    return this.wire.clock.now() - this.#silentSince < LINK.jammedMs;
  }

  /** @returns whether it is the first of this turn: then flush() has to be called at the turn's end */
  say(text: string): boolean {
    const isFirst = !this.#isToFlush;
    this.#isToFlush = true;
    if (this.#body !== "" && this.#body.length + text.length > LINK.packetChars) this.#seal();
    this.#body += text;
    // Told only when the turn is over, but a turn may say as much as would break the link.
    if (this.bytes + this.#body.length > LINK.fullBytes) this.isFull = true;
    return isFirst;
  }

  /** The turn has ended: what was said in it goes out, with what is owed to the other side. */
  flush(): void {
    this.#isToFlush = false;
    if (this.isBroken) return;
    if (this.#body !== "") this.#seal();
    if (this.bytes > LINK.brokenBytes) {
      this.wire.failed(this, "full");
      return;
    }
    if (this.wire.isUp()) this.#putFrom(this.#put + 1);
    this.#timeAgain();
    if (this.bytes > LINK.fullBytes) this.isFull = true;
    if (!this.isFull || this.#isToldFull) return;
    this.#isToldFull = true;
    this.wire.filled(this, true);
  }

  /** A packet of the other side, whatever became of those before it. */
  received(packet: Packet, text: string): void {
    this.#acknowledged(packet.ack);
    if (packet.seq === 0 || this.isBroken) return;
    const next = this.#taken + this.#waiting.length + 1;
    if (packet.seq < next) {
      this.wire.counts.packetsTwice += 1;
      // Its acknowledgement may be what was lost; while it waits there is none to give.
      if (packet.seq <= this.#taken) this.#owe();
    } else if (packet.seq === next) {
      if (this.#isHeld) this.#waiting.push({ text, bodyAt: packet.bodyAt });
      else this.#take(text, packet.bodyAt);
    }
  }

  /** Takes nothing from now on, and acknowledges nothing: what comes waits here or is said again. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Takes what has waited, and then what comes. */
  release(): void {
    this.#isHeld = false;
    while (!this.#isHeld && !this.isBroken) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#take(next.text, next.bodyAt);
    }
  }

  /** The engine is back, and what was on its way is lost: all that is not acknowledged is said again, and if it is nothing, that we are here. */
  engineBack(): void {
    this.#again(LINK.againMs);
    if (this.#kept.oldest === null) this.#putAlone();
  }

  /** Asks whether the other side still knows the link, if nothing has been said for a while. */
  beat(): void {
    if (this.wire.clock.now() - this.#putAt >= LINK.quietMs) this.#putAlone();
  }

  /** Ends it: it says and takes nothing any more. */
  stop(): void {
    this.isBroken = true;
    this.#cancelAgain?.();
    this.#cancelAgain = null;
  }

  /** Gives what was said a number. */
  #seal(): void {
    const body = wellFormed(this.#body);
    const now = this.wire.clock.now();
    if (this.#kept.oldest === null) {
      this.#askedAt = now;
      this.#silentSince = now;
    }
    this.#body = "";
    this.#kept.push(++this.#said, body, now);
  }

  /** Puts all that is kept on the wire, from that number on. */
  #putFrom(seq: number): void {
    const { counts } = this.wire;
    for (const kept of this.#kept.from(seq)) {
      if (kept.seq > this.#put) {
        this.#put = kept.seq;
        counts.packetsOut += 1;
      } else counts.packetsAgain += 1;
      this.#wrote();
      this.wire.put(this, kept.seq, this.#taken, kept.body);
    }
  }

  #putAlone(): void {
    if (this.isBroken || !this.wire.isUp()) return;
    this.#wrote();
    this.wire.put(this, 0, this.#taken, "");
  }

  /** Something goes out, and with it the last number taken. */
  #wrote(): void {
    this.#owedSince = null;
    this.#putAt = this.wire.clock.now();
  }

  #take(text: string, bodyAt: number): void {
    const frames = readFrames(text, bodyAt);
    // Its head was ours, so it is not noise: who says this means something by it that is lost here.
    if (frames === null) {
      this.wire.failed(this, "version");
      return;
    }
    // Taken before it is carried out: whatever comes of that, it is not carried out twice.
    this.#taken += 1;
    this.wire.counts.packetsIn += 1;
    this.#owe();
    for (const frame of frames) {
      if (this.isBroken) return;
      this.wire.heard(this, frame);
    }
  }

  #owe(): void {
    this.#owedSince ??= this.wire.clock.now();
    if (!this.#isAckTimed) this.#timeAck(LINK.ackMs);
  }

  /** One timer at a time, and none is cancelled: a busy link acknowledges with what it says, and would make and cancel one for each packet. */
  readonly #ackDue = (): void => {
    this.#isAckTimed = false;
    if (this.#owedSince === null || this.isBroken) return;
    const restMs = this.#owedSince + LINK.ackMs - this.wire.clock.now();
    if (restMs > 0) this.#timeAck(restMs);
    else this.#putAlone();
  };

  #timeAck(ms: number): void {
    this.#isAckTimed = true;
    this.wire.clock.after(ms, this.#ackDue);
  }

  #acknowledged(ack: number): void {
    const { oldest } = this.#kept;
    if (oldest === null || ack < oldest.seq || ack > this.#put) return;
    this.#kept.drop(ack);
    this.#silentSince = this.wire.clock.now();
    this.#ask(LINK.againMs);
    if (!this.#isToldFull || this.bytes >= LINK.roomBytes) return;
    this.isFull = this.#isToldFull = false;
    this.wire.filled(this, false);
  }

  #timeAgain(): void {
    if (this.#cancelAgain !== null || this.isBroken || this.#kept.oldest === null) return;
    const restMs = Math.max(1, this.#askedAt + this.#againMs - this.wire.clock.now());
    this.#cancelAgain = this.wire.clock.after(restMs, this.#againDue);
  }

  /** Not cancelled by an acknowledgement either, unless it is for later than it has to be: it looks when it falls due. */
  readonly #againDue = (): void => {
    this.#cancelAgain = null;
    if (this.isBroken || this.#kept.oldest === null) return;
    const now = this.wire.clock.now();
    const isDue = now - this.#askedAt >= this.#againMs;
    if (now - this.#silentSince >= LINK.silentMs) this.wire.failed(this, "silent");
    else if (isDue) this.#again(Math.min(2 * this.#againMs, LINK.againMsMax));
    this.#timeAgain();
  };

  /** Waits for an acknowledgement from now on. @param waitMs until all is said again */
  #ask(waitMs: number): void {
    const isSooner = waitMs < this.#againMs;
    this.#againMs = waitMs;
    this.#askedAt = this.wire.clock.now();
    if (!isSooner) return;
    this.#cancelAgain?.();
    this.#cancelAgain = null;
    this.#timeAgain();
  }

  /** @param waitMs until it would be said once more */
  #again(waitMs: number): void {
    this.#ask(waitMs);
    if (this.wire.isUp() && !this.isBroken) this.#putFrom(0);
  }
}
