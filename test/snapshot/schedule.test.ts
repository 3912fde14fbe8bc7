// When rooms are written down, and what becomes of a file that cannot be written or read: the schedule alone, on a clock that stands
// still, over a folder of its own.
import { afterEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLog } from "../../src/log.ts";
import type { Changes } from "../../src/rooms/changes.ts";
import type { RoomRecord } from "../../src/rooms/record.ts";
import { SnapshotFile } from "../../src/snapshot/file.ts";
import type { Journal } from "../../src/snapshot/journal.ts";
import { Pace } from "../../src/snapshot/pace.ts";
import { SnapshotSchedule } from "../../src/snapshot/schedule.ts";
import { SnapshotError } from "../../src/snapshot/seal.ts";
import { core } from "../support/core.ts";

const INTERVAL_MS = 2_000;
const RENEW_MS = 10_000;
const KEY = new Uint8Array(32).fill(7);
const folders: string[] = [];
const schedules: SnapshotSchedule[] = [];
afterEach(async () => {
  // Its file is open until then.
  for (const schedule of schedules.splice(0)) await schedule.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "partyline-schedule-"));
  folders.push(folder);
  return folder;
}

type Written = "base" | "more" | "whole";

/** A file that notes what is asked of it, and can be made slow, or made to fail. */
class WatchedFile extends SnapshotFile {
  readonly written: Written[] = [];
  underWay = 0;
  failure: Error | null = null;
  /** The next write waits for it. */
  gate: Promise<void> = Promise.resolve();

  override async begin(changes: Changes): Promise<Journal> {
    const journal = await this.#note("base", () => super.begin(changes));
    const { append, isInPlace, close } = journal;
    journal.append = () => this.#note("more", () => append.call(journal));
    journal.isInPlace = () => this.#watch(() => isInPlace.call(journal));
    journal.close = () => this.#watch(() => close.call(journal));
    return journal;
  }

  override write(records: Iterable<RoomRecord>): Promise<void> {
    return this.#note("whole", () => super.write(records));
  }

  #note<T>(what: Written, write: () => Promise<T>): Promise<T> {
    return this.#watch(async () => {
      await this.gate;
      if (this.failure !== null) throw this.failure;
      const result = await write();
      this.written.push(what);
      return result;
    });
  }

  async #watch<T>(work: () => Promise<T>): Promise<T> {
    if (++this.underWay > 1) throw new Error("two writes at once");
    try {
      return await work();
    } finally {
      this.underWay--;
    }
  }
}

function stage(folder = newFolder()) {
  const fixture = core();
  // Its time stands still too, so that no slice ends before its last room: what is appended at once is one piece, however busy the machine is.
  const pace = new Pace(undefined, () => 0);
  const file = new WatchedFile(join(folder, "rooms.snapshot"), KEY, () => fixture.clock.now(), pace);
  const logged: string[] = [];
  /** The same lines, with all that they say. */
  const entries: Record<string, unknown>[] = [];
  const write = (line: string) => {
    const { time: _, ...entry } = JSON.parse(line);
    logged.push(entry.msg);
    entries.push(entry);
  };
  const log = openLog("debug", { write });
  const schedule = new SnapshotSchedule(file, fixture.rooms, fixture.clock, log, (wire) => wire === "party");
  schedules.push(schedule);
  /** Lets so much time pass, and what is written then be written. */
  async function pass(ms: number): Promise<void> {
    fixture.clock.advance(ms);
    do await new Promise(setImmediate);
    while (file.underWay > 0);
  }
  /** A room comes and goes. */
  const happen = () => void fixture.ask(fixture.create("somebody").line, { kind: "leave" });
  return { ...fixture, folder, file, logged, entries, schedule, pass, happen };
}

/** What a process with a room leaves behind. */
async function left(folder = newFolder()): Promise<{ folder: string; code: string }> {
  const { schedule, create } = stage(folder);
  const { code } = create("tv");
  await schedule.finish();
  return { folder, code };
}

describe("writing", () => {
  test("[R48] every two seconds, as long as something happens: all rooms once, then those that changed", async () => {
    const { schedule, file, pass, happen } = stage();
    schedule.start();
    await pass(INTERVAL_MS - 1);
    expect(file.written).toEqual([]);
    await pass(1);
    expect(file.written).toEqual(["base"]);
    await pass(INTERVAL_MS);
    expect(file.written).toEqual(["base"]);
    happen();
    await pass(INTERVAL_MS);
    expect(file.written).toEqual(["base", "more"]);
    await pass(INTERVAL_MS);
    expect(file.written).toEqual(["base", "more"]);
  });

  test("[R48] what happens while it is written is written the next time", async () => {
    const { schedule, file, create, pass } = stage();
    const gate = Promise.withResolvers<void>();
    file.gate = gate.promise;
    schedule.start();
    const first = pass(INTERVAL_MS);
    const { code } = create("tv");
    gate.resolve();
    await first;
    await pass(INTERVAL_MS);
    expect(file.read()?.records.map((record) => record.code)).toEqual([code]);
    const second = Promise.withResolvers<void>();
    file.gate = second.promise;
    create("another");
    const appended = pass(INTERVAL_MS);
    create("late");
    second.resolve();
    await appended;
    await pass(INTERVAL_MS);
    expect(file.read()?.records.map(({ creator }) => creator)).toEqual(["tv", "another", "late"]);
    expect(file.written[0]).toBe("base");
  });

  test("[R48] a silent room does not grow too old to be taken up", async () => {
    const { schedule, folder, create, pass } = stage();
    const { code } = create("tv");
    schedule.start();
    for (let n = 0; n < 60; n++) await pass(RENEW_MS);
    // As old as the clock of the one that wrote it says: its intervals, and no more.
    const next = core();
    next.clock.advance(600_000 + 120_000 - RENEW_MS - INTERVAL_MS);
    const file = new SnapshotFile(join(folder, "rooms.snapshot"), KEY, () => next.clock.now());
    expect(file.read()?.records.map((record) => record.code)).toEqual([code]);
  });

  test("[R48] of a silent room it is said ten seconds after the last time that it is so, and where there is no room nothing is", async () => {
    const { schedule, file, create, ask, pass } = stage();
    schedule.start();
    await pass(INTERVAL_MS);
    for (let n = 0; n < 60; n++) await pass(INTERVAL_MS);
    expect(file.written).toHaveLength(1);
    const { line } = create("tv");
    await pass(INTERVAL_MS);
    expect(file.written).toHaveLength(2);
    for (let ms = INTERVAL_MS; ms < RENEW_MS; ms += INTERVAL_MS) await pass(INTERVAL_MS);
    expect(file.written).toHaveLength(2);
    const { size } = statSync(file.path);
    await pass(INTERVAL_MS);
    expect(file.written).toEqual(["base", "more", "more"]);
    expect(statSync(file.path).size).toBeLessThan(size + 100);
    ask(line, { kind: "leave" });
    for (let n = 0; n < 60; n++) await pass(INTERVAL_MS);
    expect(file.written).toEqual(["base", "more", "more", "more"]);
    expect(file.read()?.records).toEqual([]);
  });

  test("[R48] a room that has ended does not come back, also when its code is another's by then", async () => {
    const { schedule, folder, create, ask, pass, clock } = stage();
    const { code, line } = create("tv");
    const other = create("other");
    schedule.start();
    await pass(INTERVAL_MS);
    ask(line, { kind: "leave" });
    await pass(INTERVAL_MS);
    const codes = () => {
      const next = stage(folder);
      next.clock.advance(clock.now() - next.clock.now());
      next.schedule.restore();
      return [code, other.code].map((one) => next.rooms.at(one)?.has("squatter") ?? null);
    };
    expect(codes()).toEqual([null, false]);
    await pass(60_000);
    create("squatter", { code });
    await pass(INTERVAL_MS);
    expect(codes()).toEqual([true, false]);
  });

  test("[R48] what a room was told is kept in the last one alone: after a crash nobody may go on from it", async () => {
    const { schedule, file, create, ask, pass } = stage();
    const { line } = create("tv", { rules: { historyMax: 8 } });
    ask(line, { kind: "setState", body: "1" });
    schedule.start();
    await pass(INTERVAL_MS);
    const kept = () => file.read()?.records.map(({ history }) => [history?.seq, history?.told.length]);
    expect(kept()).toEqual([[1, 0]]);
    ask(line, { kind: "setState", body: "2" });
    await pass(INTERVAL_MS);
    expect(kept()).toEqual([[2, 0]]);
    await schedule.finish();
    expect(kept()).toEqual([[2, 2]]);
  });

  test("[R48] when what is dead has outgrown what lives all rooms are written anew", async () => {
    const { schedule, file, create, ask, pass } = stage();
    const { line } = create("tv");
    schedule.start();
    await pass(INTERVAL_MS);
    const state = "x".repeat(60_000);
    for (let n = 0; n < 40; n++) {
      ask(line, { kind: "setState", body: JSON.stringify(`${n} ${state}`) });
      await pass(INTERVAL_MS);
    }
    // A megabyte is appended in eighteen times or so.
    expect(file.written.filter((what) => what === "base")).toHaveLength(3);
    expect(statSync(file.path).size).toBeLessThan(1_300_000);
    expect(file.read()?.records[0]?.state).toStartWith('"39 ');
  });

  test("[R48] a file that was taken away, replaced, or written to by somebody else is begun anew", async () => {
    const { schedule, file, create, ask, pass } = stage();
    const { line } = create("tv");
    schedule.start();
    await pass(INTERVAL_MS);
    const meddling = [
      () => rmSync(file.path),
      () => {
        renameSync(file.path, `${file.path}.old`);
        copyFileSync(`${file.path}.old`, file.path);
      },
      () => appendFileSync(file.path, "x"),
      () => truncateSync(file.path, 40),
    ];
    for (const meddle of meddling) {
      meddle();
      file.written.length = 0;
      ask(line, { kind: "setState", body: `${meddling.indexOf(meddle)}` });
      await pass(INTERVAL_MS);
      expect(file.written).toEqual(["base"]);
      expect(file.read()?.records[0]?.state).toBe(`${meddling.indexOf(meddle)}`);
    }
  });

  test("[R50] after a failure nothing is appended: all rooms are written anew, those that ended meanwhile left out", async () => {
    const { schedule, file, create, ask, pass } = stage();
    const { line } = create("tv");
    create("other");
    schedule.start();
    await pass(INTERVAL_MS);
    ask(line, { kind: "leave" });
    file.failure = new Error("disk full");
    await pass(INTERVAL_MS);
    file.failure = null;
    await pass(INTERVAL_MS);
    expect(file.written).toEqual(["base", "base"]);
    expect(file.read()?.records.map(({ creator }) => creator)).toEqual(["other"]);
  });

  test("[R50] a failure is logged once, tried again all the while, and logged once when it is over", async () => {
    const { schedule, file, logged, entries, pass } = stage();
    file.failure = new Error("disk full");
    schedule.start();
    for (let n = 0; n < 5; n++) await pass(INTERVAL_MS);
    expect(logged).toEqual(["rooms are not kept"]);
    expect(entries).toMatchObject([{ level: "error", err: { message: "disk full" }, file: file.path }]);
    file.failure = null;
    for (let n = 0; n < 5; n++) await pass(INTERVAL_MS);
    expect(logged).toEqual(["rooms are not kept", "rooms are kept again"]);
    expect(file.written).toEqual(["base"]);
  });

  test("[R48] the last one waits until one that is under way is left, and nothing is written after it", async () => {
    const { schedule, file, create, pass, happen } = stage();
    const { code } = create("tv");
    const first = Promise.withResolvers<void>();
    file.gate = first.promise;
    schedule.start();
    const passed = pass(INTERVAL_MS);
    const last = Promise.withResolvers<void>();
    const finished = schedule.finish();
    file.gate = last.promise;
    for (let n = 0; n < 3; n++) await new Promise(setImmediate);
    expect([file.underWay, existsSync(file.path)]).toEqual([1, false]);
    first.resolve();
    // The last one takes its time: by then the next of the others would be due, into the same file.
    happen();
    for (let n = 0; n < 3; n++) await new Promise(setImmediate);
    expect(file.underWay).toBe(1);
    const later = pass(INTERVAL_MS * 3);
    last.resolve();
    await Promise.all([passed, later, finished]);
    expect(file.read()).toMatchObject({ isWhole: true, records: [{ code }] });
    await pass(600_000);
    expect(file.written).toEqual(["whole"]);
  });

  test("[R48] the last one leaves what is being appended, and its file is whole all the same", async () => {
    const { schedule, file, create, pass, logged } = stage();
    schedule.start();
    await pass(INTERVAL_MS);
    const gate = Promise.withResolvers<void>();
    file.gate = gate.promise;
    const { code } = create("tv");
    const passed = pass(INTERVAL_MS);
    const finished = schedule.finish();
    gate.resolve();
    await Promise.all([passed, finished]);
    expect(file.read()).toMatchObject({ isWhole: true, records: [{ code }] });
    // That is no failure.
    expect([file.written, logged]).toEqual([["base", "whole"], []]);
  });

  test("[R48] nothing is written after the last one, though the next was due and a room grows old", async () => {
    const { schedule, file, create, pass } = stage();
    create("tv");
    schedule.start();
    await pass(INTERVAL_MS);
    await schedule.finish();
    for (let n = 0; n < 10; n++) await pass(RENEW_MS);
    expect(file.written).toEqual(["base", "whole"]);
    expect(file.read()?.isWhole).toBe(true);
  });

  test("[R48] the last one is written though nothing has happened, and though the disk was full before", async () => {
    const { schedule, file, logged, pass } = stage();
    file.failure = new Error("disk full");
    schedule.start();
    await pass(INTERVAL_MS);
    file.failure = null;
    await schedule.finish();
    expect(file.written).toEqual(["whole"]);
    expect(logged).toEqual(["rooms are not kept", "rooms are kept again"]);
  });

  test("[R50] a last one that cannot be written ends nothing", async () => {
    const { schedule, file, logged } = stage();
    file.failure = new Error("disk full");
    await schedule.finish();
    expect(logged).toEqual(["rooms are not kept"]);
  });
});

describe("taking up", () => {
  test("[R48] rooms are there, and the snapshot counts as whole once", async () => {
    const { folder, code } = await left();
    const next = stage(folder);
    next.schedule.restore();
    expect(next.rooms.at(code)?.away).toBe(1);
    expect(next.logged).toEqual(["rooms taken up"]);
    // It has said nothing yet and falls: whoever comes next cannot know that.
    expect(next.file.read()?.isWhole).toBe(false);
  });

  test("[R48] no file is no rooms, and no word", () => {
    const { schedule, rooms, logged } = stage();
    schedule.restore();
    expect([rooms.size, logged]).toEqual([0, []]);
  });

  test("[R50] of a file whose end is damaged the rest is taken up, and a line says so; of one that is torn nothing is said", async () => {
    const folder = newFolder();
    const { schedule, file, create, pass } = stage(folder);
    const { code } = create("tv");
    schedule.start();
    await pass(INTERVAL_MS);
    const { size } = statSync(file.path);
    create("late");
    await pass(INTERVAL_MS);
    await schedule.stop();
    const bytes = readFileSync(file.path);
    const takeUp = (changed: Buffer) => {
      writeFileSync(file.path, changed);
      const next = stage(folder);
      next.schedule.restore();
      expect([next.rooms.size, next.rooms.at(code)?.away]).toEqual([1, 1]);
      return next.entries;
    };
    const takenUp = { level: "info", rooms: 1, left: 0, isWhole: false, msg: "rooms taken up" };
    expect(takeUp(bytes.subarray(0, -1))).toEqual([takenUp]);
    const damaged = Buffer.from(bytes);
    damaged[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    const msg = "the end of the snapshot is damaged, and left out";
    expect(takeUp(damaged)).toEqual([{ level: "warn", damagedBytes: bytes.length - size, msg }, takenUp]);
  });

  test("[R50] what cannot be read is put aside, and the server starts clean", async () => {
    const { folder } = await left();
    writeFileSync(join(folder, "rooms.snapshot"), "partyline rooms 2 something else\n");
    const next = stage(folder);
    next.schedule.restore();
    expect([next.rooms.size, next.logged]).toEqual([0, ["a snapshot is put aside"]]);
    expect(next.entries).toMatchObject([{ level: "warn", reason: "it is no snapshot of this version" }]);
    expect(existsSync(join(folder, "rooms.snapshot"))).toBe(false);
    expect(statSync(join(folder, "rooms.snapshot.aside")).isFile()).toBe(true);
    // A place that is taken by what was put aside before is taken over.
    await next.schedule.finish();
    writeFileSync(join(folder, "rooms.snapshot"), "");
    stage(folder).schedule.restore();
    expect(statSync(join(folder, "rooms.snapshot.aside")).size).toBe(0);
  });

  test("[R50] where it cannot be put aside either, the server starts all the same", async () => {
    const { folder } = await left();
    writeFileSync(join(folder, "rooms.snapshot"), "nonsense");
    mkdirSync(join(folder, "rooms.snapshot.aside", "full"), { recursive: true });
    const next = stage(folder);
    next.schedule.restore();
    expect(next.logged).toEqual(["a snapshot is put aside", "it could not be put aside, and will be written over"]);
    expect(next.entries[1]).toMatchObject({
      level: "warn",
      err: { message: expect.stringContaining("rooms.snapshot") },
    });
    await next.schedule.finish();
    expect(next.file.read()?.isWhole).toBe(true);
  });

  test("[R50] a whole one that cannot be marked as taken up is not taken up: it would count as whole again", async () => {
    const { folder } = await left();
    const next = stage(folder);
    next.file.reopen = () => {
      throw new SnapshotError("it cannot be written to");
    };
    next.schedule.restore();
    expect([next.rooms.size, next.logged]).toEqual([0, ["a snapshot is put aside"]]);
  });

  test("[R48] one room that cannot be taken up does not keep the others from it", async () => {
    const { folder, code } = await left();
    const next = stage(folder);
    next.create("squatter", { code });
    next.schedule.restore();
    expect(next.rooms.at(code)?.host?.clientId).toBe("squatter");
    expect(next.entries).toEqual([{ level: "info", rooms: 0, left: 1, isWhole: true, msg: "rooms taken up" }]);
  });

  test("[R50] a bug while one room is taken up is logged, and the others are taken up", async () => {
    const folder = newFolder();
    const { schedule, create } = stage(folder);
    const codes = ["AAAA", "BBBB"];
    for (const code of codes) create("tv", { code });
    await schedule.finish();
    const next = stage(folder);
    const { restore } = next.rooms;
    next.rooms.restore = (record, isWhole) => {
      if (record.code === "AAAA") throw new Error("a seat of nobody");
      return restore.call(next.rooms, record, isWhole);
    };
    next.schedule.restore();
    expect(codes.map((code) => next.rooms.at(code)?.code)).toEqual([undefined, "BBBB"]);
    expect(next.entries).toMatchObject([
      { level: "error", err: { message: "a seat of nobody" }, msg: "a room could not be taken up" },
      { level: "info", rooms: 1, left: 1, isWhole: true, msg: "rooms taken up" },
    ]);
  });

  test("[R50] records that cannot be read are one line: how many, and three different reasons at most", async () => {
    const folder = newFolder();
    const { schedule, file, create, rooms } = stage(folder);
    create("tv");
    await schedule.finish();
    const [good] = [...rooms.records(true)];
    if (good === undefined) throw new Error("no room");
    const without = (field: keyof RoomRecord) => ({ ...good, [field]: undefined }) as unknown as RoomRecord;
    const dropped = async (records: readonly RoomRecord[]) => {
      await file.write(records);
      const next = stage(folder);
      next.schedule.restore();
      return next.entries[0];
    };
    const reasons = ["code: invalid_type", "id: invalid_type", "wire: invalid_type"];
    const twice = [without("code"), without("code"), without("id"), without("wire")];
    expect(await dropped(twice)).toMatchObject({ level: "warn", dropped: 4, reasons });
    expect(await dropped([...twice, without("epoch")])).toMatchObject({ level: "warn", dropped: 5, reasons });
  });
});
