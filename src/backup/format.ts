// How a backup lies in its file: a line that says what it is, then pieces, each with its name, its length and a checksum of both and of its
// bytes, and a last one that counts them. What the pieces are it does not know.
import { createHash, type Hash } from "node:crypto";
import { closeSync, fdatasyncSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { z } from "zod";
import { BackupError } from "./pieces.ts";

/** The version of the format. */
export const FORMAT = 1;
const MAGIC = "partyline backup ";
const FIRST_LINE = /^partyline backup (\d{1,4})$/;
const LINE_BYTES_MAX = 32;
/** In front of each piece: how many bytes its head has. */
const LENGTH_BYTES = 4;
const HEAD_BYTES_MAX = 1024;
const SUM_BYTES = 32;
const CHUNK_BYTES = 1024 * 1024;
/** What is written at most before the disk has it: a server that puts its log on the same disk would wait for all that is in front of it. */
export const UNSYNCED_BYTES_MAX = 8 * 1024 * 1024;
/** The name of the last piece. */
const END = "end";
const CUT_SHORT = "it is cut short";
export const DAMAGED = "it is damaged";

const Head = z.strictObject({ name: z.string().max(100), bytes: z.int().min(0) });
type Head = z.infer<typeof Head>;

/** Writes a backup into a file that is open; nothing of it is one before `end` [O3]. */
export class BackupWriter {
  #sums = "";
  #pieces = 0;
  #syncedBytes = 0;
  /** Bytes written so far. */
  bytes = 0;

  constructor(private readonly file: number) {
    this.#write(Buffer.from(`${MAGIC}${FORMAT}\n`));
  }

  text(name: string, text: string): void {
    const bytes = Buffer.from(text);
    const hash = this.#begin({ name, bytes: bytes.length });
    this.#write(bytes, hash);
    this.#finish(hash);
  }

  /** @throws {BackupError} where the file grows or shrinks meanwhile */
  fromFile(name: string, path: string): void {
    const source = openSync(path, "r");
    try {
      let left = fstatSync(source).size;
      const hash = this.#begin({ name, bytes: left });
      for (const chunk of chunksOf(source)) {
        left -= chunk.length;
        this.#write(chunk, hash);
      }
      if (left !== 0) throw new BackupError(`${path} changed while it was read`);
      this.#finish(hash);
    } finally {
      closeSync(source);
    }
  }

  end(): void {
    this.text(END, endOf(this.#pieces, this.#sums));
  }

  #begin(head: Head): Hash {
    const text = Buffer.from(JSON.stringify(head));
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(text.length);
    this.#write(length);
    const hash = createHash("sha256");
    this.#write(text, hash);
    return hash;
  }

  #finish(hash: Hash): void {
    const sum = hash.digest();
    this.#write(sum);
    this.#sums += sum.toString("hex");
    this.#pieces++;
  }

  #write(bytes: Buffer, hash?: Hash): void {
    hash?.update(bytes);
    this.bytes += bytes.length;
    writeAll(this.file, bytes);
    if (this.bytes - this.#syncedBytes < UNSYNCED_BYTES_MAX) return;
    this.#syncedBytes = this.bytes;
    fdatasyncSync(this.file);
  }
}

/**
 * Reads a backup from its first byte to its last, also where the file is a pipe. Whoever takes the bytes knows that they are right only when
 * this ends without a throw.
 * @param into asked for each piece, when its name is known: what takes its bytes
 * @throws {BackupError} where it is no backup, of a newer format, cut short, or a byte of it is another
 */
export function readBackup(file: number, into: (name: string) => (bytes: Buffer) => void): void {
  const source = new Source(file);
  checkFormat(source.line());
  let sums = "";
  for (let pieces = 0; ; pieces++) {
    const hash = createHash("sha256");
    const { name, bytes } = headIn(source, hash);
    let said = "";
    const isEnd = name === END;
    const hear = (text: string) => {
      said = text;
    };
    const take = isEnd ? textInto(hear) : into(name);
    source.pass(bytes, (chunk) => {
      hash.update(chunk);
      take(chunk);
    });
    const sum = hash.digest("hex");
    if (source.exactly(SUM_BYTES).toString("hex") !== sum) throw new BackupError(DAMAGED);
    if (!isEnd) {
      sums += sum;
      continue;
    }
    if (said !== endOf(pieces, sums)) throw new BackupError("a piece of it is missing");
    if (!source.isAtEnd) throw new BackupError("something stands behind its end");
    return;
  }
}

/** Whether an open file begins as a backup does, of whatever format. */
export function beginsAsBackup(file: number): boolean {
  const begins = Buffer.alloc(MAGIC.length);
  readSync(file, begins, 0, begins.length, 0);
  return begins.toString("latin1") === MAGIC;
}

/** Takes a piece that is a short text: hears it as far as it has come. It throws where the text is not short. */
export function textInto(told: (text: string) => void): (bytes: Buffer) => void {
  let text = "";
  return (bytes) => {
    text += bytes.toString("latin1");
    if (text.length > HEAD_BYTES_MAX) throw new BackupError(DAMAGED);
    told(Buffer.from(text, "latin1").toString());
  };
}

/**
 * Writes all of it: a write may write a part, as on a disk that fills up.
 * @param place null: where the file stands
 */
export function writeAll(file: number, bytes: Buffer, place: number | null = null): void {
  for (let at = 0; at < bytes.length; ) {
    at += writeSync(file, bytes, at, bytes.length - at, place === null ? null : place + at);
  }
}

/** What is in an open file from where it stands to its end, in pieces that are good until the next one. */
export function* chunksOf(file: number): Generator<Buffer> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let count = -1; count !== 0; ) {
    count = readSync(file, buffer, 0, CHUNK_BYTES, null);
    if (count > 0) yield buffer.subarray(0, count);
  }
}

/** What the last piece says: a piece that was taken out, put in or moved is found by it. */
function endOf(pieces: number, sums: string): string {
  return JSON.stringify({ pieces, sum: createHash("sha256").update(sums).digest("hex") });
}

function checkFormat(line: string): void {
  const format = Number(FIRST_LINE.exec(line)?.[1] ?? 0);
  if (format === 0) throw new BackupError("it is no backup of a Partyline");
  if (format > FORMAT)
    throw new BackupError(`it is of format ${format}, and this Partyline knows ${FORMAT}: take a newer one`);
}

function headIn(source: Source, hash: Hash): Head {
  const length = source.exactly(LENGTH_BYTES).readUInt32BE();
  if (length > HEAD_BYTES_MAX) throw new BackupError(DAMAGED);
  const text = source.exactly(length);
  hash.update(text);
  try {
    return Head.parse(JSON.parse(text.toString()));
  } catch {
    throw new BackupError(DAMAGED);
  }
}

/** The bytes of an open file, one after the other. */
class Source {
  readonly #buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  #from = 0;
  #to = 0;

  constructor(private readonly file: number) {}

  get isAtEnd(): boolean {
    return this.#some(1).length === 0;
  }

  /** All up to the first end of a line, without it; "" where none comes soon. */
  line(): string {
    let text = "";
    while (text.length < LINE_BYTES_MAX) {
      const next = this.#some(1);
      this.#from += next.length;
      if (next.length === 0 || next[0] === 10) return text;
      text += next.toString("latin1");
    }
    return "";
  }

  exactly(count: number): Buffer {
    const all: Buffer[] = [];
    this.pass(count, (chunk) => all.push(Buffer.from(chunk)));
    return Buffer.concat(all);
  }

  pass(count: number, take: (chunk: Buffer) => void): void {
    for (let left = count; left > 0; ) {
      const chunk = this.#some(left);
      if (chunk.length === 0) throw new BackupError(CUT_SHORT);
      this.#from += chunk.length;
      left -= chunk.length;
      take(chunk);
    }
  }

  /** As many as there are, one at least and `most` at most; none at the end. They count as read only when `#from` says so. */
  #some(most: number): Buffer {
    if (this.#from === this.#to) {
      this.#from = 0;
      this.#to = readSync(this.file, this.#buffer, 0, CHUNK_BYTES, null);
    }
    return this.#buffer.subarray(this.#from, Math.min(this.#to, this.#from + most));
  }
}
