// A channel and its shards, over a notebook of topics: each line hears everything published while it listened, in order, each once,
// however the shards are served.
import { describe, expect, spyOn, test } from "bun:test";
import type { Dialect } from "../../src/dialects/dialect.ts";
import { live } from "../../src/dialects/live/codec.ts";
import { CHANNEL_BOUNDS, Channel } from "../../src/doors/channel.ts";
import { SocketFanout } from "../../src/doors/fanout.ts";
import type { SocketLine } from "../../src/doors/line.ts";
import type { SocketOutlet } from "../../src/doors/outlet.ts";
import type { SessionEvent } from "../../src/protocol/events.ts";
import { ManualClock } from "../support/clock.ts";
import { randomFrom, seedOf } from "../support/random.ts";

const { shards: SHARDS, atOnceMax: AT_ONCE_MAX, roundMs: ROUND_MS } = CHANNEL_BOUNDS;

interface Listener {
  readonly line: SocketLine;
  readonly number: number;
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
  /** Let go when it is empty, as the fanout does; the next one has the same topic. */
  let channel: Channel | null = null;
  const listening: Listener[] = [];
  let entered = 0;
  function enter(): Listener {
    const socket = {
      subscribe: (topic: string) => void topics.set(topic, (topics.get(topic) ?? new Set()).add(listener)),
      unsubscribe: (topic: string) => void topics.get(topic)?.delete(listener),
    };
    const line = { isOpen: true, socket } as unknown as SocketLine;
    const listener: Listener = { line, number: entered++, heard: [], expected: [] };
    channel ??= new Channel("live/1", outlet.publishTo, clock);
    channel.subscribe(line, listener.number);
    listening.push(listener);
    return listener;
  }
  function quit(listener: Listener): void {
    listening.splice(listening.indexOf(listener), 1);
    channel?.unsubscribe(listener.line, listener.number);
    if (channel?.size === 0) channel = null;
  }
  function empty(): void {
    for (const listener of [...listening]) quit(listener);
  }
  function tell(text: string): void {
    for (const listener of listening) listener.expected.push(text);
    channel?.publish(text);
  }
  const size = () => channel?.size ?? 0;
  return { clock, writes, counts, listening, enter, quit, empty, tell, size };
}

describe("a channel", () => {
  test("[T5] a few subscribers are told at once", () => {
    const { enter, tell, listening } = stage();
    for (let n = 0; n < AT_ONCE_MAX; n++) enter();
    tell("a");
    expect(listening.every(({ heard }) => heard.length === 1)).toBe(true);
  });

  test("[T5] many are told a shard a turn; what is published meanwhile goes with it", () => {
    const { clock, enter, tell, listening, writes, counts } = stage();
    for (let n = 0; n < 10 * SHARDS; n++) enter();
    tell("a");
    expect(new Set(writes.map(({ topic }) => topic)).size).toBe(1);
    clock.advance(0);
    for (const { heard } of listening) expect(heard).toEqual(["a"]);
    // The next round is some time away, and what comes until then goes out together.
    tell("b");
    clock.advance(ROUND_MS - 1);
    tell("c");
    for (const { heard } of listening) expect(heard).toEqual(["a"]);
    clock.advance(1);
    for (const { heard } of listening) expect(heard).toEqual(["a", "b", "c"]);
    expect(counts.promised).toBe(counts.heard);
  });

  test("[T5] however often something is published, a shard of a crowd is served once a round", () => {
    const { clock, enter, tell, writes } = stage();
    while (enter().number < AT_ONCE_MAX);
    const rounds = 50;
    const timers = spyOn(clock, "after");
    let served = 0;
    for (let ms = 0; ms < rounds * ROUND_MS; ms++) {
      const before = writes.length;
      tell(String(ms));
      clock.advance(1);
      served += new Set(writes.slice(before).map(({ topic }) => topic)).size;
    }
    expect(served).toBeGreaterThan((rounds - 2) * SHARDS);
    expect(served).toBeLessThanOrEqual((rounds + 1) * SHARDS);
    // A turn for each shard, one for the next round, and one that waits for it.
    expect(timers.mock.calls.length).toBeLessThanOrEqual((rounds + 1) * (SHARDS + 2));
  });

  test("[T6] who enters between two turns hears nothing of what was told before, and all of what comes after", () => {
    const { clock, enter, tell } = stage();
    for (let n = 0; n < 10 * SHARDS; n++) enter();
    tell("a");
    const late = Array.from({ length: SHARDS }, enter);
    tell("b");
    clock.advance(100);
    for (const { heard } of late) expect(heard).toEqual(["b"]);
  });

  test("[T6] who enters a channel that was emptied in the middle of a round hears nothing of that round", () => {
    const { clock, enter, empty, tell, counts } = stage();
    for (let n = 0; n < 10 * SHARDS; n++) enter();
    tell("a");
    empty();
    const late = Array.from({ length: SHARDS }, enter);
    clock.advance(0);
    tell("b");
    clock.advance(100);
    for (const { heard } of late) expect(heard).toEqual(["b"]);
    expect(counts.promised).toBe(counts.heard);
  });

  test("[T5][T6] in any order of entering, telling, leaving and time", () => {
    const seed = seedOf("FUZZ_SEED");
    const random = randomFrom(seed);
    const { clock, enter, quit, empty, tell, listening, counts, size } = stage();
    for (let n = 0; n < 100; n++) enter();
    for (let step = 0; step < 20_000; step++) {
      const roll = random.below(100);
      if (roll < 40) tell(String(step));
      else if (roll < 70) clock.advance(random.below(5));
      else if (roll < 85 && listening.length < 300) enter();
      else if (random.chance(0.02)) {
        // All of them at once, as when their session ends; and a crowd comes, large or small.
        empty();
        for (let n = random.below(200); n > 0; n--) enter();
      } else if (listening.length > 0) quit(random.pick(listening));
    }
    clock.advance(1_000);
    for (const { heard, expected } of listening) {
      if (!Bun.deepEquals(heard, expected))
        throw new Error(`seed ${seed}: ${heard.length} heard, ${expected.length} told`);
    }
    expect(size()).toBe(listening.length);
    expect(counts.promised).toBe(counts.heard);
  });
});

describe("the channels of all sessions", () => {
  function house() {
    const topics = new Map<string, Set<SocketLine>>();
    const published: { readonly to: SocketLine; readonly text: string }[] = [];
    const outlet = {
      tellTopic() {},
      publishTo(topic: string, text: string) {
        for (const to of topics.get(topic) ?? []) published.push({ to, text });
      },
    };
    let encoded = 0;
    const encode = ({ body }: SessionEvent) => {
      encoded++;
      return body;
    };
    const dialect = { ...live, encode } as unknown as Dialect;
    const fanout = new SocketFanout(outlet as unknown as SocketOutlet, dialect, new ManualClock());
    function newLine(): SocketLine {
      const socket = {
        subscribe: (topic: string) => void topics.set(topic, (topics.get(topic) ?? new Set()).add(line)),
        unsubscribe: (topic: string) => void topics.get(topic)?.delete(line),
      };
      const line = { isOpen: true, socket } as unknown as SocketLine;
      return line;
    }
    const event = (body: string): SessionEvent => ({ kind: "session", id: 1, type: "x", timestamp: "", body });
    /** Who hears an event of that session. */
    function hear(sessionId: number): readonly SocketLine[] {
      fanout.toSubscribers(sessionId, event("{}"));
      return published.splice(0).map(({ to }) => to);
    }
    return { fanout, newLine, hear, encoded: () => encoded };
  }

  test("[T5] a line that has left hears nothing, in whatever shard it is, also when it showed a token twice", () => {
    const { fanout, newLine, hear } = house();
    const lines = Array.from({ length: SHARDS * 2 + 1 }, newLine);
    for (const line of lines) fanout.admit(line);
    for (const line of lines) fanout.subscribe(line, 1, true);
    for (const line of lines) fanout.admit(line);
    expect(new Set(hear(1))).toEqual(new Set(lines));
    while (lines.length > 0) {
      const gone = lines.shift();
      if (gone !== undefined) fanout.unsubscribe(gone, 1, true);
      expect(new Set(hear(1))).toEqual(new Set(lines));
    }
  });

  test("[T5] for a session to which nobody listens any more nothing is encoded", () => {
    const { fanout, newLine, hear, encoded } = house();
    const line = newLine();
    fanout.admit(line);
    fanout.subscribe(line, 1, true);
    expect([hear(1), encoded()]).toEqual([[line], 1]);
    fanout.unsubscribe(line, 1, true);
    expect([hear(1), encoded()]).toEqual([[], 1]);
    fanout.subscribe(line, 1, true);
    expect([hear(1), encoded()]).toEqual([[line], 2]);
  });
});
