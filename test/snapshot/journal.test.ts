// The file that grows while rooms play, alone: its base, what is appended, and what becomes of either where it is cut, damaged, or a disk
// takes no more. Whatever is read is what some moment had been, or nothing.
import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Changes } from "../../src/rooms/changes.ts";
import type { RoomRecord } from "../../src/rooms/record.ts";
import { SnapshotFile } from "../../src/snapshot/file.ts";
import { Abandoned, type Journal } from "../../src/snapshot/journal.ts";
import { Pace } from "../../src/snapshot/pace.ts";
import { SNAPSHOT_AGE_MS_MAX } from "../../src/snapshot/read.ts";
import { SnapshotError } from "../../src/snapshot/seal.ts";
import { core } from "../support/core.ts";
import { firstThatRuns, needs } from "../support/needs.ts";
import { NotebookLine } from "../support/notebook.ts";
import { randomFrom, seedOf } from "../support/random.ts";

const shell = await needs("bash that can limit a file's size", () => firstThatRuns([["bash", "-c", "ulimit -f 64"]]));

const KEY = new Uint8Array(32).fill(7);
const NOW = 1_800_000_000_000;
const KIND_AT = "partyline rooms 3 ".length;
const LENGTH_BYTES = 4;
/** Characters in front of the first piece. */
const HEADER = KIND_AT + "grown 1800000000000 0123456789abcdef\n".length;

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "partyline-journal-"));
  ended.push(() => rmSync(folder, { recursive: true }));
  return join(folder, "rooms.snapshot");
}

/** Whose slices never end before their last room: what is appended at once is one piece, however busy the machine is. */
function onePiece(): Pace {
  return new Pace(undefined, () => 0);
}

/** Rooms, and a file that follows them. `now`: the wall clock of the file. */
function stage(pace = onePiece(), path = newPath()) {
  const fixture = core({ roomsPerAddressMax: 10_000 });
  const time = { now: NOW };
  const file = new SnapshotFile(path, KEY, () => time.now, pace);
  const begin = async (): Promise<Journal> => {
    const journal = await file.begin(fixture.rooms.follow());
    ended.push(() => journal.close());
    return journal;
  };
  const records = () => [...fixture.rooms.records(false)];
  return { ...fixture, file, path, time, begin, records };
}

/** By their codes: a room that ends and one that opens change their order. */
function sorted(records: readonly RoomRecord[] | undefined): RoomRecord[] {
  return [...(records ?? [])].sort((a, b) => (a.id < b.id ? -1 : 1));
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

/** Where each piece begins, and where the file ends. */
function piecesOf(bytes: Buffer): number[] {
  const starts = [bytes.indexOf("\n") + 1];
  for (let at = starts[0] ?? 0; at < bytes.length; starts.push(at)) at += LENGTH_BYTES + bytes.readUInt32BE(at);
  return starts;
}

/** A file with a base of two rooms and five appends, and what the rooms were after each: `moments[n]` at the n-th of `ends`. */
async function grown() {
  const s = stage();
  const tv = s.create("tv", { rules: { awayMs: 30_000, historyMax: 8 } });
  const other = s.create("other");
  const journal = await s.begin();
  const ends = [statSync(s.path).size];
  const moments = [s.records()];
  const steps = [
    () => void s.ask(tv.line, { kind: "setState", body: '{"level":1}' }),
    () => void s.join(tv.code, "ann", { name: "Ann", secret: "ann's" }),
    () => void s.ask(other.line, { kind: "closeRoom", reason: null }),
    () => {},
    () => void s.create("third"),
  ];
  for (const step of steps) {
    step();
    await journal.append();
    ends.push(statSync(s.path).size);
    moments.push(s.records());
  }
  return { ...s, journal, ends, moments, bytes: readFileSync(s.path) };
}

describe("what was appended", () => {
  test("[R48] the last word about a room counts, and a room that has ended is none", async () => {
    const { file, records } = await grown();
    expect(file.read()).toEqual({ records: records(), flaws: [], isWhole: false, damagedBytes: 0 });
    expect(records()).toHaveLength(2);
  });

  test("[R48] messages append nothing", async () => {
    const { create, ask, begin, path } = stage();
    const { line } = create("tv", { rules: { historyMax: 8 } });
    const journal = await begin();
    ask(line, { kind: "send", to: null, body: "1" });
    expect(journal.isUpToDate).toBe(true);
    const { size } = statSync(path);
    ask(line, { kind: "setState", body: "1" });
    expect(journal.isUpToDate).toBe(false);
    await journal.append();
    expect([journal.isUpToDate, statSync(path).size > size]).toEqual([true, true]);
  });

  test("[R48] what changes while a base is written is in the file that takes the place of the one before", async () => {
    let meanwhile = () => {};
    const pace = new Pace((_, call) => {
      meanwhile();
      call();
      return () => {};
    });
    const { create, ask, begin, file, records } = stage(pace);
    const rooms = Array.from({ length: 400 }, (_, n) => create(`tv-${n}`));
    let turns = 0;
    meanwhile = () => {
      // Rooms that were written already, rooms that were not yet, one that ends, and one that opens.
      for (const { line } of [...rooms.slice(0, 5), ...rooms.slice(-5)])
        ask(line, { kind: "setState", body: `${turns}` });
      if (turns++ > 0) return;
      for (const at of [10, 390]) ask(rooms[at]?.line ?? new NotebookLine(), { kind: "closeRoom", reason: null });
      create("late");
    };
    const journal = await begin();
    expect(turns).toBeGreaterThan(0);
    meanwhile = () => {};
    const early = sorted(file.read()?.records);
    // It tells of each room as it was at some time of the writing, and of none that had ended by its end.
    expect(early.map(({ id }) => id)).toEqual(sorted(records()).map(({ id }) => id));
    await journal.append();
    expect(sorted(file.read()?.records)).toEqual(sorted(records()));
  });

  test("[R48] the file is as old as its last piece, not as its base", async () => {
    const { time, file, begin } = stage();
    const journal = await begin();
    for (let n = 0; n < 100; n++) {
      time.now += 60_000;
      await journal.append();
    }
    time.now += SNAPSHOT_AGE_MS_MAX;
    expect(outcome(file)).toMatchObject({ records: [] });
    time.now += 1;
    expect(outcome(file)).toBe("it is 120 s old");
    time.now -= 2 * SNAPSHOT_AGE_MS_MAX + 2;
    expect(outcome(file)).toBe("it is from the future");
  });

  test("[R50] mode 0600, nothing in clear, and the same again is other bytes", async () => {
    const { create, ask, begin, path } = stage();
    const { code, line } = create("display-of-somebody", { secret: "the display's secret" });
    const journal = await begin();
    const sizes = [statSync(path).size];
    for (let n = 0; n < 2; n++) {
      ask(line, { kind: "setState", body: '"state-text"' });
      await journal.append();
      sizes.push(statSync(path).size);
    }
    const bytes = readFileSync(path);
    for (const word of ["display-of-somebody", "secret", "state-text", "clientId", "base ", "more ", code]) {
      expect([word, bytes.includes(word)]).toEqual([word, false]);
    }
    const [first, second] = [bytes.subarray(sizes[0], sizes[1]), bytes.subarray(sizes[1], sizes[2])];
    expect(first.subarray(0, LENGTH_BYTES)).toEqual(second.subarray(0, LENGTH_BYTES));
    // The time is the same, and so is what is said.
    expect(first.subarray(LENGTH_BYTES, 64).equals(second.subarray(LENGTH_BYTES, 64))).toBe(false);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});

describe("what a crash leaves", () => {
  test("[R50] cut short at any byte, it says what it had said before the piece that is torn; without its base nothing", async () => {
    const { file, path, ends, moments, bytes } = await grown();
    const [baseEnd = 0] = ends;
    for (let length = 0; length <= bytes.length; length++) {
      writeFileSync(path, bytes.subarray(0, length));
      const read = outcome(file);
      if (length < baseEnd) {
        expect([length, read]).toEqual([
          length,
          length < HEADER ? "it is no snapshot of this version" : "it is cut short",
        ]);
        continue;
      }
      const at = ends.findLastIndex((end) => end <= length);
      expect([length, read]).toEqual([
        length,
        { records: moments[at] ?? [], flaws: [], isWhole: false, damagedBytes: 0 },
      ]);
    }
  });

  test("[R50] with any byte changed it says what it had said before that piece, and how much is left out; or nothing", async () => {
    const { file, path, bytes } = await grown();
    const starts = piecesOf(bytes);
    const prefixes = starts.map((start) => {
      writeFileSync(path, bytes.subarray(0, start));
      return outcome(file);
    });
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(path, changed);
      const read = outcome(file);
      const piece = starts.findLastIndex((start) => start <= at);
      const before = prefixes[piece];
      if (piece === -1 || typeof before === "string") {
        expect([at, typeof read]).toEqual([at, "string"]);
        continue;
      }
      // A length that says more than there is looks as a tail does that a crash has torn.
      const isTorn = at < (starts[piece] ?? 0) + LENGTH_BYTES && typeof read === "object" && read?.damagedBytes === 0;
      const damagedBytes = isTorn ? 0 : bytes.length - (starts[piece] ?? 0);
      expect([at, read]).toEqual([at, { ...before, damagedBytes } as typeof read]);
    }
  });

  test("[R50] pieces in another order, left out, twice, or of another file end it there", async () => {
    const { file, path, bytes, moments } = await grown();
    const other = (await grown()).bytes;
    const starts = piecesOf(bytes);
    const pieces = starts.slice(0, -1).map((start, n) => bytes.subarray(start, starts[n + 1]));
    const head = bytes.subarray(0, starts[0]);
    const base = pieces.slice(0, -5);
    const [a, b, c, d, e] = pieces.slice(-5);
    const otherStarts = piecesOf(other);
    const foreign = other.subarray(otherStarts.at(-6), otherStarts.at(-5));
    const cases: readonly [readonly (Buffer | undefined)[], number][] = [
      [[a, c, b, d, e], 1],
      [[b, c, d, e], 0],
      [[a, a, b, c], 1],
      [[foreign, b, c], 0],
      [[a, b, Buffer.alloc(4096)], 2],
    ];
    for (const [order, until] of cases) {
      const tail = Buffer.concat(order.flatMap((piece) => piece ?? []));
      writeFileSync(path, Buffer.concat([head, ...base, tail]));
      const whole = order.slice(0, until).reduce((sum, piece) => sum + (piece?.length ?? 0), 0);
      expect(outcome(file)).toEqual({
        ...{ records: moments[until] ?? [], flaws: [], isWhole: false },
        damagedBytes: tail.length - whole,
      });
    }
  });

  test("[R50] the word at its head is none that can be changed: it is neither whole nor parts", async () => {
    const { file, path, bytes } = await grown();
    for (const word of ["whole", "parts"]) {
      const changed = Buffer.from(bytes);
      changed.write(word, KIND_AT, "latin1");
      writeFileSync(path, changed);
      expect(outcome(file)).toBeString();
    }
    await file.write([]);
    const whole = readFileSync(path);
    whole.write("grown", KIND_AT, "latin1");
    writeFileSync(path, whole);
    expect(outcome(file)).toBeString();
  });

  test("[R50] damaged anyhow, it is read as some moment had been, or not at all", async () => {
    const { file, path, bytes, moments, ends } = await grown();
    const seed = seedOf("FUZZ_SEED");
    const random = randomFrom(seed);
    const known = new Set(moments.map((records) => JSON.stringify(sorted(records))));
    let read = 0;
    for (let n = 0; n < 3_000; n++) {
      let damaged = Buffer.from(bytes);
      for (let times = 1 + random.below(3); times > 0; times--) {
        // Mostly where it was appended to: damage to the base is found at once.
        const at = random.chance(1 / 4) ? random.below(damaged.length) : (ends[0] ?? 0) + random.below(damaged.length);
        const what = random.below(4);
        if (what === 0) damaged = damaged.subarray(0, at);
        else if (what === 1) damaged.subarray(at, at + random.below(40)).fill(random.below(256));
        else if (what === 2)
          damaged = Buffer.concat([damaged.subarray(0, at), Buffer.alloc(random.below(300)), damaged.subarray(at)]);
        else damaged = Buffer.concat([damaged.subarray(0, at), damaged.subarray(at + random.below(300))]);
        if (damaged.length === 0) damaged = Buffer.from("x");
      }
      writeFileSync(path, damaged);
      const result = outcome(file);
      if (typeof result === "string" || result === null) continue;
      read++;
      expect([seed, n, known.has(JSON.stringify(sorted(result.records)))]).toEqual([seed, n, true]);
      expect(result).toMatchObject({ isWhole: false, flaws: [] });
    }
    expect(read).toBeGreaterThan(500);
  }, 60_000);

  test("[R50] a new base that is not renamed is not read, and is written over by the next", async () => {
    const { file, path, bytes, moments, begin, create, records } = await grown();
    writeFileSync(`${path}.new`, "half of another one", { mode: 0o666 });
    expect(file.read()?.records).toEqual(moments.at(-1) ?? []);
    expect(readFileSync(path).equals(bytes)).toBe(true);
    create("fourth");
    await begin();
    expect([existsSync(`${path}.new`), statSync(path).mode & 0o777]).toEqual([false, 0o600]);
    expect(sorted(file.read()?.records)).toEqual(sorted(records()));
  });

  shell.test(
    "[R50] a disk that takes a part of a piece and no more costs what it would have said, and a base costs nothing",
    async () => {
      const { path, create, file, time } = stage();
      create("tv");
      // Now, since the child has a clock of its own.
      time.now = Date.now();
      // A limit of 64 KiB a file takes the bytes up to there and says how many they were, as a full disk does.
      const script = `
      import { core } from ${JSON.stringify(join(import.meta.dir, "../support/core.ts"))};
      import { SnapshotFile } from ${JSON.stringify(join(import.meta.dir, "../../src/snapshot/file.ts"))};
      import { Pace } from ${JSON.stringify(join(import.meta.dir, "../../src/snapshot/pace.ts"))};
      const { rooms, create, ask } = core();
      const pace = new Pace(undefined, () => 0);
      const file = new SnapshotFile(${JSON.stringify(path)}, new Uint8Array(32).fill(7), Date.now, pace);
      const code = ({ code }) => console.log(code);
      const { line } = create("tv", { state: "1" });
      const journal = await file.begin(rooms.follow());
      ask(line, { kind: "setState", body: "2" });
      await journal.append();
      for (let n = 0; n < 3; n++) create("large", { state: JSON.stringify("x".repeat(60_000)) });
      await journal.append().catch(code);
      await journal.close();
      await file.begin(rooms.follow()).catch(code);`;
      const command = `trap '' XFSZ; ulimit -f 64; exec "$0" -e "$1"`;
      const child = Bun.spawnSync([shell.get(), "-c", command, process.execPath, script], { stderr: "inherit" });
      expect(child.stdout.toString().split("\n")).toEqual(["EFBIG", "EFBIG", ""]);
      expect(file.read()).toMatchObject({ records: [{ creator: "tv", state: "2" }], damagedBytes: 0 });
      expect(existsSync(`${path}.new`)).toBe(false);
    },
  );
});

describe("slices", () => {
  /** Notes for how much work it rested; a rest is over in the next turn. */
  class ManualPace extends Pace {
    readonly works: number[] = [];

    constructor(onRest: () => void = () => {}) {
      super((ms, call) => {
        this.works.push(ms / 19);
        onRest();
        const timer = setImmediate(call);
        return () => clearImmediate(timer);
      });
    }
  }

  const RECORD_MS = 0.1;
  /** A slice ends after 0.4 ms, however busy the machine is: no more rooms than these are in one. */
  const ROOMS_A_SLICE = 4;

  /** So many rooms, each of which takes its time to say what it is. */
  function slowRooms(count: number): Changes {
    const { create, records } = stage();
    create("tv");
    const [one] = records();
    if (one === undefined) throw new Error("no room");
    const slow = (code: string) => ({
      ...{ id: code, code },
      record() {
        const began = performance.now();
        while (performance.now() - began < RECORD_MS);
        return { ...one, code, id: code };
      },
    });
    return new Changes(new Map(Array.from({ length: count }, (_, n) => [`${n}`, slow(`${n}`)])));
  }

  test("[R48] others have their turns while it is written, and rests are nineteen times as long as the work", async () => {
    let turns = 0;
    let isDone = false;
    const count = () => {
      turns++;
      if (!isDone) setImmediate(count);
    };
    const pace = new ManualPace();
    const { file } = stage(pace);
    setImmediate(count);
    const journal = await file.begin(slowRooms(80));
    isDone = true;
    await journal.close();
    expect(pace.works.length).toBeGreaterThanOrEqual(80 / ROOMS_A_SLICE - 1);
    expect(turns).toBeGreaterThanOrEqual(pace.works.length);
    // Work as it was: the rooms of the slice took that time at least.
    for (const work of pace.works) expect(work).toBeGreaterThan(RECORD_MS);
  });

  test("[R48] a large room is encrypted in a turn of its own", async () => {
    const pace = new ManualPace();
    const { create, begin, file } = stage(pace);
    create("tv", { state: JSON.stringify("x".repeat(200_000)) });
    await begin();
    expect(pace.works.length).toBeGreaterThanOrEqual(1);
    expect(file.read()?.records).toHaveLength(1);
  });

  test("[R48] when the server goes what is under way is left, and the file before is as it was", async () => {
    let rests = 0;
    // From the fourth on nobody rests, and nothing more is written.
    const pace: Pace = new ManualPace(() => {
      if (++rests === 4) pace.end();
    });
    const { create, begin, file, path } = stage(pace);
    create("tv");
    const first = await begin();
    const bytes = readFileSync(path);
    await expect(file.begin(slowRooms(80))).rejects.toBeInstanceOf(Abandoned);
    expect([rests, readFileSync(path).equals(bytes), existsSync(`${path}.new`)]).toEqual([4, true, false]);
    await expect(first.append()).rejects.toBeInstanceOf(Abandoned);
    expect(file.read()?.records).toHaveLength(1);
  });

  test("[R48] a pace that is over wakes who rests", async () => {
    const pace = new Pace(() => () => {});
    const rest = pace.rest(1_000_000);
    pace.end();
    await rest;
    await pace.rest(1_000_000);
    expect(pace.isOver).toBe(true);
  });

  test("[R48] warming up leaves nothing behind, and a folder that takes nothing is no matter", async () => {
    const { file, path } = stage();
    await file.warm();
    expect([`${path}`, `${path}.warm`, `${path}.warm.new`].map(existsSync)).toEqual([false, false, false]);
    await new SnapshotFile(join(path, "no", "folder"), KEY).warm();
  });
});
