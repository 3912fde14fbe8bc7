// What a link has said and the other side has not acknowledged: in order, and its size.

/** A packet's frames, until they are acknowledged. */
export interface Kept {
  readonly seq: number;
  readonly body: string;
  readonly bytes: number;
  /** When it was said first, in ms of the clock. */
  readonly at: number;
}

export class Unacknowledged {
  /** Of all that is kept, in UTF-8. */
  bytes = 0;
  /** Numbers follow each other without a gap; those before #first are acknowledged. */
  readonly #kept: Kept[] = [];
  #first = 0;

  get oldest(): Kept | null {
    return this.#kept[this.#first] ?? null;
  }

  /** @param seq the number after the last one that was pushed */
  push(seq: number, body: string, at: number): void {
    const bytes = Buffer.byteLength(body);
    this.#kept.push({ seq, body, bytes, at });
    this.bytes += bytes;
  }

  /** That packet and all before it have been taken by the other side. */
  drop(ack: number): void {
    for (let oldest = this.oldest; oldest !== null && oldest.seq <= ack; oldest = this.oldest) {
      this.bytes -= oldest.bytes;
      this.#first += 1;
    }
    // Each move of what is left pays for as many that went.
    if (this.#first * 2 < this.#kept.length) return;
    this.#kept.splice(0, this.#first);
    this.#first = 0;
  }

  /** Those from that number on. */
  from(seq: number): readonly Kept[] {
    const skipped = this.oldest === null ? 0 : Math.max(0, seq - this.oldest.seq);
    return this.#kept.slice(this.#first + skipped);
  }
}
