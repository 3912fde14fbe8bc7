// How a file of rooms is sealed: a header in clear, then pieces, each encrypted (AES-256-GCM, a key of its own derived from the server's
// secret) and bound to its file and its place in it. No clientId, secret or message stands there in clear, and a byte that is changed or
// moved is found. What the pieces say, it does not know.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { LAYOUT } from "./layouts.ts";

/**
 * whole: its server told nothing after it. parts: one that was whole until a start took it up. grown: a base, and what was appended since
 * [R48]. All have five letters, since a start writes one over the other.
 */
export type Kind = "whole" | "parts" | "grown";

/** Why a snapshot cannot be restored: it is put aside, and the server starts without it. */
export class SnapshotError extends Error {}

/** Stands at the head of each file, followed by the number of the layout of its records, one digit. */
const MAGIC = "partyline rooms ";
/** Digits of the wall clock in ms since 2001; an earlier time is padded with zeros. */
const WALL_DIGITS = 13;
const HEADER = /^partyline rooms (\d) (whole|parts|grown) (\d{13}) ([0-9a-f]{16})\n/;
/** Where the kind stands. */
export const KIND_AT = MAGIC.length + 2;
export const HEADER_CHARS = KIND_AT + "whole".length + 1 + WALL_DIGITS + 1 + 16 + 1;
export const TAG_BYTES = 16;
/** In front of each piece: how many bytes it has. */
export const LENGTH_BYTES = 4;

/** The key of all files of rooms of a server with that secret. */
export function keyOf(secret: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, "", "partyline rooms.snapshot", 32));
}

/** The seal of one file. */
export class Seal {
  private constructor(
    private readonly key: Uint8Array,
    readonly layout: number,
    readonly kind: Kind,
    /** When the file was begun, in ms since 1970. */
    readonly writtenAt: number,
    private readonly nonce: string,
  ) {}

  /** A new file's. */
  static fresh(key: Uint8Array, kind: Kind, writtenAt: number): Seal {
    return new Seal(key, LAYOUT, kind, writtenAt, randomBytes(8).toString("hex"));
  }

  /** That of a file that begins with this text; null: it is none of any version. */
  static of(key: Uint8Array, head: string): Seal | null {
    const [header, layout, kind, writtenAt, nonce] = HEADER.exec(head) ?? [];
    if (header === undefined || nonce === undefined) return null;
    return new Seal(key, Number(layout), kind as Kind, Number(writtenAt), nonce);
  }

  get header(): string {
    return `${MAGIC}${this.layout} ${this.kind} ${this.#written}\n`;
  }

  /** A piece as bytes: its length, its text encrypted, and the tag that seals it to its place. */
  piece(text: string, at: number, isLast: boolean): Buffer {
    const place = this.#placeOf(at, isLast);
    const cipher = createCipheriv("aes-256-gcm", this.key, this.#nonceOf(at)).setAAD(place);
    const said = cipher.update(text, "utf8");
    const rest = cipher.final();
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(said.length + rest.length + TAG_BYTES);
    // Copied once: the garbage that is made here is what the collector stops every room for.
    return Buffer.concat([length, said, rest, cipher.getAuthTag()]);
  }

  /** What a piece says, its length left out; null: it is damaged, of another place, or of a server with another secret. */
  open(piece: Buffer, at: number, isLast: boolean): string | null {
    try {
      const place = this.#placeOf(at, isLast);
      const cipher = createDecipheriv("aes-256-gcm", this.key, this.#nonceOf(at)).setAAD(place);
      cipher.setAuthTag(piece.subarray(piece.length - TAG_BYTES));
      return cipher.update(piece.subarray(0, -TAG_BYTES), undefined, "utf8") + cipher.final("utf8");
    } catch {
      return null;
    }
  }

  /** Padded to one length: a Raspberry Pi without a clock begins in 1970, and its rooms are kept too. */
  get #written(): string {
    return `${String(this.writtenAt).padStart(WALL_DIGITS, "0")} ${this.nonce}`;
  }

  /** What a piece is sealed to besides its text: its file, but not its kind, its number, and whether it is the last, which no piece of one that grows is. */
  #placeOf(at: number, isLast: boolean): Buffer {
    return Buffer.from(`${MAGIC}${this.layout} ${this.#written} ${at} ${isLast}`);
  }

  /** Never used twice with one key: 64 bits at random a file, and the number of the piece. */
  #nonceOf(at: number): Buffer {
    const nonce = Buffer.alloc(12);
    nonce.write(this.nonce, "hex");
    nonce.writeUInt32BE(at, 8);
    return nonce;
  }
}
