// The clock's guard: a throw in a timer is heard, counted, and ends nothing.
import { expect, test } from "bun:test";
import { guarded } from "../src/clock.ts";
import { ManualClock } from "./support/clock.ts";

test("[L1] a throw in a timer is caught, and the timers after it fire", () => {
  const manual = new ManualClock();
  const caught: unknown[] = [];
  const fired: string[] = [];
  const clock = guarded(manual, (error) => caught.push(error));
  const bug = new Error("bug");
  clock.after(10, () => {
    throw bug;
  });
  clock.after(20, () => fired.push("later"));
  const cancel = clock.after(15, () => fired.push("cancelled"));
  cancel();
  manual.advance(20);
  expect(caught).toEqual([bug]);
  expect(fired).toEqual(["later"]);
});
