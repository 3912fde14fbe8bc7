// A room's record as it lies in the engine: sealed as in a snapshot file, each a piece of its own, in base64, because what Bun's client hands
// over from a script is text [N6]. The engine is a door too: what is read is checked like any record.
import type { RoomRecord } from "../rooms/record.ts";
import { Flaw, isReadable, readRecord } from "../snapshot/layouts.ts";
import { HEADER_CHARS, LENGTH_BYTES, Seal } from "../snapshot/seal.ts";

/** Pieces under one seal, far from the 2^32 that its numbers can count: no number is used twice with one key. */
const PIECES_MAX = 2 ** 31;
const PIECE = /^(\d{1,10}) ([\w+/=]+)$/;

export class Memories {
  #seal: Seal;
  #pieces = 0;

  constructor(
    /** Of the estates; 32 bytes. */
    private readonly key: Uint8Array,
    /** The wall clock, in ms since 1970. */
    private readonly wall: () => number,
  ) {
    this.#seal = Seal.fresh(key, "parts", wall());
  }

  seal(record: RoomRecord): string {
    if (this.#pieces === PIECES_MAX) {
      this.#seal = Seal.fresh(this.key, "parts", this.wall());
      this.#pieces = 0;
    }
    const at = this.#pieces++;
    return `${this.#seal.header}${at} ${this.#seal.piece(JSON.stringify(record), at, false).toString("base64")}`;
  }

  /** The record of that code's room. A Flaw says why it cannot be had, without a word of it. */
  open(memory: string, code: string): RoomRecord | Flaw {
    const seal = Seal.of(this.key, memory.slice(0, HEADER_CHARS));
    if (seal === null || !isReadable(seal.layout)) return new Flaw("it is no memory of this version");
    const [, at, piece] = PIECE.exec(memory.slice(HEADER_CHARS)) ?? [];
    if (piece === undefined) return new Flaw("it is cut short");
    const text = seal.open(Buffer.from(piece, "base64").subarray(LENGTH_BYTES), Number(at), false);
    if (text === null) return new Flaw("it is damaged, or of nodes with another secret");
    const record = readRecord(text, seal.layout);
    return record instanceof Flaw || record.code === code ? record : new Flaw("it is another room's");
  }
}
