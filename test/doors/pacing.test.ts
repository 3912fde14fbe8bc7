// What waits, and when it goes on, without a socket: a line whose reads are noted, on a clock that stands still.
import { describe, expect, test } from "bun:test";
import { Dialects } from "../../src/dialects/index.ts";
import { Faults } from "../../src/doors/faults.ts";
import { type Socket, SocketLine } from "../../src/doors/line.ts";
import { Pacing, type Reader } from "../../src/doors/pacing.ts";
import { LineRates } from "../../src/doors/rates.ts";
import { Recorder } from "../../src/doors/recorder.ts";
import { Guesses } from "../../src/limits/guesses.ts";
import { openLog } from "../../src/log.ts";
import { Metrics } from "../../src/metrics.ts";
import type { Command } from "../../src/protocol/commands.ts";
import { ManualClock } from "../support/clock.ts";
import { sharedOf } from "../support/shared.ts";

const LIMITS = { messagesPerSecond: 10, hostMessagesPerSecond: 10, bytesPerSecond: 1_000_000 };
const BURST = 20;
const FLOOD_MS_MAX = 10_000;
const GUESSES_WAITING_MAX = 32;
const LEVEL = () => 0;
const LEVELS = {
  ...{
    lines: LEVEL,
    rooms: LEVEL,
    seats: LEVEL,
    seatsAway: LEVEL,
    audience: LEVEL,
    listeners: LEVEL,
    sessionEvents: LEVEL,
  },
  ...{ unsentBytes: LEVEL, sessionsFull: LEVEL, sessionsForgotten: LEVEL, snapshotAt: LEVEL },
  ...{ connections: () => [], roomsOpened: LEVEL, keptBytes: LEVEL, sessionsOpened: LEVEL },
};
const JOIN: Command = { kind: "join", asked: { type: "join", ref: undefined }, guest: null, code: "ABCD", since: null };

function stage() {
  const clock = new ManualClock();
  const metrics = new Metrics(LEVELS);
  const guesses = new Guesses({ failedJoinsPerMinute: 1, wrongCodesPerSecond: 1_000 }, clock);
  const rates = new LineRates(LIMITS, { isHost: () => false });
  const logged: string[] = [];
  const recorder = new Recorder(0, clock, [], () => clock.now());
  const log = openLog("debug", { write: (text: string) => void logged.push(text) });
  const faults = new Faults(metrics.counts, log, recorder);
  const dialect = new Dialects("party", { instance: "test", region: "" }).named("party");
  const line = new SocketLine(dialect, sharedOf("192.0.2.1"), "unknown", metrics.counts, clock.now());
  const done: string[] = [];
  const socket = {
    pause: () => void done.push("pause"),
    resume: () => void done.push("resume"),
    send: () => 1,
    getBufferedAmount: () => 0,
    close: (code: number) => {
      done.push(`close ${code}`);
      line.isOpen = false;
    },
  };
  line.socket = socket as unknown as Socket;
  const said: string[] = [];
  const reader: Reader = {
    read: (_line, text) => void said.push(text),
    carryOut: (_line, command) => void said.push(command.kind),
    isFrozen: false,
    isStill: () => false,
  };
  const pacing = new Pacing({ rates, guesses, metrics, clock, faults, recorder }, reader);
  /** A frame comes in, as the intake takes it. */
  function frame(text: string): void {
    if (line.pause !== null) line.pause.frames.push(text);
    else if (rates.take(line, text.length, clock.now())) reader.read(line, text);
    else pacing.delay(line, text);
  }
  /** So many frames come in at once. */
  function frames(count: number): void {
    for (let n = 0; n < count; n++) frame(String(n));
  }
  /** What was said since the last look. */
  const heard = () => said.splice(0);
  return { clock, metrics, guesses, logged, line, done, reader, pacing, frame, frames, heard };
}

/** A guess of a line that was wrong so often. */
function guess(line: SocketLine, wrong: number) {
  return { address: line.address, code: "ABCD", isNeighbour: false, wrong };
}

/** The other lines of an address, which were wrong once, take all places among those who wait. */
function fillQueue({ guesses, line }: ReturnType<typeof stage>): void {
  guesses.failed(line.address, "WRNG");
  const go = () => void guesses.failed(line.address, null);
  for (let n = 0; n <= GUESSES_WAITING_MAX; n++) guesses.ask(guess(line, 1), { go, refuse: () => {} });
}

describe("a flood", () => {
  test("[L5] may last ten seconds, and not one message longer", () => {
    const { clock, line, done, frames } = stage();
    frames(BURST + 1_000);
    clock.advance(FLOOD_MS_MAX);
    expect([line.closedAs, done]).toEqual([null, ["pause"]]);
    clock.advance(100);
    expect(line.closedAs).toBe("tooFast");
    expect(done).toContain("close 4101");
  });

  /** Floods for six seconds, is quiet for so long after it was read again, and floods on: how long until it is closed. */
  function closedAfter(quietMs: number): number {
    const { clock, done, frames } = stage();
    frames(BURST + 60);
    clock.advance(6_000);
    expect(done).toEqual(["pause", "resume"]);
    clock.advance(quietMs);
    frames(BURST + 1_000);
    for (let ms = 0; ms < 20_000; ms += 100) {
      if (done.includes("close 4101")) return ms;
      clock.advance(100);
    }
    throw new Error("the line was never closed");
  }

  test("[L5] that begins again within a second goes on, and a second later is another", () => {
    expect(closedAfter(999)).toBeLessThan(5_000);
    expect(closedAfter(1_000)).toBeGreaterThan(FLOOD_MS_MAX);
  });
});

test("[L7] a line that is read again has been heard just now: its silence was our doing", () => {
  const { clock, line, frames } = stage();
  frames(BURST + 60);
  clock.advance(6_000);
  expect([line.pause, line.heardAt]).toEqual([null, clock.now()]);
});

describe("a line that closes", () => {
  test("[R21] is read once: what waited for time to pass is not read again when it has", () => {
    const { clock, metrics, pacing, line, frames, heard } = stage();
    frames(BURST + 5);
    expect(heard()).toHaveLength(BURST);
    line.isOpen = false;
    pacing.flush(line);
    expect(heard()).toHaveLength(5);
    clock.advance(60_000);
    expect(heard()).toEqual([]);
    expect(metrics.counts.abandoned).toBe(0);
  });

  test("[L19] while its request waits: it is carried out once", () => {
    const { clock, pacing, line, heard, reader } = stage();
    pacing.parkUntil(line, 1_000, () => reader.carryOut(line, JOIN)).pending = JOIN;
    line.isOpen = false;
    pacing.flush(line);
    clock.advance(60_000);
    expect(heard()).toEqual(["join"]);
  });
});

describe("a line that waits for a seat", () => {
  function waiting() {
    const parts = stage();
    const wakes = new Set<() => void>();
    const whenFree = (wake: () => void) => {
      wakes.add(wake);
      return () => void wakes.delete(wake);
    };
    parts.pacing.parkForSeat(parts.line, JOIN, { kind: "later", ms: 6_000, whenFree });
    parts.frame("after it");
    const free = () => {
      for (const wake of wakes) wake();
    };
    return { ...parts, wakes, free };
  }

  test("[R35] is carried out when the seat is free, with what was said behind it, and once", () => {
    const { clock, done, heard, free, wakes } = waiting();
    free();
    expect(heard()).toEqual(["join", "after it"]);
    expect(done).toEqual(["pause", "resume"]);
    expect(wakes.size).toBe(0);
    clock.advance(60_000);
    expect(heard()).toEqual([]);
  });

  test("[R35] or when its time is over, and then waits for the seat no more", () => {
    const { clock, heard, wakes } = waiting();
    clock.advance(5_999);
    expect(heard()).toEqual([]);
    clock.advance(1);
    expect(heard()).toEqual(["join", "after it"]);
    expect(wakes.size).toBe(0);
  });

  test("[R35] takes nobody's turn when it closes: neither the time nor the seat finds it again", () => {
    const { clock, line, pacing, heard, wakes } = waiting();
    line.isOpen = false;
    pacing.flush(line);
    expect(wakes.size).toBe(0);
    clock.advance(60_000);
    expect(heard()).toEqual([]);
  });
});

describe("a guess that finds too many waiting", () => {
  test("[L9] is refused, and what was said after it is read on", () => {
    const parts = stage();
    const { clock, pacing, line, reader, done, frames, frame, heard } = parts;
    fillQueue(parts);
    const { read } = reader;
    reader.read = (of, text) => {
      if (text === "guess") pacing.parkAsGuess(line, JOIN, guess(line, 2), () => read(of, "refused"));
      else read(of, text);
    };
    frames(BURST);
    heard();
    // Behind a flood: the line is paused already.
    frame("guess");
    frame("after it");
    clock.advance(100);
    expect(heard()).toEqual(["refused"]);
    clock.advance(100);
    expect(heard()).toEqual(["after it"]);
    expect(done).toEqual(["pause", "resume"]);
    expect(line.pause).toBeNull();
  });

  test("[L9] is refused in the middle of what is read at once, and nothing is read or resumed twice", () => {
    const parts = stage();
    const { clock, pacing, line, reader, done, frame, heard } = parts;
    fillQueue(parts);
    const { read } = reader;
    reader.read = (of, text) => {
      if (text === "guess") pacing.parkAsGuess(line, JOIN, guess(line, 2), () => read(of, "refused"));
      else read(of, text);
    };
    pacing.parkUntil(line, 1_000, () => reader.carryOut(line, JOIN));
    frame("guess");
    frame("after it");
    clock.advance(1_000);
    expect(heard()).toEqual(["join", "refused", "after it"]);
    expect(done).toEqual(["pause", "resume"]);
  });

  test("[L9] on a line that nothing paused reads on at once", () => {
    const parts = stage();
    const { pacing, line, done } = parts;
    fillQueue(parts);
    pacing.parkAsGuess(line, JOIN, guess(line, 2), () => done.push("refused"));
    expect(done).toEqual(["refused"]);
    expect(line.pause).toBeNull();
  });

  test("[L9] after it has waited is refused once, and its line is read on", () => {
    const parts = stage();
    const { clock, pacing, line, guesses, done, frame, heard } = parts;
    fillQueue(parts);
    pacing.parkAsGuess(line, JOIN, guess(line, 1), () => done.push("refused"));
    frame("after it");
    expect(done).toEqual(["pause"]);
    for (let n = 0; n < GUESSES_WAITING_MAX; n++)
      guesses.ask(guess(line, 1), { go: () => void guesses.failed(line.address, null), refuse: () => {} });
    expect([done, heard()]).toEqual([["pause", "refused", "resume"], ["after it"]]);
    clock.advance(120_000);
    expect(heard()).toEqual([]);
  });

  test("[L36] is carried out at once where there is a turn, and its line is not paused", () => {
    const { guesses, pacing, line, done, heard } = stage();
    guesses.failed(line.address, "WRNG");
    expect(guesses.isCrowded(line.address)).toBe(true);
    pacing.parkAsGuess(line, JOIN, guess(line, 0), () => done.push("refused"));
    expect([done, heard()]).toEqual([[], ["join"]]);
  });
});
