// The clock that stands while a node is frozen: no timer runs, no time passes, and what was due comes after, in order.
import { expect, test } from "bun:test";
import { FreezableClock } from "../../src/cluster/freezableClock.ts";
import { ManualClock } from "../support/clock.ts";

function frozen() {
  const real = new ManualClock();
  const clock = new FreezableClock(real);
  const ran: string[] = [];
  const after = (ms: number, name: string) => clock.after(ms, () => ran.push(`${name} at ${clock.now() - began}`));
  const began = clock.now();
  return { real, clock, ran, after, began };
}

test("[N8] goes as the clock behind it while nobody has frozen it", () => {
  const { real, clock, ran, after, began } = frozen();
  after(100, "a");
  const cancel = after(150, "b");
  cancel();
  real.advance(200);
  expect([clock.now() - began, ran]).toEqual([200, ["a at 100"]]);
});

test("[N8] frozen no timer runs and no time passes; thawed what was due comes in its order, and nothing of the time is missing", () => {
  const { real, clock, ran, after, began } = frozen();
  after(100, "a");
  after(300, "c");
  after(120, "b");
  real.advance(50);
  clock.freeze();
  clock.freeze();
  real.advance(1_000);
  expect([clock.now() - began, ran]).toEqual([50, []]);
  clock.thaw();
  clock.thaw();
  expect(ran).toEqual([]);
  real.advance(1);
  expect(ran).toEqual(["a at 50", "b at 50", "c at 50"]);
  expect(clock.now() - began).toBe(51);
});

test("[N8] a timer that was cancelled while it stood does not run, and one that is set while it stands waits", () => {
  const { real, clock, ran, after } = frozen();
  const cancel = after(10, "gone");
  clock.freeze();
  real.advance(20);
  cancel();
  after(10, "later");
  clock.soon(() => ran.push("soon"));
  real.advance(20);
  expect(ran).toEqual([]);
  clock.thaw();
  real.advance(1);
  expect(ran).toEqual(["soon", "later at 0"]);
});

test("[N8] frozen again before what was due has run: it waits on", () => {
  const { real, clock, ran, after } = frozen();
  after(10, "a");
  clock.freeze();
  real.advance(20);
  clock.thaw();
  clock.freeze();
  real.advance(20);
  expect(ran).toEqual([]);
  clock.thaw();
  real.advance(1);
  expect(ran.length).toBe(1);
});

test("[N9] a process that was stopped looks before it runs a timer that was due meanwhile", () => {
  const real = new ManualClock();
  let isLate = false;
  const ran: string[] = [];
  const clock: FreezableClock = new FreezableClock(real, () => {
    if (isLate) clock.freeze();
  });
  clock.after(10, () => ran.push("in time"));
  real.advance(10);
  clock.after(10, () => ran.push("late"));
  clock.soon(() => ran.push("soon"));
  isLate = true;
  real.advance(20_000);
  expect(ran).toEqual(["in time"]);
  isLate = false;
  clock.thaw();
  real.advance(1);
  expect(ran.toSorted()).toEqual(["in time", "late", "soon"]);
});
