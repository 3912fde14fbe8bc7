// A channel and its parts, over a notebook of topics: everyone hears everything told while it listened, in order, each once, however
// the parts are served.
import { describe, expect, test } from "bun:test";
import { Channel } from "../../src/doors/channel.ts";
import type { SocketLine } from "../../src/doors/line.ts";
import type { SocketOutlet } from "../../src/doors/outlet.ts";
import { FIXED } from "../../src/limits.ts";
import { ManualClock } from "../support/clock.ts";
import { randomFrom, seedOf } from "../support/random.ts";

interface Listener {
  readonly line: SocketLine;
  readonly part: number;
  readonly heard: string[];
  readonly expected: string[];
}

function stage() {
  const clock = new ManualClock();
  const topics = new Map<string, Set<Listener>>();
  const writes: { readonly topic: string }[] = [];
  const counts = { promised: 0, heard: 0 };
  const outlet = {
    publishTo(topic: string, text: string, listeners: number) {
      writes.push({ topic });
      counts.promised += listeners;
      for (const listener of topics.get(topic) ?? []) {
        counts.heard++;
        listener.heard.push(text);
      }
    },
  };
  const channel = new Channel("live/1", outlet as unknown as SocketOutlet, clock);
  const listening: Listener[] = [];
  let entered = 0;
  function enter(): Listener {
    const socket = {
      subscribe: (topic: string) => void topics.set(topic, (topics.get(topic) ?? new Set()).add(listener)),
      unsubscribe: (topic: string) => void topics.get(topic)?.delete(listener),
    };
    const line = { isOpen: true, socket } as unknown as SocketLine;
    const listener: Listener = { line, part: entered++ % FIXED.channelParts, heard: [], expected: [] };
    channel.enter(line, listener.part);
    listening.push(listener);
    return listener;
  }
  function tell(text: string): void {
    for (const listener of listening) listener.expected.push(text);
    channel.tell(text);
  }
  return { clock, channel, writes, counts, listening, enter, tell };
}

describe("a channel", () => {
  test("[T5] a small audience is told at once", () => {
    const { enter, tell, listening } = stage();
    for (let n = 0; n < FIXED.channelAtOnceMax; n++) enter();
    tell("a");
    expect(listening.every(({ heard }) => heard.length === 1)).toBe(true);
  });

  test("[T5] a large one a part a turn; what comes meanwhile goes with it", () => {
    const { clock, enter, tell, listening, writes, counts } = stage();
    for (let n = 0; n < 10 * FIXED.channelParts; n++) enter();
    tell("a");
    expect(new Set(writes.map(({ topic }) => topic)).size).toBe(1);
    clock.advance(0);
    for (const { heard } of listening) expect(heard).toEqual(["a"]);
    // The next round is some time away, and what comes until then goes out together.
    tell("b");
    clock.advance(FIXED.channelRoundMs - 1);
    tell("c");
    for (const { heard } of listening) expect(heard).toEqual(["a"]);
    clock.advance(1);
    for (const { heard } of listening) expect(heard).toEqual(["a", "b", "c"]);
    expect(counts.promised).toBe(counts.heard);
  });

  test("[T6] who enters between two turns hears nothing of what was told before, and all of what comes after", () => {
    const { clock, enter, tell } = stage();
    for (let n = 0; n < 10 * FIXED.channelParts; n++) enter();
    tell("a");
    const late = Array.from({ length: FIXED.channelParts }, enter);
    tell("b");
    clock.advance(100);
    for (const { heard } of late) expect(heard).toEqual(["b"]);
  });

  test("[T5][T6] in any order of entering, telling, leaving and time", () => {
    const seed = seedOf("FUZZ_SEED");
    const random = randomFrom(seed);
    const { clock, channel, enter, tell, listening, counts } = stage();
    for (let n = 0; n < 100; n++) enter();
    for (let step = 0; step < 20_000; step++) {
      const roll = random.below(100);
      if (roll < 40) tell(String(step));
      else if (roll < 70) clock.advance(random.below(5));
      else if (roll < 85 && listening.length < 300) enter();
      else if (listening.length > 1) {
        const [gone] = listening.splice(random.below(listening.length), 1);
        if (gone !== undefined) channel.quit(gone.line, gone.part);
      }
    }
    clock.advance(1_000);
    for (const { heard, expected } of listening) {
      if (!Bun.deepEquals(heard, expected))
        throw new Error(`seed ${seed}: ${heard.length} heard, ${expected.length} told`);
    }
    expect(channel.size).toBe(listening.length);
    expect(counts.promised).toBe(counts.heard);
  });
});
