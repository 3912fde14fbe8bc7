// When memory is given back: after a crowd has come or gone, in a quiet second, once.
import { expect, test } from "bun:test";
import { Gc } from "../../src/doors/gc.ts";
import { FIXED } from "../../src/limits/table.ts";
import { ManualClock } from "../support/clock.ts";

function house() {
  const clock = new ManualClock();
  const seen = { messages: 0, collections: 0 };
  const tidy = new Gc(
    clock,
    () => seen.messages,
    () => {
      seen.collections++;
    },
  );
  tidy.start();
  const crowd = () => {
    for (let n = 0; n < FIXED.tidyAfterTurnover; n++) tidy.note();
  };
  const second = () => clock.advance(FIXED.tidyMs);
  return { tidy, seen, crowd, second };
}

test("[L18] a crowd that has come is tidied after in the first second in which nobody comes, goes or speaks", () => {
  const { tidy, seen, crowd, second } = house();
  crowd();
  second();
  expect(seen.collections).toBe(0);
  tidy.note();
  second();
  expect(seen.collections).toBe(0);
  seen.messages += FIXED.tidyBelowMessages;
  second();
  expect(seen.collections).toBe(0);
  second();
  expect(seen.collections).toBe(1);
  second();
  expect(seen.collections).toBe(1);
});

test("[L18] a few lines are not worth a collection", () => {
  const { tidy, seen, second } = house();
  for (let n = 1; n < FIXED.tidyAfterTurnover; n++) tidy.note();
  second();
  second();
  expect(seen.collections).toBe(0);
});
