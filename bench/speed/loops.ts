// Two ways of driving a crowd. The closed loop keeps the server busy: a room speaks again when it has heard what was
// said. The fixed rate is deaf to answers: each message has its due time. Both begin and end with nothing under way, so that
// CPU time and deliveries are of exactly the same messages.

import { stampedFrame, textFrame } from "../client/frames.ts";
import type { Line } from "../client/line.ts";
import { percentile } from "../stats.ts";
import type { Crowd } from "./crowd.ts";
import type { Sample } from "./measure.ts";

const DRAIN_TIMEOUT_MS = 15_000;
const PACE_MS = 1;
const SAMPLES_MAX = 1 << 20;

export interface Speaker {
  readonly line: Line;
  readonly message: string;
  readonly hearers: number;
}

export type SpeakersOf = (room: readonly Line[]) => Speaker[];

export type Drive = (windowMs: number) => Promise<Sample & { count: number }>;

/** What is under way. A window is over when it was stopped and all is heard, or at the first fault. */
class Tally {
  isRunning = false;
  #underWay = 0;
  #delivered = 0;
  #end = Promise.withResolvers<void>();

  constructor(crowd: Crowd) {
    for (const line of crowd.flat()) line.onFault = (reason) => this.#fail(reason);
  }

  begin(): void {
    this.#delivered = 0;
    this.isRunning = true;
    this.#end = Promise.withResolvers<void>();
    this.#end.promise.catch(() => {}); // a fault may come before anybody waits
  }

  due(frames: number): void {
    this.#underWay += frames;
  }

  heard(frames: number): void {
    this.#delivered += frames;
    this.#underWay -= frames;
    if (!this.isRunning) this.stop();
  }

  stop(): void {
    this.isRunning = false;
    if (this.#underWay <= 0) this.#end.resolve();
  }

  /** How many were delivered. What never comes is a failure of the case, told with its count. */
  async settled(windowMs: number): Promise<number> {
    const tooLate = () => this.#fail(`${this.#underWay} deliveries never came`);
    const timer = setTimeout(tooLate, windowMs + DRAIN_TIMEOUT_MS);
    await this.#end.promise.finally(() => clearTimeout(timer));
    if (this.#underWay < 0) throw new Error(`${-this.#underWay} deliveries more than were sent`);
    return this.#delivered;
  }

  #fail(reason: string): void {
    this.isRunning = false;
    this.#end.reject(new Error(reason));
  }
}

/** @param roundsUnderWay so many rounds of a room may be on their way at a time */
export function closedLoop(crowd: Crowd, speakersOf: SpeakersOf, roundsUnderWay: number): Drive {
  const tally = new Tally(crowd);
  let until = 0;
  const begins = crowd.map((room) => {
    const speakers = speakersOf(room);
    const packets = speakers.map(({ line, message }) => ({ line, bytes: textFrame(message) }));
    const aRound = speakers.reduce((sum, { hearers }) => sum + hearers, 0);
    let underWay = 0;
    const speak = () => {
      underWay += aRound;
      tally.due(aRound);
      for (const { line, bytes } of packets) line.write(bytes);
    };
    const onFrames = (count: number) => {
      underWay -= count;
      tally.heard(count);
      while (underWay <= aRound * (roundsUnderWay - 1) && tally.isRunning) {
        if (performance.now() >= until) tally.stop();
        else speak();
      }
    };
    for (const line of room) line.onFrames = onFrames;
    return () => {
      for (let i = 0; i < roundsUnderWay; i++) speak();
    };
  });
  return async (windowMs) => {
    tally.begin();
    until = performance.now() + windowMs;
    for (const begin of begins) begin();
    return { count: await tally.settled(windowMs) };
  };
}

/**
 * @param perSecond deliveries in all
 * @param spins the load has a core of its own: a timer's millisecond would be most of the latency, and what comes in bundles is cheaper.
 * Without it a message is counted from when it was sent, so that whoever shares the core gets on.
 */
export function fixedRate(crowd: Crowd, speakersOf: SpeakersOf, perSecond: number, spins: boolean): Drive {
  const tally = new Tally(crowd);
  // Bounded, and without an allocation a sample.
  const latencies = new Float64Array(SAMPLES_MAX);
  let sampled = 0;
  // Room by room in turn, so that two messages after each other fall into different rooms where there are several.
  const rooms = crowd.map(speakersOf);
  const inTurn = Array.from({ length: Math.max(...rooms.map(({ length }) => length)) }, (_, i) =>
    rooms.flatMap((speakers) => speakers.slice(i, i + 1)),
  )
    .flat()
    .map((speaker) => ({ ...speaker, frame: stampedFrame(speaker.message) }));
  for (const line of crowd.flat()) {
    line.onFrames = (count) => tally.heard(count);
    // A frame that the network has cut has no stamp to read (-1), and is left out.
    line.onStamp = (stampUs) => {
      if (stampUs >= 0 && sampled < SAMPLES_MAX) latencies[sampled++] = nowUs() - stampUs;
    };
  }
  const gapMs = (1000 * inTurn.reduce((sum, { hearers }) => sum + hearers, 0)) / inTurn.length / perSecond;
  let turn = 0;
  const sendOne = (dueMs: number) => {
    const speaker = inTurn[turn++ % inTurn.length];
    if (speaker === undefined) return;
    speaker.frame.stamp(spins ? Math.floor(dueMs * 1000) : nowUs());
    tally.due(speaker.hearers);
    speaker.line.write(speaker.frame.bytes);
  };
  return async (windowMs) => {
    sampled = 0;
    tally.begin();
    const start = performance.now();
    const endMs = Math.ceil(windowMs / gapMs) * gapMs;
    for (let due = 0; due < endMs && tally.isRunning; ) {
      for (; due <= performance.now() - start && due < endMs; due += gapMs) sendOne(start + due);
      await (spins ? new Promise(setImmediate) : Bun.sleep(PACE_MS));
    }
    tally.stop();
    const count = await tally.settled(windowMs);
    if (sampled === 0) throw new Error("no frame ended with a readable time stamp");
    const sorted = latencies.subarray(0, sampled).toSorted();
    const ms = (share: number) => percentile(sorted, share) / 1000;
    return { count, p50Ms: ms(0.5), p90Ms: ms(0.9), p99Ms: ms(0.99), p999Ms: ms(0.999), maxMs: ms(1) };
  };
}

/** Microseconds since this process began: fits the stamp's twelve hex digits for some years. */
function nowUs(): number {
  return Math.floor(performance.now() * 1000);
}
