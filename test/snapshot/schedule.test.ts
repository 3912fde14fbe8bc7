// When rooms are written down, and what becomes of a file that cannot be written or read: the schedule alone, on a clock that stands
// still, over a folder of its own.
import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLog } from "../../src/log.ts";
import type { RoomRecord } from "../../src/rooms/record.ts";
import { SnapshotError, SnapshotFile } from "../../src/snapshot/file.ts";
import { SnapshotSchedule } from "../../src/snapshot/schedule.ts";
import { core } from "../support/core.ts";

const INTERVAL_MS = 2_000;
const RENEW_MS = 10_000;
const KEY = new Uint8Array(32).fill(7);
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "partyline-schedule-"));
  folders.push(folder);
  return folder;
}

/** A file that notes what is asked of it, and can be made slow, or made to fail. */
class WatchedFile extends SnapshotFile {
  readonly written: boolean[] = [];
  underWay = 0;
  failure: Error | null = null;
  workMs = 0;
  /** The next write waits for it. */
  gate: Promise<void> = Promise.resolve();

  override async write(records: Iterable<RoomRecord>, isWhole: boolean): Promise<number> {
    if (++this.underWay > 1) throw new Error("two writes at once");
    try {
      await this.gate;
      if (this.failure !== null) throw this.failure;
      await super.write(records, isWhole);
      this.written.push(isWhole);
      return this.workMs;
    } finally {
      this.underWay--;
    }
  }
}

function stage(folder = newFolder()) {
  const parts = core();
  const file = new WatchedFile(join(folder, "rooms.snapshot"), KEY, () => parts.clock.now());
  const logged: string[] = [];
  const log = openLog("debug", { write: (line: string) => void logged.push(JSON.parse(line).msg) });
  const schedule = new SnapshotSchedule(file, parts.rooms, parts.clock, log, (wire) => wire === "party");
  /** Lets so much time pass, and what is written then be written. */
  async function pass(ms: number): Promise<void> {
    parts.clock.advance(ms);
    while (file.underWay > 0) await new Promise(setImmediate);
    await new Promise(setImmediate);
  }
  /** A room comes and goes. */
  const happen = () => void parts.ask(parts.create("somebody").line, { kind: "leave" });
  return { ...parts, folder, file, logged, schedule, pass, happen };
}

/** What a process with a room leaves behind. */
async function left(folder = newFolder()): Promise<{ folder: string; code: string }> {
  const { schedule, create } = stage(folder);
  const { code } = create("tv");
  await schedule.finish();
  return { folder, code };
}

describe("writing", () => {
  test("[R48] every two seconds, as long as something happens", async () => {
    const { schedule, file, pass, happen } = stage();
    schedule.start();
    await pass(INTERVAL_MS - 1);
    expect(file.written).toEqual([]);
    await pass(1);
    expect(file.written).toEqual([false]);
    await pass(INTERVAL_MS);
    expect(file.written).toEqual([false]);
    happen();
    await pass(INTERVAL_MS);
    expect(file.written).toEqual([false, false]);
  });

  test("[R48] what happens while it is written is written the next time", async () => {
    const { schedule, file, pass, happen } = stage();
    const gate = Promise.withResolvers<void>();
    file.gate = gate.promise;
    schedule.start();
    const first = pass(INTERVAL_MS);
    happen();
    gate.resolve();
    await first;
    await pass(INTERVAL_MS);
    expect(file.written).toEqual([false, false]);
  });

  test("[R48] a silent room does not grow too old to be taken up", async () => {
    const { schedule, folder, create, pass } = stage();
    const { code } = create("tv");
    schedule.start();
    for (let minute = 0; minute < 10; minute++) await pass(60_000);
    // As old as the clock of the one that wrote it says: its rests, and no more.
    const next = core();
    next.clock.advance(600_000 + 120_000 - RENEW_MS - INTERVAL_MS);
    const file = new SnapshotFile(join(folder, "rooms.snapshot"), KEY, () => next.clock.now());
    expect(file.read()?.records.map((record) => record.code)).toEqual([code]);
  });

  test("[R48] it rests twenty times as long as it works", async () => {
    const { schedule, file, pass, happen } = stage();
    file.workMs = 500;
    schedule.start();
    await pass(INTERVAL_MS);
    happen();
    await pass(500 * 20 - 1);
    expect(file.written).toHaveLength(1);
    await pass(1);
    expect(file.written).toHaveLength(2);
  });

  test("[R50] a failure is logged once, tried again all the while, and logged once when it is over", async () => {
    const { schedule, file, logged, pass } = stage();
    file.failure = new Error("disk full");
    schedule.start();
    for (let n = 0; n < 5; n++) await pass(INTERVAL_MS);
    expect(logged).toEqual(["rooms are not kept"]);
    file.failure = null;
    for (let n = 0; n < 5; n++) await pass(INTERVAL_MS);
    expect(logged).toEqual(["rooms are not kept", "rooms are kept again"]);
    expect(file.written).toEqual([false]);
  });

  test("[R48] the last one waits for one that is under way, and nothing is written after it", async () => {
    const { schedule, file, pass, happen } = stage();
    const first = Promise.withResolvers<void>();
    file.gate = first.promise;
    schedule.start();
    const passed = pass(INTERVAL_MS);
    const last = Promise.withResolvers<void>();
    const finished = schedule.finish();
    file.gate = last.promise;
    first.resolve();
    while (file.written.length === 0) await new Promise(setImmediate);
    // The last one takes its time: by then the next of the others would be due, into the same file.
    happen();
    for (let n = 0; n < 3; n++) await new Promise(setImmediate);
    expect(file.underWay).toBe(1);
    const later = pass(INTERVAL_MS * 3);
    last.resolve();
    await Promise.all([passed, later, finished]);
    expect(file.read()?.isWhole).toBe(true);
    await pass(600_000);
    expect(file.written).toEqual([false, true]);
  });

  test("[R48] the last one is written though nothing has happened, and though the disk was full before", async () => {
    const { schedule, file, logged, pass } = stage();
    file.failure = new Error("disk full");
    schedule.start();
    await pass(INTERVAL_MS);
    file.failure = null;
    await schedule.finish();
    expect(file.written).toEqual([true]);
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

  test("[R50] what cannot be read is put aside, and the server starts clean", async () => {
    const { folder } = await left();
    writeFileSync(join(folder, "rooms.snapshot"), "partyline rooms 2 something else\n");
    const next = stage(folder);
    next.schedule.restore();
    expect([next.rooms.size, next.logged]).toEqual([0, ["a snapshot is put aside"]]);
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
    expect(next.logged).toEqual(["rooms taken up"]);
  });
});
