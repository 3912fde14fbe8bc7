// How a backup lies in its file: what is whole comes out as it went in, and nothing else comes out at all.
import { afterAll, expect, test } from "bun:test";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BackupWriter, readBackup } from "../../src/backup/format.ts";
import { BackupError } from "../../src/backup/pieces.ts";
import { folderOf } from "../support/folder.ts";
import { randomFrom } from "../support/random.ts";

const SEED = 20_261_127;
/** Longer than what is read and written at a time. */
const LONG_BYTES = 2.5 * 1024 * 1024;

const folder = folderOf();
afterAll(() => folder[Symbol.dispose]());

function written(pieces: Readonly<Record<string, Uint8Array>>): Buffer {
  const path = join(folder.path, "made");
  const file = openSync(path, "w");
  const writer = new BackupWriter(file);
  for (const [name, bytes] of Object.entries(pieces)) {
    folder.write("piece", bytes);
    writer.fromFile(name, join(folder.path, "piece"));
  }
  writer.end();
  closeSync(file);
  const made = readFileSync(path);
  expect(writer.bytes).toBe(made.length);
  return made;
}

/** What comes out of these bytes, or why nothing does. */
function read(bytes: Uint8Array): Record<string, Buffer> | string {
  folder.write("read", bytes);
  const file = openSync(join(folder.path, "read"), "r");
  const found: Record<string, Buffer> = {};
  try {
    readBackup(file, (name) => {
      found[name] = Buffer.alloc(0);
      return (chunk) => {
        found[name] = Buffer.concat([found[name] ?? Buffer.alloc(0), chunk]);
      };
    });
    return found;
  } catch (error) {
    if (error instanceof BackupError) return error.message;
    throw error;
  } finally {
    closeSync(file);
  }
}

const SMALL = written({ one: Buffer.from("first"), empty: Buffer.alloc(0), two: Buffer.from("second") });

test("[O3] what went into a backup comes out, however long it is", () => {
  expect(read(SMALL)).toEqual({ one: Buffer.from("first"), empty: Buffer.alloc(0), two: Buffer.from("second") });
  const random = randomFrom(SEED);
  const long = Buffer.from(Array.from({ length: LONG_BYTES }, () => random.below(256)));
  expect(read(written({ long, end2: Buffer.from("x") }))).toEqual({ long, end2: Buffer.from("x") });
});

test("[O3] one that is cut short at any byte is refused", () => {
  for (let length = 0; length < SMALL.length; length++) {
    expect([length, typeof read(SMALL.subarray(0, length))]).toEqual([length, "string"]);
  }
});

test("[O3] one in which any byte is another is refused, and so is one with something behind its end", () => {
  for (let at = 0; at < SMALL.length; at++) {
    const other = Buffer.from(SMALL);
    other[at] = (other[at] ?? 0) ^ 1;
    expect([at, typeof read(other)]).toEqual([at, "string"]);
  }
  expect(read(Buffer.concat([SMALL, Buffer.from("x")]))).toBe("something stands behind its end");
});

test("[O3] a piece that was left out, put in twice or moved is missed", () => {
  const head = SMALL.indexOf("\n") + 1;
  const length = (at: number) => 4 + SMALL.readUInt32BE(at) + 32;
  const first = SMALL.subarray(head, head + length(head) + "first".length);
  const empty = SMALL.subarray(head + first.length, head + first.length + length(head + first.length));
  const rest = SMALL.subarray(head + first.length + empty.length);
  const line = SMALL.subarray(0, head);
  expect(typeof read(Buffer.concat([line, first, empty, rest]))).toBe("object");
  for (const pieces of [
    [empty, rest],
    [first, first, empty, rest],
    [empty, first, rest],
  ]) {
    expect(read(Buffer.concat([line, ...pieces]))).toBe("a piece of it is missing");
  }
});

test("[O3] a newer format is told from what is no backup", () => {
  expect(read(Buffer.from("partyline backup 2\nwhatever"))).toContain("format 2");
  expect(read(Buffer.from("SQLite format 3\0"))).toBe("it is no backup of a Partyline");
  expect(read(Buffer.alloc(100, "a"))).toBe("it is no backup of a Partyline");
});
