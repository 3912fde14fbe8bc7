// The last file that a server writes, alone: what is read is what was written, or nothing is; and nothing stands there in clear.
import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RoomRecord } from "../../src/rooms/record.ts";
import { SnapshotFile } from "../../src/snapshot/file.ts";
import { LAYOUT } from "../../src/snapshot/layouts.ts";
import { SNAPSHOT_AGE_MS_MAX } from "../../src/snapshot/read.ts";
import { SnapshotError } from "../../src/snapshot/seal.ts";
import { core } from "../support/core.ts";
import { firstThatRuns, needs } from "../support/needs.ts";

const shell = await needs("bash that can limit a file's size", () => firstThatRuns([["bash", "-c", "ulimit -f 64"]]));

const KEY = new Uint8Array(32).fill(7);
const NOW = 1_800_000_000_000;
/** Where the word stands that says whether it is whole: after the words that say what it is. */
const KIND_AT = "partyline rooms 2 ".length;
const KIND_CHARS = "whole".length;
/** More than is written at a time. */
const PIECE_CHARS = 256 * 1024;

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "partyline-snapshot-"));
  folders.push(folder);
  return join(folder, "rooms.snapshot");
}

function fileAt(path: string, now = NOW, key = KEY): SnapshotFile {
  return new SnapshotFile(path, key, () => now);
}

/** What is read of a file that was written at once. */
function wholly(records: readonly RoomRecord[]) {
  return { records, flaws: [], isWhole: true, damagedBytes: 0 };
}

/** So many rooms with everything in them. */
function recordsOf(count: number, bodyChars = 20): RoomRecord[] {
  const { create, join, ask, rooms } = core({ roomsPerAddressMax: count });
  for (let n = 0; n < count; n++) {
    const rules = { awayMs: 30_000, historyMax: 8 };
    const { code, line } = create(`display-${n}`, {
      secret: "the-display's-secret",
      state: '{"deep":"state-text"}',
      rules,
    });
    join(code, "phone-of-ann", { name: "Ann Example", secret: "the-phone's-secret" });
    ask(line, { kind: "send", to: null, body: `"a message ${"x".repeat(bodyChars)}"` });
  }
  return [...rooms.records(true)];
}

/** What reading it comes to: the rooms, or why not. Anything else that is thrown is thrown here. */
function outcome(file: SnapshotFile): ReturnType<SnapshotFile["read"]> | string {
  try {
    return file.read();
  } catch (error) {
    if (error instanceof SnapshotError) return error.message;
    throw error;
  }
}

describe("what was written", () => {
  test("[R48] is read as it was", async () => {
    const records = recordsOf(3);
    const file = fileAt(newPath());
    await file.write(records);
    expect(file.read()).toEqual(wholly(records));
  });

  test("[R48] may be no rooms at all", async () => {
    const file = fileAt(newPath());
    await file.write([]);
    expect(file.read()).toEqual(wholly([]));
  });

  test("[R48] may be many pieces, and one room more than a piece", async () => {
    const [large] = recordsOf(1);
    if (large === undefined) throw new Error("no room");
    const records = [...recordsOf(400, 8_000), { ...large, wireData: "x".repeat(PIECE_CHARS * 1.5) }];
    const file = fileAt(newPath());
    await file.write(records);
    expect(statSync(file.path).size).toBeGreaterThan(3_000_000);
    expect(file.read()).toEqual(wholly(records));
  });

  test("[R48] half a surrogate and a line's end in a text stay what they are", async () => {
    const [record] = recordsOf(1);
    if (record === undefined) throw new Error("no room");
    const wireData = "\ud800 \n \u2028 é 🎲";
    const file = fileAt(newPath());
    await file.write([{ ...record, wireData }]);
    expect(file.read()?.records[0]?.wireData).toBe(wireData);
  });

  test("[R48] is read by a machine without a clock, which begins in 1970, and no sooner or later than by any other", async () => {
    const records = recordsOf(1);
    for (const now of [0, 7, 60_000, 999_999_999_999, 1_000_000_000_000]) {
      const path = newPath();
      await fileAt(path, now).write(records);
      expect(outcome(fileAt(path, now + SNAPSHOT_AGE_MS_MAX))).toEqual(wholly(records));
      expect(outcome(fileAt(path, now + SNAPSHOT_AGE_MS_MAX + 1))).toBe("it is 120 s old");
    }
  });

  test("[R48] no file is no rooms", () => {
    expect(fileAt(newPath()).read()).toBeNull();
  });

  test("[R48] once it is reopened it is whole no more", async () => {
    const records = recordsOf(1);
    const file = fileAt(newPath());
    await file.write(records);
    file.reopen();
    expect(file.read()).toEqual({ ...wholly(records), isWhole: false });
    expect(() => fileAt(newPath()).reopen()).toThrow(SnapshotError);
  });
});

describe("what was not", () => {
  test("[R50] cut short anywhere, it is not read", async () => {
    const path = newPath();
    const file = fileAt(path);
    await file.write(recordsOf(1));
    const bytes = readFileSync(path);
    for (let length = 0; length < bytes.length; length++) {
      writeFileSync(path, bytes.subarray(0, length));
      expect(outcome(file)).toBeString();
    }
    writeFileSync(path, bytes);
    expect(outcome(file)).toBeObject();
  });

  test("[R50] cut short between two pieces, it is not read", async () => {
    const path = newPath();
    const file = fileAt(path);
    await file.write(recordsOf(60, 8_000));
    const bytes = readFileSync(path);
    const head = bytes.indexOf("\n") + 1;
    const first = 4 + bytes.readUInt32BE(head);
    expect(head + first).toBeLessThan(bytes.length);
    writeFileSync(path, bytes.subarray(0, head + first));
    expect(outcome(file)).toBeString();
    // Nor with its pieces in another order, one of them twice, or something after the last.
    const pieces = [bytes.subarray(head, head + first), bytes.subarray(head + first)];
    for (const order of [[1, 0], [0, 0, 1], [1]]) {
      writeFileSync(path, Buffer.concat([bytes.subarray(0, head), ...order.flatMap((at) => pieces[at] ?? [])]));
      expect(outcome(file)).toBeString();
    }
    writeFileSync(path, Buffer.concat([bytes, Buffer.from("x")]));
    expect(outcome(file)).toBeString();
  });

  test("[R50] a length that was changed asks for no more memory than there are bytes, and one that holds no seal is damage", async () => {
    const path = newPath();
    const file = fileAt(path);
    await file.write(recordsOf(1));
    const bytes = readFileSync(path);
    const head = bytes.indexOf("\n") + 1;
    const withLength = (length: number) => {
      const changed = Buffer.from(bytes);
      changed.writeUInt32BE(length, head);
      writeFileSync(path, changed);
      return outcome(file);
    };
    expect(withLength(0xffff_ffff)).toBe("it is cut short");
    for (const length of [0, 15]) expect(withLength(length)).toInclude("damaged");
  });

  test("[R50] with any bit changed it is not read", async () => {
    const path = newPath();
    const file = fileAt(path);
    await file.write(recordsOf(1));
    const bytes = readFileSync(path);
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(path, changed);
      expect([at, typeof outcome(file)]).toEqual([at, "string"]);
    }
  });

  test("[R50] the word that says whether it is whole is not sealed, since a start writes over it: all of it has to be changed", async () => {
    const path = newPath();
    const file = fileAt(path);
    const records = recordsOf(1);
    await file.write(records);
    file.reopen();
    const bytes = readFileSync(path);
    // Five letters at once, by someone who can write in the folder and could as well have the key.
    bytes.write("whole", KIND_AT, "latin1");
    writeFileSync(path, bytes);
    expect(file.read()).toEqual(wholly(records));
    for (let letters = 1; letters < KIND_CHARS; letters++) {
      const torn = Buffer.from(bytes);
      torn.write("parts".slice(0, letters), KIND_AT, "latin1");
      writeFileSync(path, torn);
      expect(outcome(file)).toBe("it is no snapshot of this version");
    }
  });

  test("[R50] a snapshot of a server with another secret", async () => {
    const path = newPath();
    await fileAt(path).write(recordsOf(1));
    expect(outcome(fileAt(path, NOW, new Uint8Array(32).fill(8)))).toInclude("another secret");
  });

  test("[R50] one of another evening, or from the future; a clock that was put right a little is no matter", async () => {
    const path = newPath();
    await fileAt(path).write(recordsOf(1));
    const at = (ms: number) => outcome(fileAt(path, NOW + ms));
    expect(at(SNAPSHOT_AGE_MS_MAX)).toBeObject();
    expect(at(SNAPSHOT_AGE_MS_MAX + 1)).toBe("it is 120 s old");
    expect(at(3_600_000)).toBe("it is 3600 s old");
    expect(at(-SNAPSHOT_AGE_MS_MAX)).toBeObject();
    expect(at(-SNAPSHOT_AGE_MS_MAX - 1)).toBe("it is from the future");
    // Nor can an old one be made young: when it was written is sealed.
    const bytes = readFileSync(path);
    bytes.write(String(NOW + 3_600_000), KIND_AT + KIND_CHARS + 1, "latin1");
    writeFileSync(path, bytes);
    expect(at(3_600_000)).toInclude("damaged");
  });

  test("[R50] one of another version, an empty one, one that is something else", async () => {
    const path = newPath();
    await fileAt(path).write(recordsOf(1));
    const text = readFileSync(path, "latin1");
    const others = [
      text.replace(`rooms ${LAYOUT}`, `rooms ${LAYOUT + 1}`),
      text.replace(`rooms ${LAYOUT}`, "rooms 0"),
      "",
      "\n",
      "SQLite format 3\0",
      "x".repeat(100_000),
    ];
    for (const other of others) {
      writeFileSync(path, other, "latin1");
      expect(outcome(fileAt(path))).toBe("it is no snapshot of this version");
    }
  });

  test("[R50] a folder in its place", () => {
    const path = newPath();
    mkdirSync(path);
    expect(outcome(fileAt(path))).toStartWith("it cannot be ");
    fileAt(path).putAside();
    expect(statSync(`${path}.aside`).isDirectory()).toBe(true);
  });
});

describe("writing", () => {
  test("[R50] mode 0600, also where something else lay in its way", async () => {
    const path = newPath();
    writeFileSync(`${path}.new`, "left by a crash", { mode: 0o666 });
    await fileAt(path).write(recordsOf(1));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(existsSync(`${path}.new`)).toBe(false);
    expect(fileAt(path).read()?.records).toHaveLength(1);
  });

  test("[R50] a crash before it is renamed leaves the one before", async () => {
    const path = newPath();
    const records = recordsOf(1);
    await fileAt(path).write(records);
    writeFileSync(`${path}.new`, readFileSync(path).subarray(0, 99));
    expect(fileAt(path).read()).toEqual(wholly(records));
  });

  test("[R50] nothing stands there in clear", async () => {
    const path = newPath();
    const records = recordsOf(2);
    await fileAt(path).write(records);
    const bytes = readFileSync(path);
    const sealed = records.flatMap(({ seats }) => seats.flatMap((seat) => seat.sealed ?? []));
    const codes = records.map(({ code }) => code);
    const words = [
      "display-0",
      "phone-of-ann",
      "-secret",
      "Ann Example",
      "state-text",
      "a message",
      "clientId",
      "192.0.2",
    ];
    for (const word of [...words, ...codes, ...sealed, ...records.map(({ epoch }) => epoch)]) {
      const written = Buffer.from(word);
      expect(bytes.includes(written)).toBe(false);
      // Four letters in base64 or hex come up by chance.
      if (word.length > 5) expect(bytes.includes(written.toString("base64").slice(0, -4))).toBe(false);
      expect(bytes.includes(written.toString("hex"))).toBe(false);
    }
    // The same rooms again are other bytes: nobody sees whether something has happened.
    await fileAt(path).write(records);
    const head = bytes.indexOf("\n");
    expect(readFileSync(path).subarray(head).equals(bytes.subarray(head))).toBe(false);
  });

  test("[R50] two pieces that say the same are other bytes: none is sealed with the nonce of another", async () => {
    const path = newPath();
    const [one] = recordsOf(1);
    if (one === undefined) throw new Error("no room");
    const record = { ...one, wireData: "x".repeat(PIECE_CHARS) };
    await fileAt(path).write([record, record]);
    const bytes = readFileSync(path);
    const first = bytes.indexOf("\n") + 1;
    const length = bytes.readUInt32BE(first);
    const second = first + 4 + length;
    expect(bytes.readUInt32BE(second)).toBe(length);
    const start = (at: number) => bytes.subarray(at + 4, at + 4 + 64);
    expect(start(first).equals(start(second))).toBe(false);
  });

  test("[R50] what cannot be written leaves the one before whole, and nothing else behind", async () => {
    const path = newPath();
    const file = fileAt(path);
    const records = recordsOf(2);
    await file.write(records);
    function* torn() {
      yield* records;
      throw new Error("a room that cannot be remembered");
    }
    await expect(file.write(torn())).rejects.toThrow("cannot be remembered");
    expect(file.read()).toEqual(wholly(records));
    expect(existsSync(`${path}.new`)).toBe(false);
    await expect(fileAt(join(path, "no", "folder")).write(records)).rejects.toThrow();
    rmSync(path);
    mkdirSync(join(path, "in the way"), { recursive: true });
    await expect(file.write(records)).rejects.toThrow();
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  shell.test("[R50] a disk that takes a part of it and then no more leaves the one before whole", async () => {
    const path = newPath();
    const records = recordsOf(1);
    // Now, since the child has a clock of its own.
    const file = fileAt(path, Date.now());
    await file.write(records);
    // A limit of 64 KiB a file takes the bytes up to there and says how many they were, as a full disk does.
    const script = `
      import { SnapshotFile } from ${JSON.stringify(join(import.meta.dir, "../../src/snapshot/file.ts"))};
      const file = new SnapshotFile(${JSON.stringify(path)}, new Uint8Array(32).fill(7));
      const record = { ...JSON.parse(${JSON.stringify(JSON.stringify(records[0]))}), state: "x".repeat(100_000) };
      await file.write([record]).then(() => console.log("written"), ({ code }) => console.log(code));`;
    const command = `trap '' XFSZ; ulimit -f 64; exec "$0" -e "$1"`;
    const child = Bun.spawnSync([shell.get(), "-c", command, process.execPath, script]);
    expect(child.stdout.toString().trim()).toBe("EFBIG");
    expect(file.read()).toEqual(wholly(records));
    expect(existsSync(`${path}.new`)).toBe(false);
  });
});
