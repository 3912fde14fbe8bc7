// The engine's own threads give way to the loop: which, how often they are looked for, and what a machine that cannot do it makes of it.
import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { engineThreadsGiveWay, type Threads } from "../../src/doors/engineThreads.ts";
import { startChild } from "../support/child.ts";
import { ManualClock } from "../support/clock.ts";
import { needs } from "../support/needs.ts";

const LOOK_EVERY_MS = 250;
const NICE = 5;

/** Threads by id, and who was told what in which order. */
function machine(names: Record<string, string>) {
  const told: [id: string, nice: number][] = [];
  const threads: Threads = {
    ids: () => Object.keys(names),
    name: (id) => names[id] ?? "",
    setNice: (id, nice) => void told.push([id, nice]),
  };
  const clock = new ManualClock();
  return { names, told, threads, clock };
}

test("[L45] compilers and what gives memory back weigh less, once each; the loop and its collector do not", () => {
  const { told, threads, clock } = machine({
    ...{ 1: "bun", 2: "JITWorker", 3: "JSCWarmUp", 4: "mi-scavenger" },
    ...{ 5: "HeapHelper", 6: "ollector Thread", 7: "Bun Pool 0" },
  });
  engineThreadsGiveWay(clock, threads);
  const all: [string, number][] = [
    ["2", NICE],
    ["3", NICE],
    ["4", NICE],
  ];
  expect(told).toEqual(all);
  clock.advance(10 * LOOK_EVERY_MS);
  expect(told).toEqual(all);
});

test("[L45] one that begins later is told, also if it had no name yet when it was seen first, or an id that another had", () => {
  const { names, told, threads, clock } = machine({ 1: "bun", 2: "bun" });
  engineThreadsGiveWay(clock, threads);
  expect(told).toEqual([]);
  names[2] = "JITWorker";
  clock.advance(LOOK_EVERY_MS);
  expect(told).toEqual([["2", NICE]]);
  delete names[2];
  clock.advance(LOOK_EVERY_MS);
  names[2] = "JITWorker";
  clock.advance(LOOK_EVERY_MS);
  expect(told.length).toBe(2);
});

test("[L45] one that has ended, or may not be told, keeps the others from nothing", () => {
  const { told, threads, clock } = machine({ 2: "JITWorker", 3: "JITWorker", 4: "JITWorker" });
  const broken: Threads = {
    ...threads,
    name(id) {
      if (id === "2") throw new Error("no such thread");
      return threads.name(id);
    },
    setNice(id, nice) {
      if (id === "3") throw new Error("not permitted");
      threads.setNice(id, nice);
    },
  };
  engineThreadsGiveWay(clock, broken);
  expect(told).toEqual([["4", NICE]]);
});

test("[L45] a machine without a list of threads is asked once", () => {
  const clock = new ManualClock();
  let asked = 0;
  const { threads } = machine({});
  const none: Threads = {
    ...threads,
    ids() {
      asked++;
      throw new Error("no such folder");
    },
  };
  engineThreadsGiveWay(clock, none);
  clock.advance(10 * LOOK_EVERY_MS);
  expect(asked).toBe(1);
});

const linux = await needs("Linux's list of threads", () => (existsSync("/proc/self/task") ? "/proc" : null));

linux.test("[L45] of a server that runs, the compilers weigh less and the loop does not", async () => {
  await using child = await startChild();
  const { pid } = child.process;
  const tasks = `${linux.get()}/${pid}/task`;
  const compilers = () =>
    readdirSync(tasks)
      .filter((id) => readFileSync(`${tasks}/${id}/comm`, "utf8").trim() === "JITWorker")
      .map((id) => getPriority(Number(id)));
  // One that has just begun is told at the next look: answers are the fence, and the test's own time the limit.
  const areTold = () => compilers().length > 0 && compilers().every((nice) => nice === NICE);
  while (!areTold()) await fetch(`${child.http}/health`);
  expect(getPriority(pid)).toBe(getPriority(process.pid));
});
