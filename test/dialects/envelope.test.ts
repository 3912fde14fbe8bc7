// What a frame holds on to. Rooms keep bodies for hours, and a slice of a text keeps all of it.
import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import { bodyOf } from "../../src/dialects/envelope.ts";

const FRAMES = 200;
const PADDING = "x".repeat(60_000);

/** How much memory so many bodies of as many large frames take, in KiB. */
function keptKiB(bodyIn: (text: string, start: number, end: number) => string): number {
  const before = heapKiB();
  const bodies = Array.from({ length: FRAMES }, (_, n) => {
    const text = Buffer.from(`{"type":"set_state","x":"${PADDING}","data":"${n}"}`).toString();
    return bodyIn(text, text.indexOf('"data":') + '"data":'.length, text.length - 1);
  });
  const kept = heapKiB() - before;
  expect(bodies).toEqual(Array.from({ length: FRAMES }, (_, n) => `"${n}"`));
  return kept;
}

function heapKiB(): number {
  Bun.gc(true);
  const { heapSize, extraMemorySize } = heapStats();
  return (heapSize + extraMemorySize) / 1024;
}

test("[R36] a small body does not hold on to the large frame it came in", () => {
  const whole = (FRAMES * PADDING.length) / 1024;
  expect(keptKiB((text, start, end) => bodyOf(text, { start, end, depth: 0 }))).toBeLessThan(whole / 4);
  // A plain slice does: else nothing was measured.
  expect(keptKiB((text, start, end) => text.slice(start, end))).toBeGreaterThan(whole / 2);
});
