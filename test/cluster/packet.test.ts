// Frames and packets as text: what is written is read again, whatever is in it, and what is no packet is null and never a throw.

import { heapStats } from "bun:jsc";
import { describe, expect, test } from "bun:test";
import {
  type End,
  frameText,
  headOf,
  packetText,
  readFrames,
  readPacket,
  unshared,
  VERSION,
  wellFormed,
} from "../../src/cluster/packet.ts";
import { type Frame, OPS } from "../../src/cluster/ports.ts";
import { mutated } from "../support/mutation.ts";
import { type Random, randomFrom, seedOf } from "../support/random.ts";

const SEEDS = [1, 2, 3];
const STEPS = Number(process.env.FUZZ_STEPS ?? 2_000);
const PIECES = [
  "",
  "x",
  ",",
  ":",
  "|",
  " ",
  "\u0000",
  "\n",
  "é",
  "🎉",
  "\ufeff",
  "\u2028",
  "1 a b 1 c 1 1 0|f,1,,1:x",
  "f,1,,5:",
];
const FROM: End = { boot: "b1", number: 3 };
const TO: End = { boot: "b2", number: 0 };

function text(random: Random): string {
  return Array.from({ length: random.below(6) }, () => random.pick(PIECES).repeat(1 + random.below(60))).join("");
}

function frame(random: Random): Frame {
  const line = random.pick([0, 1, 35, 36, 4_095, 4_096, 2 ** 31]);
  return { op: random.pick(OPS), line, arg: text(random).replaceAll(",", ""), text: text(random) };
}

describe.each([...SEEDS, seedOf("FUZZ_SEED")])("[N3] packets, FUZZ_SEED=%d", (seed) => {
  test("what is written is read again", () => {
    const random = randomFrom(seed);
    for (let step = 0; step < STEPS; step++) {
      const frames = Array.from({ length: random.below(5) }, () => frame(random));
      const [seq, ack] = [random.below(2 ** 31), random.below(9)];
      const written = packetText(headOf("node-1", FROM, TO), seq, ack, frames.map(frameText).join(""));
      const packet = readPacket(written);
      expect(packet).toMatchObject({ version: VERSION, node: "node-1", from: FROM, to: TO, seq, ack });
      expect(readFrames(written, packet?.bodyAt ?? 0)).toEqual(frames);
    }
  });

  test("what is nearly one is read or null", () => {
    const random = randomFrom(seed);
    for (let step = 0; step < STEPS; step++) {
      const written = packetText(headOf("n", FROM, TO), 1, 0, frameText(frame(random)));
      const garbage = random.chance(1 / 8) ? text(random) : mutated(random, written);
      const packet = readPacket(garbage);
      const frames = readFrames(garbage, packet?.bodyAt ?? random.below(garbage.length + 1));
      for (const { line } of frames ?? []) expect(Number.isSafeInteger(line)).toBe(true);
    }
  });
});

describe("[N3] a frame", () => {
  test("with lone surrogates keeps its length", () => {
    const lone: Frame = { op: "tell", line: 1, arg: "", text: "a\ud800b\udc00" };
    const written = wellFormed(frameText(lone) + frameText(lone));
    expect(written.isWellFormed()).toBe(true);
    const read = { ...lone, text: "a\ufffdb\ufffd" };
    expect(readFrames(written, 0)).toEqual([read, read]);
  });

  test("with a comma in its arg, or a line that is no number, is a bug", () => {
    const sound: Frame = { op: "hear", line: 1, arg: "room-1", text: "" };
    expect(frameText(sound)).toBe("e,1,room-1,0:");
    for (const wrong of [{ arg: "a,b" }, { line: -1 }, { line: 1.5 }, { line: Number.NaN }]) {
      expect(() => frameText({ ...sound, ...wrong })).toThrow(RangeError);
    }
  });

  test("has an op of its own on the wire, each", () => {
    const words = OPS.map((op) => frameText({ op, line: 0, arg: "", text: "" }));
    expect(new Set(words).size).toBe(OPS.length);
  });
});

test.each([
  ["", "no text"],
  ["1 n b 1 c 1 1 0", "no bar"],
  ["1 n b 1 c 1 1|", "a word short"],
  ["1 n b 1 c 1 1 0 0|", "a word more"],
  ["1 n b 1  1 1 0|", "nobody it is for"],
  ["1  b 1 c 1 1 0|", "nobody who says it"],
  ["1 n b 1 c 1 ^ 0|", "what stands between the digits"],
  ["1 n b 1 c 1 { 0|", "what stands behind them"],
  ["1 n b 1 c 1 1 -1|", "a number below 0"],
  ["1 n b 1 c 1 A 0|", "a capital digit"],
  ["1 n b 1 c 1 00000000000 0|", "a number too long"],
  ["x:1 n b 1 c 1 1 0|", "no version"],
])("[N3] %p is no packet: %s", (written) => {
  expect(readPacket(written)).toBeNull();
});

test.each(["f", "f,1", "f,1,", "f,1,,", "f,1,,0", "f,1,,2:x", "f,1,,:", "f,,,0:", "?,1,,0:", "f,1,,0:x", "f,1,a,b,0:"])(
  "[N3] %p is no frame",
  (written) => {
    expect(readFrames(written, 0)).toBeNull();
    expect(readFrames(`f,1,,1:x${written}`, 0)).toBeNull();
  },
);

test("[N3] what is kept of a frame does not keep its packet", () => {
  const filler: Frame = { op: "frame", line: 1, arg: "", text: "y".repeat(60_000) };
  const usedBytes = () => {
    Bun.gc(true);
    const { heapSize, extraMemorySize } = heapStats();
    return heapSize + extraMemorySize;
  };
  const before = usedBytes();
  const kept = Array.from({ length: 500 }, (_, index) => {
    const small = { ...filler, text: `${index}`.repeat(20) };
    // As it comes from the engine: one string, and nobody else has a hold on it.
    const written = Buffer.from(frameText(filler) + frameText(small)).toString();
    return unshared(readFrames(written, 0)?.[1]?.text ?? "");
  });
  expect(usedBytes() - before).toBeLessThan(10_000_000);
  expect(kept[499]).toBe("499".repeat(20));
});

test("[N10] of another version who says it can be read, whatever follows", () => {
  const packet = readPacket("2 node-1 b1 z new words|what?");
  expect(packet).toMatchObject({ version: 2, node: "node-1", from: { boot: "b1", number: 35 }, seq: 0 });
});
